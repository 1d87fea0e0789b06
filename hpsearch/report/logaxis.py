"""A logarithmic axis whose ticks are plain numbers, and enough of them however short its range is."""

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator


def log_axis(axes: Axes, which: str, low: float, high: float, *, integer: bool = False) -> None:
    """Makes an axis logarithmic; its limits are the caller's.

    Args:
        axes: where it is drawn.
        which: "x" or "y".
        low, high: the ends of what is shown, both above 0.
        integer: whether there is nothing between whole numbers.
    """
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    if high / low < 10:
        axis.set_major_locator(MaxNLocator(5, integer=integer))
    elif high / low < 100:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_minor_locator(NullLocator())  # Matplotlib would write powers of ten, in its markup
    axis.set_major_formatter(lambda tick, _: f"{tick:g}")
