"""Batch, layer, spatial batch and group normalization: zero mean and unit variance, then gamma and beta.

All four normalize the rows or columns of a matrix, (x - mean) / sqrt(var + eps), and differ in which numbers share
a mean: a feature over the batch, an image over its features, a channel over images and pixels, or an image over a
group of channels and their pixels. Running statistics are handed in and handed out; nobody's arrays are changed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets import checks
from nets.arrays import Floats

EPS = 1e-5
MOMENTUM = 0.9


class NormCache(NamedTuple):
    """What the backward passes need, and what the running statistics have become.

    `x_hat` and `inverse_std` are normalized inputs and 1 / sqrt(var + eps); `axis` is that of the mean.
    """

    x_hat: Floats
    inverse_std: Floats
    gamma: Floats
    axis: int
    mode: str
    running_mean: Floats
    running_var: Floats
    shape: tuple[int, ...]


def batchnorm_forward(
    x: Floats, gamma: Floats, beta: Floats, bn_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x normalized over the batch, (N, D) fresh, and the cache for `batchnorm_backward`.

    Args:
        x: inputs, (N, D).
        gamma: scales, (D,).
        beta: shifts, (D,).
        bn_param: "mode", "train" (statistics of this batch) or "test" (running statistics); "eps" and "momentum"
            (1e-5 and 0.9); "running_mean" and "running_var", (D,), without which they are 0 and 1. Not modified:
            the updated statistics, momentum * running + (1 - momentum) * batch, are in the cache.

    Raises:
        ValueError: if the shapes do not fit, or the mode is neither.

    Source: Ioffe and Szegedy 2015, algorithm 1.
    """
    _check_shapes(x, gamma, beta, "(N, D)", 2)
    mode, eps = bn_param["mode"], float(bn_param.get("eps", EPS))
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.ones(x.shape[1], x.dtype))
    if mode == "train":
        x_hat, inverse_std, mean, var = _normalized(x, 0, eps)
        momentum = float(bn_param.get("momentum", MOMENTUM))
        running_mean = momentum * running_mean + (1 - momentum) * mean[0]
        running_var = momentum * running_var + (1 - momentum) * var[0]
    else:
        checks.one_of(("train", "test"))("mode", mode)
        inverse_std = 1 / np.sqrt(running_var[None] + eps)
        x_hat = (x - running_mean) * inverse_std
    out = x_hat * gamma
    out += beta
    return out, NormCache(x_hat, inverse_std, gamma, 0, mode, running_mean, running_var, x.shape)


def batchnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta); in test mode the statistics were constants."""
    dx_hat = dout * cache.gamma
    dx = _normalized_backward(dx_hat, cache) if cache.mode == "train" else dx_hat * cache.inverse_std
    return dx, np.einsum("nd,nd->d", dout, cache.x_hat), np.add.reduce(dout, axis=0)


def layernorm_forward(
    x: Floats, gamma: Floats, beta: Floats, ln_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x with each image normalized over its features, (N, D) fresh, and the cache for `layernorm_backward`.

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
    _check_shapes(x, gamma, beta, "(N, D)", 2)
    x_hat, inverse_std, mean, var = _normalized(x, 1, float(ln_param.get("eps", EPS)))
    out = x_hat * gamma
    out += beta
    return out, NormCache(x_hat, inverse_std, gamma, 1, "train", mean, var, x.shape)


def layernorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta)."""
    return batchnorm_backward(dout, cache)


def spatial_batchnorm_forward(
    x: Floats, gamma: Floats, beta: Floats, bn_param: Mapping[str, Any]
) -> tuple[Floats, NormCache]:
    """Returns x with each channel normalized over images and pixels, (N, C, H, W) fresh, and the cache.

    Arguments, statistics and errors are those of `batchnorm_forward`, with C in the place of D.
    """
    _check_shapes(x, gamma, beta, "(N, C, H, W)", 4)
    out, cache = batchnorm_forward(_pixels_as_rows(x), gamma, beta, bn_param)
    return _rows_as_pixels(out, x.shape), cache._replace(shape=x.shape)


