"""The arguments that the constructor of a class takes, and those that it passes on to the class above it.

    class Mine(FullyConnectedNet):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)

takes what `FullyConnectedNet` takes, which its signature does not say. What the call names itself is not
passed on.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter
from itertools import pairwise
from typing import Any


@cache
def parameters(cls: type) -> Mapping[str, Parameter]:
    """Returns the parameters of a class's constructor by name, without `self`.

    Those that are given by their place alone (`def __init__(self, width, /)`) have no name for others.
    """
    stated = inspect.signature(cls).parameters
    taken: dict[str, Parameter] = {
        name: one for name, one in stated.items() if one.kind is not one.POSITIONAL_ONLY
    }
    hidden: set[str] = set()
    each = (vars(one).get("__init__") for one in cls.__mro__)
    for constructor, above in pairwise(one for one in each if inspect.isfunction(one)):
        wanted = list(inspect.signature(above).parameters.values())[1:]
        said = _said_in_call(constructor, [one.name for one in wanted])
        if said is None:
            break
        hidden |= said
        named = [one for one in wanted if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
        taken |= {one.name: one for one in named if one.name not in hidden | taken.keys()}
    return taken


def _said_in_call(constructor: Callable[..., Any], wanted: list[str]) -> set[str] | None:
    """Returns the arguments that a constructor gives the next one itself; None if it passes no others on."""
    taken = inspect.signature(constructor).parameters.values()
    rest = [one.name for one in taken if one.kind is one.VAR_KEYWORD]
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(constructor)))
    except (OSError, TypeError, SyntaxError):  # there is none, or that of a lambda within a line
        return None
    for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "__init__":
            continue
        keywords = {one.arg: one.value for one in call.keywords}
        passed = keywords.pop(None, None)
        if isinstance(passed, ast.Name) and passed.id in rest:
            places = [one for one in call.args if not isinstance(one, ast.Starred)]
            if not isinstance(call.func.value, ast.Call):  # the class above by its name, no super()
                places = places[1:]
            return {name for name in keywords if name is not None} | set(wanted[: len(places)])
    return None
