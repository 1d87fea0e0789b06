"""Importances and what they are made of: standings at common epochs, likelihoods, left-out predictions."""

import numpy as np
import pandas as pd
import pytest

from hpsearch.results.importance import importances, leader, mattered
from hpsearch.results.landscape import landscape_of
from hpsearch.results.standing import standings
from hpsearch.space import Parameter

PARAMETERS = tuple(Parameter(name, "float", 0.0, 1.0) for name in ("unused", "y", "x"))


def curves_of(curves):
    rows = [(n, e, value) for n, curve in enumerate(curves) for e, value in enumerate(curve, 1)]
    return pd.DataFrame(rows, columns=["number", "epoch", "val_accuracy"])


def trials_of(states):
    return pd.DataFrame({"number": range(len(states)), "state": states})


def study(n=60):
    """Returns trials of one epoch whose accuracy x decides."""
    rng = np.random.default_rng(0)
    x, y = rng.random(n), rng.random(n)
    trials = trials_of(["complete"] * n)
    values = 1 - (x - 0.3) ** 2 + 0.02 * rng.standard_normal(n)
    return trials.assign(**{"params.x": x, "params.y": y, "params.unused": 0.5}), curves_of(values[:, None])


def judged(trials, curves, parameters=PARAMETERS):
    return importances(landscape_of(trials, curves, parameters))


def test_trials_are_compared_at_the_last_epoch_that_both_reached():
    curves = curves_of([[0.5, 0.9], [0.6], [0.4, 0.95]])
    found = standings(trials_of(["complete", "pruned", "complete"]), curves)
    # the pruned one was ahead of both when it was stopped; of the others the last is ahead
    assert found.tolist() == [0.0, 1.0, 0.5]


def test_diverged_trials_are_behind_all_and_failed_ones_say_nothing():
    curves = curves_of([[0.9, np.nan], [0.1], [], [0.1]])
    found = standings(trials_of(["diverged", "complete", "failed", "complete"]), curves)
    assert found.tolist()[:2] == [0.0, 0.75]
    assert np.isnan(found[2])


def test_best_epoch_so_far_counts_and_not_the_last():
    found = standings(trials_of(["complete"] * 2), curves_of([[0.9, 0.1], [0.5, 0.6]]))
    assert found.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_trials_have_no_standing(n):
    assert standings(trials_of(["complete"] * n), curves_of([[0.5]] * n)).isna().all()


def test_parameter_that_decides_is_the_only_one_that_matters():
    found = judged(*study())
    assert found["parameter"].tolist() == ["x", "y"]  # the constant one cannot be judged
    assert mattered(found) == ["x"]
    assert leader(found) == "x"
    top = found.iloc[0]
    assert 0.5 < top["low"] < top["importance"] < top["high"]
    assert found["first"].sum() == pytest.approx(1)


def test_of_two_copies_neither_is_worth_anything_beside_the_other():
    trials, curves = study()
    found = judged(trials.assign(**{"params.y": trials["params.x"]}), curves)
    assert mattered(found) == []
    assert leader(found) is None


def test_few_or_equal_trials_have_no_importances():
    trials, curves = study()
    assert judged(trials.head(9), curves[curves["number"] < 9]).empty
    assert judged(trials, curves.assign(val_accuracy=0.9)).empty
    assert judged(trials.assign(state="failed"), curves).empty


def test_diverged_trials_count_as_the_worst():
    trials, curves = study()
    trials["state"] = np.where(trials["params.x"] > 0.7, "diverged", "complete")
    assert mattered(judged(trials, curves.assign(val_accuracy=0.9))) == ["x"]


def test_few_trials_of_a_poor_choice_are_found():
    rng = np.random.default_rng(0)
    trials, choice = trials_of(["complete"] * 60), np.array(["good"] * 55 + ["bad"] * 5)
    values = 0.9 + 0.01 * rng.standard_normal(60) - 0.1 * (choice == "bad")
    parameters = (PARAMETERS[2], Parameter("choice", "choice", choices=("good", "bad")))
    columns = {"params.x": rng.random(60), "params.choice": choice}
    found = judged(trials.assign(**columns), curves_of(values[:, None]), parameters)
    assert mattered(found) == ["choice"]


def test_thousand_trials_are_thinned_out_and_give_the_same_again():
    trials, curves = study(1000)
    found = judged(trials, curves)
    assert mattered(found) == ["x"]
    pd.testing.assert_frame_equal(found, judged(trials, curves))


@pytest.mark.parametrize(("share", "first"), [(0.96, None), (0.98, "x")])
def test_of_two_equal_parameters_either_may_seem_the_first(share, first):
    """At 95 % each, one of them would be called the first twice as often as one search in twenty."""
    table = pd.DataFrame({"parameter": ["x", "y"], "matters": [True, True], "first": [share, 1 - share]})
    assert leader(table) == first


def of_many(seed, value=lambda params: 0.0, n=100, n_parameters=12):
    """Returns what is judged of trials drawn alike, whose values are a function of parameters, and noise.

    Every third parameter is a choice, of two and of three by turns.
    """
    rng, columns, parameters = np.random.default_rng(seed), {}, []
    for i in range(n_parameters):
        if i % 3 == 2:
            parameters.append(Parameter(f"p{i}", "choice", choices=("a", "b", "c")[: 2 + i % 2]))
            columns[f"params.p{i}"] = rng.choice(parameters[i].choices, n)
        else:
            parameters.append(Parameter(f"p{i}", "float", 0.0, 1.0))
            columns[f"params.p{i}"] = rng.random(n)
    trials = trials_of(["complete"] * n).assign(**columns)
    values = [value(row) + rng.standard_normal() for row in trials.to_dict("records")]
    return judged(trials, curves_of(np.array(values)[:, None]), parameters)


@pytest.mark.parametrize("seed", [4, 6])
def test_of_many_parameters_that_say_nothing_none_is_named(seed):
    """Fitted all at once some seem needed: nearness can be measured so that the few near trials agree."""
    assert mattered(of_many(seed)) == []


def test_two_that_say_something_only_together_are_found():
    """Neither is likelier than chance alone: half of the trials are good for each value of it."""
    together = of_many(0, lambda row: 2 * ((row["params.p0"] > 0.5) ^ (row["params.p1"] > 0.5)), 80, 6)
    assert set(mattered(together)) == {"p0", "p1"}
