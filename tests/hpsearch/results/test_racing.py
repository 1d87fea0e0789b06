"""A race drops what is shown to be worse, and seldom the best."""

import numpy as np
import pytest

from hpsearch.results.racing import rounds, unbeaten


@pytest.mark.parametrize(
    ("n_seeds", "looks"),
    [(1, [1]), (2, [2]), (3, [3]), (4, [3, 4]), (5, [3, 4, 5]), (10, [3, 4, 6, 9, 10])],
)
def test_each_round_adds_half_as_many_seeds(n_seeds, looks):
    assert rounds(n_seeds) == looks


def nets(rng: np.random.Generator, accuracies: list[float], n_seeds: int, n_images: int) -> list[np.ndarray]:
    """Returns what seeds of settings get right; some images are hard for all."""
    difficulty = rng.random(n_images)
    return [
        (difficulty + rng.random((n_seeds, n_images))) / 2 < np.sqrt(accuracy / 2) for accuracy in accuracies
    ]


def test_one_setting_is_unbeaten():
    assert unbeaten(nets(np.random.default_rng(0), [0.2], 3, 50), 0).tolist() == [True]


def test_a_clearly_worse_setting_is_beaten_and_the_others_stay():
    right = nets(np.random.default_rng(0), [0.4, 0.41, 0.1], 4, 500)
    assert unbeaten(right, 4).tolist() == [True, True, False]


def test_equal_settings_stay():
    right = nets(np.random.default_rng(0), [0.4], 4, 500)
    assert unbeaten([right[0], right[0].copy()], 1).tolist() == [True, True]


def test_more_comparisons_ask_for_more():
    rng = np.random.default_rng(0)
    right = nets(rng, [0.45, 0.4], 3, 2000)
    kept = [bool(unbeaten(right, n)[1]) for n in (1, 10_000)]
    assert kept == [False, True]


def test_a_best_setting_whose_seeds_differ_much_is_seldom_beaten():
    rng = np.random.default_rng(0)
    kept = []
    for _ in range(300):
        luck = 0.04 * rng.standard_normal((5, 4, 1)) * np.array([4, 1, 1, 1, 1])[:, None, None]
        kept.append(unbeaten(list(rng.random((5, 4, 300)) < 0.5 + luck), 4)[0])
    assert np.mean(kept) >= 0.94  # 95 % but for the luck of 300 draws
