"""A trained net is asked with images as they are, and answers as it did in training."""

from types import SimpleNamespace

import numpy as np
import pytest

from nets import FullyConnectedNet
from nets.data import Preprocessing
from nets.trained import TrainedNet, dtype_of, net_scores, softmax


@pytest.fixture
def trained():
    net = FullyConnectedNet([5], input_dim=(1, 2, 2), num_classes=3, weight_scale=0.5, rng=0)
    return TrainedNet(net, Preprocessing(np.array(100.0), np.array(0.02)), (1, 2, 2), ("a", "b", "c"))


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (600, 1, 2, 2), dtype=np.uint8)


def test_images_are_preprocessed_as_in_training(trained, images):
    by_hand = trained.net.loss((images.astype(np.float32) - 100) * np.float32(0.02))
    np.testing.assert_allclose(trained.scores(images), by_hand, rtol=1e-5)
    np.testing.assert_array_equal(trained.predict(images), trained.scores(images).argmax(axis=1))


def test_probabilities_add_up_and_rank_as_the_scores(trained, images):
    probabilities = trained.probabilities(images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), trained.predict(images))


def test_a_net_without_parameters_is_named():
    with pytest.raises(ValueError, match=r"net\.params is empty"):
        dtype_of(SimpleNamespace(params={}))


def test_a_first_parameter_that_is_a_float_says_the_dtype():
    assert dtype_of(SimpleNamespace(params={"scale": 1.0, "W": np.ones(3, np.float32)})) == np.float64


def test_softmax_survives_large_scores():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4], [0.0, -1e4]])), [[0.5, 0.5], [1, 0]])


@pytest.mark.parametrize("shape", [(3, 2, 2), (1, 2, 2), (2, 4), (0, 1, 2, 2)])
def test_images_of_another_shape_are_refused_with_the_right_one(trained, shape):
    with pytest.raises(ValueError, match=r"images must have the shape \(N, 1, 2, 2\), but got \("):
        trained.predict(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_images_that_are_not_finite_get_no_class(trained, images, value):
    unsound = images.astype(np.float64)
    unsound[7, 0, 1, 1] = value
    with pytest.raises(ValueError, match="images must hold finite numbers, but hold NaN or infinity"):
        trained.predict(unsound)


def test_a_net_with_too_few_scores_is_refused(trained, images):
    with pytest.raises(ValueError, match=r"must have the shape \(256, K\) with K at least 4"):
        net_scores(trained.net, images, trained.preprocess, 4)


def test_a_net_that_writes_all_scores_into_one_array_is_not_misread(trained, images):
    class OneArray:
        params = trained.net.params
        _all = np.empty((256, 3), np.float32)

        def loss(self, X):
            self._all[: len(X)] = trained.net.loss(X)
            return self._all[: len(X)]

    np.testing.assert_array_equal(
        net_scores(OneArray(), images, trained.preprocess, 3), trained.scores(images)
    )


@pytest.mark.parametrize(
    ("scores", "named"), [(None, "a NoneType$"), (np.ones((2, 3), object), "a ndarray of object$")]
)
def test_scores_that_are_no_numbers_are_refused(scores, named):
    net = SimpleNamespace(params={"W": np.zeros(3)}, loss=lambda X: scores)
    with pytest.raises(TypeError, match=rf"the scores, an array of numbers, but returned {named}"):
        net_scores(net, np.zeros((2, 4)), np.array, 3)
