"""An answer claims an effect only where neither seeds and images nor the luck of tuning explain it."""

import importlib.util
import math
import re
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hpsearch.results.answered import answer_table, sentences
from hpsearch.results.paired import mean_difference_interval
from hpsearch.results.question import (
    BETTER,
    LUCK_OF_TUNING,
    MARKS,
    OPEN,
    Answer,
    Comparison,
    Tuned,
    answer,
    mark,
    tuned_of,
)
from hpsearch.results.stats import MeanInterval
from hpsearch.results.tuning_luck import best_run, luck_of_tuning

TIGHT = np.linspace(0.90, 0.901, 30)  # trials that leave little to the luck of tuning
WIDE = np.linspace(0.2, 0.95, 30)


def right(n_seeds, n_images, n_wrong, first=0):
    """Returns what a setting gets right: each seed the same n_wrong images wrong, from image `first` on."""
    hits = np.ones((n_seeds, n_images), bool)
    hits[:, first : first + n_wrong] = False
    return hits


def ask(better, worse, scores=TIGHT, learns=False):
    """Returns what is asked and the answer of two values with these hits."""
    tuned = [Tuned("none", scores, worse), Tuned("batchnorm", scores, better)]
    return tuned, answer(tuned, learns=learns, n_val=400)


@pytest.mark.parametrize(("n", "n_other"), [(5, 5), (6, 3), (4, 7), (7, 7)])
def test_a_run_of_the_best_trials_is_as_long_as_counting_all_orders_tells(n, n_other):
    orders = [set(places) for places in combinations(range(n + n_other), n)]
    share = {run: np.mean([places >= set(range(run)) for places in orders]) for run in range(n + 1)}
    expected = next((run for run in share if share[run] <= 0.025), n + 1)
    run = best_run(n, n_other)
    assert math.ceil(run) == expected
    if expected <= n:
        between = share[expected - 1] ** (expected - run) * share[expected] ** (run - expected + 1)
        assert between == pytest.approx(0.025)


@pytest.mark.parametrize(("n", "expected"), [(0, 1), (3, 4), (17, 5), (50, 6), (5000, 6)])
def test_many_trials_need_a_run_of_six_and_three_show_nothing(n, expected):
    assert math.ceil(best_run(n, n)) == expected


def test_luck_reaches_to_the_end_of_the_run_and_with_a_sampler_that_learns_over_most_trials():
    scores = np.arange(40)[::-1] / 100
    other = scores / 2
    luck = luck_of_tuning(scores, other, 0.0, learns=False)
    run = (best_run(40, 40) - 1) / 100
    assert 0.04 < run < 0.05
    assert (luck.lifted, luck.held_back, luck.chosen) == pytest.approx((run, run / 2, 0))
    assert luck_of_tuning(scores, other, 0.0, learns=True).lifted == pytest.approx(0.23)
    assert luck_of_tuning(scores[:3], other[:3], 0.0, learns=False).lifted == math.inf


@pytest.mark.parametrize("n_more", [40, 80, 980])
def test_any_number_of_trials_at_the_same_top_says_nothing_of_other_tops(n_more):
    elsewhere = np.linspace(0.5, 0.9, 20)
    scores = np.r_[np.linspace(0.96, 0.97, n_more), elsewhere]
    assert luck_of_tuning(scores, scores, 0.0, learns=True).lifted == pytest.approx(0.01)


@pytest.mark.parametrize("deviation", [0.5, 1.0, 3.0])
def test_luck_of_the_choice_is_how_far_winners_are_from_what_their_scores_say(deviation):
    rng = np.random.default_rng(0)
    error, draws, n = 0.01**2, 2000, 30
    worth = deviation * 0.01 * rng.standard_normal((draws, 2, n))
    scores = worth + 0.01 * rng.standard_normal(worth.shape)
    best = scores.argmax(axis=2)[..., None]
    won, reached = (np.take_along_axis(table, best, axis=2)[..., 0] for table in (worth, scores))
    share = deviation**2 / (deviation**2 + 1)
    true = np.var(won[:, 0] - won[:, 1] - share * (reached[:, 0] - reached[:, 1]))
    told = [(luck_of_tuning(a, b, error, learns=False).chosen / 1.96) ** 2 for a, b in scores]
    assert 0.8 <= np.mean(told) / true <= 1.25


