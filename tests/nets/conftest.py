"""What several tests of the nets use: a generator, and small data that a net can learn."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def blobs():
    """Returns a function that makes data of ten classes, each a cloud of images around its own."""

    def make(n_train=60, n_val=40, shape=(2, 6, 6), noise=1.0, seed=0):
        rng = np.random.default_rng(seed)
        centres = rng.standard_normal((10, *shape))
        y = np.arange(n_train + n_val) % 10
        X = centres[y] + noise * rng.standard_normal((len(y), *shape))
        return {"X_train": X[:n_train], "y_train": y[:n_train], "X_val": X[n_train:], "y_val": y[n_train:]}

    return make
