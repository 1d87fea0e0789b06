"""An SVG for the page has the page's colours, few bytes, and says whose each mark is."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from hpsearch.report.style import THEME, accuracy_axis, colour, house_style, new_figure, new_tile, stretch
from hpsearch.report.svg import inline, picture, ruler
from hpsearch.report.trialmarks import trials_gid

HOSTILE = "a < b & c > \"d\" 'e' <script>$x$</script>"


@pytest.fixture(autouse=True)
def _style():
    with house_style():
        yield


def scatter(numbers, **look):
    figure, axes = new_tile()
    drawn = axes.scatter(range(len(numbers)), range(len(numbers)), **look)
    drawn.set_gid(trials_gid(numbers))
    return figure


def joined(figure):
    return ET.fromstring(inline(picture(figure), "name", "alt")).findall(".//path[@data-trials]")


@pytest.mark.parametrize("marker", ["o", "x", "+"])
def test_marks_of_one_look_become_one_path(marker):
    [path] = joined(scatter([3, 1, 4, 15], color=colour("complete"), marker=marker))
    assert path.get("data-trials") == "3 1 4 15"
    assert path.get("d").count("M") == 4


def test_joined_marks_lie_where_matplotlib_put_them():
    figure = scatter([0, 1, 2], color=colour("complete"))
    raw = picture(figure).decode()
    [path] = joined(figure)
    found = re.findall(r"M([\d.]+) ([\d.]+)h0", path.get("d"))
    wanted = re.findall(r'<use xlink:href="#m\w+" x="([\d.]+)" y="([\d.]+)" style="fill: #0072b2', raw)
    np.testing.assert_allclose(np.array(found, float), np.array(wanted, float), atol=0.051)


def test_lines_of_trials_are_joined_but_keep_their_density():
    from matplotlib.collections import LineCollection

    figure, axes = new_figure()
    lines = [np.array([(0.0, n), (1.0, n)]) for n in range(30)]
    axes.add_collection(
        LineCollection(lines, colors=[colour("pruned")] * 30, alpha=0.3, gid=trials_gid(range(30)))
    )
    axes.set(xlim=(0, 1), ylim=(0, 30))
    paths = joined(figure)
    assert 1 < len(paths) < 30
    assert sorted(int(n) for path in paths for n in path.get("data-trials").split()) == list(range(30))
    assert all(path.get("d").count("M") == len(path.get("data-trials").split()) for path in paths)


def test_every_colour_of_the_theme_follows_the_page():
    figure = scatter([0], color=colour("diverged"))
    element = inline(picture(figure), "name", "alt")
    assert "var(--diverged)" in element
    assert not set(re.findall("#[0-9a-f]{6}", element)) & {light for light, _ in THEME.values()}


def test_ids_of_two_figures_differ():
    svg = picture(scatter([0, 1], color=colour("complete")))
    ids = [set(re.findall(r'id="([^"]+)"', inline(svg, name, ""))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_references_inside_a_figure_hold():
    element = inline(picture(scatter([0, 1], color=colour("complete"))), "name", "")
    ids = set(re.findall(r'id="([^"]+)"', element))
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', element))
    assert used <= ids


def test_text_is_kept_as_text_and_never_markup():
    figure, axes = new_tile()
    axes.set_xlabel(HOSTILE)
    element = inline(picture(figure), "name", HOSTILE)
    assert "<script>" not in element
    root = ET.fromstring(element)
    assert HOSTILE in [text.text for text in root.iter("text")]
    assert root.get("aria-label") == HOSTILE


def test_missing_glyphs_are_left_to_the_browser():
    figure, axes = new_tile()
    axes.set_xlabel("学习率 😀 معدل")
    assert "学习率 😀" in inline(picture(figure), "name", "")


def test_units_of_the_axes_lie_where_the_figure_draws_them():
    figure, axes = new_figure()
    axes.plot([1, 2], [0.25, 0.75], gid=trials_gid([7]))
    svg = picture(figure)
    [path] = ET.fromstring(inline(svg, "name", "")).findall(".//path[@data-trials='7']")
    drawn = np.array(re.findall(r"[ML]([\d.]+) ([\d.]+)", path.get("d")), float)
    for places, ends, values in zip(drawn.T, ruler(figure).values(), ([1, 2], [0.25, 0.75]), strict=True):
        np.testing.assert_allclose(np.interp(values, ends[2:], ends[:2]), places, atol=0.06)


def test_units_of_a_stretched_axis_are_those_of_its_scale():
    figure, axes = new_tile()
    accuracy_axis(axes, "y", [0.5, 0.995], 500)
    picture(figure)
    lower, upper = axes.get_ylim()
    np.testing.assert_allclose(ruler(figure)["y"][2:], stretch([lower, upper], 1 / 500), atol=1e-4)


def test_picture_repeats_its_bytes():
    figures = [scatter([0, 1], color=colour("complete")) for _ in range(2)]
    first, second = (picture(figure) for figure in figures)
    assert first == second
    assert b"date" not in first
