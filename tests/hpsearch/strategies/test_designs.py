"""Designs: the grid visits each cell once, Sobol points are those of SciPy, all values lie in range."""

import itertools
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from hpsearch.seeds import Purpose, generator
from hpsearch.strategies.designs import Grid, Sobol, from_unit, grid_points
from hpsearch.strategies.samplers import check_space
from hpsearch.study.spacetable import parse_space

DESIGNS = {"grid": Grid, "qmc": Sobol}
SPACE = parse_space(
    {
        "rate": {"low": 1e-4, "high": 1e-1, "log": True, "num": 4},
        "width": {"values": [8, 64, 16]},
        "kind": {"choices": ["a", "b"]},
    }
)


def one(**entry):
    (parameter,) = parse_space({"x": entry})
    return parameter


def as_cell(params):
    return tuple(sorted(params.items()))


@settings(max_examples=30)
@given(st.integers(0, 2**63 - 1))
def test_grid_visits_each_cell_exactly_once(seed):
    grid = Grid(seed, SPACE)
    cells = [as_cell(grid[number]) for number in range(grid.size)]
    expected = itertools.product(*(grid_points(parameter) for parameter in SPACE))
    names = [parameter.name for parameter in SPACE]
    assert len(set(cells)) == grid.size == 24
    assert set(cells) == {as_cell(dict(zip(names, values, strict=True))) for values in expected}


@pytest.mark.parametrize("name", DESIGNS)
def test_point_is_a_pure_function_of_seed_and_number_in_any_order(name):
    design = DESIGNS[name](3, SPACE)
    forwards = [design[number] for number in range(20)]
    assert [DESIGNS[name](3, SPACE)[number] for number in reversed(range(20))] == forwards[::-1]
    assert forwards != [DESIGNS[name](4, SPACE)[number] for number in range(20)]


def test_sobol_points_are_scipys_sequence():
    space = parse_space({name: {"low": 0.0, "high": 1.0} for name in "abc"})
    expected = qmc.Sobol(3, rng=generator(7, Purpose.SAMPLING)).random(32)
    design = Sobol(7, space)
    np.testing.assert_array_equal([list(design[number].values()) for number in range(32)], expected)


