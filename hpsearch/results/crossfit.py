"""What a net got right, without an epoch that was chosen on the images that it is judged by.

cross_fitted(hits)   for each image, whether the epoch that the other images chose was right on it
"""

import numpy as np

from hpsearch.hits import Hits

FOLDS = 10


def cross_fitted(hits: Hits) -> Hits:
    """Returns for each image whether the net of the epoch that is best on the other folds was right.

    The best epoch on some images is too good on those very images. Here each fold of the images is judged
    in the epoch, the first of equals, with the most hits on all other folds. Image i is in fold i modulo
    FOLDS, so that the result is a function of the hits alone.

    Args:
        hits: whether the net was right in an epoch on an image, (n_epochs, n_images) bool.

    Returns:
        (n_images,) bool, fresh. A single image is judged in the first epoch, for no other can choose one.

    Raises:
        ValueError: there is no epoch or no image.

    Source: cross-validation of a choice (Stone 1974), of the epoch alone.
    """
    if hits.ndim != 2 or hits.size == 0:
        raise ValueError(f"hits must have the shape (n_epochs, n_images), but got {hits.shape}")
    right = np.empty(hits.shape[1], np.bool_)
    in_all = np.count_nonzero(hits, axis=1)
    for fold in range(FOLDS):
        in_fold = hits[:, fold::FOLDS]
        chosen = int((in_all - np.count_nonzero(in_fold, axis=1)).argmax())
        right[fold::FOLDS] = in_fold[chosen]
    return right
