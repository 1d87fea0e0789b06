"""State of any net, also of a user's own that has only `.params` and `.loss(X, y=None)`.

Such a net is saved with all of its attributes. Those besides `params` (running statistics, generators) are
pickled into an array of bytes: a file with such a state runs code when it is restored, so restore only your
own.
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
    return {"params": params, "pickle": np.frombuffer(pickle.dumps(rest), np.uint8)}


def load_net_state(net: Any, state: Mapping[str, Any]) -> None:
    """Restores what `net_state` returned."""
    if hasattr(net, "load_state"):
        net.load_state(state)
        return
    vars(net).update(pickle.loads(state["pickle"].tobytes()))
    for name, array in state["params"].items():
        net.params[name] = array.copy()
