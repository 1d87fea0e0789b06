"""What a pickle says of a NumPy array, as data: `described` stands for the calls that would make one.

`PickledArray.to_uint8` makes the array, after a look at its shape, type and size; NumPy's own functions for
that are never called, nor imported by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Name:
    """The name of a function or class in a pickle; nothing is imported."""

    qualified: str


NDARRAY = Name("numpy ndarray")
DTYPE = Name("numpy dtype")
ENCODE = Name("_codecs encode")
BYTES = Name("__builtin__ bytes")
RECONSTRUCT = [Name(f"numpy.{core}.multiarray _reconstruct") for core in ("core", "_core")]
FROM_BUFFER = [Name(f"numpy.{core}.numeric _frombuffer") for core in ("core", "_core")]
NAMES = {name.qualified: name for name in (NDARRAY, DTYPE, ENCODE, BYTES, *RECONSTRUCT, *FROM_BUFFER)}


@dataclass(eq=False)
class PickledDtype:
    """A NumPy type as the pickle describes it: its code, as in "u1"."""

    code: object
    state: object = None


@dataclass(eq=False)
class PickledArray:
    """A NumPy array as the pickle describes it: version, shape, type, whether in Fortran order, contents."""

    state: object = None

    def to_uint8(self) -> NDArray[np.uint8]:
        """Returns the array, read-only.

        Raises:
            ValueError: it is no sound array of bytes.
        """
        match self.state:
            case (
                _,
                tuple(shape),
                PickledDtype(code="u1" | "|u1"),
                bool(fortran),
                str() | bytes() as contents,
            ):
                values = as_bytes(contents)
                if any(not isinstance(n, int) or n < 0 for n in shape) or math.prod(shape) != len(values):
                    raise ValueError(f"an array of shape {shape} is said to have {len(values)} bytes")
                array = np.frombuffer(values, np.uint8)
                return array.reshape(shape, order="F" if fortran else "C")
        raise ValueError("an array is not of bytes (uint8)")


def as_bytes(text: str | bytes) -> bytes:
    """Returns bytes as they are, and what Python 2 called a string as bytes again."""
    return text if isinstance(text, bytes) else text.encode("latin-1")


def described(name: object, arguments: object) -> object:
    """Returns what a call in a pickle stands for, without calling anything.

    Raises:
        ValueError: it is none of the calls that make an array.
    """
    match name, arguments:
        case Name(), (Name() as kind, _, _) if name in RECONSTRUCT and kind == NDARRAY:
            return PickledArray()
        case Name(), (contents, PickledDtype() as dtype, shape, order) if name in FROM_BUFFER:
            return PickledArray((1, shape, dtype, order == "F", contents))
        case Name(), (code, _, _) if name == DTYPE:
            return PickledDtype(code)
        case Name(), (str(text), "latin1") if name == ENCODE:
            return text.encode("latin-1")
        case Name(), () if name == BYTES:  # Python 3's word for empty bytes in a pickle for Python 2
            return b""
    raise ValueError("the pickle calls something that no array needs: refused")


def name_of(qualified: str) -> Name:
    """Returns the name if an array needs it.

    Raises:
        ValueError: it does not.
    """
    if qualified not in NAMES:
        raise ValueError(f"the pickle names {qualified.replace(' ', '.')!r}: refused, nothing was run")
    return NAMES[qualified]
