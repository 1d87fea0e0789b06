"""The class of a study's net: one of ours, or the user's own, which may be a script's or a notebook's.

net_class(kind)       the class
kind_of(cls)          what a study file calls a class
own_source(kind)      the code that the bits of a user's own net depend on
Carried(kind)         a class of `__main__` on its way to a process whose `__main__` is another
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import pickle
import re
import sys
from typing import Any

import nets
from hpsearch.errors import CallError
from hpsearch.failures import in_words
from hpsearch.study.maincode import code_of
from nets.names import nearest_first

_MAIN = "__main__"
_OWN_NET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_received: dict[str, tuple[type, str]] = {}  # classes of another process's __main__, with their code


class NetClassError(CallError, ValueError):
    """There is no such net: a wrong value in a study file, which adds its name, or one line by itself."""


def is_own(kind: str) -> bool:
    """Says whether a kind names a class of the user's own."""
    return ":" in kind


def net_class(kind: str) -> type:
    """Returns the class of a net: one of `nets.NETS` or the user's own "package.module:Class".

    Raises:
        NetClassError: there is no such class.
    """
    if not is_own(kind):
        if kind not in nets.NETS:
            module, _, name = kind.rpartition(".")
            colon = f" (as in {module}:{name})" if module else ""
            raise NetClassError(
                f"net.kind: expected package.module:Class{colon} or one of "
                f"{nearest_first(nets.NETS, kind)}, but got {kind!r}"
            )
        return nets.NETS[kind]
    if not _OWN_NET.fullmatch(kind):
        raise NetClassError(f"net.kind: expected package.module:Class, but got {kind!r}")
    if kind in _received:
        return _received[kind][0]
    found = _imported(kind)
    if not isinstance(found, type) or not callable(getattr(found, "loss", None)):
        raise NetClassError(f"net.kind: {kind!r} must be a class with a method loss(X, y=None)")
    return found


def kind_of(cls: type) -> str:
    """Returns what a study file calls a class.

    Raises:
        NetClassError: it cannot be found by a name.
    """
    kind = f"{cls.__module__}:{cls.__qualname__}"
    if nets.NETS.get(cls.__name__) is cls:
        return cls.__name__
    if getattr(sys.modules.get(cls.__module__), cls.__qualname__, None) is not cls:
        raise NetClassError(
            f"net.kind: expected a class that its module has under its name, but got {kind}; "
            f"define it outside of functions and classes"
        )
    return kind


def own_source(kind: str) -> str:
    """Returns the code of a user's own net: that of its module, or of `__main__` what the class uses."""
    if kind in _received:
        return _received[kind][1]
    cls = net_class(kind)
    return code_of(cls) if _is_of_main(kind) else inspect.getsource(inspect.getmodule(cls) or cls)


class Carried:
    """A class of `__main__` for another process, which knows it as soon as this is unpickled there.

    Args:
        kind: "__main__:Class".
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        import cloudpickle

        return _receive, (self._kind, cloudpickle.dumps(net_class(self._kind)), own_source(self._kind))


def carried(kind: str) -> Carried | None:
    """Returns what a task takes along so that any process finds its net; None where a module has it."""
    return Carried(kind) if _is_of_main(kind) else None


def _receive(kind: str, code: bytes, source: str) -> Carried:
    if kind in _received or not _has(kind, source):
        _received[kind] = (pickle.loads(code), source)
    return Carried(kind)


def _has(kind: str, source: str) -> bool:
    """Says whether `__main__` here has the class with this code."""
    own = getattr(sys.modules[_MAIN], kind.partition(":")[2], None)
    return isinstance(own, type) and code_of(own) == source


def _is_of_main(kind: str) -> bool:
    return kind.partition(":")[0] == _MAIN


def _imported(kind: str) -> object:
    """Returns what a module has under a name."""
    module_name, _, class_name = kind.partition(":")
    try:
        with contextlib.chdir("."):  # a module that changes the folder must not move our files
            module = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        what = in_words(error)
        where = _looked_in(module_name, error)
        raise NetClassError(f"net.kind: module {module_name!r} cannot be imported: {what}{where}") from error
    found = getattr(module, class_name, None)
    if found is None and _is_of_main(kind):
        raise NetClassError(
            f"net.kind: {kind!r} is a class of a script or notebook; expected the study to be used "
            f"from Python there, or the class in a module"
        )
    if found is None:
        raise NetClassError(f"net.kind: module {module_name!r} has no class {class_name!r}")
    return found


def _looked_in(module_name: str, error: BaseException) -> str:
    """Returns where modules are looked for, if the net's own was not found."""
    if not isinstance(error, ModuleNotFoundError) or error.name != module_name.partition(".")[0]:
        return ""
    return "; looked for in the current folder, PYTHONPATH and the installed packages"
