"""The winner's accuracy without the luck of being chosen.

corrected_winner(correct, rng)         raw value, corrected accuracy with its interval, and the difference
luck_of_best_few(correct, n_few, rng)  by how much the mean accuracy of the best few is too high

The best epoch of each trial and then the best trial are chosen on the images that they are judged
by, so the winner's accuracy is too high. Here the choice is repeated on bootstrap samples of the
images, and what each sample chooses is judged by the images that it left out. Nothing is trained.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpsearch.results.bootstrap import image_counts
from hpsearch.results.stats import Interval, wilson_interval
from hpsearch.strata import Classes

N_SAMPLES = 1000
# A choice on a bootstrap sample is a choice on half as many images, one on a third of a sample a
# choice on a quarter: both variances, of the images and of drawing from them, add up.
SMALLER = 3
# From a quarter to a half of the images the choice gets better by some amount; from the half to the
# whole by this share of it: 1 / 2 if what is lost falls like 1 / images, 0.7 if like their square root.
NEXT_GAIN = 0.5
# Of bootstrap samples so many counts are held at once, 128 MB of them.
MOST_COUNTS = 2**25
# What lags this many standard deviations behind the winner in the smaller samples is never chosen.
HOPELESS = 5.0
# How uncertain the luck is that a pruner left, as a share of it.
UNSURE_OF_PRUNING = 0.5


class Winner(NamedTuple):
    """The chosen candidate; all accuracies are fractions.

    Attributes:
        candidate: its row.
        value: its accuracy on the images that chose it.
        corrected_accuracy: what it is expected to have on other images.
        corrected_interval: the 95 % interval of that.
        luck: value - corrected_accuracy, >= 0.
        unsure: standard error of what was added to the accuracy for the images that samples lack.
        of_pruning: what of the luck pruning left in the candidates; None where that is not known.
    """

    candidate: int
    value: float
    corrected_accuracy: float
    corrected_interval: Interval
    luck: float
    unsure: float = 0.0
    of_pruning: float | None = 0.0

    def without_pruners_luck(self, luck: float | None, n_images: int) -> "Winner":
        """Returns the winner without the luck of having been left by a pruner, which no candidate shows.

        Half of it counts as one more standard error.

        Args:
            luck: that luck, None where it is not known.
            n_images: that chose the winner.
        """
        if luck is None:
            return self._replace(of_pruning=None)
        accuracy = max(self.corrected_accuracy - luck, 0.0)
        interval = _interval(accuracy, n_images, math.hypot(self.unsure, UNSURE_OF_PRUNING * luck))
        return self._replace(
            corrected_accuracy=accuracy,
            corrected_interval=interval,
            luck=self.value - accuracy,
            of_pruning=luck,
        )


def corrected_winner(
    correct: NDArray[np.bool_],
    rng: np.random.Generator,
    n_samples: int = N_SAMPLES,
    classes: Classes | None = None,
) -> Winner:
    """Returns the candidate with the highest accuracy, the first of equals, and what is luck in it.

    The out-of-bag accuracy of bootstrap samples is unbiased for a choice on half the images, which
    is a worse choice where candidates differ; smaller samples tell how much the choice gains with
    images, and what it will gain from the other half is added. The interval is Wilson's; what was
    added counts as one more standard error.
    Pruning on the same images is a choice too, which the hits of complete trials cannot show: see
    `hpsearch.results.pruning_luck`.

    Args:
        correct: whether a candidate (an epoch of a complete trial; trials in order, epochs in order)
            was right on an image, (n_candidates, n_images) bool.
        rng: draws the samples.
        n_samples: bootstrap samples of each of the two sizes.
        classes: of the images, (n_images,), if these have each class in proportion.

    Raises:
        ValueError: there is no candidate or no image.

    Source: BBC-CV of Tsamardinos, Greasidou and Borboudakis 2018, extrapolated.
    """
    if correct.ndim != 2 or correct.size == 0:
        raise ValueError(f"correct must have the shape (n_candidates, n_images), but got {correct.shape}")
    n_images = correct.shape[1]
    right = np.count_nonzero(correct, axis=1)
    best = int(right.argmax())
    value = float(right[best] / n_images)
    rivals = _contenders(correct, right, best)
    luck, unsure = _luck(correct[rivals], correct[[best]], rng, n_samples, classes)
    accuracy = value - min(luck, value)
    interval = _interval(accuracy, n_images, unsure)
    return Winner(best, value, accuracy, interval, value - accuracy, unsure)


def _contenders(correct: NDArray[np.bool_], right: NDArray[np.intp], best: int) -> NDArray[np.intp]:
    """Returns the rows that some sample may choose, in order."""
    differing = np.count_nonzero(correct != correct[best], axis=1)
    return np.flatnonzero(right[best] - right <= HOPELESS * np.sqrt(SMALLER * differing))


def luck_of_best_few(
    correct: NDArray[np.bool_],
    n_few: int,
    rng: np.random.Generator,
    n_samples: int = N_SAMPLES,
    classes: Classes | None = None,
) -> float:
    """Returns by how much the mean accuracy of the best few is too high on the images that chose them.

    As `corrected_winner`, of which it is the luck for one.

    Args:
        correct: whether a candidate was right on an image, (n_candidates, n_images) bool, neither of them 0.
        n_few: how many are chosen, at most all.
        rng: draws the samples.
        n_samples: bootstrap samples of each of the two sizes.
        classes: of the images, if these have each class in proportion.
    """
    best = np.argsort(-np.count_nonzero(correct, axis=1), kind="stable")[:n_few]
    return _luck(correct, correct[best], rng, n_samples, classes)[0]


def _luck(
    correct: NDArray[np.bool_],
    best: NDArray[np.bool_],
    rng: np.random.Generator,
    n_samples: int,
    classes: Classes | None,
) -> tuple[float, float]:
    """Returns the luck of the best ones, >= 0, and what was taken off it for the images that samples lack."""
    n_images = correct.shape[1]
    half, quarter = (
        _lost_by_choice(correct, best, rng, n_samples, n_drawn, classes)
        for n_drawn in (n_images, max(n_images // SMALLER, 1))
    )
    gain = NEXT_GAIN * (quarter - half)
    return max(half - gain, 0.0), max(gain, 0.0)


def _lost_by_choice(
    correct: NDArray[np.bool_],
    best: NDArray[np.bool_],
    rng: np.random.Generator,
    n_samples: int,
    n_drawn: int,
    classes: Classes | None,
) -> float:
    """Returns by how much what the samples choose is worse than the best, on what they left out.

    Samples are drawn a few at a time: with a million images a thousand of them would be 4 GB. All sums are
    of whole numbers, and the same however many are drawn together.
    """
    n_images = correct.shape[1]
    hits, best_hits = correct.T.astype(np.float32), best.T.astype(np.float32)
    at_once = max(MOST_COUNTS // n_images, 1)
    lost = n_judged = 0.0
    for first in range(0, n_samples, at_once):
        counts = image_counts(rng, min(at_once, n_samples - first), n_images, n_drawn, classes)
        chosen = np.argsort(-(counts @ hits), axis=1, kind="stable")[:, : len(best)]
        left_out = (counts == 0).astype(np.float32)
        of_chosen = np.take_along_axis(left_out @ hits, chosen, axis=1).sum(dtype=np.float64)
        lost += float((left_out @ best_hits).sum(dtype=np.float64) - of_chosen)
        n_judged += len(best) * float(left_out.sum(dtype=np.float64))
    return lost / max(n_judged, 1.0)


def _interval(accuracy: float, n_images: int, unsure: float) -> Interval:
    one_image = accuracy * (1 - accuracy)
    if one_image == 0:
        return wilson_interval(accuracy, n_images)
    return wilson_interval(accuracy, one_image / (one_image / n_images + unsure**2))
