"""Classes like those of the user's own with other methods, whose objects can be pickled and copied as before.

Pickle looks for a class under its name, where the module has the user's, and would refuse them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def derived(cls: Any, methods: Mapping[str, Any], again: Callable[[type], type]) -> type:
    """Returns a class that inherits from another, under its name.

    Args:
        cls: the class.
        methods: what differs.
        again: a module's function that returns, from `cls`, the class of what is copied or unpickled.
    """

    def __reduce_ex__(self: Any, protocol: Any) -> tuple[Any, ...]:
        made, arguments, *rest = cls.__reduce_ex__(self, protocol)
        call = [cls if one is type(self) else one for one in (made, *arguments)]
        return _made, (again, cls, call), *rest

    named = {"__module__": cls.__module__, "__doc__": cls.__doc__, "__reduce_ex__": __reduce_ex__}
    return type(cls.__name__, (cls,), {**methods, **named})


def itself(cls: type) -> type:
    """Returns the class."""
    return cls


def _made(again: Callable[[type], type], cls: type, call: list[Any]) -> Any:
    """Makes an object as pickle does, of the class that `again` returns."""
    made, *arguments = (again(cls) if one is cls else one for one in call)
    return made(*arguments)
