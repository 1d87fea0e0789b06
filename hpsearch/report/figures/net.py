"""The best net from inside: first-layer weights as images."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hpsearch.report.style import new_figure

MAX_IMAGES = 64


def weight_grid(images: NDArray[np.float64]) -> Figure:
    """Returns small images side by side, each stretched to its own range.

    Args:
        images: (N, H, W) for grey or (N, H, W, 3) for colour ones; the first 64 are shown.
    """
    images = images[:MAX_IMAGES]
    n_columns = int(np.ceil(np.sqrt(len(images) * 1.5)))
    n_rows = -(-len(images) // n_columns)
    figure, axes = new_figure((4.7, 0.15 + 4.5 * n_rows * images.shape[1] / (n_columns * images.shape[2])))
    axes.imshow(tile(images, n_columns), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_axis_off()
    return figure


def tile(images: NDArray[np.float64], n_columns: int, gap: int = 1) -> NDArray[np.float64]:
    """Returns images in a grid, each scaled to [0, 1], with an empty gap of pixels between them.

    Returns:
        (rows * (H + gap) - gap, columns * (W + gap) - gap, ...) fresh; NaN in the gaps.
    """
    n, height, width = images.shape[:3]
    n_rows = -(-n // n_columns)
    shape = (n_rows * (height + gap) - gap, n_columns * (width + gap) - gap, *images.shape[3:])
    grid = np.full(shape, np.nan)
    for place, image in enumerate(images):
        row, column = divmod(place, n_columns)
        top, left = row * (height + gap), column * (width + gap)
        low, high = image.min(), image.max()
        grid[top : top + height, left : left + width] = (image - low) / ((high - low) or 1.0)
    return grid


def layer_statistics(statistics: pd.DataFrame) -> Figure:
    """Returns the mean and the deviation of each layer's weights as points with bars.

    Args:
        statistics: columns layer, mean, deviation; one row a weight matrix.
    """
    figure, axes = new_figure((4.7, max(1.2, 0.3 * len(statistics) + 0.8)))
    sns.pointplot(statistics, x="mean", y="layer", ax=axes, linestyle="none")
    return figure
