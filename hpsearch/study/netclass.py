"""The class of a study's net: one of ours, or one of the user's own."""

from __future__ import annotations

import inspect

import nets
from hpsearch.study.owncode import OwnCodeError, find, is_own, pattern, require_names
from nets.names import nearest_first

_KEY = "net.kind"


def net_class(kind: str) -> type:
    """Returns the class of a net: one of `nets.NETS` or the user's own "package.module:Class".

    Raises:
        OwnCodeError: there is no such class.
    """
    if not is_own(kind):
        if kind not in nets.NETS:
            module, _, name = kind.rpartition(".")
            colon = f" (as in {module}:{name})" if module else ""
            raise OwnCodeError(
                f"{_KEY}: expected {pattern('class')}{colon} or one of "
                f"{nearest_first(nets.NETS, kind)}, but got {kind!r}"
            )
        return nets.NETS[kind]
    found = find(kind, _KEY, "class")
    if not isinstance(found, type) or not callable(getattr(found, "loss", None)):
        raise OwnCodeError(
            f"{_KEY}: {kind!r} must be a class with a method loss(X, y=None); for what trains otherwise "
            f"there is training.function"
        )
    _check_calls(found, kind)
    return found


def _check_calls(cls: type, kind: str) -> None:
    """Refuses a class whose constructor or `loss` cannot be called as a trial calls them."""
    require_names(cls, kind, _KEY)
    loss = inspect.getattr_static(cls, "loss")
    if not inspect.isfunction(loss):
        return
    try:
        inspect.signature(loss).bind("self", "X")
    except TypeError as error:
        raise OwnCodeError(
            f"{_KEY}: {kind!r} must have a method loss(X, y=None), which returns scores where it is given no "
            f"labels, but of loss(X) Python says: {error}"
        ) from error
