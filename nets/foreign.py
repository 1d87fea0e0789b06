"""State of any net, also of a user's own that has only `.params` and `.loss(X, y=None)`.

Such a net is saved with all of its attributes. Those besides `params` (running statistics, generators) are
pickled into an array of bytes: a file with such a state runs code when it is restored, so restore only your
own. What cannot be pickled (a lambda, an open file) is left out, and stays as the constructor made it.
"""

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np


def net_state(net: Any) -> dict[str, Any]:
    """Returns the net's own `state()` if it has one, else copies of its parameters and all else it has."""
    if hasattr(net, "state"):
        own: dict[str, Any] = net.state()
        return own
    rest = {name: value for name, value in vars(net).items() if name != "params"}
    params = {name: np.array(array) for name, array in net.params.items()}
    return {"params": params, "pickle": np.frombuffer(_pickled(rest), np.uint8)}


def load_net_state(net: Any, state: Mapping[str, Any]) -> None:
    """Restores what `net_state` returned."""
    if hasattr(net, "load_state"):
        net.load_state(state)
        return
    vars(net).update(pickle.loads(state["pickle"].tobytes()))
    for name, array in state["params"].items():
        net.params[name] = array.copy()


def _pickled(attributes: Mapping[str, Any]) -> bytes:
    """Returns the attributes that can be pickled, pickled together: what they share stays shared."""
    try:
        return pickle.dumps(dict(attributes))
    except (pickle.PicklingError, TypeError, AttributeError):
        return pickle.dumps({name: value for name, value in attributes.items() if _can_be_pickled(value)})


def _can_be_pickled(value: Any) -> bool:
    """Whether pickle takes the value; it says no in three ways."""
    try:
        pickle.dumps(value)
    except (pickle.PicklingError, TypeError, AttributeError):
        return False
    return True
