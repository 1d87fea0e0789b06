"""What a trained net answers: scores, probabilities and classes of images as their data source gives them.

TrainedNet(...).predict(images)                       the classes
net_scores(net, images, preprocess, n_classes)        the scores, batch by batch
softmax(scores)                                       the probabilities that scores stand for
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.arrays import Floats, Numbers
from nets.contract import kind_in_words

SCORED_AT_A_TIME = 256


@dataclass(frozen=True)
class TrainedNet:
    """A net with all that it takes to ask it.

    Attributes:
        net: anything with `.params` and `.loss(X)`.
        preprocess: turns images as their source gives them into floats of a dtype, as in training.
        image_shape: (C, H, W), or (D,).
        class_names: one name a class.
    """

    net: Any
    preprocess: Callable[[Numbers, Any], Floats] = field(repr=False)
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]

    def scores(self, images: Numbers) -> Floats:
        """Returns the scores of images, (N, K), the same bits as in training.

        Args:
            images: (N, C, H, W) or (N, D), as their source gives them, not preprocessed.

        Raises:
            ValueError: the images have another shape than those of the training, there is none, or one is
                not finite: the largest of scores that are NaN is the first one.
        """
        images = np.asarray(images)
        if images.shape[1:] != self.image_shape or not len(images):
            wanted = ", ".join(map(str, self.image_shape))
            raise ValueError(f"images must have the shape (N, {wanted}), but got {images.shape}")
        if images.dtype.kind == "f" and not np.isfinite(images).all():
            raise ValueError("images must hold finite numbers, but hold NaN or infinity")
        return net_scores(self.net, images, self.preprocess, len(self.class_names))

    def probabilities(self, images: Numbers) -> NDArray[np.float64]:
        """Returns the softmax of the scores, (N, K); a net trained with hinge loss has no real ones."""
        return softmax(self.scores(images))

    def predict(self, images: Numbers) -> NDArray[np.intp]:
        """Returns the class of each image, (N,): numbers, which `class_names` names."""
        return np.asarray(self.scores(images).argmax(axis=1))


def net_scores(
    net: Any,
    images: Numbers,
    preprocess: Callable[[Numbers, Any], Floats],
    n_classes: int,
    batch_size: int = SCORED_AT_A_TIME,
) -> Floats:
    """Returns the scores of images, preprocessed and scored batch by batch.

    Args:
        net: anything with `.params` and `.loss(X)`.
        images: (N, ...), as their source gives them.
        preprocess: turns them into floats of the net's dtype.
        n_classes: the least number of scores that the net must give each image.
        batch_size: images at a time.

    Raises:
        ValueError: if there is no image, or the net's scores are not one row an image with one number a
            class.
        TypeError: if they are no numbers.
    """
    if not len(images):
        raise ValueError(f"images must hold at least one image, but got the shape {images.shape}")
    dtype = dtype_of(net)
    with np.errstate(over="ignore", invalid="ignore"):
        batches = [
            _batch_scores(net, preprocess(images[start : start + batch_size], dtype), n_classes)
            for start in range(0, len(images), batch_size)
        ]
    return batches[0] if len(batches) == 1 else np.concatenate(batches)


def _batch_scores(net: Any, x: Floats, n_classes: int) -> Floats:
    """Returns the net's scores; others than (N, K) would be compared with the labels in a wrong way."""
    found = net.loss(x)
    if isinstance(found, tuple):
        raise ValueError("loss(X) without labels must return the scores alone, but returned a tuple")
    scores = np.array(found)  # fresh: a net may write its next scores into the same array
    if scores.dtype.kind not in "fiubc":
        of = f" of {scores.dtype}" if isinstance(found, np.ndarray) else ""
        raise TypeError(
            f"loss(X) without labels must return the scores, an array of numbers, but returned "
            f"{kind_in_words(found)}{of}"
        )
    if scores.ndim != 2 or len(scores) != len(x) or scores.shape[1] < n_classes:
        raise ValueError(
            f"the net's scores must have the shape ({len(x)}, K) with K at least {n_classes}, "
            f"one a class, but got {scores.shape}"
        )
    return scores


def dtype_of(net: Any) -> Any:
    """Returns the dtype of a net: its own word, or that of its first parameter.

    Raises:
        ValueError: it has neither.
    """
    said = getattr(net, "dtype", None)
    if not said and not net.params:
        raise ValueError("net.params is empty; expected arrays by their names")
    return said or np.asarray(next(iter(net.params.values()))).dtype


def softmax(scores: Numbers) -> NDArray[np.float64]:
    """Returns the probabilities that scores stand for, row by row."""
    wide = np.asarray(scores, dtype=np.float64)
    odds = np.exp(wide - wide.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
