"""How much each parameter mattered: PED-ANOVA on all trials, not only on the survivors of pruning.

    importances(trials, parameters)    a DataFrame, the largest first

Source: Watanabe et al. 2023, PED-ANOVA, as implemented in Optuna.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from hpsearch.report.figures.space import column
from hpsearch.space import Parameter

MIN_TRIALS = 10
"""Below this many trials a best tenth means nothing."""


def importances(trials: pd.DataFrame, parameters: Sequence[Parameter]) -> pd.DataFrame:
    """Returns each parameter's share of the importance, ties by name.

    Pruned trials count with the accuracy that they had reached, diverged ones as the worst.
    Failed ones are left out. A conditional parameter is judged among the trials that have it.

    Returns:
        Columns parameter and importance (shares that add up to 1); empty where there are too few
        trials, or all are equal.
    """
    ranked = _ranked(trials)
    rows = [(parameter.name, _importance(ranked, parameter)) for parameter in parameters]
    rows = sorted(rows, key=lambda row: (-row[1], row[0]))
    total = sum(importance for _, importance in rows)
    if not total > 0:
        rows = []
    return pd.DataFrame(
        {
            "parameter": pd.Series([name for name, _ in rows], dtype=object),
            "importance": np.array([importance / total for _, importance in rows], dtype=np.float64),
        }
    )


def _ranked(trials: pd.DataFrame) -> pd.DataFrame:
    """Returns the trials that say something of their parameters, with a value each."""
    told = trials[trials["value"].notna() | (trials["state"] == "diverged")]
    return told.assign(value=told["value"].where(told["state"] != "diverged", 0.0))


def _importance(trials: pd.DataFrame, parameter: Parameter) -> float:
    """Returns the importance of one parameter among the trials that have it, 0 if it says nothing."""
    present = trials[trials[column(parameter)].notna()]
    if (
        len(present) < MIN_TRIALS
        or present["value"].nunique() < 2
        or present[column(parameter)].nunique() < 2
    ):
        return 0.0
    from optuna.importance import PedAnovaImportanceEvaluator

    found = PedAnovaImportanceEvaluator().evaluate(_rebuilt(present, parameter), params=["x"])
    return float(found["x"])


def _rebuilt(trials: pd.DataFrame, parameter: Parameter) -> Any:
    """Returns an Optuna study in memory that knows of one parameter, called x."""
    import optuna
    from optuna.trial import create_trial

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    optuna.logging.set_verbosity(verbosity)
    distribution = parameter.distribution()
    cast = int if parameter.kind == "int" else lambda value: value  # pandas keeps gaps as floats
    study.add_trials(
        create_trial(value=value, params={"x": cast(x)}, distributions={"x": distribution})
        for x, value in zip(trials[column(parameter)].tolist(), trials["value"], strict=True)
    )
    return study
