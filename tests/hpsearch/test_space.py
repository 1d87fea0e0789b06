"""How a trial draws from the space, and how its draws become arguments."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.space import Parameter, to_arguments
from hpsearch.study.spacetable import parse_space

NAN = math.nan
CHOICES = {"choices": ["a", "b"]}
RANGE = {"low": 1, "high": 4}


def one(**entry):
    (parameter,) = parse_space({"x": entry})
    return parameter


@pytest.mark.parametrize(
    ("entry", "kind"), [({"low": 1, "high": 9}, int), ({"low": 1, "high": 9.0}, float), (CHOICES, str)]
)
def test_whole_ends_make_whole_values(draw, entry, kind):
    assert type(one(**entry).low) in (kind, type(None))
    assert type(draw([one(**entry)])["x"]) is kind


@pytest.mark.parametrize(("depth", "entry_depth"), [(1, [1, 3]), (2, [1, 3]), (3, [1, 3]), (2, 2)])
def test_a_trial_draws_as_many_widths_as_its_depth(draw, depth, entry_depth):
    space = parse_space({"hidden_dims": {"depth": entry_depth, "width": [4, 8]}})
    for seed in range(40):
        params = draw(space, seed)
        widths = to_arguments(params)["hidden_dims"]
        assert len(widths) == params.get("hidden_dims.depth", 2)
        assert all(4 <= width <= 8 for width in widths)
        if len(widths) == depth:
            return
    pytest.fail(f"no trial of 40 had depth {depth}")


def test_a_condition_decides_whether_a_parameter_is_drawn(draw):
    space = parse_space(
        {
            "momentum": {"low": 0.5, "high": 0.9, "when": {"rule": ["sgd", "nesterov"]}},
            "twist": {"choices": [1, 2], "when": {"momentum_kind": "heavy", "rule": "sgd"}},
            "momentum_kind": {"choices": ["heavy", "light"], "when": {"rule": "sgd"}},
            "rule": {"choices": ["adam", "sgd", "nesterov"]},
        }
    )
    assert space[0].name == "rule"
    seen = set()
    for seed in range(60):
        params = draw(space, seed)
        assert ("momentum" in params) == (params["rule"] != "adam")
        assert ("momentum_kind" in params) == (params["rule"] == "sgd")
        assert ("twist" in params) == (params.get("momentum_kind") == "heavy")
        seen.add(frozenset(params))
    assert len(seen) == 4


def test_lists_and_widths_become_lists():
    params = {"a": "[1, [2, 3]]", "b": "text", "c": 0.5, "d": True, "hidden_dims.depth": 2}
    widths = {"hidden_dims.width1": 8, "hidden_dims.width2": 4}
    assert to_arguments({**params, **widths}) == {
        "a": [1, [2, 3]], "b": "text", "c": 0.5, "d": True, "hidden_dims": [8, 4],
    }  # fmt: skip


numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e15, 1e15))


@given(numbers, numbers, st.booleans(), st.integers(0, 1000))
def test_any_range_that_is_accepted_draws_values_within_it(draw, low, high, log, seed):
    try:
        parameter = one(low=low, high=high, log=log)
    except ValueError:
        assert not low < high or (log and low <= 0)
        return
    value = draw([parameter], seed)["x"]
    assert low <= value <= high
    assert type(value) is (int if parameter.kind == "int" else float)
    assert parameter.distribution()._contains(parameter.distribution().to_internal_repr(value))


@given(
    st.integers(-500, 500), st.integers(1, 300), st.integers(1, 30), st.integers(0, 99), st.integers(0, 1000)
)
def test_any_stepped_range_draws_its_steps(draw, low, step, n_steps, rest, seed):
    high = low + n_steps * step + rest % step
    parameter = one(low=low / 100, high=high / 100, step=step / 100)
    assert parameter.high == (low + n_steps * step) / 100
    value = draw([parameter], seed)["x"]
    steps = [(low + i * step) / 100 for i in range(n_steps + 1)]
    assert min(abs(value - each) for each in steps) < 1e-9


@pytest.mark.parametrize(
    ("entry", "values", "places"),
    [
        ({"low": 2, "high": 6}, [2, 3, 6, None], [0, 0.25, 1, NAN]),
        ({"low": 1e-4, "high": 1.0, "log": True}, [1e-4, 1e-3, NAN, 1.0], [0, 0.25, NAN, 1]),
        ({"choices": ["a", "b", "c"]}, ["c", "a", None, "b", NAN], [1, 0, NAN, 0.5, NAN]),
        ({"choices": ["only", "other"]}, [], []),
    ],
)
def test_a_value_has_a_place_in_its_range(entry, values, places):
    assert one(**entry).place(values) == pytest.approx(places, nan_ok=True)
    assert one(**entry).place(pd.Series(values, dtype=object)) == pytest.approx(places, nan_ok=True)


def test_the_one_value_of_a_range_lies_at_its_beginning():
    assert Parameter("x", "float", 2.0, 2.0).place([2.0]).tolist() == [0]
    assert Parameter("x", "choice", choices=("a",)).place(["a"]).tolist() == [0]


def test_places_are_within_a_range_that_is_wider_than_the_largest_number():
    wide = Parameter("x", "float", -1.5e308, 1.5e308)
    assert wide.place([-1.5e308, 0.0, 1.5e308]).tolist() == [0, 0.5, 1]
