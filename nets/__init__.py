"""Neural networks written from scratch in NumPy.

`nets.layers` has the layers as pairs of functions, `nets.fast` those where the speed is, `nets.models` the
nets, `nets.training` solver and update rules; `NETS` has the nets by name.

>>> import numpy as np
>>> net = FullyConnectedNet([10], input_dim=(1, 8, 8), num_classes=3, rng=0)
>>> images, labels = np.ones((5, 1, 8, 8), np.float32), np.array([0, 1, 2, 0, 1])
>>> net.loss(images).shape
(5, 3)
>>> loss, gradients = net.loss(images, labels)
>>> gradients["W1"].shape == net.params["W1"].shape
True
"""

from nets.models.convnet import ThreeLayerConvNet
from nets.models.fully_connected import FullyConnectedNet, TwoLayerNet
from nets.models.lrn_convnet import LRNConvNet
from nets.models.network import Network

NETS: dict[str, type[Network]] = {
    "FullyConnectedNet": FullyConnectedNet,
    "TwoLayerNet": TwoLayerNet,
    "ThreeLayerConvNet": ThreeLayerConvNet,
    "LRNConvNet": LRNConvNet,
}

__all__ = ["NETS", "FullyConnectedNet", "LRNConvNet", "Network", "ThreeLayerConvNet", "TwoLayerNet"]
