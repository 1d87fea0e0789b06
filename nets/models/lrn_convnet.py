"""A deeper convolutional net with local response normalization: two stages of images, one hidden layer."""

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
    LocalResponse,
    MaxPool,
    Normalization,
    Shape,
    Stage,
)


@dataclass(kw_only=True, eq=False, repr=False)
class LRNConvNet(Network):
    """{conv - ReLU - max pool at stride 2 - LRN} x 2 - affine - ReLU - dropout - affine - softmax.

    Filters are W1, b1 and W2, b2, the hidden layer W3, b3, the scores W4, b4. The defaults are those of the
    TensorFlow tutorial net for CIFAR-10, in which each stage halves the image.

    Args:
        input_dim: shape (C, H, W) of an image.
        num_filters: number F of filters of each stage.
        filter_size: side K of the filters, odd or even; the map keeps the size of the image.
        hidden_dim: number M of hidden units.
        second_pool: side of the second stage's windows for pooling; the first stage has 3.
        lrn_stages: how many stages end with local response normalization, the first of them first.
        reg: strength of the L2 penalty on the filters, >= 0; the loss adds reg / 2 * sum(w**2).
        affine_reg: the same for the weights of the affine layers.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        **Network.ARGUMENT_CHECKS,
        "input_dim": checks.shape("CHW"),
        "num_filters": checks.positive_integer,
        "filter_size": checks.positive_integer,
        "hidden_dim": checks.positive_integer,
        "second_pool": checks.integer(2, 3),
        "lrn_stages": checks.integer(0, 2),
        "affine_reg": checks.not_negative,
    }

    input_dim: Sequence[int] = field(default=(3, 32, 32), kw_only=False)
    num_filters: int = 64
    filter_size: int = 5
    hidden_dim: int = 256
    second_pool: int = 3
    lrn_stages: int = 2
    weight_init: str = "truncated"
    reg: float = 0.005
    affine_reg: float = 0.004
    weight_scale: float = 0.05

    def _stages(self) -> list[Stage]:
        images: list[Stage] = []
        for layer, pool in ((1, 3), (2, int(self.second_pool))):
            images += [
                Convolution(layer, int(self.num_filters), int(self.filter_size)),
                Normalization(layer, self.normalization, self.num_groups),
                Activation(self.activation),
                *self._end_of_stage(layer, pool),
            ]
        return [
            *images,
            Affine(3, int(self.hidden_dim)),
            Normalization(3, self.normalization, self.num_groups),
            Activation(self.activation, name="hidden3"),
            Dropout(self.dropout),
            Affine(4, int(self.num_classes)),
        ]

    def _end_of_stage(self, layer: int, pool: int) -> list[Stage]:
        """Returns the pooling of a stage of images, and its normalization if it has one."""
        name = f"stage{layer}"
        if layer > self.lrn_stages:
            return [MaxPool(size=pool, stride=2, pad="same", name=name)]
        response = LocalResponse(radius=4, bias=1.0, alpha=0.001 / 9, beta=0.75, name=name)
        return [MaxPool(size=pool, stride=2, pad="same"), response]

    def _shape_of_images(self) -> Shape:
        return tuple(int(size) for size in self.input_dim)

    def _penalties(self) -> list[tuple[slice, float]]:
        n_filters = self.params["W1"].size + self.params["W2"].size
        affine = slice(n_filters, self._n_penalized)
        return [(slice(0, n_filters), self.reg), (affine, float(self.affine_reg))]
