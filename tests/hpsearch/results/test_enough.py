"""Was it enough? What is said of a search's length is true of trials whose hits are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from hpsearch.hits import pack
from hpsearch.improvement import LastImprovement, chance_of
from hpsearch.records import Epoch, TrialOutcome, TrialRecord
from hpsearch.results import enough
from hpsearch.results.enough import curve_of, gain_beyond_noise, judge
from hpsearch.results.tables import trials_frame
from hpsearch.results.tuning_curve import tuning_curve
from hpsearch.strategies.stopping import StopSettings, ended_by

N_VAL = 500
SPELLED = "{:.3f}".format


def trials_of(values, states=None):
    """Returns trials with these values, complete if not said otherwise."""
    states = ["complete"] * len(values) if states is None else states
    return pd.DataFrame({"number": range(len(values)), "state": states, "value": values})


def trial(number, right, state="complete", with_hits=True):
    """Returns a trial that got the first `right` images right."""
    hits = np.arange(N_VAL) < right
    packed = pack(hits) if with_hits else ""
    return TrialRecord({}, {}, TrialOutcome(number, state, (Epoch(right / N_VAL, 0.9, 0.1),), hits=packed))


def judged(study, *rights, states=None, with_hits=True):
    states = ["complete"] * len(rights) if states is None else states
    ends = zip(rights, states, strict=True)
    records = [trial(i, right, state, with_hits) for i, (right, state) in enumerate(ends)]
    return judge_of(study, records)


def judge_of(study, records, near=None):
    """Returns what is judged of records of which these are within noise of the best, all if None."""
    near = [True] * len(records) if near is None else [record.number in near for record in records]
    return judge(study, records, trials_frame(records, ()), N_VAL, pd.Series(near), {})


def test_the_last_improvement_and_what_came_after_it_are_told(make_study):
    found = judged(make_study(), 400, 440, 441, 442, 443, 430)
    assert (found.last, found.is_first, found.n_since, found.n_errors) == (1, False, 4, 60)
    improvement, mark = found.sentences(SPELLED)
    assert improvement == "The last improvement beyond noise is trial 1 (0.880); 4 trials came after it."
    assert mark == (
        "To improve on it a trial would have had to reach about 0.900, beyond the luck of 30 trials;"
        " the best of the last trials reached 0.886."
    )


def test_the_last_improvement_is_that_of_the_rule_that_ends_the_search(make_study):
    """6 images more are an improvement to one who looks at 1 trial at a time, not at 30."""
    rights = (440, 446, 440, 440, 440)
    assert judged(make_study(), *rights).last == 0
    told = judged(make_study(stop__unimproved=3), *rights)
    reason = ended_by(StopSettings(unimproved=3), [trial(i, right) for i, right in enumerate(rights)], N_VAL)
    assert reason.startswith(f"unimproved = 3: no improvement beyond noise on trial {told.last}, ")
    assert told.needed == pytest.approx((446 + gain_beyond_noise(54, 6, 3)) / N_VAL)
    assert "beyond the luck of 3 trials" in told.sentences(SPELLED)[1]


def test_a_first_trial_that_nothing_improved_on_is_told(make_study):
    told = judged(make_study(), 440, 441, 442, 443, 442).sentences(SPELLED)
    assert told[0] == (
        "Nothing improved beyond noise on the first complete one, trial 0 (0.880); 4 trials came after it."
    )


def test_beside_the_advice_it_is_not_said_again_that_nothing_improved(make_study):
    (mark,) = judged(make_study(), 400, 440, 441, 442, 443, 430).beyond_advice(SPELLED)
    assert mark == (
        "To improve on trial 1 (0.880), the last improvement beyond noise, a trial would have had to reach"
        " about 0.900, beyond the luck of 30 trials; the best of the last trials reached 0.886."
    )
    (mark,) = judged(make_study(), 499, 499, 499, 499, 499).beyond_advice(SPELLED)
    assert mark.startswith("Trial 0 (0.998), the first complete one, has 1 error on 500 images: even one")
    assert judged(make_study(), 400, 401, 402, 403, 440).beyond_advice(SPELLED) == []


def test_a_search_whose_last_trial_improved_is_not_over(make_study):
    told = judged(make_study(), 400, 401, 402, 403, 440).sentences(SPELLED)
    assert told == ["The last trial, trial 4 (0.880), is still an improvement beyond noise."]


def test_it_is_the_improvement_that_stop_asks_for(make_study):
    rights = np.random.default_rng(0).integers(300, 480, 40)
    improvement = LastImprovement(30, N_VAL)
    for number, right in enumerate(rights):
        improvement.take(trial(number, right))
    found = judged(make_study(), *rights)
    assert (found.last, found.n_since) == (improvement.record.number, improvement.n_since)


@pytest.mark.parametrize("n_apart", [0, 6, 20])
def test_the_mark_is_the_first_gain_that_mcnemars_test_calls_better(n_apart):
    gain = gain_beyond_noise(60, n_apart)

    def chance(gained):
        only_other = max(n_apart - gained, 0) // 2
        return binomtest(only_other, 2 * only_other + gained, alternative="less").pvalue

    assert chance(gain) <= 0.05 / 30 < chance(gain - 1)


def test_no_trial_can_gain_more_images_than_there_are_errors():
    assert gain_beyond_noise(9, 0) is None
    assert gain_beyond_noise(10, 0) == 10


def test_the_mark_is_found_by_a_few_looks_however_many_images_there_are(monkeypatch):
    """Each look counts coins one by one: with 100000 images a look a gain took minutes."""
    looks = []

    def counted(more, fewer):
        looks.append(more)
        return chance_of(more, fewer)

    monkeypatch.setattr(enough, "chance_of", counted)
    gain = gain_beyond_noise(3000, 3000)
    assert chance_of((3000 + gain) // 2, (3000 - gain) // 2) <= 0.05 / 30
    assert len(looks) < 20


def test_few_errors_cannot_be_improved_on_and_more_trials_do_not_help(make_study):
    found = judged(make_study(), *[496] + [491] * 39)
    assert found.needed is None
    assert found.sentences(SPELLED)[1] == (
        "It has 4 errors on 500 images: even one without any would be within noise of it, so that only more"
        " validation images could tell more."
    )


def test_what_has_no_error_is_not_compared_with_one_without_any(make_study):
    mark = judged(make_study(), *[N_VAL] * 6).sentences(SPELLED)[1]
    assert mark == "It has no error on 500 images, so that only more validation images could tell more."


FOUR_ERRORS = [trial(number, right) for number, right in enumerate([496, 491, 498, 499, 499, 491])]


def test_what_one_against_one_cannot_tell_all_together_may(make_study):
    """A first trial was called within noise of any other on the page that kept it off the list of those."""
    found = judge_of(make_study(), FOUR_ERRORS, near={2, 3, 4})
    assert (found.last, found.n_since, found.n_settled) == (0, 5, 3)
    improvement, mark, together = found.sentences(SPELLED)
    assert improvement.startswith(
        "No single trial improved beyond noise on the first complete one, trial 0 ("
    )
    assert mark == (
        "It has 4 errors on 500 images: taken alone, even one without any would be within noise of it."
    )
    assert together == (
        "All trials together tell more: trial 0 is not within noise of the best. The earliest that is, is"
        " trial 2 (0.996); 3 trials came after that."
    )
    assert found.beyond_advice(SPELLED)[1] == together
    alone = judge_of(make_study(), FOUR_ERRORS, near={3})
    assert alone.sentences(SPELLED)[2].endswith(
        "trial 0 is not within noise of the best, trial 3 (0.998); 2 trials came after that."
    )


@pytest.mark.parametrize("near", [{0, 3, 4}, {0}])
def test_one_that_may_be_the_best_itself_is_compared_alone(make_study, near):
    found = judge_of(make_study(), FOUR_ERRORS, near=near)
    assert found.earliest is None
    assert found.n_settled == found.n_since == 5


def test_an_improvement_that_is_not_among_the_best_is_one_by_a_single_trial(make_study):
    records = [trial(number, right) for number, right in enumerate([400, 440, 441, 443, 442, 430])]
    improvement, mark, _ = judge_of(make_study(), records, near={3, 4}).sentences(SPELLED)
    assert improvement.startswith("The last improvement by a single trial beyond noise is trial 1 (0.880);")
    assert mark.startswith("To improve on it a trial alone would have had to reach about 0.900, beyond")


def test_last_trials_that_were_all_pruned_reached_nothing(make_study):
    found = judged(
        make_study(), *[440, 430, 430, 430, 430] + [420] * 40, states=["complete"] * 5 + ["pruned"] * 40
    )
    assert found.reached is None
    assert (
        found.sentences(SPELLED)[1]
        == "To improve on it a trial would have had to reach about 0.900, beyond the luck of 30 trials."
    )


def test_the_last_trials_are_as_many_where_some_went_on_as_later_ones(make_study):
    """Of 40 trials with numbers up to 79 the last 70 numbers, not the last 30 trials, were looked at."""
    rights = [440, *[450] * 5, *[430] * 34]
    records = [trial(2 * place, right) for place, right in enumerate(rights)]
    assert judge_of(make_study(), records, near={0, 2}).reached == 430 / N_VAL


def test_what_was_reached_was_not_enough(make_study):
    """In records without hits the worst case decides, which a trial far above may not pass."""
    found = judged(make_study(), 300, 300, 300, 300, 330, with_hits=False)
    assert found.reached == 0.66
    assert found.needed > 0.66


def test_a_trial_that_got_more_right_on_quite_other_images_was_not_enough_either(make_study):
    """It differs from the best on 105 images, the others on hardly any: 10 more would be enough for them."""
    other = np.arange(N_VAL) >= 45
    other[495:] = False
    records = [trial(i, 440) for i in range(5)]
    outcome = TrialOutcome(5, "complete", (Epoch(450 / N_VAL, 0.9, 0.1),), hits=pack(other))
    records.append(TrialRecord({}, {}, outcome))
    found = judge_of(make_study(), records)
    assert (found.last, found.reached) == (0, 450 / N_VAL)
    assert 440 + gain_beyond_noise(60, 0) == 450
    assert found.needed == 451 / N_VAL


def test_what_was_not_enough_is_not_shown_as_what_would_have_been(make_study):
    """With many images a few more are the same number of percent."""
    (_, mark) = judged(make_study(), 300, 300, 300, 300, 330, with_hits=False).sentences("{:.1f}".format)
    assert mark.endswith(
        "about 0.7, beyond the luck of 30 trials; the best of the last trials got 26 images fewer right."
    )


def test_little_is_not_judged(make_study):
    assert judged(make_study(), 400, 401, 402, 403, 404, states=["complete"] * 4 + ["pruned"]) is None
    assert judged(make_study()) is None


VALUES = [number / 100 for number in range(60, 84)]


@pytest.mark.parametrize("sampler", ["random", "qmc"])
def test_trials_that_are_drawn_alike_have_a_tuning_curve(make_study, sampler):
    curve = curve_of(make_study(sampler__name=sampler), trials_of(VALUES), {})
    pd.testing.assert_frame_equal(curve, tuning_curve(np.array(VALUES)))


def test_what_diverged_or_failed_is_worth_nothing(make_study):
    states = ["complete"] * 22 + ["diverged", "failed"]
    curve = curve_of(
        make_study(sampler__name="random"), trials_of([*VALUES[:22], 0.99, float("nan")], states), {}
    )
    assert curve["estimate"].iloc[-1] == VALUES[21]


def test_a_pruned_trial_may_have_come_to_anything(make_study):
    states = ["complete", "pruned"] * 12
    curve = curve_of(make_study(sampler__name="random"), trials_of(VALUES, states), {})
    at_least, at_most = (
        tuning_curve(np.where(np.array(states) == "pruned", end, VALUES)) for end in (VALUES, 1.0)
    )
    assert curve["low"].equals(at_least["low"])
    assert curve["estimate"].equals(at_least["estimate"])
    assert curve["high"].equals(at_most["high"])


def test_trials_given_by_hand_are_not_drawn(make_study):
    study = replace(make_study(sampler__name="random"), enqueued=({}, {}))
    curve = curve_of(study, trials_of([1.0, 1.0, *VALUES]), {})
    assert (len(curve), curve["estimate"].iloc[-1]) == (24, 0.83)


def test_trials_given_by_hand_are_not_drawn_by_whatever_number_they_went_on(make_study):
    """Trials 0, 1 and 3 were: 0 went on as 2 before 3 was asked for, then as 10; 3 went on as 7."""
    study = replace(make_study(sampler__name="random"), enqueued=({}, {}, {}))
    trials = trials_of([0.6, *VALUES, 1.0, 1.0]).assign(number=[1, *range(11, 35), 7, 10])
    curve = curve_of(study, trials, {10: (0, 2), 7: (3,)})
    assert (len(curve), curve["estimate"].iloc[-1]) == (24, 0.83)


@pytest.mark.parametrize("sampler", ["tpe", "grid"])
def test_trials_that_learn_or_come_in_turn_have_none(make_study, sampler):
    space = {"learning_rate": {"choices": [0.1, 0.2]}} if sampler == "grid" else {}
    study = make_study(sampler__name=sampler, **{f"space__{key}": value for key, value in space.items()})
    assert curve_of(study, trials_of(VALUES), {}) is None
    assert curve_of(make_study(sampler__name="random"), trials_of(VALUES[:19]), {}) is None


def test_the_last_doublings_of_a_random_search_are_told(make_study):
    rights = np.random.default_rng(0).integers(250, 450, 40)
    found = judged(make_study(sampler__name="random"), *rights)
    quarter, half, whole = found.curve.set_index("n").loc[[10, 20, 40], "estimate"]
    assert found.sentences(SPELLED)[-1] == (
        f"By estimate half of such searches reach {quarter:.3f} with 10 trials, {half:.3f} with 20 and"
        f" {whole:.3f} with 40 (at least {found.curve['low'].iloc[-1]:.3f}, 95 % certain): the last doubling"
        f" brought {round(100 * whole, 1) - round(100 * half, 1):.1f} points."
    )
