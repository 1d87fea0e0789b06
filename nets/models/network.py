"""What all nets here have in common: parameters, L2 penalty, running statistics, dropout, state.

A net keeps the CS231n contract: `net.params` (name -> array), `net.loss(X)` -> scores in test mode, and
`net.loss(X, y)` -> (loss, gradients by name) in training mode.
"""

import copy
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from nets import checks
from nets.arrays import FlatArrays, Floats, Ints, Numbers
from nets.layers.dropout import DropoutCache, dropout_backward, dropout_forward
from nets.models.initial_weights import INITIAL_WEIGHTS

BATCH = 128
"""Images that are tested at a time, so that testing many needs no more memory than testing some."""

NORMALIZATIONS = ("none", "batchnorm", "layernorm")
Seed = np.random.Generator | int | None

SHARED_CHECKS: dict[str, checks.Check] = {
    "num_classes": checks.positive_integer,
    "dropout": checks.dropout,
    "normalization": checks.optional(checks.one_of(NORMALIZATIONS)),
    "weight_init": checks.one_of(INITIAL_WEIGHTS),
    "reg": checks.not_negative,
    "weight_scale": checks.not_negative,
    "dtype": checks.floating_dtype,
}


class Network:
    """Parameters, penalty and state of a net; a subclass adds `_scores`, `_activations`, `_gradients`.

    Attributes:
        params: the parameters by name, views of one vector. Assigning copies into place.
        statistics: running means and variances of batch normalization, by name.
        reg: strength of the L2 penalty, >= 0; the loss adds reg / 2 * sum(w**2) over the weights W1, W2, ...
        dropout: probability of DROPPING a unit while training, in [0, 1), 0 = off.
        dtype: float32 or float64; images are cast to it, and everything stays in it.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = SHARED_CHECKS

    def __init__(
        self,
        weights: Mapping[str, Floats],
        vectors: Mapping[str, Floats],
        *,
        statistics: Mapping[str, Floats],
        reg: float,
        dtype: Any,
        dropout: float,
        dropout_rng: np.random.Generator,
    ) -> None:
        self.dtype = np.dtype(dtype)
        self.reg = float(reg)
        self.dropout = float(dropout)
        self.statistics = {name: array.astype(self.dtype) for name, array in statistics.items()}
        self._params = FlatArrays({**weights, **vectors}, self.dtype)
        self._n_penalized = sum(weight.size for weight in weights.values())
        self._dropout_rng = dropout_rng

    @property
    def params(self) -> FlatArrays:
        """The parameters; assigning a mapping copies its values into place."""
        return self._params

    @params.setter
    def params(self, arrays: Mapping[str, Numbers]) -> None:
        self._params.assign(arrays)

    def loss(self, X: Numbers, y: Ints | None = None, out: FlatArrays | None = None) -> Any:
        """Returns class scores, or with labels the loss and its gradients.

        Args:
            X: images, (N, ...), of any integer or floating dtype; cast to the net's.
            y: labels, (N,) integers. Without them the net is tested: running statistics, no dropout.
            out: from `params.zeros()`; the gradients are written into it, overwritten. Fresh by default.

        Returns:
            Scores (N, K) in the net's dtype; or (loss as a float, gradients by name).

        Raises:
            ValueError: if the shape of X does not fit, X is empty or holds NaN, or a label is out of range.
            TypeError: if X holds no numbers or y no integers.
        """
        x = self._images(X)
        if y is None:
            scores = np.concatenate([self._scores(x[i : i + BATCH]) for i in range(0, len(x), BATCH)])
            if not np.isfinite(scores).all():
                _blame_images(x)
            return scores
        grads = self._params.zeros() if out is None else out
        loss = self._gradients(x, np.asarray(y), grads)
        if not math.isfinite(loss):
            _blame_images(x)
        return loss + self._add_penalty(grads), grads

    def activations(self, X: Numbers) -> dict[str, Floats]:
        """Returns what each hidden layer puts out in test mode, (N, ...) by name."""
        return self._activations(self._images(X))

    def state(self) -> dict[str, Any]:
        """Returns copies of all that training changes: parameters, statistics, the generator of masks."""
        return {
            "params": {name: array.copy() for name, array in self._params.items()},
            "statistics": {name: array.copy() for name, array in self.statistics.items()},
            "dropout_rng": copy.deepcopy(dict(self._dropout_rng.bit_generator.state)),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restores what `state` returned, bit for bit.

        Raises:
            ValueError: if the state is that of another net or another kind of generator.
        """
        if set(state["statistics"]) != set(self.statistics):
            raise ValueError("the state is that of a net with another normalization")
        self._params.assign(state["params"])
        self.statistics = {name: np.array(array, self.dtype) for name, array in state["statistics"].items()}
        self._dropout_rng.bit_generator.state = copy.deepcopy(state["dropout_rng"])

    def _scores(self, x: Floats) -> Floats:
        """Returns the scores in test mode."""
        raise NotImplementedError

    def _activations(self, x: Floats) -> dict[str, Floats]:
        """Returns the outputs of the hidden layers in test mode."""
        raise NotImplementedError

    def _gradients(self, x: Floats, y: Ints, grads: FlatArrays) -> float:
        """Returns the loss without its penalty, and writes its gradients into `grads`, overwritten."""
        raise NotImplementedError

    def _images(self, X: Numbers) -> Floats:
        """Returns the images in the net's dtype."""
        images = np.asarray(X)
        if images.dtype.kind not in "fiub":
            raise TypeError(f"X must hold numbers, but got {images.dtype}")
        if not images.size:
            raise ValueError(f"X must hold at least one image, but got the shape {images.shape}")
        return images.astype(self.dtype, copy=False)

    def _drop(self, x: Floats, mode: str) -> tuple[Floats, DropoutCache | None]:
        """Returns x with units dropped while training, and the cache; without dropout x itself and None."""
        if mode == "test" or not self.dropout:
            return x, None
        return dropout_forward(x, {"p": self.dropout, "mode": mode}, self._dropout_rng)

    def _drop_backward(self, dout: Floats, cache: DropoutCache | None) -> Floats:
        """Returns the gradient with respect to what `_drop` was given."""
        return dout if cache is None else dropout_backward(dout, cache)

    def _penalties(self) -> list[tuple[slice, float]]:
        """Returns parts of the vector of parameters, in which weights come first, with their penalties."""
        return [(slice(0, self._n_penalized), self.reg)]

    def _add_penalty(self, grads: FlatArrays) -> float:
        """Returns strength / 2 * sum(w**2) over the penalized weights, and adds its gradient."""
        total = 0.0
        for part, strength in self._penalties():
            if strength:
                weights = self._params.flat[part]
                grads.flat[part] += strength * weights
                total += strength / 2 * float(np.dot(weights, weights))
        return total


def _blame_images(x: Floats) -> None:
    """Refuses images that are not finite; asked only when a result is not, so that good ones cost nothing."""
    if not np.isfinite(x).all():
        raise ValueError("X must hold finite numbers, but holds NaN or infinity")


def check_images(x: Floats, shape: tuple[int, ...]) -> Floats:
    """Returns images (N, C, H, W), or refuses those of another shape (C, H, W)."""
    if x.shape[1:] != shape:
        raise ValueError(f"X must have the shape (N, {', '.join(map(str, shape))}), but got {x.shape}")
    return x


def generators(rng: Seed, dropout_rng: Seed) -> tuple[np.random.Generator, np.random.Generator]:
    """Returns the generators of weights and of dropout masks, by default spawned from the first."""
    weights_rng = np.random.default_rng(rng)
    return weights_rng, spawned(weights_rng, dropout_rng)


def spawned(parent: np.random.Generator, seed: Seed) -> np.random.Generator:
    """Returns the generator that a seed asks for; without a seed a child of the parent."""
    return parent.spawn(1)[0] if seed is None else np.random.default_rng(seed)
