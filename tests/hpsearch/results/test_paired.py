"""Paired tests and intervals are those of SciPy and the papers, and claim no more than images show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.improvement import chance_of
from hpsearch.results.paired import difference_interval, images_needed, mean_difference_interval


def nets(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns what two nets got right, from the numbers of images of each kind."""
    numbers = (both, only_a, only_b, neither)
    return np.repeat([True, True, False, False], numbers), np.repeat([True, False, True, False], numbers)


def test_difference_is_that_of_the_accuracies_and_its_interval_that_of_bonett_and_price():
    mean, low, high = difference_interval(*nets(both=77, only_a=12, only_b=6, neither=5))
    assert mean == pytest.approx(0.06)
    middle, variance = 6 / 102, (20 / 102 - (6 / 102) ** 2) / 102
    assert (low, high) == pytest.approx(
        (middle - 1.959964 * variance**0.5, middle + 1.959964 * variance**0.5)
    )


def test_images_that_both_get_right_or_wrong_alike_narrow_the_interval_only_by_their_number():
    narrow = difference_interval(*nets(both=900, only_a=30, only_b=20, neither=50))
    assert narrow == difference_interval(*nets(both=50, only_a=30, only_b=20, neither=900))


def test_nets_that_agree_everywhere_are_not_equal_for_certain():
    mean, low, high = difference_interval(*nets(both=190, only_a=0, only_b=0, neither=10))
    assert (mean, low) == (0, -high)
    assert 0.01 < high < 0.03


def test_one_seed_of_each_setting_is_the_comparison_of_two_nets():
    a, b = nets(both=77, only_a=12, only_b=6, neither=5)
    assert mean_difference_interval(a[None], b[None]) == difference_interval(a, b)


@pytest.mark.parametrize("shape", [(2, 1), (3, 40), (10, 200)])
def test_settings_that_agree_everywhere_differ_by_nothing_within_some_width(shape):
    same = np.random.default_rng(0).random(shape) < 0.9
    mean, low, high = mean_difference_interval(same, same)
    assert (mean, low) == (0, -high)
    assert high > 0


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_swapping_the_settings_mirrors_the_interval(n_seeds, n_images, seed, accuracy):
    a, b = np.random.default_rng(seed).random((2, n_seeds, n_images)) < accuracy
    mean, low, high = mean_difference_interval(a, b)
    assert -1 <= low <= mean + 1e-12
    assert mean - 1e-12 <= high <= 1
    assert mean == pytest.approx(a.mean() - b.mean(), abs=1e-12)
    assert mean_difference_interval(b, a) == pytest.approx((-mean, -high, -low))


def test_seeds_that_disagree_about_the_difference_widen_it():
    rng = np.random.default_rng(0)
    b = rng.random((4, 2000)) < 0.85
    steady = b | (rng.random((4, 2000)) < 0.2)
    unsteady = b | (rng.random((4, 2000)) < np.array([0.0, 0.0, 0.4, 0.4])[:, None])
    widths = [high - low for _, low, high in (mean_difference_interval(a, b) for a in (steady, unsteady))]
    assert widths[1] > 4 * widths[0]


@pytest.mark.parametrize(("a", "b"), [((5,), (6,)), ((0,), (0,)), ((2, 3), (2, 3))])
def test_two_nets_need_the_same_images(a, b):
    with pytest.raises(ValueError, match=r"a and b must both have the shape \('n_images',\), but got"):
        difference_interval(np.ones(a, bool), np.ones(b, bool))


@pytest.mark.parametrize(("a", "b"), [((2, 5), (3, 5)), ((2, 0), (2, 0)), ((5,), (5,))])
def test_two_settings_need_the_same_seeds_and_images(a, b):
    with pytest.raises(ValueError, match=r"shape \('n_seeds', 'n_images'\), but got"):
        mean_difference_interval(np.ones(a, bool), np.ones(b, bool))


def test_images_needed_is_connors_number():
    # 8 % discordant, half a point: (1.960 sqrt(.08) + 0.842 sqrt(.08 - .000025))**2 / .000025
    assert images_needed(0.08, 0.005) == 25115


@pytest.mark.parametrize(("share", "effect"), [(0.2, 0.05), (0.05, 0.02)])
def test_that_many_images_show_the_effect_in_four_of_five_draws(share, effect):
    n, rng = images_needed(share, effect), np.random.default_rng(0)
    chances = [(share + effect) / 2, (share - effect) / 2, 1 - share]
    pairs = [sorted(only) for *only, _ in rng.multinomial(n, chances, 2000).tolist()]
    found = [2 * chance_of(more, fewer) <= 0.05 for fewer, more in pairs]
    assert 0.74 <= np.mean(found) <= 0.84  # the exact test is a little stricter than 5 %


@pytest.mark.parametrize(("share", "effect"), [(0.1, 0.2), (0.1, 0.0), (1.2, 0.1), (float("nan"), 0.1)])
def test_an_effect_needs_as_many_differing_images(share, effect):
    with pytest.raises(ValueError, match=r"effect must not be 0 nor above discordant_share.*but got"):
        images_needed(share, effect)


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_power_is_between_0_and_1(power):
    with pytest.raises(ValueError, match=f"power must lie between 0 and 1, but got {power}"):
        images_needed(0.1, 0.05, power)


def test_a_higher_level_widens_both_intervals_by_their_quantiles():
    a, b = nets(both=77, only_a=12, only_b=6, neither=5)
    usual, wider = difference_interval(a, b), difference_interval(a, b, level=0.99)
    assert (wider.high - wider.low) / (usual.high - usual.low) == pytest.approx(2.575829 / 1.959964)
    seeds = np.array([a, a]), np.array([b, b])
    assert mean_difference_interval(*seeds, level=0.99).low < mean_difference_interval(*seeds).low
