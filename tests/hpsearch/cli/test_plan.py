"""The words of a dry run."""

import numpy as np
import pytest

from hpsearch.checks.plan import Plan, make_plan
from hpsearch.cli.plan import as_text
from hpsearch.search.budget import Budget


@pytest.mark.parametrize(
    ("seconds", "words"),
    [((0.0123, 0.2), "0.012 to 0.2 s"), ((97.2, 113.4), "97 to 113 s"), ((99.7, 1234.5), "100 to 1234 s")],
)
def test_seconds_are_told_with_two_digits_or_all_before_the_point(make_study, seconds, words):
    plan = Plan(4, 40, seconds, 2, None, 2**20, None)
    assert f"time    an epoch takes {words} on 2 trials\n" in as_text(make_study(), plan)


def test_a_study_of_numbered_rows_is_told_so_before_it_is_searched(make_study, tmp_path):
    np.savez(tmp_path / "rows.npz", X=np.arange(90.0)[:, None], y=np.repeat([0, 1], 45))
    data = {"data__source": "arrays", "data__path": str(tmp_path / "rows.npz")}
    study = make_study(**data, training__epochs=1)
    assert "\nnote    feature 1 of 1 (" in as_text(study, make_plan(study, Budget(1), jobs=1))


@pytest.mark.parametrize(("trials", "jobs", "seconds"), [(8, 2, 8.0), (1, 2, 2.0), (3, 16, 2.0)])
def test_no_more_workers_share_the_work_than_there_are_trials(trials, jobs, seconds):
    plan = Plan(trials, 2 * trials, (0.5, 1.5), jobs, None, 2**20, None)
    assert plan.seconds == seconds
