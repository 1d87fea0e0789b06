"""CIFAR-10 and CIFAR-100 in both published layouts: Python pickles and binary records.

A folder or the published archive will do, with all training batches or only some. A binary record is one
label byte (CIFAR-100: coarse, then fine) and 3072 bytes of pixels: red, green, blue, each row by row.

Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.data import safe_pickle
from nets.data.errors import DataFileError
from nets.data.files import damage_named, members
from nets.data.pickled_array import PickledArray, as_bytes
from nets.data.source import Labelled, RawData

IMAGE_SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32


@dataclass(frozen=True)
class Layout:
    """What the files of one set are called, without their endings, and where its labels are.

    Attributes:
        train: the training batches, in order.
        test: the test batch.
        n_classes: number of classes.
        labels_key: of the labels in a pickled batch.
        names: file with the class names -> key in it, or None for one name a line.
        label_bytes: bytes before the pixels of a binary record; the last is the label.
    """

    train: tuple[str, ...]
    test: str
    n_classes: int
    labels_key: str
    names: dict[str, str | None]
    label_bytes: int


CIFAR10 = Layout(
    train=tuple(f"data_batch_{number}" for number in range(1, 6)),
    test="test_batch",
    n_classes=10,
    labels_key="labels",
    names={"batches.meta": "label_names", "batches.meta.txt": None},
    label_bytes=1,
)
CIFAR100 = Layout(
    train=("train",),
    test="test",
    n_classes=100,
    labels_key="fine_labels",
    names={"meta": "fine_label_names", "fine_label_names.txt": None},
    label_bytes=2,
)


def read_cifar(path: Path, layout: Layout) -> RawData:
    """Returns the set that lies at `path`, a folder or an archive.

    Raises:
        DataFileError: a file is damaged, or the training or the test batch is absent.
        OSError: something cannot be read.
    """
    batches = {name + ending: name for name in (*layout.train, layout.test) for ending in ("", ".bin")}
    found: dict[str, Labelled] = {}
    class_names, files = None, []
    for name, where, contents in members(path, [*batches, *layout.names]):
        files.append(where)
        with damage_named(where):
            if name in layout.names:
                class_names = parse_names(contents, layout.names[name], layout.n_classes)
            elif batches[name] in found:
                raise ValueError("the folder holds both layouts; keep one")
            else:
                found[batches[name]] = parse_batch(contents, layout, binary=name.endswith(".bin"))
    train = [found[name] for name in layout.train if name in found]
    if not train or layout.test not in found:
        absent = layout.train[0] if not train else layout.test
        raise DataFileError(path, f"holds no {absent} and no {absent}.bin")
    pool = Labelled(
        np.concatenate([batch.x for batch in train]), np.concatenate([batch.y for batch in train])
    )
    numbers = tuple(str(number) for number in range(layout.n_classes))
    return RawData(pool, found[layout.test], class_names or numbers, files=tuple(files))


def parse_batch(contents: bytes, layout: Layout, binary: bool) -> Labelled:
    """Returns the images and labels of a batch.

    Raises:
        ValueError: it is damaged.
    """
    images, labels = (parse_records if binary else parse_pickle)(contents, layout)
    if len(images) == 0 or len(images) != len(labels):
        raise ValueError(f"there are {len(images)} images and {len(labels)} labels")
    if labels.min() < 0 or labels.max() >= layout.n_classes:
        outside = labels[(labels < 0) | (labels >= layout.n_classes)][0]
        raise ValueError(f"a label is {outside}, but must be from 0 to {layout.n_classes - 1}")
    return Labelled(images.reshape(-1, *IMAGE_SHAPE), labels)


def parse_records(contents: bytes, layout: Layout) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Returns pixels (N, 3072) and labels (N,) of a binary batch."""
    size = layout.label_bytes + PIXELS
    if len(contents) % size:
        raise ValueError(f"{len(contents)} bytes are no whole number of records of {size} bytes")
    records = np.frombuffer(contents, np.uint8).reshape(-1, size)
    return records[:, layout.label_bytes :], records[:, layout.label_bytes - 1].astype(np.int64)


def parse_pickle(contents: bytes, layout: Layout) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Returns pixels (N, 3072) and labels (N,) of a pickled batch."""
    batch = load_dict(contents)
    data, labels = batch.get("data"), batch.get(layout.labels_key)
    if not isinstance(data, PickledArray):
        raise ValueError("there is no array 'data'")
    if not isinstance(labels, list) or any(type(label) is not int for label in labels):
        raise ValueError(f"there is no list of integers {layout.labels_key!r}")
    pixels = data.to_uint8()
    if pixels.ndim != 2 or pixels.shape[1] != PIXELS:
        raise ValueError(f"'data' must be of shape (N, {PIXELS}), but is {pixels.shape}")
    return pixels, np.array(labels, dtype=np.int64)


def parse_names(contents: bytes, key: str | None, n_classes: int) -> tuple[str, ...]:
    """Returns the class names of a text file (no key) or of a pickle.

    Raises:
        ValueError: they are not as many as there are classes, or not different.
    """
    names: Any = contents.decode().split() if key is None else load_dict(contents).get(key)
    if isinstance(names, list) and all(isinstance(name, str | bytes) for name in names):
        texts = tuple(as_bytes(name).decode() for name in names)
        if len(set(texts)) == len(texts) == n_classes:
            return texts
    raise ValueError(f"it does not hold {n_classes} different class names")


def load_dict(contents: bytes) -> dict[str, Any]:
    """Returns a pickled dict, its keys as texts.

    Raises:
        ValueError: the pickle is none, or none of a dict.
    """
    loaded = safe_pickle.load(contents)
    if not isinstance(loaded, dict):
        raise ValueError("the pickle holds no dict")
    return {as_bytes(key).decode(): value for key, value in loaded.items() if not isinstance(key, int)}
