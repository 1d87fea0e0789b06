"""The visual language of every figure: colours with a meaning, accuracy axes, safe labels.

    house_style()                   context in which figures are made and saved
    new_figure(width, height)       an empty figure with one axes
    THEME                           colour name -> (on light paper, on dark paper)
    state_colour, choice_colours    the same thing has the same colour everywhere
    accuracy_axis(axis, values)     ticks in percent, stretched near 100 %
    counts_locator()                round ticks
    clean(text)                     a label that cannot break a figure

Figures are drawn in the light colours; the page swaps them for CSS variables of the same name.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from hpsearch.words import harmless, visible

TILE = (4.7, 3.1)
"""Width and height of an ordinary figure, inches: legible when a phone shows it whole."""
WIDE = (13.0, 4.2)
LARGEST = 1e100
"""What is beyond is drawn there: Matplotlib's sums and ratios of the ends of an axis must stay finite."""

THEME: Mapping[str, tuple[str, str]] = {
    "ink": ("#1d2430", "#e7eaf0"),
    "muted": ("#586172", "#a3adbc"),
    "grid": ("#e1e5eb", "#303844"),
    "paper": ("#ffffff", "#161b22"),
    "complete": ("#0072b2", "#4fb0ee"),
    "pruned": ("#8a93a2", "#77818f"),
    "diverged": ("#d55e00", "#ff8b47"),
    "failed": ("#b0338a", "#ec8bcd"),
    "best": ("#e69f00", "#ffc64d"),
    "choice-0": ("#332288", "#9d8cf0"),
    "choice-1": ("#2a9d8f", "#4fd0bf"),
    "choice-2": ("#9a8a1c", "#d8c651"),
    "choice-3": ("#aa4499", "#e07fd0"),
    "choice-4": ("#117733", "#56c27a"),
    "choice-5": ("#cc6677", "#f298a6"),
    "choice-6": ("#882255", "#d4739f"),
    "choice-7": ("#5aa9d6", "#8fd0f5"),
    "error-0": ("#f9d9c3", "#59321c"),
    "error-1": ("#f2b083", "#8a4a20"),
    "value-0": ("#c3d3ca", "#33434e"),
    "value-1": ("#a5ccba", "#2d5563"),
    "value-2": ("#85c1ae", "#2f6c7a"),
    "value-3": ("#54a79d", "#3a8a90"),
    "value-4": ("#2f878f", "#55a9a2"),
    "value-5": ("#22667d", "#86c9b2"),
    "value-6": ("#1e4567", "#c0e6c4"),
    "value-7": ("#1b2550", "#f3fbd9"),
}
"""Okabe and Ito's palette for states, Tol's muted one for choices, one scale for accuracy: the better, the
more it stands out from the paper. On errors and on values up to 2 text in ink can be read, on values from 5
text in the colour of the paper.
"""

STATES = ("complete", "pruned", "diverged", "failed")
MARKERS = {"complete": "o", "pruned": "o", "diverged": "x", "failed": "+"}
N_CHOICE_COLOURS = 8
N_VALUE_COLOURS = 8

_RC: Any = {
    "axes.edgecolor": THEME["muted"][0],
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": THEME["ink"][0],
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.unicode_minus": False,
    "figure.facecolor": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": THEME["grid"][0],
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "hpsearch",
    "text.color": THEME["ink"][0],
    "text.parse_math": False,
    "xtick.color": THEME["muted"][0],
    "xtick.labelcolor": THEME["ink"][0],
    "xtick.labelsize": 8.5,
    "xtick.minor.visible": False,
    "ytick.color": THEME["muted"][0],
    "ytick.labelcolor": THEME["ink"][0],
    "ytick.labelsize": 8.5,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Gives the figures made and saved inside one look, whatever the user's settings are."""
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        # The browser has fonts for what Matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        # seaborn 0.13's own call of boxplot, deprecated in Matplotlib 3.11
        warnings.filterwarnings("ignore", message="vert: bool was deprecated")
        yield


def new_figure(size: tuple[float, float] = TILE) -> tuple[Figure, Axes]:
    """Returns an empty figure, unknown to pyplot, and its axes, laid out by what stands beside them.

    Args:
        size: width and height in inches.
    """
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots()


def new_tile(size: tuple[float, float] = TILE, right: float = 0.165) -> tuple[Figure, Axes]:
    """Returns a figure whose margins hold a legend above, numbers and names of the axes.

    Finding such margins by trial, as new_figure does, would take a fifth of a report's time.

    Args:
        size: width and height in inches.
        right: margin on the right, in inches.
    """
    width, height = size
    left, bottom, top = 0.64, 0.46, 0.34
    figure = Figure(figsize=size)
    axes = figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    )
    axes.xaxis.set_label_coords(0.5, -0.26 / (height - bottom - top))
    axes.yaxis.set_label_coords(-0.48 / (width - left - right), 0.5)
    return figure, axes


def new_canvas(size: tuple[float, float]) -> tuple[Figure, Axes]:
    """Returns a figure that one picture fills, without axes to be seen."""
    figure = Figure(figsize=size)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def counts_locator() -> MaxNLocator:
    """Returns what gives an axis of counts round ticks: 0, 20, 40, not 0, 15, 30, nor parts of one."""
    return MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1)


def colour(name: str) -> str:
    """Returns a colour of the theme as it is drawn (light paper)."""
    return THEME[name][0]


def choice_colours(n_choices: int, first: int = 0) -> list[str]:
    """Returns a colour for each choice; first is the place of the first in the palette."""
    return [colour(f"choice-{place % N_CHOICE_COLOURS}") for place in range(first, first + n_choices)]


