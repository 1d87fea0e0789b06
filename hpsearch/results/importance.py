"""Which parameters mattered, as far as the trials can tell.

    importances(trials, curves, parameters)    a DataFrame, the largest first
    mattered_in_words(importances, judges)     the sentence that it allows

A search is no experiment: a sampler that has found a good learning rate tries everything else beside it, so
a choice that was tried late looks good. What a parameter is worth is therefore what its knowledge adds to
that of all others: how much worse the standings of left-out trials are predicted without it.
tests/benchmarks/README.md says how often that is right.

Source: leaving out one covariate, Lei et al. 2018, with the standings of trials at common epochs.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.results.bootstrap import image_counts
from hpsearch.results.regression import (
    MAX_TRIALS,
    best_shape,
    evenly,
    groups_p_value,
    left_out_errors,
    parameter_kernel,
    precision,
    rank_scores,
)
from hpsearch.results.standing import standings
from hpsearch.seeds import Purpose, generator
from hpsearch.space import Parameter
from hpsearch.words import listed

MIN_TRIALS = 10
"""With fewer trials nothing is said."""
LEVEL = 0.05
"""The chance that a parameter is said to matter although none does, shared out over them."""
GREEDY_LEVEL = 0.005
"""The same of trials of a greedy sampler, which are where others were good. Of 80 made-up searches in which
one or two decide none then names another, with LEVEL about one in ten."""
FEW = 10
"""The regression's shape is chosen on the same trials, which misleads when they are few: with n of them a
gain is clear from 1 + FEW / n times as many deviations on. Of 300 made-up searches of 12 to 60 trials in
which nothing matters 8 say that something does, without it 61.
"""
WORTH_SAYING = 0.01
"""A parameter that predicts a smaller share of the variance is not spoken of."""
N_SAMPLES = 1000
STABLE = 0.95
"""A parameter is first if it is so in this share of the bootstrap samples."""

COLUMNS = ("parameter", "importance", "low", "high", "matters", "first")


def importances(
    trials: pd.DataFrame, curves: pd.DataFrame, parameters: Sequence[Parameter], *, greedy: bool = False
) -> pd.DataFrame:
    """Returns what each parameter that varied is worth.

    Args:
        trials: rows as `trials_frame` makes them; failed ones say nothing.
        curves: rows as `curves_frame` makes them.
        parameters: the searched ones.
        greedy: whether the sampler settles on one value of every parameter, as a Gaussian process does; then
            a parameter is worth what it adds to all others and to when a trial was tried.

    Returns:
        One row a parameter, the largest importance first: parameter; importance, the share of the variance
        of standings that only this parameter predicts, with its 95 % interval low to high (it may be below
        0, where knowing the parameter misleads); matters, whether that is beyond chance; first, in which
        share of bootstrap samples it is the largest. Empty where trials are too few or do not differ.
    """
    standing = standings(trials, curves).dropna()
    told = trials.loc[standing.index]
    varied = [p for p in parameters if told[f"params.{p.name}"].nunique(dropna=False) > 1]
    if len(told) < MIN_TRIALS or standing.nunique() < 2 or not varied:
        return pd.DataFrame({name: [] for name in COLUMNS})
    some = evenly(len(told), MAX_TRIALS)
    gains = _gains(told.iloc[some], rank_scores(standing.iloc[some]), varied, greedy)
    return _table([parameter.name for parameter in varied], gains)


class _Gain(NamedTuple):
    """What a parameter is worth at each trial, and whether that is beyond chance."""

    by_trial: NDArray[np.float64]
    matters: bool


def _gains(
    trials: pd.DataFrame, y: NDArray[np.float64], parameters: Sequence[Parameter], greedy: bool
) -> list[_Gain]:
    """Returns what each parameter is worth: how much it lowers the squared errors of left-out trials."""
    values = [trials[f"params.{parameter.name}"] for parameter in parameters]
    kernels = [
        parameter_kernel(column, p.kind == "choice") for column, p in zip(values, parameters, strict=True)
    ]
    n = len(kernels)
    known = [parameter_kernel(trials["number"], False)] if greedy else []
    shape = best_shape([*kernels, *known], y)
    with_all = left_out_errors(precision([*kernels, *known], n + len(known), shape), y)
    level = GREEDY_LEVEL if greedy else LEVEL
    clear = NormalDist().inv_cdf(1 - level / n) * (1 + FEW / len(y))
    gains = []
    for place, (parameter, column) in enumerate(zip(parameters, values, strict=True)):
        others = [*kernels[:place], *kernels[place + 1 :], *known] or [np.zeros_like(kernels[0])]
        without = precision(others, n + len(known), shape)
        gain = left_out_errors(without, y) ** 2 - with_all**2
        is_clear = gain.mean() > clear * gain.std(ddof=1) / np.sqrt(len(gain))
        if parameter.kind == "choice":
            # Few trials of a poor choice, all far behind, are clear although they are few.
            is_clear |= groups_p_value(column, y, without) < 1 - NormalDist().cdf(clear)
        gains.append(_Gain(gain, bool(is_clear and gain.mean() > WORTH_SAYING)))
    return gains


def _table(names: Sequence[str], gains: Sequence[_Gain]) -> pd.DataFrame:
    """Returns the gains with their bootstrap intervals over trials, in order."""
    by_trial = np.array([gain.by_trial for gain in gains])
    n_trials = by_trial.shape[1]
    rng = generator(0, Purpose.IMPORTANCE)
    drawn = image_counts(rng, N_SAMPLES, n_trials) @ by_trial.T / n_trials
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    first = np.bincount(drawn.argmax(axis=1), minlength=len(names)) / N_SAMPLES
    matters = [gain.matters for gain in gains]
    columns = (list(names), by_trial.mean(axis=1), low, high, matters, first)
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    order = ["matters", "importance", "parameter"]
    return table.sort_values(order, ascending=[False, False, True], ignore_index=True)


def mattered(importances: pd.DataFrame) -> list[str]:
    """Returns the names of the parameters that matter beyond chance, the largest importance first."""
    return importances.loc[importances["matters"].astype(bool), "parameter"].tolist()


def leader(importances: pd.DataFrame) -> str | None:
    """Returns the parameter that mattered most, None if the trials cannot tell which one."""
    clear = importances[importances["matters"].astype(bool)]
    top = clear.head(1)
    return None if top.empty or top["first"].iloc[0] < STABLE else str(top["parameter"].iloc[0])


def mattered_in_words(importances: pd.DataFrame, judges: str) -> list[str]:
    """Returns the sentence on what mattered, in an order only where that is beyond chance; none of no table.

    Args:
        importances: what each parameter was worth.
        judges: who can tell, as "100 trials".
    """
    if importances.empty:
        return []
    names = mattered(importances)
    if not names:
        return [f"{judges[0].upper()}{judges[1:]} cannot tell which parameters mattered."]
    if len(names) == 1:
        return [f"As far as {judges} can tell, {names[0]} mattered."]
    first = leader(importances)
    most = f"{first} the most" if first else "which of them the most is open"
    return [f"As far as {judges} can tell, {listed(names)} mattered; {most}."]
