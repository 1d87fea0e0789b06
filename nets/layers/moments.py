"""What all normalizations have in common: zero mean and unit variance over groups of numbers, and back.

They compute (x - mean) / sqrt(var + eps), and differ only in the axes over which a mean is taken: a feature
over the batch, an image over its features, a channel over images and pixels, or a group of channels of an
image over its pixels.
"""

from typing import NamedTuple

import numpy as np

from nets.arrays import Floats

EPS = 1e-5


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


def normalized(x: Floats, groups: Groups, eps: float) -> tuple[Floats, Floats, Floats, Floats]:
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


def centred(dout: Floats, x_hat: Floats, sums: Floats, dots: Floats, scale: Floats, groups: Groups) -> Floats:
    """Returns the gradient through `normalized`, fresh, times what `scale` has besides 1 / sqrt(var + eps).

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


def scaled(x_hat: Floats, gamma: Floats, beta: Floats) -> Floats:
    """Returns x_hat * gamma + beta, fresh."""
    out = x_hat * gamma
    out += beta
    return out


def check_shapes(x: Floats, gamma: Floats, beta: Floats, axes: str) -> None:
    """Refuses an x of other axes or without elements, and a gamma or beta that does not fit on it."""
    if x.ndim != axes.count(",") + 1 or not x.size:
        raise ValueError(f"x must have the shape {axes} without empty axes, but got {x.shape}")
    for name, array in (("gamma", gamma), ("beta", beta)):
        if array.shape != x.shape[1:2]:
            raise ValueError(f"{name} must have the shape {x.shape[1:2]}, but got {array.shape}")
