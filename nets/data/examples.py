"""Numbers and classes of one's own, checked and in the types that are stored: `to_features`, `to_classes`.

Shared by the sources `arrays` and `table`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 1e30  # its square still is a float64, and it still is a float32
CHANNELS = (1, 3, 4)


def to_features(x: NDArray[Any]) -> NDArray[Any]:
    """Returns numbers as uint8 where they all fit, else as float32 or float64: whichever holds them exactly.

    Raises:
        ValueError: something is no finite number, or too large.
    """
    if x.dtype.kind not in "buif" or x.dtype.itemsize > 8:
        raise ValueError(f"must be whole or floating-point numbers, but is of type {x.dtype}")
    if x.size == 0:
        raise ValueError(f"is empty: its shape is {x.shape}")
    if x.dtype.kind == "f":
        if not np.all(np.abs(x) <= np.float64(LARGEST)):
            raise ValueError(f"has a value that is not finite or above {LARGEST:g}")
        return x.astype(np.float64 if x.dtype.itemsize == 8 else np.float32)
    if x.min() >= 0 and x.max() <= 255:
        return x.astype(np.uint8)
    as_float = x.astype(np.float64)
    if np.abs(as_float).max() >= 2**53:
        raise ValueError("has an integer of 2**53 or more, which a float64 may not hold")
    return as_float


def to_images(x: NDArray[Any]) -> NDArray[Any]:
    """Returns (N, D) as it is, and (N, H, W) or (N, C, H, W) as (N, C, H, W).

    Raises:
        ValueError: it is of another shape, or seems to have its channels last.
    """
    if x.ndim == 3:
        return x[:, np.newaxis]
    if x.ndim == 4 and x.shape[3] in CHANNELS and x.shape[1] not in CHANNELS:
        raise ValueError(f"has the shape {x.shape}: channels last? It must be (N, C, H, W)")
    if x.ndim not in (2, 4):
        raise ValueError(f"must be of shape (N, D), (N, H, W) or (N, C, H, W), but is {x.shape}")
    return x


def to_classes(
    y: NDArray[Any], class_names: tuple[str, ...] | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Returns classes from 0 and the name of each.

    Args:
        y: (N,); integers from 0 without a gap, or texts.
        class_names: what the classes are called; None: as in `y`.

    Raises:
        ValueError: the classes are something else.
    """
    if y.ndim != 1:
        raise ValueError(f"must be of shape (N,), but is {y.shape}")
    found, classes = np.unique(y, return_inverse=True)
    if y.dtype.kind == "U":
        if class_names is not None and set(class_names) != set(found.tolist()):
            raise ValueError("has other classes than class_names")
        return classes.astype(np.int64), tuple(found.tolist())
    if y.dtype.kind not in "bui":
        raise ValueError(f"must be integers or texts, but is of type {y.dtype}")
    n_classes = len(found) if class_names is None else len(class_names)
    absent = sorted(set(range(n_classes)) - set(found.tolist()))
    if absent or len(found) != n_classes:
        lacks = f"none is {absent[0]}" if absent else f"one is {found[-1]}"
        if found[0] < 0:
            lacks = f"one is {found[0]}"
        raise ValueError(f"must be classes from 0 to {n_classes - 1}, but {lacks}")
    return y.astype(np.int64), class_names or tuple(str(number) for number in found.tolist())
