"""Memory that is kept between calls, so that large temporary arrays are not allocated each time.

Within a call it pays: fresh arrays for each block of images make a convolutional step half as slow
again.
From call to call it pays 1 to 4 % of a convolution and 5 to 12 % of a pooling (tests/benchmarks/README.md); so
it is an argument, the last one, that may be left out.
"""

import math
from typing import Any

import numpy as np

from nets.arrays import Floats


class Scratch:
    """Named buffers, whose contents mean nothing before a function fills them, and nothing after it."""

    def __init__(self) -> None:
        self._buffers: dict[str, Floats] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> Floats:
        """Returns an array of any contents; the next one of the same name overwrites it."""
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            buffer = self._buffers[name] = np.empty(size, dtype)
        return buffer[:size].reshape(shape)
