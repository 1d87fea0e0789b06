"""Which parameters mattered, as far as the trials can tell.

    importances(landscape)                     a DataFrame, the largest first
    mattered_in_words(importances, judges, n)  the sentences that it allows

A parameter matters if the trials are likelier with it than without it, beyond chance: see
`hpsearch.results.landscape`. What it is worth is what its knowledge adds to that of all others: how much
worse the standings of left-out trials are predicted without it (leaving out one covariate: Lei et al. 2018).
tests/benchmarks/README.md says how often that is right.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.results.bootstrap import image_counts
from hpsearch.seeds import Purpose, generator
from hpsearch.words import listed

if TYPE_CHECKING:
    from hpsearch.results.landscape import Landscape

LEVEL = 0.05
"""The chance that a parameter is said to matter although none does."""
WORTH_SAYING = 0.01
"""A parameter that predicts a smaller share of the variance is not spoken of."""
N_SAMPLES = 1000
STABLE = 0.975
"""A parameter is first if it is so in this share of bootstrap samples: of two equal ones either may be."""

COLUMNS = ("parameter", "importance", "low", "high", "matters", "first")


def importances(landscape: "Landscape | None") -> pd.DataFrame:
    """Returns what each parameter that varied is worth.

    Args:
        landscape: what the trials say; None where they say nothing.

    Returns:
        One row a parameter, the largest importance first: parameter; importance, the share of the variance
        of standings that only this parameter predicts, with its 95 % interval low to high (it may be below
        0, where knowing the parameter misleads); matters, whether the trials are likelier with it beyond
        chance; first, in which share of bootstrap samples it is the largest. Empty where they say nothing.
    """
    if landscape is None:
        return pd.DataFrame({name: [] for name in COLUMNS})
    gains = {parameter.name: landscape.gains(parameter.name) for parameter in landscape.parameters}
    clear = landscape.clear_of_chance(LEVEL)
    matters = [name in clear and gains[name].mean() > WORTH_SAYING for name in gains]
    return _table(gains, matters)


def _table(gains: Mapping[str, NDArray[np.float64]], matters: Sequence[bool]) -> pd.DataFrame:
    """Returns the gains with their bootstrap intervals over trials, in order."""
    by_trial = np.array([*gains.values()])
    n_trials = by_trial.shape[1]
    rng = generator(0, Purpose.IMPORTANCE)
    drawn = image_counts(rng, N_SAMPLES, n_trials) @ by_trial.T / n_trials
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    first = np.bincount(drawn.argmax(axis=1), minlength=len(gains)) / N_SAMPLES
    columns = (list(gains), by_trial.mean(axis=1), low, high, matters, first)
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


def mattered_in_words(importances: pd.DataFrame, judges: str, n_pruned: int) -> list[str]:
    """Returns the sentence on what mattered, in an order only where that is beyond chance; none of no table.

    Pruned trials are compared at epochs that others went beyond: what only decides how soon a net is good
    matters there too, so that a second sentence tells of them.

    Args:
        importances: what each parameter was worth.
        judges: who can tell, as "100 trials".
        n_pruned: how many of these were pruned.
    """
    if importances.empty:
        return []
    names = mattered(importances)
    if not names:
        return [f"{judges[0].upper()}{judges[1:]} cannot tell which parameters mattered."]
    early = (
        f"{n_pruned} of the trials {'was' if n_pruned == 1 else 'were'} pruned: what mattered may decide how"
        " fast a trial gets on, and not where it would end."
    )
    return [_ranked(importances, names, judges), *([early] if n_pruned else [])]


def _ranked(importances: pd.DataFrame, names: Sequence[str], judges: str) -> str:
    if len(names) == 1:
        return f"As far as {judges} can tell, {names[0]} mattered."
    first = leader(importances)
    most = f"{first} the most" if first else "which of them the most is open"
    return f"As far as {judges} can tell, {listed(names)} mattered; {most}."
