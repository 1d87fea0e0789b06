"""Layers as pairs of functions: `x_forward(inputs) -> (out, cache)`, `x_backward(dout, cache) -> gradients`.

Gradients come in the order of the arguments. Outputs are fresh; arguments, also dicts, are never modified.

May import: nets.arrays, nets.checks.
"""

from nets.layers.activations import (
    leaky_relu_backward,
    leaky_relu_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
    tanh_backward,
    tanh_forward,
)
from nets.layers.affine import affine_backward, affine_forward
from nets.layers.batchnorm import (
    batchnorm_backward,
    batchnorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from nets.layers.convolution import conv_backward, conv_forward
from nets.layers.dropout import dropout_backward, dropout_forward
from nets.layers.groupnorm import (
    groupnorm_backward,
    groupnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from nets.layers.layernorm import (
    layernorm_backward,
    layernorm_forward,
    spatial_layernorm_backward,
    spatial_layernorm_forward,
)
from nets.layers.local_response import lrn_backward, lrn_forward
from nets.layers.losses import softmax_loss, svm_loss
from nets.layers.pooling import avg_pool_backward, avg_pool_forward, max_pool_backward, max_pool_forward
from nets.layers.sandwiches import (
    affine_relu_backward,
    affine_relu_forward,
    conv_batchnorm_relu_pool_backward,
    conv_batchnorm_relu_pool_forward,
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)

__all__ = [
    "affine_backward",
    "affine_forward",
    "affine_relu_backward",
    "affine_relu_forward",
    "avg_pool_backward",
    "avg_pool_forward",
    "batchnorm_backward",
    "batchnorm_forward",
    "conv_backward",
    "conv_batchnorm_relu_pool_backward",
    "conv_batchnorm_relu_pool_forward",
    "conv_forward",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
    "dropout_backward",
    "dropout_forward",
    "groupnorm_backward",
    "groupnorm_forward",
    "layernorm_backward",
    "layernorm_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "lrn_backward",
    "lrn_forward",
    "max_pool_backward",
    "max_pool_forward",
    "relu_backward",
    "relu_forward",
    "sigmoid_backward",
    "sigmoid_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_groupnorm_backward",
    "spatial_groupnorm_forward",
    "spatial_layernorm_backward",
    "spatial_layernorm_forward",
    "svm_loss",
    "tanh_backward",
    "tanh_forward",
]
