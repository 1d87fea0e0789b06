"""Convolution, batch normalization in training, ReLU and 2x2 max pooling in one pass over few channels.

A convolution that is normalized over the batch is itself a convolution: gamma * (map - mean) / std + beta has
the filters gamma / std * w and the biases beta - gamma / std * mean. Mean and variance of the map are known
before the map is, from those of its windows (`nets.fast.window_moments`). So the pass is the one without a
normalization (`nets.fast.conv_relu_pool`), and the way back leads from the gradients of these filters and
biases to those of w, gamma and beta, past the map.

The bias is no part of it: the mean takes it away again, and its gradient is 0.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nets.arrays import Floats, floating
from nets.fast.conv_relu_pool import ConvReluPoolCache, conv_relu_pool_backward, conv_relu_pool_forward
from nets.fast.convolution import check_conv, conv_input_gradient, correlated
from nets.fast.scratch import Scratch
from nets.fast.slabs import pad_before
from nets.fast.window_moments import Moments, window_moments

EPS, MOMENTUM = 1e-5, 0.9


class ConvBatchnormReluPoolCache(NamedTuple):
    """What the backward pass needs, and what the running statistics have become.

    `mean` and `inverse_std` are the map's, (F,). The derivatives of its mean by a filter are `window_means`,
    (C * K * K,), those of its variance twice the `slopes`, (F, C * K * K).
    """

    conv: ConvReluPoolCache
    w: Floats
    gamma: Floats
    mean: Moments
    inverse_std: Moments
    window_means: Moments
    slopes: Moments
    running_mean: Floats
    running_var: Floats


def conv_batchnorm_relu_pool_forward(
    x: Floats,
    w: Floats,
    b: Floats,
    gamma: Floats,
    beta: Floats,
    conv_param: Mapping[str, Any],
    bn_param: Mapping[str, Any],
    pool_param: Mapping[str, Any],
    *,
    scratch: Scratch | None = None,
) -> tuple[Floats, ConvBatchnormReluPoolCache]:
    """Returns the pooled ReLU of the normalized convolution, (N, F, H // 2, W // 2) fresh, and the cache.

    Args:
        x: images, (N, C, H, W).
        w: filters, (F, C, K, K).
        b: biases, (F,); they count in the running mean alone.
        gamma: scales, (F,).
        beta: shifts, (F,).
        conv_param: "stride", 1, and "pad", "same".
        bn_param: as for `nets.layers.batchnorm_forward`, with the mode "train".
        pool_param: "pool_height", "pool_width" and "stride", each 2.
        scratch: memory for temporary arrays; fresh by default.

    Raises:
        ValueError: if the filters are not square, a shape does not fit or is empty, or the parameters say
            something else.
    """
    check_conv(x, w, conv_param, b=b, gamma=gamma, beta=beta)
    if bn_param["mode"] != "train":
        raise ValueError(f'the fast pass takes the mode "train", but got {bn_param["mode"]!r}')
    if not x.size:
        raise ValueError(f"x must have the shape (N, C, H, W) without empty axes, but got {x.shape}")
    x, w, b, gamma, beta = (floating(array) for array in (x, w, b, gamma, beta))
    scratch = scratch or Scratch()
    window_means, covariances = window_moments(x, w.shape[2], scratch)
    rows = w.reshape(len(w), -1).astype(np.float64)
    slopes = rows @ covariances
    mean, var = rows @ window_means, np.maximum(np.einsum("fk,fk->f", slopes, rows), 0)
    inverse_std = 1 / np.sqrt(var + float(bn_param.get("eps", EPS)))
    scale = gamma * inverse_std
    filters, biases = (w * _fit(scale)).astype(x.dtype), (beta - scale * mean).astype(x.dtype)
    out, conv = conv_relu_pool_forward(x, filters, biases, conv_param, pool_param, scratch=scratch)
    momentum = float(bn_param.get("momentum", MOMENTUM))
    running_mean = momentum * bn_param.get("running_mean", np.zeros_like(b))
    running_var = momentum * bn_param.get("running_var", np.ones_like(b))
    running_mean += (1 - momentum) * (mean + b)
    running_var += (1 - momentum) * var
    cache = ConvBatchnormReluPoolCache(
        conv, w, gamma, mean, inverse_std, window_means, slopes, running_mean, running_var
    )
    return out, cache


def conv_batchnorm_relu_pool_backward(
    dout: Floats,
    cache: ConvBatchnormReluPoolCache,
    *,
    input_gradient: bool = True,
    out: tuple[Floats, ...] | None = None,
    scratch: Scratch | None = None,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db, dgamma, dbeta).

    Args:
        dout: gradient from above, (N, F, H // 2, W // 2).
        cache: from `conv_batchnorm_relu_pool_forward`.
        input_gradient: False skips dx, which the first layer of a net does not need; dx is then empty.
        out: arrays that dw, db, dgamma and dbeta are written into, overwritten; fresh ones by default.
        scratch: memory for temporary arrays; fresh by default.

    Source: Ioffe and Szegedy 2015, section 3, by the chain rule through filters and biases.
    """
    w, gamma, scale = cache.w, cache.gamma, cache.gamma * cache.inverse_std
    scratch = scratch or Scratch()
    dw, db, dgamma, dbeta = out or (np.empty_like(w), *(np.empty_like(gamma) for _ in range(3)))
    dx, dfilters, dbiases = conv_relu_pool_backward(
        dout, cache.conv, input_gradient=input_gradient, out=(dw, dbeta), scratch=scratch
    )
    dfilters, dbiases = dfilters.reshape(len(w), -1).astype(np.float64), dbiases.astype(np.float64)
    dscale = np.einsum("fk,fk->f", dfilters, w.reshape(len(w), -1)) - dbiases * cache.mean
    dmean = -dbiases * scale
    twice_dvar = -dscale * scale * cache.inverse_std**2  # std**-1 falls by half of std**-3 for each var
    db[...], dgamma[...] = 0, dscale * cache.inverse_std
    dfilters *= scale[:, None]
    dfilters += dmean[:, None] * cache.window_means
    dfilters += twice_dvar[:, None] * cache.slopes
    dw[...] = dfilters.reshape(w.shape)
    if input_gradient:
        dx += _through_moments(cache, dmean, twice_dvar, scratch)
    return dx, dw, db, dgamma, dbeta


def _through_moments(
    cache: ConvBatchnormReluPoolCache, dmean: Moments, twice_dvar: Moments, scratch: Scratch
) -> Floats:
    """Returns the images' gradient through the map's mean and variance, fresh; here the map is made again."""
    x, w = cache.conv.x, cache.w
    maps = correlated(x, w, pad_before(w.shape[2]), scratch)
    n_pixels = len(x) * x.shape[2] * x.shape[3]
    slope, shift = twice_dvar / n_pixels, (dmean - twice_dvar * cache.mean) / n_pixels
    maps *= _on_maps(slope, x.dtype)
    maps += _on_maps(shift, x.dtype)
    return conv_input_gradient(maps, w, scratch)


def _on_maps(per_filter: Moments, dtype: Any) -> Floats:
    """Returns one number a filter as a view that fits on (N, F, H, W)."""
    return per_filter.astype(dtype)[:, None, None]


def _fit(per_filter: Moments) -> Moments:
    """Returns one number a filter as a view that fits on (F, C, K, K)."""
    return per_filter[:, None, None, None]
