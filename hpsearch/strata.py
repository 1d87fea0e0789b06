"""The classes of the validation images as text, where the split has each class in proportion.

Such images are no plain draw: a second split would have as many of each class again, and what is drawn from
them to stand for one must too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpsearch.base64_text import decoded, encoded

Classes = NDArray[np.int64]


def pack(classes: Classes) -> str:
    """Returns classes, (N,), as text: four bytes each, the lowest first, in base64.

    >>> pack(np.array([0, 2, 300]))
    'AAAAAAIAAAAsAQAA'
    >>> unpack('AAAAAAIAAAAsAQAA', 3)
    array([  0,   2, 300])
    """
    return encoded(classes.astype("<u4").tobytes())


def unpack(text: str, n_images: int) -> Classes:
    """Returns the classes that `pack` was given, (n_images,).

    Raises:
        ValueError: the text is not that of so many classes.
    """
    content = decoded("val_classes", text, 4 * n_images, n_images)
    return np.frombuffer(content, "<u4").astype(np.int64)