def test_where_trials_are_no_further_apart_than_trainings_the_choice_brings_no_luck():
    rng = np.random.default_rng(0)
    lucks = [
        luck_of_tuning(*rng.standard_normal((2, 30)), error, learns=False).chosen
        for error in (1.0, 4.0)
        for _ in range(100)
    ]
    assert np.median(lucks[:100]) < 0.5 * 1.96 * math.sqrt(2)
    assert np.max(lucks[100:]) < 1.96 * 2 * math.sqrt(2) / 2
    assert np.median(lucks[100:]) == 0
    assert luck_of_tuning(np.ones(30), np.ones(30), 1.0, learns=False).chosen == 0


def test_an_effect_beyond_seeds_images_and_tuning_is_better():
    _, found = ask(right(5, 1000, 50), right(5, 1000, 100))
    (one,) = found.comparisons
    assert (found.best, one.value, one.verdict) == ("batchnorm", "none", BETTER)
    assert one.settings.mean == pytest.approx(0.05)
    assert one.tuned.low < one.settings.low
    assert one.tuned.high > one.settings.high


def test_two_settings_that_differ_do_not_show_that_the_values_do():
    _, found = ask(right(5, 1000, 50), right(5, 1000, 100), scores=WIDE)
    assert found.comparisons[0].settings.low > 0
    assert found.comparisons[0].tuned.low < 0
    assert found.comparisons[0].verdict == LUCK_OF_TUNING


def test_settings_whose_seeds_differ_were_chosen_by_luck_too():
    alike, differing = right(5, 1000, 60), np.concatenate([right(1, 1000, n) for n in (40, 50, 60, 70, 80)])
    worse, scores = right(5, 1000, 110), np.linspace(0.5, 0.95, 30)
    sure, unsure = (ask(better, worse, scores)[1].comparisons[0] for better in (alike, differing))
    error = differing.mean(axis=1).var(ddof=1) * 1000 / 400 / 2
    chosen = luck_of_tuning(scores, scores, error, learns=False).chosen
    assert chosen > 0.5 * 1.96 * np.sqrt(2 * error)
    for end in ("low", "high"):
        tuned, settings = (
            getattr(interval, end) - unsure.settings.mean for interval in (unsure.tuned, unsure.settings)
        )
        drawn = (
            getattr(sure.tuned, end) - sure.settings.mean,
            getattr(sure.settings, end) - sure.settings.mean,
        )
        assert tuned**2 - settings**2 == pytest.approx(drawn[0] ** 2 - drawn[1] ** 2 + chosen**2)


def test_trials_of_a_sampler_that_learns_count_for_fewer():
    hits = right(5, 1000, 50), right(5, 1000, 100)
    crowded = np.r_[np.linspace(0.9, 0.901, 10), np.linspace(0.5, 0.8, 20)]
    assert ask(*hits, crowded, learns=False)[1].comparisons[0].verdict == BETTER
    assert ask(*hits, crowded, learns=True)[1].comparisons[0].verdict == LUCK_OF_TUNING


def test_settings_that_differ_on_few_images_leave_it_open_and_say_how_many_would_do():
    _, found = ask(right(3, 500, 20, first=5), right(3, 500, 22))
    (one,) = found.comparisons
    assert one.verdict == OPEN
    assert one.images > 500


def test_nets_that_nearly_always_agree_need_no_number_of_images():
    _, found = ask(right(3, 500, 20), right(3, 500, 20))
    assert found.comparisons[0].images is None
    assert found.best == "none"  # the first of equals


def test_three_values_share_the_error():
    tuned = [Tuned(value, TIGHT, right(3, 400, wrong)) for value, wrong in (("a", 40), ("b", 20), ("c", 30))]
    found = answer(tuned, learns=False, n_val=400)
    assert [one.value for one in found.comparisons] == ["a", "c"]
    expected = mean_difference_interval(tuned[1].right, tuned[0].right, 1 - 0.05 / 3)
    assert found.comparisons[0].settings == expected
    assert expected.low < mean_difference_interval(tuned[1].right, tuned[0].right).low


def test_an_answer_needs_two_values_and_two_seeds():
    one = Tuned("a", TIGHT, right(3, 100, 5))
    with pytest.raises(ValueError, match="at least two values, but got 1"):
        answer([one], learns=False, n_val=400)
    with pytest.raises(ValueError, match="at least 2 fresh seeds, but got 1"):
        answer([Tuned("a", TIGHT, right(1, 100, 5))] * 2, learns=False, n_val=400)
    with pytest.raises(ValueError, match="must both have the shape"):
        answer([one, Tuned("b", TIGHT, right(3, 99, 5))], learns=False, n_val=400)


