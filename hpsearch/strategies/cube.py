"""A search space as a cube: each trial a point, a coordinate a parameter, a choice by its number.

A range is from 0 to 1, on its logarithmic scale if it has one. A parameter that a point does not have,
because its condition does not hold, is in the middle of its range, or choice -1, so that trials which would
only differ in it are the same point. Parameters with one value have no coordinate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hpsearch.space import Parameter, Params, Value
from hpsearch.strategies.designs import n_steps, step_value

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

MIDDLE, NO_CHOICE = 0.5, -1.0


class Cube:
    """A space's coordinates.

    Attributes:
        parameters: those with several values, in the order of the coordinates.
        n_choices: how many choices each has, shape (d,); 0 for a range.
        groups: the parameter of each feature, shape (c,).
    """

    def __init__(self, space: Sequence[Parameter]) -> None:
        self._space = space
        self.parameters = [one for one in space if not one.distribution().single()]
        self.n_choices = np.array([len(one.choices) for one in self.parameters], dtype=np.intp)
        self.groups = np.repeat(np.arange(len(self.parameters)), np.maximum(self.n_choices, 1))
        self._axes = {one.name: j for j, one in enumerate(self.parameters)}
        self._single = {one.name: one.ends()[0] for one in space if one.name not in self._axes}

    def points(self, trials: Sequence[Params]) -> Array:
        """Returns where trials are, shape (n, d)."""
        points = np.empty((len(trials), len(self.parameters)))
        for j, parameter in enumerate(self.parameters):
            values = [params.get(parameter.name) for params in trials]
            points[:, j] = _coordinates(parameter, values)
        return points

    def spread(self, uniform: Array) -> Array:
        """Returns the points of numbers that are uniform in [0, 1), shape (n, d)."""
        return self.legal(np.where(self.n_choices > 0, np.floor(uniform * self.n_choices), uniform))

    def legal(self, points: Array) -> Array:
        """Returns the nearest points that trials can have: ranges end, have steps, and depend on others."""
        points = points.copy()
        for j, parameter in enumerate(self.parameters):
            if not parameter.choices:
                points[:, j] = _stepped(parameter, points[:, j])
        present: dict[str, Mask] = {}
        for parameter in self._space:
            mask = np.ones(len(points), dtype=bool)
            for parent, values in parameter.when.items():
                mask &= present[parent] & self._has(points, parent, values)
            present[parameter.name] = mask
            if parameter.name in self._axes:
                absent = NO_CHOICE if parameter.choices else MIDDLE
                points[~mask, self._axes[parameter.name]] = absent
        return points

    def _has(self, points: Array, name: str, values: Sequence[Value]) -> Mask:
        """Says which points have one of these values of a parameter."""
        if name not in self._axes:
            return np.full(len(points), self._single[name] in values)
        axis = self._axes[name]
        wanted = _coordinates(self.parameters[axis], values)
        return np.asarray((np.abs(points[:, axis, None] - wanted) < 1e-9).any(axis=1))

    def features(self, points: Array) -> Array:
        """Returns points for regression, shape (n, c): a range as it is, a choice as a feature each.

        Two choices have the distance 1, as the two ends of a range.
        """
        columns = []
        for j, n_choices in enumerate(self.n_choices):
            column = points[:, j, None]
            columns.append(np.sqrt(0.5) * (column == np.arange(n_choices)) if n_choices else column)
        return np.concatenate(columns, axis=1)

    def values(self, point: Array) -> Params:
        """Returns the values at a point; of what it does not have, any."""
        return {
            parameter.name: _value(parameter, float(at))
            for parameter, at in zip(self.parameters, point, strict=True)
        }


def _coordinates(parameter: Parameter, values: Sequence[Value | None]) -> Array:
    if parameter.choices:
        numbers = {choice: i for i, choice in enumerate(parameter.choices)}
        return np.array([NO_CHOICE if value is None else numbers[value] for value in values])
    return np.nan_to_num(parameter.place(values), nan=MIDDLE)


def _stepped(parameter: Parameter, at: Array) -> Array:
    at = np.clip(at, 0.0, 1.0)
    assert parameter.low is not None
    assert parameter.high is not None
    if parameter.kind == "int" and parameter.log:
        low, width = math.log(parameter.low), math.log(parameter.high) - math.log(parameter.low)
        numbers = np.clip(np.rint(np.exp(low + at * width)), parameter.low, parameter.high)
        return np.asarray((np.log(numbers) - low) / width)
    if parameter.kind == "int" or parameter.step is not None:
        size = (parameter.step or 1) / (parameter.high - parameter.low)
        return np.asarray(np.minimum(np.rint(at / size), n_steps(parameter) - 1) * size)
    return at


def _value(parameter: Parameter, at: float) -> Value:
    if parameter.choices:
        return parameter.choices[max(int(at), 0)]
    assert parameter.low is not None
    assert parameter.high is not None
    low, high = parameter.low, parameter.high
    if (parameter.kind == "int" and not parameter.log) or parameter.step is not None:
        return step_value(parameter, round(at * (high - low) / (parameter.step or 1)))
    if at <= 0 or at >= 1:
        return low if at <= 0 else high  # not what a power of its logarithm rounds to
    if parameter.log:
        number = math.exp(math.log(low) + at * (math.log(high) - math.log(low)))
        return min(max(round(number) if parameter.kind == "int" else number, low), high)
    return min(max(low + at * (high - low), low), high)
