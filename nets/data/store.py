"""A folder of arrays with a header that vouches for them: `write`, `read_header`, `open_array`, `verify`.

Each array is a plain .npy file. `header.json` lists their shapes, types and SHA-256, and carries a checksum
of its own. Opening checks the header and the sizes; `verify` reads everything.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.data.errors import DataFileError

HEADER = "header.json"
FORMAT = "nets.data 2"
MAX_HEADER_BYTES = 64 << 20
Header = dict[str, Any]


def write(folder: Path, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Writes the arrays and then the header into `folder`, which must not exist.

    Args:
        folder: where to.
        arrays: name -> array; the name is the file's, without .npy.
        facts: what else the header says: JSON values, `num_classes` among them.
    """
    folder.mkdir(parents=True)
    header: Header = {"format": FORMAT, "arrays": {}, "offsets": {}, **facts}
    for name, array in arrays.items():
        path = folder / f"{name}.npy"
        _save(path, np.ascontiguousarray(array))
        header["arrays"][name] = describe(array)
        header["offsets"][name] = path.stat().st_size - array.nbytes
    header["hash"] = contents_hash(header)
    header["checksum"] = checksum(header)
    (folder / HEADER).write_text(json.dumps(header, indent=1), encoding="utf-8")


def _save(path: Path, array: NDArray[Any]) -> None:
    """Writes an array in C order as np.save does, whose error at a full disk does not say what is wrong."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
        file.write(array.data)


def describe(array: NDArray[Any]) -> dict[str, Any]:
    """Returns shape, type and SHA-256 of the values in C order."""
    values = np.ascontiguousarray(array)
    return {
        "shape": list(array.shape),
        "dtype": array.dtype.str,
        "sha256": hashlib.sha256(values.reshape(-1).view(np.uint8).data).hexdigest(),
    }


def contents_hash(header: Header) -> str:
    """Returns the SHA-256 that stands for the data: examples, labels and number of classes.

    What was computed from them (mean, deviation) is left out: last bits may differ between machines.
    """
    examples = {name: facts for name, facts in header["arrays"].items() if name.startswith(("X_", "y_"))}
    return digest_of({"arrays": examples, "num_classes": header["num_classes"]})


def checksum(header: Header) -> str:
    """Returns the SHA-256 of a header without its own checksum."""
    return digest_of({key: value for key, value in header.items() if key != "checksum"})


def digest_of(value: object) -> str:
    """Returns the SHA-256 of a JSON value, in hex."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def read_header(folder: Path) -> Header:
    """Returns the header of a folder.

    Raises:
        DataFileError: it is damaged, or of something else.
        OSError: it cannot be read.
    """
    path = folder / HEADER
    with path.open("rb") as file:
        text = file.read(MAX_HEADER_BYTES)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataFileError(path, f"is no JSON ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise DataFileError(path, f"is not of the format {FORMAT!r}")
    if header.get("checksum") != checksum(header):
        raise DataFileError(path, "is damaged: its checksum differs")
    return header


def open_array(folder: Path, name: str, header: Header) -> NDArray[Any]:
    """Returns an array of the folder, read-only: a view of a memory map.

    The file's own .npy header is skipped, not parsed: this is done at the start of every trial.

    Raises:
        DataFileError: the file has not the size that the header says.
        OSError: it cannot be read.
    """
    path = folder / f"{name}.npy"
    expected, offset = header["arrays"][name], header["offsets"][name]
    shape, dtype = tuple(expected["shape"]), np.dtype(expected["dtype"])
    wanted = offset + math.prod(shape) * dtype.itemsize
    with path.open("rb") as file:
        found = os.fstat(file.fileno()).st_size
        if found != wanted:
            raise DataFileError(path, f"is damaged: it should have {wanted} bytes, but has {found}")
        pages = mmap.mmap(file.fileno(), wanted, access=mmap.ACCESS_READ)
    return np.ndarray(shape, dtype, pages, offset)


def verify(folder: Path) -> Header:
    """Returns the header of a folder, all of whose contents have been read and found unchanged.

    Raises:
        DataFileError: something is damaged.
        OSError: something cannot be read.
    """
    header = read_header(folder)
    for name, expected in header["arrays"].items():
        if describe(open_array(folder, name, header)) != expected:
            raise DataFileError(folder / f"{name}.npy", "is damaged: its contents have changed")
    return header
