"""A search ends at the same trial whoever asks, and what is called an improvement is seldom chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binomtest

from hpsearch import hits
from hpsearch.improvement import LastImprovement, chance_of
from hpsearch.records import Cost, Epoch, TrialOutcome, TrialRecord
from hpsearch.strategies.stopping import StopSettings, ended_by, parse_settings

N_VAL = 200


def trial(number, right=None, state="complete", epochs=4, with_hits=True, n_val=N_VAL):
    """Returns a trial that got the first `right` images right; or those of an array; None: none finished."""
    if right is None:
        return TrialRecord({"x": 1.0}, {}, TrialOutcome(number, state, (), cost=Cost(epochs)))
    correct = np.arange(n_val) < right if np.ndim(right) == 0 else np.asarray(right, bool)
    curve = (Epoch(float(correct.mean()), 0.5, 1.0),)
    packed = hits.pack(correct) if with_hits else ""
    return TrialRecord({"x": 1.0}, {}, TrialOutcome(number, state, curve, cost=Cost(epochs), hits=packed))


def ends_after(settings, trials, n_turns=1):
    """Returns after how many trials the search ends; None if it does not."""
    lengths = range(len(trials) + 1)
    return next((n for n in lengths if ended_by(settings, trials[:n], N_VAL, n_turns)), None)


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_chance_of_heads_is_scipys(more, fewer):
    expected = binomtest(more, more + fewer, alternative="greater").pvalue if more + fewer else 1.0
    if more >= fewer:
        assert chance_of(more, fewer) == pytest.approx(expected, rel=1e-9)


def test_the_chance_of_many_heads_is_no_overflow():
    assert chance_of(5000, 5000) == pytest.approx(0.504, abs=1e-3)
    assert chance_of(10_000, 0) == 0.0


@pytest.mark.parametrize(
    ("settings", "ends"),
    [
        (StopSettings(), None),
        (StopSettings(epochs=9), 3),
        (StopSettings(epochs=8), 2),
        (StopSettings(value=0.77), 4),
        (StopSettings(value=0.78), None),
        (StopSettings(epochs=12, value=0.75), 2),
        (StopSettings(unimproved=3), 5),
        (StopSettings(unimproved=4), 6),
        (StopSettings(unimproved=5), None),
    ],
)
def test_a_rule_ends_the_search_after_a_trial(settings, ends):
    rights = [100, 150, 152, 154, 151, 149]  # the second is the last that is better beyond noise
    assert ends_after(settings, [trial(i, right) for i, right in enumerate(rights)]) == ends


def test_small_steps_count_when_they_add_up_to_more_than_noise():
    rights = [150, 153, 156, 159, 162, 165]
    found = LastImprovement(5, N_VAL)
    for number, right in enumerate(rights):
        found.take(trial(number, right))
        assert found.record.number == (0 if number < 3 else 3)
    assert found.n_since == 2


def test_an_accuracy_that_is_spread_over_other_images_proves_less():
    only_more = np.arange(N_VAL) < 160
    elsewhere = np.roll(only_more, 40)  # 40 images each way, and ten more
    elsewhere[:10] = True
    for correct, number in ((np.arange(N_VAL) < 170, 1), (elsewhere, 0)):
        found = LastImprovement(5, N_VAL)
        found.take(trial(0, only_more))
        found.take(trial(1, correct))
        assert found.record.number == number


def test_records_without_hits_prove_no_more_than_their_accuracies_do_at_worst():
    rights = [100, 120, 160]  # 120 against 100 of 200: 100 images each way at worst
    for with_hits, expected in ((True, 1), (False, 0)):
        found = LastImprovement(2, N_VAL)
        for number, right in enumerate(rights[:2]):
            found.take(trial(number, right, with_hits=with_hits))
        assert found.record.number == expected
    found.take(trial(2, rights[2], with_hits=False))
    assert found.record.number == 2


def test_only_complete_trials_improve_and_none_counts_before_the_first():
    lost = [trial(i, state="failed") for i in range(5)]
    begun = [trial(5, 100), trial(6, 190, "pruned"), trial(7, 190, "diverged"), trial(8, state="failed")]
    assert ends_after(StopSettings(unimproved=3), [*lost, *begun]) == 9
    assert ends_after(StopSettings(unimproved=3), lost) is None
    assert ends_after(StopSettings(value=0.9), [*lost, *begun]) is None


@pytest.mark.parametrize(
    ("settings", "ends"),
    [
        (StopSettings(value=0.8), 6),  # 0 has it after 2 trials, 1 after 6
        (StopSettings(epochs=9), 4),  # 12 epochs after 3 trials, but the turn is not over
        (StopSettings(unimproved=2), 8),
    ],
)
def test_values_in_question_end_together_when_the_rule_holds_for_each(settings, ends):
    rights = [160, 100, 160, 100, 160, 160, 160, 160]
    trials = [trial(i, right) for i, right in enumerate(rights)]
    if settings.unimproved:
        trials += [trial(8, 160), trial(9, 160)]
        ends = 10
    assert ends_after(settings, trials, n_turns=2) == ends


@pytest.mark.parametrize(
    ("settings", "rights", "n_turns", "words"),
    [
        (StopSettings(value=0.8), [150, 161], 1, "value = 0.8: the best trial has 0.805"),
        (
            StopSettings(value=0.8),
            [170, 161],
            2,
            "value = 0.8: the best trial of each value in question has at least 0.805",
        ),
        (StopSettings(epochs=7), [150, 160], 1, "epochs = 7: the trials have 8 together"),
        (
            StopSettings(unimproved=2),
            [100, 160, 150, 161],
            1,
            "unimproved = 2: no improvement beyond noise on trial 1, with 0.8, in 2 more trials",
        ),
        (
            StopSettings(unimproved=1),
            [160, 170, 150, 161],
            2,
            "unimproved = 1: no value in question improved beyond noise in its last 1 trial",
        ),
    ],
)
def test_the_reason_says_rule_and_numbers(settings, rights, n_turns, words):
    trials = [trial(i, right) for i, right in enumerate(rights)]
    assert ended_by(settings, trials[:-1], N_VAL, n_turns) == ""
    assert ended_by(settings, trials, N_VAL, n_turns) == words
    later = [trial(len(trials) + i, 199) for i in range(4)]
    assert ended_by(settings, [*trials, *later], N_VAL, n_turns) == words, "what has ended stays so"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"unimproved": 0}, r"unimproved: expected an integer from 1 to 1000000, but got 0"),
        ({"unimproved": 30.0}, "unimproved: expected an integer .*, but got 30.0"),
        ({"epochs": True}, "epochs: expected an integer .*, but got True"),
        ({"value": 1.5}, "value: expected a number from 0 to 1, but got 1.5"),
        ({"vlaue": 0.5}, "vlaue: unknown key; expected one of value, .*"),
    ],
)
def test_a_wrong_rule_is_named(section, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        parse_settings(section)


def draws(rng, n_trials, n_val, accuracy, gain=0.0):
    """Returns hits of nets that find the same images hard; the last trial is better by `gain`."""
    hard = rng.standard_normal(n_val)
    levels = np.full(n_trials, accuracy)
    levels[-1] += gain
    own = rng.standard_normal((n_trials, n_val))
    return np.sqrt(0.6) * hard + np.sqrt(0.4) * own < ndtri(levels)[:, None]


@pytest.mark.parametrize(("n_val", "accuracy"), [(200, 0.9), (1000, 0.5), (1000, 0.99)])
def test_trials_that_are_equally_good_improve_beyond_noise_in_at_most_5_percent(n_val, accuracy):
    rng, n_draws, improved = np.random.default_rng(0), 100, 0
    for _ in range(n_draws):
        found = LastImprovement(30, n_val)
        for number, correct in enumerate(draws(rng, 31, n_val, accuracy)):
            found.take(trial(number, correct, n_val=n_val))
        improved += found.n_since < 30
    assert improved / n_draws <= 0.05 + 0.04  # two standard errors


def test_a_gain_of_several_standard_errors_is_an_improvement():
    rng, noticed = np.random.default_rng(1), 0
    for _ in range(50):
        found = LastImprovement(30, 1000)
        for number, correct in enumerate(draws(rng, 2, 1000, 0.9, gain=0.06)):
            found.take(trial(number, correct, n_val=1000))
        noticed += found.record.number == 1
    assert noticed >= 47
