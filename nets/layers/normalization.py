"""Batch, layer, spatial batch and group normalization: zero mean and unit variance, then gamma and beta.

All four compute (x - mean) / sqrt(var + eps), and differ only in the axes over which a mean is taken: a
feature over the batch, an image over its features, a channel over images and pixels, or a group of channels
of an image over its pixels. Running statistics are handed in and handed out; nobody's arrays are changed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets import checks
from nets.arrays import Floats

EPS = 1e-5
MOMENTUM = 0.9
_check_mode = checks.one_of(("train", "test"))


class Groups(NamedTuple):
    """Which numbers share a mean: axes to sum over, products for `np.einsum`, an index to fit on x."""

    axes: tuple[int, ...]
    products: str
    place: tuple[slice | None, ...]

    def sum(self, x: Floats) -> Floats:
        """Returns the sum of each group, fresh."""
        return np.add.reduce(x, axis=self.axes)  # type: ignore[no-any-return]

    def dot(self, x: Floats, y: Floats) -> Floats:
        """Returns the sum of the products of each group, fresh; no array of products is made."""
        return np.einsum(self.products, x, y)  # type: ignore[no-any-return]

    def fit(self, per_group: Floats) -> Floats:
        """Returns one number a group as a view that fits on x."""
        return per_group[self.place]


ALL = slice(None)
PER_FEATURE = Groups((0,), "nd,nd->d", (ALL,))
PER_IMAGE = Groups((1,), "nd,nd->n", (ALL, None))
PER_CHANNEL = Groups((0, 2, 3), "nchw,nchw->c", (ALL, None, None))
PER_IMAGE_AND_GROUP = Groups((2, 3, 4), "ngchw,ngchw->ng", (ALL, ALL, None, None, None))


class NormCache(NamedTuple):
    """What the backward passes need, and what the running statistics have become.

    `x_hat` is normalized x, `inverse_std` is 1 / sqrt(var + eps) in a shape that fits on it. Without running
    statistics, `running_mean` and `running_var` are the mean and variance of each group.
    """

    x_hat: Floats
    inverse_std: Floats
    gamma: Floats
    mode: str
    running_mean: Floats
    running_var: Floats


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
    _check_shapes(x, gamma, beta, "(N, D)")
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
    _check_shapes(x, gamma, beta, "(N, C, H, W)")
    return _batchnorm(x, gamma, beta, bn_param, PER_CHANNEL)


def spatial_batchnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta); in test mode the statistics were constants."""
    return _batchnorm_backward(dout, cache, PER_CHANNEL)


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
    _check_shapes(x, gamma, beta, "(N, D)")
    x_hat, inverse_std, mean, var = _normalized(x, PER_IMAGE, float(ln_param.get("eps", EPS)))
    return _scaled(x_hat, gamma, beta), NormCache(x_hat, inverse_std, gamma, "train", mean, var)


def layernorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta)."""
    dx_hat = dout * cache.gamma
    sums, dots = PER_IMAGE.sum(dx_hat), PER_IMAGE.dot(dx_hat, cache.x_hat)
    dx = _centred(dx_hat, cache.x_hat, sums, dots, cache.inverse_std, PER_IMAGE)
    return dx, PER_FEATURE.dot(dout, cache.x_hat), PER_FEATURE.sum(dout)


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
    _check_shapes(x, gamma.ravel(), beta.ravel(), "(N, C, H, W)")
    n_images, channels, height, width = x.shape
    if G < 1 or channels % G:
        raise ValueError(f"G must divide the {channels} channels, but got {G}")
    groups = x.reshape(n_images, G, channels // G, height, width)
    x_hat, inverse_std, mean, var = _normalized(groups, PER_IMAGE_AND_GROUP, float(gn_param.get("eps", EPS)))
    out = _scaled(x_hat.reshape(x.shape), gamma.reshape(-1, 1, 1), beta.reshape(-1, 1, 1))
    return out, NormCache(x_hat, inverse_std, gamma, "train", mean, var)


def spatial_groupnorm_backward(dout: Floats, cache: NormCache) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta), the last two in the shape of gamma."""
    x_hat, gamma = cache.x_hat, cache.gamma
    dx_hat = (dout * gamma.reshape(-1, 1, 1)).reshape(x_hat.shape)
    sums, dots = PER_IMAGE_AND_GROUP.sum(dx_hat), PER_IMAGE_AND_GROUP.dot(dx_hat, x_hat)
    dx = _centred(dx_hat, x_hat, sums, dots, cache.inverse_std, PER_IMAGE_AND_GROUP).reshape(dout.shape)
    dgamma, dbeta = PER_CHANNEL.dot(dout, x_hat.reshape(dout.shape)), PER_CHANNEL.sum(dout)
    return dx, dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)


