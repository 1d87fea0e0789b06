"""The search space: what `[space]` of a study file may say, and how a trial suggests from it.

`parse_space` turns the table of a study file into `Parameter`s, parents before children;
`suggest` draws one value for each active parameter from an Optuna trial; `to_arguments` turns the
drawn values into arguments of nets and solvers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from hpsearch.errors import one_of

if TYPE_CHECKING:
    import optuna

Value = bool | int | float | str
Params = dict[str, Value]

_RANGE_KEYS = ("low", "high", "log", "step", "num", "values", "when")
_CHOICE_KEYS = ("choices", "when")
_DEPTH_KEYS = ("depth", "width", "log", "when")


@dataclass(frozen=True)
class Parameter:
    """One searched parameter: a range of numbers or a list of choices.

    Attributes:
        name: as in the study file; the parts of a searched `hidden_dims` are called
            `hidden_dims.depth`, `hidden_dims.width1`, ...
        kind: "float", "int" or "choice".
        low, high: both ends of a range, inclusive; None for choices.
        log: whether the range is searched on a logarithmic scale.
        step: distance between the values of a range; None for a continuous one.
        choices: the choices as Optuna records them (a list is recorded as its JSON text).
        num: how many grid points the range gets; None if not said.
        points: the grid points, where the study file lists them.
        when: parameter name -> values under which this parameter exists; empty = always.
    """

    name: str
    kind: Literal["float", "int", "choice"]
    low: float | int | None = None
    high: float | int | None = None
    log: bool = False
    step: float | int | None = None
    choices: tuple[Value, ...] = ()
    num: int | None = None
    points: tuple[Value, ...] = ()
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def is_active(self, params: Mapping[str, Value]) -> bool:
        """Says whether the parameter exists beside the values drawn so far."""
        return all(parent in params and params[parent] in values for parent, values in self.when.items())

    def distribution(self) -> optuna.distributions.BaseDistribution:
        """Returns the Optuna distribution that the parameter is drawn from."""
        from optuna import distributions

        if self.kind == "choice":
            return distributions.CategoricalDistribution(self.choices)
        assert self.low is not None
        assert self.high is not None
        if self.kind == "int":
            return distributions.IntDistribution(int(self.low), int(self.high), self.log, int(self.step or 1))
        return distributions.FloatDistribution(self.low, self.high, self.log, self.step)

    def suggest_from(self, trial: optuna.Trial) -> Value:
        """Returns the value that the trial's sampler proposes."""
        if self.kind == "choice":
            choice: Value = trial.suggest_categorical(self.name, self.choices)  # type: ignore[assignment]
            return choice
        assert self.low is not None
        assert self.high is not None
        if self.kind == "int":
            step = int(self.step or 1)
            return trial.suggest_int(self.name, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(self.name, self.low, self.high, step=self.step, log=self.log)

    def ends(self) -> tuple[Value, ...]:
        """Returns the values that a check must accept if it accepts all: choices, or both ends."""
        if self.kind == "choice":
            return self.choices
        assert self.low is not None
        assert self.high is not None
        return (self.low, self.high)


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


def suggest(trial: optuna.Trial, parameters: Sequence[Parameter]) -> Params:
    """Draws a value for each parameter that is active beside those before it."""
    params: Params = {}
    for parameter in parameters:
        if parameter.is_active(params):
            params[parameter.name] = parameter.suggest_from(trial)
    return params


def to_arguments(params: Mapping[str, Value]) -> dict[str, Any]:
    """Returns the drawn values as arguments: widths as a list, JSON texts as lists."""
    arguments: dict[str, Any] = {}
    for name, value in params.items():
        owner, _, part = name.partition(".")
        if part.startswith("width"):
            arguments.setdefault(owner, []).append(value)
        elif part != "depth":
            is_list = isinstance(value, str) and value.startswith("[")
            arguments[name] = json.loads(str(value)) if is_list else value
    return arguments


def _parse_entry(name: str, entry: object) -> list[Parameter]:
    if not isinstance(entry, Mapping):
        raise ValueError(
            f"{name}: expected a table like {{ low = 1e-4, high = 1e-1, log = true }} "
            f"or {{ choices = [...] }}, but got {entry!r}; a fixed value belongs in [net] or [training]"
        )
    when = _parse_when(name, entry.get("when", {}))
    if "choices" in entry:
        _refuse_unknown_keys(name, entry, _CHOICE_KEYS)
        return [Parameter(name, "choice", choices=_parse_choices(name, entry["choices"]), when=when)]
    if "depth" in entry or "width" in entry:
        _refuse_unknown_keys(name, entry, _DEPTH_KEYS)
        return _parse_depth_and_width(name, entry, when)
    _refuse_unknown_keys(name, entry, _RANGE_KEYS)
    return [_parse_range(name, entry, when)]


def _refuse_unknown_keys(name: str, entry: Mapping[str, Any], known: Iterable[str]) -> None:
    for key in entry:
        if key not in known:
            raise ValueError(f"{name}: unknown key {key!r}; expected one of {one_of(known, key)}")


def _parse_range(name: str, entry: Mapping[str, Any], when: dict[str, tuple[Value, ...]]) -> Parameter:
    points = _parse_points(name, entry)
    low = _number(name, entry, "low", min(points, default=None))
    high = _number(name, entry, "high", max(points, default=None))
    log = entry.get("log", False)
    if not isinstance(log, bool):
        raise ValueError(f"{name}: log must be true or false, but got {log!r}")
    kind: Literal["float", "int"] = "int" if type(low) is int and type(high) is int else "float"
    if kind == "float":
        low, high = float(low), float(high)
    _check_range(name, low, high, log, bool(points))
    step = _parse_step(name, entry, kind, log, high - low)
    num = entry.get("num")
    if num is not None and (type(num) is not int or num < 1):
        raise ValueError(f"{name}: num must be a whole number of grid points >= 1, but got {num!r}")
    if any(not low <= point <= high for point in points):
        raise ValueError(f"{name}: values must lie in [{low}, {high}], but got {list(points)}")
    return Parameter(name, kind, low, high, log, step, num=num, points=points, when=when)


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
    if abs(value) > 2**53:
        raise ValueError(f"{name}: {key} must lie within +-2**53, but got {value!r}")
    return value  # type: ignore[no-any-return]


def _check_range(name: str, low: float, high: float, log: bool, single_allowed: bool) -> None:
    if low > high or (low == high and not single_allowed):
        hint = "; a fixed value belongs in [net] or [training]" if low == high else ""
        raise ValueError(f"{name}: low must be below high, but got low = {low}, high = {high}{hint}")
    if log and low <= 0:
        raise ValueError(f"{name}: low must be above 0 with log = true, but got low = {low}")


def _parse_step(
    name: str, entry: Mapping[str, Any], kind: str, log: bool, width: float
) -> float | int | None:
    step = entry.get("step")
    if step is None:
        return None
    if not _is_number(step) or step <= 0:
        raise ValueError(f"{name}: step must be a number above 0, but got {step!r}")
    if log:
        raise ValueError(f"{name}: step and log = true exclude each other, but got step = {step}")
    if kind == "int" and type(step) is not int:
        raise ValueError(f"{name}: step must be a whole number between whole ends, but got {step!r}")
    if step > width:
        raise ValueError(f"{name}: step must not be above high - low = {width}, but got {step}")
    return step  # type: ignore[no-any-return]


def _parse_choices(name: str, choices: object) -> tuple[Value, ...]:
    if not isinstance(choices, list) or not choices:
        raise ValueError(f"{name}: choices must be a list with at least one value, but got {choices!r}")
    labels: list[Value] = []
    for choice in choices:
        if isinstance(choice, float) and not math.isfinite(choice):
            raise ValueError(f"{name}: choices must be finite, but got {choice!r}")
        if isinstance(choice, list):
            labels.append(json.dumps(choice))
        elif isinstance(choice, (bool, int, float, str)):
            labels.append(choice)
        else:
            raise ValueError(f"{name}: a choice must be text, a number, true, false or a list: {choice!r}")
    for i, label in enumerate(labels):
        for earlier in labels[:i]:
            if label == earlier:
                raise ValueError(
                    f"{name}: choices must not look alike, but got {earlier!r} and {label!r} in {choices}"
                )
    return tuple(labels)


def _parse_when(name: str, when: object) -> dict[str, tuple[Value, ...]]:
    if not isinstance(when, Mapping):
        raise ValueError(f"{name}: when must be a table like {{ update_rule = 'adam' }}, but got {when!r}")
    return {
        parent: tuple(values) if isinstance(values, list) else (values,) for parent, values in when.items()
    }


def _parse_depth_and_width(
    name: str, entry: Mapping[str, Any], when: dict[str, tuple[Value, ...]]
) -> list[Parameter]:
    if name != "hidden_dims":
        raise ValueError(f"{name}: depth and width go with hidden_dims only")
    low, high = _whole_pair(name, "depth", entry.get("depth"))
    narrow, wide = _whole_pair(name, "width", entry.get("width"))
    log = entry.get("log", False)
    if not isinstance(log, bool):
        raise ValueError(f"{name}: log must be true or false, but got {log!r}")
    depth = f"{name}.depth"
    parameters = [Parameter(depth, "int", low, high, when=when)] if low < high else []
    for i in range(1, high + 1):
        deeper = {depth: tuple(range(i, high + 1))} if i > low else {}
        parameters.append(Parameter(f"{name}.width{i}", "int", narrow, wide, log, when={**when, **deeper}))
    return parameters


def _whole_pair(name: str, key: str, value: object) -> tuple[int, int]:
    pair = [value, value] if key == "depth" and type(value) is int else value
    if not isinstance(pair, list) or len(pair) != 2 or any(type(end) is not int for end in pair):
        raise ValueError(f"{name}: {key} must be two whole numbers like [1, 3], but got {value!r}")
    low, high = pair
    if not 1 <= low <= high or (key == "width" and low == high) or high > (64 if key == "depth" else 2**20):
        raise ValueError(f"{name}: {key} must be [low, high] with 1 <= low < high, but got {value!r}")
    return low, high


def _check_conditions(parameters: Mapping[str, Parameter]) -> None:
    for parameter in parameters.values():
        for parent, values in parameter.when.items():
            if parent not in parameters:
                raise ValueError(
                    f"{parameter.name}: when names {parent!r}, which is not in [space]; "
                    f"expected one of {one_of(set(parameters) - {parameter.name}, parent)}"
                )
            if parent.endswith(".depth"):
                continue
            if parameters[parent].kind != "choice":
                raise ValueError(f"{parameter.name}: when needs choices, but {parent} is a range")
            for value in values:
                if value not in parameters[parent].choices:
                    raise ValueError(
                        f"{parameter.name}: when asks for {parent} = {value!r}; "
                        f"expected one of {list(parameters[parent].choices)}"
                    )


def _parents_first(parameters: Mapping[str, Parameter]) -> list[Parameter]:
    ordered: list[Parameter] = []
    placed: set[str] = set()
    while len(ordered) < len(parameters):
        ready = [p for p in parameters.values() if p.name not in placed and set(p.when) <= placed]
        if not ready:
            loop = ", ".join(sorted(set(parameters) - placed))
            raise ValueError(f"{loop}: when goes round in a circle")
        ordered += ready
        placed |= {p.name for p in ready}
    return ordered
