"""Neural networks written from scratch in NumPy.

`nets.layers` has the layers as pairs of functions, `nets.optim` the update rules, `nets.solver` the training
loop; `NETS` has the nets by name.
"""

from nets.convnet import ThreeLayerConvNet
from nets.fully_connected import FullyConnectedNet, TwoLayerNet
from nets.lrn_convnet import LRNConvNet
from nets.network import Network

NETS: dict[str, type[Network]] = {
    "FullyConnectedNet": FullyConnectedNet,
    "TwoLayerNet": TwoLayerNet,
    "ThreeLayerConvNet": ThreeLayerConvNet,
    "LRNConvNet": LRNConvNet,
}

__all__ = ["NETS", "FullyConnectedNet", "LRNConvNet", "Network", "ThreeLayerConvNet", "TwoLayerNet"]
