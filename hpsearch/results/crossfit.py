"""In which epoch to judge a net on an image: one that the image itself had no part in choosing.

epochs_of_others(hits, classes)   for each image, the epoch that the other images choose
"""

import numpy as np
from numpy.typing import NDArray

from hpsearch.hits import Hits
from hpsearch.strata import Classes

FOLDS = 10


def epochs_of_others(hits: Hits, classes: Classes | None = None) -> NDArray[np.intp]:
    """Returns for each image the epoch that is best on the other folds of the images, the first of equals.

    The best epoch on some images is too good on those very images. Folds are dealt in order, image by image,
    so that nothing is drawn.

    Args:
        hits: whether the net was right in an epoch on an image, (n_epochs, n_images) bool.
        classes: of the images, (n_images,), if these have each class in proportion: then folds have it too.
            Of what a fold has too much, the others, which choose for it, have too little.

    Returns:
        Epochs from 0, (n_images,). A single image has the first epoch, for no other can choose one.

    Raises:
        ValueError: there is no epoch or no image.

    Source: cross-validation of a choice (Stone 1974), of the epoch alone.
    """
    if hits.ndim != 2 or hits.size == 0:
        raise ValueError(f"hits must have the shape (n_epochs, n_images), but got {hits.shape}")
    n_images = hits.shape[1]
    order = np.arange(n_images) if classes is None else np.argsort(classes, kind="stable")
    chosen = np.zeros(n_images, np.intp)
    in_all = np.count_nonzero(hits, axis=1)
    for fold in range(FOLDS):
        images = order[fold::FOLDS]
        chosen[images] = (in_all - np.count_nonzero(hits[:, images], axis=1)).argmax()
    return chosen
