"""identity.json: which study and which data a folder's trials belong to, and where they began."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hpsearch import strata
from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_json_file
from hpsearch.errors import FolderError

_FORMAT = 1
_FORM = {"identity": str, "data": dict, "environment": dict}
_DATA_FORM = {
    "train_val_hash": str,
    "test_hash": str,
    "num_train": int,
    "num_val": int,
    "image_shape": list,
    "class_names": list,
}
_OPTIONAL = "val_classes"  # absent from files of before


@dataclass(frozen=True)
class DataFacts:
    """What is known of a study's data without opening it.

    Attributes:
        train_val_hash: of the training and validation splits.
        test_hash: of the test split.
        num_train, num_val: images of the splits.
        image_shape: (C, H, W), or (D,).
        class_names: one a class.
        val_classes: of the validation images, as `strata.pack` gives them, if the split has each class in
            proportion; "" if not, and in files of before.
    """

    train_val_hash: str
    test_hash: str
    num_train: int
    num_val: int
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    val_classes: str = ""

    @property
    def classes(self) -> strata.Classes | None:
        """The classes of the validation images, (num_val,); None where `val_classes` has none."""
        return strata.unpack(self.val_classes, self.num_val) if self.val_classes else None


@dataclass(frozen=True)
class Identity:
    """What a later run of a study must agree with, and the environments of all runs.

    Attributes:
        study: the hash that `Study.identity` gives.
        data: the splits.
        environments: what the bits of the trials depend on beside study and data, as name -> version: that of
            the first run, then each that another one went on in.
    """

    study: str
    data: DataFacts
    environments: tuple[Mapping[str, str], ...]

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            FolderError: it cannot be written.
        """
        first, *later = self.environments
        values: dict[str, Any] = {
            "format": _FORMAT,
            "identity": self.study,
            "data": {key: value for key, value in asdict(self.data).items() if key != _OPTIONAL or value},
            "environment": dict(first),
        }
        if later:  # absent from files of before
            values["later_environments"] = [dict(environment) for environment in later]
        atomic.write_text(path, json.dumps(values, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Identity | None:
        """Returns what `write` wrote; None if there is no file.

        Raises:
            FolderError: it cannot be read, or is not as `write` wrote it.
        """
        try:
            found = read_json_file(path)
            values = checked(found, _FORM)
            facts = _facts(values["data"])
            environments = _environments(values["environment"], found.get("later_environments", []))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise FolderError(
                f"{path}: is not as hpsearch wrote it ({error}); put it back, or start over with --fresh"
            ) from error
        return cls(values["identity"], facts, environments)


def _facts(found: Any) -> DataFacts:
    """Returns what is known of the data.

    Raises:
        ValueError: something is missing or of another kind.
    """
    data = checked({_OPTIONAL: "", **found}, {**_DATA_FORM, _OPTIONAL: str})
    for list_of, kind in (("image_shape", int), ("class_names", str)):
        _check_all(list_of, data[list_of], kind)
    data |= {"image_shape": tuple(data["image_shape"]), "class_names": tuple(data["class_names"])}
    if data[_OPTIONAL]:
        strata.unpack(data[_OPTIONAL], data["num_val"])
    return DataFacts(**data)


def _check_all(name: str, entries: list[Any], kind: type) -> None:
    """Refuses a list with an entry of another kind.

    Raises:
        ValueError: it names list and place, from 0.
    """
    named = {f"{name}[{i}]": entry for i, entry in enumerate(entries)}
    checked(named, dict.fromkeys(named, kind))


def _environments(first: Mapping[str, str], later: Any) -> tuple[Mapping[str, str], ...]:
    """Returns all environments.

    Raises:
        ValueError: one is of another form.
    """
    if not isinstance(later, list) or not all(isinstance(one, dict) for one in later):
        raise ValueError(f"later_environments: expected a list of objects, but got {later!r}")
    for environment in (first, *later):
        checked(environment, dict.fromkeys(environment, str))
    return (first, *later)
