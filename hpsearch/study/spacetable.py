"""`[space]` of a study file -> parameters, checked; parents stand before children.

Every mistake is a ValueError `NAME: what is wrong`, for the caller to put file and section before.

Keys of an entry:
    low, high: both ends of a range, inclusive; if both are integers, so is the parameter.
    log: true searches orders of magnitude: each tenfold is as likely as any other.
    step: distance between the values of a range; without it a range of numbers is continuous.
    num: how many points a `grid` gets from the range, both ends included.
    values: the points themselves that a `grid` gets; low and high are by default their ends.
    choices: the values, of which no two may look alike; a list is a choice too, and `{ none = true }` is
        Python's None.
    depth: fewest and most hidden layers, for `hidden_dims` only; one integer fixes the number.
    width: fewest and most units of a hidden layer, drawn for each layer by itself.
    when: the parameter exists only beside these values of other parameters of [space], which are choices.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from hpsearch.space import NONE, Parameter, Value, is_none
from nets.names import nearest_first

ENTRY_KEYS: Mapping[str, tuple[str, ...]] = {
    "a range": ("low", "high", "log", "step", "num", "values", "when"),
    "choices": ("choices", "when"),
    "depth and width": ("depth", "width", "log", "when"),
}
_UNCONDITIONAL = ("epochs", "update_rule")  # every trial needs them
_LARGEST = 2**53  # beyond it floats leave integers out
_MOST_STEPS = 10**15  # with more, neighbouring values are the same float
_WIDEST = {"depth": 64, "width": 2**20}


def parse_space(table: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Returns the parameters of a `[space]` table, parents before children.

    Raises:
        ValueError: `NAME: what is wrong`, for the caller to put file and section before it.
    """
    parameters: dict[str, Parameter] = {}
    for name, entry in table.items():
        for parameter in _parse_entry(name, entry):
            parameters[parameter.name] = parameter
    _check_conditions(parameters)
    return tuple(_parents_first(parameters))


def _parse_entry(name: str, entry: object) -> list[Parameter]:
    if "." in name:
        raise ValueError(f"{name}: a name has no dots; expected an argument of net, solver or update rule")
    if not isinstance(entry, Mapping):
        raise ValueError(
            f"{name}: expected a table like {{ low = 1e-4, high = 1e-1, log = true }} "
            f"or {{ choices = [...] }}, but got {entry!r}; a fixed value belongs in [net] or [training]"
        )
    when = _parse_when(name, entry.get("when", {}))
    if when and name in _UNCONDITIONAL:
        raise ValueError(f"{name}: every trial needs it; expected no when")
    if "choices" in entry:
        _refuse_unknown_keys(name, entry, ENTRY_KEYS["choices"])
        return [Parameter(name, "choice", choices=_parse_choices(name, entry["choices"]), when=when)]
    if "depth" in entry or "width" in entry:
        _refuse_unknown_keys(name, entry, ENTRY_KEYS["depth and width"])
        return _parse_depth_and_width(name, entry, when)
    _refuse_unknown_keys(name, entry, ENTRY_KEYS["a range"])
    return [_parse_range(name, entry, when)]


def _refuse_unknown_keys(name: str, entry: Mapping[str, Any], known: Iterable[str]) -> None:
    for key in entry:
        if key not in known:
            raise ValueError(f"{name}: unknown key {key!r}; expected one of {nearest_first(known, key)}")


def _parse_range(name: str, entry: Mapping[str, Any], when: dict[str, tuple[Value, ...]]) -> Parameter:
    points = _parse_points(name, entry)
    low = _number(name, entry, "low", min(points, default=None))
    high = _number(name, entry, "high", max(points, default=None))
    log = _is_log(name, entry)
    numbers = (low, high, *points)
    kind: Literal["float", "int"] = "int" if all(type(number) is int for number in numbers) else "float"
    if kind == "float":
        low, high, points = float(low), float(high), tuple(float(point) for point in points)
    _check_range(name, low, high, log, bool(points))
    if any(not low <= point <= high for point in points):
        raise ValueError(f"{name}: values must lie in [{low}, {high}], but got {list(points)}")
    step = _parse_step(name, entry, kind, log, Decimal(str(high)) - Decimal(str(low)))
    if step is not None:
        high = _last_step(low, high, step)
    num = entry.get("num")
    if num is not None and (type(num) is not int or not 1 <= num <= _LARGEST):
        raise ValueError(f"{name}: num must be an integer of at least 1, but got {num!r}")
    return Parameter(name, kind, low, high, log, step, num=num, points=points, when=when)


