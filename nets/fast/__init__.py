"""Layers where the speed is: the names, signatures and return values of `nets.layers`, for one case each.

They take what the nets here need (stride 1, padding that keeps the size, windows of 2x2) and refuse the
rest; the textbook pairs take everything, and are the oracle in tests. One more argument, `scratch`, gives
them memory to work in that is kept between calls. Images keep the shape (N, C, H, W), as views of memory in
the order (H, C, W, N): see `nets.fast.slabs`.

May import: nets.arrays.
"""

from nets.fast.conv_batchnorm_relu_pool import (
    conv_batchnorm_relu_pool_backward,
    conv_batchnorm_relu_pool_forward,
)
from nets.fast.conv_relu_pool import conv_relu_pool_backward, conv_relu_pool_forward
from nets.fast.convolution import conv_backward, conv_forward
from nets.fast.pooling import max_pool_backward, max_pool_forward
from nets.fast.pooling import takes as takes_pool
from nets.fast.spectral import is_faster as is_spectral
from nets.fast.window_moments import are_cheaper as takes_batchnorm

__all__ = [
    "conv_backward",
    "conv_batchnorm_relu_pool_backward",
    "conv_batchnorm_relu_pool_forward",
    "conv_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
    "is_spectral",
    "max_pool_backward",
    "max_pool_forward",
    "takes_batchnorm",
    "takes_pool",
]
