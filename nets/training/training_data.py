"""The training and validation images that a Solver is given, checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.arrays import Floats, Ints, Numbers

CHUNK = 1000


@dataclass(frozen=True)
class TrainingData:
    """Training and validation images, (N, ...) of any dtype, their labels, and how they become floats."""

    X_train: Numbers
    y_train: Ints
    X_val: Numbers
    y_val: Ints
    preprocess: Callable[[Numbers, Any], Floats]

    @classmethod
    def of(cls, data: Any) -> "TrainingData":
        """Takes an object with these attributes or a dict with these keys, perhaps without `preprocess`.

        Raises:
            ValueError: if a split is empty, has another number of labels than images, or holds NaN or
                infinity.
            TypeError: if labels are not integers, or images not numbers.
            KeyError, AttributeError: if a split is absent.
        """
        read = data.__getitem__ if isinstance(data, Mapping) else lambda name: getattr(data, name)
        arrays = {name: np.asarray(read(name)) for name in ("X_train", "y_train", "X_val", "y_val")}
        for split in ("train", "val"):
            _check(split, arrays[f"X_{split}"], arrays[f"y_{split}"])
        own = data.get("preprocess") if isinstance(data, Mapping) else getattr(data, "preprocess", None)
        return cls(**arrays, preprocess=own or as_type)


def as_type(images: Numbers, dtype: Any) -> Floats:
    """Returns the images as they are, in `dtype`: themselves if they have it."""
    return images.astype(dtype, copy=False)


def _check(split: str, X: Numbers, y: Numbers) -> None:
    """Refuses a split that cannot be trained on or measured with."""
    if not len(X):
        raise ValueError(f"X_{split} must hold at least one image, but got the shape {X.shape}")
    check_labels(f"y_{split}", y, len(X))
    if X.dtype.kind not in "fiub":
        raise TypeError(f"X_{split} must hold numbers, but got {X.dtype}")
    if X.dtype.kind == "f" and not all(np.isfinite(X[i : i + CHUNK]).all() for i in range(0, len(X), CHUNK)):
        raise ValueError(f"X_{split} must hold finite numbers, but holds NaN or infinity")


def check_labels(name: str, y: Numbers, n_images: int) -> None:
    """Refuses what is not one label an image: compared with classes it would be broadcast, and count wrongly.

    Raises:
        ValueError: if it has another shape.
        TypeError: if it holds no integers.
    """
    if y.shape != (n_images,):
        raise ValueError(f"{name} must have the shape ({n_images},), one label an image, but got {y.shape}")
    if y.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold integers, but got {y.dtype}")


def hits_among(scores: Floats, y: Ints) -> NDArray[np.bool_]:
    """Returns for which images the best of their scores, (N, K), is their label's, (N,).

    Raises:
        ValueError: a label has no score: it would count as wrong whatever the net answers.
    """
    if y.min() < 0 or y.max() >= scores.shape[1]:
        worst = y.min() if y.min() < 0 else y.max()
        raise ValueError(f"y must hold labels in 0 .. {scores.shape[1] - 1}, but got {worst}")
    return np.asarray(scores.argmax(axis=1) == y)
