"""A Solver of the user's own: `[training] solver = "package.module:Class"`, as the course's are.

solver_class(kind)               the class
split(kind, settings)            which settings its constructor gets by name, and which as `optim_config`
made(cls, net, data, arguments)  one, with net and data where its constructor takes them
check_required(kind, said)       nothing that it needs is missing
KEY                              the key

Its contract: `Class(model, data, **settings)`, in this order or by these names, with a dict of arrays
X_train, y_train, X_val, y_val, and `train()`. If `train` asks its own `check_accuracy(X, y, ...)` about the
validation images after each epoch, as the course's does, the trial has a curve and can be pruned; otherwise
it has one value, at its end. Its net is measured on the images that it was given; one that shifts or scales
them itself is refused.

What its constructor takes by name it is given by name: arguments of its signature, and keys that it takes out
of `**kwargs`. `epochs` is given as `num_epochs` where that is its name. All else of [training] and [space]
that is not the net's goes into `optim_config`.

Keys:
    solver: a Solver of your own, as the course's are, in the place of ours; its arguments may stand beside
        it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hpsearch.study.owncode import OwnCodeError, find

KEY = "solver"
_TRAIN, _CONFIG = "train", "optim_config"
_MODEL, _DATA = ("model", "net"), "data"
_SET_ANYWAY = ("epochs", "num_epochs", "verbose", _CONFIG)
_TAKEN = r"""{}\s*(?:\.\s*(?:pop|get|setdefault)\s*\(|\[)\s*["']([A-Za-z_]\w*)["']"""


def solver_class(kind: str) -> type:
    """Returns the class of a Solver of the user's own.

    Raises:
        OwnCodeError: there is no such class.
    """
    found = find(kind, f"training.{KEY}", "class")
    if not isinstance(found, type) or not callable(getattr(found, _TRAIN, None)):
        raise OwnCodeError(f"training.{KEY}: {kind!r} must be a class with a method train()")
    needed = [one.name for one in _needed(getattr(found, _TRAIN))[1:]]
    if needed:
        raise OwnCodeError(
            f"training.{KEY}: train() of {kind!r} must need no argument, but needs {', '.join(needed)}"
        )
    if not _takes_places(found) and _given_by_name(found) is None:
        raise OwnCodeError(f"training.{KEY}: {kind!r} must take model and data, as its first two arguments")
    for one in list(inspect.signature(found).parameters.values())[2:]:
        if one.kind is one.POSITIONAL_ONLY:
            raise OwnCodeError(
                f"training.{KEY}: {kind!r} takes {one.name} by its place alone; expected all arguments but "
                f"model and data to be given by name"
            )
    return found


def _needed(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Returns the parameters without a default."""
    parameters = inspect.signature(function).parameters.values()
    open_ended = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one for one in parameters if one.default is one.empty and one.kind not in open_ended]


def made(cls: type, net: Any, data: Mapping[str, Any], arguments: Mapping[str, Any]) -> Any:
    """Returns a Solver, made of net, data and its other arguments."""
    by_name = _given_by_name(cls)
    if by_name is None:
        return cls(net, data, **arguments)
    return cls(**dict(zip(by_name, (net, data), strict=True)), **arguments)


def check_required(kind: str, said: set[str]) -> None:
    """Checks that nothing is missing of what a Solver's constructor needs.

    Raises:
        ValueError: `training.name: what is wrong`.
    """
    cls = solver_class(kind)
    for one in _needed(cls):
        if one.name not in {*said, *_given(cls), *_SET_ANYWAY}:
            raise ValueError(
                f"training.{one.name}: missing; {kind} needs it in [training] or [space]; it is given model "
                f"and data"
            )


def _given(cls: type) -> tuple[str, ...]:
    """Returns the names under which a constructor takes net and data."""
    return _given_by_name(cls) or tuple(_positional(cls)[:2])


def _given_by_name(cls: type) -> tuple[str, str] | None:
    """Returns the names of net and data where a constructor has them; None where they are the first two."""
    parameters = inspect.signature(cls).parameters.values()
    named = {one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}
    for known in (named, () if _takes_places(cls) else names(cls)):
        model = next((name for name in _MODEL if name in known), None)
        if model is not None and _DATA in known:
            return model, _DATA
    return None


def _takes_places(cls: type) -> bool:
    """Says whether a constructor takes two arguments by their places."""
    parameters = inspect.signature(cls).parameters.values()
    return any(one.kind is one.VAR_POSITIONAL for one in parameters) or len(_positional(cls)) > 1


def _positional(cls: type) -> list[str]:
    parameters = inspect.signature(cls).parameters.values()
    return [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


@cache
def names(cls: type) -> frozenset[str]:
    """Returns what a class's constructor takes by name: of its signature, and out of its `**kwargs`.

    Where it has such, they may go on to the constructors of the classes that it inherits from.
    """
    named: set[str] = set()
    for owner in (one for one in cls.__mro__ if "__init__" in vars(one)):
        parameters = list(inspect.signature(vars(owner)["__init__"]).parameters.values())[1:]
        named |= {one.name for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)}
        rest = [one.name for one in parameters if one.kind is one.VAR_KEYWORD]
        if not rest:
            break
        named |= set(re.findall(_TAKEN.format(re.escape(rest[0])), _source(owner)))
    return frozenset(named)


def direct_names(kind: str) -> set[str]:
    """Returns what may be said of a Solver by its own names, `epochs` for `num_epochs`."""
    cls = solver_class(kind)
    return {"epochs", *names(cls)} - {*_MODEL, _DATA, *_given(cls), "num_epochs"}


def takes_config(kind: str) -> bool:
    """Says whether a Solver has an `optim_config`."""
    return _CONFIG in names(solver_class(kind))


def split(kind: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the settings that a Solver gets by name, and those of its `optim_config`."""
    direct = direct_names(kind)
    by_name = {name: value for name, value in settings.items() if name in direct and name != _CONFIG}
    rest = {name: value for name, value in settings.items() if name not in direct}
    return by_name, {**settings.get(_CONFIG, {}), **rest}


def call_arguments(kind: str, solver: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the keyword arguments of a Solver's constructor."""
    taken = names(solver_class(kind))
    arguments = dict(solver)
    epochs = arguments.pop("epochs")
    arguments |= {name: epochs for name in ("num_epochs", "epochs") if name in taken}
    if "verbose" in taken:
        arguments.setdefault("verbose", False)
    if _CONFIG in taken:
        arguments[_CONFIG] = dict(config)
    return arguments


def _source(cls: type) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # typed at a prompt
        return ""
