"""Was it enough? What is said of a search's length is true of trials whose hits are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from hpsearch.results.enough import curve_of, judge

N_VAL = 500
SPELLED = "{:.3f}".format


def trials_of(values, states=None):
    """Returns trials with these values, complete if not said otherwise."""
    states = ["complete"] * len(values) if states is None else states
    return pd.DataFrame({"number": range(len(values)), "state": states, "value": values})


def hits_of(*errors):
    """Returns what trials got right that are wrong on these images."""
    hits = np.ones((len(errors), N_VAL), bool)
    for row, wrong in zip(hits, errors, strict=True):
        row[list(wrong)] = False
    return hits


def judged(study, trials, near, hits):
    near = pd.Series([number in near for number in trials["number"]], index=trials.index)
    return judge(study, trials, near, hits, N_VAL)


def test_trials_after_the_first_within_noise_brought_nothing(make_study):
    hits = hits_of(range(50), range(12), range(30), range(11), range(10), range(14))
    found = judged(make_study(), trials_of(hits.mean(axis=1)), {1, 3, 4, 5}, hits)
    assert (found.best, found.n_errors, found.first, found.n_since) == (4, 10, 1, 4)
    assert found.sentences(SPELLED)[0] == (
        "Trial 1 was within noise of the best already: on 500 images nothing in the 4 trials since then was"
        " better beyond noise."
    )


@pytest.mark.parametrize(
    ("best", "after"), [(2, "3 trials came after it"), (4, "1 trial came after it"), (5, "it is the last")]
)
def test_a_winner_that_is_alone_says_how_long_ago_it_was(make_study, best, after):
    errors = [range(10 if number == best else 100) for number in range(6)]
    hits = hits_of(*errors)
    found = judged(make_study(), trials_of(hits.mean(axis=1)), {best}, hits)
    assert found.sentences(SPELLED)[0] == (
        f"No trial before trial {best}, the best, was within noise of it; {after}."
    )


@pytest.mark.parametrize("n_apart", [0, 6, 20])
def test_the_mark_is_the_first_accuracy_that_mcnemars_test_calls_better(make_study, n_apart):
    """Trials err where the winner does, and on n_apart images besides."""
    hits = hits_of(*[range(60)] + [range(60 + n_apart)] * 39)
    found = judged(make_study(), trials_of(hits.mean(axis=1)), {0}, hits)
    gain = round(found.needed * N_VAL) - 440

    def chance(gained):
        only_winner = max(n_apart - gained, 0) // 2
        return binomtest(only_winner, 2 * only_winner + gained, alternative="less").pvalue

    assert chance(gain) <= 0.05 / 30 < chance(gain - 1)
    assert found.sentences(SPELLED)[1] == (
        f"One of the last 30 trials would have had to reach {found.needed:.3f} to be better than trial 0"
        f" beyond noise; the best of the others reached {1 - (60 + n_apart) / N_VAL:.3f}."
    )


def test_too_few_errors_cannot_be_beaten_and_more_trials_do_not_help(make_study):
    hits = hits_of(*[range(4)] + [range(9)] * 39)
    found = judged(make_study(), trials_of(hits.mean(axis=1)), {0}, hits)
    assert found.needed is None
    assert found.sentences(SPELLED)[1].startswith(
        "Trial 0 has 4 errors on 500 images: even a net without any would be within noise of it."
    )


def test_last_trials_that_were_all_pruned_reached_nothing(make_study):
    states = ["complete"] * 6 + ["pruned"] * 30
    hits = hits_of(*[range(100 + number) for number in range(6)])
    values = [*hits.mean(axis=1), *[0.9] * 30]
    found = judged(make_study(), trials_of(values, states), {0}, hits)
    assert found.reached is None
    assert found.sentences(SPELLED)[1].endswith("; no other complete one is among them.")


def test_without_hits_the_mark_is_that_of_the_worst_case(make_study):
    hits = hits_of(*[range(60)] + [range(61)] * 39)
    trials = trials_of(hits.mean(axis=1))
    paired, worst = (judged(make_study(), trials, {0}, known) for known in (hits, None))
    assert worst.needed > paired.needed


def test_little_is_not_judged(make_study):
    hits = hits_of(*[range(9)] * 4)
    trials = trials_of([*hits.mean(axis=1), 0.9], ["complete"] * 4 + ["pruned"])
    assert judged(make_study(), trials, {0}, hits) is None
    assert judged(make_study(), trials.head(0), {0}, None) is None


VALUES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
STATES = ["complete"] * 7 + ["pruned", "diverged", "failed"]


@pytest.mark.parametrize("sampler", ["random", "qmc"])
def test_trials_that_are_drawn_alike_have_a_tuning_curve(make_study, sampler):
    curve = curve_of(make_study(sampler__name=sampler), trials_of(VALUES, STATES))
    assert curve["n"].tolist() == list(range(1, 11))
    assert curve["estimate"].iloc[-1] == 0.8  # the pruned one's; what diverged or failed is worth nothing


def test_trials_given_by_hand_are_not_drawn(make_study):
    study = replace(make_study(sampler__name="random"), enqueued=({}, {}))
    curve = curve_of(study, trials_of([1.0, 1.0, *VALUES]))
    assert (len(curve), curve["estimate"].iloc[-1]) == (10, 0.95)


@pytest.mark.parametrize("sampler", ["tpe", "grid"])
def test_trials_that_learn_or_come_in_turn_have_none(make_study, sampler):
    space = {"learning_rate": {"choices": [0.1, 0.2]}} if sampler == "grid" else {}
    study = make_study(sampler__name=sampler, **{f"space__{key}": value for key, value in space.items()})
    assert curve_of(study, trials_of(VALUES)) is None
    assert curve_of(make_study(sampler__name="random"), trials_of(VALUES[:7])) is None


def test_the_last_doublings_of_a_random_search_are_told(make_study):
    rng = np.random.default_rng(0)
    hits = rng.random((40, N_VAL)) < rng.uniform(0.5, 0.9, (40, 1))
    found = judged(make_study(sampler__name="random"), trials_of(hits.mean(axis=1)), {0}, hits)
    quarter, half, whole = found.curve.set_index("n").loc[[10, 20, 40], "estimate"]
    assert found.sentences(SPELLED)[2] == (
        f"By estimate half of such searches reach {quarter:.3f} with 10 trials, {half:.3f} with 20 and"
        f" {whole:.3f} with 40 (at least {found.curve['low'].iloc[-1]:.3f}, 95 % certain): the last doubling"
        f" brought {100 * (whole - half):.1f} points."
    )
