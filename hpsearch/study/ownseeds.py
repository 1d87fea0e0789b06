"""Code of the user's own that seeds itself with a number, so that no seed of a trial changes what it draws.

own_seeds(study)    such calls, in words
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

from hpsearch.study.maincode import elsewhere, followed
from hpsearch.study.owncode import find, is_users

if TYPE_CHECKING:
    from hpsearch.study.study import Study

_SEEDING = ("random.seed", "default_rng", "RandomState", "manual_seed")
_SHOWN = 2


def own_seeds(study: Study) -> list[str]:
    """Returns which functions that a study's code uses seed a generator with a constant; imports that code.

    A module that seeds when it is imported does so before the trial is seeded, and a default may be given
    another generator.
    """
    things = [find(kind, kind) for kind in study.code]
    followable = [thing for thing in things if isinstance(thing, type | FunctionType)]  # no partial function
    used = {name: one for thing in followable for name, one in _used(thing)}
    calls = [(name, call) for name, one in used.items() for call in _seeding_calls(one)]
    return [
        f"{call} in {name}: where this runs, all trials and fresh seeds draw the same; expected the seed or "
        f"rng that is given"
        for name, call in calls[:_SHOWN]
    ]


def _used(start: type | FunctionType) -> Iterator[tuple[str, Any]]:
    """Yields a class or function and what it uses, with names, in other modules of the user's own too."""
    waiting, seen = [start], {start}
    while waiting:
        one = waiting.pop(0)
        module = "" if one.__module__ == start.__module__ else f"{one.__module__}."
        for name, thing in followed(one).items():
            yield f"{module}{name}", thing
            for other in elsewhere(thing) if isinstance(thing, type | FunctionType) else ():
                if other not in seen and is_users(other.__module__):
                    waiting.append(other)
                    seen.add(other)


def _seeding_calls(thing: Any) -> Iterator[str]:
    """Yields the calls in a function that seed a generator with a constant."""
    if not isinstance(thing, FunctionType):
        return
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError):  # there is none, or that of a lambda within a line
        return
    bodies = [one.body for one in tree.body if isinstance(one, ast.FunctionDef)]
    for node in (node for body in bodies for line in body for node in ast.walk(line)):
        if isinstance(node, ast.Call) and _is_seeding(node):
            yield ast.unparse(node)


def _is_seeding(call: ast.Call) -> bool:
    given = [*call.args, *(one.value for one in call.keywords)]
    is_constant = bool(given) and all(
        isinstance(one, ast.Constant) and isinstance(one.value, int) for one in given
    )
    return is_constant and ast.unparse(call.func).endswith(_SEEDING)
