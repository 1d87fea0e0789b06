"""The weights of the best net, read from its saved state."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nets.state import load_state


def first_layer_images(path: Path | None, image_shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """Returns the first layer's weights as images.

    Args:
        path: a saved net state, None if there is none.
        image_shape: (C, H, W) of the input.

    Returns:
        (F, H, W) for one channel, (F, H, W, 3) for three, a channel each for others; None where the
        net has no W1 that belongs to images of this shape.
    """
    if path is None or not path.exists():
        return None
    weights = load_state(path).get("params", {}).get("W1")
    if not isinstance(weights, np.ndarray):
        return None
    n_channels, height, width = image_shape
    if weights.ndim == 2 and weights.shape[0] == n_channels * height * width:
        weights = weights.T.reshape(-1, n_channels, height, width)
    if weights.ndim != 4 or weights.shape[1] != n_channels:
        return None
    filters = weights.astype(np.float64)
    images = filters.transpose(0, 2, 3, 1) if n_channels == 3 else filters.reshape(-1, *filters.shape[2:])
    return np.asarray(images)
