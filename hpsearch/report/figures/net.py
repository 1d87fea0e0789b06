"""The best net from inside: first-layer weights, layers, confusion, mistakes."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hpsearch.report.style import clean, colour, new_canvas, new_figure
from nets.inspect.visualize import visualize_grid

MAX_FILTERS = 64
MAX_MISTAKES = 12
MAX_WRITTEN = 12
"""Up to so many classes the counts are written into the confusion matrix."""


def weight_grid(images: NDArray[np.float64]) -> Figure:
    """Returns the first filters side by side, each stretched to its own range.

    Args:
        images: (N, H, W) for grey or (N, H, W, 3) for colour ones, any range.
    """
    images = images[:MAX_FILTERS]
    n_columns = int(np.ceil(np.sqrt(len(images) * 1.5)))
    grid = visualize_grid(images, ubound=1.0, n_columns=n_columns, background=np.nan)
    figure, axes = new_canvas((4.7, 4.7 * grid.shape[0] / grid.shape[1]))
    axes.imshow(np.nan_to_num(grid, nan=1.0) if grid.ndim == 3 else grid, cmap="gray", vmin=0, vmax=1)
    return figure


def layer_statistics(statistics: pd.DataFrame) -> Figure:
    """Returns the mean of each layer as a point, with one deviation to both sides.

    Args:
        statistics: columns layer, mean, deviation; one row a layer, the first on top.
    """
    figure, axes = new_figure((4.7, max(1.3, 0.3 * len(statistics) + 0.8)))
    axes.axvline(0, color=colour("muted"), linewidth=1, linestyle=":")
    names = statistics["layer"].map(clean)
    look: Any = {"fmt": "o", "color": colour("complete"), "ecolor": colour("pruned"), "elinewidth": 3}
    axes.errorbar(statistics["mean"], range(len(names)), xerr=statistics["deviation"], **look)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="mean, and one deviation to both sides", ylim=(len(names) - 0.5, -0.5))
    return figure


def confusion_matrix(counts: pd.DataFrame) -> Figure:
    """Returns how often each class (rows) was taken for each (columns); the diagonal is right.

    Args:
        counts: classes as index and columns.
    """
    import seaborn as sns  # a second that the other figures do without

    figure, axes = new_figure((4.7, 4.1))
    shares = counts.div(counts.sum(axis=1).replace(0, 1), axis=0).to_numpy()
    few = len(counts) <= MAX_WRITTEN
    shades = _shades(shares)
    written = counts.astype(str).where(counts > 0, "")
    sns.heatmap(
        pd.DataFrame(shades + 0.5, counts.index, counts.columns),
        ax=axes,
        cmap=[colour(name) for name in _SHADES],
        vmin=0,
        vmax=len(_SHADES),
        cbar=False,
        annot=written if few else False,
        fmt="",
        square=True,
    )
    for text, shade in zip(axes.texts, shades.ravel(), strict=few):
        text.set(fontsize=8.5, color=colour("paper" if shade >= _SHADES.index("value-5") else "ink"))
    labels = [clean(name, 10) for name in counts.columns] if len(counts) <= 2 * MAX_WRITTEN else []
    places = np.arange(len(labels)) + 0.5
    axes.set_xticks(places, labels, rotation=90 if max(map(len, labels), default=0) > 2 else 0)
    axes.set_yticks(places, labels, rotation=0)
    axes.set(xlabel="taken for", ylabel="is a")
    return figure


_SHADES = ("paper", "error-0", "error-1", "value-0", "value-1", "value-2", "value-5", "value-6", "value-7")
"""What a confusion matrix is shaded with: errors in their own colour, on all others text can be read."""


def _shades(shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Returns the place of each cell's shade: errors in two steps, right ones in six."""
    errors = np.where(shares > 0.1, 2, 1)
    right = 3 + np.digitize(shares, [0.2, 0.4, 0.6, 0.8, 0.95])
    shades = np.where(np.eye(len(shares), dtype=bool), right, errors)
    return np.where(shares > 0, shades, 0)


def mistakes(images: NDArray[Any], labels: list[str]) -> Figure:
    """Returns pictures with a line of text each.

    Args:
        images: (N, H, W) or (N, H, W, 3) of the source's range, at least one.
    """
    n_columns = 4
    n_rows = -(-len(images) // n_columns)
    figure, axes = new_canvas((4.7, 1.3 * n_rows))
    axes.set(xlim=(0, n_columns), ylim=(1.14 * n_rows, 0))
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        row, column = divmod(place, n_columns)
        extent = (column + 0.03, column + 0.97, 1.14 * row + 1.12, 1.14 * row + 0.18)
        axes.imshow(image, cmap="gray", interpolation="nearest", extent=extent, aspect="auto")
        axes.text(column + 0.5, 1.14 * row + 0.1, label, ha="center", va="center", fontsize=8)
    return figure
