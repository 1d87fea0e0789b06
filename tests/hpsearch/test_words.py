"""Numbers, times and lists in words."""

import pytest

from hpsearch.words import (
    clock,
    counted,
    counted_ranges,
    duration,
    fraction,
    fractions,
    listed,
    percent,
    percents,
    share_in_words,
)


@pytest.mark.parametrize(
    ("seconds", "said", "shown"),
    [
        (0.04, "0.0 s", "0:00"),
        (9.94, "9.9 s", "0:10"),
        (9.96, "10 s", "0:10"),
        (59.4, "59 s", "0:59"),
        (59.6, "1 min 0 s", "1:00"),
        (61, "1 min 1 s", "1:01"),
        (3599.6, "1 h 0 min", "1:00:00"),
        (7330, "2 h 2 min", "2:02:10"),
        (90_000, "25 h 0 min", "25:00:00"),
    ],
)
def test_durations_are_said_in_two_units_and_clocks_run(seconds, said, shown):
    assert duration(seconds) == said
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("accuracy", "in_percent", "as_fraction"),
    [
        (0.0, "0.0", "0.000"),
        (0.9994, "99.9", "0.999"),
        (0.9996, "99.96", "0.9996"),
        (0.99996, "99.996", "0.99996"),
        (1 - 1e-6, "99.9999", "0.999999"),
        (1 - 1e-12, "100.0", "1.000"),
        (1.0, "100", "1.000"),
    ],
)
def test_what_is_below_1_is_not_shown_as_1(accuracy, in_percent, as_fraction):
    """Of 10000 images 4 wrong are no 1.000, and of a million 40 wrong no 100.00 %."""
    assert percent(accuracy) == f"{in_percent}\u00a0%"
    assert fraction(accuracy) == as_fraction


@pytest.mark.parametrize("n_images", [80, 400, 500, 2000])
def test_page_and_terminal_show_the_same_accuracy(n_images):
    """Of 400 images 385 were 0.963 in the terminal and 96.2 % on the page."""
    shown = [(fraction(n / n_images), percent(n / n_images)) for n in range(n_images)]
    apart = [pair for pair in shown if round(100 * float(pair[0]), 9) != float(pair[1].split("\u00a0")[0])]
    assert apart == []


@pytest.mark.parametrize(
    ("low", "high", "in_percent", "as_fractions"),
    [
        (0.9, 0.95, "90.0 % to 95.0 %", "0.900 to 0.950"),
        (0.93051, 0.93054, "93.051 % to 93.054 %", "0.93051 to 0.93054"),
        (0.9986, 0.9998, "99.9 % to 99.98 %", "0.999 to 0.9998"),
        (1.0, 1.0, "100 % to 100 %", "1.000 to 1.000"),
    ],
)
def test_the_ends_of_a_narrow_interval_are_told_apart(low, high, in_percent, as_fractions):
    assert percents(low, high).replace("\u00a0", " ") == in_percent
    assert fractions(low, high) == as_fractions


@pytest.mark.parametrize(("n", "said"), [(0, "0 trials"), (1, "1 trial"), (2, "2 trials")])
def test_a_noun_agrees_with_its_number(n, said):
    assert counted(n, "trial") == said


@pytest.mark.parametrize(("things", "said"), [("a", "a"), ("ab", "a and b"), ([1, 2, 3], "1, 2 and 3")])
def test_a_list_ends_with_and(things, said):
    assert listed(things) == said


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([3], "trial 3"), ([3, 4], "trials 3 to 4"), ([0, 2, 3, 4, 9], "trials 0, 2 to 4 and 9")],
)
def test_numbers_are_said_in_ranges(numbers, said):
    assert counted_ranges(numbers, "trial") == said


@pytest.mark.parametrize(
    ("n", "total", "said"),
    [
        (0, 40, "no trial"),
        (40, 40, "all trials"),
        (10, 40, "a quarter of the trials"),
        (13, 40, "about a third of the trials"),
        (36, 40, "nine tenths of the trials"),
        (22, 40, "22 of 40 trials"),
        (1, 40, "1 of 40 trials"),
        (39, 40, "39 of 40 trials"),
    ],
)
def test_shares_have_a_word_where_one_is_true(n, total, said):
    assert share_in_words(n, total, "trial") == said
