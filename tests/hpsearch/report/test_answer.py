"""The page's exhibits of an answer: the intervals of each comparison, a table, and what trials reached."""

from types import SimpleNamespace

import numpy as np
import pytest

from hpsearch.report.answer import answer_exhibits
from hpsearch.report.style import house_style
from hpsearch.results.question import answer, tuned_of


@pytest.fixture
def exhibits(make):
    frames = make(60, only="complete")
    rng = np.random.default_rng(0)
    values = ("none", "batchnorm", "layernorm")
    tuned = [
        tuned_of(frames.trials, "normalization", value, rng.random((3, 500)) < accuracy)
        for value, accuracy in zip(values, (0.8, 0.95, 0.9), strict=True)
    ]
    with house_style():
        answered = SimpleNamespace(answer=answer(tuned, learns=False, n_val=400), parameter="normalization")
        yield [*answer_exhibits(SimpleNamespace(answered=answered, trials=frames.trials, num_val=500))], tuned


@pytest.fixture
def exhibit(exhibits):
    return exhibits[0][0]


def test_without_an_answer_nothing_is_shown(make):
    assert [*answer_exhibits(make(6))] == []


def test_a_line_a_value_tells_which_share_of_its_trials_reached_an_accuracy(exhibits):
    (_, shown), tuned = exhibits
    (axes,) = shown.draw().axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["none", "batchnorm", "layernorm"]
    for line, one in zip(axes.lines, tuned, strict=True):
        x, y = (np.asarray(data) for data in line.get_data())
        for accuracy in one.scores:
            at_least = 100 * np.mean(one.scores >= accuracy)
            assert y[x >= accuracy].max() == pytest.approx(at_least)
        assert y[-1] == 0


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
