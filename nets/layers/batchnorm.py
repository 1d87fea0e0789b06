"""Batch normalization of features and of channels: statistics of the batch, or running ones when testing.

Running statistics are handed in and handed out; nobody's arrays are changed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nets import checks
from nets.arrays import Floats, floating
from nets.layers.moments import (
    EPS,
    PER_CHANNEL,
    PER_FEATURE,
    Groups,
    NormCache,
    centred,
    check_shapes,
    normalized,
    scaled,
)

MOMENTUM = 0.9
_check_mode = checks.one_of(("train", "test"))


def batchnorm_forward(
    x: Floats, gamma: Floats, beta: Floats, bn_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x normalized over the batch, (N, D) fresh, and the cache for `batchnorm_backward`.

    Args:
        x: inputs, (N, D).
        gamma: scales, (D,).
        beta: shifts, (D,).
        bn_param: "mode", "train" (statistics of this batch) or "test" (running statistics); "eps" and
            "momentum" (1e-5 and 0.9); "running_mean" and "running_var", (D,), without which they are 0 and 1.
            Not modified: the updated statistics, momentum * running + (1 - momentum) * batch, are in the
            cache.

    Raises:
        ValueError: if the shapes do not fit, or the mode is neither.

    Source: Ioffe and Szegedy 2015, algorithm 1.
    """
    check_shapes(x, gamma, beta, "(N, D)")
    return _batchnorm(x, gamma, beta, bn_param, PER_FEATURE)


def batchnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta); in test mode the statistics were constants."""
    return _batchnorm_backward(dout, cache, PER_FEATURE)


def spatial_batchnorm_forward(
    x: Floats, gamma: Floats, beta: Floats, bn_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x with each channel normalized over images and pixels, (N, C, H, W) fresh, and the cache.

    Arguments, statistics and errors are those of `batchnorm_forward`, with C in the place of D.
    """
    check_shapes(x, gamma, beta, "(N, C, H, W)")
    return _batchnorm(x, gamma, beta, bn_param, PER_CHANNEL)


def spatial_batchnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta); in test mode the statistics were constants."""
    return _batchnorm_backward(dout, cache, PER_CHANNEL)


def _batchnorm(
    x: Floats, gamma: Floats, beta: Floats, bn_param: Mapping[str, Any], groups: Groups
) -> tuple[Floats, NormCache]:
    """Returns x normalized over the batch, and over the pixels if it has any, and the cache."""
    mode, eps = bn_param["mode"], float(bn_param.get("eps", EPS))
    _check_mode("mode", mode)
    x = floating(x)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.ones(x.shape[1], x.dtype))
    for name, array in (("running_mean", running_mean), ("running_var", running_var)):
        if np.shape(array) != x.shape[1:2]:
            raise ValueError(f"{name} must have the shape {x.shape[1:2]}, but got {np.shape(array)}")
    if mode == "train":
        x_hat, inverse_std, mean, var = normalized(x, groups, eps)
        momentum = float(bn_param.get("momentum", MOMENTUM))
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        inverse_std = groups.fit(1 / np.sqrt(running_var + eps))
        x_hat = x - groups.fit(running_mean)
        x_hat *= inverse_std
    gamma = groups.fit(gamma)
    cache = NormCache(x_hat, inverse_std, gamma, mode, running_mean, running_var)
    return scaled(x_hat, gamma, groups.fit(beta)), cache


def _batchnorm_backward(dout: Floats, cache: NormCache, groups: Groups) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta).

    gamma is the same for all numbers that share a mean, so that the sums that dx needs are dgamma and dbeta.
    """
    dgamma, dbeta = groups.dot(dout, cache.x_hat), groups.sum(dout)
    scale = cache.gamma * cache.inverse_std
    dx = centred(dout, cache.x_hat, dbeta, dgamma, scale, groups) if cache.mode == "train" else dout * scale
    return dx, dgamma, dbeta
