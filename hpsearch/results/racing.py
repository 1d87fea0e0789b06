"""A race of settings over fresh seeds: when it is looked at, and who may still be the best.

rounds(n_seeds)                          after how many seeds the race is looked at
unbeaten(right, n_comparisons)           the settings that none of the others is shown to beat
worth_of_choice(right, ...)              the accuracy of the best of them, without the luck of its choice
without_luck(right, aside)               what the choice gets right where it was not made
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from hpsearch.hits import Hits
from hpsearch.results.paired import mean_difference_interval
from hpsearch.results.stats import LEVEL, MeanInterval, mean_accuracy_interval
from hpsearch.strata import Classes

FOLDS = 10
# Standard errors of what is taken off for luck, as shares of it; measured in tests/benchmarks/README.md.
UNSURE_RACE, UNSURE_SEARCH = 1 / 2, 1 / 3
FIRST_LOOK = 3  # two seeds have one degree of freedom, which shows nothing but enormous differences


def rounds(n_seeds: int) -> list[int]:
    """Returns after how many seeds a race of at most `n_seeds` is looked at, in rising order.

    Each round adds half as many seeds as there were: every look costs a share of the 5 %.
    """
    looks = [min(FIRST_LOOK, n_seeds)]
    while looks[-1] < n_seeds:
        looks.append(min(looks[-1] + looks[-1] // 2, n_seeds))
    return looks


def unbeaten(right: Sequence[Hits], n_comparisons: int) -> NDArray[np.bool_]:
    """Returns which settings the one with the highest mean is not shown to beat, itself included.

    One-sided comparisons on the same seeds and images, by the interval of `mean_difference_interval`; 5 %
    is shared out over all comparisons of the race (Bonferroni). So the truly best setting is beaten in at
    most 5 % of all races: for that, one of the others must be shown to be better than it at one of the looks.

    Args:
        right: for each setting, whether its seed s was right on image i, (n_seeds, n_images) bool; the same
            seeds and images for all.
        n_comparisons: looks of the whole race times the rivals that each setting began with.

    Returns:
        (n_settings,) bool, fresh.

    Raises:
        ValueError: settings have not the same seeds and images.

    Source: racing (Maron and Moore 1997; Birattari, Stuetzle, Paquete and Varrentrapp 2002).
    """
    leader = max(range(len(right)), key=lambda setting: right[setting].mean())  # the first of equals
    level = 1 - 2 * (1 - LEVEL) / max(n_comparisons, 1)
    return np.array(
        [
            setting == leader or mean_difference_interval(right[leader], rival, level).low <= 0
            for setting, rival in enumerate(right)
        ]
    )


def worth_of_choice(
    right: Hits, search_luck: float, aside: Hits | None = None, classes: Classes | None = None
) -> MeanInterval:
    """Returns the accuracy of the setting with the highest mean, without the luck of its being chosen.

    The mean of what `without_luck` leaves, less what the search's luck has left on these images. Which
    setting judges a seed and a fold varies from race to race more than seeds and images within one show: half
    of what the choice was lucky by counts as one more standard error, a third of the search's luck as
    another, both with the seeds' quantile of Student's t.

    Args:
        right: whether seed s of a setting was right on validation image i, (n_settings, n_seeds, n_val) bool.
        search_luck: by how much the settings are too good on the validation images, which chose them.
        aside: as right, on images set aside, which chose nothing; they judge if they are given.
        classes: of the validation images, (n_val,), if these have each class in proportion: then folds have
            it too. Of what a fold has too much, the others, which choose for it, have too little.

    Raises:
        ValueError: there are not two seeds.
    """
    if classes is not None and aside is None:
        right = right[:, :, np.argsort(classes, kind="stable")]  # fold i has each tenth image
    judges, n_seeds = right if aside is None else aside, right.shape[1]
    mean, low, high = mean_accuracy_interval(without_luck(right, aside))
    lucky = float(judges[right.mean(axis=(1, 2)).argmax()].mean()) - mean
    taken_off = min(search_luck, mean) if aside is None else 0.0
    error = math.hypot(UNSURE_RACE * max(lucky, 0.0), UNSURE_SEARCH * taken_off)
    unsure = float(stdtrit(n_seeds - 1, (1 + LEVEL) / 2)) * error
    middle = mean - taken_off
    below, above = math.hypot(mean - low, unsure), math.hypot(high - mean, unsure)
    return MeanInterval(middle, max(middle - below, 0.0), min(middle + above, 1.0))


def without_luck(right: Hits, aside: Hits | None = None) -> Hits:
    """Returns what the best setting gets right, where others than the judging seed and images chose it.

    The setting with the highest mean owes a part of it to the luck of its seeds, and of its images. So each
    seed and fold of the images is judged in the setting that the other seeds have most hits with on the other
    folds; images set aside choose nothing and need no folds. The choice is made on a little less than there
    is, and errs to the low side by what that costs.

    Args:
        right: whether seed s of a setting was right on validation image i, (n_settings, n_seeds, n_val) bool.
        aside: the same on the images set aside; they judge if they are given.

    Returns:
        (n_seeds, n_val) or (n_seeds, n_aside) bool, fresh; for `mean_accuracy_interval`.

    Raises:
        ValueError: there are not two seeds.

    Source: cross-validation of a choice (Stone 1974), over seeds and images at once.
    """
    n_seeds = right.shape[1]
    if n_seeds < 2:
        raise ValueError(f"right must be of at least 2 seeds, but is of {n_seeds}")
    judges = right if aside is None else aside
    n_folds = FOLDS if aside is None else 1
    judged = np.empty(judges.shape[1:], np.bool_)
    of_seeds = np.count_nonzero(right, axis=2)
    for fold in range(n_folds):
        in_fold = np.count_nonzero(right[:, :, fold::FOLDS], axis=2) if aside is None else 0 * of_seeds
        elsewhere = of_seeds - in_fold
        chosen = (elsewhere.sum(axis=1, keepdims=True) - elsewhere).argmax(axis=0)
        for seed in range(n_seeds):
            judged[seed, fold::n_folds] = judges[chosen[seed], seed, fold::n_folds]
    return judged
