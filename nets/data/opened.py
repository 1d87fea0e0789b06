"""What a trial is given: training and validation splits as shared memory maps. There is no test split here.

`open_test` is apart and is called for the final evaluation alone, as is `open_estimate` for what
`hpsearch confirm` estimates.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nets.data import store
from nets.data.errors import DataFileError
from nets.data.preprocessing import DEFAULT_PREPROCESSING, PREPROCESSINGS, Preprocessing, Statistics


@dataclass(frozen=True)
class TrainVal:
    """Training and validation splits, read-only, as they are on disk.

    Attributes:
        X_train: (N, C, H, W) uint8, or (N, D) for tables; also float32 or float64 where the source has such.
        y_train: classes, (N,) int64.
        X_val: the same for validation.
        y_val: the same.
        image_shape: (C, H, W), or (D,) for tables.
        num_classes: number of classes.
        class_names: one name a class.
        preprocessing: shift and scale from the training split.
    """

    X_train: NDArray[Any]
    y_train: NDArray[np.int64]
    X_val: NDArray[Any]
    y_val: NDArray[np.int64]
    image_shape: tuple[int, ...]
    num_classes: int
    class_names: tuple[str, ...]
    preprocessing: Preprocessing

    def preprocess(self, x: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Returns a minibatch (N, ...) preprocessed, a fresh array in the float type `dtype`."""
        return self.preprocessing(x, dtype)


def open_train_val(folder: Path, preprocessing: str = DEFAULT_PREPROCESSING) -> TrainVal:
    """Opens the splits that trials are given.

    Args:
        folder: `Prepared.train_val`.
        preprocessing: a name in `PREPROCESSINGS`.

    Raises:
        DataFileError: the folder is damaged.
        OSError: it cannot be read.
    """
    header = store.read_header(folder)
    found = {name: store.open_array(folder, name, header) for name in header["arrays"]}
    statistics = Statistics(**{field.name: found.pop(field.name) for field in fields(Statistics)})
    return TrainVal(
        **found,
        image_shape=tuple(header["image_shape"]),
        num_classes=header["num_classes"],
        class_names=tuple(header["class_names"]),
        preprocessing=PREPROCESSINGS[preprocessing](statistics),
    )


def open_test(folder: Path) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Returns the test split (X_test, y_test), after its contents have been checked against their hash.

    Args:
        folder: `Prepared.test`.

    Raises:
        DataFileError: the folder is damaged, or holds no image.
        OSError: it cannot be read.
    """
    x, y = _open_examples(folder, "test")
    if not len(y):
        raise DataFileError(folder, "holds no test image (num_test = 0)")
    return x, y


def open_estimate(folder: Path) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Returns the images set aside to estimate on (X_estimate, y_estimate), checked against their hash.

    Args:
        folder: `Prepared.estimate`.

    Raises:
        DataFileError: the folder is damaged.
        OSError: it cannot be read.
    """
    return _open_examples(folder, "estimate")


def _open_examples(folder: Path, split: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    header = store.verify(folder)
    return store.open_array(folder, f"X_{split}", header), store.open_array(folder, f"y_{split}", header)