def spatial_batchnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta)."""
    dx, dgamma, dbeta = batchnorm_backward(_pixels_as_rows(dout), cache)
    return _rows_as_pixels(dx, cache.shape), dgamma, dbeta


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
    _check_shapes(x, gamma.ravel(), beta.ravel(), "(N, C, H, W)", 4)
    if G < 1 or x.shape[1] % G:
        raise ValueError(f"G must divide the {x.shape[1]} channels, but got {G}")
    groups = x.reshape(len(x) * G, -1)
    x_hat, inverse_std, mean, var = _normalized(groups, 1, float(gn_param.get("eps", EPS)))
    out = x_hat.reshape(x.shape) * gamma.reshape(1, -1, 1, 1)
    out += beta.reshape(1, -1, 1, 1)
    return out, NormCache(x_hat, inverse_std, gamma, 1, "train", mean, var, x.shape)


def spatial_groupnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta), the last two in the shape of gamma."""
    x_hat, gamma = cache.x_hat, cache.gamma
    dx_hat = (dout * gamma.reshape(1, -1, 1, 1)).reshape(x_hat.shape)
    dgamma = np.einsum("nchw,nchw->c", dout, x_hat.reshape(cache.shape))
    dbeta = dout.sum(axis=(0, 2, 3))
    return (
        _normalized_backward(dx_hat, cache).reshape(cache.shape),
        dgamma.reshape(gamma.shape),
        dbeta.reshape(gamma.shape),
    )


def _normalized(x: Floats, axis: int, eps: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Returns (x - mean) / sqrt(var + eps) of a matrix, fresh, with 1 / sqrt(var + eps), mean and var, axes kept."""
    size = x.shape[axis]
    mean = np.add.reduce(x, axis=axis, keepdims=True) / size
    x_hat = x - mean
    var = np.expand_dims(np.einsum("nd,nd->d" if axis == 0 else "nd,nd->n", x_hat, x_hat), axis) / size
    inverse_std = 1 / np.sqrt(var + eps)
    x_hat *= inverse_std
    return x_hat, inverse_std, mean, var


def _normalized_backward(dx_hat: Floats, cache: NormCache) -> Floats:
    """Returns the gradient through `_normalized`; dx_hat is overwritten.

    The derivatives of mean and variance fold into
    dx = (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) / sqrt(var + eps), with means along the axis.
    """
    x_hat, axis = cache.x_hat, cache.axis
    size = x_hat.shape[axis]
    along = np.expand_dims(np.einsum("nd,nd->d" if axis == 0 else "nd,nd->n", dx_hat, x_hat), axis) / size
    dx_hat -= np.add.reduce(dx_hat, axis=axis, keepdims=True) / size
    dx_hat -= x_hat * along
    dx_hat *= cache.inverse_std
    return dx_hat


def _pixels_as_rows(x: Floats) -> Floats:
    """Returns (N, C, H, W) as (N * H * W, C)."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def _rows_as_pixels(rows: Floats, shape: tuple[int, ...]) -> Floats:
    """Returns (N * H * W, C) as images of `shape`, (N, C, H, W) fresh."""
    n_images, n_channels, height, width = shape
    return np.ascontiguousarray(rows.reshape(n_images, height, width, n_channels).transpose(0, 3, 1, 2))


def _check_shapes(x: Floats, gamma: Floats, beta: Floats, axes: str, n_axes: int) -> None:
    if x.ndim != n_axes or not x.size:
        raise ValueError(f"x must have the shape {axes} without empty axes, but got {x.shape}")
    for name, array in (("gamma", gamma), ("beta", beta)):
        if array.shape != x.shape[1:2]:
            raise ValueError(f"{name} must have the shape {x.shape[1:2]}, but got {array.shape}")
