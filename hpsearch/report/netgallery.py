"""The exhibits of the best net: what it looks for, what its layers do, what it gets wrong.

best_net_exhibits(frames)
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.report.bestnet import (
    BestNet,
    first_layer_images,
    kept_params,
    look_inside,
    open_data,
    weight_table,
)
from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures import net
from hpsearch.report.netrecord import class_exhibits, training_exhibits
from hpsearch.report.style import clean
from hpsearch.results.stats import best_trial
from hpsearch.study.owncode import is_own
from hpsearch.words import percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


N_ERRORS = 5


def best_net_exhibits(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields what the record says of the best net, and what is inside where it can be built here."""
    if best_trial(frames.trials) is None:
        return
    yield from training_exhibits(frames)
    data = open_data(frames)
    if data is None:
        return
    yield from class_exhibits(frames, np.asarray(data.y_val))
    inside = look_inside(frames, data)
    if inside is None:
        yield from _kept(frames) if is_own(frames.study.net_kind) else ()
        return
    names = list(frames.class_names) or [str(label) for label in range(inside.confidence.shape[1])]
    yield _confusion(inside, names)
    yield from _mistakes(inside, names)
    if inside.filters is not None:
        yield _filters(inside.filters)
    yield from _layers(inside)


def net_note(frames: "StudyFrames") -> str:
    """Returns why less is shown of a net of the user's own; "" for others."""
    if frames.study.is_function:
        return "A training function has no net that hpsearch could keep: its curves are all that is known."
    if not is_own(frames.study.net_kind):
        return ""
    return (
        "This net is code of its own, which a report never runs: its confusions, mistakes and activations"
        " would need that."
    )


def _kept(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields what the kept arrays of a net show that is not built here."""
    params = kept_params(frames)
    filters = first_layer_images(params["W1"], frames.image_shape) if "W1" in params else None
    if filters is not None:
        yield _filters(filters)
    yield from _weights(weight_table(params))


def _filters(filters: NDArray[np.float64]) -> Exhibit:
    shown = min(len(filters), net.MAX_FILTERS)
    those = f"the {len(filters)} units" if shown == len(filters) else f"{shown} of {len(filters)} units"
    return Exhibit(
        "first-layer",
        "First-layer weights",
        f"What {those} of the first layer look for, each stretched to its own range."
        " Smooth patterns are learned, noise is left over from the start.",
        f"{shown} first-layer weights as images.",
        partial(net.weight_grid, filters),
    )


def _weights(table: pd.DataFrame) -> Iterator[Exhibit]:
    if len(table):
        yield Exhibit(
            "weights",
            "Weights, layer by layer",
            "",
            f"Mean and deviation of {len(table)} weight matrices.",
            partial(net.layer_statistics, table),
            table,
        )


def _layers(inside: BestNet) -> Iterator[Exhibit]:
    yield from _weights(inside.weights)
    if len(inside.activations):
        yield Exhibit(
            "activations",
            "Activations, layer by layer",
            "On validation images; a dead unit puts out the same for all of them.",
            f"Mean and deviation of what {len(inside.activations)} hidden layers put out.",
            partial(net.layer_statistics, inside.activations),
            inside.activations.assign(dead=inside.activations["dead"].map(percent)),
            data_note="Their share is in the data.",
        )


def _confusion(inside: BestNet, names: list[str]) -> Exhibit:
    counts = confusion(inside, names)
    right = int(np.trace(counts.to_numpy()))
    return Exhibit(
        "confusion",
        "Confusion matrix",
        "Validation images by their class (rows) and by the class that the net took them for (columns)."
        f"{_most_frequent(counts)}",
        f"{right} of {len(inside.labels)} validation images are right.",
        partial(net.confusion_matrix, counts),
        counts.reset_index(names="class"),
    )


def _most_frequent(counts: pd.DataFrame) -> str:
    """Returns the errors that were made most often, at most five, as a sentence; "" without an error."""
    table = counts.to_numpy().copy()
    np.fill_diagonal(table, 0)
    order = np.argsort(-table, axis=None, kind="stable")[:N_ERRORS]
    cells = [(i, j) for i, j in zip(*np.unravel_index(order, table.shape), strict=True) if table[i, j]]
    errors = [
        f"{clean(counts.index[i], 14)} as {clean(counts.columns[j], 14)} ({table[i, j]})" for i, j in cells
    ]
    return f" Most often: {', '.join(errors)}." if errors else ""


def confusion(inside: BestNet, names: list[str]) -> pd.DataFrame:
    """Returns how many images of each class (index) were taken for each (columns)."""
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (inside.labels, inside.confidence.argmax(axis=1)), 1)
    return pd.DataFrame(counts, index=pd.Index(names), columns=pd.Index(names))


def _mistakes(inside: BestNet, names: list[str]) -> Iterator[Exhibit]:
    worst = worst_mistakes(inside)
    if inside.images is None or not len(worst):
        return
    taken = inside.confidence[worst].argmax(axis=1)
    sure = inside.confidence[worst].max(axis=1)
    data = pd.DataFrame(
        {
            "image": worst,
            "is a": [names[label] for label in inside.labels[worst]],
            "taken for": [names[label] for label in taken],
            "confidence": [percent(float(share)) for share in sure],
        }
    )
    labels = [
        f"{clean(a, 7)} as {clean(b, 7)}, {share}"
        for a, b, share in zip(data["is a"], data["taken for"], data["confidence"], strict=True)
    ]
    yield Exhibit(
        "mistakes",
        "Most confident mistakes",
        "Validation images that the net got wrong and was surest of. Some of them may be labelled wrongly.",
        f"The {len(worst)} most confident mistakes: {', '.join(labels)}.",
        partial(net.mistakes, inside.images[worst], labels),
        data,
    )


def worst_mistakes(inside: BestNet) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Returns the indices of the wrong images, the most confident first."""
    wrong = np.flatnonzero(inside.confidence.argmax(axis=1) != inside.labels)
    order = np.argsort(-inside.confidence[wrong].max(axis=1), kind="stable")
    return wrong[order][: net.MAX_MISTAKES]
