"""Losses of class scores against labels, with their gradients: softmax (cross entropy) and SVM (hinge).

Both take scores (N, K), also integers, and labels (N,) in 0 .. K - 1, and return the mean over the N images
as a Python float, and its gradient with respect to the scores, fresh. Scores that are NaN give NaN; nothing
is hidden. `LOSSES` has them by name.
"""

from collections.abc import Callable

import numpy as np

from nets.arrays import Floats, Ints, Numbers


def softmax_loss(scores: Numbers, y: Ints) -> tuple[float, Floats]:
    """Returns the mean of -log softmax(scores)[y] and its gradient.

    The logarithm is taken of the sum of exponentials and never of a probability, so none can underflow to
    log(0): with the largest score of each row subtracted, -log p_y = log sum_k exp(s_k) - s_y.

    >>> loss, dscores = softmax_loss(np.zeros((1, 4)), np.array([2]))
    >>> round(loss, 4), dscores
    (1.3863, array([[ 0.25,  0.25, -0.75,  0.25]]))

    Raises:
        ValueError: if the batch is empty, the shapes do not fit or a label is out of range.
        TypeError: if the labels are not integers.
    """
    scores = _checked(scores, y)
    n_images = len(y)
    dscores = scores.T.copy(order="C")  # classes first: maxima and sums then run over all images at once
    dscores -= np.maximum.reduce(dscores, axis=0)
    right = y.astype(np.intp, copy=False) * n_images + np.arange(n_images)
    right_scores = dscores.take(right)
    np.exp(dscores, out=dscores)
    sums = np.add.reduce(dscores, axis=0)
    loss = float(np.add.reduce(np.log(sums) - right_scores)) / n_images
    sums *= n_images
    dscores /= sums
    dscores.reshape(-1)[right] -= 1 / n_images
    return loss, dscores.T


def svm_loss(scores: Numbers, y: Ints) -> tuple[float, Floats]:
    """Returns the mean over the images of sum over k != y of max(0, s_k - s_y + 1), and its gradient.

    Raises:
        ValueError: if the batch is empty, the shapes do not fit or a label is out of range.
        TypeError: if the labels are not integers.
    """
    scores, images = _checked(scores, y), np.arange(len(y))
    margins = np.maximum(scores - scores[images, y][:, None] + 1, 0)
    margins[images, y] = 0
    dscores = (margins > 0).astype(scores.dtype)
    dscores[images, y] = -dscores.sum(axis=1)
    dscores /= len(y)
    return float(margins.sum()) / len(y), dscores


def _checked(scores: Numbers, y: Ints) -> Floats:
    """Returns the scores as floats; refuses what is no batch of scores and labels."""
    if scores.ndim != 2 or not scores.size:
        raise ValueError(f"scores must have the shape (N, K) with N and K above 0, but got {scores.shape}")
    if y.shape != scores.shape[:1]:
        raise ValueError(f"y must have the shape {scores.shape[:1]}, but got {y.shape}")
    if y.dtype.kind not in "iu":
        raise TypeError(f"y must hold integers, but got {y.dtype}")
    unsigned = y.view(y.dtype.str.replace("i", "u"))  # in which a label below 0 is huge
    if np.maximum.reduce(unsigned) >= scores.shape[1]:
        worst = y.min() if y.min() < 0 else y.max()
        raise ValueError(f"y must hold labels in 0 .. {scores.shape[1] - 1}, but got {worst}")
    return scores if scores.dtype.kind == "f" else scores.astype(np.float64)


LOSSES: dict[str, Callable[[Numbers, Ints], tuple[float, Floats]]] = {
    "softmax": softmax_loss,
    "hinge": svm_loss,
}
