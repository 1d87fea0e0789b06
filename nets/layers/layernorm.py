"""Layer normalization: each image over its own features, the same when training and when testing."""

from collections.abc import Mapping
from typing import Any

from nets.arrays import Floats, floating
from nets.layers.groupnorm import spatial_groupnorm_backward, spatial_groupnorm_forward
from nets.layers.moments import (
    EPS,
    PER_FEATURE,
    PER_IMAGE,
    NormCache,
    centred,
    check_shapes,
    normalized,
    scaled,
)


def layernorm_forward(
    x: Floats, gamma: Floats, beta: Floats, ln_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x with each image normalized over its features, (N, D) fresh, and the cache.

    The same when training and when testing: there are no running statistics.

    Args:
        x: inputs, (N, D).
        gamma: scales, (D,).
        beta: shifts, (D,).
        ln_param: "eps" (1e-5).

    Raises:
        ValueError: if the shapes do not fit.

    Source: Ba, Kiros and Hinton 2016, equation 4.
    """
    check_shapes(x, gamma, beta, "(N, D)")
    x_hat, inverse_std, mean, var = normalized(floating(x), PER_IMAGE, float(ln_param.get("eps", EPS)))
    return scaled(x_hat, gamma, beta), NormCache(x_hat, inverse_std, gamma, "train", mean, var)


def layernorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta)."""
    dx_hat = dout * cache.gamma
    sums, dots = PER_IMAGE.sum(dx_hat), PER_IMAGE.dot(dx_hat, cache.x_hat)
    dx = centred(dx_hat, cache.x_hat, sums, dots, cache.inverse_std, PER_IMAGE)
    return dx, PER_FEATURE.dot(dout, cache.x_hat), PER_FEATURE.sum(dout)


def spatial_layernorm_forward(
    x: Floats, gamma: Floats, beta: Floats, ln_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x, (N, C, H, W), each image normalized over its channels and pixels, fresh, and the cache.

    gamma and beta are one number a channel, (C,); the rest is as in `layernorm_forward`.
    """
    return spatial_groupnorm_forward(x, gamma, beta, 1, ln_param)


spatial_layernorm_backward = spatial_groupnorm_backward
