"""Types of arrays, and named arrays that share one flat vector.

A net keeps its parameters in a `FlatArrays`: a dict of named arrays for people, one vector for update rules,
so that a step of Adam is a dozen NumPy calls and not a dozen for each of W1, b1, W2, ...
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Numbers = NDArray[Any]

PART_SIZE = 32_768
"""Numbers of a long vector that are worked on at a time, so that all passes over them stay in the cache."""


def floating(x: Numbers) -> Floats:
    """Returns x, as float64 if it holds integers or booleans: images and counts can be taken as they are."""
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def parts(start: int, stop: int) -> Iterator[slice]:
    """Yields the parts of a vector from `start` to `stop`, each of at most `PART_SIZE` numbers."""
    return (slice(first, min(first + PART_SIZE, stop)) for first in range(start, stop, PART_SIZE))


class FlatArrays(dict[str, Floats]):
    """Named arrays that are views of one vector, `flat`, in the order in which they were given.

    Assigning to a name copies the values into place, so the views, the shapes and the dtype stay what they
    are. Names can be neither added nor removed.
    """

    def __init__(self, arrays: Mapping[str, Floats], dtype: Any = None) -> None:
        dtype = np.result_type(*arrays.values()) if dtype is None else np.dtype(dtype)
        self.flat: Floats = np.zeros(sum(array.size for array in arrays.values()), dtype)
        start = 0
        for name, array in arrays.items():
            view = self.flat[start : start + array.size].reshape(array.shape)
            view[...] = array
            super().__setitem__(name, view)
            start += array.size

    def __setitem__(self, name: str, value: Numbers) -> None:
        if name not in self:
            raise KeyError(f"there is no parameter {name!r}, only {', '.join(self)}")
        view = self[name]
        if np.shape(value) != view.shape:
            raise ValueError(f"{name} must have the shape {view.shape}, but got {np.shape(value)}")
        view[...] = value

    def update(self, *others: Any, **named: Any) -> None:
        """Copies the values of other mappings (or pairs) into place."""
        for name, value in dict(*others, **named).items():
            self[name] = value

    def __ior__(self, other: Any) -> "FlatArrays":  # type: ignore[override,misc]
        self.update(other)
        return self

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("the set of parameters of a net is fixed: assign to their names instead")

    __delitem__ = pop = popitem = clear = setdefault = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FlatArrays, (dict(self),)

    def zeros(self) -> "FlatArrays":
        """Returns fresh arrays of the same names, shapes and dtype, all zero."""
        return FlatArrays({name: np.zeros_like(array) for name, array in self.items()})

    def assign(self, arrays: Mapping[str, Numbers]) -> None:
        """Copies all values into place.

        Raises:
            ValueError: if the names are not exactly these.
        """
        if missing := _names_apart(self, arrays):
            raise ValueError(f"expected the arrays {', '.join(self)}, but {missing}")
        self.update(arrays)


def _names_apart(expected: Iterable[str], got: Iterable[str]) -> str:
    """Says which names are missing or too many; empty if none."""
    missing, extra = sorted(set(expected) - set(got)), sorted(set(got) - set(expected))
    parts = [
        f"{', '.join(names)} {what}" for names, what in ((missing, "missing"), (extra, "unexpected")) if names
    ]
    return " and ".join(parts)
