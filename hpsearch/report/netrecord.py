"""The exhibits of the best net that the record alone can show: its training, and the classes that it knows.

training_exhibits(frames)          loss and accuracy by epoch
class_exhibits(frames, labels)     accuracy by class
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures.trained import class_accuracies, loss_and_accuracy
from hpsearch.report.style import clean
from hpsearch.results.stats import best_trial, wilson_interval
from hpsearch.words import listed, percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

MAX_CLASSES = 40
"""A figure of more classes cannot be read; their numbers stand in the table of the worst."""


def training_exhibits(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields how the best trial was trained; nothing without one."""
    number = best_trial(frames.trials)
    if number is None:
        return
    curve = frames.curves[frames.curves["number"] == number]
    best_epoch = int(frames.trials.loc[frames.trials["number"] == number, "best_epoch"].iloc[0])
    yield Exhibit(
        "best-training",
        f"Training of trial {number}",
        _caption(frames),
        f"{_measured(curve)} of trial {number} in {len(curve)} epochs.",
        partial(loss_and_accuracy, curve, best_epoch, frames.num_val),
        curve.drop(columns="number").reset_index(drop=True),
    )


def _caption(frames: "StudyFrames") -> str:
    if frames.study.is_function:
        return "What the training function yielded. The upright line is its best epoch."
    return "Loss is the mean over the minibatches of an epoch. The net was kept at the upright line."


def _measured(curve: pd.DataFrame) -> str:
    """Returns what is known of each epoch: a training function need not yield all of it."""
    words = {
        "loss": "loss",
        "train_accuracy": "training accuracy",
        "val_accuracy": "validation accuracy",
    }
    return listed(word for name, word in words.items() if curve[name].notna().any()).capitalize()


def class_exhibits(frames: "StudyFrames", labels: NDArray[np.int64]) -> Iterator[Exhibit]:
    """Yields the best net's accuracy by class; nothing where its record has no hits.

    Args:
        labels: classes of the validation images, (num_val,).
    """
    number = best_trial(frames.trials)
    if number is None or frames.hits is None or frames.hits.shape[1] != len(labels):
        return
    complete = frames.trials.loc[frames.trials["state"] == "complete", "number"].tolist()
    table = by_class(frames.hits[complete.index(number)], labels, list(frames.class_names))
    worst = table.head(MAX_CLASSES)
    first, which = worst.iloc[0], "Each class has all of its images right."
    if first["right"] < first["images"]:
        which = f"Worst is {clean(first['class'])}: {first['right']} of {first['images']} right."
    yield Exhibit(
        "classes",
        "Accuracy by class",
        f"With 95 % intervals. {which}"
        + (f" The {MAX_CLASSES} worst of {len(table)} classes." if len(table) > MAX_CLASSES else ""),
        f"Validation accuracy of {len(worst)} classes, from {percent(first['accuracy'])} upwards.",
        partial(class_accuracies, worst),
        worst.assign(**{name: worst[name].map(percent) for name in ("accuracy", "low", "high")}),
    )


def by_class(right: NDArray[np.bool_], labels: NDArray[np.int64], names: list[str]) -> pd.DataFrame:
    """Returns a row a class that has images, the worst first: class, images, right, accuracy, low, high."""
    counts = np.bincount(labels, minlength=len(names))
    hits = np.bincount(labels[right], minlength=len(counts))
    present = np.flatnonzero(counts)
    ends = [wilson_interval(hits[label] / counts[label], counts[label]) for label in present]
    table = pd.DataFrame(
        {
            "class": [names[label] if label < len(names) else str(label) for label in present],
            "images": counts[present],
            "right": hits[present],
            "accuracy": hits[present] / counts[present],
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
        }
    )
    return table.sort_values("accuracy", kind="stable", ignore_index=True)
