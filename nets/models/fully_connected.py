"""Fully connected nets: {affine - normalization - activation - dropout} x (L - 1) - affine - softmax."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from nets import checks
from nets.arrays import FlatArrays, Floats, Ints, Numbers
from nets.layers import (
    affine_backward,
    affine_forward,
    leaky_relu_backward,
    leaky_relu_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    softmax_loss,
    tanh_backward,
    tanh_forward,
)
from nets.models.initial_weights import INITIAL_WEIGHTS
from nets.models.network import SHARED_CHECKS, Network, Seed, generators
from nets.models.normalizer import Normalizer

ACTIVATIONS: dict[str, tuple[Any, Any]] = {
    "relu": (relu_forward, relu_backward),
    "leaky_relu": (leaky_relu_forward, leaky_relu_backward),
    "sigmoid": (sigmoid_forward, sigmoid_backward),
    "tanh": (tanh_forward, tanh_backward),
}


class FullyConnectedNet(Network):
    """A net of any depth, with weights W1, b1, W2, ... and, if normalized, gamma1, beta1, ..."""

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **SHARED_CHECKS,
        "hidden_dims": checks.widths,
        "input_dim": checks.sizes_or_size,
        "activation": checks.one_of(ACTIVATIONS),
    }

    def __init__(
        self,
        hidden_dims: Sequence[int],
        *,
        input_dim: int | Sequence[int] = 3 * 32 * 32,
        num_classes: int = 10,
        dropout: float = 0.0,
        normalization: str | None = "none",
        activation: str = "relu",
        weight_init: str = "gaussian",
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: Any = np.float32,
        rng: Seed = None,
        dropout_rng: Seed = None,
    ) -> None:
        """Draws the weights; biases are 0, gammas 1, betas 0.

        Args:
            hidden_dims: number of units of each hidden layer.
            input_dim: pixels of an image, a number or the shape of the image.
            num_classes: number of scores.
            dropout: probability of DROPPING a hidden unit while training, in [0, 1), 0 = off.
            normalization: "none", "batchnorm" or "layernorm", before each activation.
            activation: "relu", "leaky_relu", "sigmoid" or "tanh".
            weight_init: "gaussian" or "truncated" (deviation `weight_scale`), "he" or "xavier" (their own
                deviation).
            reg: strength of the L2 penalty, >= 0; the loss adds reg / 2 * sum(w**2) over the weights.
            weight_scale: deviation of the initial weights, >= 0.
            dtype: float32 or float64.
            rng: generator (or seed) of the weights.
            dropout_rng: generator (or seed) of the dropout masks; spawned from `rng` by default.

        Raises:
            ValueError, TypeError: if an argument is wrong, with its name, what was wanted, and its value.
        """
        checks.run(self.ARGUMENT_CHECKS, locals())
        self.input_dim = math.prod(np.atleast_1d(input_dim).tolist())
        self.num_layers = len(hidden_dims) + 1
        self._activation = ACTIVATIONS[activation]
        weights_rng, masks_rng = generators(rng, dropout_rng)
        sizes = [self.input_dim, *(int(width) for width in hidden_dims), int(num_classes)]
        layers = range(1, self.num_layers + 1)
        self._normalizer = Normalizer(normalization, {layer: sizes[layer] for layer in layers[:-1]})
        draw = INITIAL_WEIGHTS[weight_init]
        super().__init__(
            {
                f"W{layer}": draw((sizes[layer - 1], sizes[layer]), float(weight_scale), weights_rng)
                for layer in layers
            },
            {f"b{layer}": np.zeros(sizes[layer]) for layer in layers} | self._normalizer.initial_params(),
            statistics=self._normalizer.initial_statistics(),
            reg=reg,
            dtype=dtype,
            dropout=dropout,
            dropout_rng=masks_rng,
        )

    def _images(self, X: Numbers) -> Floats:
        x = super()._images(X)
        if x.ndim < 2 or math.prod(x.shape[1:]) != self.input_dim:
            raise ValueError(
                f"X must hold images of {self.input_dim} pixels, (N, ...), but got the shape {x.shape}"
            )
        return x

    def _scores(self, x: Floats) -> Floats:
        *_, top = (x, *self._activations(x).values())
        return self._affine(top, self.num_layers)[0]

    def _activations(self, x: Floats) -> dict[str, Floats]:
        outputs = {}
        for layer in range(1, self.num_layers):
            x, _ = self._hidden_forward(x, layer, "test")
            outputs[f"hidden{layer}"] = x
        return outputs

    def _gradients(self, x: Floats, y: Ints, grads: FlatArrays) -> float:
        caches: list[Any] = []
        for layer in range(1, self.num_layers):
            x, cache = self._hidden_forward(x, layer, "train")
            caches.append(cache)
        scores, top_cache = self._affine(x, self.num_layers)
        loss, dscores = softmax_loss(scores, y)
        dout = self._affine_backward(dscores, top_cache, self.num_layers, grads)
        for layer in range(self.num_layers - 1, 0, -1):
            dout = self._hidden_backward(dout, caches[layer - 1], layer, grads)
        return loss

    def _hidden_forward(self, x: Floats, layer: int, mode: str) -> tuple[Floats, Any]:
        """Returns the output of one hidden layer, and its caches."""
        x, affine_cache = self._affine(x, layer)
        x, norm_cache = self._normalizer.forward(x, layer, self, mode)
        x, activation_cache = self._activation[0](x)
        x, dropout_cache = self._drop(x, mode)
        return x, (affine_cache, norm_cache, activation_cache, dropout_cache)

    def _hidden_backward(self, dout: Floats, cache: Any, layer: int, grads: FlatArrays) -> Floats:
        """Returns the gradient with respect to a layer's input, and writes those of its parameters."""
        affine_cache, norm_cache, activation_cache, dropout_cache = cache
        dout = self._activation[1](self._drop_backward(dout, dropout_cache), activation_cache)
        dout = self._normalizer.backward(dout, norm_cache, layer, grads)
        return self._affine_backward(dout, affine_cache, layer, grads)

    def _affine(self, x: Floats, layer: int) -> tuple[Floats, Any]:
        return affine_forward(x, self._params[f"W{layer}"], self._params[f"b{layer}"])

    def _affine_backward(self, dout: Floats, cache: Any, layer: int, grads: FlatArrays) -> Floats:
        """Returns the gradient with respect to the input; empty for the first layer, where none is needed."""
        out = (grads[f"W{layer}"], grads[f"b{layer}"])
        return affine_backward(dout, cache, input_gradient=layer > 1, out=out)[0]


