"""A race drops what is shown to be worse, and seldom the best."""

import numpy as np
import pytest

from hpsearch.results.racing import FOLDS, rounds, unbeaten, without_luck, worth_of_choice
from hpsearch.results.stats import mean_accuracy_interval


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


@pytest.mark.parametrize("apart", [False, True])
def test_each_seed_and_fold_is_judged_in_the_setting_that_the_others_choose(apart):
    rng = np.random.default_rng(3)
    right, aside = rng.random((3, 4, 25)) < 0.6, rng.random((3, 4, 8)) < 0.6
    judged = without_luck(right, aside) if apart else without_luck(right)
    judges = aside if apart else right
    assert judged.shape == judges.shape[1:]
    for seed, image in np.ndindex(judged.shape):
        images = np.ones(25, bool) if apart else np.arange(25) % FOLDS != image % FOLDS
        votes = np.delete(right, seed, axis=1)[:, :, images].sum(axis=(1, 2))
        assert judged[seed, image] == judges[votes.argmax(), seed, image]


def test_a_single_setting_is_judged_as_it_is():
    right = np.random.default_rng(0).random((1, 3, 40)) < 0.7
    np.testing.assert_array_equal(without_luck(right), right[0])


def test_the_luck_of_seeds_and_of_images_is_left_out():
    rng = np.random.default_rng(0)
    raw, found = [], []
    for _ in range(300):
        luck = 0.05 * rng.standard_normal((5, 4, 1)) + 0.2 * rng.standard_normal((5, 1, 60))
        right = rng.random((5, 4, 60)) < 0.6 + luck
        raw.append(right.mean(axis=(1, 2)).max())
        found.append(without_luck(right).mean())
    assert np.mean(raw) > 0.63
    assert np.mean(found) == pytest.approx(0.6, abs=0.006)


def test_one_seed_cannot_tell_the_luck_of_seeds():
    with pytest.raises(ValueError, match="right must be of at least 2 seeds, but is of 1"):
        without_luck(np.ones((2, 1, 9), bool))


def test_a_single_setting_is_worth_its_mean():
    right = np.random.default_rng(0).random((1, 4, 60)) < 0.7
    assert worth_of_choice(right, 0.0) == pytest.approx(mean_accuracy_interval(right[0]))


def test_the_luck_of_the_search_is_taken_off_and_widens_but_not_where_images_set_aside_judge():
    rng = np.random.default_rng(0)
    right, aside = rng.random((3, 4, 60)) < 0.7, rng.random((3, 4, 60)) < 0.7
    plain, lucky = worth_of_choice(right, 0.0), worth_of_choice(right, 0.03)
    assert lucky.mean == pytest.approx(plain.mean - 0.03)
    assert lucky.high - lucky.low > plain.high - plain.low
    assert worth_of_choice(right, 0.03, aside) == worth_of_choice(right, 0.0, aside)


def test_a_choice_that_was_unlucky_does_not_widen_its_interval():
    """Chance can put what is left without the luck above the mean of the one that is taken."""
    rng = np.random.default_rng(3)
    races = [rng.random((3, 4, 60)) < 0.7 for _ in range(40)]
    plain = [mean_accuracy_interval(without_luck(right)) for right in races]
    means = [right[right.mean(axis=(1, 2)).argmax()].mean() for right in races]
    unlucky = [i for i in range(40) if plain[i].mean > means[i] + 1e-9]
    assert unlucky
    for i in unlucky:
        assert worth_of_choice(races[i], 0.0) == pytest.approx(plain[i])


def test_the_worth_of_a_choice_among_equal_settings_is_held_whose_seeds_differ():
    rng = np.random.default_rng(0)
    held, narrow = 0, 0
    for _ in range(400):
        seeds = 0.7 + 0.08 * rng.standard_normal((5, 5, 1))
        right = rng.random((5, 5, 200)) < seeds
        found, plain = worth_of_choice(right, 0.0), mean_accuracy_interval(without_luck(right))
        held += found.low <= 0.7 <= found.high
        narrow += plain.low <= 0.7 <= plain.high
    assert narrow / 400 < 0.9
    assert 0.91 <= held / 400 <= 0.98


@pytest.mark.parametrize("n_images", [100, 500])
def test_settings_that_name_one_class_each_are_worth_what_they_have_where_each_class_has_its_share(n_images):
    """Of a class that a fold has too much of the other folds, which choose for it, have too little."""
    classes = np.random.default_rng(0).permutation(np.arange(n_images) % 10)
    right = np.repeat((np.arange(5)[:, None] == classes)[:, None], 4, axis=1)
    assert worth_of_choice(right, 0.0, classes=classes).mean == pytest.approx(0.1)
    assert worth_of_choice(right, 0.0).mean < 0.07
    aside = right[:, :, :50]
    assert worth_of_choice(right, 0.0, aside, classes) == worth_of_choice(right, 0.0, aside)