def _batchnorm(
    x: Floats, gamma: Floats, beta: Floats, bn_param: Mapping[str, Any], groups: Groups
) -> tuple[Floats, NormCache]:
    """Returns x normalized over the batch, and over the pixels if it has any, and the cache."""
    mode, eps = bn_param["mode"], float(bn_param.get("eps", EPS))
    _check_mode("mode", mode)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.ones(x.shape[1], x.dtype))
    if mode == "train":
        x_hat, inverse_std, mean, var = _normalized(x, groups, eps)
        momentum = float(bn_param.get("momentum", MOMENTUM))
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        inverse_std = groups.fit(1 / np.sqrt(running_var + eps))
        x_hat = x - groups.fit(running_mean)
        x_hat *= inverse_std
    gamma = groups.fit(gamma)
    cache = NormCache(x_hat, inverse_std, gamma, mode, running_mean, running_var)
    return _scaled(x_hat, gamma, groups.fit(beta)), cache


def _batchnorm_backward(dout: Floats, cache: NormCache, groups: Groups) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dgamma, dbeta).

    gamma is the same for all numbers that share a mean, so that the sums that dx needs are dgamma and dbeta.
    """
    dgamma, dbeta = groups.dot(dout, cache.x_hat), groups.sum(dout)
    scale = cache.gamma * cache.inverse_std
    dx = _centred(dout, cache.x_hat, dbeta, dgamma, scale, groups) if cache.mode == "train" else dout * scale
    return dx, dgamma, dbeta


def _normalized(x: Floats, groups: Groups, eps: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Returns (x - mean) / sqrt(var + eps), fresh, with 1 / sqrt(var + eps) that fits on x, mean and var."""
    mean = groups.sum(x)
    size = x.size // mean.size
    mean /= size
    x_hat = x - groups.fit(mean)
    var = groups.dot(x_hat, x_hat)
    var /= size
    inverse_std = groups.fit(1 / np.sqrt(var + eps))
    x_hat *= inverse_std
    return x_hat, inverse_std, mean, var


def _centred(
    dout: Floats, x_hat: Floats, sums: Floats, dots: Floats, scale: Floats, groups: Groups
) -> Floats:
    """Returns the gradient through `_normalized`, fresh, times what `scale` has besides 1 / sqrt(var + eps).

    The derivatives of mean and variance fold into
    dx = scale * (dout - mean(dout) - x_hat * mean(dout * x_hat)), where the means are `sums` and `dots` /
    size.
    """
    size = x_hat.size // sums.size
    dx = x_hat * groups.fit(dots / size)
    dx += groups.fit(sums / size)
    np.subtract(dout, dx, out=dx)
    dx *= scale
    return dx


def _scaled(x_hat: Floats, gamma: Floats, beta: Floats) -> Floats:
    """Returns x_hat * gamma + beta, fresh."""
    out = x_hat * gamma
    out += beta
    return out


def _check_shapes(x: Floats, gamma: Floats, beta: Floats, axes: str) -> None:
    """Refuses an x of other axes or without elements, and a gamma or beta that does not fit on it."""
    if x.ndim != axes.count(",") + 1 or not x.size:
        raise ValueError(f"x must have the shape {axes} without empty axes, but got {x.shape}")
    for name, array in (("gamma", gamma), ("beta", beta)):
        if array.shape != x.shape[1:2]:
            raise ValueError(f"{name} must have the shape {x.shape[1:2]}, but got {array.shape}")
