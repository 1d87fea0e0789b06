"""Pruning leaves those that had luck: how much of it is still in the winner's epoch."""

import numpy as np
import pytest

from hpsearch.results.pruning_luck import MAX_EPOCHS, _evenly, luck_left


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def equal_nets(rng, n_trials, n_epochs, n_images, kept):
    """Returns hits of nets that are equally good in all epochs; a share of their luck stays from one on."""
    luck = rng.standard_normal((n_trials, 1, n_images))
    fresh = rng.standard_normal((n_trials, n_epochs, n_images))
    image = rng.standard_normal(n_images)
    return image + np.sqrt(kept) * luck + np.sqrt(1 - kept) * fresh < 1.2


def pruned_after_the_first(hits, n_left):
    """Returns the hits of trials of which the best few of the first epoch alone go on, and which do."""
    is_left = np.zeros(len(hits), bool)
    is_left[np.argsort(-hits[:, 0].mean(axis=1), kind="stable")[:n_left]] = True
    return [one if stays else one[:1] for one, stays in zip(hits, is_left, strict=True)], is_left


def in_epoch(hits, is_left, epoch):
    """Returns what those that are left get right in an epoch, by their places."""
    return {int(place): hits[place][epoch] for place in np.flatnonzero(is_left)}


@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
def test_what_is_left_of_the_luck_is_what_complete_trials_have_too_much(kept):
    left, too_high = [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        hits = equal_nets(rng, 80, 3, 300, kept)
        seen, is_left = pruned_after_the_first(hits, 8)
        left.append(luck_left(seen, is_left, in_epoch(hits, is_left, 2), rng))
        too_high.append(hits[is_left, 2].mean() - hits[:, 2].mean())
    expected = np.mean(too_high)
    assert np.mean(left) == pytest.approx(expected, abs=0.004)
    assert (expected > 0.02) == (kept == 1)
    assert (expected > 0.006) == (kept > 0)


def test_what_differs_indeed_is_no_luck(rng):
    hits = rng.random((40, 2, 400)) < np.r_[np.full(36, 0.3), np.full(4, 0.9)][:, None, None]
    hits[:, 1] = hits[:, 0]
    seen, is_left = pruned_after_the_first(hits, 4)
    assert luck_left(seen, is_left, in_epoch(hits, is_left, 1), rng) < 0.003


def test_without_pruned_trials_nothing_is_left(rng):
    hits = list(equal_nets(rng, 5, 2, 50, 0.5))
    assert luck_left(hits, [True] * 5, in_epoch(hits, [True] * 5, 1), rng) == 0


def test_a_single_complete_trial_tells_no_share(rng):
    hits = equal_nets(rng, 20, 2, 50, 0.5)
    seen, is_left = pruned_after_the_first(hits, 1)
    assert luck_left(seen, is_left, in_epoch(hits, is_left, 1), rng) is None


def test_of_many_epochs_some_are_looked_at():
    assert _evenly([3, 5], MAX_EPOCHS) == [3, 5]
    some = _evenly(range(100), MAX_EPOCHS)
    assert (len(some), some[0], some[-1]) == (MAX_EPOCHS, 0, 99)
    assert _evenly([], MAX_EPOCHS) == []
