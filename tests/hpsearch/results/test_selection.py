"""What is luck in the winner is found, and nothing else is taken for luck."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.results import selection
from hpsearch.results.selection import Winner, corrected_winner
from hpsearch.results.stats import wilson_interval


def find(correct, n_samples=200):
    return corrected_winner(correct, np.random.default_rng(0), n_samples)


def draw(seed, n_candidates, n_images, accuracy=0.9):
    return np.random.default_rng(seed).random((n_candidates, n_images)) < accuracy


def test_one_candidate_is_not_chosen_and_has_no_luck():
    correct = draw(0, 1, 500)
    value = correct.mean()
    assert find(correct) == Winner(0, value, value, wilson_interval(value, 500), 0.0)


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 50), (30, 500)])
@pytest.mark.parametrize("right", [True, False])
def test_equal_candidates_leave_no_choice(shape, right):
    found = find(np.full(shape, right))
    assert (found.candidate, found.value, found.luck) == (0, float(right), 0)
    assert found.corrected_interval == wilson_interval(float(right), shape[1])


def test_winner_is_the_first_of_equals():
    correct = np.ones((3, 10), bool)
    correct[0, 0] = False
    assert find(correct).candidate == 1


def test_few_samples_at_once_say_the_same_as_all(monkeypatch):
    """A thousand samples of a million images would be 4 GB."""
    correct = draw(4, 12, 300)
    expected = find(correct)
    monkeypatch.setattr(selection, "MOST_COUNTS", 2000)
    assert find(correct) == expected


def test_clear_winner_has_no_luck():
    correct = np.concatenate([draw(0, 20, 1000, 0.6), draw(1, 1, 1000, 0.9)])
    found = find(correct)
    assert (found.candidate, found.luck) == (20, 0)


def test_many_equal_nets_owe_their_lead_to_luck():
    found = find(draw(0, 100, 500))
    assert found.value > 0.93
    assert found.corrected_accuracy == pytest.approx(0.9, abs=0.015)
    assert found.luck == found.value - found.corrected_accuracy


def test_candidates_that_cannot_be_chosen_change_nothing():
    near, far = draw(0, 30, 1000), draw(1, 30, 1000, 0.3)
    assert find(np.concatenate([near, far])) == find(near)


@settings(max_examples=50)
@given(st.integers(1, 12), st.integers(1, 40), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_correction_is_sane_for_any_hits(n_candidates, n_images, seed, accuracy):
    correct = draw(seed, n_candidates, n_images, accuracy)
    candidate, value, corrected, (low, high), luck, unsure, _ = found = find(correct, 20)
    means = correct.mean(axis=1)
    assert candidate == means.argmax()
    assert value == means.max()
    assert 0 <= low <= corrected <= high <= 1
    assert 0 <= luck <= value
    assert unsure >= 0
    less = found.without_pruners_luck(0.1, n_images)
    assert 0 <= less.corrected_interval.low <= less.corrected_accuracy <= less.corrected_interval.high <= 1
    assert less.corrected_accuracy == pytest.approx(max(corrected - 0.1, 0))
    assert less.value - less.corrected_accuracy == less.luck
    assert found.without_pruners_luck(None, n_images) == found._replace(of_pruning=None)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (5,)])
def test_no_candidate_and_no_image_are_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(n_candidates, n_images\), but got"):
        find(np.ones(shape, bool))


@pytest.mark.parametrize("n_images", [50, 100, 500])
def test_nets_that_name_one_class_each_are_worth_what_they_have_where_each_class_has_its_share(n_images):
    """The images that a sample of all leaves out lack the class of which it has too many."""
    classes = np.random.default_rng(0).permutation(np.arange(n_images) % 10)
    correct = np.arange(10)[:, None] == classes
    found = corrected_winner(correct, np.random.default_rng(0), 200, classes)
    assert (found.value, found.luck) == (0.1, pytest.approx(0, abs=1e-12))
    assert find(correct).luck > 0.01


def test_luck_within_classes_is_found_where_each_class_has_its_share():
    classes = np.arange(500) % 10
    found = corrected_winner(draw(0, 100, 500), np.random.default_rng(0), 200, classes)
    assert found.value > 0.93
    assert found.corrected_accuracy == pytest.approx(0.9, abs=0.015)
