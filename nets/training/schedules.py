"""Learning rate and momentum over the epochs, as functions of the epoch: nothing to save or to restore."""

import math
from collections.abc import Callable

Schedule = Callable[[float, float, int, int], float]


def exponential(learning_rate: float, decay: float, epoch: int, n_epochs: int) -> float:
    """Returns the rate in an epoch (from 1), multiplied by `decay` after each epoch before it.

    >>> [exponential(0.8, 0.5, epoch, 3) for epoch in (1, 2, 3)]
    [0.8, 0.4, 0.2]
    """
    return learning_rate * decay ** (epoch - 1)


def cosine(learning_rate: float, decay: float, epoch: int, n_epochs: int) -> float:
    """Returns the rate in an epoch (from 1), which falls along half a cosine towards 0, times the decay.

    Source: Loshchilov and Hutter 2017, equation 5, without restarts.
    """
    return (
        exponential(learning_rate, decay, epoch, n_epochs)
        * (1 + math.cos(math.pi * (epoch - 1) / n_epochs))
        / 2
    )


def rising(first: float, last: float, epoch: int, n_epochs: int) -> float:
    """Returns the momentum in an epoch (from 1): evenly from that of the first to that of the last.

    Source: Sutskever et al. 2013, section 3, where momentum rises too, by another formula.
    """
    return first + (last - first) * (epoch - 1) / max(1, n_epochs - 1)


SCHEDULES: dict[str, Schedule] = {"exponential": exponential, "cosine": cosine}
