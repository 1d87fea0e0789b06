"""Conditions on parameters: planted ones are found, their counts are exact, and chance has none."""

import numpy as np
import pandas as pd
import pytest

from hpsearch.results.border import Condition, Part, set_apart
from hpsearch.space import Parameter

SPACE = (
    Parameter("rate", "float", low=1e-4, high=1.0, log=True),
    Parameter("drop", "float", low=0.0, high=0.6),
    Parameter("width", "int", low=1, high=9),
    Parameter("norm", "choice", choices=("none", "batch", "layer")),
    Parameter("rule", "choice", choices=("sgd", "adam")),
)


def drawn(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "params.rate": 10 ** rng.uniform(-4, 0, n),
            "params.drop": rng.uniform(0, 0.6, n),
            "params.width": rng.integers(1, 10, n),
            "params.norm": rng.choice(["none", "batch", "layer"], n),
            "params.rule": rng.choice(["sgd", "adam"], n),
        }
    )


PLANTS = {
    "rate of at least 0.1": lambda t: t["params.rate"] >= 0.1,
    "rate below 0.01": lambda t: t["params.rate"] < 0.01,
    "width of at least 7": lambda t: t["params.width"] >= 7,
    "no norm": lambda t: t["params.norm"] == "none",
    "rule adam": lambda t: t["params.rule"] == "adam",
    "rate below 0.01 and no norm": lambda t: (t["params.rate"] < 0.01) & (t["params.norm"] == "none"),
    "norm batch and rule sgd": lambda t: (t["params.norm"] == "batch") & (t["params.rule"] == "sgd"),
}


@pytest.mark.parametrize("words", PLANTS)
@pytest.mark.parametrize("seed", range(5))
def test_a_planted_condition_is_found(words, seed):
    trials = drawn(100, seed)
    chosen = PLANTS[words](trials).to_numpy()
    found = set_apart(trials, SPACE, chosen)
    planted = {name for name in ("rate", "width", "norm", "rule") if name in words}
    assert {part.name for part in found.parts} == planted
    np.testing.assert_array_equal(found.holds(trials), chosen)
    assert (found.n_inside, found.n_chosen) == (chosen.sum(), chosen.sum())


@pytest.mark.parametrize("seed", range(5))
def test_exceptions_are_counted_and_do_not_hide_it(seed):
    rng = np.random.default_rng(seed)
    trials = drawn(120, seed)
    chosen = ((trials["params.rate"] >= 0.1) & (rng.random(120) < 0.93)).to_numpy()
    found = set_apart(trials, SPACE, chosen)
    assert "rate" in {part.name for part in found.parts}
    assert found.n_inside == found.holds(trials).sum()
    assert found.n_chosen == (found.holds(trials) & chosen).sum()


def test_trials_chosen_at_random_are_seldom_set_apart():
    rng = np.random.default_rng(0)
    found = [set_apart(drawn(30, seed), SPACE, rng.random(30) < 0.3) for seed in range(40)]
    assert sum(one is not None for one in found) <= 2


def test_too_few_trials_tell_nothing_unless_one_parameter_alone_varies():
    trials = drawn(6)
    chosen = (trials["params.rate"] <= trials["params.rate"].nsmallest(2).max()).to_numpy()
    assert set_apart(trials, SPACE, chosen) is None
    found = set_apart(trials, SPACE[:1], chosen)
    assert found.parts[0].side == "below"
    assert (found.n_inside, found.n_chosen) == (2, 2)


def test_a_parameter_that_is_absent_meets_no_condition():
    trials = drawn(60)
    trials.loc[trials["params.rule"] == "adam", "params.drop"] = np.nan
    chosen = (trials["params.drop"] >= 0.3).to_numpy()
    found = set_apart(trials, SPACE, chosen)
    assert not found.holds(trials)[trials["params.drop"].isna()].any()
    np.testing.assert_array_equal(found.holds(trials), chosen)


def test_nobody_chosen_is_set_apart_by_nothing():
    assert set_apart(drawn(20), SPACE, np.zeros(20, bool)) is None


def test_borders_have_few_digits_and_the_words_are_plain():
    trials = pd.DataFrame({"params.rate": np.array([0.00123, 0.00321, 0.0478, 0.09] * 5)})
    found = set_apart(trials, SPACE[:1], (trials["params.rate"] < 0.01).to_numpy())
    assert found.in_words() == "rate below 0.01"
    both = Condition((Part("rate", "from", 0.5), Part("norm", "is", "none")), 1, 1)
    assert both.in_words() == "rate of at least 0.5 and no norm"
