"""What is to be known of a study's data before its numbers are believed.

data_notes(source, data)    classes that nothing is judged by, and features that number the rows
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.study.own_data import OWN_DATA
from hpsearch.words import counted, listed, one_line

if TYPE_CHECKING:
    from nets.data import TrainVal

_CLASSES_SHOWN = 5
_FEWEST_ROWS = 10
"""Of fewer, a feature may grow from row to row by chance."""


def data_notes(source: str, data: TrainVal) -> list[str]:
    """Returns what is to be known of a source's training and validation splits, a sentence each."""
    return [] if source == OWN_DATA else [*_unjudged(data), *_numbering(data)]


def _unjudged(data: TrainVal) -> list[str]:
    """Returns which classes are trained on, but absent from the validation split."""
    absent = np.flatnonzero(np.bincount(data.y_val, minlength=data.num_classes) == 0)
    if not len(absent):
        return []
    names = [one_line(data.class_names[index]) for index in absent[:_CLASSES_SHOWN]]
    more = len(absent) - len(names)
    if more:
        names.append(counted(more, "other"))
    which, they = (
        (f"class {names[0]} has", "it is")
        if len(absent) == 1
        else (f"classes {listed(names)} have", "they are")
    )
    return [f"{which} no validation example: no validation accuracy says how well {they} told apart"]


def _numbering(data: TrainVal) -> list[str]:
    """Returns which features of a table are whole numbers that grow from row to row, as row numbers do.

    Both splits are in the order of the file.
    """
    x_train, x_val = data.X_train, data.X_val
    if x_train.ndim != 2 or len(x_train) < _FEWEST_ROWS:
        return []
    in_blocks = np.count_nonzero(np.diff(data.y_train)) == data.num_classes - 1
    tells = "; the rows are ordered by class, so that it tells the class" if in_blocks else ""
    first = np.flatnonzero(_grow(x_train[:_FEWEST_ROWS]).all(axis=0))  # spares a look at all of the others
    return [
        f"feature {index + 1} of {x_train.shape[1]} ({_beginning(x_train[:, index])}) grows from row to row: "
        f"if it numbers the rows, leave it out{tells}"
        for index in first
        if all(_grow(x[:, index]).all() and _are_whole(x[:, index]) for x in (x_train, x_val))
    ]


def _grow(column: NDArray[Any]) -> NDArray[np.bool_]:
    return column[1:] > column[:-1]


def _are_whole(column: NDArray[Any]) -> bool:
    return bool((column == np.floor(column)).all())


def _beginning(column: NDArray[Any]) -> str:
    return ", ".join([*(f"{value:.0f}" for value in column[:3]), "..."])
