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
    found = {parameter.name: 0.0 for parameter in parameters}
    for present, together in _groups(ranked, parameters):
        found |= _evaluated(present, together)
    rows = sorted(found.items(), key=lambda row: (-row[1], row[0]))
    total = sum(found.values())
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


def _groups(
    trials: pd.DataFrame, parameters: Sequence[Parameter]
) -> list[tuple[pd.DataFrame, list[Parameter]]]:
    """Returns the parameters that say something, grouped by the trials that have them."""
    groups: dict[bytes, tuple[pd.DataFrame, list[Parameter]]] = {}
    for parameter in parameters:
        has_it = trials[column(parameter)].notna()
        present = trials[has_it]
        varies = present["value"].nunique() > 1 and present[column(parameter)].nunique() > 1
        if varies and len(present) >= MIN_TRIALS:
            groups.setdefault(has_it.to_numpy().tobytes(), (present, []))[1].append(parameter)
    return list(groups.values())


def _evaluated(trials: pd.DataFrame, parameters: Sequence[Parameter]) -> dict[str, float]:
    """Returns the importance of parameters that each of the trials has."""
    from optuna.importance import PedAnovaImportanceEvaluator

    study = _rebuilt(trials, parameters)
    return dict(PedAnovaImportanceEvaluator().evaluate(study, params=[p.name for p in parameters]))


def _rebuilt(trials: pd.DataFrame, parameters: Sequence[Parameter]) -> Any:
    """Returns an Optuna study in memory of these trials and parameters."""
    import optuna
    from optuna.trial import create_trial

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    optuna.logging.set_verbosity(verbosity)
    distributions = {parameter.name: parameter.distribution() for parameter in parameters}
    drawn = [_drawn(trials[column(parameter)], parameter) for parameter in parameters]
    study.add_trials(
        create_trial(
            value=value, params=dict(zip(distributions, row, strict=True)), distributions=distributions
        )
        for value, row in zip(trials["value"], zip(*drawn, strict=True), strict=True)
    )
    return study


def _drawn(values: pd.Series, parameter: Parameter) -> list[Any]:
    """Returns the values as they were drawn: pandas keeps integers beside gaps as floats."""
    return [int(value) for value in values] if parameter.kind == "int" else values.tolist()
