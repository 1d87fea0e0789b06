"""A deeper convolutional net with local response normalization: two stages of images, one hidden layer."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from nets import checks
from nets.arrays import FlatArrays, Floats, Ints, Numbers
from nets.fast.convolution import conv_backward, conv_forward
from nets.fast.scratch import Scratch
from nets.layers import (
    affine_backward,
    affine_forward,
    affine_relu_forward,
    lrn_backward,
    lrn_forward,
    max_pool_backward,
    max_pool_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from nets.models.initial_weights import INITIAL_WEIGHTS
from nets.models.network import SHARED_CHECKS, Network, Seed, check_images, generators

POOL_PARAM = {"pool_height": 3, "pool_width": 3, "stride": 2, "pad": "same"}
LRN_PARAM = {"radius": 4, "bias": 1.0, "alpha": 0.001 / 9, "beta": 0.75}


class LRNConvNet(Network):
    """{conv - ReLU - 3x3 max pool at stride 2 - LRN} x 2 - affine - ReLU - dropout - affine - softmax.

    Filters are W1, b1 and W2, b2, the hidden layer W3, b3, the scores W4, b4. The defaults are those of the
    TensorFlow tutorial net for CIFAR-10, in which each stage halves the image.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **{name: check for name, check in SHARED_CHECKS.items() if name != "normalization"},
        "input_dim": checks.shape("CHW"),
        "num_filters": checks.positive_integer,
        "filter_size": checks.positive_integer,
        "hidden_dim": checks.positive_integer,
        "affine_reg": checks.not_negative,
    }

    def __init__(
        self,
        input_dim: Sequence[int] = (3, 32, 32),
        *,
        num_filters: int = 64,
        filter_size: int = 5,
        hidden_dim: int = 256,
        num_classes: int = 10,
        dropout: float = 0.0,
        weight_init: str = "truncated",
        reg: float = 0.005,
        affine_reg: float = 0.004,
        weight_scale: float = 0.05,
        dtype: Any = np.float32,
        rng: Seed = None,
        dropout_rng: Seed = None,
    ) -> None:
        """Draws the weights; biases are 0.

        Args:
            input_dim: shape (C, H, W) of an image.
            num_filters: number F of filters of each stage.
            filter_size: side K of the filters, odd or even; the map keeps the size of the image.
            hidden_dim: number M of hidden units.
            num_classes: number of scores.
            dropout: probability of DROPPING a hidden unit while training, in [0, 1), 0 = off.
            weight_init: "gaussian" or "truncated" (deviation `weight_scale`), "he" or "xavier" (their own).
            reg: strength of the L2 penalty on the filters, >= 0; the loss adds reg / 2 * sum(w**2).
            affine_reg: the same for the weights of the affine layers.
            weight_scale: deviation of the initial weights, >= 0.
            dtype: float32 or float64.
            rng: generator (or seed) of the weights.
            dropout_rng: generator (or seed) of the dropout masks; spawned from `rng` by default.

        Raises:
            ValueError, TypeError: if an argument is wrong, with its name, what was wanted, and its value.
        """
        checks.run(self.ARGUMENT_CHECKS, locals())
        channels, height, width = self.input_dim = tuple(int(size) for size in input_dim)
        self.affine_reg = float(affine_reg)
        self._scratch = Scratch()
        weights_rng, masks_rng = generators(rng, dropout_rng)
        filters, side, hidden = int(num_filters), int(filter_size), int(hidden_dim)
        shapes = {
            "W1": (filters, channels, side, side),
            "W2": (filters, filters, side, side),
            "W3": (filters * -(-height // 4) * -(-width // 4), hidden),
            "W4": (hidden, int(num_classes)),
        }
        draw = INITIAL_WEIGHTS[weight_init]
        weights = {name: draw(shape, float(weight_scale), weights_rng) for name, shape in shapes.items()}
        biases = enumerate((filters, filters, hidden, int(num_classes)), 1)
        super().__init__(
            weights,
            {f"b{layer}": np.zeros(size) for layer, size in biases},
            statistics={},
            reg=reg,
            dtype=dtype,
            dropout=dropout,
            dropout_rng=masks_rng,
        )
        self._n_filter_weights = weights["W1"].size + weights["W2"].size

    def _penalties(self) -> list[tuple[slice, float]]:
        filters, all_weights = self._n_filter_weights, self._n_penalized
        return [(slice(0, filters), self.reg), (slice(filters, all_weights), self.affine_reg)]

    def _images(self, X: Numbers) -> Floats:
        return check_images(super()._images(X), self.input_dim)

    def _scores(self, x: Floats) -> Floats:
        return self._forward(x, "test")[0]

    def _activations(self, x: Floats) -> dict[str, Floats]:
        stage1, _ = self._stage_forward(x, 1)
        stage2, _ = self._stage_forward(stage1, 2)
        hidden3, _ = affine_relu_forward(stage2, self._params["W3"], self._params["b3"])
        return {"stage1": stage1, "stage2": stage2, "hidden3": hidden3}

    def _gradients(self, x: Floats, y: Ints, grads: FlatArrays) -> float:
        scores, (stage1, stage2, hidden, relu, drop, affine) = self._forward(x, "train")
        loss, dout = softmax_loss(scores, y)
        dout, *_ = affine_backward(dout, affine, out=(grads["W4"], grads["b4"]))
        dout = relu_backward(self._drop_backward(dout, drop), relu)
        dout, *_ = affine_backward(dout, hidden, out=(grads["W3"], grads["b3"]))
        dout = self._stage_backward(dout, stage2, 2, grads)
        self._stage_backward(dout, stage1, 1, grads)
        return loss

    def _forward(self, x: Floats, mode: str) -> tuple[Floats, tuple[Any, ...]]:
        """Returns the scores and the caches."""
        params = self._params
        x, stage1 = self._stage_forward(x, 1)
        x, stage2 = self._stage_forward(x, 2)
        x, hidden = affine_forward(x, params["W3"], params["b3"])
        x, relu = relu_forward(x)
        x, drop = self._drop(x, mode)
        scores, affine = affine_forward(x, params["W4"], params["b4"])
        return scores, (stage1, stage2, hidden, relu, drop, affine)

    def _stage_forward(self, x: Floats, stage: int) -> tuple[Floats, Any]:
        """Returns images of half the size, and the caches; ReLU follows the pooling: they commute."""
        x, conv_cache = conv_forward(x, self._params[f"W{stage}"], self._params[f"b{stage}"], self._scratch)
        x, pool_cache = max_pool_forward(x, POOL_PARAM)
        x, relu_cache = relu_forward(x)
        x, lrn_cache = lrn_forward(x, LRN_PARAM)
        return x, (conv_cache, pool_cache, relu_cache, lrn_cache)

    def _stage_backward(self, dout: Floats, caches: Any, stage: int, grads: FlatArrays) -> Floats:
        """Returns the gradient with respect to the images (none for the first stage), writes the filters'."""
        conv_cache, pool_cache, relu_cache, lrn_cache = caches
        dout = relu_backward(lrn_backward(dout, lrn_cache), relu_cache)
        dout = max_pool_backward(dout, pool_cache)
        out = (grads[f"W{stage}"], grads[f"b{stage}"])
        return conv_backward(dout, conv_cache, out, self._scratch, input_gradient=stage > 1)
