"""What a net of the user's own must be: `.params` (name -> array of floats), and `.loss(X, y=None)`.

check_params(net)                 the net's parameters can be trained
loss_and_gradients(net, X, y)     what its loss returns, one gradient a parameter
kind_in_words(found)              what kind of thing was returned, for messages
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nets.arrays import Floats, Ints, Numbers


def check_params(net: Any) -> None:
    """Refuses a net whose parameters no rule could update.

    Raises:
        TypeError: `params` is missing, no dict of floats by their names, or another one at each look.
    """
    if not hasattr(net, "params"):
        raise TypeError(f"{type(net).__name__} has no params; expected a dict of arrays by their names")
    params = net.params
    if not isinstance(params, Mapping):
        raise TypeError(f"params must be a dict of arrays by their names, but is a {type(params).__name__}")
    if net.params is not params:
        raise TypeError(
            "params must be one dict that keeps what is assigned to it, but is a new one each time"
        )
    for name, array in params.items():
        if not isinstance(name, str):
            raise TypeError(f"params must have texts as keys, but has {name!r}")
        if not isinstance(array, np.ndarray | np.floating | float):
            kind = type(array).__name__
            raise TypeError(f"params[{name!r}] must be a NumPy array of floats, but is a {kind}")
        if isinstance(array, np.ndarray) and array.dtype.kind != "f":
            raise TypeError(f"params[{name!r}] must be an array of floats, but has the dtype {array.dtype}")


def loss_and_gradients(net: Any, X: Numbers, y: Ints) -> tuple[float, dict[str, Floats]]:
    """Returns the loss of a minibatch, and its gradient for each parameter; others are left out.

    A gradient is returned in the shape of its parameter, from which it may differ by axes of length 1: a bias
    of shape (1, M) has a gradient of shape (M,) in many nets, the same numbers in the same order.

    Raises:
        TypeError: the net returns something else than a number and a dict of arrays.
        ValueError: a parameter has no gradient, or one of another shape; broadcasting would hide that.
    """
    found = net.loss(X, y)
    if not (isinstance(found, tuple | list) and len(found) == 2 and isinstance(found[1], Mapping)):
        raise TypeError(
            f"loss(X, y) must return the loss and a dict of gradients, but returned {kind_in_words(found)}"
        )
    loss, grads = found
    missing = [name for name in net.params if name not in grads]
    if missing:
        raise ValueError(f"loss(X, y) must return the gradient of {', '.join(missing)} too")
    named = {name: grad for name, grad in grads.items() if name in net.params}
    return _number(loss), {name: _alike(name, grad, net.params[name]) for name, grad in named.items()}


def _number(loss: Any) -> float:
    """Returns a loss, which may be an array of one element."""
    array = np.asarray(loss)
    if array.dtype.kind not in "fiu" or array.size != 1:
        what = f"an array of {array.dtype} and shape {array.shape}" if array.ndim else kind_in_words(loss)
        raise TypeError(f"loss(X, y) must return one number as its loss, but returned {what}")
    return float(array.item())


def _alike(name: str, grad: Any, param: Floats) -> Floats:
    """Returns a gradient as an array in the shape of its parameter."""
    array = np.asarray(grad)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"the gradient of {name} must be an array of numbers, but is {kind_in_words(grad)}")
    if array.shape == np.shape(param):
        return array
    if _long_axes(array) != _long_axes(param):
        raise ValueError(
            f"the gradient of {name} must have the shape {np.shape(param)}, but got {array.shape}"
        )
    return array.reshape(np.shape(param))


def _long_axes(array: Floats) -> list[int]:
    return [length for length in np.shape(array) if length != 1]


def kind_in_words(found: Any) -> str:
    """Returns what kind of thing something is, and of what."""
    if isinstance(found, tuple | list):
        return f"a {type(found).__name__} of {', '.join(type(one).__name__ for one in found) or 'nothing'}"
    return f"a {type(found).__name__}"
