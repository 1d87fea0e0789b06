"""Stages: what a net is a list of. Each says once what it does to shapes, to arrays and to gradients.

`forward(x, context) -> (out, cache)`, and `backward(dout, cache, context) -> dx` directly under it. A stage
holds its settings alone: parameters, running statistics and generators are the net's, and reach it in a
`Context`. A stage with parameters has a number, `layer`, which their names end with: W1, b1, gamma1, beta1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nets import fast, layers
from nets.arrays import Floats
from nets.fast.scratch import Scratch
from nets.layers.activations import ACTIVATIONS
from nets.layers.dropout import keep_mask
from nets.layers.windows import windows_on
from nets.models.normalizations import NORMALIZATIONS

Shape = tuple[int, ...]
SAME = {"stride": 1, "pad": "same"}
TWO_BY_TWO = {"pool_height": 2, "pool_width": 2, "stride": 2, "pad": 0}


@dataclass
class Context:
    """What stages share in one pass through a net.

    Attributes:
        params: the parameters by name.
        statistics: running statistics by name; a training pass puts new arrays into it.
        mode: "train" or "test".
        rng: draws dropout masks.
        scratch: memory for temporary arrays.
        grads: where backward passes write the gradients of parameters, overwritten.
    """

    params: Mapping[str, Floats]
    statistics: dict[str, Floats]
    mode: str
    rng: np.random.Generator
    scratch: Scratch
    grads: Mapping[str, Floats]


class Stage:
    """One stage; shapes are those of one image, (C, H, W) or (D,).

    `name` names its output among the net's activations; "" if it is not shown. `is_needed` is False for a
    stage whose settings say that it does nothing, which nets leave out.
    """

    name: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether the stage does anything."""
        return True

    def out_shape(self, shape: Shape) -> Shape:
        """Returns the shape of what comes out for the shape of what goes in."""
        return shape

    def param_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Returns the shapes of its parameters by name, for the shape of what goes in."""
        return {}

    def initial_statistics(self, shape: Shape) -> dict[str, Floats]:
        """Returns its running statistics before any training, by name."""
        return {}

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        """Returns what comes out, (N, ...), and the cache for `backward`."""
        raise NotImplementedError

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        """Returns the gradient with respect to x (empty if not asked for), and writes those of parameters."""
        raise NotImplementedError


@dataclass(frozen=True)
class Affine(Stage):
    """An affine layer of `size` units."""

    layer: int
    size: int

    def out_shape(self, shape: Shape) -> Shape:
        return (self.size,)

    def param_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {f"W{self.layer}": (math.prod(shape), self.size), f"b{self.layer}": (self.size,)}

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        return layers.affine_forward(x, context.params[f"W{self.layer}"], context.params[f"b{self.layer}"])

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        out = (context.grads[f"W{self.layer}"], context.grads[f"b{self.layer}"])
        return layers.affine_backward(dout, cache, input_gradient=input_gradient, out=out)[0]


@dataclass(frozen=True)
class Convolution(Stage):
    """A convolution with filters of one side, odd or even, that keeps the size of the image."""

    layer: int
    n_filters: int
    side: int

    def out_shape(self, shape: Shape) -> Shape:
        return (self.n_filters, *shape[1:])

    def param_shapes(self, shape: Shape) -> dict[str, Shape]:
        filters = (self.n_filters, shape[0], self.side, self.side)
        return {f"W{self.layer}": filters, f"b{self.layer}": (self.n_filters,)}

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        w, b = context.params[f"W{self.layer}"], context.params[f"b{self.layer}"]
        return fast.conv_forward(x, w, b, SAME, scratch=context.scratch)

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        out, scratch = (context.grads[f"W{self.layer}"], context.grads[f"b{self.layer}"]), context.scratch
        return fast.conv_backward(dout, cache, input_gradient=input_gradient, out=out, scratch=scratch)[0]


@dataclass(frozen=True)
class Normalization(Stage):
    """A normalization of `nets.models.normalizations` by its name, a unit or a channel at a time."""

    layer: int
    kind: str | None
    n_groups: int

    @property
    def is_needed(self) -> bool:
        return self.kind not in (None, "none")

    def param_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {f"gamma{self.layer}": shape[:1], f"beta{self.layer}": shape[:1]}

    def initial_statistics(self, shape: Shape) -> dict[str, Floats]:
        statistics = NORMALIZATIONS[str(self.kind)].statistics
        return {f"{name}{self.layer}": np.full(shape[:1], value) for name, value in statistics.items()}

    def param(self, context: Context) -> dict[str, Any]:
        """Returns the settings and running statistics as the layers take them."""
        param: dict[str, Any] = {"mode": context.mode, "n_groups": self.n_groups}
        for name in NORMALIZATIONS[str(self.kind)].statistics:
            param[name] = context.statistics[f"{name}{self.layer}"]
        return param

    def keep_statistics(self, cache: Any, context: Context) -> None:
        """Takes what the running statistics have become from a cache."""
        for name in NORMALIZATIONS[str(self.kind)].statistics:
            context.statistics[f"{name}{self.layer}"] = getattr(cache, name)

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        row, layer = NORMALIZATIONS[str(self.kind)], self.layer
        gamma, beta = context.params[f"gamma{layer}"], context.params[f"beta{layer}"]
        out, cache = row.forward(x, gamma, beta, self.param(context))
        if context.mode == "train":
            self.keep_statistics(cache, context)
        return out, cache

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        dx, dgamma, dbeta = NORMALIZATIONS[str(self.kind)].backward(dout, cache)
        context.grads[f"gamma{self.layer}"][...] = dgamma
        context.grads[f"beta{self.layer}"][...] = dbeta
        return dx


@dataclass(frozen=True)
class Activation(Stage):
    """An activation of `nets.layers.activations` by its name."""

    kind: str
    name: str = ""

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        return ACTIVATIONS[self.kind].forward(x)

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        return ACTIVATIONS[self.kind].backward(dout, cache)


@dataclass(frozen=True)
class MaxPool(Stage):
    """Max pooling over square windows; "same" padding halves an image of odd size to the larger half."""

    size: int
    stride: int
    pad: int | str = 0
    name: str = ""

    @property
    def param(self) -> dict[str, Any]:
        """The settings as the layers take them."""
        return {"pool_height": self.size, "pool_width": self.size, "stride": self.stride, "pad": self.pad}

    def out_shape(self, shape: Shape) -> Shape:
        channels, height, width = shape
        return (channels, *windows_on((height, width), (self.size, self.size), self.stride, self.pad).counts)

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        if fast.takes_pool(self.param, x.shape[1:]):
            return fast.max_pool_forward(x, self.param, scratch=context.scratch)
        return layers.max_pool_forward(x, self.param)

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        if fast.takes_pool(self.param, cache.shape[1:]):
            return fast.max_pool_backward(dout, cache, scratch=context.scratch)
        return layers.max_pool_backward(dout, cache)


@dataclass(frozen=True)
class LocalResponse(Stage):
    """Local response normalization over neighbouring channels."""

    radius: int
    bias: float
    alpha: float
    beta: float
    name: str = ""

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        param = {"radius": self.radius, "bias": self.bias, "alpha": self.alpha, "beta": self.beta}
        return layers.lrn_forward(x, param)

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        return layers.lrn_backward(dout, cache)


@dataclass(frozen=True)
class Dropout(Stage):
    """Inverted dropout, as `nets.layers.dropout_forward`; `p` was checked with the net's arguments."""

    p: float

    @property
    def is_needed(self) -> bool:
        return self.p > 0

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        if context.mode == "test":
            return x, None
        mask = _mask_like(x, self.p, context.rng)
        return x * mask, mask

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        dx: Floats = dout * cache
        return dx


def _mask_like(x: Floats, p: float, rng: np.random.Generator) -> Floats:
    """Returns a dropout mask, drawn and lying in the memory order of x, so that multiplying is fast."""
    if x.flags.c_contiguous:
        return keep_mask(x.shape, p, x.dtype, rng)
    order = sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
    return keep_mask([x.shape[axis] for axis in order], p, x.dtype, rng).transpose(np.argsort(order))
