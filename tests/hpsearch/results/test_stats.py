"""Intervals cover what they promise, and noise is told from difference."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest

from hpsearch.results.stats import (
    Interval,
    best_trial,
    can_be_interval,
    mean_accuracy_interval,
    ranked,
    share_interval,
    wilson_interval,
    within_noise,
)


def make_trials(*rows: tuple[str, float]) -> pd.DataFrame:
    states, values = zip(*rows, strict=True) if rows else ((), ())
    return pd.DataFrame({"number": range(len(rows)), "state": list(states), "value": np.array(values, float)})


@given(st.integers(1, 5000), st.data())
def test_wilson_interval_is_scipys(n, data):
    successes = data.draw(st.integers(0, n))
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson_interval(successes / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(st.floats(0, 1), st.floats(0.5, 1e6))
@example(1.0, 500.0)
@example(0.0, 1.0)
def test_wilson_interval_stays_in_range_and_holds_the_accuracy(accuracy, n):
    low, high = wilson_interval(accuracy, n)
    assert 0 <= low <= accuracy <= high <= 1
    assert low < high


@pytest.mark.parametrize("accuracy", [-0.1, 1.1, 98.0, float("nan")])
def test_accuracy_that_is_no_fraction_is_refused(accuracy):
    with pytest.raises(ValueError, match=r"accuracy must be a fraction in \[0, 1\], but got"):
        wilson_interval(accuracy, 100)


@pytest.mark.parametrize("n", [0, -1, float("nan")])
def test_interval_needs_images(n):
    with pytest.raises(ValueError, match="n must be above 0 images"):
        wilson_interval(0.5, n)


def test_one_seed_has_the_plain_interval():
    correct = np.arange(200)[None, :] % 10 > 0
    assert mean_accuracy_interval(correct) == (0.9, *wilson_interval(0.9, 200))


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (1, 50), (5, 500)])
def test_all_right_and_all_wrong_give_an_interval_of_the_images_alone(value, shape):
    found = mean_accuracy_interval(np.full(shape, value))
    assert found == (float(value), *wilson_interval(float(value), shape[1]))


def test_one_error_more_never_raises_the_lower_end():
    correct = np.ones((5, 200), bool)
    lows = []
    for image in range(20):
        lows.append(mean_accuracy_interval(correct).low)
        correct[image % 5, image * 7] = False
    assert lows == sorted(lows, reverse=True)


def test_equal_seeds_are_worth_one_net():
    one = np.random.default_rng(0).random(1000) < 0.9
    found = mean_accuracy_interval(np.tile(one, (5, 1)))
    single = wilson_interval(found.mean, 1000)
    assert (found.low, found.high) == pytest.approx(single, abs=2e-4)


def test_seeds_that_differ_widen_the_interval():
    rng = np.random.default_rng(0)
    alike = rng.random((5, 1000)) < 0.9
    differing = rng.random((5, 1000)) < np.array([0.82, 0.86, 0.9, 0.94, 0.98])[:, None]
    widths = [found.high - found.low for found in map(mean_accuracy_interval, (alike, differing))]
    assert widths[1] > 2 * widths[0]


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_mean_interval_is_sane_for_any_matrix(n_seeds, n_images, seed, accuracy):
    correct = np.random.default_rng(seed).random((n_seeds, n_images)) < accuracy
    mean, low, high = mean_accuracy_interval(correct)
    assert mean == correct.mean()
    assert 0 <= low <= mean <= high <= 1


@given(st.integers(2, 5), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_swapping_right_and_wrong_mirrors_the_interval(n_seeds, n_images, seed):
    correct = np.random.default_rng(seed).random((n_seeds, n_images)) < 0.7
    mean, low, high = mean_accuracy_interval(correct)
    assert mean_accuracy_interval(~correct) == pytest.approx((1 - mean, 1 - high, 1 - low))


@pytest.mark.parametrize("shape", [(10,), (0, 5), (5, 0)])
def test_matrix_without_seeds_or_images_is_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(n_seeds, n_images\)"):
        mean_accuracy_interval(np.ones(shape, bool))


def test_interval_covers_the_truth_in_about_95_of_100_draws():
    rng = np.random.default_rng(0)
    difficulty = rng.beta(0.1, 3, 100_000)  # a few hard images that most seeds get wrong
    truth = 1 - difficulty.mean()
    hits = 0
    for _ in range(400):
        correct = rng.random((5, 300)) > rng.choice(difficulty, 300)
        _, low, high = mean_accuracy_interval(correct)
        hits += low <= truth <= high
    assert 0.92 <= hits / 400 <= 0.985


def test_the_best_are_complete_and_of_equals_the_earlier_is_first_whatever_the_order_of_rows():
    rows = [("complete", 0.9 + 0.01 * (number % 3)) for number in range(60)]
    trials = make_trials(*rows, ("pruned", 0.99), ("failed", np.nan))
    expected = [*range(2, 60, 3), *range(1, 60, 3), *range(0, 60, 3)]
    for table in (trials, trials[::-1], trials.sample(frac=1, random_state=0)):
        assert ranked(table)["number"].tolist() == expected
        assert best_trial(table) == 2


@pytest.mark.parametrize("rows", [(), [("pruned", 0.9)], [("failed", np.nan), ("diverged", 0.4)]])
def test_nothing_complete_means_no_best_and_no_noise(rows):
    trials = make_trials(*rows)
    assert best_trial(trials) is None
    assert not within_noise(trials, 500).any()


def test_noise_holds_near_trials_and_leaves_out_far_and_unfinished_ones():
    trials = make_trials(("complete", 0.994), ("complete", 0.99), ("pruned", 0.994), ("complete", 0.9))
    assert within_noise(trials, 500).tolist() == [True, True, False, False]


def test_more_images_tell_more_trials_apart():
    trials = make_trials(("complete", 0.994), ("complete", 0.98))
    assert within_noise(trials, 100).tolist() == [True, True]
    assert within_noise(trials, 5000).tolist() == [True, False]


def test_constant_accuracy_is_all_noise():
    assert within_noise(make_trials(*[("complete", 1.0)] * 5), 500).all()


def test_equally_good_trials_are_nearly_always_within_noise():
    rng = np.random.default_rng(0)
    kept = []
    for _ in range(100):
        values = 1 - rng.binomial(500, 0.03, 100) / 500
        kept.append(within_noise(make_trials(*[("complete", v) for v in values]), 500).mean())
    assert np.mean(kept) > 0.98


def test_noise_keeps_the_index_of_the_trials():
    trials = make_trials(("complete", 0.9), ("complete", 0.5)).set_index(pd.Index([7, 3]))
    assert within_noise(trials, 1000).to_dict() == {7: True, 3: False}


@pytest.mark.parametrize(("n_all", "n_drawn"), [(5, 2), (60, 10), (60, 59), (300, 20)])
def test_a_share_of_things_that_were_drawn_is_held_in_95_percent(n_all, n_drawn):
    from scipy.stats import hypergeom

    held = [share_interval(found, n_drawn, n_all) for found in range(n_drawn + 1)]
    for true in range(n_all + 1):
        chances = hypergeom.pmf(range(n_drawn + 1), n_all, true, n_drawn)
        hold = [low <= true / n_all <= high for low, high in held]
        assert chances[hold].sum() >= 0.95 - 1e-9


def test_a_share_of_things_that_were_all_looked_at_is_known():
    assert share_interval(3, 12, 12) == (0.25, 0.25)


@pytest.mark.parametrize("counts", [(3, 2, 5), (1, 6, 5), (0, 0, 5), (-1, 2, 5)])
def test_a_share_has_counts_that_fit(counts):
    with pytest.raises(ValueError, match="expected 0 <= n_found <= n_drawn <= n_all"):
        share_interval(*counts)


@given(st.integers(1, 6), st.sampled_from([1, 7, 60, 300]), st.integers(0, 2**32 - 1))
def test_an_interval_fits_the_accuracies_of_its_seeds_and_another_does_not(n_seeds, n_images, seed):
    rng = np.random.default_rng(seed)
    easy = rng.beta(2, 0.5, n_images) + rng.normal(0, 0.1, (n_seeds, 1))
    correct = rng.random((n_seeds, n_images)) < easy
    _, low, high = mean_accuracy_interval(correct)
    accuracies = correct.mean(axis=1).tolist()
    assert can_be_interval(Interval(low, high), accuracies, n_images)
    assert not can_be_interval(Interval(low - 1e-4, high), accuracies, n_images)
    assert not can_be_interval(Interval(low, high + 1e-4), accuracies, n_images)
