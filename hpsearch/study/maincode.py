"""What the bits of a class or function of `__main__` depend on: its code, and what it uses there.

code_of(start)       the code
modules_of(start)    the modules that it uses besides
followed(start)      the class or function and what it uses of its module, by name
elsewhere(thing)     the classes and functions of other modules that one of these uses

A script or notebook has other code too, which may change without changing the net: so functions and
classes are followed from name to name. Large values, such as arrays, are left out.
"""

from __future__ import annotations

import dis
import inspect
import json
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any


def code_of(start: Any) -> str:
    """Returns the code of a class or function and of what it uses of its module, in the order of names."""
    found = followed(start)
    return "\n".join(f"{name}: {_text(found[name])}" for name in sorted(found))


def modules_of(start: Any) -> list[str]:
    """Returns the names of the modules that a class or function uses, and what it uses of its module."""
    names = {name for thing in followed(start).values() for name in _modules(thing)}
    return sorted(names - {start.__module__})


def followed(start: Any) -> dict[str, Any]:
    """Returns a class or function and what it uses of its module, by name."""
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [(start.__name__, start)]
    while waiting:
        name, thing = waiting.pop()
        if name not in found:
            found[name] = thing
            waiting += _used(thing, start.__module__)
    return found


def elsewhere(thing: Any) -> Iterator[Any]:
    """Yields the classes and functions of other modules that a class or function uses.

    A module that a function imports itself is not looked into.
    """
    if isinstance(thing, type):
        used = list(thing.__bases__)
    else:
        names = _names(thing.__code__)
        of_module = [thing.__globals__[name] for name in sorted(names & thing.__globals__.keys())]
        used = [*of_module]
        for module in (one for one in of_module if isinstance(one, ModuleType)):
            used += [vars(module)[name] for name in sorted(names & vars(module).keys())]
    for one in used:
        if isinstance(one, type | FunctionType) and one.__module__ != thing.__module__:
            yield one


def _modules(thing: Any) -> Iterator[str]:
    """Yields names of modules: of bases, of what a function names, and those that it imports itself."""
    if isinstance(thing, type):
        yield from (base.__module__ for base in thing.__bases__)
    elif isinstance(thing, FunctionType):
        yield thing.__module__
        names = _names(thing.__code__)
        for value in (thing.__globals__[name] for name in names & thing.__globals__.keys()):
            if isinstance(value, ModuleType):
                yield from (value.__name__, *(f"{value.__name__}.{name}" for name in names))
            elif isinstance(module := getattr(value, "__module__", None), str):
                yield module
        yield from _imported(thing.__code__)


def _imported(code: CodeType) -> Iterator[str]:
    """Yields names of modules that code imports when it runs."""
    yield from (one.argval for one in dis.get_instructions(code) if one.opname == "IMPORT_NAME")
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _imported(const)


def _used(thing: Any, module: str) -> Iterator[tuple[str, Any]]:
    """Yields what a class or function uses of its module, with names."""
    if isinstance(thing, type):
        yield from ((base.__name__, base) for base in thing.__bases__ if base.__module__ == module)
        yield from ((f"{thing.__name__}.{name}", part) for name, part in _parts(thing))
    elif isinstance(thing, FunctionType):
        for name in sorted(_names(thing.__code__) & thing.__globals__.keys()):
            value = thing.__globals__[name]
            if getattr(value, "__module__", None) == module or _as_json(value) is not None:
                yield name, value


def _parts(cls: type) -> Iterator[tuple[str, Any]]:
    """Yields methods, properties and plain values of a class."""
    for name, value in vars(cls).items():
        part = getattr(value, "__func__", getattr(value, "fget", value))
        is_own_name = not (name.startswith("__") and name.endswith("__"))
        if isinstance(part, FunctionType) or is_own_name:
            yield name, part


def _names(code: CodeType) -> set[str]:
    """Returns all names that code and the functions inside it look up."""
    inner = [_names(const) for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*inner)


def _text(thing: Any) -> str:
    """Returns a function's source, or its instructions where there is none; a plain value as JSON."""
    if not isinstance(thing, FunctionType):
        return _as_json(thing) or type(thing).__name__
    try:
        return inspect.getsource(thing)
    except OSError:  # typed at a prompt, or given to python -c
        return _instructions(thing.__code__)


def _instructions(code: CodeType) -> str:
    consts = [
        _instructions(const) if isinstance(const, CodeType) else _as_json(const) for const in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {consts}"


def _as_json(value: Any) -> str | None:
    try:
        return json.dumps(value)
    except (TypeError, ValueError):
        return None
