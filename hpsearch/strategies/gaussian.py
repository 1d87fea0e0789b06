"""Bayesian optimization: a Gaussian process of the trials so far, and the point that it expects the most of.

It learns from every trial:

- a pruned one has the value that complete trials came to which were where it was when it was stopped;
- a diverged one has the worst value;
- a failed one has none, as a running one, so that it goes elsewhere, but not as if it were bad there.

Accuracies crowd near the best and have a long tail below, which no Gaussian process has; so values are made
as normal as a power makes them (Yeo and Johnson 2000; for this purpose Cowen-Rivers et al. 2022, HEBO). The
process is made anew for each ask, and nothing is kept from one to the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial, TrialState
from scipy.optimize import minimize_scalar
from scipy.stats import yeojohnson
from threadpoolctl import threadpool_limits

from hpsearch.space import Parameter
from hpsearch.strategies.cube import Array, Cube
from hpsearch.strategies.expected import Improvement, most_promising
from hpsearch.strategies.regression import fit

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

MOST_TRIALS = 300  # of more the process sees the best half and the latest: time grows with the cube
MOST_FAILED = 50
_POWERS = (-3.0, 6.0)  # of Yeo and Johnson, where 1 changes nothing


class GaussianProcess(BaseSampler):
    """Proposes what a Gaussian process of the trials so far expects the most of.

    Args:
        seed: of this trial's random numbers.
        startup_trials: how many trials must have ended before it begins.
        space: all parameters.
    """

    def __init__(self, seed: int, startup_trials: int, space: Sequence[Parameter]) -> None:
        self._seed = seed
        self._startup_trials = startup_trials
        self._cube = Cube(space)
        self._at_random = RandomSampler(seed=seed)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Returns the parameters that have more than one value, whether each trial has them or not."""
        return {one.name: one.distribution() for one in self._cube.parameters}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Returns the values of all parameters; those that the trial does not have are not used."""
        trials = study.get_trials(deepcopy=False)
        ended = [one for one in trials if one.state in (TrialState.COMPLETE, TrialState.PRUNED)]
        complete = [one for one in ended if one.state == TrialState.COMPLETE]
        if len(ended) < self._startup_trials or not complete or not search_space:
            return {}
        values = expected_values(ended, complete)
        shown = _shown(values)
        running = [one for one in trials if one.state == TrialState.RUNNING and one.params]
        failed = [one for one in trials if one.state == TrialState.FAIL][-MOST_FAILED:]
        seen, unknown, taken = (
            self._cube.points([one.params for one in some])
            for some in ([ended[i] for i in shown], [*running, *failed], [*ended, *running, *failed])
        )
        random = np.random.default_rng(self._seed)
        with threadpool_limits(limits=1, user_api="blas"):  # sums in several threads round otherwise
            process = fit(self._cube.features(seen), self._cube.groups, normal(values[shown]))
            improvement = Improvement(process, self._cube, seen, unknown, random)
            return dict(self._cube.values(most_promising(self._cube, improvement, taken, random)))

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Returns a value at random, as long as there are too few trials."""
        return self._at_random.sample_independent(study, trial, param_name, param_distribution)


def _shown(values: Array) -> list[int]:
    """Returns the numbers of the trials that the process sees, in their order."""
    if len(values) <= MOST_TRIALS:
        return list(range(len(values)))
    best = set(np.argsort(-values, kind="stable")[: MOST_TRIALS // 2].tolist())
    latest = [i for i in range(len(values)) if i not in best]
    return sorted([*best, *latest[-(MOST_TRIALS - len(best)) :]])


def normal(values: Array) -> Array:
    """Returns values by the power that makes them most like normal ones, with mean 0 and deviation 1.

    Their order is kept. Equal ones are 0.
    """
    scaled = _standard(values)
    if not scaled.any():
        return scaled
    stretch = float((np.sign(scaled) * np.log1p(np.abs(scaled))).sum())

    def loss(power: float) -> float:  # Yeo and Johnson 2000, equation 3.1, without constants
        variance = float(np.var(yeojohnson(scaled, lmbda=power)))
        return len(scaled) / 2 * math.log(variance) - (power - 1) * stretch

    best = minimize_scalar(loss, bounds=_POWERS, method="bounded", options={"xatol": 1e-3})
    return _standard(np.asarray(yeojohnson(scaled, lmbda=best.x)))


def _standard(values: Array) -> Array:
    largest = float(np.abs(values).max())
    values = values / (largest or 1.0)  # so that huge ones have a finite variance
    centred = values - values.mean()
    deviation = float(centred.std())
    return np.zeros_like(values) if deviation < 1e-12 else centred / deviation


def expected_values(ended: Sequence[FrozenTrial], complete: Sequence[FrozenTrial]) -> Array:
    """Returns the values of trials; of a stopped one that of the complete ones that were where it was.

    That is the quantile of the complete trials' values to which its best accuracy, at the epoch at which it
    was stopped, belongs among theirs up to that epoch. It is never beyond the values that there are: a trial
    without a curve, as Optuna is told of a diverged one, has the worst.
    """
    values = sorted(one.value for one in complete if one.value is not None)

    @cache
    def rivals(epoch: int) -> list[float]:
        curves = [one.intermediate_values for one in complete if one.intermediate_values]
        return sorted(max(accuracy for i, accuracy in curve.items() if i <= epoch) for curve in curves)

    def expected(one: FrozenTrial) -> float:
        if one.value is not None:
            return one.value
        if not one.intermediate_values:
            return values[0]
        those, best = rivals(max(one.intermediate_values)), max(one.intermediate_values.values())
        return float(np.quantile(values, np.interp(best, those, np.linspace(0, 1, len(those)))))

    return np.array([expected(one) for one in ended])
