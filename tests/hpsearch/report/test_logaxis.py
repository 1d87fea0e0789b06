"""Ticks of a logarithmic axis: plain numbers, two at least, wherever its range lies."""

import pytest
from matplotlib.figure import Figure

from hpsearch.report.logaxis import log_axis
from hpsearch.report.style import house_style


@pytest.mark.parametrize(
    ("low", "high"), [(0.55, 0.95), (2e-5, 8e-5), (0.02, 0.7), (1e-6, 1e-1), (3.0, 4e5), (1e-12, 1e12)]
)
@pytest.mark.parametrize("which", ["x", "y"])
def test_ticks_are_plain_numbers_within_the_range(which, low, high):
    with house_style():
        figure = Figure()
        axes = figure.subplots()
        log_axis(axes, which, low, high)
        (axes.set_xlim if which == "x" else axes.set_ylim)(low, high)
        figure.draw_without_rendering()
        axis = axes.xaxis if which == "x" else axes.yaxis
        shown = {
            tick.label1.get_text()
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            if low <= tick.get_loc() <= high and tick.label1.get_text()
        }
    assert len(shown) >= 2
    assert all(low * 0.99 <= float(label) <= high * 1.01 for label in shown)


def test_whole_numbers_have_no_ticks_between_them():
    with house_style():
        axes = Figure().subplots()
        log_axis(axes, "x", 2, 6, integer=True)
        axes.set_xlim(2, 6)
        assert all(tick == int(tick) for tick in axes.get_xticks())
