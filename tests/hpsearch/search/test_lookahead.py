"""How far a search asks ahead, and what it says of workers that this cannot keep busy."""

import heapq

import numpy as np
import pytest

from hpsearch.search.lookahead import advice, n_known, workers_kept_busy


@pytest.mark.parametrize(("lookahead", "known"), [(1, [0, 1, 2, 3]), (3, [0, 0, 0, 1]), (8, [0, 0, 0, 0])])
def test_a_trial_knows_all_but_the_last_ones_before_it(lookahead, known):
    assert [n_known(lookahead, number) for number in range(4)] == known


@pytest.mark.parametrize(("lookahead", "n_workers"), [(1, 1), (3, 1), (4, 2), (16, 8)])
def test_workers_that_are_kept_busy_get_no_advice(lookahead, n_workers):
    assert workers_kept_busy(lookahead) == n_workers
    assert advice(lookahead, n_workers) is None
    assert advice(lookahead, n_workers + 1).startswith("use at most lookahead / 2 workers")


def test_the_advice_names_the_lookahead_that_would_keep_them_busy():
    assert advice(4, 8).endswith("lookahead 4 keeps 2 busy, 8 need study.lookahead = 16")


def share_at_work(lookahead, n_workers, seed, n_trials=200, n_epochs=15):
    """Returns how much of the workers' time is training, in a search that prunes two thirds of its trials."""
    rng = np.random.default_rng(seed)
    lengths = np.where(rng.random(n_trials) < 1 / 3, n_epochs, rng.integers(3, 8, n_trials))
    seconds = lengths * np.exp(0.3 * rng.standard_normal(n_trials))
    free, ends = [0.0] * n_workers, []
    for number, needed in enumerate(seconds):
        known = n_known(lookahead, number)
        begin = max(heapq.heappop(free), max(ends[:known], default=0.0))
        ends.append(begin + needed)
        heapq.heappush(free, ends[-1])
    return seconds.sum() / (n_workers * max(ends))


@pytest.mark.parametrize("lookahead", [4, 8, 16])
def test_as_many_workers_as_are_kept_busy_seldom_wait(lookahead):
    n_workers = workers_kept_busy(lookahead)
    assert np.mean([share_at_work(lookahead, n_workers, seed) for seed in range(20)]) > 0.86
    assert np.mean([share_at_work(lookahead, 2 * n_workers, seed) for seed in range(20)]) < 0.7
