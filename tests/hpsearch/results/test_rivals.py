"""The trials within noise hold the best one, and no more than the images force them to."""

import numpy as np
import pytest

from hpsearch.results import rivals
from hpsearch.results.rivals import within_noise


def draw(seed, *accuracies, n_images=1000):
    """Returns the hits of independent nets of these accuracies."""
    return np.random.default_rng(seed).random((len(accuracies), n_images)) < np.array(accuracies)[:, None]


def find(correct):
    return within_noise(correct).tolist()


def test_equal_nets_are_all_kept():
    assert find(np.tile(draw(0, 0.9), (5, 1))) == [True] * 5


def test_far_net_is_left_out_and_near_one_kept():
    assert find(draw(0, 0.9, 0.895, 0.7)) == [True, True, False]


def test_few_differing_images_that_all_point_one_way_tell_nets_apart():
    better = np.arange(500) >= 40
    worse_on_the_same = np.arange(500) >= 52
    worse_on_others = np.arange(500) < 500 - 52
    assert find(np.stack([better, worse_on_the_same])) == [True, False]
    assert find(np.stack([better, worse_on_others])) == [True, True]


def test_how_the_trials_are_distributed_is_learned_in_many_steps(monkeypatch):
    """After a single one many of the lesser trials look as if they might be the best."""
    correct = draw(17, *[0.9] * 5, *[0.86] * 30, n_images=500)
    found = find(correct)
    assert sum(found) < 10
    monkeypatch.setattr(rivals, "N_STEPS", 1)
    assert sum(find(correct)) > 15


def test_one_differing_image_proves_nothing():
    correct = np.ones((2, 200), bool)
    correct[1, 0] = False
    assert find(correct) == [True, True]


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (1, 5), (1, 1)])
def test_nothing_to_tell_apart_keeps_all(shape):
    assert find(np.ones(shape, bool)) == [True] * shape[0]


def test_hits_are_a_matrix():
    with pytest.raises(ValueError, match=r"shape \(n_trials, n_images\), but got \(5,\)"):
        find(np.ones(5, bool))


@pytest.mark.parametrize(("n_trials", "errors"), [(34, 0.1), (34, 0.3), (100, 0.3), (34, 2.0)])
def test_the_best_of_trials_that_differ_by_so_many_errors_of_one_is_kept_in_nine_searches_of_ten(
    n_trials, errors
):
    rng, kept = np.random.default_rng(1), []
    error = np.sqrt(0.9 * 0.1 / 500)
    for _ in range(60):
        true = 0.9 + errors * error * rng.standard_normal(n_trials)
        kept.append(within_noise(rng.random((n_trials, 500)) < true[:, None])[true.argmax()])
    assert np.mean(kept) >= 0.9


def test_trials_that_differ_by_far_more_than_chance_are_not_all_kept():
    assert sum(find(draw(0, *np.linspace(0.8, 0.95, 34)))) <= 8


@pytest.mark.parametrize(("n_images", "seed"), [(100_000, 6), (200_000, 0)])
def test_many_images_leave_trials_at_chance_out_and_keep_the_best(n_images, seed):
    """The accuracies lie further apart than many images' errors are: a coarse grid lists no trial at all."""
    rng = np.random.default_rng(seed)
    true = np.where(rng.random(30) < 0.2, 0.1, 0.5 - rng.exponential(0.005, 30))
    kept = within_noise(rng.random((30, n_images), np.float32) < true[:, None])
    assert kept[true.argmax()]
    assert not kept[true == 0.1].any()
