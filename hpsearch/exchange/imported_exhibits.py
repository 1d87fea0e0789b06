"""The figures of a study of Optuna's with their captions.

sections(imported, importances)    those that the study has something to show in
"""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from hpsearch.exchange import imported_figures as figures
from hpsearch.exchange.imported_values import are_compared_by_reports, drawn, reports_are_values, scores
from hpsearch.exchange.imported_words import compared, in_digits
from hpsearch.exchange.optuna_import import Imported, drawable
from hpsearch.report.exhibit import Exhibit, Section
from hpsearch.report.figures.choices import MIN_BOX, importance_bars
from hpsearch.report.figures.parallel import N_TOP, parallel_coordinates
from hpsearch.report.figures.slices import ENOUGH, REACH, trend
from hpsearch.report.figures.space import accuracy_map, column
from hpsearch.report.parametergallery import ENDS, in_order, mapped_pairs
from hpsearch.space import Parameter
from hpsearch.words import counted

LINE = (
    "The line is the median, the band the middle half of the complete trials within"
    f" {100 * REACH:.0f} % of the range on either side, where there are at least {ENOUGH} of them."
)


def sections(imported: Imported, found: pd.DataFrame) -> list[Section]:
    """Returns the figures that the study has something to show in."""
    made = {
        ("search", "How the search went"): _history(imported),
        ("reports", "What trials reported"): _reports(imported),
        ("parameters", "One parameter at a time"): _one_at_a_time(imported, found),
        ("pairs", "Several parameters"): _several(imported, found),
    }
    parts = {place: tuple(exhibits) for place, exhibits in made.items()}
    return [Section(*place, exhibits) for place, exhibits in parts.items() if exhibits]


def _history(imported: Imported) -> Iterator[Exhibit]:
    trials = drawn(imported)
    if trials.empty:
        return
    missing = len(imported.trials) - len(trials)
    hidden = set(imported.ranked["number"]) - set(trials["number"])
    shown = " shown" if hidden else ""
    parts = [f"The line is the best complete trial{shown} up to then."]
    if imported.is_constrained:
        parts = [f"The line is the best complete trial{shown} up to then that keeps all constraints."]
    if (trials["state"] == "pruned").any():
        parts.append("Pruned trials stand at their last report.")
    if missing:
        best = f", the best of all{' among them' * (missing > 1)}" if imported.best in hidden else ""
        parts.append(f"Not shown: {counted(missing, 'trial')} without a value that can be drawn{best}.")
    yield Exhibit(
        "history",
        "By trial",
        " ".join(parts),
        f"{imported.objective} of {counted(len(trials), 'trial')} by number.",
        partial(figures.history, trials, imported.best, imported.objective, imported.minimize),
    )


def _reports(imported: Imported) -> Iterator[Exhibit]:
    reports = imported.reports[drawable(imported.reports["value"])]
    if reports.empty or reports["step"].nunique() < 2:
        return
    name = imported.objective if reports_are_values(imported) else "reported value"
    ranked = imported.ranked["number"].tolist()
    in_colour = len(set(ranked[: figures.N_BEST]) & set(reports["number"]))
    parts = [f"A line a trial{f', the best {in_colour} in colour' if in_colour else ''}."]
    if not reports_are_values(imported):
        parts.append("What is reported need not be the objective: no value of a trial tells that it is.")
    yield Exhibit(
        "reported",
        "Reports by step",
        " ".join(parts),
        f"{name} by step, {counted(reports['number'].nunique(), 'trial')}.",
        partial(figures.reported, reports, ranked, name),
        wide=True,
    )


def _one_at_a_time(imported: Imported, found: pd.DataFrame) -> Iterator[Exhibit]:
    if len(found):
        found = found.assign(**{name: found[name].clip(upper=1.0) for name in ENDS})
        shown = found.drop(columns="first")
        yield Exhibit(
            "importances",
            "Importances",
            f"How much of the differences between {_compared(imported)}, only this parameter explains: what"
            " the prediction of left-out trials loses without it, with its 95 % interval. In colour: beyond"
            " chance.",
            "Share of the variance that a parameter alone predicts.",
            partial(importance_bars, found),
            shown.assign(**{name: [f"{100 * x:.1f} %" for x in shown[name]] for name in ENDS}),
        )
    for parameter in in_order(imported.parameters, found):
        yield from _one(imported, parameter)


def _compared(imported: Imported) -> str:
    if are_compared_by_reports(imported):
        return f"{compared(imported)}, by the best reports up to the last step that both made"
    return f"{compared(imported)}, by the ranks of their values"


def _one(imported: Imported, parameter: Parameter) -> Iterator[Exhibit]:
    trials = drawn(imported)
    present = trials[trials[column(parameter)].notna()]
    if present.empty:
        return
    place, name = imported.parameters.index(parameter), parameter.name
    absent = len(trials) - len(present)
    without = [f"Not shown: {counted(absent, 'trial')} without it."] if absent else []
    said = (imported.best, imported.objective)
    if parameter.kind == "choice":
        draws = partial(figures.by_choice, present, parameter, *said)
        parts = [f"The box holds the middle half of the complete trials (of at least {MIN_BOX})."]
    else:
        line = trend(present[present["state"] == "complete"], parameter)
        draws = partial(figures.against, present, parameter, *said, line)
        parts = [] if line.empty else [LINE]
    yield Exhibit(
        f"parameter-{place}",
        name,
        " ".join([*parts, *without]),
        f"{imported.objective} against {name}.",
        draws,
    )


def _several(imported: Imported, found: pd.DataFrame) -> Iterator[Exhibit]:
    scored = scores(imported)
    scored = scored[drawable(scored["value"])]
    if scored.empty or len(imported.parameters) < 2:
        return
    for pair in mapped_pairs(imported.parameters, found):
        x, y = sorted(pair, key=lambda parameter: parameter.kind != "choice")
        if scored[[column(x), column(y)]].dropna().empty:
            continue
        yield Exhibit(
            f"map-{imported.parameters.index(x)}-{imported.parameters.index(y)}",
            f"{x.name} and {y.name}",
            "Complete trials. Each colour holds about as many as the next; better ones stand out more.",
            f"{imported.objective} in the plane of {x.name} and {y.name}.",
            partial(accuracy_map, scored, x, y, _turned_back if imported.minimize else in_digits),
        )
    yield Exhibit(
        "parallel-coordinates",
        "Parallel coordinates",
        f"One line a complete trial, the best {N_TOP} in colour (the better, the more it stands out from the"
        " page), the best one boldest. A line runs at the bottom where a trial does not have the parameter.",
        f"Lines of {counted(len(scored), 'trial')} through {len(imported.parameters)} parameters.",
        partial(parallel_coordinates, scored, imported.parameters, last="rank, best on top"),
        wide=True,
    )


def _turned_back(score: float) -> str:
    return in_digits(-score)
