"""The tuning curve's band holds for all numbers of trials at once, and is exact."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from hpsearch.results.tuning_curve import tuning_curve


def test_one_trial_has_its_value_and_nothing_certain():
    expected = pd.DataFrame({"n": [1], "estimate": [0.7], "low": [0.0], "high": [1.0]})
    pd.testing.assert_frame_equal(tuning_curve(np.array([0.7])), expected)


def test_no_trial_has_no_curve():
    found = tuning_curve(np.array([]))
    assert list(found) == ["n", "estimate", "low", "high"]
    assert found.empty


def test_estimate_is_the_median_of_the_best_of_n():
    values = np.random.default_rng(0).permutation(np.arange(1, 101) / 100)
    # half of all single trials reach 0.50; of ten the best is below y with chance y**10
    assert tuning_curve(values)["estimate"].iloc[[0, 1, 9, 99]].tolist() == [0.5, 0.71, 0.94, 1.0]


@given(st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=1, max_size=40))
def test_curves_rise_and_the_band_holds_the_estimate(values):
    found = tuning_curve(np.array(values))
    assert found["n"].tolist() == list(range(1, len(values) + 1))
    assert (found["low"] <= found["estimate"]).all()
    assert (found["estimate"] <= found["high"]).all()
    assert all(found[column].is_monotonic_increasing for column in ("estimate", "low", "high"))


def ranks(n):
    """Returns between which of n values the band lies, by rank; 0 and n + 1 are the ends of [0, 1]."""
    curve = tuning_curve(np.arange(1, n + 1) / (n + 1))
    return np.rint(curve[["low", "high"]].to_numpy().T * (n + 1)).astype(int)


@pytest.mark.parametrize("n", [20, 100])
def test_band_holds_the_true_curve_for_all_n_in_95_percent_of_searches_and_not_in_many_more(n):
    quantiles = 0.5 ** (1 / np.arange(1, n + 1))
    draws = np.sort(np.random.default_rng(0).random((20_000, n)), axis=1)
    draws = np.hstack([np.zeros((20_000, 1)), draws, np.ones((20_000, 1))])
    low, high = (draws[:, rank] for rank in ranks(n))
    held = np.all((low <= quantiles) & (quantiles <= high), axis=1).mean()
    assert 0.947 <= held <= 0.975


def test_no_tail_of_the_band_is_much_larger_than_another():
    n = 200
    quantiles = 0.5 ** (1 / np.arange(1, n + 1))
    low, high = ranks(n)
    tails = np.concatenate([binom.cdf(low - 1, n, quantiles), binom.sf(high - 1, n, quantiles)])
    largest = tails.max()
    assert 0.05 / (2 * n) < largest < 0.025
    # the next whole number would be too many
    assert (binom.cdf(low, n, quantiles) > largest).all()


def test_tied_values_have_the_band_of_the_untied_ones_rounded():
    values = np.random.default_rng(0).random(50)
    exact, rounded = tuning_curve(values), tuning_curve(np.round(values, 1))
    pd.testing.assert_frame_equal(rounded, exact.round(1))


@pytest.mark.parametrize("value", [-0.1, 98.0, float("nan")])
def test_values_are_fractions(value):
    with pytest.raises(ValueError, match=r"values must be fractions in \[0, 1\], but got"):
        tuning_curve(np.array([0.5, value]))
