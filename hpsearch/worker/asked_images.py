"""Which images a Solver of the user's own asks about: those that it was given, others, or changed ones.

is_of(found, ours)                    whether images or labels are ours
has_image(images, image)              whether an image is one of several
are_changed(found, images, labels)    whether something other stands beside our labels
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nets.arrays import Ints, Numbers

_CLOSE = 1e-3  # what a cast to float16 may change


def is_of(found: Any, ours: Numbers) -> bool:
    """Says whether images or labels are ours, some of them, or a copy, which may be one of rows."""
    if not isinstance(found, np.ndarray):
        return False
    is_copy = found.size == ours.size and np.array_equal(found.reshape(-1), ours.reshape(-1))
    return is_copy or bool(np.may_share_memory(found, ours))


def has_image(images: Numbers, image: Numbers) -> bool:
    """Says whether an image is one of several, whatever their axes."""
    rows = images.reshape(len(images), -1)
    return rows.shape[1] == image.size and bool((rows == image.reshape(-1)).all(axis=1).any())


def are_changed(found: Iterable[Any], images: Numbers, labels: Ints) -> bool:
    """Says whether, among what was found, all of our labels stand beside images of which none are ours."""
    arrays = [one for one in found if isinstance(one, np.ndarray)]
    if not any(np.array_equal(one.reshape(-1), labels) for one in arrays):
        return False  # some of them, or in another order
    like = [one.reshape(-1) for one in arrays if one.ndim > 1 and one.size == images.size]
    is_ours = (np.allclose(one, images.reshape(-1), rtol=_CLOSE, atol=_CLOSE) for one in like)
    return bool(like) and not any(is_ours)  # as many images may stand there to train
