"""Which figures a study has: each with its name, what it says, its alternative text and its data.

gallery(frames)    sections of exhibits, in the order of the page
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.answer import answer_exhibit
from hpsearch.report.exhibit import Exhibit, Section
from hpsearch.report.figures import choices, cost, curves, parallel, progress, space
from hpsearch.report.netgallery import best_net_exhibits, net_note
from hpsearch.report.style import choice_colours, clean
from hpsearch.results.choices import by_choice
from hpsearch.results.enough import curve_of
from hpsearch.results.epochs import EpochsSpent
from hpsearch.space import Parameter
from hpsearch.words import counted, percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def gallery(frames: "StudyFrames", importances: pd.DataFrame) -> list[Section]:
    """Returns the sections that this study has something to show for."""
    makers: dict[str, Callable[[StudyFrames], Iterator[Exhibit]]] = {
        "The question": _answer,
        "Progress": lambda frames: chain(_progress(frames), _importance(importances)),
        "Training": lambda frames: chain(_curves(frames), _cost(frames)),
        "One parameter at a time": lambda frames: chain(_choices(frames), _slices(frames)),
        "Several parameters": lambda frames: chain(_maps(frames), _parallel(frames)),
        "The best net": best_net_exhibits,
    }
    sections = [
        Section(
            title.lower().replace(" ", "-"),
            title,
            tuple(maker(frames)),
            note=net_note(frames) if maker is best_net_exhibits else "",
        )
        for title, maker in makers.items()
        if len(frames.trials)
    ]
    return [section for section in sections if section.exhibits]


def _is_measured(frames: "StudyFrames") -> bool:
    """Says whether a trial has an accuracy that can be compared."""
    trials = frames.trials
    return bool((trials["value"].notna() & (trials["state"] != "diverged")).any())


def _answer(frames: "StudyFrames") -> Iterator[Exhibit]:
    if frames.answered is not None:
        yield answer_exhibit(frames.answered.answer, frames.answered.parameter, frames.trials)


def _progress(frames: "StudyFrames") -> Iterator[Exhibit]:
    if not _is_measured(frames):
        return
    best = progress.running_best(frames.trials).dropna()
    said = (
        f"The best rises from {percent(best.iloc[0])} to {percent(best.iloc[-1])}."
        if len(best)
        else "No winner."
    )
    yield Exhibit(
        "best-so-far",
        "Best so far, by trial",
        "The line is the best complete trial up to then, the band its 95 % interval if nobody had chosen it:"
        " both may be a little too high.",
        f"Validation accuracy by number, {counted(len(frames.trials), 'trial')}. {said}",
        partial(progress.best_so_far, frames.trials, frames.num_val),
        shows=("number", "value"),
    )
    yield Exhibit(
        "best-over-epochs",
        "Best so far, by cost",
        "The same over the epochs that all trials up to this one have spent.",
        f"Best validation accuracy over {counted(int(frames.trials['epochs'].sum()), 'epoch')}. {said}",
        partial(progress.best_over_epochs, frames.trials, frames.num_val),
        shows=("spent", "value"),
    )
    yield from _tuning_curve(frames)


def _tuning_curve(frames: "StudyFrames") -> Iterator[Exhibit]:
    curve = curve_of(frames.study, frames.trials)
    if curve is not None:
        pruned = " A pruned trial counts with what it had reached, so the curve begins rather too low."
        shown = curve.assign(**{name: curve[name].map(percent) for name in ("estimate", "low", "high")})
        yield Exhibit(
            "tuning-curve",
            "Was it enough?",
            "What half of all such searches reach with so many trials. The band holds the whole curve in at"
            " least 95 % of the searches; it says nothing from above where it goes to 100 %."
            + (pruned if (frames.trials["state"] == "pruned").any() else ""),
            f"Estimated best validation accuracy of searches of up to {counted(len(curve), 'trial')}.",
            partial(progress.tuning_curve, curve, frames.num_val),
            shown,
        )


def _curves(frames: "StudyFrames") -> Iterator[Exhibit]:
    if frames.curves.loc[frames.curves["epoch"] > 1, "val_accuracy"].notna().any():
        bands = curves.quantile_bands(frames.curves)
        yield Exhibit(
            "learning-curves",
            "Learning curves",
            f"The best {curves.N_BEST} in colour, the winner boldest. The bands hold the middle half and"
            " the middle nine tenths of the trials that reached the epoch, the dashed line is their"
            " median. Marks are early ends."
            f"{' Dotted ones still train.' if len(frames.running_curves) else ''}",
            f"Validation accuracy by epoch; the median trial ends at {percent(bands[0.5].iloc[-1])}.",
            partial(
                curves.learning_curves, frames.curves, frames.trials, frames.num_val, frames.running_curves
            ),
            bands.map(percent).rename(columns=lambda level: f"{100 * level:.0f} % quantile").reset_index(),
            shows=("epoch", "value"),
            ruled=True,
            wide=True,
        )
    if (frames.trials["train_accuracy"].notna() & frames.trials["value"].notna()).any():
        yield Exhibit(
            "generalization",
            "Training against validation",
            "At each trial's best epoch. Below the dotted line a net knows its training images better"
            " than new ones.",
            "Validation accuracy against training accuracy.",
            partial(curves.generalization, frames.trials, frames.num_train, frames.num_val),
            shows=("train_accuracy", "value"),
        )
    if frames.trials["value"].notna().any():
        median = frames.trials["value"].fillna(0.0).median()
        yield Exhibit(
            "shares-above",
            "How many got how far",
            "Pruned trials count with the accuracy that they had reached: a search that learns where to look"
            " bends towards the upper right.",
            f"Share of the trials that reached an accuracy: half of them reached {percent(median)}.",
            partial(progress.shares_above, frames.trials, frames.num_val),
        )


ENDS = ("importance", "low", "high")


def _importance(found: pd.DataFrame) -> Iterator[Exhibit]:
    if len(found):
        pairs = zip(found["parameter"], found["importance"], strict=True)
        shares = [f"{name} {100 * share:.0f} %" for name, share in pairs]
        table = found.drop(columns="first")
        yield Exhibit(
            "importances",
            "Importances",
            "How much of the differences between trials only this parameter explains: what the prediction of"
            " left-out trials loses without it, with its 95 % interval. In colour: beyond chance. Trials are"
            " compared at the last epoch that both reached; diverged ones are behind all others.",
            f"Share of the variance that a parameter alone predicts: {', '.join(shares)}.",
            partial(choices.importance_bars, found),
            table.assign(**{name: [f"{100 * x:.1f} %" for x in table[name]] for name in ENDS}),
        )


def _choices(frames: "StudyFrames") -> Iterator[Exhibit]:
    first = 0
    for place, parameter in enumerate(frames.parameters):
        if parameter.kind == "choice" and _is_measured(frames):
            colours = choice_colours(parameter.choices, first)
            first += len(parameter.choices)
            yield _compared(frames, parameter, colours, place)


def _compared(frames: "StudyFrames", parameter: Parameter, colours: dict[str, str], place: int) -> Exhibit:
    data = by_choice(frames.trials, frames.near_best, parameter)
    shown = {name: data[name].map(_percent_or_gap) for name in ("half", "best", "near")}
    return Exhibit(
        f"choices-{place}",
        parameter.name,
        f"The box holds the middle half of the complete trials (of at least {choices.MIN_BOX}), its line is"
        " their median. The table counts all: half of the trials reached 'half', 'near' is the share within"
        " noise of the best.",
        f"Validation accuracy by {parameter.name}.",
        partial(choices.choices_compared, frames.trials, parameter, colours, frames.num_val),
        data.assign(choice=data["choice"].map(clean), **shown),
        shows=(space.column(parameter), "value"),
    )


def _slices(frames: "StudyFrames") -> Iterator[Exhibit]:
    for place, parameter in enumerate(frames.parameters):
        if parameter.kind != "choice" and _is_measured(frames):
            absent = int(frames.trials[space.column(parameter)].isna().sum())
            yield Exhibit(
                f"slice-{place}",
                parameter.name,
                f"Not shown: {counted(absent, 'trial')} without it." if absent else "",
                f"Validation accuracy against {parameter.name}.",
                partial(space.slice_of, frames.trials, parameter, frames.num_val),
                shows=(space.column(parameter), "value"),
            )


PAIRS = (("learning_rate", "reg"), ("learning_rate", "weight_scale"))


def _maps(frames: "StudyFrames") -> Iterator[Exhibit]:
    by_name = {parameter.name: parameter for parameter in frames.parameters}
    for x, y in PAIRS:
        if x in by_name and y in by_name and _is_measured(frames):
            yield Exhibit(
                f"map-{x}-{y}".replace("_", "-"),
                f"{x} and {y}",
                "Each colour holds about as many trials as the next; better ones stand out more.",
                f"Validation accuracy in the plane of {x} and {y}.",
                partial(space.accuracy_map, frames.trials, by_name[x], by_name[y]),
                shows=(space.column(by_name[x]), space.column(by_name[y])),
            )


def _parallel(frames: "StudyFrames") -> Iterator[Exhibit]:
    if len(frames.parameters) > 1 and _is_measured(frames):
        yield Exhibit(
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


def _cost(frames: "StudyFrames") -> Iterator[Exhibit]:
    yield Exhibit(
        "epochs-spent",
        "Epochs spent and saved",
        "Trials that were still training in an epoch, by how they ended:"
        f" {EpochsSpent.of(frames.study, frames.trials).in_words()}.",
        f"Of {counted(len(frames.trials), 'trial')}, how many trained in each of {frames.max_epochs} epochs.",
        partial(cost.epochs_spent, frames.trials, frames.max_epochs),
        cost.trials_by_epoch(frames.trials),
    )
    if (frames.trials["started"].notna() & frames.trials["finished"].notna()).any():
        yield Exhibit(
            "workers",
            "Workers over time",
            "A bar a trial, a row a worker; gaps are waits for earlier trials or pauses of the search.",
            f"Which trial trained when, on {counted(frames.trials['worker'].nunique(), 'worker')}.",
            partial(cost.workers_over_time, frames.trials),
            shows=("seconds",),
            wide=True,
        )


def _percent_or_gap(accuracy: float) -> str:
    return "" if pd.isna(accuracy) else percent(accuracy)
