"""MNIST and Fashion-MNIST: the IDX files of LeCun, plain or compressed.

An IDX file is: two zero bytes, the type of its values (8: uint8), the number of axes, the length of each axis
as a big-endian 32-bit number, and the values.

Source: LeCun, Cortes and Burges 1998, The MNIST database of handwritten digits.
Source: Xiao, Rasul and Vollgraf 2017, Fashion-MNIST, arXiv 1708.07747.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nets.data.errors import DataFileError
from nets.data.files import expand
from nets.data.source import Labelled, RawData

UINT8 = 8
DIGITS = tuple(str(digit) for digit in range(10))
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
CLASS_NAMES = {"mnist": DIGITS, "fashion-mnist": CLOTHES}
FIRST_LABELS = {
    "mnist": (5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7, 2, 8, 6, 9),
    "fashion-mnist": (9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 0, 6, 4),
}
"""The labels with which the training images of a set begin; the files of both have the same names."""


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Returns the array of an IDX file of bytes, read-only.

    Raises:
        DataFileError: the file is damaged or of another kind.
        OSError: it cannot be read.
    """
    contents = expand(path)
    if len(contents) < 4 or contents[:2] != b"\0\0":
        raise DataFileError(path, "is no IDX file: it does not begin with two zero bytes")
    kind, n_axes = contents[2], contents[3]
    start = 4 + 4 * n_axes
    if kind != UINT8:
        raise DataFileError(path, f"must hold bytes (type 8 of IDX), but has type {kind}")
    if len(contents) < start:
        raise DataFileError(path, f"is cut off: {n_axes} axes need {start} bytes, but it has {len(contents)}")
    shape = struct.unpack(f">{n_axes}I", contents[4:start])
    if len(contents) - start != math.prod(shape):
        raise DataFileError(path, f"says that its shape is {shape}, but holds {len(contents) - start} bytes")
    return np.frombuffer(contents, np.uint8, offset=start).reshape(shape)


def read_mnist(path: Path, name: str) -> RawData:
    """Returns the set `name` whose four files lie in the folder `path`, or in a folder in it.

    Raises:
        DataFileError: a file is damaged or absent, or the files are those of the other set.
        OSError: something cannot be read.
    """
    if path.is_file():
        raise DataFileError(path, "is no folder: unpack it, or bring it in by hpsearch data import")
    class_names = CLASS_NAMES[name]
    pool, test = read_part(path, "train", class_names), read_part(path, "t10k", class_names)
    check_set(path, name, pool.y)
    if pool.x.shape[1:] != test.x.shape[1:]:
        raise DataFileError(
            path, f"has training images {pool.x.shape[2:]} and test images {test.x.shape[2:]}"
        )
    files = (file for part in ("train", "t10k") for file in files_of_part(path, part))
    return RawData(pool, test, class_names, files=tuple(files))


def check_set(path: Path, name: str, labels: NDArray[np.int64]) -> None:
    """Raises DataFileError if the training labels are those of the other set."""
    for other, first in FIRST_LABELS.items():
        if other != name and tuple(labels[: len(first)].tolist()) == first:
            raise DataFileError(
                path, f"holds {other}, whose files are called like those of {name}; expected {name}"
            )


def read_part(path: Path, part: str, class_names: tuple[str, ...]) -> Labelled:
    """Returns the images (N, 1, H, W) and labels of "train" or "t10k"."""
    images_path, labels_path = files_of_part(path, part)
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or images.size == 0:
        raise DataFileError(
            images_path, f"must hold images (N, H, W), but holds an array of shape {images.shape}"
        )
    if labels.shape != images.shape[:1]:
        raise DataFileError(labels_path, f"holds labels {labels.shape} for {len(images)} images")
    if labels.max() >= len(class_names):
        raise DataFileError(labels_path, f"has a label {labels.max()}, but they go to {len(class_names) - 1}")
    return Labelled(images[:, np.newaxis], labels.astype(np.int64))


def files_of_part(path: Path, part: str) -> tuple[Path, Path]:
    """Returns the files of the images and the labels of "train" or "t10k"."""
    return find(path, part, "images", 3), find(path, part, "labels", 1)


def find(path: Path, part: str, kind: str, n_axes: int) -> Path:
    """Returns the file of one part and kind, under any of the names that are in use.

    Raises:
        DataFileError: there is none.
    """
    names = (f"{part}-{kind}-idx{n_axes}-ubyte", f"{part}-{kind}.idx{n_axes}-ubyte")
    for folder in (path, *sorted(path.glob("*/"))):
        for name in names:
            for ending in ("", ".gz"):
                if (folder / (name + ending)).is_file():
                    return folder / (name + ending)
    raise DataFileError(path, f"holds no {part}-{kind}-idx{n_axes}-ubyte and no such file with .gz")
