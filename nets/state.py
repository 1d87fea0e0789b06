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
    """Returns a value as JSON in which arrays are replaced by their paths, and collects the arrays."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{path or 'the state'}: keys must be strings, but got {key!r}")
        return {"dict": {key: _packed(item, _path(path, key), arrays) for key, item in value.items()}}
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError(f"{path}: an array of objects cannot be saved")
        arrays[path] = value
        return {"array": path}
    if not _is_json(value):
        raise TypeError(f"{path}: {value!r} is neither an array, a dict nor a JSON value")
    return {"json": value}


def _unpacked(packed: Any, archive: Any) -> Any:
    """Returns what `_packed` was given."""
    (kind, value), *_ = packed.items()
    if kind == "dict":
        return {key: _unpacked(item, archive) for key, item in value.items()}
    return archive[value] if kind == "array" else value


def _path(path: str, key: str) -> str:
    """Returns the path of a key, in which a key's own slashes are escaped as in a JSON pointer (RFC 6901)."""
    escaped = key.replace("~", "~0").replace("/", "~1")
    return f"{path}/{escaped}" if path else escaped


def _is_json(value: Any) -> bool:
    """Whether JSON gives the value back as it is: no tuples, no NumPy scalars, no keys that are numbers."""
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    if type(value) is dict:
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, float, str)
