"""State of a training in a file: nested dicts of arrays and JSON values, as one `.npz` without pickle.

`save_state` and `load_state` give back the same bits: dtypes, orders and shapes of arrays, integers of any
size (the states of random generators have 128 bits), NaN and infinity. The file is a plain NumPy archive: its
arrays are named by their path, such as "net/params/W1", and one more, "tree.json", holds everything else as
JSON.
"""

import json
from collections.abc import Mapping
from os import PathLike
from typing import IO, Any
from urllib.parse import quote
from zipfile import ZipFile, ZipInfo

import numpy as np

TREE = "tree.json"


def save_state(file: str | PathLike[str] | IO[bytes], state: Mapping[str, Any]) -> None:
    """Writes a nested dict into a file (or an open one), uncompressed.

    Raises:
        TypeError: if a key is no string, or a value neither an array without objects nor a JSON value.
    """
    arrays: dict[str, Any] = {}
    tree = json.dumps(_packed(state, "", arrays))
    with ZipFile(file, "w") as archive:
        archive.writestr(ZipInfo(TREE), tree)
        for path, array in arrays.items():
            with archive.open(ZipInfo(f"{path}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def load_state(file: str | PathLike[str] | IO[bytes]) -> dict[str, Any]:
    """Returns the nested dict that `save_state` wrote.

    Raises:
        ValueError: if the file was not written by `save_state`, or was damaged.
        OSError: if it cannot be read.
    """
    with np.load(file, allow_pickle=False) as archive:
        if TREE not in archive:
            raise ValueError(f"{file} holds no saved state: there is no {TREE} in it")
        state: dict[str, Any] = _unpacked(json.loads(archive[TREE]), archive)
    return state


def _packed(value: Any, path: str, arrays: dict[str, Any]) -> Any:
    """Returns a value as JSON in which arrays are replaced by their paths, and collects the arrays.

    In paths all but letters, digits and `_.-~` is escaped as in a URL, so that no two keys are taken for one.
    """
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{path[1:] or 'the state'}: keys must be strings, but got {key!r}")
        return {"dict": {key: _packed(value[key], f"{path}/{quote(key, safe='')}", arrays) for key in value}}
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError(f"{path[1:]}: an array of objects cannot be saved")
        arrays[path[1:]] = value
        return {"array": path[1:]}
    if not _is_json(value):
        raise TypeError(f"{path[1:]}: {value!r} is neither an array, a dict nor a JSON value")
    return {"json": value}


def _unpacked(packed: Any, archive: Any) -> Any:
    """Returns what `_packed` was given."""
    (kind, value), *_ = packed.items()
    if kind == "dict":
        return {key: _unpacked(item, archive) for key, item in value.items()}
    return archive[f"{value}.npy"] if kind == "array" else value


def _is_json(value: Any) -> bool:
    """Whether JSON gives the value back as it is: no tuples, no NumPy scalars, no keys that are numbers."""
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    if type(value) is dict:
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, float, str)
