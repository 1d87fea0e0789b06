"""Which figures a study has: each with its name, what it says, its alternative text and its data.

gallery(frames)    sections of exhibits, in the order of the page
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.exhibit import Exhibit, Section
from hpsearch.report.figures import choices, cost, curves, parallel, progress, space
from hpsearch.report.netgallery import best_net_exhibits
from hpsearch.report.style import choice_colours, percent
from hpsearch.results.enough import curve_of
from hpsearch.results.epochs import EpochsSpent
from hpsearch.space import Parameter
from hpsearch.words import counted

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def gallery(frames: "StudyFrames", mattered: pd.DataFrame) -> list[Section]:
    """Returns the sections that this study has something to show for.

    Args:
        mattered: the importances of the parameters.
    """
    makers: dict[str, Callable[[StudyFrames], Iterator[Exhibit]]] = {
        "Progress": lambda frames: chain(_progress(frames), _importance(mattered)),
        "Training": lambda frames: chain(_curves(frames), _cost(frames)),
        "One parameter at a time": lambda frames: chain(_choices(frames), _slices(frames)),
        "Several parameters": lambda frames: chain(_maps(frames), _parallel(frames)),
        "The best net": best_net_exhibits,
    }
    sections = [
        Section(title.lower().replace(" ", "-"), title, tuple(maker(frames)))
        for title, maker in makers.items()
        if len(frames.trials)
    ]
    return [section for section in sections if section.exhibits]


def _progress(frames: "StudyFrames") -> Iterator[Exhibit]:
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
        progress.best_so_far(frames.trials, frames.num_val),
    )
    yield Exhibit(
        "best-over-epochs",
        "Best so far, by cost",
        "The same over the epochs that all trials up to this one have spent.",
        f"Best validation accuracy over {counted(int(frames.trials['epochs'].sum()), 'epoch')}. {said}",
        progress.best_over_epochs(frames.trials, frames.num_val),
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
            progress.tuning_curve(curve, frames.num_val),
            shown,
        )


def _curves(frames: "StudyFrames") -> Iterator[Exhibit]:
    if frames.curves["val_accuracy"].notna().any():
        bands = curves.quantile_bands(frames.curves)
        yield Exhibit(
            "learning-curves",
            "Learning curves",
            f"The best {curves.N_BEST} in colour, the winner boldest. The bands hold the middle half and"
            " the middle nine tenths of the trials that reached the epoch, the dashed line is their"
            " median. Marks are early ends.",
            f"Validation accuracy by epoch; the median trial ends at {percent(bands[0.5].iloc[-1])}.",
            curves.learning_curves(frames.curves, frames.trials, frames.num_val),
            bands.map(percent).rename(columns=lambda level: f"{100 * level:.0f} % quantile").reset_index(),
            lines=frames.curves[["number", "epoch", "val_accuracy"]].set_axis(["number", "x", "y"], axis=1),
            wide=True,
        )
    if (frames.trials["train_accuracy"].notna() & frames.trials["value"].notna()).any():
        yield Exhibit(
            "generalization",
            "Training against validation",
            "At each trial's best epoch. Below the dotted line a net knows its training images better"
            " than new ones.",
            "Validation accuracy against training accuracy.",
            curves.generalization(frames.trials, frames.num_train, frames.num_val),
        )
    if frames.trials["value"].notna().any():
        median = frames.trials["value"].fillna(0.0).median()
        yield Exhibit(
            "shares-above",
            "How many got how far",
            "Pruned trials count with the accuracy that they had reached: a search that learns where to look"
            " bends towards the upper right.",
            f"Share of the trials that reached an accuracy: half of them reached {percent(median)}.",
            progress.shares_above(frames.trials, frames.num_val),
        )


def _importance(found: pd.DataFrame) -> Iterator[Exhibit]:
    if len(found):
        shares = [f"{name} {100 * share:.0f} %" for name, share in found.itertuples(index=False)]
        yield Exhibit(
            "importances",
            "Importances",
            "PED-ANOVA: how differently the best tenth of the trials chose a parameter than all of them."
            " Pruned trials count with the accuracy that they had reached, diverged ones as the worst;"
            " a parameter that only some trials have is judged among these.",
            f"Shares of the importance: {', '.join(shares)}.",
            choices.importance_bars(found),
            found.assign(importance=found["importance"].map(percent)),
        )


def _choices(frames: "StudyFrames") -> Iterator[Exhibit]:
    first = 0
    for place, parameter in enumerate(frames.parameters):
        if parameter.kind == "choice":
            colours = choice_colours(parameter.choices, first)
            first += len(parameter.choices)
            yield _compared(frames, parameter, colours, place)


def _compared(frames: "StudyFrames", parameter: Parameter, colours: dict[str, str], place: int) -> Exhibit:
    data = choices.by_choice(frames.trials, parameter)
    return Exhibit(
        f"choices-{place}",
        parameter.name,
        "The box holds the middle half of the complete trials, its line is their median.",
        f"Validation accuracy by {parameter.name}.",
        choices.choices_compared(frames.trials, parameter, colours, frames.num_val),
        data.assign(best=data["best"].map(_percent_or_gap), median=data["median"].map(_percent_or_gap)),
    )


def _slices(frames: "StudyFrames") -> Iterator[Exhibit]:
    for place, parameter in enumerate(frames.parameters):
        if parameter.kind != "choice":
            absent = int(frames.trials[space.column(parameter)].isna().sum())
            yield Exhibit(
                f"slice-{place}",
                parameter.name,
                f"Not shown: {counted(absent, 'trial')} without it." if absent else "",
                f"Validation accuracy against {parameter.name}.",
                space.slice_of(frames.trials, parameter, frames.num_val),
            )


PAIRS = (("learning_rate", "reg"), ("learning_rate", "weight_scale"))


def _maps(frames: "StudyFrames") -> Iterator[Exhibit]:
    by_name = {parameter.name: parameter for parameter in frames.parameters}
    for x, y in PAIRS:
        if x in by_name and y in by_name:
            yield Exhibit(
                f"map-{x}-{y}".replace("_", "-"),
                f"{x} and {y}",
                "Each colour holds about as many trials as the next.",
                f"Validation accuracy in the plane of {x} and {y}.",
                space.accuracy_map(frames.trials, by_name[x], by_name[y]),
            )


def _parallel(frames: "StudyFrames") -> Iterator[Exhibit]:
    if len(frames.parameters) > 1:
        yield Exhibit(
            "parallel-coordinates",
            "Parallel coordinates",
            f"One line a trial, the best {parallel.N_TOP} in colour (darker is better), the winner boldest."
            " A line runs at the bottom where a trial does not have the parameter.",
            f"Lines of {counted(len(frames.trials), 'trial')} through {len(frames.parameters)} parameters.",
            parallel.parallel_coordinates(frames.trials, frames.parameters),
            wide=True,
        )


def _cost(frames: "StudyFrames") -> Iterator[Exhibit]:
    yield Exhibit(
        "epochs-spent",
        "Epochs spent and saved",
        "Trials that were still training in an epoch, by how they ended:"
        f" {EpochsSpent.of(frames.study, frames.trials).in_words()}.",
        f"Of {counted(len(frames.trials), 'trial')}, how many trained in each of {frames.max_epochs} epochs.",
        cost.epochs_spent(frames.trials, frames.max_epochs),
        cost.trials_by_epoch(frames.trials),
    )
    if (frames.trials["started"].notna() & frames.trials["finished"].notna()).any():
        yield Exhibit(
            "workers",
            "Workers over time",
            "A bar a trial, a row a worker; gaps are waits for earlier trials or pauses of the search.",
            f"Which trial trained when, on {counted(frames.trials['worker'].nunique(), 'worker')}.",
            cost.workers_over_time(frames.trials),
            wide=True,
        )


def _percent_or_gap(accuracy: float) -> str:
    return "" if pd.isna(accuracy) else percent(accuracy)
