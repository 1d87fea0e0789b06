"""The search space: parameters, how a trial draws from them, and what their values mean.

`suggest` draws one value for each active parameter from an Optuna trial; `to_arguments` turns the
drawn values into arguments of nets and solvers. `hpsearch.study.spacetable` reads parameters from a study
file.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hpsearch.words import one_line, visible

if TYPE_CHECKING:
    import optuna

Value = bool | int | float | str
Params = dict[str, Value]

NONE = "{ none = true }"
"""How study files write Python's None, which TOML has no word for, and how a choice of it is recorded."""


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some steps divide their range only up to rounding
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as above
            return trial.suggest_float(self.name, self.low, self.high, step=self.step, log=self.log)

    def ends(self) -> tuple[Value, ...]:
        """Returns the values that a check must accept if it accepts all: choices, or both ends."""
        if self.kind == "choice":
            return self.choices
        assert self.low is not None
        assert self.high is not None
        return (self.low, self.high)

    def recorded(self, value: Any) -> Value:
        """Returns a value that a study file gives as trials record it.

        Raises:
            ValueError: the parameter cannot have it; `NAME: what was expected`.
        """
        if self.kind == "choice":
            label = _label(value)
            for choice in self.choices:
                if type(choice) is type(label) and choice == label:
                    return choice
            raise ValueError(f"{self.name}: expected one of {list(self.choices)}, but got {value!r}")
        assert self.low is not None
        assert self.high is not None
        wanted: tuple[type, ...] = (int,) if self.kind == "int" else (int, float)
        if type(value) not in wanted or not self.low <= value <= self.high:
            kind = "an integer" if self.kind == "int" else "a number"
            raise ValueError(f"{self.name}: expected {kind} in [{self.low}, {self.high}], but got {value!r}")
        n_steps = (value - self.low) / (self.step or 1)
        if self.step is not None and abs(n_steps - round(n_steps)) > 1e-8:
            raise ValueError(f"{self.name}: expected {self.low} plus steps of {self.step}, but got {value!r}")
        return int(value) if self.kind == "int" else float(value)

    def place(self, values: Iterable[Value | None]) -> NDArray[np.float64]:
        """Returns where values lie in the range: 0 at its low end, 1 at its high end, NaN for an absent one.

        Choices lie evenly in their order. A range with `log` is measured on its logarithmic scale.
        """
        if self.kind == "choice":
            last = max(len(self.choices) - 1, 1)
            places = {choice: i / last for i, choice in enumerate(self.choices)}
            return np.array([places.get(value, np.nan) for value in values], dtype=np.float64)  # type: ignore[arg-type]
        numbers, ends = (np.array(list(some), dtype=np.float64) for some in (values, self.ends()))
        if self.log:
            numbers, ends = np.log(numbers), np.log(ends)
        else:  # the width of a range may be beyond the largest number, half of it is not
            numbers, ends = numbers / 2, ends / 2
        low, high = ends
        return np.asarray((numbers - low) / ((high - low) or 1.0))


def _label(value: Any) -> Any:
    """Returns a choice as it is recorded: a list as its JSON text; what has none, as it is."""
    if is_none(value):
        return NONE
    if not isinstance(value, list):
        return value
    try:
        return json.dumps(value)
    except TypeError:  # dates, which TOML has and JSON has not, are in no list of choices
        return value


def is_none(value: object) -> bool:
    """Says whether a value of a study file, or a recorded choice, stands for None."""
    return value == {"none": True} or value == NONE


def without_none(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments with Python's None where a study file's or a record's word for it stands."""
    return {name: None if is_none(value) else value for name, value in arguments.items()}


def as_written(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments as a study file has them, with its word for None."""
    return {name: {"none": True} if value is None else value for name, value in arguments.items()}


def suggest(trial: optuna.Trial, parameters: Sequence[Parameter]) -> Params:
    """Draws a value for each parameter that is active beside those before it."""
    params: Params = {}
    for parameter in parameters:
        if parameter.is_active(params):
            params[parameter.name] = parameter.suggest_from(trial)
    return params


def to_arguments(params: Mapping[str, Value]) -> dict[str, Any]:
    """Returns the drawn values as arguments: widths as a list, JSON texts as lists, None as itself."""
    arguments: dict[str, Any] = {}
    widths: dict[int, Value] = {}
    for name, value in params.items():
        part = name.partition(".")[2]
        if part.startswith("width"):
            widths[int(part.removeprefix("width"))] = value
        elif part != "depth":
            is_list = isinstance(value, str) and value.startswith("[")
            arguments[name] = json.loads(str(value)) if is_list else value
    arguments = without_none(arguments)
    if widths:
        arguments["hidden_dims"] = [widths[layer] for layer in sorted(widths)]
    return arguments


def params_in_words(params: Mapping[str, Value]) -> str:
    """Returns parameters as people read them: words by themselves, numbers and what looks like one named.

    >>> params_in_words({"rule": "adam", "rate": 0.01, "decay": "1e-3", "dims": "[8, 8]", "mode": ""})
    'adam   rate 0.01   decay 1e-3   dims [8, 8]   mode ""'
    """
    shown = []
    for name, value in params.items():
        if isinstance(value, str):
            text = "none" if value == NONE else one_line(visible(value))
            shown.append(text if text[:1].isalpha() and text != "none" else f"{name} {text}")
        else:
            shown.append(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}")
    return "   ".join(shown)
