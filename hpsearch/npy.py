"""An array as the content of a .npy file, of which no pickle is read.

to_content(array)       the content
from_content(content)   the array that it holds
"""

from __future__ import annotations

import io
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray


def to_content(array: NDArray[Any]) -> bytes:
    """Returns the content of the file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def from_content(content: bytes) -> NDArray[Any]:
    """Returns the array that a file holds.

    Raises:
        ValueError: the content is not that of such a file.
    """
    if not content.startswith(b"\x93NUMPY"):
        raise ValueError("expected a .npy file")
    try:
        array: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    except (EOFError, SyntaxError, TokenError, MemoryError, TypeError) as error:  # of a header of nonsense
        raise ValueError(f"the .npy file is damaged ({type(error).__name__})") from error
    return array