@pytest.fixture
def trials():
    """Returns a search of six trials in turns of two values."""
    return pd.DataFrame(
        {
            "number": range(6),
            "state": ["complete", "complete", "diverged", "pruned", "failed", "complete"],
            "value": [0.9, 0.95, 0.8, 0.5, np.nan, 0.97],
            "epochs": [10, 10, 3, 2, 0, 10],
            "params.normalization": ["none", "batchnorm"] * 3,
        }
    )


def test_trials_without_a_usable_end_count_as_nothing_reached(trials):
    assert tuned_of(trials, "normalization", "none", right(2, 5, 0)).scores.tolist() == [0.9, 0, 0]
    assert tuned_of(trials, "normalization", "batchnorm", right(2, 5, 0)).scores.tolist() == [0.95, 0.5, 0.97]


def test_mark_is_what_half_of_all_trials_reached_whosever_they_are(trials):
    tuned = [tuned_of(trials, "normalization", value, right(2, 5, 0)) for value in ("none", "batchnorm")]
    assert mark(tuned, 0.0) == 0.9
    assert [mark([Tuned("a", np.array([score]), right(2, 5, 0))], 0.0) for score in MARKS] == list(MARKS)


@pytest.mark.parametrize(
    ("scores", "level"),
    [
        ([0.1, 0.12, 0.11, 0.97], 0.2),  # half of them reached 10 %, which is chance
        ([0.1, 0.3, 0.31, 0.97], 0.3),
        ([0.1, 0.12, 0.11, 0.14], None),
        ([0.0], None),
    ],
)
def test_mark_is_above_what_nets_reach_that_learned_nothing(scores, level):
    assert mark([Tuned("a", np.array(scores), right(2, 5, 0))], 0.15) == level


def test_table_has_a_row_a_value_with_what_it_needed(trials):
    values = ("none", "batchnorm")
    found = answer(
        [
            tuned_of(trials, "normalization", v, right(2, 100, w))
            for v, w in zip(values, (12, 4), strict=True)
        ],
        learns=False,
        n_val=400,
    )
    table = answer_table(found, "normalization", trials)
    assert table["value"].tolist() == [*values]
    counts = ["trials", "complete", "pruned", "diverged", "failed", "epochs"]
    assert table[counts].to_numpy().tolist() == [[3, 1, 0, 1, 1, 13], [3, 2, 1, 0, 0, 22]]
    assert table["searched"].tolist() == [0.9, 0.97]
    assert table["mean"].tolist() == [0.88, 0.96]


def say(tuned, found, parameter="normalization", set_aside=True):
    return sentences(found, parameter, tuned, set_aside=set_aside, by_chance=0.15)


def test_sentence_of_an_effect_has_its_interval_and_what_each_value_needed():
    first, measured = say(*ask(right(5, 1000, 50), right(5, 1000, 100)))
    assert first == (
        "batchnorm is ahead of no normalization by 5.0 points [3.6, 6.4] once tuned; 90\u00a0% validation"
        " accuracy was reached by all trials with each value of normalization."
    )
    assert measured == (
        "Measured with each value's best setting on 5 fresh seeds and 1000 images that chose nothing; in"
        " brackets 95 % intervals."
    )


def test_sentence_of_what_tuning_may_explain_tells_both_intervals():
    told = say(*ask(right(5, 1000, 50), right(5, 1000, 100), scores=WIDE))
    assert told[0].startswith(
        "batchnorm is ahead of no normalization by 5.0 points [3.6, 6.4] in their best settings, but that"
        " may be the luck of tuning alone (with it [-5.6, 15.6]); "
    )


def test_several_that_are_behind_by_luck_perhaps_are_told_of_together():
    means = [MeanInterval(lead, lead - 0.01, lead + 0.01) for lead in (0.02, 0.03, 0.04)]
    with_luck = [
        MeanInterval(mean.mean, low, 0.1) for mean, low in zip(means, (-0.01, -1.0, -0.02), strict=True)
    ]
    behind = tuple(map(Comparison, "bcd", means, with_luck, [None] * 3))
    found = Answer("a", tuple("abcd"), (), behind, 3, 400, learns=False)
    assert say([Tuned("a", TIGHT, right(2, 400, 8))] * 4, found, "x")[0] == (
        "a is ahead of b by 2.0 points [1.0, 3.0] and of d by 4.0 points [3.0, 5.0] in their best settings,"
        " but that may be the luck of tuning alone (with it [-1.0, 10.0] and [-2.0, 10.0]); a is ahead of c"
        " by 3.0 points [2.0, 4.0] in their best settings, but that may be the luck of tuning alone (the"
        " trials are too few to tell)."
    )


