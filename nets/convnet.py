"""The three-layer convolutional net: conv - normalization - ReLU - 2x2 max pool - affine - ReLU - affine - softmax."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from nets import checks
from nets.arrays import FlatArrays, Floats, Ints, Numbers
from nets.initial_weights import INITIAL_WEIGHTS
from nets.layers import (
    affine_backward,
    affine_forward,
    conv_backward,
    conv_forward,
    dropout_backward,
    dropout_forward,
    max_pool_backward,
    max_pool_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from nets.network import SHARED_CHECKS, Network, Seed, generators
from nets.normalizer import Normalizer

CONV_PARAM = {"stride": 1, "pad": "same"}
POOL_PARAM = {"pool_height": 2, "pool_width": 2, "stride": 2}


class ThreeLayerConvNet(Network):
    """Filters W1, b1 that keep the size of the image, a hidden layer W2, b2, and scores W3, b3.

    Layers 1 and 2 have gamma1, beta1, gamma2, beta2 if normalized: per channel after the convolution, per unit
    after the hidden affine layer. Dropout follows the pooling and the hidden layer.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **SHARED_CHECKS,
        "input_dim": checks.shape("CHW"),
        "num_filters": checks.positive_integer,
        "filter_size": checks.positive_integer,
        "hidden_dim": checks.positive_integer,
    }

    def __init__(
        self,
        input_dim: Sequence[int] = (3, 32, 32),
        *,
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        dropout: float = 0.0,
        normalization: str | None = "none",
        weight_init: str = "gaussian",
        reg: float = 0.0,
        weight_scale: float = 1e-3,
        dtype: Any = np.float32,
        rng: Seed = None,
        dropout_rng: Seed = None,
    ) -> None:
        """Draws the weights; biases are 0, gammas 1, betas 0.

        Args:
            input_dim: shape (C, H, W) of an image, at least 2 x 2 pixels.
            num_filters: number F of filters.
            filter_size: side K of the filters, odd or even; the map keeps the size of the image.
            hidden_dim: number M of hidden units.
            num_classes: number of scores.
            dropout: probability of DROPPING a unit while training, in [0, 1), 0 = off.
            normalization: "none", "batchnorm" or "layernorm".
            weight_init: "gaussian" or "truncated" (deviation `weight_scale`), "he" or "xavier" (their own deviation).
            reg: strength of the L2 penalty, >= 0; the loss adds reg / 2 * sum(w**2) over the weights.
            weight_scale: deviation of the initial weights, >= 0.
            dtype: float32 or float64.
            rng: generator (or seed) of the weights.
            dropout_rng: generator (or seed) of the dropout masks; spawned from `rng` by default.

        Raises:
            ValueError, TypeError: if an argument is wrong, with its name, what was wanted, and its value.
        """
        checks.run(self.ARGUMENT_CHECKS, locals())
        channels, height, width = self.input_dim = tuple(int(size) for size in input_dim)
        if min(height, width) < 2:
            raise ValueError(f"input_dim must have at least 2 x 2 pixels to pool, but got {self.input_dim}")
        self.dropout = float(dropout)
        weights_rng, masks_rng = generators(rng, dropout_rng)
        sizes = (int(num_filters), int(hidden_dim), int(num_classes))
        shapes = {
            "W1": (sizes[0], channels, int(filter_size), int(filter_size)),
            "W2": (sizes[0] * (height // 2) * (width // 2), sizes[1]),
            "W3": (sizes[1], sizes[2]),
        }
        self._normalizer = Normalizer(normalization, {1: sizes[0], 2: sizes[1]})
        draw = INITIAL_WEIGHTS[weight_init]
        super().__init__(
            {name: draw(shape, float(weight_scale), weights_rng) for name, shape in shapes.items()},
            {f"b{layer}": np.zeros(size) for layer, size in enumerate(sizes, 1)}
            | self._normalizer.initial_params(),
            statistics=self._normalizer.initial_statistics(),
            reg=reg,
            dtype=dtype,
            dropout_rng=masks_rng,
        )

    def _images(self, X: Numbers) -> Floats:
        x = super()._images(X)
        if x.shape[1:] != self.input_dim:
            raise ValueError(
                f"X must have the shape (N, {', '.join(map(str, self.input_dim))}), but got {x.shape}"
            )
        return x

    def _scores(self, x: Floats) -> Floats:
        return self._forward(x, "test")[0]

    def _forward(self, x: Floats, mode: str) -> tuple[Floats, list[Any]]:
        """Returns the scores and the caches of all layers, in their order."""
        params, caches = self._params, []
        param = {"p": self.dropout, "mode": mode}
        for forward in (
            lambda x: conv_forward(x, params["W1"], params["b1"], CONV_PARAM),
            lambda x: self._normalizer.forward(x, 1, self, mode),
            relu_forward,
            lambda x: max_pool_forward(x, POOL_PARAM),
            lambda x: dropout_forward(x, param, self._dropout_rng),
            lambda x: affine_forward(x, params["W2"], params["b2"]),
            lambda x: self._normalizer.forward(x, 2, self, mode),
            relu_forward,
            lambda x: dropout_forward(x, param, self._dropout_rng),
            lambda x: affine_forward(x, params["W3"], params["b3"]),
        ):
            x, cache = forward(x)
            caches.append(cache)
        return x, caches

    def _gradients(self, x: Floats, y: Ints, grads: FlatArrays) -> float:
        scores, caches = self._forward(x, "train")
        loss, dout = softmax_loss(scores, y)
        conv, norm1, relu1, pool, drop1, affine2, norm2, relu2, drop2, affine3 = caches
        dout, *_ = affine_backward(dout, affine3, out=(grads["W3"], grads["b3"]))
        dout = relu_backward(dropout_backward(dout, drop2), relu2)
        dout = self._normalizer.backward(dout, norm2, 2, grads)
        dout, *_ = affine_backward(dout, affine2, out=(grads["W2"], grads["b2"]))
        dout = max_pool_backward(dropout_backward(dout.reshape(pool.out.shape), drop1), pool)
        dout = self._normalizer.backward(relu_backward(dout, relu1), norm1, 1, grads)
        conv_backward(dout, conv, input_gradient=False, out=(grads["W1"], grads["b1"]))
        return loss
