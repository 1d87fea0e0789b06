"""Two searches against each other: which found the better net, without the luck of what each chose.

found_within(frames, n_epochs)     what a search had found when it had spent so many epochs
difference(a, b)                   the runs of one study minus those of another, with its interval
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from hpsearch.hits import Hits
from hpsearch.results.paired import difference_interval
from hpsearch.results.stats import LEVEL, MeanInterval, mean_squares, wilson_interval

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
# The standard error of a search's luck, as a share of it. Winners of two searches agree on most images, so
# that this counts beside the images; measured in tests/benchmarks/README.md.
UNSURE_LUCK = 1 / 3


@dataclass(frozen=True)
class Found:
    """The winner of a search so far.

    Attributes:
        value: its validation accuracy, raw.
        luck: how much of that is the luck of being chosen; 0 where nothing tells it.
        unsure: selection.Winner's.
        hits: which validation images it got right; None in records of before.
        images: names the validation images: equal for the same ones; "" where it is not known.
        n_val: how many there are.
        is_corrected: whether its trials left what the luck is known by.
        has_pruners_luck: whether that of being chosen by a pruner is not known, and still in it.
    """

    value: float
    luck: float
    unsure: float
    hits: Hits | None
    images: str
    n_val: int
    is_corrected: bool
    has_pruners_luck: bool = False

    @property
    def accuracy(self) -> float:
        """What it is expected to have on other images, as far as that is known."""
        return self.value - self.luck


def found_within(frames: StudyFrames, n_epochs: int) -> Found | None:
    """Returns the best of the first trials that spent at most `n_epochs` together; None without one.

    Raises:
        FolderError: what its trials left is damaged.
    """
    n_trials = int(np.searchsorted(frames.trials["epochs"].cumsum(), n_epochs, side="right"))
    complete = frames.trials.iloc[:n_trials]
    values = complete.loc[complete["state"] == "complete", "value"].to_numpy()
    if not len(values):
        return None
    winner = frames.corrected if n_trials == len(frames.trials) else frames.corrected_among(n_trials)
    return Found(
        value=float(values.max()),
        luck=0.0 if winner is None else winner.luck,
        unsure=0.0 if winner is None else winner.unsure,
        hits=None if frames.hits is None else frames.hits[values.argmax()],
        images=frames.train_val_hash,
        n_val=max(frames.num_val, 1),
        is_corrected=winner is not None,
        has_pruners_luck=winner is not None and winner.of_pruning is None,
    )


def are_paired(runs: Sequence[Found]) -> bool:
    """Says whether all were judged by the same images, and it is known who got which right."""
    return runs[0].images != "" and all(run.hits is not None and run.images == runs[0].images for run in runs)


def difference(a: Sequence[Found], b: Sequence[Found]) -> MeanInterval:
    """Returns by how much the mean true accuracy of a's winners is above that of b's, with its 95 % interval.

    Each winner's luck is taken off. On the same images only those that one of two got right and the
    other wrong tell them apart; on different images each side brings its own chance.

    Args:
        a, b: at least one run each; those of one study differ in their seed alone.
    """
    middle = float(np.mean([run.accuracy for run in a]) - np.mean([run.accuracy for run in b]))
    if are_paired([*a, *b]):
        below = above = _half_width(a, b)
    else:
        (low_a, high_a), (low_b, high_b) = _distances(a), _distances(b)
        below, above = math.hypot(low_a, high_b), math.hypot(high_a, low_b)
    return MeanInterval(middle, max(middle - below, -1.0), min(middle + above, 1.0))


def _half_width(a: Sequence[Found], b: Sequence[Found]) -> float:
    """Returns half the width of the interval of a difference on the same images.

    With several runs the variance has a part of the images and one of the seeds, which both studies are
    taken to share; in it is how far the runs' luck is known. As in paired.mean_difference_interval each
    part brings its quantile, and one result each way is added.
    """
    right = [np.array([run.hits for run in side]) for side in (a, b)]
    freedom = len(a) + len(b) - 2
    if freedom == 0:
        _, low, high = difference_interval(right[0][0], right[1][0])
        return math.hypot((high - low) / 2, Z * _unsure(a[0]), Z * _unsure(b[0]))
    n_images = right[0].shape[1]
    shares = 1 / len(a) + 1 / len(b)
    of_seeds = shares * sum((len(side) - 1) * _variance(side) for side in (a, b)) / freedom
    residual = sum((len(side) - 1) * mean_squares(side.astype(np.float64))[2] for side in right) / freedom
    residual *= shares / n_images
    by_image = right[0].mean(axis=0) - right[1].mean(axis=0)
    of_images = float(by_image.var(ddof=1)) / n_images if n_images > 1 else 0.0
    of_images = max(of_images - residual, 0.0) + 2 / (min(len(a), len(b)) * n_images**2)
    return math.hypot(_t(freedom) * math.sqrt(of_seeds), Z * math.sqrt(of_images))


def _distances(runs: Sequence[Found]) -> tuple[float, float]:
    """Returns how far below and above the mean accuracy of runs the ends of its interval are.

    Source: Zou and Donner 2008, whose square-and-add takes these of two independent sides.
    """
    mean = float(np.mean([run.accuracy for run in runs]))
    low, high = wilson_interval(mean, min(run.n_val for run in runs))
    of_seeds = Z * _unsure(runs[0])
    if len(runs) > 1:
        of_seeds = _t(len(runs) - 1) * math.sqrt(_variance(runs) / len(runs))
    return math.hypot(mean - low, of_seeds), math.hypot(high - mean, of_seeds)


def _unsure(run: Found) -> float:
    """Returns the standard error of a single run's luck."""
    return math.hypot(run.unsure, UNSURE_LUCK * run.luck)


def _variance(runs: Sequence[Found]) -> float:
    """Returns the variance of the runs' accuracies, 0 for one run."""
    return float(np.var([run.accuracy for run in runs], ddof=1)) if len(runs) > 1 else 0.0


def _t(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
