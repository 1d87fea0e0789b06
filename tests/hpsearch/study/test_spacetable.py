"""What [space] may say: every entry becomes parameters, or is refused by name, rule and value."""

import datetime
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.space import Parameter
from hpsearch.study.spacetable import parse_space

INF, NAN = math.inf, math.nan
CHOICES = {"choices": ["a", "b"]}
RANGE = {"low": 1, "high": 4}
FIXED = "a fixed value belongs in [net] or [training]"
NO_TABLE = (
    "x: expected a table like { low = 1e-4, high = 1e-1, log = true } or { choices = [...] }, "
    f"but got 0.1; {FIXED}"
)
RANGE_KEYS = "high, log, when, low, num, step, values"
NO_CHOICE = (
    "x: a choice must be text, a finite number, true, false, a list of these or { none = true }, but got"
)
W = [1, 3]
DEPTH_ENDS = "depth must be [low, high] with 1 <= low <= high <= 64, but got"
STEP = "x: step must be at least (high - low) / 1e15, but got"
WIDTH_ENDS = "width must be [low, high] with 1 <= low < high <= 1048576, but got"


def one(**entry):
    (parameter,) = parse_space({"x": entry})
    return parameter


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"low": 1e-4, "high": 1e-1, "log": True}, Parameter("x", "float", 1e-4, 1e-1, log=True)),
        ({"low": 32, "high": 256}, Parameter("x", "int", 32, 256)),
        ({"low": 32, "high": 256, "log": True}, Parameter("x", "int", 32, 256, log=True)),
        ({"low": 0, "high": 1.0}, Parameter("x", "float", 0.0, 1.0)),
        ({"low": 0.0, "high": 0.6, "step": 0.1}, Parameter("x", "float", 0.0, 0.6, step=0.1)),
        ({"low": 0.0, "high": 1.0, "step": 1e-15}, Parameter("x", "float", 0.0, 1.0, step=1e-15)),
        ({"low": 2, "high": 8, "step": 2}, Parameter("x", "int", 2, 8, step=2)),
        ({"low": 0.0, "high": 1.0, "num": 5}, Parameter("x", "float", 0.0, 1.0, num=5)),
        ({"values": [3, 1, 2]}, Parameter("x", "int", 1, 3, points=(3, 1, 2))),
        ({"values": [0.5]}, Parameter("x", "float", 0.5, 0.5, points=(0.5,))),
        ({"low": 0.0, "high": 1.0, "values": [0.25]}, Parameter("x", "float", 0.0, 1.0, points=(0.25,))),
        ({"choices": ["a", 1, 2.5, False]}, Parameter("x", "choice", choices=("a", 1, 2.5, False))),
        ({"choices": [[10], [10, 20]]}, Parameter("x", "choice", choices=("[10]", "[10, 20]"))),
    ],
)
def test_entry_becomes_a_parameter(entry, expected):
    assert one(**entry) == expected


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (0.1, NO_TABLE),
        ({"low": 0.1}, "x: high is missing; a range needs low and high"),
        ({"high": 0.1}, "x: low is missing; a range needs low and high"),
        ({}, "x: low is missing; a range needs low and high"),
        ({"low": 0.01, "high": 0.001}, "x: low must be below high, but got low = 0.01, high = 0.001"),
        ({"low": 5, "high": 5}, f"x: low must be below high, but got low = 5, high = 5; {FIXED}"),
        ({"low": 0, "high": 1.0, "log": True}, "x: low must be above 0 with log = true, but got low = 0.0"),
        ({"low": -1, "high": 4, "log": True}, "x: low must be above 0 with log = true, but got low = -1"),
        ({"low": "a", "high": 1}, "x: low must be a finite number, but got 'a'"),
        ({"low": True, "high": 2}, "x: low must be a finite number, but got True"),
        ({"low": NAN, "high": 2}, "x: low must be a finite number, but got nan"),
        ({"low": 0.0, "high": INF}, "x: high must be a finite number, but got inf"),
        ({"low": 0, "high": 2**53 + 1}, "x: high must lie within +-2**53, but got 9007199254740993"),
        ({"low": 0, "high": 1e308}, "x: high must lie within +-2**53, but got 1e+308"),
        ({**RANGE, "log": 1}, "x: log must be true or false, but got 1"),
        ({**RANGE, "step": 0}, "x: step must be a number above 0, but got 0"),
        ({**RANGE, "step": -1}, "x: step must be a number above 0, but got -1"),
        ({**RANGE, "step": "1"}, "x: step must be a number above 0, but got '1'"),
        ({**RANGE, "step": 0.5}, "x: step must be an integer where low and high are, but got 0.5"),
        ({**RANGE, "step": 4}, "x: step must not be above high - low = 3, but got 4"),
        ({**RANGE, "high": 4.0, "step": 1e-300}, f"{STEP} 1e-300"),
        ({**RANGE, "high": 4.0, "step": 5e-324}, f"{STEP} 5e-324"),
        ({**RANGE, "high": 4.0, "step": 2e-15}, f"{STEP} 2e-15"),
        ({**RANGE, "step": 1, "log": True}, "x: step and log = true exclude each other, but got step = 1"),
        ({**RANGE, "num": 0}, "x: num must be an integer of at least 1, but got 0"),
        ({**RANGE, "num": 2.0}, "x: num must be an integer of at least 1, but got 2.0"),
        ({"values": []}, "x: values must be a list of numbers with at least one, but got []"),
        ({"values": 3}, "x: values must be a list of numbers with at least one, but got 3"),
        ({"values": [1, "2"]}, "x: values must be finite numbers, but got '2'"),
        ({"values": [1, INF]}, "x: values must be finite numbers, but got inf"),
        ({"values": [1, 1]}, "x: values must differ from each other, but got [1, 1]"),
        ({**RANGE, "values": [0, 2]}, "x: values must lie in [1, 4], but got [0, 2]"),
        ({**RANGE, "hihg": 2}, "x: unknown key 'hihg'; expected one of " + RANGE_KEYS),
        ({**CHOICES, "low": 1}, "x: unknown key 'low'; expected one of when, choices"),
        ({"choices": []}, "x: choices must be a list with at least one value, but got []"),
        ({"choices": "ab"}, "x: choices must be a list with at least one value, but got 'ab'"),
        ({"choices": [1, 1.0, True]}, "x: choices must not look alike, but got 1 and 1.0 in [1, 1.0, True]"),
        ({"choices": [0, False]}, "x: choices must not look alike, but got 0 and False in [0, False]"),
        ({"choices": ["a", "a"]}, "x: choices must not look alike, but got 'a' and 'a' in ['a', 'a']"),
        ({"choices": [[1], [1]]}, "x: choices must not look alike, but got '[1]' and '[1]' in [[1], [1]]"),
        ({"choices": [0.1, NAN]}, f"{NO_CHOICE} nan"),
        ({"choices": [{}]}, f"{NO_CHOICE} {{}}"),
        ({**RANGE, "when": "rule"}, "x: when must be a table like { update_rule = 'adam' }, but got 'rule'"),
        ({"depth": [1, 2], "width": [2, 4]}, "x: depth and width go with hidden_dims only"),
    ],
)  # fmt: skip
def test_wrong_entry_is_refused_by_name_rule_and_value(entry, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        parse_space({"x": entry})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "entry",
    [
        {"choices": [[1, NAN]]},
        {"choices": [[1, INF]]},
        {"choices": [[datetime.date(2020, 1, 1)]]},
        {"choices": ["[hello", "b"]},
        {"choices": ["[1]", "b"]},
        {"low": 0.0, "high": 0.6, "step": 0.1, "values": [0.05]},
        {"low": 0, "high": 10, "step": 2, "values": [3]},
        {**RANGE, "when": {"y": []}},
        {**RANGE, "when": {"y": [["a"]]}},
        {**RANGE, "when": {"hidden_dims.depth": 9}},
        {**RANGE, "when": {"hidden_dims.depth": "deep"}},
    ],
)
def test_entry_that_no_trial_could_use_is_refused_by_name(entry):
    others = {"y": CHOICES, "hidden_dims": {"depth": [1, 3], "width": [2, 4]}}
    with pytest.raises(ValueError, match=r"^x: "):
        parse_space({**others, "x": entry})


