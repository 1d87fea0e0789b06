"""A user's own net, with `.params` and `.loss(X, y=None)` alone, is trained, saved and restored like ours."""

import io

import numpy as np
import pytest

from nets import layers
from nets.solver import Solver
from nets.state import load_state, save_state


class CourseNet:
    """A net as students write it: plain dicts, statistics in an attribute, a generator of its own."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.params = {"W1": 0.1 * rng.standard_normal((72, 12)), "b1": np.zeros(12), "gamma": np.ones(12)}
        self.params |= {"beta": np.zeros(12), "W2": 0.1 * rng.standard_normal((12, 10)), "b2": np.zeros(10)}
        self.bn_params = [{"mode": "train"}]
        self.mask_rng = np.random.default_rng(seed + 1)
        self.calls = 0

    def loss(self, X, y=None):
        mode = "test" if y is None else "train"
        p, self.calls = self.params, self.calls + (y is not None)
        h, cache1 = layers.affine_forward(X, p["W1"], p["b1"])
        h, norm = layers.batchnorm_forward(h, p["gamma"], p["beta"], {**self.bn_params[0], "mode": mode})
        h, relu = layers.relu_forward(h)
        h, drop = layers.dropout_forward(h, {"p": 0.2, "mode": mode}, self.mask_rng)
        scores, cache2 = layers.affine_forward(h, p["W2"], p["b2"])
        if y is None:
            return scores
        self.bn_params[0] |= {"running_mean": norm.running_mean, "running_var": norm.running_var}
        loss, dout = layers.softmax_loss(scores, y)
        grads = {}
        dout, grads["W2"], grads["b2"] = layers.affine_backward(dout, cache2)
        dout = layers.relu_backward(layers.dropout_backward(dout, drop), relu)
        dout, grads["gamma"], grads["beta"] = layers.batchnorm_backward(dout, norm)
        _, grads["W1"], grads["b1"] = layers.affine_backward(dout, cache1)
        return loss, grads


def solver_of(data, seed=0):
    config = {"learning_rate": 0.05}
    return Solver(
        CourseNet(seed), data, epochs=5, batch_size=16, update_rule="adam", optim_config=config, rng=seed
    )


def test_it_learns(blobs):
    solver = solver_of(blobs())
    solver.train()
    assert solver.best_val_accuracy > 0.8


def test_the_best_epoch_comes_back_with_its_statistics(blobs):
    data = blobs(noise=3.0)
    solver = solver_of(data)
    solver.train()
    assert solver.best_epoch < 5, "an example in which the last epoch is not the best"
    assert solver.accuracy(data["X_val"], data["y_val"]) == solver.best_val_accuracy


@pytest.mark.parametrize("stop_at", [0, 2, 5])
def test_a_restored_training_goes_on_with_the_same_bits(stop_at, blobs):
    data = blobs()
    straight = solver_of(data)
    list(straight.epochs())
    first, second = solver_of(data), solver_of(data, seed=7)
    epochs = first.epochs()
    for _ in range(stop_at):
        next(epochs)
    file = io.BytesIO()
    save_state(file, first.state())
    file.seek(0)
    second.load_state(load_state(file))
    list(second.epochs())
    assert second.results == straight.results
    assert second.net.calls == straight.net.calls
    for name, array in straight.net.params.items():
        np.testing.assert_array_equal(second.net.params[name], array)


def test_its_own_arrays_are_not_updated_in_place(blobs):
    solver = solver_of(blobs())
    kept, before = solver.net.params["W1"], solver.net.params["W1"].copy()
    next(solver.epochs())
    np.testing.assert_array_equal(kept, before)
    assert not np.array_equal(solver.net.params["W1"], before)
