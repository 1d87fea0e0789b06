"""The pruners: pure functions from a trial's situation to "go on" (None) or a sentence why to stop.

Each looks at the trial's own curve and at the curves and states of the earlier trials that the
sampler saw when the trial was asked for. None keeps state, so a resumed trial decides as before.
Where a row says `pauses`, what it stops is taken up again when `strategies/promotions.py` says so.
Accuracies are to be maximized; epochs count from 1. To add one: a function and its row in `PRUNERS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpsearch.records import History
from hpsearch.seeds import Purpose, generator
from hpsearch.strategies.options import Option
from hpsearch.words import counted

DEFAULT = "percentile"

Accuracies = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Situation:
    """A trial at the end of an epoch.

    Attributes:
        curve: its validation accuracies so far.
        history: curves and states of the trials 0, 1, ... that are known to have ended.
        number: its number.
        seed: the study's seed.
        options: the pruner's options, all given.
        n_before: epochs of the paused trial that this one goes on with, 0 if it goes on with none.
    """

    curve: Sequence[float]
    history: History
    number: int
    seed: int
    options: Mapping[str, float]
    n_before: int = 0

    @property
    def epoch(self) -> int:
        """The epoch that has just ended."""
        return len(self.curve)


Decide = Callable[[Situation], str | None]


def none(now: Situation) -> str | None:
    """Never stops a trial."""
    return None


def median(now: Situation) -> str | None:
    """Stops a trial whose best so far is below the median of the complete trials at this epoch.

    Source: Golovin et al. 2017, Google Vizier, section 3.2.2, with the accuracies of the epoch itself.
    """
    return _below_quantile(now, 50.0, "median")


def percentile(now: Situation) -> str | None:
    """Stops a trial whose best so far is not among the best `percentile` percent of complete trials."""
    rank = 100 - now.options["percentile"]
    return _below_quantile(now, rank, f"{rank:g}th percentile")


def _below_quantile(now: Situation, rank: float, name: str) -> str | None:
    complete = now.history.complete
    if now.epoch <= now.options["warmup_epochs"] or complete.sum() < now.options["startup_trials"]:
        return None
    rivals = now.history.at(now.epoch)[complete]
    rivals = rivals[np.isfinite(rivals)]
    if rivals.size == 0:
        return None
    mark, best = float(np.percentile(rivals, rank)), max(now.curve)
    if best >= mark:
        return None
    return f"{best:.4g} at epoch {now.epoch}, the {name} of {rivals.size} trials is {mark:.4g}"


def threshold(now: Situation) -> str | None:
    """Stops a trial whose accuracy at an epoch after the warm-up is below `lower` or above `upper`."""
    accuracy, lower, upper = now.curve[-1], now.options["lower"], now.options["upper"]
    if now.epoch <= now.options["warmup_epochs"] or lower <= accuracy <= upper:
        return None
    limit = f"below {lower:g}" if accuracy < lower else f"above {upper:g}"
    return f"{accuracy:.4g} at epoch {now.epoch} is {limit}"


def patience(now: Situation) -> str | None:
    """Stops a trial that has not got better by more than `min_delta` for `patience` epochs."""
    n_epochs = int(now.options["patience"])
    if now.epoch <= n_epochs:
        return None
    before, since = max(now.curve[:-n_epochs]), max(now.curve[-n_epochs:])
    if since > before + now.options["min_delta"]:
        return None
    waited = counted(n_epochs, "epoch")
    return f"{before:.4g} was not bettered in {waited} up to epoch {now.epoch} (best {since:.4g})"


def successive_halving(now: Situation) -> str | None:
    """Lets the best 1/`reduction_factor` of the trials that reached a rung go on to the next.

    Rungs lie at `min_epochs` * `reduction_factor`**i epochs. A trial is compared when it reaches one,
    with all known trials that did; the first goes on.

    Source: Li et al. 2020, A System for Massively Parallel Hyperparameter Tuning (ASHA), algorithm 2.
    """
    return _halve(now, now.history.at(now.epoch), rung=0, among="")


def hyperband(now: Situation) -> str | None:
    """Successive halving in brackets that begin to compare sooner or later.

    Bracket i has its first rung at `min_epochs` * `reduction_factor`**i. A trial's bracket is drawn from
    (seed, number), with chances in proportion to the brackets' budgets, and it meets its own bracket only.

    Source: Li et al. 2018, Hyperband, algorithm 1.
    """
    brackets = _brackets(now, now.number + 1)
    own = int(brackets[-1])
    rivals = now.history.at(now.epoch)
    return _halve(now, rivals[brackets[: rivals.size] == own], rung=own, among=f" of bracket {own}")


def asha(now: Situation) -> str | None:
    """Pauses each trial at each rung; it goes on when it is among the best 1/`reduction_factor` there.

    Rungs are those of successive_halving. Trials that came later count too, so that none is lost for good.

    Source: Li et al. 2020, A System for Massively Parallel Hyperparameter Tuning (ASHA), algorithm 2.
    """
    factor = int(now.options["reduction_factor"])
    if now.epoch <= now.n_before or not is_rung(now.epoch, int(now.options["min_epochs"]), factor):
        return None
    accuracy = f"{now.curve[-1]:.4g} at epoch {now.epoch}"
    return f"paused with {accuracy}, to go on when among the best 1/{factor} there"


def is_rung(epoch: int, min_epochs: int, factor: int) -> bool:
    """Says whether trials are compared after an epoch: `min_epochs` times a power of the factor."""
    step = min_epochs
    while step < epoch:
        step *= factor
    return step == epoch


def _halve(now: Situation, rivals: Accuracies, rung: int, among: str) -> str | None:
    factor = int(now.options["reduction_factor"])
    if not is_rung(now.epoch, int(now.options["min_epochs"]) * factor**rung, factor):
        return None
    rivals = np.sort(np.append(rivals[np.isfinite(rivals)], now.curve[-1]))
    n_going_on = max(1, rivals.size // factor)
    mark = float(rivals[-n_going_on])
    if now.curve[-1] >= mark:
        return None
    return (
        f"{now.curve[-1]:.4g} at epoch {now.epoch}, the best {n_going_on} of {rivals.size} trials{among} "
        f"have {mark:.4g}"
    )


def _brackets(now: Situation, n_trials: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Returns the brackets of the first trials; more trials leave those before as they are."""
    factor, n_epochs = now.options["reduction_factor"], now.history.n_epochs
    n_brackets = 1
    while now.options["min_epochs"] * factor**n_brackets <= n_epochs:
        n_brackets += 1
    budgets = [
        math.ceil(n_brackets * factor ** (n_brackets - 1 - i) / (n_brackets - i)) for i in range(n_brackets)
    ]
    draws = generator(now.seed, Purpose.BRACKET).random(n_trials)
    return np.searchsorted(np.cumsum(budgets) / sum(budgets), draws, side="right")


