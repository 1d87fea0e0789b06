"""Designs: samplers whose point n is f(study seed, n), whatever happened before.

`grid` visits each cell of the grid once, in an order drawn from the seed; `qmc` is SciPy's
scrambled Sobol sequence. Both need a space without conditions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import numpy as np

from hpsearch.seeds import Purpose, generator
from hpsearch.space import Parameter, Params, Value

LARGEST_GRID = 1_000_000


class Design(Protocol):
    """Points by number; `size` is how many there are, None for no end."""

    size: int | None

    def __getitem__(self, number: int) -> Params:
        """Returns the point of trial `number`."""
        ...


class Grid:
    """Every combination of the parameters' grid points, once, in an order drawn from the seed."""

    def __init__(self, seed: int, space: Sequence[Parameter]) -> None:
        self._axes = {parameter.name: grid_points(parameter) for parameter in space}
        self.size: int | None = math.prod(len(points) for points in self._axes.values())
        self._order = generator(seed, Purpose.SAMPLING).permutation(self.size)

    def __getitem__(self, number: int) -> Params:
        """Returns the cell of trial `number`."""
        shape = tuple(len(points) for points in self._axes.values())
        cell = np.unravel_index(int(self._order[number]), shape)
        return {name: points[int(i)] for (name, points), i in zip(self._axes.items(), cell, strict=True)}


class Sobol:
    """The scrambled Sobol sequence of the seed, one dimension a parameter."""

    size: int | None = None

    def __init__(self, seed: int, space: Sequence[Parameter]) -> None:
        self._seed = seed
        self._space = space

    def __getitem__(self, number: int) -> Params:
        """Returns point `number` of the sequence."""
        from scipy.stats import qmc

        sobol = qmc.Sobol(len(self._space), rng=generator(self._seed, Purpose.SAMPLING))
        if number:
            sobol.fast_forward(number)
        unit = sobol.random(1)[0]
        return {p.name: from_unit(p, float(u)) for p, u in zip(self._space, unit, strict=True)}


def check_grid(space: Sequence[Parameter]) -> None:
    """Raises ValueError if an axis has no points, or the grid too many cells."""
    n_cells = math.prod(_n_grid_points(parameter) for parameter in space)
    if n_cells > LARGEST_GRID:
        raise ValueError(f"space: the grid must have at most {LARGEST_GRID} cells, but has {n_cells}")


def _n_grid_points(parameter: Parameter) -> int:
    """Returns how many points an axis has at most, without making them.

    Raises:
        ValueError: a continuous range has neither values nor num.
    """
    if parameter.choices or parameter.points:
        return len(parameter.choices or parameter.points)
    if parameter.num is not None:
        return parameter.num
    if parameter.step is None and (parameter.kind == "float" or parameter.log):
        raise ValueError(f"space.{parameter.name}: sampler 'grid' needs values = [...] or num = ...")
    return n_steps(parameter)


def grid_points(parameter: Parameter) -> tuple[Value, ...]:
    """Returns the points of one axis: choices, `values`, `num` of them, or every step."""
    if parameter.choices or parameter.points:
        return parameter.choices or parameter.points
    if parameter.num is not None:
        return _spread(parameter, parameter.num)
    return tuple(step_value(parameter, i) for i in range(n_steps(parameter)))


def from_unit(parameter: Parameter, u: float) -> Value:
    """Returns the value of a parameter at `u` in [0, 1)."""
    if parameter.kind == "choice":
        return parameter.choices[int(u * len(parameter.choices))]
    assert parameter.low is not None
    assert parameter.high is not None
    if parameter.step is not None or (parameter.kind == "int" and not parameter.log):
        return step_value(parameter, int(u * n_steps(parameter)))
    low, high = parameter.low, parameter.high
    if parameter.kind == "int":
        value = math.exp(math.log(low - 0.5) + u * (math.log(high + 0.5) - math.log(low - 0.5)))
        return min(max(round(value), int(low)), int(high))
    if parameter.log:
        return min(max(math.exp(math.log(low) + u * (math.log(high) - math.log(low))), low), high)
    return low + u * (high - low)


def _spread(parameter: Parameter, num: int) -> tuple[Value, ...]:
    assert parameter.low is not None
    assert parameter.high is not None
    if num == 1:
        return (parameter.low,)
    space = np.geomspace if parameter.log else np.linspace
    points = [float(point) for point in space(parameter.low, parameter.high, num)]
    points[0], points[-1] = parameter.low, parameter.high
    if parameter.kind == "int":
        return tuple(dict.fromkeys(round(point) for point in points))
    if parameter.step is not None:
        nearest = [round((point - parameter.low) / parameter.step) for point in points]
        return tuple(step_value(parameter, i) for i in dict.fromkeys(nearest))
    return tuple(points)


def n_steps(parameter: Parameter) -> int:
    """Returns how many values a range with a step has."""
    assert parameter.low is not None
    assert parameter.high is not None
    width = Decimal(str(parameter.high)) - Decimal(str(parameter.low))
    return int(width / Decimal(str(parameter.step or 1))) + 1


def step_value(parameter: Parameter, i: int) -> Value:
    """Returns value i of a range with a step: low + i * step, in decimal arithmetic."""
    value = Decimal(str(parameter.low)) + i * Decimal(str(parameter.step or 1))
    return int(value) if parameter.kind == "int" else float(value)
