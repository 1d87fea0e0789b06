"""A training function of the user's own, in a net's place: `[training] function = "package.module:name"`.

training_function(kind)                 the function
study_of(function, space, ...)          the sections of its study
check(kind, training, space)            whether it takes what the study file says
call_arguments(kind, settings, given)   what it is called with

It is a generator that yields after each epoch how well it validates: the fraction of the validation examples
that are right, or an array that says of each whether it is; or a dict with `val_accuracy` or `hits`, and
perhaps `train_accuracy` and `loss`. It is called by the names of its arguments: those of [training] and
[space], and `params` (a dict of them all), `seed` (an integer), `rng` (a generator of NumPy's), `data` (the
splits of [data], a `TrainVal`) and `epochs`.

Keys:
    function: a training function of your own, in the place of net and Solver; its arguments may stand beside
        it, and `epochs` must be known.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from hpsearch.errors import CallError
from hpsearch.space import Parameter
from hpsearch.study import own_data
from hpsearch.study.own_data import OWN_DATA
from hpsearch.study.owncode import OwnCodeError, find, require_names
from nets import checks
from nets.data import SplitSettings
from nets.names import nearest_first

KEY = "function"
GIVEN = ("params", "seed", "rng", "data", "epochs")


def training_function(kind: str) -> Any:
    """Returns a training function.

    Raises:
        OwnCodeError: there is no such function, or it is no generator.
    """
    key = f"training.{KEY}"
    found = find(kind, key, "function")
    unwrapped: Any = inspect.unwrap(found) if callable(found) else found
    if not _is_routine(unwrapped) or inspect.isasyncgenfunction(unwrapped):
        what = "an asynchronous one" if _is_routine(unwrapped) else _kind_of(unwrapped)
        raise OwnCodeError(f"{key}: {kind!r} must be a generator function, but is {what}")
    if not inspect.isgeneratorfunction(unwrapped):
        raise OwnCodeError(
            f"{key}: {kind!r} must yield its validation accuracy after each epoch, but has no yield"
        )
    require_names(found, kind, key)
    return found


def _is_routine(thing: Any) -> bool:
    """Says whether a thing is a function or method, also with some of its arguments given."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    return inspect.isroutine(thing)


def _kind_of(thing: Any) -> str:
    """Returns what a thing is that is no function, in words."""
    return "a class" if isinstance(thing, type) else f"an object of the class {type(thing).__name__}"


def study_of(
    function: Callable[..., Any] | str,
    space: Mapping[str, Any] | None,
    epochs: int | None,
    num_val: int | None,
) -> dict[str, Any]:
    """Returns the sections of a study of a training function; what is None is left out.

    Raises:
        CallError: it is none that a module has under its name, such as a lambda or a partial function.
    """
    if not isinstance(function, str):
        _check_named(function)
    training = {KEY: function, "epochs": epochs}
    data = {"source": OWN_DATA, "num_val": num_val}
    return {
        "training": {name: value for name, value in training.items() if value is not None},
        "data": {name: value for name, value in data.items() if value is not None},
        "space": space or {},
    }


def _check_named(function: Any) -> None:
    """Raises CallError unless processes of other trials will find a function by its name in its module."""
    is_function = isinstance(function, FunctionType)
    name = function.__qualname__ if is_function else _kind_of(function)
    if not is_function or name != function.__name__ or not name.isidentifier():
        raise CallError(
            f"train: expected a generator function that is defined by def, outside of functions and classes, "
            f"but got {name}"
        )


def name_of_function(function: Callable[..., Any] | str) -> str:
    """Returns the name of a study of a training function, one that `study_of` takes."""
    name = function.rpartition(":")[2] if isinstance(function, str) else function.__name__
    return name.lower()


def check(kind: str, training: Mapping[str, Any], space: Sequence[Parameter]) -> None:
    """Checks names and epochs of a study of a training function.

    Raises:
        ValueError: `section.key: what is wrong`.
    """
    searched = {parameter.name.partition(".")[0] for parameter in space}
    named = {name for name in training if name != KEY}
    for name in sorted(named & searched):
        raise ValueError(f"space.{name}: stands in [training] too; expected it in one of them")
    if "epochs" not in named | searched:
        raise ValueError(f"training.epochs: missing; expected how many epochs {kind} yields at most")
    _check_epochs(training, space)
    taken = _parameters(kind)
    is_open = "params" in taken or any(one.kind is one.VAR_KEYWORD for one in taken.values())
    for section, names in (("training", named), ("space", searched)):
        for name in sorted(names - {*taken, "epochs"}):
            if not is_open or name in GIVEN:
                known = [one.name for one in _named(taken) if one.name not in GIVEN]
                all_of_them = "an argument params, for all of them"
                expected = f"{nearest_first(known, name)}, or {all_of_them}" if known else all_of_them
                raise ValueError(f"{section}.{name}: {kind} takes no {name}; expected {expected}")
    _check_required(kind, taken, {*named, *searched, *GIVEN})


def check_data(kind: str | None, settings: SplitSettings) -> None:
    """Checks that a function gets the data that it takes, or says how much it brings.

    Args:
        kind: of the function; None where a net is trained.
        settings: of the data.

    Raises:
        ValueError: `key: what is wrong`, of the section [data].
    """
    if settings.source != OWN_DATA:
        return
    if kind is None:
        raise ValueError(f"source: {OWN_DATA!r} goes with a training function, training.function")
    if "data" in _parameters(kind):
        raise ValueError(
            f"source: {kind} takes data; expected where its splits come from, such as 'digits', "
            f"but got {OWN_DATA!r}"
        )
    own_data.check(settings.num_val)


def _check_required(kind: str, taken: Mapping[str, inspect.Parameter], known: set[str]) -> None:
    for one in _named(taken):
        if one.default is one.empty and one.name not in known:
            raise ValueError(
                f"training.{one.name}: missing; {kind} needs it in [training] or [space]; it is given "
                f"{', '.join(GIVEN)}"
            )


def _check_epochs(training: Mapping[str, Any], space: Sequence[Parameter]) -> None:
    values = [("training", training["epochs"])] if "epochs" in training else []
    values += [("space", end) for one in space if one.name == "epochs" for end in one.ends()]
    for section, value in values:
        try:
            checks.positive_integer("epochs", value)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{section}.epochs: {error}") from error


def call_arguments(kind: str, settings: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the keyword arguments of a training function.

    Args:
        kind: its kind.
        settings: fixed and drawn values, `epochs` among them.
        given: values of `seed`, `rng` and `data`.
    """
    taken = _parameters(kind)
    params = {name: value for name, value in settings.items() if name != "epochs"}
    everything = {**given, "epochs": settings["epochs"], "params": params}
    if any(one.kind is one.VAR_KEYWORD for one in taken.values()) and "params" not in taken:
        return {**{name: everything[name] for name in GIVEN if name in taken}, **params}
    return {name: value for name, value in {**everything, **params}.items() if name in taken}


def _named(taken: Mapping[str, inspect.Parameter]) -> list[inspect.Parameter]:
    """Returns the parameters that have a name for who calls."""
    return [one for one in taken.values() if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]


def _parameters(kind: str) -> Mapping[str, inspect.Parameter]:
    """Returns the parameters of a training function, but for those that are given by their place alone."""
    taken = inspect.signature(training_function(kind)).parameters
    return {name: one for name, one in taken.items() if one.kind is not one.POSITIONAL_ONLY}
