"""Fully connected nets: {affine - normalization - activation - dropout} x (L - 1) - affine - softmax."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from nets import checks
from nets.models.network import Network
from nets.models.stages import Activation, Affine, Dropout, Normalization, Shape, Stage


@dataclass(kw_only=True, eq=False, repr=False)
class FullyConnectedNet(Network):
    """A net of any depth, with weights W1, b1, W2, ... and, if normalized, gamma1, beta1, ...

    Args:
        hidden_dims: number of units of each hidden layer.
        input_dim: pixels of an image, a number or the shape of the image.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **Network.ARGUMENT_CHECKS,
        "hidden_dims": checks.widths,
        "input_dim": checks.sizes_or_size,
    }

    hidden_dims: Sequence[int] = field(kw_only=False)
    input_dim: int | Sequence[int] = 3 * 32 * 32

    def _stages(self) -> list[Stage]:
        stages: list[Stage] = []
        for layer, width in enumerate(self.hidden_dims, 1):
            stages += [
                Affine(layer, int(width)),
                Normalization(layer, self.normalization, self.num_groups),
                Activation(self.activation, name=f"hidden{layer}"),
                Dropout(self.dropout),
            ]
        return [*stages, Affine(len(self.hidden_dims) + 1, self.num_classes)]

    def _shape_of_images(self) -> Shape:
        return (math.prod(np.atleast_1d(self.input_dim).tolist()),)

    def _check_shape(self, shape: Shape) -> None:
        (n_pixels,) = self._image_shape
        if len(shape) < 2 or math.prod(shape[1:]) != n_pixels:
            raise ValueError(f"X must hold images of {n_pixels} pixels, (N, ...), but got the shape {shape}")


@dataclass(kw_only=True, eq=False, repr=False)
class TwoLayerNet(FullyConnectedNet):
    """Affine - ReLU - affine - softmax: a `FullyConnectedNet` with one hidden layer.

    In float64 by default, as in the course, whose expected losses have ten digits.

    Args:
        input_dim: pixels of an image, a number or the shape of the image.
        hidden_dim: number M of hidden units.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **{name: check for name, check in FullyConnectedNet.ARGUMENT_CHECKS.items() if name != "hidden_dims"},
        "hidden_dim": checks.positive_integer,
    }

    hidden_dims: Sequence[int] = field(init=False)
    input_dim: int | Sequence[int] = field(default=3 * 32 * 32, kw_only=False)
    hidden_dim: int = field(default=100, kw_only=False)
    weight_scale: float = 1e-3
    dtype: Any = np.float64

    def _stages(self) -> list[Stage]:
        self.hidden_dims = [self.hidden_dim]
        return super()._stages()
