"""The three-layer convolutional net: conv - ReLU - 2x2 max pool - affine - ReLU - affine - softmax."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from nets import checks
from nets.arrays import FlatArrays, Floats, Ints, Numbers
from nets.fast import conv_relu_pool as fused
from nets.fast.convolution import conv_backward, conv_forward, relu_pool_backward, relu_pool_forward
from nets.fast.scratch import Scratch
from nets.layers import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from nets.models.initial_weights import INITIAL_WEIGHTS
from nets.models.network import SHARED_CHECKS, Network, Seed, check_images, generators
from nets.models.normalizer import Normalizer


class ThreeLayerConvNet(Network):
    """Filters W1, b1 that keep the size of the image, a hidden layer W2, b2, and scores W3, b3.

    Layers 1 and 2 have gamma1, beta1, gamma2, beta2 if normalized: per channel after the convolution, per
    unit after the hidden affine layer. Dropout follows the pooling and the hidden layer.
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
        channels, height, width = self.input_dim = tuple(int(size) for size in input_dim)
        if min(height, width) < 2:
            raise ValueError(f"input_dim must have at least 2 x 2 pixels to pool, but got {self.input_dim}")
        self._scratch = Scratch()
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
            dropout=dropout,
            dropout_rng=masks_rng,
        )

    def _images(self, X: Numbers) -> Floats:
        return check_images(super()._images(X), self.input_dim)

    def _scores(self, x: Floats) -> Floats:
        return self._forward(x, "test")[0]

    def _activations(self, x: Floats) -> dict[str, Floats]:
        pooled, _ = self._images_forward(x, "test")
        return {"pooled1": pooled, "hidden2": self._hidden_forward(pooled, "test")[0]}

    def _gradients(self, x: Floats, y: Ints, grads: FlatArrays) -> float:
        scores, (stage1, drop1, stage2, drop2, affine3) = self._forward(x, "train")
        loss, dout = softmax_loss(scores, y)
        dout, *_ = affine_backward(dout, affine3, out=(grads["W3"], grads["b3"]))
        dout = self._hidden_backward(self._drop_backward(dout, drop2), stage2, grads)
        dout = self._drop_backward(dout.transpose(1, 2, 3, 0), drop1).transpose(3, 0, 1, 2)
        self._images_backward(dout, stage1, grads)
        return loss

    def _forward(self, x: Floats, mode: str) -> tuple[Floats, tuple[Any, ...]]:
        """Returns the scores and the caches of the stages."""
        x, stage1 = self._images_forward(x, mode)
        x, drop1 = self._drop(x.transpose(1, 2, 3, 0), mode)  # the mask in the memory order of the images
        x, stage2 = self._hidden_forward(x.transpose(3, 0, 1, 2), mode)
        x, drop2 = self._drop(x, mode)
        scores, affine3 = affine_forward(x, self._params["W3"], self._params["b3"])
        return scores, (stage1, drop1, stage2, drop2, affine3)

    def _images_forward(self, x: Floats, mode: str) -> tuple[Floats, Any]:
        """Convolution, normalization, ReLU and pooling: returns (N, F, H // 2, W // 2) and the caches."""
        w, b, scratch = self._params["W1"], self._params["b1"], self._scratch
        if mode == "test" and self._normalizer.kind == "batchnorm":
            w, b = self._normalizer.folded(w, b, 1, self)
            return fused.conv_relu_pool_forward(x, w, b, scratch)
        if self._normalizer.kind == "none":
            return fused.conv_relu_pool_forward(x, w, b, scratch)
        x, conv_cache = conv_forward(x, w, b, scratch)
        x, norm_cache = self._normalizer.forward(x, 1, self, mode)
        x, pool_cache = relu_pool_forward(x, scratch)
        return x, (conv_cache, norm_cache, pool_cache)

    def _images_backward(self, dout: Floats, cache: Any, grads: FlatArrays) -> None:
        """Writes the gradients of filters, their biases, and their gamma and beta."""
        out, scratch = (grads["W1"], grads["b1"]), self._scratch
        if self._normalizer.kind == "none":
            fused.conv_relu_pool_backward(dout, cache, out, scratch)
            return
        conv_cache, norm_cache, pool_cache = cache
        dout = relu_pool_backward(dout, pool_cache, scratch)
        dout = self._normalizer.backward(dout, norm_cache, 1, grads)
        conv_backward(dout, conv_cache, out, scratch, input_gradient=False)

    def _hidden_forward(self, x: Floats, mode: str) -> tuple[Floats, Any]:
        """Affine layer, normalization and ReLU: returns (N, M) and the caches."""
        x, affine_cache = affine_forward(x, self._params["W2"], self._params["b2"])
        x, norm_cache = self._normalizer.forward(x, 2, self, mode)
        x, relu_cache = relu_forward(x)
        return x, (affine_cache, norm_cache, relu_cache)

    def _hidden_backward(self, dout: Floats, cache: Any, grads: FlatArrays) -> Floats:
        """Returns the gradient with respect to the input, and writes those of the parameters."""
        affine_cache, norm_cache, relu_cache = cache
        dout = self._normalizer.backward(relu_backward(dout, relu_cache), norm_cache, 2, grads)
        return affine_backward(dout, affine_cache, out=(grads["W2"], grads["b2"]))[0]
