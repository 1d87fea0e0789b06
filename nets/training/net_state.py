"""State of any net, also of a user's own that has only `.params` and `.loss(X, y=None)`.

Such a net is saved with all of its attributes, pickled together with its parameters into an array of bytes,
so that what they share stays shared. A file with such a state runs code when it is restored, so restore only
your own. What cannot be pickled (a lambda, a Python generator) is left out, and stays as the constructor made
it: good enough for testing the net, but not for training it further, which `whole_net_state` is for.
"""

import io
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from nets.arrays import FlatArrays
from nets.models.network import Network


class UnsavableNetError(TypeError):
    """A net has attributes that cannot be saved, so that its training could not go on with the same bits."""


def net_state(net: Any) -> dict[str, Any]:
    """Returns the `state()` of a net of ours, else copies of its parameters and all else it has."""
    if _has_own_state(net):
        own: dict[str, Any] = net.state()
        return own
    pickled, left_out = _pickled(net, {k: value for k, value in _attributes(net).items() if k != "params"})
    readable = {name: np.array(array) for name, array in net.params.items()}  # for people and other programs
    return {
        "params": readable,
        "pickle": np.frombuffer(pickled, np.uint8),
        "left_out": left_out,
    }


def whole_net_state(net: Any) -> dict[str, Any]:
    """Returns what `net_state` returns, if that is all that the next epochs depend on.

    Raises:
        UnsavableNetError: something of the net had to be left out.
    """
    state = net_state(net)
    if not _has_own_state(net) and state["left_out"]:
        raise UnsavableNetError(
            f"the net cannot be saved whole, since pickle does not take its {', '.join(state['left_out'])}"
        )
    return state


def load_net_state(net: Any, state: Mapping[str, Any]) -> None:
    """Restores what `net_state` returned; `net.params` stays the same dict."""
    if _has_own_state(net):
        net.load_state(state)
        return
    params, attributes = _Unpickler(net, state["pickle"].tobytes()).load()
    slots = _slots(net)
    for name, value in attributes.items():
        if name in slots:
            object.__setattr__(net, name, value)
        else:
            vars(net)[name] = value
    for name, array in params.items():
        net.params[name] = array


def _has_own_state(net: Any) -> bool:
    """Whether the net is one of ours, which save all of themselves.

    Methods of these names mean something else in a net of a user's own, or leave out what it has besides.
    """
    return isinstance(net, Network) and is_ours(type(net))


def _attributes(net: Any) -> dict[str, Any]:
    """Returns what a net has, in slots too, by name."""
    in_slots = {name: getattr(net, name) for name in _slots(net) if hasattr(net, name)}
    return {**in_slots, **getattr(net, "__dict__", {})}


def _slots(net: Any) -> set[str]:
    """Returns the names of the slots of a net's classes, private ones as Python keeps them."""
    found = set()
    for cls in type(net).__mro__:
        own = vars(cls).get("__slots__", ())
        for name in (own,) if isinstance(own, str) else own:
            is_private = name.startswith("__") and not name.endswith("__")
            found.add(f"_{cls.__name__.lstrip('_')}{name}" if is_private else name)
    return found - {"__dict__", "__weakref__"}


def is_ours(thing: Any) -> bool:
    """Whether a class or function was written in this package."""
    return bool(thing.__module__.partition(".")[0] == __name__.partition(".")[0])


def _pickled(net: Any, attributes: Mapping[str, Any]) -> tuple[bytes, list[str]]:
    """Returns parameters and attributes in one pickle, and the names of those that it does not take."""
    params = dict(net.params)
    if isinstance(net.params, FlatArrays):  # whose own arrays stay in place and get the values of these
        params = {name: array.copy() for name, array in params.items()}
    pickled = _dumps(net, (params, dict(attributes)))
    if pickled is not None:
        return pickled, []
    left_out = [name for name, value in attributes.items() if _dumps(net, value) is None]
    rest = {name: value for name, value in attributes.items() if name not in left_out}
    pickled = _dumps(net, (params, rest))
    if pickled is None:
        raise TypeError("params must hold arrays that pickle takes")
    return pickled, left_out


def _dumps(net: Any, value: Any) -> bytes | None:
    """Returns a value of the net's as a pickle, or None if it cannot be pickled."""
    file = io.BytesIO()
    try:
        _Pickler(net, file).dump(value)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - objects pickle themselves, so their authors choose what it raises
        return None
    return file.getvalue()


def _kept_in_place(net: Any) -> dict[str, Any]:
    """Returns the objects that a restored net goes on with, which attributes may refer to."""
    kept = {"net": net, "params": net.params}
    if isinstance(net.params, FlatArrays):
        kept["flat"] = net.params.flat
        kept |= {f"params/{name}": view for name, view in net.params.items()}
    return kept


class _Pickler(pickle.Pickler):
    """Pickles what belongs to a net, but what is kept in place by its name only."""

    def __init__(self, net: Any, file: io.BytesIO) -> None:
        super().__init__(file)
        self._kept = _kept_in_place(net)
        self._names = {id(value): name for name, value in self._kept.items()}

    def persistent_id(self, obj: Any) -> str | None:
        """Returns the name of an object that is kept in place, None for others."""
        return self._names.get(id(obj))


class _Unpickler(pickle.Unpickler):
    """Unpickles for a net, into which names are resolved."""

    def __init__(self, net: Any, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self._kept = _kept_in_place(net)

    def persistent_load(self, pid: str) -> Any:
        """Returns the object that is kept in place under a name."""
        return self._kept[pid]