def _is_log(name: str, entry: Mapping[str, Any]) -> bool:
    value = entry.get("log", False)
    if not isinstance(value, bool):
        raise ValueError(f"{name}: log must be true or false, but got {value!r}")
    return value


def _last_step(low: float, high: float, step: float) -> float | int:
    """Returns the largest low + i * step that is not above high, in decimal arithmetic."""
    rest = (Decimal(str(high)) - Decimal(str(low))) % Decimal(str(step))
    return high if rest == 0 else type(high)(Decimal(str(high)) - rest)


def _parse_points(name: str, entry: Mapping[str, Any]) -> tuple[float | int, ...]:
    points = entry.get("values", [])
    if not isinstance(points, list) or ("values" in entry and not points):
        raise ValueError(f"{name}: values must be a list of numbers with at least one, but got {points!r}")
    for point in points:
        if not _is_number(point):
            raise ValueError(f"{name}: values must be finite numbers, but got {point!r}")
    if len(set(points)) < len(points):
        raise ValueError(f"{name}: values must differ from each other, but got {points}")
    return tuple(points)


def _is_number(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _number(name: str, entry: Mapping[str, Any], key: str, default: float | None) -> float | int:
    value = entry.get(key, default)
    if value is None:
        raise ValueError(f"{name}: {key} is missing; a range needs low and high")
    if not _is_number(value):
        raise ValueError(f"{name}: {key} must be a finite number, but got {value!r}")
    if abs(value) > _LARGEST:
        raise ValueError(f"{name}: {key} must lie within +-2**53, but got {value!r}")
    return value  # type: ignore[no-any-return]


def _check_range(name: str, low: float, high: float, log: bool, single_allowed: bool) -> None:
    if low > high or (low == high and not single_allowed):
        hint = "; a fixed value belongs in [net] or [training]" if low == high else ""
        raise ValueError(f"{name}: low must be below high, but got low = {low}, high = {high}{hint}")
    if log and low <= 0:
        raise ValueError(f"{name}: low must be above 0 with log = true, but got low = {low}")


def _parse_step(
    name: str, entry: Mapping[str, Any], kind: str, log: bool, width: Decimal
) -> float | int | None:
    step = entry.get("step")
    if step is None:
        return None
    if not _is_number(step) or step <= 0:
        raise ValueError(f"{name}: step must be a number above 0, but got {step!r}")
    if log or "values" in entry:
        other = "log = true" if log else "values"
        raise ValueError(f"{name}: step and {other} exclude each other, but got step = {step}")
    if kind == "int" and type(step) is not int:
        raise ValueError(f"{name}: step must be an integer where low and high are, but got {step!r}")
    if Decimal(str(step)) > width:
        raise ValueError(f"{name}: step must not be above high - low = {width}, but got {step}")
    if width / Decimal(str(step)) > _MOST_STEPS:
        raise ValueError(f"{name}: step must be at least (high - low) / 1e15, but got {step}")
    return step  # type: ignore[no-any-return]


def _parse_choices(name: str, choices: object) -> tuple[Value, ...]:
    if not isinstance(choices, list) or not choices:
        raise ValueError(f"{name}: choices must be a list with at least one value, but got {choices!r}")
    labels = [_parse_choice(name, choice) for choice in choices]
    for i, label in enumerate(labels):
        for earlier in labels[:i]:
            if label == earlier:
                raise ValueError(
                    f"{name}: choices must not look alike, but got {earlier!r} and {label!r} in {choices}"
                )
    return tuple(labels)


def _parse_choice(name: str, choice: object) -> Value:
    """Returns a choice as it is recorded: a list as its JSON text, None as a text of its own."""
    if isinstance(choice, list) and all(_is_scalar(item) for item in choice):
        return json.dumps(choice)
    if isinstance(choice, Mapping) and is_none(choice):
        return NONE
    if isinstance(choice, str) and choice.startswith("["):
        raise ValueError(f"{name}: a text choice must not begin with '[', but got {choice!r}")
    if not _is_scalar(choice):
        raise ValueError(
            f"{name}: a choice must be text, a finite number, true, false, a list of these or {NONE}, "
            f"but got {choice!r}"
        )
    return choice  # type: ignore[return-value]


def _is_scalar(value: object) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= _LARGEST
    return isinstance(value, bool | str) or _is_number(value)


def _parse_when(name: str, when: object) -> dict[str, tuple[Value, ...]]:
    if not isinstance(when, Mapping):
        raise ValueError(f"{name}: when must be a table like {{ update_rule = 'adam' }}, but got {when!r}")
    found = {parent: values if isinstance(values, list) else [values] for parent, values in when.items()}
    for parent, values in found.items():
        if not values:
            raise ValueError(f"{name}: when.{parent} must be a value or a list of values, but got {values!r}")
    return {
        parent: tuple(_parse_choice(f"{name}: when.{parent}", value) for value in values)
        for parent, values in found.items()
    }


def _parse_depth_and_width(
    name: str, entry: Mapping[str, Any], when: dict[str, tuple[Value, ...]]
) -> list[Parameter]:
    if name != "hidden_dims":
        raise ValueError(f"{name}: depth and width go with hidden_dims only")
    low, high = _pair(name, "depth", entry.get("depth"))
    narrow, wide = _pair(name, "width", entry.get("width"))
    log = _is_log(name, entry)
    depth = f"{name}.depth"
    parameters = [Parameter(depth, "int", low, high, when=when)] if low < high else []
    for i in range(1, high + 1):
        deeper = {depth: tuple(range(i, high + 1))} if i > low else {}
        parameters.append(Parameter(f"{name}.width{i}", "int", narrow, wide, log, when={**when, **deeper}))
    return parameters


def _pair(name: str, key: str, value: object) -> tuple[int, int]:
    pair = [value, value] if key == "depth" and type(value) is int else value
    if not isinstance(pair, list) or len(pair) != 2 or any(type(end) is not int for end in pair):
        raise ValueError(f"{name}: {key} must be two integers like [1, 3], but got {value!r}")
    low, high = pair
    widest, below = _WIDEST[key], "<=" if key == "depth" else "<"
    if not 1 <= low <= high <= widest or (key == "width" and low == high):
        raise ValueError(
            f"{name}: {key} must be [low, high] with 1 <= low {below} high <= {widest}, but got {value!r}"
        )
    return low, high


def _check_conditions(parameters: Mapping[str, Parameter]) -> None:
    for parameter in parameters.values():
        for parent, values in parameter.when.items():
            if parent not in parameters:
                raise ValueError(
                    f"{parameter.name}: when names {parent!r}, which is not in [space]; "
                    f"expected one of {nearest_first(set(parameters) - {parameter.name}, parent)}"
                )
            _check_condition(parameter.name, parameters[parent], values)


def _check_condition(name: str, parent: Parameter, values: tuple[Value, ...]) -> None:
    allowed: Iterable[Value] = parent.choices
    if parent.name.endswith(".depth"):
        allowed = range(int(parent.low or 1), int(parent.high or 1) + 1)
    elif parent.kind != "choice":
        raise ValueError(f"{name}: when needs choices, but {parent.name} is a range")
    for value in values:
        if value not in allowed:
            raise ValueError(
                f"{name}: when asks for {parent.name} = {value!r}; expected one of {list(allowed)}"
            )


def _parents_first(parameters: Mapping[str, Parameter]) -> list[Parameter]:
    ordered: list[Parameter] = []
    placed: set[str] = set()
    while len(ordered) < len(parameters):
        n_before = len(ordered)
        for parameter in parameters.values():
            if parameter.name not in placed and set(parameter.when) <= placed:
                ordered.append(parameter)
                placed.add(parameter.name)
        if len(ordered) == n_before:
            loop = ", ".join(sorted(set(parameters) - placed))
            raise ValueError(f"{loop}: when goes round in a circle")
    return ordered