class TwoLayerNet(FullyConnectedNet):
    """Affine - ReLU - affine - softmax: a `FullyConnectedNet` with one hidden layer.

    In float64 by default, as in the course, whose expected losses have ten digits.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **{name: check for name, check in FullyConnectedNet.ARGUMENT_CHECKS.items() if name != "hidden_dims"},
        "hidden_dim": checks.positive_integer,
    }

    def __init__(
        self,
        input_dim: int | Sequence[int] = 3 * 32 * 32,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        *,
        dropout: float = 0.0,
        normalization: str | None = "none",
        activation: str = "relu",
        weight_init: str = "gaussian",
        dtype: Any = np.float64,
        rng: Seed = None,
        dropout_rng: Seed = None,
    ) -> None:
        """Draws the weights; the arguments are those of `FullyConnectedNet`, with one width.

        Args:
            hidden_dim: number M of hidden units.
        """
        checks.run(self.ARGUMENT_CHECKS, locals())
        super().__init__(
            [hidden_dim],
            input_dim=input_dim,
            num_classes=num_classes,
            dropout=dropout,
            normalization=normalization,
            activation=activation,
            weight_init=weight_init,
            reg=reg,
            weight_scale=weight_scale,
            dtype=dtype,
            rng=rng,
            dropout_rng=dropout_rng,
        )
