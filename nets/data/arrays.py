"""Arrays of one's own in an .npz file: X and y, with or without X_test and y_test.

    np.savez("data.npz", X=X, y=y)                                 X: (N, D), (N, H, W) or (N, C, H, W)
    np.savez("data.npz", X=X, y=y, X_test=..., y_test=..., class_names=["cat", "dog"])

The names x_train and y_train (in any case) mean X and y. Nothing pickled is read.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from nets.data.errors import DataFileError
from nets.data.examples import to_classes, to_features, to_images
from nets.data.files import damage_named, most_bytes
from nets.data.source import Labelled, RawData

Arrays = dict[str, NDArray[Any]]
ROLES = {"x": "X", "x_train": "X", "y": "y", "y_train": "y"}
ROLES |= {"x_test": "X_test", "y_test": "y_test", "class_names": "class_names"}


def read_arrays(path: Path) -> RawData:
    """Returns the examples of an .npz file.

    Raises:
        DataFileError: the file is damaged, or an array is absent or not right.
        OSError: it cannot be read.
    """
    arrays = read_npz(path)
    has_test = "X_test" in arrays or "y_test" in arrays
    for name in ("X", "y", "X_test", "y_test")[: 4 if has_test else 2]:
        if name not in arrays:
            raise DataFileError(path, f"holds no array {name}, but {', '.join(sorted(arrays)) or 'nothing'}")
    pool = checked_features(path, arrays, "X", "y")
    test = checked_features(path, arrays, "X_test", "y_test") if has_test else pool[:0]
    if test.shape[1:] != pool.shape[1:]:
        raise DataFileError(path, f"X holds examples of shape {pool.shape[1:]}, X_test of {test.shape[1:]}")
    common = np.result_type(pool, test) if has_test else pool.dtype
    classes, names = checked_classes(path, arrays)
    return RawData(
        Labelled(pool.astype(common, copy=False), classes[: len(pool)]),
        Labelled(test.astype(common, copy=False), classes[len(pool) :]) if has_test else None,
        names,
        value_range=None,
    )


def checked_features(path: Path, arrays: Arrays, x_name: str, y_name: str) -> NDArray[Any]:
    """Returns the examples as they are stored, after a look at their shape and number."""
    shape, n_labels = arrays[x_name].shape, arrays[y_name].size
    if len(shape) > 2 and n_labels == shape[-1] and n_labels not in shape[:-1]:
        raise DataFileError(
            path, f"{x_name} has the shape {shape}: examples last? It must be (N, H, W) or (N, C, H, W)"
        )
    try:
        x = to_images(to_features(arrays[x_name]))
    except ValueError as error:
        raise DataFileError(path, f"{x_name} {error}") from error
    if arrays[y_name].shape != x.shape[:1]:
        raise DataFileError(path, f"{y_name} must be of shape ({len(x)},), but is {arrays[y_name].shape}")
    return x


def checked_classes(path: Path, arrays: Arrays) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Returns the classes of y and then of y_test, and the name of each class."""
    given = [arrays[name] for name in ("y", "y_test") if name in arrays]
    kinds = {labels.dtype.kind for labels in given}
    if kinds == {"i", "u"}:
        given = [labels.astype(np.int64) for labels in given]  # int64 and uint64 together are float64
    elif len(kinds) > 1:
        raise DataFileError(
            path, f"y and y_test are of unlike types: {', '.join(str(y.dtype) for y in given)}"
        )
    names = arrays.get("class_names")
    if names is not None and (
        names.dtype.kind != "U" or names.ndim != 1 or len(set(names.tolist())) < len(names)
    ):
        raise DataFileError(path, "class_names must be a list of different texts")
    try:
        return to_classes(np.concatenate(given), None if names is None else tuple(names.tolist()))
    except ValueError as error:
        raise DataFileError(path, f"y {error}") from error


def read_npz(path: Path) -> Arrays:
    """Returns the arrays of an .npz file by role.

    Raises:
        DataFileError: the file is damaged, unpacks to too much, or holds an array without a role.
        OSError: it cannot be read.
    """
    arrays: Arrays = {}
    with damage_named(path), _unzipped(path) as archive:
        entries = archive.infolist()
        n_bytes, allowed = sum(entry.file_size for entry in entries), most_bytes(path.stat().st_size)
        if n_bytes > allowed:
            raise DataFileError(
                path, f"unpacks to {n_bytes} bytes, more than {allowed}: not read; np.savez packs nothing"
            )
        for entry in entries:
            name = entry.filename.removesuffix(".npy")
            role = ROLES.get(name.lower())
            if role is None or role in arrays:
                raise DataFileError(
                    path, f"holds {name!r}; expected X, y, X_test, y_test, class_names, each once"
                )
            arrays[role] = read_npy(path, archive, entry)
    return arrays


def _unzipped(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise DataFileError(path, f"is no .npz file as np.savez writes it, or damaged ({error})") from error


def read_npy(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    """Returns one array, read-only; its size must be what its header says before its memory is taken.

    Raises:
        DataFileError: it is of a type that needs pickle.
        ValueError: it is damaged.
    """
    with archive.open(entry) as file:
        version = npy.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{entry.filename} is of .npy version {version}")
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(file)
        if dtype.hasobject:
            name = entry.filename.removesuffix(".npy")
            raise DataFileError(
                path,
                f"{name} is of type {dtype}, which only a pickle holds; expected numbers, or texts as "
                f"{name}.astype(str) gives them",
            )
        if dtype.itemsize == 0 or any(length < 0 for length in shape):
            raise ValueError(f"{entry.filename} has the type {dtype}, the shape {shape}")
        contents = file.read(entry.file_size + 1)
    if len(contents) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{entry.filename} has {len(contents)} bytes for an array of shape {shape}")
    return np.frombuffer(contents, dtype).reshape(shape, order="F" if fortran else "C")
