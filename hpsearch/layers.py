"""What the layers of a trial's net did while it was trained, as a file: a row a look, a field a layer.

    to_file(table, chance)    the content of `layers.npy`
    from_file(content)        the table that it holds

The table is that of `nets.inspect.watch`, with one more field: `chance`, the accuracy of who always names
the commonest class.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch import npy
from nets.inspect.watch import LAYER

_OTHERS = {"chance": np.dtype("<f4"), "epoch": np.dtype("<i4")}


def to_file(table: NDArray[Any], chance: float) -> bytes:
    """Returns the content of the file."""
    whole = np.empty(len(table), [("chance", _OTHERS["chance"]), *_fields(table)])
    whole["chance"] = chance
    for name in table.dtype.names or ():
        whole[name] = table[name]
    return npy.to_content(whole)


def from_file(content: bytes) -> NDArray[Any]:
    """Returns the table that a file holds.

    Raises:
        ValueError: the content is not that of such a file.
    """
    table = npy.from_content(content)
    fields = dict(_fields(table))
    if table.ndim != 1 or any(fields.get(name) != kind for name, kind in _OTHERS.items()):
        raise ValueError("expected a row a look with its epoch")
    if any(kind != LAYER for name, kind in fields.items() if name not in _OTHERS):
        raise ValueError(f"expected {', '.join(LAYER.names or ())} of each layer")
    return table


def layer_names(table: NDArray[Any]) -> list[str]:
    """Returns the layers of a table by the names of their weights, from the images to the scores."""
    return [name for name in table.dtype.names or () if name not in _OTHERS]


def _fields(table: NDArray[Any]) -> list[tuple[str, np.dtype[Any]]]:
    """Returns names and kinds of a table's fields."""
    return [(name, kind[0]) for name, kind in (table.dtype.fields or {}).items()]
