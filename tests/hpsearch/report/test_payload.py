"""What the page's script is given: exact, compact, and safe inside the page."""

import json
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from hpsearch.report.exhibit import Exhibit, Section
from hpsearch.report.figures import space
from hpsearch.report.page import Shown, best_first, best_for_print, numeric_places, trials_table
from hpsearch.report.payload import CURVE_STEPS, curves, payload
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter


def given(frames, sections=(), importances=None):
    if importances is None:
        importances = pd.DataFrame({"parameter": [], "importance": []})
    shown = Shown(sections, {}, {}, importances)
    return json.loads(payload(frames, trials_table(frames.trials), shown))


def test_curves_come_back_from_their_changes(make):
    frames = make(30)
    held = curves(frames.curves)
    for number, curve in frames.curves.groupby("number"):
        known = curve["val_accuracy"].dropna()
        np.testing.assert_allclose(np.cumsum(held[number][0]) / CURVE_STEPS, known, atol=0.5 / CURVE_STEPS)


def test_curve_ends_before_its_first_gap():
    frame = pd.DataFrame(
        {"number": 3, "epoch": [1, 2, 3], "val_accuracy": [0.5, np.nan, 0.6], "train_accuracy": 0.7}
    )
    assert curves(frame) == {3: [[5000], [7000, 0, 0]]}
    assert curves(frame[:0]) == {}


def test_parameters_come_with_their_scales(make):
    frames = make(3)
    described = dict(zip([p.name for p in frames.parameters], given(frames)["parameters"], strict=True))
    assert described["learning_rate"] == {"kind": "float", "low": 1e-4, "high": 0.1, "log": True}
    assert described["normalization"] == {"kind": "choice", "choices": ["none", "batchnorm", "layernorm"]}


def test_trials_that_went_on_come_with_the_numbers_of_before(make):
    assert given(make(3))["earlier"] == {}
    assert given(replace(make(3), went_on_with={2: (0, 1)}))["earlier"] == {"2": [0, 1]}


def test_figures_name_the_columns_that_they_show(make):
    frames = make(3)
    drawn = partial(space.accuracy_map, frames.trials, *frames.parameters[:2])
    shown = Exhibit("slice-1", "reg", "", "", drawn, shows=("params.reg", "value"))
    data = given(frames, [Section("s", "S", (shown, Exhibit("none", "", "", "", drawn)))])
    names = [data["columns"][place] for place in data["figures"].pop("slice-1")]
    assert names == ["reg", "value"]
    assert data["figures"] == {}


def test_map_begins_with_what_matters_most_and_then_the_first(make):
    frames = make(3)
    names = [p.name for p in frames.parameters]
    ranked = pd.DataFrame({"parameter": ["dropout"], "importance": [1.0]})
    data = given(frames, importances=ranked)
    assert [data["columns"][place] for place in data["pair"]] == ["dropout", names[0]]


def test_best_first_keeps_pruned_trials_below_complete_ones():
    trials = pd.DataFrame(
        {
            "number": [0, 1, 2, 3, 4],
            "state": ["pruned", "complete", "complete", "failed", "complete"],
            "value": [0.99, 0.5, 0.9, np.nan, 0.9],
        }
    )
    assert best_first(trials)["number"].tolist() == [2, 4, 1, 0, 3]


def test_columns_of_numbers_are_known():
    table = pd.DataFrame(
        {"number": [1, 2], "reason": ["", "x"], "on": [True, None], "rate": [None, 0.5], "gap": [None, None]}
    )
    assert numeric_places(table.astype(object).where(table.notna(), None)) == [1, 4]


def test_paper_has_the_best_twenty_with_all_parameters(make):
    frames = make(60, only="complete")
    first, second = best_for_print(trials_table(best_first(frames.trials)))
    assert len(first.columns) == len(second.columns) == 11
    assert first.columns[1] == f"trial {best_trial(frames.trials)}"
    assert {p.name for p in frames.parameters} <= set(first.iloc[:, 0])
    assert best_for_print(trials_table(frames.trials[:0])) == []


def test_paper_has_a_parameter_that_is_called_as_a_column_is(make):
    space = (Parameter("number", "float", 0.0, 1.0), Parameter("value", "int", 1, 9))
    frames = make(3, only="complete", space=space)
    [table] = best_for_print(trials_table(frames.trials))
    assert list(table.columns[1:]) == ["trial 0", "trial 1", "trial 2"]
    assert [name for name in table.iloc[:, 0] if "value" in name] == ["value", "params.value"]
    assert [float(cell) for cell in table[table[""] == "number"].iloc[0, 1:]] == pytest.approx(
        frames.trials["params.number"].tolist(), rel=1e-3
    )


def test_texts_of_figures_are_filled_with_the_colours_of_the_theme(written):
    texts = re.findall(r"<text ([^>]*)>", written[1].read_text().split("<script>")[0])
    assert len(texts) > 100
    assert all(re.search(r"fill: var\(--(ink|muted)\)", attributes) for attributes in texts)
