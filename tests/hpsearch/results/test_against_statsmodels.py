"""What SciPy and statsmodels have too, they have with the same numbers."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipys
from statsmodels.regression.linear_model import GLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from hpsearch.improvement import chance_of
from hpsearch.results.bootstrap import image_counts
from hpsearch.results.paired import difference_interval, images_needed, mean_difference_interval
from hpsearch.results.stats import mean_squares, share_interval, wilson_interval
from hpsearch.results.tuning_curve import tuning_curve
from hpsearch.results.tuning_luck import best_run

COUNTS = st.integers(0, 60)


@given(st.integers(1, 20_000), st.data())
def test_wilson_interval(n, data):
    right = data.draw(st.integers(0, n))
    expected = proportion_confint(right, n, alpha=0.05, method="wilson")
    assert wilson_interval(right / n, n) == pytest.approx(expected, abs=1e-12)


@given(COUNTS, COUNTS)
def test_mcnemars_exact_test(only_a, only_b):
    expected = mcnemar([[7, only_a], [only_b, 9]], exact=True).pvalue if only_a + only_b else 1.0
    both_sides = min(2 * chance_of(max(only_a, only_b), min(only_a, only_b)), 1.0)
    assert both_sides == pytest.approx(expected, rel=1e-9)


@given(COUNTS, COUNTS)
def test_mcnemars_one_sided_test_of_improvements(more, fewer):
    expected = scipys.binomtest(more, more + fewer, 0.5, "greater").pvalue if more + fewer else 1.0
    assert chance_of(more, fewer) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n_found", [0, 1, 7, 19, 20])
def test_the_share_of_what_was_drawn_agrees_with_the_exact_binomial_interval_where_most_are_not_drawn(
    n_found,
):
    n_all = 1_000_000
    expected = proportion_confint(n_found, 20, alpha=0.05, method="beta")
    assert share_interval(n_found, 20, n_all) == pytest.approx(expected, abs=1e-3)


def test_one_net_each_has_walds_interval_after_one_more_image_for_each():
    a, b = np.repeat([1, 0, 1, 0], (50, 6, 17, 27)) == 1, np.repeat([1, 1, 0, 0], (50, 6, 17, 27)) == 1
    differences = np.append(a.astype(int) - b, [1, -1])
    expected = scipys.norm.interval(0.95, differences.mean(), differences.std() / np.sqrt(len(differences)))
    found = difference_interval(a, b)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-9)


def test_where_seeds_alone_differ_the_interval_is_students():
    """As many images more right as wrong in each seed: images bring nothing but one result each way."""
    n_images = 400_000
    a, b = (np.zeros((5, n_images), bool) for _ in range(2))
    counts = [(9000, 4000), (6000, 6000), (9500, 1000), (7000, 5000), (2000, 3000)]
    for seed, (n_more, n_fewer) in enumerate(counts):
        first = 20_000 * seed  # other images in each seed, so that none is better than another
        a[seed, first : first + n_more] = True
        b[seed, first + n_more : first + n_more + n_fewer] = True
    of_seeds = a.mean(axis=1) - b.mean(axis=1)
    expected = scipys.t.interval(0.95, len(of_seeds) - 1, of_seeds.mean(), scipys.sem(of_seeds))
    found = mean_difference_interval(a, b)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-3)


@settings(max_examples=20)
@given(st.integers(2, 6), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_mean_squares_are_those_of_a_two_way_analysis_of_variance(n_seeds, n_images, seed):
    y = np.random.default_rng(seed).random((n_seeds, n_images))
    seeds, images = np.divmod(np.arange(y.size), n_images)
    columns = np.column_stack(
        [np.ones(y.size)]
        + [seeds == one for one in range(1, n_seeds)]
        + [images == one for one in range(1, n_images)]
    ).astype(float)
    models = [columns, np.delete(columns, np.s_[1:n_seeds], 1), np.delete(columns, np.s_[n_seeds:], 1)]
    both, without_seeds, without_images = (GLS(y.ravel(), one).fit() for one in models)
    expected = [
        (without_seeds.ssr - both.ssr) / (n_seeds - 1),
        (without_images.ssr - both.ssr) / (n_images - 1),
        both.ssr / both.df_resid,
    ]
    assert mean_squares(y) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_images_needed_have_the_power_asked_for(power):
    """By the normal distribution, of which the formula is made, in place of McNemar's exact counts."""
    share, effect = 0.08, 0.02
    n = images_needed(share, effect, power)
    limit = scipys.norm.isf(0.025) * np.sqrt(share * n)
    reached = scipys.norm.sf(limit, effect * n, np.sqrt((share - effect**2) * n))
    assert reached == pytest.approx(power, abs=0.005)


@pytest.mark.parametrize(("n", "n_other"), [*itertools.product((5, 17, 60), repeat=2)])
def test_the_run_that_is_no_chance_is_that_of_the_hypergeometric_distribution(n, n_other):
    """The best j are all of one search if j of j drawn trials are."""
    run = math.ceil(best_run(n, n_other))
    chances = [scipys.hypergeom.pmf(j, n + n_other, n, j) for j in range(1, n + 1)]
    expected = next((j for j, chance in enumerate(chances, 1) if chance <= 0.025), n + 1)
    assert run == expected


def test_one_value_has_the_exact_interval_of_its_distributions_median():
    """The tuning curve at n = 1 is the median of a trial; alone it would have the sign test's interval."""
    values = np.random.default_rng(0).random(25)
    band = tuning_curve(values).iloc[0]
    rank = int(scipys.binom.ppf(0.025, 25, 0.5))
    alone = np.sort(values)[[rank - 1, 25 - rank]]
    assert band["low"] <= alone[0] < band["estimate"] < alone[1] <= band["high"]
    assert band["estimate"] == pytest.approx(np.quantile(values, 0.5, method="inverted_cdf"))


def test_bootstrap_samples_spread_as_scipys_do():
    rng = np.random.default_rng(0)
    right = rng.random(400) < 0.9
    means = image_counts(rng, 4000, 400) @ right / 400
    theirs = scipys.bootstrap((right.astype(float),), np.mean, n_resamples=4000, rng=rng).standard_error
    assert means.std() == pytest.approx(theirs, rel=0.05)
