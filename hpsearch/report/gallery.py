"""Which figures a study has, in the order of the page: what was found before how it was searched.

gallery(frames, importances)    sections of exhibits, most of them from the modules of their subjects
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.answer import answer_exhibits
from hpsearch.report.exhibit import Exhibit, Section
from hpsearch.report.figures import curves
from hpsearch.report.illnessgallery import layer_exhibits
from hpsearch.report.netgallery import best_net_exhibits, net_note
from hpsearch.report.parametergallery import note_on, one_at_a_time, several_at_once
from hpsearch.report.searchgallery import best_by_trial, cost_exhibits, progress_exhibits
from hpsearch.report.style import STRETCHED, is_stretched
from hpsearch.study.own_data import OWN_DATA
from hpsearch.words import percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def gallery(frames: "StudyFrames", importances: pd.DataFrame) -> list[Section]:
    """Returns the sections that this study has something to show for."""
    if frames.trials.empty:
        return []
    makers: dict[tuple[str, str], Callable[[StudyFrames], Iterator[Exhibit]]] = {
        ("question", "The question"): answer_exhibits,
        ("training", "Learning curves"): _curves,
        ("parameters", "One parameter at a time"): lambda frames: one_at_a_time(frames, importances),
        ("pairs", "Several parameters"): lambda frames: several_at_once(frames, importances),
        ("inside", "Inside the layers"): layer_exhibits,
        ("net", "The best trial" if frames.study.is_function else "The best net"): best_net_exhibits,
        ("search", "How the search went"): lambda frames: chain(
            progress_exhibits(frames), cost_exhibits(frames)
        ),
    }
    sections = []
    for (name, title), maker in makers.items():
        exhibits = tuple(maker(frames))
        notes = {"training": _on_axes(frames), "net": net_note(frames), "parameters": note_on(exhibits)}
        sections += [Section(name, title, exhibits, note=notes.get(name, ""))] if exhibits else []
    return sections


def _on_axes(frames: "StudyFrames") -> str:
    """Returns what is to be known of the axes of accuracies; they are first met at the learning curves."""
    shown = [frames.curves["val_accuracy"], frames.trials["value"], frames.trials["train_accuracy"]]
    return STRETCHED if any(map(is_stretched, shown)) else ""


def _curves(frames: "StudyFrames") -> Iterator[Exhibit]:
    if frames.curves.loc[frames.curves["epoch"] > 1, "val_accuracy"].notna().any():
        bands = curves.quantile_bands(frames.curves)
        yield Exhibit(
            "learning-curves",
            "Validation accuracy by epoch",
            f"{_in_colour(frames)}{_around_them(frames)}".strip(),
            f"Validation accuracy by epoch; the median trial ends at {percent(bands[0.5].iloc[-1])}.",
            partial(
                curves.learning_curves, frames.curves, frames.trials, frames.num_val, frames.running_curves
            ),
            bands.map(percent).rename(columns=lambda level: f"{100 * level:.0f} % quantile").reset_index(),
            shows=("epoch", "value"),
            ruled=True,
            wide=True,
        )
    yield from best_by_trial(frames)
    if (frames.trials["train_accuracy"].notna() & frames.trials["value"].notna()).any():
        yield Exhibit(
            "generalization",
            "Training against validation",
            "At each trial's best epoch. Below the dotted line a net knows its training"
            f" {frames.study.example}s better than new ones.",
            "Validation accuracy against training accuracy.",
            partial(curves.generalization, frames.trials, _n_train(frames), frames.num_val),
            shows=("train_accuracy", "value"),
        )


def _n_train(frames: "StudyFrames") -> int:
    """Returns how many images a training accuracy counts; nobody knows of a training function's own data."""
    return frames.num_val if frames.study.data.source == OWN_DATA else frames.num_train


def _around_them(frames: "StudyFrames") -> str:
    """Returns what the figure of the learning curves shows beside those in colour."""
    told = []
    if frames.curves["number"].nunique() > 1:
        told.append(
            "The bands hold the middle half and the middle nine tenths of the trials that reached the epoch,"
            " the dashed line is their median."
        )
    if (frames.trials["state"] != "complete").any():
        told.append("Marks are early ends.")
    if len(frames.running_curves):
        told.append("Dotted ones still train.")
    return " ".join(told)


def _in_colour(frames: "StudyFrames") -> str:
    n = len(curves.best_few(frames.trials))
    if n < 2:
        return "The only complete trial in colour. " if n else ""
    return f"The best {n} in colour, the winner boldest. "
