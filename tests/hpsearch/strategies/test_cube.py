"""Points of the cube are trials: there and back to the same values, and no point that no trial can have."""

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.space import suggest
from hpsearch.strategies.cube import MIDDLE, NO_CHOICE, Cube
from hpsearch.study.spacetable import parse_space

SPACE = parse_space(
    {
        "rate": {"low": 1e-4, "high": 1.0, "log": True},
        "rule": {"choices": ["sgd", "adam", "nesterov"]},
        "fixed": {"choices": ["only"]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": ["sgd", "nesterov"]}},
        "kind": {"choices": ["a", "b"], "when": {"rule": "adam", "fixed": "only"}},
        "width": {"low": 4, "high": 64, "log": True, "when": {"kind": "b"}},
        "dropout": {"low": 0.0, "high": 0.65, "step": 0.1},
        "hidden_dims": {"depth": [1, 3], "width": [8, 32], "log": True},
        "second": {"low": -3, "high": 3, "when": {"hidden_dims.depth": [1, 3]}},
        "odd": {"low": 1, "high": 9, "step": 2},
        "flag": {"choices": [True, False]},
    }
)
CUBE = Cube(SPACE)
PARAMETERS = {one.name: one for one in SPACE}


def drawn(n, seed):
    """Returns the values of trials that Optuna draws at random."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return [suggest(study.ask(), SPACE) for _ in range(n)]


def active(values):
    """Returns those of a point's values that its trial has."""
    found = {}
    for one in SPACE:
        if one.is_active(found):
            found[one.name] = values.get(one.name, "only")
    return found


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_a_trial_is_a_point_and_the_point_that_trial(seed):
    trials = drawn(8, seed)
    points = CUBE.points(trials)
    np.testing.assert_allclose(CUBE.legal(points), points, atol=1e-12)
    for trial, point in zip(trials, points, strict=True):
        values = active(CUBE.values(point))
        assert {name: type(value) for name, value in values.items()} == {n: type(v) for n, v in trial.items()}
        assert values == {
            name: pytest.approx(value) if isinstance(value, float) else value for name, value in trial.items()
        }


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_any_point_is_made_one_that_a_trial_can_have(seed):
    random = np.random.default_rng(seed)
    shape = (20, len(CUBE.parameters))
    choices = np.floor(random.random(shape) * CUBE.n_choices)
    points = CUBE.legal(np.where(CUBE.n_choices > 0, choices, random.normal(0.5, 0.6, shape)))
    for point in points:
        values = active(CUBE.values(point))
        assert all(PARAMETERS[name].recorded(value) == value for name, value in values.items())
        for at, one in zip(point, CUBE.parameters, strict=True):
            if one.name not in values:
                assert at == (NO_CHOICE if one.choices else MIDDLE)
    trials = [active(CUBE.values(point)) for point in points]
    np.testing.assert_allclose(CUBE.points(trials), points, atol=1e-12)


def test_spread_points_have_all_choices_and_both_halves_of_ranges():
    uniform = np.random.default_rng(0).random((400, len(CUBE.parameters)))
    points = CUBE.spread(uniform)
    for j, one in enumerate(CUBE.parameters):
        if one.choices:
            missing = {NO_CHOICE} if one.when else set()
            assert set(points[:, j]) == {*range(len(one.choices))} | missing
        else:
            assert points[:, j].min() < 0.2 < 0.8 < points[:, j].max()


def test_parameters_with_one_value_have_no_coordinate():
    assert [one.name for one in CUBE.parameters] == [one.name for one in SPACE if one.name != "fixed"]
    assert Cube(parse_space({"x": {"choices": [3]}})).parameters == []


def test_what_depends_on_a_parameter_with_one_value_is_there():
    space = parse_space({"p": {"choices": ["q"]}, "x": {"low": 0.0, "high": 1.0, "when": {"p": "q"}}})
    assert Cube(space).legal(np.array([[0.2]])).tolist() == [[0.2]]


def test_two_choices_are_as_far_apart_as_the_ends_of_a_range():
    cube = Cube(parse_space({"x": {"low": 0.0, "high": 2.0}, "c": {"choices": ["a", "b", "c"]}}))
    features = cube.features(cube.points([{"x": 0.0, "c": "a"}, {"x": 0.0, "c": "c"}, {"x": 2.0, "c": "a"}]))
    assert cube.groups.tolist() == [0, 1, 1, 1]
    assert np.linalg.norm(features[0] - features[1]) == pytest.approx(1)
    assert np.linalg.norm(features[0] - features[2]) == pytest.approx(1)


@pytest.mark.parametrize("entry", [{"low": 1e-3, "high": 0.3, "log": True}, {"low": 0.1, "high": 0.7}])
def test_the_ends_of_a_range_are_exact(entry):
    cube = Cube(parse_space({"x": entry}))
    assert [cube.values(np.array([at]))["x"] for at in (0.0, 1.0)] == [entry["low"], entry["high"]]
