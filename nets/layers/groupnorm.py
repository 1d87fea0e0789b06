"""Group normalization: each group of channels of an image over its own pixels."""

from collections.abc import Mapping
from typing import Any

from nets.arrays import Floats, floating
from nets.layers.moments import (
    EPS,
    PER_CHANNEL,
    PER_IMAGE_AND_GROUP,
    NormCache,
    centred,
    check_shapes,
    normalized,
    scaled,
)


def spatial_groupnorm_forward(
    x: Floats, gamma: Floats, beta: Floats, G: int, gn_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x with each group of channels of each image normalized, (N, C, H, W) fresh, and the cache.

    With G = 1 this is layer normalization of images, with G = C instance normalization.

    Args:
        x: images, (N, C, H, W).
        gamma: scales, C numbers in any shape, such as (C,) or (1, C, 1, 1).
        beta: shifts, in the same shape.
        G: number of groups; divides C.
        gn_param: "eps" (1e-5).

    Raises:
        ValueError: if the shapes do not fit or G does not divide C.

    Source: Wu and He 2018, equation 7.
    """
    check_shapes(x, gamma.ravel(), beta.ravel(), "(N, C, H, W)")
    n_images, channels, height, width = x.shape
    if G < 1 or channels % G:
        raise ValueError(f"G must divide the {channels} channels, but got {G}")
    groups = floating(x).reshape(n_images, G, channels // G, height, width)
    x_hat, inverse_std, mean, var = normalized(groups, PER_IMAGE_AND_GROUP, float(gn_param.get("eps", EPS)))
    out = scaled(x_hat.reshape(x.shape), gamma.reshape(-1, 1, 1), beta.reshape(-1, 1, 1))
    return out, NormCache(x_hat, inverse_std, gamma, "train", mean, var)


def spatial_groupnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta), the last two in the shape of gamma."""
    x_hat, gamma = cache.x_hat, cache.gamma
    dx_hat = (dout * gamma.reshape(-1, 1, 1)).reshape(x_hat.shape)
    sums, dots = PER_IMAGE_AND_GROUP.sum(dx_hat), PER_IMAGE_AND_GROUP.dot(dx_hat, x_hat)
    dx = centred(dx_hat, x_hat, sums, dots, cache.inverse_std, PER_IMAGE_AND_GROUP).reshape(dout.shape)
    dgamma, dbeta = PER_CHANNEL.dot(dout, x_hat.reshape(dout.shape)), PER_CHANNEL.sum(dout)
    return dx, dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


def groupnorm_forward(
    x: Floats, gamma: Floats, beta: Floats, G: int, gn_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x, (N, D), with each of G groups of features of each image normalized, fresh, and the cache.

    Every feature is taken as a channel of one pixel; the rest is as in `spatial_groupnorm_forward`.
    """
    check_shapes(x, gamma, beta, "(N, D)")
    out, cache = spatial_groupnorm_forward(x[:, :, None, None], gamma, beta, G, gn_param)
    return out[:, :, 0, 0], cache


def groupnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta)."""
    dx, dgamma, dbeta = spatial_groupnorm_backward(dout[:, :, None, None], cache)
    return dx[:, :, 0, 0], dgamma, dbeta
