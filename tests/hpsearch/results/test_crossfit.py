"""No image is judged in an epoch that it helped to choose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.results.crossfit import FOLDS, cross_fitted


def some_hits(seed: int, n_epochs: int, n_images: int) -> np.ndarray:
    return np.random.default_rng(seed).random((n_epochs, n_images)) < 0.8


@given(st.integers(0, 99), st.integers(1, 6), st.integers(1, 45))
def test_each_fold_is_judged_in_the_epoch_that_the_others_choose(seed, n_epochs, n_images):
    hits = some_hits(seed, n_epochs, n_images)
    right = cross_fitted(hits)
    for image in range(n_images):
        others = np.arange(n_images) % FOLDS != image % FOLDS
        assert right[image] == hits[hits[:, others].sum(axis=1).argmax(), image]


def test_an_images_own_hits_do_not_choose_its_epoch():
    hits = some_hits(0, 4, 60)
    before = cross_fitted(hits)
    changed = hits.copy()
    changed[:, 7] = [True, False, True, False]
    after = cross_fitted(changed)
    fold = np.arange(60) % FOLDS == 7
    fold[7] = False
    np.testing.assert_array_equal(before[fold], after[fold])


def test_the_one_best_epoch_is_judged_as_it_is():
    hits = np.zeros((3, 50), bool)
    hits[1, :40] = True
    np.testing.assert_array_equal(cross_fitted(hits), hits[1])


def test_what_is_chosen_by_luck_alone_is_not_praised():
    hits = np.random.default_rng(0).random((400, 15, 100)) < 0.8
    best = hits.mean(axis=2).max(axis=1).mean()
    fair = np.mean([cross_fitted(net) for net in hits])
    assert best > 0.86
    assert fair == pytest.approx(0.8, abs=0.006)


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (4,)])
def test_hits_must_be_a_matrix_of_epochs_and_images(shape):
    with pytest.raises(ValueError, match=r"must have the shape \(n_epochs, n_images\), but got"):
        cross_fitted(np.zeros(shape, bool))
