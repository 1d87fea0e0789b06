"""Which share of the luck that nets have with images other nets of the same settings have again.

share_kept(before, again)   of an earlier epoch's luck in a later one, or of a search's on fresh seeds
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def share_kept(before: NDArray[Any], again: NDArray[Any]) -> float:
    """Returns which share of their luck with the images settings have again.

    On some images a net is better than others for what it shares with the later one, setting or weights.
    It is the slope of what settings get right again on what they got right before, image by image, both
    without what all settings have in common on an image and what one has on all of them.

    Args:
        before: whether a setting was right on an image, (n_settings, n_images) bool.
        again: the same later, or the share of its fresh seeds that were right, (n_settings, n_images).

    Returns:
        A share in [0, 1]; 0 where settings never differed before.
    """
    first, later = _own(before), _own(again)
    squares = float((first**2).sum())
    return min(max(float((first * later).sum()) / squares, 0.0), 1.0) if squares > 0 else 0.0


def _own(right: NDArray[Any]) -> Floats:
    """Returns what is a setting's own on an image, beside its accuracy and the image's difficulty."""
    beside = right - right.mean(axis=0)
    return np.asarray(beside - beside.mean(axis=1, keepdims=True))