@pytest.mark.parametrize("name", ["hidden_dims.width9", "learning_rate.low", "a.b", "hidden_dims.depth"])
def test_quoted_names_with_a_dot_are_refused(name):
    with pytest.raises(ValueError, match=re.escape(name)):
        parse_space({name: RANGE})


def test_values_that_are_not_all_whole_make_floats(draw):
    assert one(values=[1, 1.5, 2]).kind == "float"
    assert type(draw([one(values=[1, 1.5, 2])])["x"]) is float


def test_a_step_that_does_not_divide_the_range_ends_at_its_last_step_without_a_warning():
    parameter = one(low=0.0, high=0.65, step=0.1)
    assert parameter.distribution().high == pytest.approx(0.6)  # Optuna would warn, and warnings are errors
    assert one(low=1, high=10, step=4).distribution().high == 9


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ({"depth": [1, 3], "width": [4, 8]}, ["depth", "width1", "width2", "width3"]),
        ({"depth": [2, 3], "width": [4, 8], "log": True}, ["depth", "width1", "width2", "width3"]),
        ({"depth": 2, "width": [4, 8]}, ["width1", "width2"]),
        ({"depth": [2, 2], "width": [4, 8]}, ["width1", "width2"]),
        ({"depth": 12, "width": [4, 8]}, [f"width{i}" for i in range(1, 13)]),
    ],
)
def test_depth_and_width_become_parameters_of_each_layer(entry, names):
    space = parse_space({"hidden_dims": entry})
    assert [parameter.name for parameter in space] == [f"hidden_dims.{name}" for name in names]
    assert {parameter.log for parameter in space if "width" in parameter.name} == {entry.get("log", False)}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"depth": [1, 3]}, "width must be two integers like [1, 3], but got None"),
        ({"width": W}, "depth must be two integers like [1, 3], but got None"),
        ({"depth": [1.0, 2], "width": W}, "depth must be two integers like [1, 3], but got [1.0, 2]"),
        ({"depth": [1], "width": W}, "depth must be two integers like [1, 3], but got [1]"),
        ({"depth": True, "width": W}, "depth must be two integers like [1, 3], but got True"),
        ({"depth": [3, 1], "width": W}, f"{DEPTH_ENDS} [3, 1]"),
        ({"depth": [0, 1], "width": W}, f"{DEPTH_ENDS} [0, 1]"),
        ({"depth": [1, 100], "width": W}, f"{DEPTH_ENDS} [1, 100]"),
        ({"depth": 65, "width": W}, f"{DEPTH_ENDS} 65"),
        ({"depth": 1, "width": [8, 8]}, f"{WIDTH_ENDS} [8, 8]"),
        ({"depth": 1, "width": [8, 2**21]}, f"{WIDTH_ENDS} [8, 2097152]"),
        ({"depth": 1, "width": 8}, "width must be two integers like [1, 3], but got 8"),
        ({"depth": 1, "width": [2, 8], "log": "yes"}, "log must be true or false, but got 'yes'"),
    ],
)  # fmt: skip
def test_wrong_depth_or_width_is_refused(entry, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        parse_space({"hidden_dims": entry})
    assert str(caught.value) == f"hidden_dims: {message}"


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"x": {**RANGE, "when": {"z": 1}}, "y": CHOICES},
         "x: when names 'z', which is not in [space]; expected one of y"),
        ({"x": {**RANGE, "when": {"y": "c"}}, "y": CHOICES},
         "x: when asks for y = 'c'; expected one of ['a', 'b']"),
        ({"x": {**RANGE, "when": {"y": ["a", "c"]}}, "y": CHOICES},
         "x: when asks for y = 'c'; expected one of ['a', 'b']"),
        ({"x": {**RANGE, "when": {"y": 1}}, "y": RANGE}, "x: when needs choices, but y is a range"),
        ({"x": {**CHOICES, "when": {"x": "a"}}}, "x: when goes round in a circle"),
        ({"x": {**CHOICES, "when": {"y": "a"}}, "y": {**CHOICES, "when": {"x": "a"}}, "z": RANGE},
         "x, y: when goes round in a circle"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_hold_is_refused(space, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        parse_space(space)
    assert str(caught.value) == message


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=5), st.dates()
)
junk = st.recursive(
    scalars, lambda s: st.lists(s, max_size=4) | st.dictionaries(st.text(max_size=3), s, max_size=3)
)
KEYS = ["low", "high", "log", "step", "num", "values", "choices", "when", "depth", "width", "other"]
entries = st.dictionaries(st.sampled_from(KEYS), st.one_of(junk, st.just([1, 2]), st.just(3)), max_size=5)


@given(st.dictionaries(st.sampled_from(["x", "y", "hidden_dims"]), entries | junk, min_size=1, max_size=3))
def test_any_table_is_parsed_or_refused_by_name(draw, table):
    try:
        parameters = parse_space(table)
    except ValueError as error:
        assert str(error).split(":")[0].split(".")[0].split(", ")[0] in table  # noqa: PT017
        return
    assert parameters
    for parameter in parameters:
        parameter.distribution()
    draw(parameters)
