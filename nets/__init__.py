"""Neural networks written from scratch in NumPy.

`nets.layers` has the layers as pairs of functions, `nets.fast` those where the speed is, `nets.models` the
nets, `nets.training` solver and update rules; `NETS` has the nets by name.
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