def test_a_power_of_two_of_sobol_points_meets_every_value_equally_often():
    space = parse_space({"kind": {"choices": ["a", "b", "c", "d"]}, "width": {"low": 1, "high": 8}})
    points = [Sobol(0, space)[number] for number in range(32)]
    for name, n_values in (("kind", 4), ("width", 8)):
        _, counts = np.unique([point[name] for point in points], return_counts=True)
        assert counts.tolist() == [32 // n_values] * n_values


@pytest.mark.parametrize(
    ("entry", "points"),
    [
        ({"choices": ["a", 2]}, ("a", 2)),
        ({"values": [3, 1]}, (3, 1)),
        ({"low": 2, "high": 5}, (2, 3, 4, 5)),
        ({"low": 2, "high": 8, "step": 3}, (2, 5, 8)),
        ({"low": 2, "high": 9, "step": 3}, (2, 5, 8)),
        ({"low": 0.0, "high": 0.6, "step": 0.1}, (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
        ({"low": 0.0, "high": 0.65, "step": 0.1}, (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
        ({"low": 0.1, "high": 0.3, "step": 0.1}, (0.1, 0.2, 0.3)),
        ({"low": 0.0, "high": 1.0, "num": 1}, (0.0,)),
        ({"low": 0.0, "high": 1.0, "num": 3}, (0.0, 0.5, 1.0)),
        ({"low": 1.0, "high": 100.0, "log": True, "num": 3}, (1.0, 10.0, 100.0)),
        ({"low": 1, "high": 100, "log": True, "num": 3}, (1, 10, 100)),
        ({"low": 1, "high": 4, "num": 50}, (1, 2, 3, 4)),
        ({"low": 0.0, "high": 0.4, "step": 0.1, "num": 3}, (0.0, 0.2, 0.4)),
        ({"low": 0.0, "high": 0.2, "step": 0.1, "num": 9}, (0.0, 0.1, 0.2)),
        ({"low": 2, "high": 10, "step": 4, "num": 2}, (2, 10)),
    ],
)
def test_grid_points_of_an_axis(entry, points):
    found = grid_points(one(**entry))
    assert found == pytest.approx(points) if "choices" not in entry else found == points
    assert [type(point) for point in found] == [type(point) for point in points]


@pytest.mark.parametrize(
    "entry",
    [
        {"low": -3, "high": 4},
        {"low": -3, "high": 4, "step": 2},
        {"low": 1, "high": 1000, "log": True},
        {"low": 0.1, "high": 0.3},
        {"low": -0.1, "high": 0.7, "step": 0.1},
        {"low": 1e-5, "high": 1e-1, "log": True},
        {"low": 3, "high": 2**53},
        {"low": 0.0, "high": 2.0**53},
        {"low": -(2**53), "high": 2**53},
        {"choices": ["a", "b", "c"]},
    ],
)
@settings(max_examples=30)
@given(u=st.floats(0, 1, exclude_max=True))
def test_every_point_of_the_unit_interval_is_a_value_that_optuna_would_take(entry, u):
    parameter = one(**entry)
    value = from_unit(parameter, u)
    distribution = parameter.distribution()
    assert distribution._contains(distribution.to_internal_repr(value))
    assert type(value) is {"int": int, "float": float, "choice": str}[parameter.kind]


@pytest.mark.parametrize(
    "entry", [{"low": 1, "high": 9}, {"low": 1, "high": 9, "log": True}, {"choices": [1, 2]}]
)
def test_unit_interval_reaches_both_ends_in_order(entry):
    values = [from_unit(one(**entry), u) for u in np.linspace(0, 1 - 1e-9, 500)]
    assert values == sorted(values)
    assert (values[0], values[-1]) == one(**entry).ends()[:: len(one(**entry).ends()) - 1]


def test_log_range_is_even_in_the_exponent():
    parameter = one(low=1e-4, high=1.0, log=True)
    assert [from_unit(parameter, u) for u in (0.25, 0.5, 0.75)] == pytest.approx([1e-3, 1e-2, 1e-1])


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize(
    "table",
    [
        {"kind": {"choices": ["a", "b"]}, "x": {"values": [1, 2], "when": {"kind": "a"}}},
        {"hidden_dims": {"depth": [1, 2], "width": [2, 4]}},
        {"hidden_dims": {"depth": 2, "width": [2, 4]}, "x": {"values": [1, 2]}},
    ],
)
def test_conditional_parameters_are_refused(name, table):
    with pytest.raises(
        ValueError,
        match=f"sampler '{name}' takes no conditional parameters; expected one of tpe, gp, auto, random",
    ):
        check_space(name, parse_space(table))


@pytest.mark.parametrize("entry", [{"low": 0.0, "high": 1.0}, {"low": 1, "high": 9, "log": True}])
def test_grid_refuses_a_range_without_points(entry):
    with pytest.raises(ValueError, match=r"space.x: sampler 'grid' needs values = \[...\] or num = ..."):
        check_space("grid", [one(**entry)])
    check_space("qmc", [one(**entry)])


@pytest.mark.parametrize(
    "entry",
    [
        {"low": 0.0, "high": 1.0, "num": 10**7},
        {"low": 1, "high": 2**53},
        {"low": 0.0, "high": 1.0, "step": 1e-12},
    ],
)
def test_a_grid_too_large_is_refused_without_being_made(entry):
    code = f"""
        import resource
        from hpsearch.strategies.samplers import check_space
        from hpsearch.study.spacetable import parse_space
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (used + 2**28, -1))
        check_space("grid", parse_space({{"x": {entry}}}))
    """
    run = subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=False)
    assert run.stderr.rstrip().splitlines()[-1].startswith("ValueError: space: the grid ")


def test_a_grid_of_many_small_axes_too_large_is_refused():
    space = parse_space({f"x{i}": {"choices": [0, 1]} for i in range(64)})
    with pytest.raises(ValueError, match="space: the grid must have at most 1000000 cells"):
        check_space("grid", space)
