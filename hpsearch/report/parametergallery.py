"""The exhibits of the parameters: what each was worth, one at a time, pairs, and all at once.

one_at_a_time(frames, importances)     importances, then a panel a parameter
several_at_once(frames, importances)   maps of pairs, parallel coordinates
note_on(exhibits)                      what the lines in these panels are
in_order(parameters, importances)      parameters in the order of what mattered
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures import choices, parallel, slices, space
from hpsearch.report.style import choice_colours, clean
from hpsearch.results.choices import by_choice
from hpsearch.results.importance import mattered
from hpsearch.results.stats import is_measured
from hpsearch.space import Parameter
from hpsearch.words import counted, percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

ENDS = ("importance", "low", "high")
N_MAPPED = 3
"""The pairs of so many parameters are mapped."""
USUAL_PAIRS = (("learning_rate", "reg"), ("learning_rate", "weight_scale"))
"""What is mapped while the trials cannot tell what mattered."""


def one_at_a_time(frames: "StudyFrames", importances: pd.DataFrame) -> Iterator[Exhibit]:
    """Yields what each parameter was worth, and a panel for each, in the order of what mattered."""
    yield from _importance(importances)
    if not is_measured(frames.trials):
        return
    colours = _colours(frames.parameters)
    for parameter in in_order(frames.parameters, importances):
        place = frames.parameters.index(parameter)
        if parameter.kind == "choice":
            yield _compared(frames, parameter, colours[parameter.name], place)
        else:
            yield _slice(frames, parameter, place)


def in_order(parameters: Sequence[Parameter], importances: pd.DataFrame) -> list[Parameter]:
    """Returns the parameters, the most important first; as they came while none is known to matter."""
    if not mattered(importances):
        return list(parameters)
    rank = {name: place for place, name in enumerate(importances["parameter"])}
    return sorted(parameters, key=lambda parameter: rank.get(parameter.name, len(rank)))


def _importance(found: pd.DataFrame) -> Iterator[Exhibit]:
    if len(found):
        # Estimates of shares may be above 1 by chance, shares are not.
        found = found.assign(**{name: found[name].clip(upper=1.0) for name in ENDS})
        pairs = zip(found["parameter"], found["importance"], strict=True)
        shares = [f"{name} {100 * share:z.0f} %" for name, share in pairs]
        table = found.drop(columns="first")
        yield Exhibit(
            "importances",
            "Importances",
            "How much of the differences between trials only this parameter explains: what the prediction of"
            " left-out trials loses without it, with its 95 % interval. In colour: beyond chance. Trials are"
            " compared at the last epoch that both reached; diverged ones are behind all others.",
            f"Share of the variance that a parameter alone predicts: {', '.join(shares)}.",
            partial(choices.importance_bars, found),
            table.assign(**{name: [f"{100 * x:z.1f} %" for x in table[name]] for name in ENDS}),
        )


def _colours(parameters: Sequence[Parameter]) -> dict[str, list[str]]:
    """Returns the colours of each parameter's choices; no two parameters in a row share one."""
    colours, first = {}, 0
    for parameter in parameters:
        if parameter.kind == "choice":
            colours[parameter.name] = choice_colours(len(parameter.choices), first)
            first += len(parameter.choices)
    return colours


def _compared(frames: "StudyFrames", parameter: Parameter, colours: list[str], place: int) -> Exhibit:
    data = by_choice(frames.trials, frames.near_best, parameter)
    shown = {name: data[name].map(_percent_or_gap) for name in ("half", "best", "near")}
    counts = "all but the failed ones" if (frames.trials["state"] == "failed").any() else "all"
    return Exhibit(
        f"choices-{place}",
        parameter.name,
        f"The box holds the middle half of the complete trials (of at least {choices.MIN_BOX}), its line is"
        " their median.",
        f"Validation accuracy by {parameter.name}.",
        partial(choices.choices_compared, frames.trials, parameter, colours, frames.num_val),
        data.assign(choice=data["choice"].map(clean), **shown),
        shows=(space.column(parameter), "value"),
        data_note=f"The table counts {counts}: half of the trials reached 'half', 'near' is the share within"
        " noise of the best.",
    )


def _slice(frames: "StudyFrames", parameter: Parameter, place: int) -> Exhibit:
    absent = int(frames.trials[space.column(parameter)].isna().sum())
    line = slices.trend(frames.trials, parameter)
    shown = line.dropna().rename(columns={"value": clean(parameter.name)})
    return Exhibit(
        f"slice-{place}",
        parameter.name,
        f"Not shown: {counted(absent, 'trial')} without it." if absent else "",
        f"Validation accuracy against {parameter.name}.",
        partial(slices.slice_of, frames.trials, parameter, frames.num_val, line),
        shown.assign(**{name: shown[name].map(percent) for name in slices.QUANTILES}) if len(line) else None,
        shows=(space.column(parameter), "value"),
    )


def note_on(exhibits: Sequence[Exhibit]) -> str:
    """Returns what the lines of the slices among these are; "" where there is none."""
    has_line = any(one.name.startswith("slice-") and one.data is not None for one in exhibits)
    return slices.NOTE if has_line else ""


def several_at_once(frames: "StudyFrames", importances: pd.DataFrame) -> Iterator[Exhibit]:
    """Yields maps of the pairs that matter most, and parallel coordinates."""
    if not is_measured(frames.trials):
        return
    for pair in mapped_pairs(frames.parameters, importances):
        # Labels of choices need the room below the figure.
        x, y = sorted(pair, key=lambda parameter: parameter.kind != "choice")
        yield Exhibit(
            f"map-{frames.parameters.index(x)}-{frames.parameters.index(y)}",
            f"{x.name} and {y.name}",
            "Each colour holds about as many trials as the next; better ones stand out more.",
            f"Validation accuracy in the plane of {x.name} and {y.name}.",
            partial(space.accuracy_map, frames.trials, x, y),
            shows=(space.column(x), space.column(y)),
        )
    if len(frames.parameters) > 1:
        yield _parallel(frames)


def mapped_pairs(
    parameters: Sequence[Parameter], importances: pd.DataFrame
) -> list[tuple[Parameter, Parameter]]:
    """Returns the pairs of the most important parameters, or the usual ones while these are not known.

    A pair has at least one that matters beyond chance, and at most one of choices.
    """
    by_name, telling = {parameter.name: parameter for parameter in parameters}, set(mattered(importances))
    top = importances["parameter"].head(N_MAPPED)
    names = [pair for pair in combinations(top, 2) if telling & set(pair)] if telling else USUAL_PAIRS
    pairs = [(by_name[x], by_name[y]) for x, y in names if x in by_name and y in by_name]
    return [(x, y) for x, y in pairs if not x.kind == y.kind == "choice"]


def _parallel(frames: "StudyFrames") -> Exhibit:
    return Exhibit(
        "parallel-coordinates",
        "Parallel coordinates",
        f"One line a trial, the best {parallel.N_TOP} in colour (the better, the more it stands out"
        " from the page), the winner boldest."
        " A line runs at the bottom where a trial does not have the parameter.",
        f"Lines of {counted(len(frames.trials), 'trial')} through {len(frames.parameters)} parameters.",
        partial(parallel.parallel_coordinates, frames.trials, frames.parameters),
        shows=(*(space.column(parameter) for parameter in frames.parameters), "value"),
        ruled=True,
        wide=True,
    )


def _percent_or_gap(accuracy: float) -> str:
    return "" if pd.isna(accuracy) else percent(accuracy)
