"""How far a search asks ahead, and what it says of workers that this cannot keep busy."""

import pytest

from hpsearch.search.lookahead import advice, n_known, workers_kept_busy


@pytest.mark.parametrize(("lookahead", "known"), [(1, [0, 1, 2, 3]), (3, [0, 0, 0, 1]), (8, [0, 0, 0, 0])])
def test_a_trial_knows_all_but_the_last_ones_before_it(lookahead, known):
    assert [n_known(lookahead, number) for number in range(4)] == known


@pytest.mark.parametrize(("lookahead", "n_workers"), [(1, 1), (7, 1), (8, 2), (16, 4)])
def test_workers_that_are_kept_busy_get_no_advice(lookahead, n_workers):
    assert workers_kept_busy(lookahead) == n_workers
    assert advice(lookahead, n_workers) is None
    assert advice(lookahead, n_workers + 1).startswith("use at most lookahead / 4 workers")


def test_the_advice_names_the_lookahead_that_would_keep_them_busy():
    assert advice(8, 4).endswith("lookahead 8 keeps 2 busy, 4 need study.lookahead = 16")
