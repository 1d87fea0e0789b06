"""Which trials of a study of Optuna's can be compared, and by what.

scores(imported)                     values that are to be high, of the trials that can be the best
drawn(imported)                      the trials that figures show, with the value that they stand at
reports_are_values(imported)         whether reports are the objective
importances_of(imported)             what each parameter was worth
are_compared_by_reports(imported)    whether that is told from reports, so that pruned trials count
"""

import pandas as pd

from hpsearch.exchange.optuna_import import Imported, drawable
from hpsearch.results.importance import importances
from hpsearch.results.landscape import landscape_of


def scores(imported: Imported) -> pd.DataFrame:
    """Returns the trials that can be the best, in number order, with values that are to be high."""
    ranked = imported.ranked.sort_values("number", ignore_index=True)
    return ranked.assign(value=-ranked["value"]) if imported.minimize else ranked


def drawn(imported: Imported) -> pd.DataFrame:
    """Returns the trials that figures show, with the value that they are shown at as y.

    A pruned trial is shown at its last report where reports are values of the objective: where the value of
    each complete trial that reported is one of its reports.
    """
    trials = imported.trials
    is_complete = trials["state"] == "complete"
    y = trials["value"].where(is_complete)
    if reports_are_values(imported):
        y = y.where(trials["state"] != "pruned", trials["last_report"])
    can_be_best = is_complete & trials["feasible"]
    return trials.assign(y=y, counts=can_be_best)[drawable(y)]


def reports_are_values(imported: Imported) -> bool:
    """Says whether what trials reported on their way is the objective, as far as their values can tell."""
    told_too = imported.trials[imported.trials["value"].notna() & (imported.trials["reports"] > 0)]
    reports = imported.reports.groupby("number")["value"].agg(set)
    pairs = zip(told_too["number"], told_too["value"], strict=True)
    return len(told_too) > 0 and all(value in reports[number] for number, value in pairs)


def importances_of(imported: Imported) -> pd.DataFrame:
    """Returns what each parameter was worth, by ranks of values, or of reports where these are compared."""
    trials, reports = scores(imported), scores(imported).assign(epoch=1)
    if are_compared_by_reports(imported):
        trials = imported.trials[imported.trials["state"].isin(["complete", "pruned"])]
        reports = imported.reports[imported.reports["number"].isin(trials["number"])]
        turned = -reports["value"] if imported.minimize else reports["value"]
        reports = reports.assign(epoch=reports["step"].rank(method="dense").astype("int64"), value=turned)
    curves = reports.assign(val_accuracy=reports["value"].rank())[["number", "epoch", "val_accuracy"]]
    return importances(landscape_of(trials, curves, imported.parameters))


def are_compared_by_reports(imported: Imported) -> bool:
    """Says whether trials can be compared at steps that both have reached, as pruned ones must be.

    Reports must be values of the objective, each trial with a value that can be drawn must have made some,
    and each trial must have reported at the first so many of the same steps, without a gap or a NaN.
    """
    if not reports_are_values(imported) or imported.reports["value"].isna().any():
        return False
    complete = imported.trials[drawable(imported.trials["value"])]
    steps = imported.reports["step"].rank(method="dense")
    has_gap = (imported.reports.groupby("number").cumcount() + 1 != steps).any()
    return bool((complete["reports"] > 0).all() and not has_gap)
