"""The three-layer convolutional net: conv - ReLU - 2x2 max pool - affine - ReLU - affine - softmax."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from nets import checks
from nets.models.network import Network
from nets.models.stages import (
    Activation,
    Affine,
    Convolution,
    Dropout,
    MaxPool,
    Normalization,
    Shape,
    Stage,
)


@dataclass(kw_only=True, eq=False, repr=False)
class ThreeLayerConvNet(Network):
    """Filters W1, b1 that keep the size of the image, a hidden layer W2, b2, and scores W3, b3.

    Layers 1 and 2 have gamma1, beta1, gamma2, beta2 if normalized: per channel after the convolution, per
    unit after the hidden affine layer. Dropout follows the hidden layer, and the pooling if it is asked for.

    Args:
        input_dim: shape (C, H, W) of an image, at least 2 x 2 pixels.
        num_filters: number F of filters.
        filter_size: side K of the filters, odd or even; the map keeps the size of the image.
        hidden_dim: number M of hidden units.
        pool_dropout: as dropout, for the pooled maps; dropout itself is for hidden units alone.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **Network.ARGUMENT_CHECKS,
        "input_dim": checks.shape("CHW"),
        "num_filters": checks.positive_integer,
        "filter_size": checks.positive_integer,
        "hidden_dim": checks.positive_integer,
        "pool_dropout": checks.dropout,
    }

    input_dim: Sequence[int] = field(default=(3, 32, 32), kw_only=False)
    num_filters: int = 32
    filter_size: int = 7
    hidden_dim: int = 100
    pool_dropout: float = 0.0
    weight_scale: float = 1e-3

    def _stages(self) -> list[Stage]:
        return [
            Convolution(1, int(self.num_filters), int(self.filter_size)),
            Normalization(1, self.normalization, self.num_groups),
            Activation(self.activation),
            MaxPool(size=2, stride=2, name="pooled1"),
            Dropout(float(self.pool_dropout)),
            Affine(2, int(self.hidden_dim)),
            Normalization(2, self.normalization, self.num_groups),
            Activation(self.activation, name="hidden2"),
            Dropout(self.dropout),
            Affine(3, int(self.num_classes)),
        ]

    def _shape_of_images(self) -> Shape:
        shape = tuple(int(size) for size in self.input_dim)
        if min(shape[1:]) < 2:
            raise ValueError(f"input_dim must have at least 2 x 2 pixels to pool, but got {shape}")
        return shape
