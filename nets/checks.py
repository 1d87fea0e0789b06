"""Checks of arguments: each takes a name and a value, and raises an error that says what was wanted.

Nets, update rules and the Solver list theirs in `ARGUMENT_CHECKS`, name -> check; their constructors run
them, and a study file runs them on every choice and end of a range before anything is built.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from nets.names import nearest_first

Check = Callable[[str, object], None]


def run(checks: Mapping[str, Check], arguments: Mapping[str, object]) -> None:
    """Runs the checks of all arguments that have one."""
    for name, check in checks.items():
        if name in arguments:
            check(name, arguments[name])


def _refusal(name: str, wanted: str, value: object) -> str:
    return f"{name} must be {wanted}, but got {value!r}"


def integer(low: int, high: int | None = None) -> Check:
    """Returns a check for an integer from `low` to `high`; Python's and NumPy's will do, bools will not."""
    wanted = f"an integer of at least {low}" if high is None else f"an integer from {low} to {high}"

    def check(name: str, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(_refusal(name, wanted, value))
        if int(value) < low or (high is not None and int(value) > high):
            raise ValueError(_refusal(name, wanted, value))

    return check


def number(wanted: str, holds: Callable[[float], bool]) -> Check:
    """Returns a check for a real number for which `holds`; `wanted` says in words what that is."""

    def check(name: str, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(_refusal(name, wanted, value))
        if not holds(float(value)):
            raise ValueError(_refusal(name, wanted, value))

    return check


def one_of(names: Iterable[str]) -> Check:
    """Returns a check for one of some names; the error lists them, nearest first."""
    known = list(names)

    def check(name: str, value: object) -> None:
        if not isinstance(value, str):
            raise TypeError(_refusal(name, f"one of {', '.join(known)}", value))
        if value not in known:
            raise ValueError(_refusal(name, f"one of {nearest_first(known, value)}", value))

    return check


def optional(check: Check) -> Check:
    """Returns a check that also takes None."""

    def check_unless_none(name: str, value: object) -> None:
        if value is not None:
            check(name, value)

    return check_unless_none


def boolean(name: str, value: object) -> None:
    """Refuses what is neither true nor false."""
    if not isinstance(value, bool):
        raise ValueError(_refusal(name, "true or false", value))


def floating_dtype(name: str, value: object) -> None:
    """Checks for float32 or float64, as a type, a dtype or a name."""
    wanted = "float32 or float64"
    try:
        dtype = np.dtype(value)  # type: ignore[call-overload]
    except TypeError as error:
        raise TypeError(_refusal(name, wanted, value)) from error
    if dtype not in (np.float32, np.float64):
        raise TypeError(_refusal(name, wanted, value))


def shape(axes: str) -> Check:
    """Returns a check for a sequence of positive integers, one for each letter of `axes`."""
    wanted = f"{len(axes)} positive integers ({', '.join(axes)})"

    def check(name: str, value: object) -> None:
        sizes = _sizes(value)
        if sizes is None or len(sizes) != len(axes):
            raise TypeError(_refusal(name, wanted, value))
        for size in sizes:
            positive_integer(name, size)

    return check


def sizes_or_size(name: str, value: object) -> None:
    """Checks for a positive integer or a sequence of them, such as the shape of an image."""
    sizes = _sizes(value)
    for size in [value] if sizes is None else sizes:
        positive_integer(name, size)


def widths(name: str, value: object) -> None:
    """Checks for a sequence of positive integers, one a layer; it may be empty."""
    sizes = _sizes(value)
    if sizes is None:
        raise TypeError(_refusal(name, "a list of positive integers, one for each hidden layer", value))
    for size in sizes:
        positive_integer(name, size)


def _sizes(value: Any) -> list[Any] | None:
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else None


positive_integer = integer(1)
positive = number("a finite number above 0", lambda value: 0 < value < math.inf)
not_negative = number("a finite number of at least 0", lambda value: 0 <= value < math.inf)
fraction = number("a number in [0, 1)", lambda value: 0 <= value < 1)
dropout = number("a probability of dropping a unit in [0, 1), 0 = off", lambda value: 0 <= value < 1)
