"""Was the search long enough? Since when nothing improved, and what the last trials would have had to reach.

judge(study, records, trials, n_val, near, earlier)   an Enough, None while there is too little to judge by
curve_of(study, trials, earlier)                      the tuning curve, where trials are drawn alike
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING

from hpsearch.improvement import CHANCE, LastImprovement, chance_of, discordant
from hpsearch.records import TrialRecord
from hpsearch.study.study import Study
from hpsearch.words import counted, points_between

if TYPE_CHECKING:
    import pandas as pd

MIN_COMPLETE = 5
"""With fewer complete trials nothing is judged."""
N_LAST = 30
"""So many trials in a row are looked at together where `[stop] unimproved` does not say how many."""
MIN_CURVE = 20
"""A tuning curve of fewer trials has no last doublings to speak of."""
DRAWN_ALIKE = ("random", "qmc")
"""The samplers whose trials do not depend on those before."""
Earlier = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Earliest:
    """The earliest trial within noise of the best one.

    Attributes:
        number, value: it, and its validation accuracy.
        n_since: trials after it.
        n_near: how many trials are within noise of the best, itself included.
    """

    number: int
    value: float
    n_since: int
    n_near: int


@dataclass(frozen=True)
class Enough:
    """What a search's length was good for.

    Attributes:
        last: the trial that was the last improvement beyond noise, or the first complete one.
        is_first: whether nothing has improved on the first complete one.
        value: its validation accuracy.
        n_since: trials after it.
        n_errors: how many of the n_val validation examples it got wrong.
        n_val: number of these.
        needed: the accuracy that a later trial would have had to reach, about, to be an improvement; None if
            100 % would not have been enough.
        reached: the best of the complete ones after it that are looked at together; None without one.
        curve: the tuning curve, None where trials are not drawn alike.
        example: what one of the examples is called.
        n_last: how many trials are looked at together: luck brings more to the best of so many than to one.
        earliest: where `last` is not within noise of the best, the first one after it that is. No single
            trial need be an improvement on `last` for that: all together tell more than one against one.
    """

    last: int
    is_first: bool
    value: float
    n_since: int
    n_errors: int
    n_val: int
    needed: float | None
    reached: float | None
    curve: pd.DataFrame | None
    example: str
    n_last: int = N_LAST
    earliest: Earliest | None = None

    @property
    def n_settled(self) -> int:
        """After how many trials at the end nothing is told to be better than what was there before."""
        return self.n_since if self.earliest is None else self.earliest.n_since

    def sentences(self, spelled: Callable[[float], str]) -> list[str]:
        """Returns the judgement for people.

        Args:
            spelled: writes an accuracy.
        """
        return [
            self._improvement(spelled),
            *self._mark(spelled, "It"),
            *self._together(spelled),
            *self._doublings(spelled),
        ]

    def beyond_advice(self, spelled: Callable[[float], str]) -> list[str]:
        """Returns the judgement without what the advice beside it says: that nothing improved for so long.

        Args:
            spelled: writes an accuracy.
        """
        which = "the first complete one" if self.is_first else f"{self._last_improvement} beyond noise"
        return [
            *self._mark(spelled, f"Trial {self.last} ({spelled(self.value)}), {which},"),
            *self._together(spelled),
            *self._doublings(spelled),
        ]

    @property
    def _last_improvement(self) -> str:
        return "the last improvement" if self.earliest is None else "the last improvement by a single trial"

    def _improvement(self, spelled: Callable[[float], str]) -> str:
        trial = f"trial {self.last} ({spelled(self.value)})"
        if not self.n_since:
            return f"The last trial, {trial}, is still an improvement beyond noise."
        after = f"{counted(self.n_since, 'trial')} came after it"
        if self.is_first:
            nothing = "Nothing" if self.earliest is None else "No single trial"
            return f"{nothing} improved beyond noise on the first complete one, {trial}; {after}."
        return f"T{self._last_improvement[1:]} beyond noise is {trial}; {after}."

    def _mark(self, spelled: Callable[[float], str], subject: str) -> list[str]:
        if not self.n_since:
            return []
        if self.needed is None:
            errors = f"{counted(self.n_errors, 'error')} on {counted(self.n_val, self.example)}"
            beyond = "even one without any would be within noise of it"
            if self.earliest is not None:
                return [f"{subject} has {errors}: taken alone, {beyond}."]
            more = f"only more validation {self.example}s could tell more"
            if not self.n_errors:
                return [f"{subject} has no error on {counted(self.n_val, self.example)}, so that {more}."]
            return [f"{subject} has {errors}: {beyond}, so that {more}."]
        reached = self._reached(spelled, self.needed)
        it = "it" if subject == "It" else f"{subject[0].lower()}{subject[1:]}"
        mark = f"about {spelled(self.needed)}, beyond the luck of {counted(self.n_last, 'trial')}"
        a_trial = "a trial" if self.earliest is None else "a trial alone"
        return [f"To improve on {it} {a_trial} would have had to reach {mark}{reached}."]

    def _reached(self, spelled: Callable[[float], str], needed: float) -> str:
        if self.reached is None:
            return ""
        if spelled(self.reached) == spelled(needed):
            short = counted(round((needed - self.reached) * self.n_val), self.example)
            return f"; the best of the last trials got {short} fewer right"
        return f"; the best of the last trials reached {spelled(self.reached)}"

    def _together(self, spelled: Callable[[float], str]) -> list[str]:
        """Returns what all trials together tell and one against one does not: that there are better ones."""
        if self.earliest is None:
            return []
        trial = f"trial {self.earliest.number} ({spelled(self.earliest.value)})"
        which = f", {trial}" if self.earliest.n_near == 1 else f". The earliest that is, is {trial}"
        came = f"{counted(self.earliest.n_since, 'trial')} came after that"
        beaten = f"trial {self.last} is not within noise of the best{which}"
        return [f"All trials together tell more: {beaten}; {came}."]

    def _doublings(self, spelled: Callable[[float], str]) -> list[str]:
        return [] if self.curve is None else [_doublings(self.curve, spelled)]


def judge(
    study: Study,
    records: Sequence[TrialRecord],
    trials: pd.DataFrame,
    n_val: int,
    near: pd.Series,
    earlier: Earlier,
) -> Enough | None:
    """Returns what the length of a search was good for; None with fewer than 5 complete trials.

    Args:
        study: its settings.
        records: its trials.
        trials: the same as StudyFrames.trials.
        n_val: number of validation images.
        near: which trials are within noise of the best one, with the index of trials.
        earlier: which trials each went on with, as `went_on_with` gives it.
    """
    complete = [record for record in records if record.state == "complete"]
    if len(complete) < MIN_COMPLETE:
        return None
    n_last = study.stop.unimproved or N_LAST  # as `[stop]` judges, or page and rule would name two trials
    improvement = LastImprovement(n_last, n_val)
    for record in records:
        improvement.take(record)
    last = improvement.record
    assert last is not None, "some trials are complete"
    # by their places: where trials go on as later ones, numbers are more than trials
    later = [one for one in records[-n_last:] if one.state == "complete" and one.number > last.number]
    n_right = _right(last, n_val)
    needed = _needed(last, later or [one for one in complete if one is not last], n_val, n_last)
    return Enough(
        last=last.number,
        is_first=last is complete[0],
        value=last.value or 0.0,
        n_since=improvement.n_since,
        n_errors=n_val - n_right,
        n_val=n_val,
        needed=None if needed is None else needed / n_val,
        reached=max((record.value or 0.0 for record in later), default=None),
        curve=curve_of(study, trials, earlier),
        example=study.example,
        n_last=n_last,
        earliest=_earliest(trials, near, last.number),
    )


def _earliest(trials: pd.DataFrame, near: pd.Series, last: int) -> Earliest | None:
    """Returns the first trial after the last improvement that is within noise of the best; see Enough."""
    within = trials[near.to_numpy(bool)]
    later = within[within["number"] > last]
    if (within["number"] == last).any() or later.empty:
        return None
    first = later.iloc[0]
    n_since = int((trials["number"] > first["number"]).sum())
    return Earliest(int(first["number"]), float(first["value"]), n_since, len(within))


def curve_of(study: Study, trials: pd.DataFrame, earlier: Earlier) -> pd.DataFrame | None:
    """Returns the tuning curve of a random or Sobol search, as `tuning_curve` has it; None for others.

    Trials that were given by hand do not count, whatever number they went on as, and one that diverged or
    failed counts as 0. What a pruned trial would have come to is not known: in curve and lower edge it counts
    with what it had reached, in the upper edge with 1, so that the band holds whatever it is
    (tests/benchmarks/README.md).
    """
    from hpsearch.results.tuning_curve import tuning_curve

    if study.sampler.name not in DRAWN_ALIKE:
        return None
    begun = trials["number"].map(lambda number: earlier.get(number, (number,))[0])
    drawn = trials[begun.rank() > len(study.enqueued)]
    if len(drawn) < MIN_CURVE:
        return None
    is_pruned = drawn["state"] == "pruned"
    has_value = (is_pruned | (drawn["state"] == "complete")) & drawn["value"].notna()
    reached = drawn["value"].where(has_value, 0.0)
    curve = tuning_curve(reached.to_numpy())
    if is_pruned.any():
        curve["high"] = tuning_curve(reached.mask(is_pruned, 1.0).to_numpy())["high"]
    return curve


def _right(record: TrialRecord, n_val: int) -> int:
    return round((record.value or 0.0) * n_val)


def _needed(last: TrialRecord, others: Sequence[TrialRecord], n_val: int, n_last: int) -> int | None:
    """Returns how many images a trial that differs from `last` as others do must get right to improve on it.

    That is more than any later one got right, since none of them did.
    """
    apart = median_low([sum(discordant(other, last, n_val)) for other in others])
    n_right = _right(last, n_val)
    gain = gain_beyond_noise(n_val - n_right, apart, n_last)
    if gain is None:
        return None
    best = max((_right(one, n_val) for one in others if one.number > last.number), default=0)
    needed = max(n_right + gain, best + 1)
    return needed if needed <= n_val else None


def gain_beyond_noise(n_errors: int, n_discordant: int, n_last: int = N_LAST) -> int | None:
    """Returns how many more images than another one a trial must get right to improve on it beyond noise.

    Args:
        n_errors: images that the other one gets wrong; no net can win more.
        n_discordant: on how many images the two disagree, as long as the gain allows it.
        n_last: how many trials in a row are looked at together.

    Returns:
        The gain; None if n_errors is not enough.
    """

    def is_beyond_noise(gain: int) -> bool:
        only_other = min(max(n_discordant - gain, 0) // 2, n_errors - gain)
        return chance_of(only_other + gain, only_other) <= CHANCE / n_last

    gains = range(1, n_errors + 1)
    place = bisect_left(gains, True, key=is_beyond_noise)  # the more is gained, the less chance allows it
    return gains[place] if place < n_errors else None


def _doublings(curve: pd.DataFrame, spelled: Callable[[float], str]) -> str:
    """Returns what the last two doublings of the trials brought."""
    n = len(curve)
    quarter, half, whole = (float(curve["estimate"].iloc[part - 1]) for part in (n // 4, n // 2, n))
    brought = points_between(whole, half)
    return (
        f"By estimate half of such searches reach {spelled(quarter)} with {counted(n // 4, 'trial')},"
        f" {spelled(half)} with {n // 2} and {spelled(whole)} with {n} (at least"
        f" {spelled(float(curve['low'].iloc[-1]))}, 95 % certain): the last doubling brought"
        f" {brought} points."
    )
