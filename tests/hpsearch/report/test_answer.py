"""The page's exhibit of an answer: both intervals of each comparison, and the values in a table."""

import numpy as np
import pytest

from hpsearch.report.answer import answer_exhibit
from hpsearch.report.style import house_style
from hpsearch.results.question import answer, tuned_of


@pytest.fixture
def exhibit(make):
    frames = make(60, only="complete")
    rng = np.random.default_rng(0)
    values = ("none", "batchnorm", "layernorm")
    tuned = [
        tuned_of(frames.trials, "normalization", value, rng.random((3, 500)) < accuracy)
        for value, accuracy in zip(values, (0.8, 0.95, 0.9), strict=True)
    ]
    with house_style():
        yield answer_exhibit(answer(tuned, learns=False), "normalization", frames.trials)


def test_each_other_value_has_a_row_with_a_thin_and_a_thick_interval(exhibit):
    (axes,) = exhibit.draw().axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["over none", "over layernorm"]
    assert axes.get_xlabel() == "batchnorm is ahead by (points)"
    for place in (0, 1):
        thin, thick = [line.get_xdata() for line in axes.lines if list(line.get_ydata()) == [place, place]]
        assert thin[0] <= thick[0] < thick[1] <= thin[1]


def test_table_tells_accuracies_in_percent(exhibit):
    assert exhibit.title == "Does normalization matter?"
    assert exhibit.data["value"].tolist() == ["none", "batchnorm", "layernorm"]
    assert exhibit.data["trials"].sum() == 60
    assert all(cell.endswith("%") for cell in exhibit.data["fresh seeds"])
