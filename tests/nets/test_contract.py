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
        (Linear({"W": [[1.0]]}), r"params\['W'\] must be a NumPy array of floats, but is a list"),
        (Linear({"W": {"W": W}}), r"params\['W'\] must be a NumPy array of floats, but is a dict"),
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
        ((None, {"W": W, "b": W[0]}), "one number as its loss, but returned a NoneType$"),
        ((1j, {"W": W, "b": W[0]}), "one number as its loss, but returned a complex$"),
        ((W[0], {"W": W, "b": W[0]}), r"but returned an array of float64 and shape \(3,\)$"),
        ((1.5, {"W": W, "b": None}), "the gradient of b must be an array of numbers, but is a NoneType$"),
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


@pytest.mark.parametrize("loss", [np.array(1.5), np.array([1.5]), np.float32(1.5), np.array([[1.5]])])
def test_a_loss_may_be_an_array_of_one_element(loss):
    found, _ = loss_and_gradients(Linear(found=(loss, {"W": W, "b": W[0]})), W, W)
    assert (found, type(found)) == (1.5, float)


def test_a_gradient_comes_in_the_shape_of_its_parameter_and_one_of_another_is_refused():
    net = Linear({"W": W, "b": np.zeros((3, 1))}, (1.5, {"W": W, "b": np.ones(3)}))
    assert loss_and_gradients(net, W, W)[1]["b"].shape == (3, 1)
    with pytest.raises(ValueError, match=r"the gradient of W must have the shape \(4, 3\), but got \(3, 4\)"):
        loss_and_gradients(Linear(found=(1.5, {"W": W.T, "b": W[0]})), W, W)


@pytest.mark.parametrize("solver", [Solver, OurSolver])
def test_a_right_net_with_a_gradient_too_many_trains(solver):
    net = Linear()
    training = solver(net, data(), optim_config={"learning_rate": 0.5}, batch_size=20)
    training.train()
    np.testing.assert_array_less(net.params["W"], 1)
