"""A dry run times as many trials as it takes to know a search's mean, and no more."""

import pytest

from hpsearch.checks import plan
from hpsearch.search.budget import Budget
from hpsearch.study.studyfile import from_table


@pytest.fixture
def small():
    table = {
        "data": {"source": "digits", "num_train": 50, "num_val": 20},
        "net": {"kind": "TwoLayerNet"},
        "training": {"epochs": 3},
        "space": {"hidden_dim": {"low": 2, "high": 50}},
    }
    return from_table(table, "small", "small.toml")


@pytest.mark.parametrize(("n_trials", "n_timed"), [(100, 16), (6, 6), (1, 1)])
def test_short_trials_are_timed_in_numbers(small, n_trials, n_timed):
    made = plan.make_plan(small, Budget(n_trials), jobs=1)
    assert len(made.epoch_seconds) == n_timed
    assert made.max_epochs == 3 * n_trials
    assert made.seconds == pytest.approx(sum(made.epoch_seconds) / n_timed * 3 * n_trials)


def test_of_long_trials_four_are_timed(small, monkeypatch):
    monkeypatch.setattr(plan, "_MORE_SECONDS", 1e-3)
    assert len(plan.make_plan(small, Budget(100), jobs=1).epoch_seconds) == 4
