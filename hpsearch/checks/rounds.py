"""The rounds of a race of settings over the same fresh seeds: who is beaten trains no further.

run(records, train, ...)    trains round after round until one is left, or seeds or epochs are spent
winner(runners)             the one with the highest mean
cheapest(runners, first)    the cheapest of those that cannot be told apart from it

The race knows nothing of processes: `train` is given what is to be trained, in a fixed order, and what it
returns depends on that alone. So does the race.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from hpsearch.disk.fresh_results import SeedResult
from hpsearch.errors import CallError
from hpsearch.hits import Hits
from hpsearch.records import TrialRecord
from hpsearch.results.paired import mean_difference_interval
from hpsearch.results.racing import rounds, unbeaten

End = Literal["one left", "seeds", "epochs"]
Entry = tuple[TrialRecord, int]


@dataclass(frozen=True)
class Runner:
    """A setting in the race.

    Attributes:
        record: the trial whose parameters it has.
        seeds: its results, from the first seed on.
        unbeaten: whether it may still be the best.
    """

    record: TrialRecord
    seeds: tuple[SeedResult, ...] = ()
    unbeaten: bool = True

    @property
    def right(self) -> Hits:
        """Which validation images it got right, (n_seeds, n_val)."""
        return np.array([seed.right for seed in self.seeds])

    @property
    def aside(self) -> Hits:
        """Which of the images set aside it got right, (n_seeds, n_estimate)."""
        return np.array([seed.aside for seed in self.seeds])

    @property
    def n_epochs(self) -> int:
        """The epochs that it trained so far."""
        return sum(seed.n_epochs for seed in self.seeds)

    @property
    def work(self) -> int:
        """What a prediction costs; 0 if it diverged on every seed."""
        return max(seed.work for seed in self.seeds)

    @property
    def diverged_on(self) -> int | None:
        """The first seed, from 1, on which it diverged; None if it never did."""
        return next((i for i, seed in enumerate(self.seeds, start=1) if seed.diverged), None)


class Race(NamedTuple):
    """How a race ended.

    Attributes:
        runners: in the order in which they began.
        ended_by: "one left", or what was spent.
    """

    runners: tuple[Runner, ...]
    ended_by: End


def run(
    records: Sequence[TrialRecord],
    train: Callable[[Sequence[Entry]], Sequence[SeedResult]],
    *,
    n_seeds: int,
    epochs_of: Callable[[TrialRecord], int],
    max_epochs: int | None = None,
    drop: bool = True,
) -> Race:
    """Trains settings on fresh seeds in rounds; after each, those that are beaten or diverged are out.

    Args:
        records: the trials whose parameters race.
        train: trains settings on seeds (from 0), returns what they did in order.
        n_seeds: how many seeds at most.
        epochs_of: how many epochs a training of a setting may take.
        max_epochs: no round is begun that might exceed these epochs in all; None = no limit.
        drop: whether those that are beaten are out; if not, only those that diverged are.

    Raises:
        CallError: max_epochs does not allow the first round.
    """
    looks = rounds(n_seeds)
    n_comparisons = len(looks) * (len(records) - 1) if drop else None
    runners = tuple(map(Runner, records))
    for before, after in pairwise([0, *looks]):
        racing = [runner for runner in runners if runner.unbeaten]
        if len(racing) < min(2, len(runners)):
            return Race(runners, "one left")
        needed = sum((after - before) * epochs_of(runner.record) for runner in racing)
        spent = sum(runner.n_epochs for runner in runners)
        if max_epochs is not None and spent + needed > max_epochs:
            if not before:
                raise CallError(
                    f"--epochs {max_epochs}: expected at least {needed}, which {len(runners)} finalists may "
                    f"need for {after} seeds each"
                )
            return Race(runners, "epochs")
        runners = _after_round(runners, train, range(before, after), n_comparisons)
    one_left = sum(runner.unbeaten for runner in runners) < min(2, len(runners))
    return Race(runners, "one left" if one_left else "seeds")


def winner(runners: Sequence[Runner]) -> Runner | None:
    """Returns the unbeaten one with the highest mean, of equals that of less work; None if all diverged."""
    left = [runner for runner in runners if runner.unbeaten]
    return max(left, key=lambda runner: (runner.right.mean(), -runner.work), default=None)


def cheapest(runners: Sequence[Runner], first: Runner) -> Runner:
    """Returns the one of least work among those whose difference from `first` may be nothing.

    `first` is among them. Not beaten is not enough: the race, which shares its 5 % out over all
    comparisons, keeps settings that are worse for all that one pair alone can tell. Work is what a prediction
    costs, for that is what whoever uses the net pays again and again.
    """
    alike = [
        runner
        for runner in runners
        if runner is first
        or (runner.unbeaten and mean_difference_interval(first.right, runner.right).low <= 0)
    ]
    return min(alike, key=lambda runner: (runner.work, -runner.right.mean()))


def _after_round(
    runners: tuple[Runner, ...],
    train: Callable[[Sequence[Entry]], Sequence[SeedResult]],
    seeds: range,
    n_comparisons: int | None,
) -> tuple[Runner, ...]:
    """Returns the runners after these seeds; who was out before stays as it was.

    None as the number of comparisons: nobody is compared.
    """
    racing = [i for i, runner in enumerate(runners) if runner.unbeaten]
    found = train([(runners[i].record, seed) for i in racing for seed in seeds])
    trained = list(runners)
    for place, i in enumerate(racing):
        new = found[place * len(seeds) : (place + 1) * len(seeds)]
        trained[i] = replace(runners[i], seeds=(*runners[i].seeds, *new))
        trained[i] = replace(trained[i], unbeaten=trained[i].diverged_on is None)
    left = [i for i in racing if trained[i].unbeaten]
    if left and n_comparisons is not None:
        kept = unbeaten([trained[i].right for i in left], n_comparisons)
        for i, stays in zip(left, kept, strict=True):
            trained[i] = replace(trained[i], unbeaten=bool(stays))
    return tuple(trained)
