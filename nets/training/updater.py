"""One step of an update rule for all parameters of a net, and what the rule remembers between steps."""

import copy
import inspect
import math
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from nets.arrays import FlatArrays, Floats, Ints, parts
from nets.contract import check_params, kind_in_words, loss_and_gradients
from nets.training import optim
from nets.training.net_state import UnsavableNetError


class Updater:
    """Asks a net for its gradients, clips them, and lets a rule update the parameters.

    Nets whose parameters are a `FlatArrays` are updated in place, as one vector in parts; others an array at
    a time, and their own arrays are left alone. A rule that is a function of another's gets an array at a
    time too, which it may update in place, and `config` is its own: what it returns, it gets back.
    """

    def __init__(self, net: Any, rule: str | optim.Rule, config: Mapping[str, Any], clip_norm: float) -> None:
        """Takes a rule, and those of its hyperparameters that are not its defaults; see `Solver`.

        Raises:
            TypeError: the net's parameters are none that a rule could update.
        """
        check_params(net)
        self.hyperparameters: dict[str, Any] = dict(config)
        if isinstance(rule, str):
            settled = optim.DEFAULTS[rule] | dict(config)
            self.hyperparameters = {name: float(value) for name, value in settled.items()}
        self._net = net
        self._is_own = not isinstance(rule, str)
        self._rule: optim.Rule = optim.RULES[rule] if isinstance(rule, str) else rule
        self._clip_norm = clip_norm
        self._memory: dict[str, dict[str, Any]] = {}
        self._factors: dict[str, Any] = {}  # of learning rates that an own rule changed
        self._grads: FlatArrays | None = None
        if (
            not self._is_own
            and isinstance(net.params, FlatArrays)
            and "out" in inspect.signature(net.loss).parameters
        ):
            self._grads = net.params.zeros()

    def step(self, images: Floats, labels: Ints, rate: float) -> float:
        """Updates the parameters by one minibatch, and returns its loss."""
        if self._grads is None:
            loss, grads = loss_and_gradients(self._net, images, labels)
            self._update_each(self._net.params, grads, rate)
        else:
            loss, grads = self._net.loss(images, labels, out=self._grads)
            self._update_flat(self._net.params.flat, grads.flat, rate)
        return float(loss)

    def state(self) -> dict[str, Any]:
        """Returns a copy of what the rule remembers: velocities, averages, counters.

        Raises:
            UnsavableNetError: a rule that is a function remembers what cannot be pickled.
        """
        if not self._is_own:
            return copy.deepcopy(self._memory)
        try:
            return {"pickle": np.frombuffer(pickle.dumps((self._memory, self._factors)), np.uint8)}
        except Exception as error:  # objects pickle themselves, so their authors choose what it raises
            raise UnsavableNetError("the config of the update rule cannot be pickled") from error

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restores what `state` returned."""
        if self._is_own:
            self._memory, self._factors = pickle.loads(state["pickle"].tobytes())
        else:
            self._memory = copy.deepcopy(dict(state))

    def _update_each(self, params: dict[str, Floats], grads: Mapping[str, Floats], rate: float) -> None:
        """Replaces every parameter of a net by its next value."""
        scale = self._clipping(list(grads.values()))
        for name, grad in grads.items():
            clipped = grad if scale == 1 else grad * scale
            of_this = rate * self._factors[name] if name in self._factors else rate
            updated = self._rule(params[name], clipped, self._config(name, of_this))
            if self._is_own:
                updated = _checked(updated, np.shape(params[name]))
                self._keep_rate(name, rate, of_this, updated[1])
            params[name], self._memory[name] = updated

    def _keep_rate(self, name: str, rate: float, given: Any, left: Mapping[str, Any]) -> None:
        """Remembers by which factor an own rule changes its learning rate, beside what the schedule does."""
        if not np.array_equal(left.get("learning_rate", given), given):
            self._factors[name] = left["learning_rate"] / rate

    def _update_flat(self, w: Floats, dw: Floats, rate: float) -> None:
        """Updates the vector of all parameters in place, part by part; the gradient may be overwritten."""
        scale = self._clipping([dw])
        if scale != 1:
            dw *= scale
        for number, part in enumerate(parts(0, w.size)):
            name = f"part{number}"
            _, self._memory[name] = self._rule(w[part], dw[part], self._config(name, rate), out=w[part])

    def _config(self, name: str, rate: float) -> dict[str, Any]:
        """Returns the rule's hyperparameters, its memory of some parameters, and the learning rate."""
        return {**self.hyperparameters, **self._memory.get(name, {}), "learning_rate": rate}

    def _clipping(self, grads: list[Floats]) -> float:
        """Returns the factor that brings the norm of all gradients down to the limit; 1 if not above."""
        if self._clip_norm == math.inf:
            return 1.0
        norm = math.sqrt(sum(float(np.einsum("i,i", g.ravel(), g.ravel(), dtype=np.float64)) for g in grads))
        return self._clip_norm / norm if norm > self._clip_norm else 1.0


def _checked(updated: Any, shape: tuple[int, ...]) -> tuple[Floats, dict[str, Any]]:
    """Returns what an own rule returned.

    Raises:
        TypeError: it is not what the contract says.
        ValueError: the next parameter has another shape; broadcasting would hide that.
    """
    if not isinstance(updated, tuple) or len(updated) != 2 or not isinstance(updated[1], dict):
        raise TypeError(f"the update rule must return (next_w, config), but got {kind_in_words(updated)}")
    if np.shape(updated[0]) != shape:
        raise ValueError(
            f"the update rule must return next_w of the shape {shape}, but got {np.shape(updated[0])}"
        )
    return updated
