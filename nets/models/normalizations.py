"""The normalizations that nets take by name, a row each: `NORMALIZATIONS`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from nets import layers
from nets.arrays import Floats
from nets.layers.moments import EPS

Forward = Callable[[Floats, Floats, Floats, Mapping[str, Any]], tuple[Floats, Any]]
Backward = Callable[[Floats, Any], tuple[Floats, Floats, Floats]]
Fold = Callable[[Floats, Floats, Floats, Floats, Mapping[str, Floats]], tuple[Floats, Floats]]


class Normalization(NamedTuple):
    """A normalization as nets use it.

    Attributes:
        of_units: the pair for x of the shape (N, D): (x, gamma, beta, param) -> (out, cache), and
            (dout, cache) -> (dx, dgamma, dbeta). `param` has "mode", "n_groups" and the running statistics.
        of_images: the same for (N, C, H, W).
        statistics: names and first values of the running statistics, which a cache has as attributes.
        fold: (w, b, gamma, beta, statistics) -> filters and biases that do in test mode what a convolution
            and this normalization do, fresh; None if it depends on the images then too.
    """

    of_units: tuple[Forward, Backward]
    of_images: tuple[Forward, Backward]
    statistics: Mapping[str, float] = {}
    fold: Fold | None = None

    def forward(self, x: Floats, gamma: Floats, beta: Floats, param: Mapping[str, Any]) -> tuple[Floats, Any]:
        """Returns x, (N, D) or (N, C, H, W), normalized, and the cache."""
        return (self.of_images if x.ndim == 4 else self.of_units)[0](x, gamma, beta, param)

    def backward(self, dout: Floats, cache: Any) -> tuple[Floats, Floats, Floats]:
        """Returns the gradients (dx, dgamma, dbeta)."""
        return (self.of_images if dout.ndim == 4 else self.of_units)[1](dout, cache)


def folded_batchnorm(
    w: Floats, b: Floats, gamma: Floats, beta: Floats, statistics: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    """Returns filters and biases with a batch normalization in them, fresh.

    Running statistics are constants, so that gamma * (conv(x) - mean) / std + beta is itself a convolution.
    """
    scale = gamma / np.sqrt(statistics["running_var"] + EPS)
    return w * scale[:, None, None, None], (b - statistics["running_mean"]) * scale + beta


def groups_of(n_channels: int, n_groups: int) -> int:
    """Returns the largest number of groups up to `n_groups` that divides the channels."""
    return next(n for n in range(min(n_groups, n_channels), 0, -1) if n_channels % n == 0)


def _in_groups(forward: Callable[..., tuple[Floats, Any]]) -> Forward:
    """Returns a group normalization that takes its number of groups from `param`."""

    def grouped(x: Floats, gamma: Floats, beta: Floats, param: Mapping[str, Any]) -> tuple[Floats, Any]:
        return forward(x, gamma, beta, groups_of(x.shape[1], int(param["n_groups"])), param)

    return grouped


NORMALIZATIONS: dict[str, Normalization] = {
    "batchnorm": Normalization(
        (layers.batchnorm_forward, layers.batchnorm_backward),
        (layers.spatial_batchnorm_forward, layers.spatial_batchnorm_backward),
        statistics={"running_mean": 0.0, "running_var": 1.0},
        fold=folded_batchnorm,
    ),
    "layernorm": Normalization(
        (layers.layernorm_forward, layers.layernorm_backward),
        (layers.spatial_layernorm_forward, layers.spatial_layernorm_backward),
    ),
    "groupnorm": Normalization(
        (_in_groups(layers.groupnorm_forward), layers.groupnorm_backward),
        (_in_groups(layers.spatial_groupnorm_forward), layers.spatial_groupnorm_backward),
    ),
}
"""A new one is a file in nets/layers and a row here; "none" needs no row."""
