"""In which epoch to judge a net on an image: one that the image itself had no part in choosing.

epochs_of_others(hits)   for each image, the epoch that the other images choose
"""

import numpy as np
from numpy.typing import NDArray

from hpsearch.hits import Hits

FOLDS = 10


def epochs_of_others(hits: Hits) -> NDArray[np.intp]:
    """Returns for each image the epoch that is best on the other folds of the images, the first of equals.

    The best epoch on some images is too good on those very images. Image i is in fold i modulo FOLDS, so that
    the result is a function of the hits alone.

    Args:
        hits: whether the net was right in an epoch on an image, (n_epochs, n_images) bool.

    Returns:
        Epochs from 0, (n_images,). A single image has the first epoch, for no other can choose one.

    Raises:
        ValueError: there is no epoch or no image.

    Source: cross-validation of a choice (Stone 1974), of the epoch alone.
    """
    if hits.ndim != 2 or hits.size == 0:
        raise ValueError(f"hits must have the shape (n_epochs, n_images), but got {hits.shape}")
    chosen = np.zeros(hits.shape[1], np.intp)
    in_all = np.count_nonzero(hits, axis=1)
    for fold in range(FOLDS):
        chosen[fold::FOLDS] = (in_all - np.count_nonzero(hits[:, fold::FOLDS], axis=1)).argmax()
    return chosen
