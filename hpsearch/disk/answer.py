"""answer.json: what the best setting of each value in question got right on fresh seeds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_left
from hpsearch.hits import Hits, pack, unpack

_FORM = {"digest": str, "images": str, "n_images": int, "n_epochs": int, "settings": list, "environment": str}
_BEFORE = {"environment": ""}
_SETTING_FORM = {"turn": int, "number": int, "hits": list}


@dataclass(frozen=True)
class BestSetting:
    """The best setting of one value, trained again.

    Attributes:
        turn: the value's place among the compared ones.
        number: the trial whose parameters it has.
        right: which images it got right, (n_seeds, n_images), all seeds in order.
    """

    turn: int
    number: int
    right: Hits


@dataclass(frozen=True)
class FreshAnswer:
    """The best settings of all values on the same fresh seeds and images.

    Attributes:
        digest: of the record that they were chosen from.
        images: "validation", which chose the settings, or "estimate", set aside.
        n_epochs: epochs that were trained in all.
        settings: one a value, in the order of the values.
        environment: fingerprint of that in which they were trained; "" in files of before.
    """

    digest: str
    images: str
    n_epochs: int
    settings: tuple[BestSetting, ...]
    environment: str = ""

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            FolderError: it cannot be written.
        """
        n_images = self.settings[0].right.shape[1]
        settings = [
            {"turn": one.turn, "number": one.number, "hits": [pack(seed) for seed in one.right]}
            for one in self.settings
        ]
        values = {**asdict(self), "n_images": n_images, "settings": settings}
        atomic.write_text(path, json.dumps(values, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> FreshAnswer | None:
        """Returns what `write` wrote; None if there is no file.

        Raises:
            FolderError: it cannot be read, or is not as `write` wrote it.
        """
        return read_left(path, _from_json, "answer")


def _from_json(found: Any) -> FreshAnswer:
    values = checked({**_BEFORE, **found} if isinstance(found, dict) else found, _FORM)
    settings = tuple(_setting(checked(one, _SETTING_FORM), values["n_images"]) for one in values["settings"])
    shapes = {one.right.shape for one in settings}
    if len(settings) < 2 or len(shapes) > 1:
        raise ValueError("settings: expected at least two, on the same seeds and images")
    if [one.turn for one in settings] != [*range(len(settings))]:
        raise ValueError("turn: expected 0, 1, ... in order")
    if values["images"] not in ("validation", "estimate"):
        raise ValueError(f"images: expected validation or estimate, but got {values['images']!r}")
    return FreshAnswer(
        values["digest"], values["images"], values["n_epochs"], settings, values["environment"]
    )


def _setting(values: Mapping[str, Any], n_images: int) -> BestSetting:
    hits = values["hits"]
    if len(hits) < 2 or not all(isinstance(text, str) for text in hits):
        raise ValueError("hits: expected a list of at least two texts, one a seed")
    if n_images < 1:
        raise ValueError(f"n_images: expected at least 1, but got {n_images}")
    right = np.array([unpack(text, n_images) for text in hits])
    return BestSetting(values["turn"], values["number"], right)
