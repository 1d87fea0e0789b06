"""Bootstrap samples of images: as many of each class as there are in all, where that is asked for."""

import numpy as np
import pytest

from hpsearch.results.bootstrap import image_counts

SIZES = np.array([1, 30, 0, 69])  # a class that validates nothing may have its number all the same


@pytest.fixture
def classes():
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(SIZES)), SIZES))


def of_class(counts, classes):
    """Returns how many images of each class are in each sample, (n_samples, n_classes)."""
    return counts @ (classes[:, None] == np.arange(len(SIZES)))


def test_a_sample_as_large_as_all_images_has_as_many_of_each_class(classes):
    counts = image_counts(np.random.default_rng(1), 20, 100, classes=classes)
    assert (of_class(counts, classes) == SIZES).all()
    assert counts.max() > 1


@pytest.mark.parametrize("n_drawn", [1, 33, 50])
def test_a_smaller_sample_has_each_class_in_proportion_to_one_image(classes, n_drawn):
    found = of_class(image_counts(np.random.default_rng(1), 2000, 100, n_drawn, classes), classes)
    assert (found.sum(axis=1) == n_drawn).all()
    assert (np.abs(found - SIZES * n_drawn / 100) < 1).all()
    assert found.mean(axis=0) == pytest.approx(SIZES * n_drawn / 100, abs=0.05)


def test_each_image_of_a_class_is_drawn_as_often(classes):
    counts = image_counts(np.random.default_rng(2), 4000, 100, classes=classes)
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.08)
