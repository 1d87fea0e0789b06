"""Pruners: pure functions from curves to "go on" or "stop, because".

A pruner is given the trial's own curve, the history that the sampler saw when the trial was asked
for, and the trial's number; it returns None to go on, or a sentence with the numbers to stop. It
keeps no state, so a resumed trial decides as before. Epochs count from 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpsearch.errors import one_of
from hpsearch.records import History

Options = Mapping[str, float]
Pruner = Callable[[Sequence[float], History, int, Options], str | None]


@dataclass(frozen=True)
class PrunerSettings:
    """`[pruner]`: name and options, all written out."""

    name: str
    options: Mapping[str, float] = field(default_factory=dict)

    def to_table(self) -> dict[str, Any]:
        """Returns the settings as `[pruner]` has them."""
        return {"name": self.name, **self.options}

    def decide(self, curve: Sequence[float], history: History, number: int) -> str | None:
        """Returns why the trial should stop after the last epoch of `curve`, or None."""
        return PRUNERS[self.name].decide(curve, history, number, self.options)


@dataclass(frozen=True)
class Strategy:
    """A pruner and its options: name -> (default, least, most); whole defaults mean whole numbers."""

    decide: Pruner
    options: Mapping[str, tuple[float, float, float]]


def none(curve: Sequence[float], history: History, number: int, options: Options) -> str | None:
    """Never stops a trial."""
    return None


def median(curve: Sequence[float], history: History, number: int, options: Options) -> str | None:
    """Stops a trial whose best so far is below the median of the complete trials at this epoch.

    Source: Golovin et al. 2017, Google Vizier, section 3.2.2, with the median at the epoch itself.
    """
    return percentile(curve, history, number, {**options, "percentile": 50.0})


def percentile(curve: Sequence[float], history: History, number: int, options: Options) -> str | None:
    """Stops a trial whose best so far is not among the best `percentile` percent of complete ones."""
    epoch = len(curve)
    n_complete = int(history.complete.sum())
    if epoch <= options["warmup_epochs"] or n_complete < options["startup_trials"]:
        return None
    rivals = history.curves[history.complete, epoch - 1]
    rivals = rivals[np.isfinite(rivals)]
    if rivals.size == 0:
        return None
    mark, best = float(np.percentile(rivals, 100 - options["percentile"])), max(curve)
    if not best < mark:
        return None
    name = "median" if options["percentile"] == 50 else f"{100 - options['percentile']:g}th percentile"
    return f"{best:.4g} at epoch {epoch}, the {name} of {rivals.size} trials is {mark:.4g}"


_RIVAL_OPTIONS = {"startup_trials": (5, 1, math.inf), "warmup_epochs": (2, 0, math.inf)}

PRUNERS: Mapping[str, Strategy] = {
    "none": Strategy(none, {}),
    "median": Strategy(median, _RIVAL_OPTIONS),
    "percentile": Strategy(percentile, {"percentile": (25.0, 0.0, 100.0), **_RIVAL_OPTIONS}),
}


def parse_settings(section: Mapping[str, Any]) -> PrunerSettings:
    """Checks `[pruner]`.

    Raises:
        ValueError: `key: what is wrong`.
    """
    name = section.get("name", "median")
    if not isinstance(name, str) or name not in PRUNERS:
        raise ValueError(f"name: expected one of {one_of(PRUNERS, str(name))}, but got {name!r}")
    known = PRUNERS[name].options
    for key, value in section.items():
        if key != "name":
            _check_option(key, value, known)
    return PrunerSettings(name, {key: section.get(key, known[key][0]) for key in known})


def _check_option(key: str, value: object, known: Mapping[str, tuple[float, float, float]]) -> None:
    if key not in known:
        raise ValueError(f"{key}: unknown key; expected one of {one_of(['name', *known], key)}")
    default, least, most = known[key]
    kind = "whole number" if type(default) is int else "number"
    fits = isinstance(value, int if type(default) is int else int | float) and not isinstance(value, bool)
    if not fits or not least <= value <= most:  # type: ignore[operator]
        raise ValueError(f"{key}: expected a {kind} from {least:g} to {most:g}, but got {value!r}")