def test_sentence_of_a_sampler_that_learns_tells_no_interval_that_says_nothing():
    told = say(*ask(right(5, 1000, 50), right(5, 1000, 100), scores=WIDE, learns=True))
    assert (
        "alone (trials of a grid or of a sampler that learns hardly tell; random ones tell more); " in told[0]
    )


def test_sentence_of_too_few_trials_names_no_interval():
    told = say(*ask(right(5, 1000, 50), right(5, 1000, 100), scores=WIDE[:3]))
    assert "but that may be the luck of tuning alone (the trials are too few to tell); " in told[0]


def test_sentence_of_no_difference_says_what_could_have_shown_one():
    tuned, found = ask(right(3, 500, 20, first=5), right(3, 500, 22))
    needed = found.comparisons[0].images
    told = re.fullmatch(
        r"500 images and 3 seeds show no difference between batchnorm and reg none \(\+0.4 points"
        r" \[-0.8, 1.6\]\): about (\d+) images would be needed to see half a point between two nets; .*",
        say(tuned, found, "reg")[0].replace("no reg", "reg none"),
    )
    assert int(told[1]) == pytest.approx(needed, rel=0.05)


def test_values_of_a_number_have_its_name():
    tuned = [Tuned(value, TIGHT, right(2, 400, 8)) for value in (0.1, 0.01)]
    told = say(tuned, answer(tuned, learns=False, n_val=400), "reg")
    assert told[0].startswith(
        "400 images and 2 seeds show no difference between reg 0.1 and reg 0.01 (+0.0 points "
    )


def test_images_that_chose_are_said_to_have():
    tuned, found = ask(right(5, 1000, 50), right(5, 1000, 100))
    assert (
        "1000 validation images, which also chose the settings; in" in say(tuned, found, set_aside=False)[-1]
    )


def test_several_comparisons_are_one_sentence_and_hold_together():
    wrong = {"a": 40, "b": 10, "c": 60, "d": 11}
    tuned = [Tuned(value, TIGHT, right(3, 400, n)) for value, n in wrong.items()]
    first, reached, measured = say(tuned, answer(tuned, learns=False, n_val=400), "x")
    assert re.match(
        r"b is ahead of a by 7.5 points \[.*?\] and of c by 12.5 points \[.*?\] once tuned; 400 images and 3"
        r" seeds show no difference between b and d \(\+0.2 points \[.*?\]\)",
        first,
    )
    assert reached.startswith("90\u00a0% validation accuracy was reached by all trials with each value of x.")
    assert measured.endswith("in brackets 95 % intervals, which in 95 % of such studies all hold at once.")


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parents[2] / "benchmarks" / "question.py"
    spec = importlib.util.spec_from_file_location("question_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_effect_is_rarely_claimed_where_two_tuned_settings_do_differ(benchmark):
    ends = np.array([*benchmark.studies(150, 500, 0.9, 17, "normal", 0.05, 0.0)])
    low, high, low_alone, high_alone = ends[:, :4].T
    assert np.mean((low_alone > 0) | (high_alone < 0)) > 0.2
    assert np.mean((low > 0) | (high < 0)) <= 0.08


def test_no_effect_is_rarely_claimed_of_three_values_with_many_trials(benchmark):
    asked = SimpleNamespace(values=[3], images=[300], accuracies=[0.95], trials=[60], draws=20)
    asked.kinds, asked.seeds = ["equal", "normal", "one-sided", "plateau"], [0.05]
    rows = [*benchmark.several(asked)]
    claims = {row["kind"]: (float(row["settings alone claim"]), float(row["claims"])) for row in rows}
    assert claims["normal"][0] >= 10
    assert all(tuned <= 5 for _, tuned in claims.values())


def test_intervals_hold_what_they_promise_over_all_kinds_of_trials(benchmark):
    asked = SimpleNamespace(images=[300], accuracies=[0.9], trials=[17], draws=40)
    asked.kinds, asked.seeds = [*benchmark.KINDS], [0.05, 0.15]
    (row,) = benchmark.coverage(asked)
    assert 94 <= float(row["holds"]) <= 99
