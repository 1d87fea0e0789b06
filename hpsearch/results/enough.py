"""Was the search long enough? What its last trials brought, and what they would have had to reach.

judge(study, trials, near, hits, n_val)     an Enough, None while there is too little to judge by
curve_of(study, trials)                     the tuning curve, where trials are drawn alike
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpsearch.hits import Hits
from hpsearch.results.stats import LEVEL, best_trial
from hpsearch.study.studyfile import Study
from hpsearch.words import counted

if TYPE_CHECKING:
    import pandas as pd

MIN_COMPLETE = 5
"""With fewer complete trials nothing is judged."""
N_LAST = 30
"""So many trials at the end are asked what they would have had to reach."""
MIN_CURVE = 8
"""A tuning curve of fewer trials has no last doubling to speak of."""
DRAWN_ALIKE = ("random", "qmc")
"""The samplers whose trials do not depend on those before."""


@dataclass(frozen=True)
class Enough:
    """What a search's length was good for.

    Attributes:
        best: the winner's number.
        n_errors: how many of the n_val images it got wrong.
        n_val: number of validation images.
        first: the first trial within noise of the winner, maybe itself.
        n_since: trials after that one.
        n_last: how many trials at the end `needed` speaks of.
        needed: the accuracy that one of these would have had to reach to beat the winner beyond noise;
            None if 100 % would not have been enough.
        reached: the best that a complete one of these reached, but for the winner; None without one.
        curve: the tuning curve, None where trials are not drawn alike.
    """

    best: int
    n_errors: int
    n_val: int
    first: int
    n_since: int
    n_last: int
    needed: float | None
    reached: float | None
    curve: pd.DataFrame | None

    def sentences(self, spelled: Callable[[float], str]) -> list[str]:
        """Returns the judgement for people.

        Args:
            spelled: writes an accuracy.
        """
        told = [self._improvement(), self._mark(spelled)]
        if self.curve is not None:
            told.append(_doublings(self.curve, spelled))
        return told

    def _improvement(self) -> str:
        since = counted(self.n_since, "trial")
        if self.first < self.best:
            return (
                f"Trial {self.first} was within noise of the best already: on {counted(self.n_val, 'image')}"
                f" nothing in the {since} since then was better beyond noise."
            )
        after = f"{since} came after it" if self.n_since else "it is the last"
        return f"No trial before trial {self.best}, the best, was within noise of it; {after}."

    def _mark(self, spelled: Callable[[float], str]) -> str:
        if self.needed is None:
            return (
                f"Trial {self.best} has {counted(self.n_errors, 'error')} on {counted(self.n_val, 'image')}:"
                " even a net without any would be within noise of it. More validation images could tell more;"
                " more trials could not."
            )
        reached = (
            "no other complete one is among them"
            if self.reached is None
            else f"the best of the others reached {spelled(self.reached)}"
        )
        return (
            f"One of the last {self.n_last} trials would have had to reach {spelled(self.needed)} to be"
            f" better than trial {self.best} beyond noise; {reached}."
        )


def judge(
    study: Study, trials: pd.DataFrame, near: pd.Series, hits: Hits | None, n_val: int
) -> Enough | None:
    """Returns what the length of a search was good for; None with fewer than 5 complete trials.

    Args:
        study: its settings.
        trials: StudyFrames.trials.
        near: which trials are within noise of the winner, with the index of trials.
        hits: what the complete trials got right, in number order; None in records of before.
        n_val: number of validation images.
    """
    complete = trials[trials["state"] == "complete"]
    best = best_trial(trials)
    if best is None or len(complete) < MIN_COMPLETE:
        return None
    numbers = complete["number"].to_numpy()
    right = np.rint(complete["value"].to_numpy() * n_val).astype(np.int64)
    at = int(np.flatnonzero(numbers == best)[0])
    others = numbers != best
    last = others & (numbers >= trials["number"].iloc[-N_LAST:].iloc[0])
    apart = _discordant(hits, right, at, n_val)
    typical = int(np.median(apart[last if last.any() else others]))
    n_last = min(N_LAST, len(trials))
    gain = _gain_beyond_noise(n_val - int(right[at]), typical, n_last)
    first = int(trials.loc[near, "number"].min())
    return Enough(
        best=best,
        n_errors=n_val - int(right[at]),
        n_val=n_val,
        first=first,
        n_since=int((trials["number"] > first).sum()),
        n_last=n_last,
        needed=None if gain is None else (int(right[at]) + gain) / n_val,
        reached=float(right[last].max() / n_val) if last.any() else None,
        curve=curve_of(study, trials),
    )


def curve_of(study: Study, trials: pd.DataFrame) -> pd.DataFrame | None:
    """Returns the tuning curve of a random or Sobol search, as `tuning_curve` has it; None for others.

    Trials that were given by hand do not count. A pruned trial counts with what it had reached, so the
    curve and its lower edge are rather too low; one that diverged or failed counts as 0.
    """
    from hpsearch.results.tuning_curve import tuning_curve

    if study.sampler.name not in DRAWN_ALIKE:
        return None
    drawn = trials[trials["number"] >= len(study.enqueued)]
    if len(drawn) < MIN_CURVE:
        return None
    has_value = drawn["state"].isin(["complete", "pruned"]) & drawn["value"].notna()
    return tuning_curve(drawn["value"].where(has_value, 0.0).to_numpy())


def _discordant(hits: Hits | None, right: NDArray[np.int64], at: int, n_val: int) -> NDArray[np.int64]:
    """Returns on how many images each trial and the winner disagree; without hits the most there can be."""
    errors = n_val - right
    apart: NDArray[np.int64] = np.minimum(errors[at], right) + np.minimum(errors, right[at])
    if hits is not None:
        apart = (hits != hits[at]).sum(axis=1)
    return apart


def _gain_beyond_noise(n_errors: int, n_discordant: int, n_trials: int) -> int | None:
    """Returns how many more images than the winner a trial must get right to be better beyond noise.

    McNemar's exact test, one-sided, 5 % shared out over the trials (Bonferroni).

    Args:
        n_errors: images that the winner gets wrong; no net can win more.
        n_discordant: on how many images such a trial and the winner disagree, as long as the gain allows it.
        n_trials: how many trials there are to be lucky.

    Returns:
        The gain; None if n_errors is not enough.

    Source: McNemar 1947.
    """
    from scipy.special import bdtr

    for gain in range(1, n_errors + 1):
        only_winner = min(max(n_discordant - gain, 0) // 2, n_errors - gain)
        if bdtr(only_winner, 2 * only_winner + gain, 0.5) <= (1 - LEVEL) / n_trials:
            return gain
    return None


def _doublings(curve: pd.DataFrame, spelled: Callable[[float], str]) -> str:
    """Returns what the last two doublings of the trials brought."""
    n = len(curve)
    quarter, half, whole = (float(curve["estimate"].iloc[part - 1]) for part in (n // 4, n // 2, n))
    return (
        f"By estimate half of such searches reach {spelled(quarter)} with {counted(n // 4, 'trial')},"
        f" {spelled(half)} with {n // 2} and {spelled(whole)} with {n} (at least"
        f" {spelled(float(curve['low'].iloc[-1]))}, 95 % certain): the last doubling brought"
        f" {100 * (whole - half):.1f} points."
    )
