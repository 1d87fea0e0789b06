"""The normalization of a net's layers by name: parameters, running statistics, forward and backward."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nets.arrays import FlatArrays, Floats
from nets.layers import (
    batchnorm_backward,
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from nets.layers.normalization import EPS

if TYPE_CHECKING:
    from nets.models.network import Network


class Normalizer:
    """Normalizes the layers of one net: "none", "batchnorm" or "layernorm" (None means "none").

    Images are normalized a channel at a time: by batch, or for "layernorm" all channels of an image together.
    """

    def __init__(self, kind: str | None, widths: Mapping[int, int]) -> None:
        """Takes the number of units (or channels) of every layer that is to be normalized."""
        self.kind = kind or "none"
        self._widths = {} if self.kind == "none" else widths

    def initial_params(self) -> dict[str, Floats]:
        """Returns gamma, 1, and beta, 0, of every layer."""
        gammas: dict[str, Floats] = {f"gamma{layer}": np.ones(width) for layer, width in self._widths.items()}
        return gammas | {f"beta{layer}": np.zeros(width) for layer, width in self._widths.items()}

    def initial_statistics(self) -> dict[str, Floats]:
        """Returns running mean, 0, and variance, 1, of every layer of a batch normalization."""
        if self.kind != "batchnorm":
            return {}
        means: dict[str, Floats] = {
            f"running_mean{layer}": np.zeros(width) for layer, width in self._widths.items()
        }
        return means | {f"running_var{layer}": np.ones(width) for layer, width in self._widths.items()}

    def forward(self, x: Floats, layer: int, net: "Network", mode: str) -> tuple[Floats, Any]:
        """Returns x normalized, and the cache; training updates the statistics of the net."""
        if self.kind == "none":
            return x, None
        gamma, beta = net.params[f"gamma{layer}"], net.params[f"beta{layer}"]
        if self.kind == "layernorm":
            if x.ndim == 4:
                return spatial_groupnorm_forward(x, gamma, beta, 1, {})
            return layernorm_forward(x, gamma, beta, {})
        mean_name, var_name = f"running_mean{layer}", f"running_var{layer}"
        bn_param = {
            "mode": mode,
            "running_mean": net.statistics[mean_name],
            "running_var": net.statistics[var_name],
        }
        normalize = spatial_batchnorm_forward if x.ndim == 4 else batchnorm_forward
        out, cache = normalize(x, gamma, beta, bn_param)
        if mode == "train":
            net.statistics[mean_name], net.statistics[var_name] = cache.running_mean, cache.running_var
        return out, cache

    def folded(self, w: Floats, b: Floats, layer: int, net: "Network") -> tuple[Floats, Floats]:
        """Returns filters and biases that do in test mode what convolution and batch normalization do, fresh.

        Running statistics are constants, so that gamma * (conv(x) - mean) / std + beta is itself a
        convolution.
        """
        gamma, beta = net.params[f"gamma{layer}"], net.params[f"beta{layer}"]
        mean, var = net.statistics[f"running_mean{layer}"], net.statistics[f"running_var{layer}"]
        scale = gamma / np.sqrt(var + EPS)
        return w * scale[:, None, None, None], (b - mean) * scale + beta

    def backward(self, dout: Floats, cache: Any, layer: int, grads: FlatArrays) -> Floats:
        """Returns the gradient with respect to x, and writes those of gamma and beta."""
        if self.kind == "none":
            return dout
        if self.kind == "layernorm":
            backward = spatial_groupnorm_backward if dout.ndim == 4 else layernorm_backward
        else:
            backward = spatial_batchnorm_backward if dout.ndim == 4 else batchnorm_backward
        dx, grads[f"gamma{layer}"], grads[f"beta{layer}"] = backward(dout, cache)
        return dx
