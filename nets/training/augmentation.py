"""Augmentation of minibatches while training: horizontal flips and padded random crops."""

import numpy as np

from nets.arrays import Floats


def random_flips(images: Floats, probability: float, rng: np.random.Generator) -> Floats:
    """Returns images (N, C, H, W), each mirrored left to right with a probability; fresh.

    Raises:
        ValueError: if images are rows of features or of another shape.
    """
    _check_shape(images)
    mirrored = rng.random(len(images)) < probability
    return np.where(mirrored[:, None, None, None], images[..., ::-1], images)


def random_crops(images: Floats, pad: int, rng: np.random.Generator) -> Floats:
    """Returns images (N, C, H, W), each moved by up to `pad` pixels both ways over zeros; fresh.

    Raises:
        ValueError: if images are rows of features or of another shape.
    """
    _check_shape(images)
    n_images, _, height, width = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    crops = np.empty_like(images)
    for image, (top, left) in enumerate(rng.integers(0, 2 * pad, (n_images, 2), endpoint=True)):
        crops[image] = padded[image, :, top : top + height, left : left + width]
    return crops


def _check_shape(images: Floats) -> None:
    """Refuses what has no left and right: broadcasting would make pairs of rows of it."""
    if images.ndim != 4:
        raise ValueError(
            f"images must have the shape (N, C, H, W) to be flipped or cropped, but got {images.shape}"
        )
