"""An end that the best trials crowd at is moved outward, and only where there is somewhere to go."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_up import made_up

from hpsearch.results import ranges
from hpsearch.results.ranges import _wider_end
from hpsearch.space import Parameter


@pytest.mark.parametrize(
    ("low", "high", "log", "end", "expected"),
    [
        (0, 4, False, "low", None),
        (1, 2, False, "low", None),
        (1, 64, True, "low", None),
        (2, 64, True, "low", 1),
        (3, 20, False, "low", 1),
        (16, 64, True, "low", 8),
        (0, 4, False, "high", 6),
        (16, 64, True, "high", 128),
        (-8, 4, False, "low", -14),
    ],
)
def test_whole_numbers_go_as_far_as_there_are_some(low, high, log, end, expected):
    assert _wider_end(Parameter("size", "int", low, high, log), end) == expected


def test_other_numbers_go_half_the_range_or_ten_times_as_far():
    assert _wider_end(Parameter("momentum", "float", 0.8, 0.9), "high") == 0.95
    assert _wider_end(Parameter("reg", "float", 1e-4, 1e-2, True), "low") == 1e-5


@pytest.mark.parametrize(("sure", "is_told"), [(0.97, False), (0.999, True)])
def test_that_trials_rise_towards_an_end_is_sure_enough_for_all_ends_together(monkeypatch, sure, is_told):
    frames = made_up("edge", seed=1)
    [parameter] = [one for one in frames.parameters if one.name == "learning_rate"]
    monkeypatch.setattr(ranges, "_ranges_that_mattered", lambda frames: [parameter])
    monkeypatch.setattr(ranges, "_outward", lambda *_: sure)
    monkeypatch.setattr(ranges, "OUTER", 1.0)
    assert {tuple(one.settings) for one in ranges.rising(frames)} == (
        {("space.learning_rate.low",), ("space.learning_rate.high",)} if is_told else set()
    )


@pytest.mark.parametrize(("n_mattered", "is_told"), [(1, True), (4, False)])
def test_that_the_best_crowd_at_an_end_is_sure_enough_for_all_ends_together(monkeypatch, n_mattered, is_told):
    """Of two values that are equally good, more than half of the best trials soon have the one at an end."""
    parameters = [Parameter(f"p{i}", "float", 0.0, 1.0, step=0.5) for i in range(n_mattered)]
    # the best first: 7 of 10 at an end where 20 of all 60 lie
    places = np.repeat([1.0, 0.5, 1.0, 0.0], [7, 3, 13, 37])
    columns = {f"params.{one.name}": places if one.name == "p0" else 0.5 for one in parameters}
    values = np.linspace(0.9, 0.5, len(places))
    trials = pd.DataFrame({"number": range(60), "state": "complete", "value": values, **columns})
    monkeypatch.setattr(ranges, "_ranges_that_mattered", lambda frames: parameters)
    monkeypatch.setattr(ranges, "_outward", lambda *_: 1.0)
    monkeypatch.setattr(ranges, "is_valid", lambda *_: True)
    frames = SimpleNamespace(trials=trials, study=SimpleNamespace(code=()))
    assert [*map(bool, ranges.edges(frames))] == ([True] if is_told else [])


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (Parameter("x", "float", 0.0, 1.0), {"low": 1 / 3, "high": 1 / 3}),
        (Parameter("x", "float", 0.0, 1.0, step=0.1), {"low": 1 / 3, "high": 1 / 3}),
        (Parameter("x", "float", 0.0, 1.0, step=0.5), {"low": "next to 0.5", "high": "next to 0.5"}),
        (Parameter("x", "int", 1, 4, True), {"low": "next to 0.5", "high": "next to 0.21"}),
    ],
)
def test_an_end_is_compared_with_a_value_that_a_trial_can_have(monkeypatch, parameter, expected):
    """Between two values the process only guesses, and an end that was best was missed."""
    asked = {}
    landscape = SimpleNamespace(
        outward=lambda _, end, inward: asked.setdefault(end, inward) * 0,
        better_at_end=lambda _, end, inward: asked.setdefault(end, f"next to {inward:.2g}") == 0,
    )
    monkeypatch.setattr(ranges, "_ranges_that_mattered", lambda frames: [parameter])
    for end in ("low", "high"):
        columns = {"state": "complete", "value": 0.9, "params.x": getattr(parameter, end)}
        trials = pd.DataFrame({"number": range(20), **columns})
        assert [*ranges.edges(SimpleNamespace(trials=trials, landscape=landscape))] == []
    assert {
        end: pytest.approx(one) if isinstance(one, float) else one for end, one in expected.items()
    } == asked
