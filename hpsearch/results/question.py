"""Does a parameter matter, once all others are tuned? The answer of a search that asked just that.

answer(tuned, learns)         which value is best, and by how much, with the luck of tuning
tuned_of(trials, ...)         a value's part of the search, from the table of trials
scores_of(trials, ...)        the accuracies that its trials reached
mark(tuned, by_chance)        a round accuracy by which to tell how many trials of each value got far

Each value was tuned by trials of its own, and the best setting of each trained on fresh seeds: the same
seeds and images for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.results.paired import SMALL_EFFECT, images_needed, mean_difference_interval
from hpsearch.results.stats import LEVEL, MeanInterval, mean_accuracy_interval
from hpsearch.results.tuning_luck import luck_of_tuning
from hpsearch.space import Value

MARKS = (0.999, 0.998, 0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)

BETTER, LUCK_OF_TUNING, OPEN = "better", "luck of tuning", "open"


@dataclass(frozen=True)
class Tuned:
    """A value of the parameter in question, and what its trials found.

    Attributes:
        value: the value.
        scores: the accuracy that each of its trials reached, 0 for one without; pruned trials count with
            what they had reached.
        right: whether its best setting was right on an image, (n_seeds, n_images) bool, on fresh seeds.
    """

    value: Value
    scores: NDArray[np.float64]
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """The best value against another one; effects are accuracies of the best minus those of the other.

    The intervals of all comparisons hold together.

    Attributes:
        value: the other value.
        settings: the effect between the two best settings, by seeds and images.
        tuned: the same effect, with an interval that also allows for the luck of tuning.
        images: how many images would show half a point between one net of each in four of five cases;
            None where the nets agree too often to differ by so much.
    """

    value: Value
    settings: MeanInterval
    tuned: MeanInterval
    images: int | None

    @property
    def verdict(self) -> str:
        """BETTER, LUCK_OF_TUNING (the settings differ, the values perhaps not) or OPEN."""
        if self.tuned.low > 0:
            return BETTER
        return LUCK_OF_TUNING if self.settings.low > 0 else OPEN


@dataclass(frozen=True)
class Answer:
    """What the search says about its question.

    Attributes:
        best: the value with the highest mean accuracy on fresh seeds, the first of equals.
        values: all values, in their order.
        means: the mean accuracy of each value's best setting on fresh seeds, in the same order.
        comparisons: the best value against each other one, in the same order.
        n_seeds, n_images: on how many fresh seeds and images.
        learns: whether the sampler looked at earlier trials, as TPE does.
    """

    best: Value
    values: tuple[Value, ...]
    means: tuple[MeanInterval, ...]
    comparisons: tuple[Comparison, ...]
    n_seeds: int
    n_images: int
    learns: bool


def answer(tuned: Sequence[Tuned], *, learns: bool, n_val: int) -> Answer:
    """Returns which value is best and by how much.

    The two ends of an effect are the paired interval's, moved away as squares add up by the luck of
    tuning. All pairs of values share the 5 % (Bonferroni), since the best is chosen by the same images.

    Args:
        tuned: the values, at least two.
        learns: whether the sampler looks at earlier trials, as TPE does.
        n_val: validation images, which chose the best settings.

    Raises:
        ValueError: there are fewer than two values or fresh seeds, or values have not the same seeds
            and images.

    Source: Zou and Donner 2008 for the sum of two intervals.
    """
    if len(tuned) < 2:
        raise ValueError(f"a question needs at least two values, but got {len(tuned)}")
    n_seeds, n_images = tuned[0].right.shape
    if n_seeds < 2:
        raise ValueError(f"settings are compared on at least 2 fresh seeds, but got {n_seeds}")
    best = max(tuned, key=lambda one: float(one.right.mean()))
    level = 1 - (1 - LEVEL) / math.comb(len(tuned), 2)
    others = tuple(_compared(best, other, learns, n_val, level) for other in tuned if other is not best)
    means = tuple(mean_accuracy_interval(one.right) for one in tuned)
    return Answer(best.value, tuple(one.value for one in tuned), means, others, n_seeds, n_images, learns)


def _compared(best: Tuned, other: Tuned, learns: bool, n_val: int, level: float) -> Comparison:
    settings = mean_difference_interval(best.right, other.right, level)
    luck = luck_of_tuning(
        best.scores,
        other.scores,
        (_error(best, n_val) + _error(other, n_val)) / 2,
        learns=learns,
        level=level,
    )
    low = settings.mean - math.hypot(settings.mean - settings.low, luck.lifted, luck.chosen)
    high = settings.mean + math.hypot(settings.high - settings.mean, luck.held_back, luck.chosen)
    tuned = MeanInterval(settings.mean, max(low, -1.0), min(high, 1.0))
    return Comparison(other.value, settings, tuned, _images_for_half_a_point(best, other))


def _error(one: Tuned, n_val: int) -> float:
    """Returns how much the accuracy of one training on the validation images varies, for one setting."""
    n_images: int = one.right.shape[1]
    return float(one.right.mean(axis=1).var(ddof=1)) * n_images / n_val


def _images_for_half_a_point(best: Tuned, other: Tuned) -> int | None:
    discordant = float(np.mean(best.right != other.right))
    return images_needed(discordant, SMALL_EFFECT) if discordant >= SMALL_EFFECT else None


def tuned_of(trials: pd.DataFrame, parameter: str, value: Value, right: NDArray[np.bool_]) -> Tuned:
    """Returns a value with the scores of its trials.

    Args:
        trials: as `scores_of` takes them.
        parameter: the one in question.
        right: what the best setting of this value got right, (n_seeds, n_images).
    """
    return Tuned(value, scores_of(trials, parameter, value), right)


def scores_of(trials: pd.DataFrame, parameter: str, value: Value) -> NDArray[np.float64]:
    """Returns the accuracy that each trial of a value reached, 0 for one without.

    Args:
        trials: the columns state, value and params.PARAMETER of StudyFrames.trials.
        parameter: the one in question.
        value: one of its values.
    """
    mine = trials[trials[f"params.{parameter}"] == value]
    usable = mine["state"].isin(["complete", "pruned"])
    return mine["value"].where(usable).fillna(0.0).to_numpy(np.float64)


def mark(tuned: Sequence[Tuned], by_chance: float) -> float | None:
    """Returns the highest round accuracy that at least half of all trials reached, above that of chance.

    If so many reached none above it, the lowest one above it; None if no trial did. It is chosen without
    looking at whose trials they are: a mark chosen by the values would make any two look different.

    Args:
        tuned: the values.
        by_chance: up to this accuracy a net may have learned nothing.
    """
    scores = np.concatenate([one.scores for one in tuned])
    above = [level for level in MARKS if level > by_chance and (scores >= level).any()]
    return next((level for level in above if np.mean(scores >= level) >= 0.5), above[-1] if above else None)