@dataclass(frozen=True)
class Pruner:
    """A row: how a pruner decides, what `[pruner]` may say beside the name, whether trials only pause."""

    decide: Decide
    options: Mapping[str, Option] = field(default_factory=dict)
    pauses: bool = False


_ANY = math.inf
_WARMUP = {"warmup_epochs": Option(2, 0, _ANY, "at the end of how many first epochs no trial is stopped yet")}
_STARTUP = "how many trials must be complete before any is stopped"
_RIVALS = {"startup_trials": Option(5, 1, _ANY, _STARTUP), **_WARMUP}
_HALVING = {
    "min_epochs": Option(1, 1, _ANY, "the epoch of the first rung"),
    "reduction_factor": Option(3, 2, _ANY, "one of how many goes on at a rung"),
}

# The defaults were chosen once by measuring (tests/benchmarks/README.md); they are part of every study's
# identity.
PRUNERS: Mapping[str, Pruner] = {
    "none": Pruner(none),
    "median": Pruner(median, _RIVALS),
    "percentile": Pruner(
        percentile,
        {
            "percentile": Option(
                33.0, 0.0, 100.0, "how many percent of the complete trials, the best, are good enough"
            ),
            "startup_trials": Option(3, 1, _ANY, _STARTUP),
            **_WARMUP,
        },
    ),
    "successive_halving": Pruner(successive_halving, _HALVING),
    "hyperband": Pruner(hyperband, _HALVING),
    "asha": Pruner(asha, _HALVING, pauses=True),
    "threshold": Pruner(
        threshold,
        {
            "lower": Option(0.0, 0.0, 1.0, "validation accuracy below which a trial is stopped"),
            "upper": Option(1.0, 0.0, 1.0, "validation accuracy above which a trial is stopped"),
            **_WARMUP,
        },
    ),
    "patience": Pruner(
        patience,
        {
            "patience": Option(3, 1, _ANY, "epochs without a gain after which a trial is stopped"),
            "min_delta": Option(0.0, 0.0, 1.0, "gain in validation accuracy that does not count yet"),
        },
    ),
}