def value_colours(values: NDArray[np.float64]) -> tuple[ListedColormap, BoundaryNorm]:
    """Returns the accuracy scale: eight colours that each hold about as many of the values.

    Args:
        values: accuracies, not NaN, at least one.
    """
    bounds = np.unique(np.quantile(values, np.linspace(0, 1, N_VALUE_COLOURS + 1)))
    if len(bounds) < 2:
        bounds = np.array([bounds[0] - 0.5, bounds[0] + 0.5])
    places = np.linspace(0, N_VALUE_COLOURS - 1, len(bounds) - 1).round().astype(int)
    scale = ListedColormap([colour(f"value-{place}") for place in places])
    return scale, BoundaryNorm(bounds, scale.N)


_TICKS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0)
STRETCH_ABOVE = 0.9
STRETCHED = (
    "Where the best reach 90 %, axes of accuracies are logarithmic in the error: 98 % and 99 % are as far"
    " apart as 80 % and 90 %."
)


def is_stretched(accuracies: ArrayLike) -> bool:
    """Says whether an axis of these is logarithmic in the error, which `STRETCHED` tells."""
    return bool(np.any(np.asarray(accuracies, dtype=np.float64) >= STRETCH_ABOVE))


def accuracy_axis(axes: Axes, which: str, values: ArrayLike, n_images: int) -> None:
    """Shows an axis of accuracies in percent, from the lowest to the highest value.

    Where the best reach 90 %, the axis is logarithmic in the error, so that 98 % and 99 % (half the
    errors) are as far apart as 80 % and 90 %.

    Args:
        which: "x" or "y".
        values: accuracies on the axis; NaN are ignored.
        n_images: images behind an accuracy: below one error the axis goes on in a straight line.
    """
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    axis = axes.xaxis if which == "x" else axes.yaxis
    if is_stretched(finite):
        limits = _stretched_axis(axes, which, float(finite.min()), float(finite.max()), 1 / n_images)
    else:
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        pad = max(0.05 * (high - low), 0.005)
        limits = max(low - pad, 0.0), min(high + pad, 1.0)
    (axes.set_xlim if which == "x" else axes.set_ylim)(limits)
    axis.set_major_formatter(lambda tick, _: f"{100 * tick:.4g}")


def _stretched_axis(axes: Axes, which: str, low: float, high: float, floor: float) -> tuple[float, float]:
    """Makes an axis logarithmic in the error, with its ticks, and returns its limits."""
    set_scale = axes.set_xscale if which == "x" else axes.set_yscale
    set_scale("function", functions=(partial(stretch, floor=floor), partial(unstretch, floor=floor)))
    ends = stretch(np.array([low, high]), floor)
    pad = max(0.04 * float(ends[1] - ends[0]), 0.03)
    below, above = unstretch(ends + np.array([-pad, pad]), floor)
    ticks = _spread([tick for tick in _TICKS if below <= tick <= above], floor, float(ends[1] - ends[0]))
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(ticks if len(ticks) > 1 else sorted({low, high}))
    return float(below), float(above)


def _spread(ticks: list[float], floor: float, length: float) -> list[float]:
    """Returns the ticks from the top down that are far enough apart to be read."""
    kept: list[float] = []
    for tick in reversed(ticks):
        place = float(stretch(np.array(tick), floor))
        if not kept or float(stretch(np.array(kept[-1]), floor)) - place >= length / 12:
            kept.append(tick)
    return kept[::-1]


def stretch(accuracy: ArrayLike, floor: float) -> NDArray[np.float64]:
    """Returns -log10 of the error; below floor it goes on in a straight line, so that 100 % has a place."""
    error = 1 - np.asarray(accuracy, dtype=np.float64)
    return np.asarray(-np.log10(np.maximum(error, floor)) + np.maximum(1 - error / floor, 0) / np.log(10))


def unstretch(place: ArrayLike, floor: float) -> NDArray[np.float64]:
    """Returns the accuracy at a place: the inverse of stretch."""
    beyond = np.maximum(np.asarray(place, dtype=np.float64) + np.log10(floor), 0)
    error = 10.0 ** -(np.asarray(place, dtype=np.float64) - beyond)
    return np.asarray(1 - error + floor * beyond * np.log(10))


MAX_LABEL = 28


def short_labels(names: Sequence[str], longest: int) -> list[str]:
    """Returns names for a narrow place, in lines of so many characters, no two of them alike."""
    labels = [_folded(clean(name, 2 * longest), longest) for name in names]
    alike = {label for label in labels if labels.count(label) > 1}
    return [f"{label}\n({place})" if label in alike else label for place, label in enumerate(labels, 1)]


def _folded(name: str, longest: int) -> str:
    """Returns a name in two lines where it is too long for one, divided before a dot or underscore."""
    if len(name) <= longest:
        return name
    joints = [match.start() for match in re.finditer(r"(?<=.)[._ ]", name) if match.start() <= longest]
    joint = joints[-1] if joints and len(name) - joints[-1] <= longest else longest
    return f"{name[:joint]}\n{name[joint:]}"


def clean(text: object, longest: int = MAX_LABEL) -> str:
    """Returns text that a figure can hold: one line, harmless, not too long.

    It is cut in its middle: names of one kind begin alike, and differ at their ends.
    """
    line = visible(" ".join(harmless(str(text)).split()))
    tail = (longest - 1) // 2
    return line if len(line) <= longest else f"{line[: longest - 1 - tail]}…{line[len(line) - tail :]}"
