"""Flips and crops: what they do to pixels, and that a seed decides them."""

import numpy as np
import pytest

from nets.training.augmentation import random_crops, random_flips


def test_each_image_is_mirrored_or_left_as_it_was(rng):
    images = rng.standard_normal((200, 2, 3, 4))
    flipped = random_flips(images, 0.25, np.random.default_rng(0))
    mirrored = [np.array_equal(a, b[..., ::-1]) for a, b in zip(flipped, images, strict=True)]
    kept = [np.array_equal(a, b) for a, b in zip(flipped, images, strict=True)]
    assert all(a != b for a, b in zip(mirrored, kept, strict=True))
    assert np.mean(mirrored) == pytest.approx(0.25, abs=0.1)


def test_crops_move_an_image_by_at_most_the_padding_over_zeros():
    images = np.arange(1.0, 13).reshape(1, 1, 3, 4).repeat(300, axis=0)
    crops = random_crops(images, 1, np.random.default_rng(0))
    assert crops.shape == images.shape
    padded = np.pad(images[0, 0], 1)
    expected = {padded[top : top + 3, left : left + 4].tobytes() for top in range(3) for left in range(3)}
    assert {crop[0].tobytes() for crop in crops} == expected


@pytest.mark.parametrize(
    "augment", [lambda x, rng: random_flips(x, 0.5, rng), lambda x, rng: random_crops(x, 2, rng)]
)
def test_a_seed_decides_and_nothing_is_modified(augment, rng):
    images = rng.standard_normal((20, 1, 5, 5)).astype(np.float32)
    before = images.copy()
    first, again = (augment(images, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(images, before)
    assert first.dtype == np.float32
    assert not np.shares_memory(first, images)


@pytest.mark.parametrize(
    "augment", [lambda x, rng: random_flips(x, 0.5, rng), lambda x, rng: random_crops(x, 2, rng)]
)
@pytest.mark.parametrize("shape", [(1, 6), (5, 6), (5, 6, 6)])
def test_rows_of_features_cannot_be_flipped_or_cropped(augment, shape, rng):
    with pytest.raises(ValueError, match=r"images must have the shape \(N, C, H, W\) .*, but got \("):
        augment(np.ones(shape), rng)


def test_crops_move_images_by_every_number_of_pixels_up_to_the_pad():
    images = np.zeros((1000, 1, 9, 9))
    images[:, 0, 4, 4] = 1
    moved = np.argwhere(random_crops(images, 3, np.random.default_rng(0)))[:, 2:]
    assert len(moved) == len(images)
    assert [sorted(set(axis)) for axis in moved.T.tolist()] == [[1, 2, 3, 4, 5, 6, 7]] * 2
