"""What trials say of their parameters: a Gaussian process of standings, with each parameter and without it.

    landscape = landscape_of(trials, curves, parameters)
    landscape.evidence("reg")              how much better the trials are explained with it
    landscape.clear_of_chance(0.05)        the parameters that they tell of
    landscape.gains("reg")                 how much better each trial is predicted with it
    landscape.outward("reg", "high", 0.1)  whether the best trials would be better at the end of its range
    landscape.better_at_end("depth", "high", 0.5)  whether the trials there are better than those before it

A search is no experiment. A sampler that has found a good learning rate tries everything else beside it, so
what was tried late looks good; a Gaussian process crowds in every parameter. But what it tries depends on
nothing but what trials came to before, so it has no part in how likely their values are with a parameter and
without it (Rubin 1976: when the way in which data were collected can be ignored). Tests of trials as if they
had been drawn alike, of groups of them for example, mislead; tests/benchmarks/README.md says how often.

Standings are compared by normal scores of their ranks, in which diverged nets are no outliers. Settings are
the likeliest ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from threadpoolctl import threadpool_limits

from hpsearch.results import stepwise
from hpsearch.results.fits import LEAST_RELEVANCE, Fit, likeliest, only, start
from hpsearch.results.standing import standings
from hpsearch.space import Parameter, Params
from hpsearch.strategies.cube import Cube
from hpsearch.strategies.regression import Pairs, Process

Array = NDArray[np.float64]

MIN_TRIALS = 10
"""With fewer trials nothing is said."""
MAX_TRIALS = 200
"""Of more trials so many are taken, evenly over the search: the time grows with their third power."""
N_ROUNDS = 5
"""So often at most settings with all parameters are looked for anew from those without one."""
N_BEST = 10
"""So many of the best trials say where the top is."""


@dataclass(frozen=True)
class Landscape:
    """What trials say of their parameters.

    Attributes:
        parameters: those that varied.
    """

    parameters: Sequence[Parameter]
    _cube: Cube
    _points: Array
    _is_present: NDArray[np.bool_]
    _scores: Array
    _with_all: Fit
    _without: Sequence[Fit]

    def evidence(self, name: str) -> float:
        """Returns by how many deviations of pure chance the trials are likelier with a parameter.

        That is beside all others: of two copies neither has any. Where there are many parameters those that
        say nothing have more than chance allows.
        """
        return self._with_all.deviations_over(self._without[self._place(name)])

    def clear_of_chance(self, level: float) -> list[str]:
        """Returns the parameters that trials tell of beyond chance, the clearest first.

        Their evidence beside all others is more than a single one's would be by chance, and they are needed
        beside those of them that are clearer; see `hpsearch.results.stepwise`.

        Args:
            level: how often any is named where none says anything.
        """
        names = [parameter.name for parameter in self.parameters]
        clear = NormalDist().inv_cdf(1 - level)
        candidates = [place for place, name in enumerate(names) if self.evidence(name) > clear]
        with threadpool_limits(limits=1, user_api="blas"):
            pairs = Pairs.of(self._cube.features(self._points), self._cube.groups)
            return [names[i] for i in stepwise.clear_of_chance(pairs, self._scores, candidates, level)]

    def gains(self, name: str) -> Array:
        """Returns how much a parameter lowers the squared error of each trial, predicted from all others."""
        with threadpool_limits(limits=1, user_api="blas"):
            without = self._errors_without(self._place(name))
            return np.asarray(without**2 - self._process(self._with_all).left_out_errors() ** 2)

    def outward(self, name: str, end: str, inward: float) -> float:
        """Returns how probable it is that the best trials would be better at a range's end than before it.

        Args:
            name: of a parameter that varied, no choice; of the trials that have it.
            end: "low" or "high".
            inward: how far before it, as a share of the range.
        """
        place = self._place(name)
        ranked = np.argsort(-self._scores, kind="stable")
        best = ranked[self._is_present[ranked, place]][:N_BEST]
        there, before = self._points[best], self._points[best]
        there[:, place] = float(end == "high")
        before[:, place] = np.abs(there[:, place] - inward)
        process = self._process(self._with_all)
        rise, deviation = process.rise(self._cube.features(there), self._cube.features(before))
        return float(ndtr(rise / deviation))

    def better_at_end(self, name: str, end: str, inward: float) -> float:
        """Returns how sure it is that trials at a range's end are better than those with the value before it.

        These trials alone tell, by Welch's test of what the other parameters leave of them unexplained.

        Args:
            name: of a parameter that varied, of few values.
            end: "low" or "high".
            inward: how far before it the next value is, as a share of the range.

        Returns:
            1 less the test's p value; 0 where either value has fewer than two trials.
        """
        from scipy.stats import ttest_ind

        place = self._place(name)
        with threadpool_limits(limits=1, user_api="blas"):
            errors = self._errors_without(place)
        there = float(end == "high")
        values = np.where(self._is_present[:, place], self._points[:, place], np.nan)
        at_end, before = (errors[np.isclose(values, one)] for one in (there, abs(there - inward)))
        if min(len(at_end), len(before)) < 2:
            return 0.0
        return 1 - float(ttest_ind(at_end, before, equal_var=False, alternative="greater").pvalue)

    def _errors_without(self, place: int) -> Array:
        """Returns each score minus what all others predict of it without a parameter."""
        groups = [group for group in range(len(self.parameters)) if group != place]
        return self._process(self._without[place], groups).left_out_errors()

    def _place(self, name: str) -> int:
        return [parameter.name for parameter in self.parameters].index(name)

    def _process(self, fit: Fit, groups: Sequence[int] | None = None) -> Process:
        """Returns the process of these settings, of some of the parameters or all."""
        *logs, scale, noise = np.exp(fit.logs)
        relevance = np.zeros(len(self.parameters))
        relevance[slice(None) if groups is None else groups] = logs
        features = self._cube.features(self._points)
        return Process(features, self._scores, relevance[self._cube.groups], scale, noise)


def landscape_of(
    trials: pd.DataFrame, curves: pd.DataFrame, parameters: Sequence[Parameter]
) -> Landscape | None:
    """Returns what trials say; None where they are few, no two stand differently, or no parameter varied.

    Args:
        trials: rows as `trials_frame` makes them; failed ones say nothing.
        curves: rows as `curves_frame` makes them.
        parameters: the searched ones.
    """
    standing = standings(trials, curves).dropna()
    standing = standing.iloc[_evenly(len(standing), MAX_TRIALS)]
    told = trials.loc[standing.index]
    varied = [one for one in parameters if told[f"params.{one.name}"].nunique(dropna=False) > 1]
    cube = Cube(varied)
    if len(told) < MIN_TRIALS or standing.nunique() < 2 or not cube.parameters:
        return None
    there = pd.DataFrame({one.name: told[f"params.{one.name}"].notna() for one in cube.parameters})
    points, scores = cube.points(_params(told, there)), _normal_scores(standing)
    with threadpool_limits(limits=1, user_api="blas"):
        with_all, without = _fits(Pairs.of(cube.features(points), cube.groups), scores)
    return Landscape(cube.parameters, cube, points, there.to_numpy(), scores, with_all, without)


def _evenly(n: int, at_most: int) -> NDArray[np.intp]:
    """Returns places among n, all of them or so many at equal distances."""
    return np.unique(np.linspace(0, n - 1, min(n, at_most)).round().astype(np.intp))


def _params(trials: pd.DataFrame, there: pd.DataFrame) -> list[Params]:
    """Returns the parameters that each trial has."""
    columns = [(name, trials[f"params.{name}"].tolist(), there[name].tolist()) for name in there.columns]
    return [
        {name: values[row] for name, values, is_there in columns if is_there[row]}
        for row in range(len(trials))
    ]


def _normal_scores(standing: pd.Series) -> Array:
    """Returns the normal quantiles of ranks, with mean 0 and variance 1."""
    scores = ndtri((standing.rank().to_numpy() - 0.5) / len(standing))
    return np.asarray((scores - scores.mean()) / scores.std())


def _fits(pairs: Pairs, scores: Array) -> tuple[Fit, list[Fit]]:
    """Returns the likeliest settings with all parameters, and without each of them.

    Each is a place to look for the others from, since a climb may end at a lower peak: leaving a parameter
    out never helps, and leaving out one that says nothing costs nothing.
    """
    n = len(pairs.gaps)
    with_all = likeliest(pairs, scores, [start(n, 1.0), start(n, 0.1)])
    without = [likeliest(_others(pairs, place), scores, [start(n - 1, 1.0)]) for place in range(n)]
    for _ in range(N_ROUNDS):
        for place, before in enumerate(without):
            from_all = likeliest(_others(pairs, place), scores, [np.delete(with_all.logs, place)])
            without[place] = min(from_all, before, key=lambda one: one.loss)
        place = int(np.argmin([one.loss for one in without]))
        if without[place].loss >= with_all.loss:
            break
        starts = [np.insert(without[place].logs, place, math.log(one)) for one in (LEAST_RELEVANCE, 0.1)]
        with_all = likeliest(pairs, scores, starts)
    return with_all, without


def _others(pairs: Pairs, place: int) -> Pairs:
    return only(pairs, [one for one in range(len(pairs.gaps)) if one != place])
