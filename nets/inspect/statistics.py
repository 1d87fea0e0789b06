"""What the weights and the activations of a net look like: mean, deviation, dead units."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nets.arrays import Numbers


@dataclass(frozen=True)
class WeightStatistics:
    """Mean and deviation of one matrix or bank of filters."""

    name: str
    mean: float
    deviation: float


@dataclass(frozen=True)
class ActivationStatistics:
    """Mean and deviation of what one hidden layer puts out, and the fraction of its units that are dead.

    A unit (or pixel of a map) is dead if it is the same for every image: for ReLU, never above 0.
    """

    name: str
    mean: float
    deviation: float
    dead: float


def weight_statistics(net: Any) -> list[WeightStatistics]:
    """Returns the statistics of the weights W1, W2, ... of a net, layer by layer."""
    return [
        WeightStatistics(name, float(array.mean(dtype=np.float64)), float(array.std(dtype=np.float64)))
        for name, array in net.params.items()
        if array.ndim > 1
    ]


def activation_statistics(net: Any, X: Numbers) -> list[ActivationStatistics]:
    """Returns the statistics of each hidden layer of a net of `nets`, in test mode, on some images."""
    return [
        ActivationStatistics(
            name,
            float(output.mean(dtype=np.float64)),
            float(output.std(dtype=np.float64)),
            float((np.ptp(output, axis=0) == 0).mean()),
        )
        for name, output in net.activations(X).items()
    ]
