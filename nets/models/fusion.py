"""Stages that one fast function does at once: conv - ReLU - 2x2 max pool, and with batch normalization.

`fused(stages, mode, shape)` rewrites the list that a net was written as into the list that runs. Nothing else
knows: a net is read, and its layers are named, as if this file did not exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nets import fast
from nets.arrays import Floats
from nets.layers.activations import ACTIVATIONS
from nets.models.normalizations import NORMALIZATIONS
from nets.models.stages import (
    SAME,
    TWO_BY_TWO,
    Activation,
    Context,
    Convolution,
    MaxPool,
    Normalization,
    Shape,
    Stage,
)


@dataclass(frozen=True)
class ConvReluPool(Stage):
    """Convolution, perhaps a normalization that folds into its filters, ReLU and 2x2 max pooling."""

    convolution: Convolution
    normalization: Normalization | None
    name: str

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        layer = self.convolution.layer
        w, b = context.params[f"W{layer}"], context.params[f"b{layer}"]
        if self.normalization is not None:
            w, b = _folded(w, b, self.normalization, context)
        return fast.conv_relu_pool_forward(x, w, b, SAME, TWO_BY_TWO, scratch=context.scratch)

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        layer = self.convolution.layer
        return fast.conv_relu_pool_backward(
            dout,
            cache,
            input_gradient=input_gradient,
            out=(context.grads[f"W{layer}"], context.grads[f"b{layer}"]),
            scratch=context.scratch,
        )[0]


@dataclass(frozen=True)
class ConvBatchnormReluPool(Stage):
    """In training: convolution, batch normalization, ReLU and 2x2 max pooling."""

    convolution: Convolution
    normalization: Normalization
    name: str

    def forward(self, x: Floats, context: Context) -> tuple[Floats, Any]:
        param = self.normalization.param(context)
        w, b, gamma, beta = (context.params[name] for name in self._names)
        out, cache = fast.conv_batchnorm_relu_pool_forward(
            x, w, b, gamma, beta, SAME, param, TWO_BY_TWO, scratch=context.scratch
        )
        self.normalization.keep_statistics(cache, context)
        return out, cache

    def backward(self, dout: Floats, cache: Any, context: Context, *, input_gradient: bool) -> Floats:
        return fast.conv_batchnorm_relu_pool_backward(
            dout,
            cache,
            input_gradient=input_gradient,
            out=tuple(context.grads[name] for name in self._names),
            scratch=context.scratch,
        )[0]

    @property
    def _names(self) -> list[str]:
        """The names of its parameters."""
        conv, norm = self.convolution.layer, self.normalization.layer
        return [f"W{conv}", f"b{conv}", f"gamma{norm}", f"beta{norm}"]


def fused(stages: Sequence[Stage], mode: str, shape: Shape, *, is_start: bool = True) -> tuple[Stage, ...]:
    """Returns stages that do the same in fewer or faster passes.

    Args:
        stages: what is written.
        mode: "train" or "test".
        shape: of an image.
        is_start: whether they are the first of a net, so that nobody wants the gradient of the images.
    """
    if not stages:
        return ()
    found, n_taken = _conv_relu_pool(stages, mode, shape, is_start=is_start)
    if not n_taken:
        found, n_taken = _pool_before_activation(stages)
    if not n_taken:
        found, n_taken = (stages[0],), 1
    for stage in stages[:n_taken]:
        shape = stage.out_shape(shape)
    return (*found, *fused(stages[n_taken:], mode, shape, is_start=False))


def _conv_relu_pool(
    stages: Sequence[Stage], mode: str, shape: Shape, *, is_start: bool
) -> tuple[tuple[Stage, ...], int]:
    """Returns one stage for the first three or four, and how many it stands for; 0 if they do not fit."""
    found: Stage
    match stages[:4]:
        case [Convolution() as convolution, Activation(kind="relu"), MaxPool() as pool, *_]:
            found, n_taken, is_fast = ConvReluPool(convolution, None, pool.name), 3, True
        case [
            Convolution() as convolution,
            Normalization(kind="batchnorm") as norm,
            Activation(kind="relu"),
            MaxPool() as pool,
        ]:
            kind = ConvBatchnormReluPool if mode == "train" else ConvReluPool
            found, n_taken = kind(convolution, norm, pool.name), 4
            few = is_start and fast.takes_batchnorm(shape, _filters(convolution, shape))
            is_fast = few or mode == "test"
        case _:
            return (), 0
    # The pass works with slabs; where the frequency domain is faster, it is by more than one pass saves.
    is_fast = is_fast and not fast.is_spectral(shape, _filters(convolution, shape))
    return ((found,), n_taken) if is_fast and pool.param == TWO_BY_TWO else ((), 0)


def _filters(convolution: Convolution, shape: Shape) -> Shape:
    """Returns the shape (F, C, K, K) of its filters for images of a shape (C, H, W)."""
    return convolution.param_shapes(shape)[f"W{convolution.layer}"]


def _pool_before_activation(stages: Sequence[Stage]) -> tuple[tuple[Stage, ...], int]:
    """Returns pooling and then the activation, on fewer pixels: a maximum commutes with all that rises."""
    match stages[:2]:
        case [Activation() as activation, MaxPool() as pool] if ACTIVATIONS[activation.kind].rises:
            first = MaxPool(pool.size, pool.stride, pool.pad)
            return (first, Activation(activation.kind, pool.name)), 2
    return (), 0


def _folded(w: Floats, b: Floats, normalization: Normalization, context: Context) -> tuple[Floats, Floats]:
    """Returns filters and biases with the normalization in them."""
    row, layer = NORMALIZATIONS[str(normalization.kind)], normalization.layer
    assert row.fold is not None, "only such a normalization is fused"
    statistics = {name: context.statistics[f"{name}{layer}"] for name in row.statistics}
    return row.fold(w, b, context.params[f"gamma{layer}"], context.params[f"beta{layer}"], statistics)
