"""`[pruner]` of a study file: which pruner decides, and with which options.

The defaults were chosen once by measuring (tests/benchmarks/README.md); they are part of every study's
identity.

`PrunerSettings.decide` answers for one trial at the end of an epoch; the pruners themselves are in
`hpsearch.strategies.pruners`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hpsearch.records import History
from hpsearch.strategies import pruners
from nets.names import nearest_first


@dataclass(frozen=True)
class PrunerSettings:
    """`[pruner]`: name and options, all written out."""

    name: str
    options: Mapping[str, float] = field(default_factory=dict)

    def to_table(self) -> dict[str, Any]:
        """Returns the settings as `[pruner]` has them."""
        return {"name": self.name, **self.options}

    def decide(self, curve: Sequence[float], history: History, number: int, seed: int) -> str | None:
        """Returns why trial `number` should stop after the last epoch of its curve; None: it goes on."""
        situation = pruners.Situation(curve, history, number, seed, self.options)
        return PRUNERS[self.name].decide(situation)


@dataclass(frozen=True)
class Strategy:
    """A pruner and its options: name -> (default, least, most); whole defaults mean whole numbers."""

    decide: pruners.Pruner
    options: Mapping[str, tuple[float, float, float]]


_WARMUP = {"warmup_epochs": (2, 0, math.inf)}
_RIVALS = {"startup_trials": (5, 1, math.inf), **_WARMUP}
_HALVING = {"min_epochs": (1, 1, math.inf), "reduction_factor": (3, 2, math.inf)}

PRUNERS: Mapping[str, Strategy] = {
    "none": Strategy(pruners.none, {}),
    "median": Strategy(pruners.median, _RIVALS),
    "percentile": Strategy(
        pruners.percentile, {"percentile": (33.0, 0.0, 100.0), "startup_trials": (3, 1, math.inf), **_WARMUP}
    ),
    "successive_halving": Strategy(pruners.successive_halving, _HALVING),
    "hyperband": Strategy(pruners.hyperband, _HALVING),
    "threshold": Strategy(pruners.threshold, {"lower": (0.0, 0.0, 1.0), "upper": (1.0, 0.0, 1.0), **_WARMUP}),
    "patience": Strategy(pruners.patience, {"patience": (3, 1, math.inf), "min_delta": (0.0, 0.0, 1.0)}),
}

OPTIONS = {name: strategy.options for name, strategy in PRUNERS.items()}


def parse_settings(section: Mapping[str, Any]) -> PrunerSettings:
    """Checks `[pruner]`.

    Raises:
        ValueError: `key: what is wrong`.
    """
    name = section.get("name", "percentile")
    if not isinstance(name, str) or name not in PRUNERS:
        raise ValueError(f"name: expected one of {nearest_first(PRUNERS, str(name))}, but got {name!r}")
    known = OPTIONS[name]
    for key, value in section.items():
        if key != "name":
            _check_option(key, value, known)
    return PrunerSettings(name, {key: section.get(key, known[key][0]) for key in known})


def _check_option(key: str, value: object, known: Mapping[str, tuple[float, float, float]]) -> None:
    if key not in known:
        raise ValueError(f"{key}: unknown key; expected one of {nearest_first(['name', *known], key)}")
    default, least, most = known[key]
    kind = "whole number" if type(default) is int else "number"
    fits = isinstance(value, int if type(default) is int else int | float) and not isinstance(value, bool)
    if not fits or not least <= value <= most:  # type: ignore[operator]
        raise ValueError(f"{key}: expected a {kind} from {least:g} to {most:g}, but got {value!r}")
