"""Importances and what they are made of: standings at common epochs, left-out predictions, F-tests."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hpsearch.results.importance import importances, leader, mattered
from hpsearch.results.regression import (
    Shape,
    best_shape,
    groups_p_value,
    left_out_errors,
    parameter_kernel,
    precision,
)
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


def test_left_out_errors_are_those_of_fitting_without_each_trial():
    rng = np.random.default_rng(0)
    kernel, shape = parameter_kernel(pd.Series(rng.random(12)), False), Shape(0.5, 0.0)
    y = rng.standard_normal(12)
    fast = left_out_errors(precision([kernel], 1, shape), y)
    covariance = np.linalg.inv(precision([kernel], 1, shape))
    for i in range(12):
        others = np.arange(12) != i
        weights = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, i])
        assert fast[i] == pytest.approx(y[i] - weights @ y[others])


def test_kernel_is_centred_with_a_mean_diagonal_of_one_and_knows_the_absent():
    for kernel in (
        parameter_kernel(pd.Series([1.0, 2.0, np.nan, 4.0]), False),
        parameter_kernel(pd.Series(["a", None, "b", "a"], dtype=object), True),
    ):
        np.testing.assert_allclose(kernel.sum(axis=0), 0, atol=1e-12)
        assert np.trace(kernel) == pytest.approx(4)
    assert not parameter_kernel(pd.Series([3.0] * 4), False).any()


def test_test_of_groups_is_the_analysis_of_variance_where_nothing_else_is_known():
    rng = np.random.default_rng(0)
    groups, y = pd.Series(list("abc") * 10), rng.standard_normal(30)
    alone = precision([np.zeros((30, 30))], 1, Shape(1.0, 0.0))
    expected = stats.f_oneway(*(y[groups == group] for group in "abc")).pvalue
    assert groups_p_value(groups, y, alone) == pytest.approx(expected)
    assert groups_p_value(pd.Series(["a"] * 30), y, alone) == 1.0


def test_noise_is_predicted_as_mostly_noise():
    rng = np.random.default_rng(1)
    kernels = [parameter_kernel(pd.Series(rng.random(80)), False) for _ in range(3)]
    assert best_shape(kernels, rng.standard_normal(80)).noise >= 3.0


def test_parameter_that_decides_is_the_only_one_that_matters():
    found = importances(*study(), PARAMETERS)
    assert found["parameter"].tolist() == ["x", "y"]  # the constant one cannot be judged
    assert mattered(found) == ["x"]
    assert leader(found) == "x"
    top = found.iloc[0]
    assert 0.5 < top["low"] < top["importance"] < top["high"]
    assert found["first"].sum() == pytest.approx(1)


def test_of_two_copies_neither_is_worth_anything_beside_the_other():
    trials, curves = study()
    found = importances(trials.assign(**{"params.y": trials["params.x"]}), curves, PARAMETERS)
    assert mattered(found) == []
    assert leader(found) is None


def test_few_or_equal_trials_have_no_importances():
    trials, curves = study()
    assert importances(trials.head(9), curves[curves["number"] < 9], PARAMETERS).empty
    assert importances(trials, curves.assign(val_accuracy=0.9), PARAMETERS).empty
    assert importances(trials.assign(state="failed"), curves, PARAMETERS).empty


def test_diverged_trials_count_as_the_worst():
    trials, curves = study()
    trials["state"] = np.where(trials["params.x"] > 0.7, "diverged", "complete")
    assert mattered(importances(trials, curves.assign(val_accuracy=0.9), PARAMETERS)) == ["x"]


def test_few_trials_of_a_poor_choice_are_found():
    rng = np.random.default_rng(0)
    trials, choice = trials_of(["complete"] * 60), np.array(["good"] * 55 + ["bad"] * 5)
    values = 0.9 + 0.01 * rng.standard_normal(60) - 0.1 * (choice == "bad")
    parameters = (PARAMETERS[2], Parameter("choice", "choice", choices=("good", "bad")))
    columns = {"params.x": rng.random(60), "params.choice": choice}
    found = importances(trials.assign(**columns), curves_of(values[:, None]), parameters)
    assert mattered(found) == ["choice"]


def test_thousand_trials_are_thinned_out_and_give_the_same_again():
    trials, curves = study(1000)
    found = importances(trials, curves, PARAMETERS)
    assert mattered(found) == ["x"]
    pd.testing.assert_frame_equal(found, importances(trials, curves, PARAMETERS))
