"""Seeds that did not learn are counted, and what others leave open holds for the one that is taken."""

import numpy as np
import pandas as pd
import pytest

from hpsearch.results.failing import n_unlearned, share_left_open, unlearned_in_words


def seeds(*accuracies):
    return np.arange(200) < 200 * np.array(accuracies)[:, None]


@pytest.mark.parametrize(
    ("right", "searched", "chance", "n"),
    [
        (seeds(0.98, 0.1, 0.97), 0.98, 0.1, 1),
        (seeds(0.98, 0.53, 0.55), 0.98, 0.1, 1),
        (seeds(0.98, 0.0), 0.98, 0.1, 1),  # it diverged
        (seeds(0.98, 0.9, 0.85), 0.98, 0.1, 0),
        (seeds(0.98, 0.75), 0.98, 0.6, 1),  # of two classes
        (seeds(0.98, 0.93), 0.98, 0.9, 0),  # nets that learned nothing reach as much on so few images
        (seeds(0.13, 0.10), 0.13, 0.1, 0),  # none learned, in the search neither
    ],
)
def test_a_seed_counts_that_got_less_than_half_of_the_way_from_chance(right, searched, chance, n):
    assert n_unlearned(right, searched, chance) == n


@pytest.mark.parametrize(("n_settings", "n_seeds"), [(1, 5), (5, 5), (5, 8)])
def test_what_is_left_open_is_rarely_less_than_the_truth_of_the_best_of_several(n_settings, n_seeds):
    rng, left_open = np.random.default_rng(0), share_left_open(n_seeds, n_settings)
    for share in (left_open + 0.01, left_open + 0.1):
        fails = rng.random((4000, n_settings, n_seeds)) < share
        assert (~fails.any(axis=2)).any(axis=1).mean() < 0.05
    assert share_left_open(100, 1) == pytest.approx(3 / 100, abs=0.001)  # the rule of three


def race(*unlearned, taken):
    numbers = [4, 13, 9][: len(unlearned)]
    rows = {"number": numbers, "n_seeds": 5, "unlearned": unlearned, "taken": [n == taken for n in numbers]}
    return pd.DataFrame(rows)


def test_nothing_is_said_where_all_learned():
    assert unlearned_in_words(race(0, 0, 0, taken=13)) == ""
    assert unlearned_in_words(race(0, taken=0)) == ""


def test_good_seeds_of_the_one_that_is_taken_leave_failures_open_where_others_had_some():
    assert unlearned_in_words(race(2, 0, 1, taken=13)).replace("\u00a0", " ") == (
        "3 of 15 nets did not learn (2 of trial 4 and 1 of trial 9). All 5 of trial 13 did, which leaves open"
        " that up to 56 % of its seeds fail."
    )


def test_mean_and_interval_count_the_seeds_that_failed():
    assert unlearned_in_words(race(1, taken=4)) == (
        "1 of 5 nets did not learn (1 of trial 4); mean and interval of trial 4 count its own in."
    )
