"""Layers that often follow each other, as one pair: affine-relu, conv-relu, conv-(batchnorm-)relu-pool."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from nets.arrays import Floats
from nets.layers.activations import relu_backward, relu_forward
from nets.layers.affine import AffineCache, affine_backward, affine_forward
from nets.layers.batchnorm import spatial_batchnorm_backward, spatial_batchnorm_forward
from nets.layers.convolution import ConvCache, conv_backward, conv_forward
from nets.layers.moments import NormCache
from nets.layers.pooling import MaxPoolCache, max_pool_backward, max_pool_forward


def affine_relu_forward(x: Floats, w: Floats, b: Floats) -> tuple[Floats, tuple[AffineCache, Floats]]:
    """Returns max(0, x w + b), fresh, and the cache; the arguments are those of `affine_forward`."""
    a, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(
    dout: Floats,
    cache: tuple[AffineCache, Floats],
    *,
    input_gradient: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db); the arguments are those of `affine_backward`."""
    affine_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, affine_cache, input_gradient=input_gradient, out=out)


def conv_relu_forward(
    x: Floats, w: Floats, b: Floats, conv_param: Mapping[str, Any]
) -> tuple[Floats, tuple[ConvCache, Floats]]:
    """Returns the convolution, (N, F, H', W'), with negative pixels set to 0, fresh, and the cache."""
    a, conv_cache = conv_forward(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(
    dout: Floats,
    cache: tuple[ConvCache, Floats],
    *,
    input_gradient: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db); the arguments are those of `conv_backward`."""
    conv_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return conv_backward(da, conv_cache, input_gradient=input_gradient, out=out)


def conv_relu_pool_forward(
    x: Floats, w: Floats, b: Floats, conv_param: Mapping[str, Any], pool_param: Mapping[str, Any]
) -> tuple[Floats, tuple[tuple[ConvCache, Floats], MaxPoolCache]]:
    """Returns convolution, ReLU and max pooling, fresh, and the cache."""
    a, conv_relu_cache = conv_relu_forward(x, w, b, conv_param)
    out, pool_cache = max_pool_forward(a, pool_param)
    return out, (conv_relu_cache, pool_cache)


def conv_relu_pool_backward(
    dout: Floats,
    cache: tuple[tuple[ConvCache, Floats], MaxPoolCache],
    *,
    input_gradient: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db); the arguments are those of `conv_backward`."""
    conv_relu_cache, pool_cache = cache
    da = max_pool_backward(dout, pool_cache)
    return conv_relu_backward(da, conv_relu_cache, input_gradient=input_gradient, out=out)


class ConvBatchnormReluPoolCache(NamedTuple):
    """What the backward pass needs, and what the running statistics have become."""

    conv: ConvCache
    norm: NormCache
    relu: Floats
    pool: MaxPoolCache
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
) -> tuple[Floats, ConvBatchnormReluPoolCache]:
    """Returns convolution, batch normalization, ReLU and max pooling, fresh, and the cache."""
    a, conv = conv_forward(x, w, b, conv_param)
    normalized, norm = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    rectified, relu = relu_forward(normalized)
    out, pool = max_pool_forward(rectified, pool_param)
    return out, ConvBatchnormReluPoolCache(conv, norm, relu, pool, norm.running_mean, norm.running_var)


def conv_batchnorm_relu_pool_backward(
    dout: Floats,
    cache: ConvBatchnormReluPoolCache,
    *,
    input_gradient: bool = True,
    out: tuple[Floats, ...] | None = None,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Returns the gradients (dx, dw, db, dgamma, dbeta).

    The arguments are those of `conv_backward`; `out` has arrays for dgamma and dbeta too.
    """
    drectified = max_pool_backward(dout, cache.pool)
    da, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(drectified, cache.relu), cache.norm)
    places = None if out is None else (out[0], out[1])
    dx, dw, db = conv_backward(da, cache.conv, input_gradient=input_gradient, out=places)
    if out is not None:
        out[2][...], out[3][...] = dgamma, dbeta
        dgamma, dbeta = out[2], out[3]
    return dx, dw, db, dgamma, dbeta
