"""What a net of the user's own must be: each way to miss it is one message that says what was expected."""

import numpy as np
import pytest

from nets.contract import check_params, loss_and_gradients
from nets.course import Solver
from nets.training.solver import Solver as OurSolver


class Linear:
    """A softmax-free linear net, right in all that the contract asks."""

    def __init__(self, params=None, found=None):
        self.params = {"W": np.ones((4, 3)), "b": np.zeros(3)} if params is None else params
        self._found = found

    def loss(self, X, y=None):
        if self._found is not None:
            return self._found
        scores = X @ self.params["W"] + self.params["b"]
        grads = {"b": np.ones(3), "W": np.ones((4, 3)), "X": np.zeros_like(X)}
        return scores if y is None else (1.5, grads)


class OneEachTime(Linear):
    @property
    def params(self):
        return dict(self._params)

    @params.setter
    def params(self, value):
        self._params = value


def data():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.integers(3, size=20)
    return {"X_train": x, "y_train": y, "X_val": x, "y_val": y}


W = np.ones((4, 3))


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (object(), "object has no params; expected a dict of arrays by their names"),
        (Linear([W]), "params must be a dict of arrays by their names, but is a list"),
        (OneEachTime(), "params must be one dict that keeps what is assigned to it"),
        (Linear({0: W}), "params must have texts as keys, but has 0"),
        (Linear({"W": [[1.0]]}), r"params\['W'\] must be an array of floats, but is a list"),
        (Linear({"W": {"W": W}}), r"params\['W'\] must be an array of floats, but is a dict"),
        (Linear({"W": W.astype(int)}), r"params\['W'\] must be an array of floats, but has the dtype int64"),
    ],
)
@pytest.mark.parametrize("solver", [Solver, OurSolver])
def test_parameters_that_no_rule_could_update_are_refused(solver, net, words):
    with pytest.raises(TypeError, match=words):
        check_params(net)
    with pytest.raises(TypeError, match=words):
        solver(net, data())


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (1.5, "loss and a dict of gradients, but returned a float$"),
        ((1.5, {}, 3), "but returned a tuple of float, dict, int$"),
        ((1.5, [W]), "but returned a tuple of float, list$"),
    ],
)
def test_what_loss_returns_is_a_number_and_a_dict(found, words):
    with pytest.raises(TypeError, match=words):
        loss_and_gradients(Linear(found=found), data()["X_val"], data()["y_val"])


def test_a_gradient_that_is_missing_is_named():
    with pytest.raises(ValueError, match="must return the gradient of b too"):
        loss_and_gradients(Linear(found=(1.5, {"W": W})), data()["X_val"], data()["y_val"])


def test_gradients_of_what_is_no_parameter_are_left_out_and_lists_taken():
    loss, grads = loss_and_gradients(Linear(), data()["X_val"], data()["y_val"])
    assert (loss, list(grads)) == (1.5, ["b", "W"])
    _, grads = loss_and_gradients(Linear(found=(1.5, {"W": W.tolist(), "b": [0.0] * 3})), W, W)
    assert grads["W"].shape == (4, 3)


@pytest.mark.parametrize("solver", [Solver, OurSolver])
def test_a_right_net_with_a_gradient_too_many_trains(solver):
    net = Linear()
    training = solver(net, data(), optim_config={"learning_rate": 0.5}, batch_size=20)
    training.train()
    np.testing.assert_array_less(net.params["W"], 1)
