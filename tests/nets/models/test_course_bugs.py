"""The bugs that course code has, each shown not to be here; the names say which."""

import copy
import math

import numpy as np
import pytest

from nets import NETS, FullyConnectedNet, ThreeLayerConvNet, TwoLayerNet, layers
from nets.training.optim import RULES
from nets.training.solver import Solver

IMAGE = (1, 6, 6)
SMALL = {
    "FullyConnectedNet": {"hidden_dims": [8], "input_dim": IMAGE},
    "TwoLayerNet": {"hidden_dim": 8, "input_dim": IMAGE},
    "ThreeLayerConvNet": {"input_dim": IMAGE, "num_filters": 3, "filter_size": 3, "hidden_dim": 8},
    "LRNConvNet": {"input_dim": IMAGE, "num_filters": 3, "filter_size": 3, "hidden_dim": 8},
}


def fc(**settings):
    return FullyConnectedNet([8], input_dim=IMAGE, **({"rng": 0} | settings))


@pytest.fixture
def data(blobs):
    return blobs(shape=IMAGE, noise=2.0)


class Guesser:
    """A net whose scores are always right for no image and which counts what it is asked."""

    def __init__(self, score=0.0):
        self.params = {"W1": np.ones((1, 1))}
        self.tested = []
        self.score = score

    def loss(self, X, y=None):
        if y is None:
            self.tested.append(X.copy())
            return np.full((len(X), 11), self.score) + (np.arange(11) == 10)
        return 1.0, {"W1": np.zeros((1, 1))}


def test_the_best_parameters_come_back_with_the_running_statistics_of_their_epoch(data):
    net = fc(normalization="batchnorm")
    solver = Solver(
        net, data, epochs=10, batch_size=10, update_rule="adam", optim_config={"learning_rate": 0.2}, rng=0
    )
    states = [net.state() for _ in solver.epochs()]
    assert solver.best_epoch < 10, "an example in which the last epoch is not the best"
    solver.restore_best()
    for name, array in states[solver.best_epoch - 1]["statistics"].items():
        np.testing.assert_array_equal(net.statistics[name], array)
        assert not np.array_equal(array, states[-1]["statistics"][name])
    assert solver.accuracy(data["X_val"], data["y_val"]) == solver.best_val_accuracy


def test_the_last_epoch_is_measured_too(data):
    solver = Solver(fc(), data, epochs=3, rng=0)
    *_, last = solver.epochs()
    assert last.val_accuracy == solver.accuracy(data["X_val"], data["y_val"])


def test_validation_accuracy_is_that_of_all_validation_images_once_each(data):
    net = Guesser()
    list(Solver(net, data, epochs=1, num_train_samples=5, rng=0).epochs())
    np.testing.assert_array_equal(np.concatenate(net.tested[1:]), data["X_val"])


def test_parameters_are_kept_when_accuracy_stays_0(data):
    net = Guesser()
    solver = Solver(net, data, epochs=2, rng=0)
    solver.train()
    assert solver.best_val_accuracy == 0.0
    assert solver.best_epoch == 1
    assert net.params["W1"].shape == (1, 1)


def test_training_accuracy_is_measured_on_a_sample_without_repeats(data):
    net = Guesser()
    list(Solver(net, data, epochs=1, num_train_samples=50, rng=0).epochs())
    assert len({image.tobytes() for image in net.tested[0]}) == 50


def test_an_epoch_shows_every_image_once(data):
    seen = []

    class Watcher(Guesser):
        def loss(self, X, y=None):
            seen.extend(image.tobytes() for image in X if y is not None)
            return super().loss(X, y)

    list(Solver(Watcher(), data, epochs=1, batch_size=7, rng=0).epochs())
    assert sorted(seen) == sorted(image.tobytes() for image in data["X_train"])


def test_the_gradient_of_the_biases_has_the_shape_of_the_biases(rng):
    _, cache = layers.affine_forward(rng.standard_normal((4, 3)), rng.standard_normal((3, 5)), np.zeros(5))
    assert layers.affine_backward(np.ones((4, 5)), cache)[2].shape == (5,)


def test_relu_does_not_write_into_the_gradient_it_is_given():
    dout = np.ones(3)
    layers.relu_backward(dout, np.array([-1.0, 0.0, 1.0]))
    assert dout.tolist() == [1, 1, 1]


def test_ties_in_max_pooling_pay_the_gradient_once():
    out, cache = layers.max_pool_forward(
        np.ones((1, 1, 4, 4)), {"pool_height": 2, "pool_width": 2, "stride": 2}
    )
    assert layers.max_pool_backward(np.ones_like(out), cache).sum() == 4


@pytest.mark.parametrize("name", RULES)
def test_update_rules_do_not_change_the_callers_arrays(name, rng):
    w, dw = rng.standard_normal(5), rng.standard_normal(5)
    config = {key: np.abs(w) + 1 for key in ("velocity", "cache", "step_cache", "m", "v")}
    before = copy.deepcopy([w, dw, config])
    RULES[name](w, dw, config)
    for array, kept in zip([w, dw, *config.values()], [*before[:2], *before[2].values()], strict=True):
        np.testing.assert_array_equal(array, kept)


def test_a_seeded_dropout_has_another_mask_at_every_step(rng):
    net = fc(dropout=0.5, weight_scale=0.5)
    X, y = rng.standard_normal((4, *IMAGE)), np.array([0, 1, 2, 3])
    assert len({net.loss(X, y)[0] for _ in range(5)}) == 5


def test_convolution_without_padding_has_a_gradient(rng):
    _, cache = layers.conv_forward(
        rng.standard_normal((1, 1, 4, 4)), np.ones((1, 1, 3, 3)), np.zeros(1), {"stride": 1, "pad": 0}
    )
    dx, _, _ = layers.conv_backward(np.ones((1, 1, 2, 2)), cache)
    assert dx[0, 0].tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]


def test_biases_come_before_relu():
    out, _ = layers.conv_relu_forward(
        np.ones((1, 1, 1, 1)), -np.ones((1, 1, 1, 1)), np.array([3.0]), {"stride": 1, "pad": 0}
    )
    assert out.item() == 2
    net = ThreeLayerConvNet((1, 2, 2), num_filters=1, filter_size=1, hidden_dim=1, dtype=np.float64, rng=0)
    net.params["W1"], net.params["b1"] = [[[[-1.0]]]], [3.0]
    assert net.activations(np.ones((1, 1, 2, 2)))["pooled1"].item() == 2


@pytest.mark.parametrize("kind", NETS)
def test_softmax_is_applied_once(kind, rng):
    net = NETS[kind](**SMALL[kind], reg=0.0, weight_scale=0.5, dtype=np.float64, rng=0)
    net.affine_reg = 0.0
    X, y = 3 * rng.standard_normal((4, *IMAGE)), np.array([0, 1, 2, 3])
    scores = net.loss(X)
    assert (scores < 0).any(), "probabilities are not below 0"
    expected = np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(4), y])
    assert net.loss(X, y)[0] == pytest.approx(expected, rel=1e-10)


def test_class_scores_pass_no_relu(rng):
    net = TwoLayerNet(input_dim=3, hidden_dim=4, num_classes=5, rng=0)
    net.params["b2"] = np.full(5, -7.0)
    assert (net.loss(rng.standard_normal((2, 3))) < -6).all()


@pytest.mark.parametrize("loss_of", [layers.softmax_loss, layers.svm_loss])
@pytest.mark.parametrize("size", [1e3, 1e4, 1e30])
def test_no_loss_takes_the_logarithm_of_0(loss_of, size):
    loss, dscores = loss_of(np.array([[0.0, size], [size, 0.0]]), np.array([0, 0]))
    assert math.isfinite(loss)
    assert np.isfinite(dscores).all()


def test_sizes_are_integers():
    net = ThreeLayerConvNet((1, 7, 9), num_filters=2, filter_size=3, hidden_dim=3, rng=0)
    assert net.params["W2"].shape == (2 * 3 * 4, 3)


# The bugs found by running public solutions.


def test_batch_normalization_before_any_training_does_not_divide_by_next_to_nothing(rng):
    net, plain = fc(normalization="batchnorm"), fc()
    X = rng.standard_normal((4, *IMAGE))
    np.testing.assert_allclose(net.loss(X), plain.loss(X), atol=1e-4)


def test_evaluation_does_not_move_the_running_statistics(data):
    net = fc(normalization="batchnorm")
    solver = Solver(net, data, epochs=1, rng=0)
    list(solver.epochs())
    before = copy.deepcopy(net.statistics)
    solver.accuracy(data["X_val"], data["y_val"])
    net.loss(data["X_val"])
    for name, array in before.items():
        np.testing.assert_array_equal(net.statistics[name], array)


def test_a_second_train_does_not_overwrite_the_best_parameters_of_the_first(data):
    net = fc()
    solver = Solver(
        net, data, epochs=8, batch_size=10, update_rule="adam", optim_config={"learning_rate": 0.1}, rng=0
    )
    solver.train()
    best, weights = solver.best_val_accuracy, net.params["W1"].copy()
    solver.train()
    assert solver.best_val_accuracy == best == solver.accuracy(data["X_val"], data["y_val"])
    np.testing.assert_array_equal(net.params["W1"], weights)


def test_adam_starts_counting_at_0():
    w, config = RULES["adam"](np.zeros(1), np.array([1e-3]), {"learning_rate": 0.1})
    assert w[0] == pytest.approx(-0.1, rel=1e-4), "the first step is as long as the learning rate"
    assert config["t"] == 1


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("rule", RULES)
def test_float32_nets_stay_float32_with_float64_rates_images_and_dropout(kind, rule, data):
    net = NETS[kind](**SMALL[kind], dropout=np.float64(0.3), reg=np.float64(0.01), dtype=np.float32, rng=0)
    config = {"learning_rate": np.float64(0.01)}
    solver = Solver(
        net, data, epochs=2, update_rule=rule, optim_config=config, learning_rate_decay=np.float64(0.9), rng=0
    )
    list(solver.epochs())
    assert data["X_train"].dtype == np.float64
    assert {array.dtype for array in net.params.values()} == {np.dtype(np.float32)}
    state = solver.state()["rule"]["part0"]
    assert {value.dtype for value in state.values() if isinstance(value, np.ndarray)} <= {
        np.dtype(np.float32)
    }
    assert net.loss(data["X_val"]).dtype == np.float32


@pytest.mark.parametrize("side", [2, 4])
def test_even_filters_keep_the_size_of_the_map(side, rng):
    net = ThreeLayerConvNet((1, 6, 8), num_filters=2, filter_size=side, hidden_dim=3, rng=0)
    assert net.activations(rng.standard_normal((2, 1, 6, 8)))["pooled1"].shape == (2, 2, 3, 4)


@pytest.mark.parametrize(("window", "stride"), [(3, 2), (2, 3), (3, 1)])
def test_pooling_that_overlaps_or_does_not_divide_has_a_gradient(window, stride, rng):
    x = rng.permutation(49).astype(float).reshape(1, 1, 7, 7)
    out, cache = layers.max_pool_forward(x, {"pool_height": window, "pool_width": window, "stride": stride})
    dx = layers.max_pool_backward(np.ones_like(out), cache)
    assert dx.sum() == out.size
    assert set(x[dx > 0]) == set(out.ravel())


def test_a_diverged_net_reports_no_accuracy(data):
    result = next(Solver(Guesser(score=np.nan), data, rng=0).epochs())
    assert result.diverged
    assert math.isnan(result.val_accuracy)


def test_layers_do_not_write_into_the_callers_dictionaries(rng):
    images, scale = rng.standard_normal((2, 2, 4, 4)), np.ones(2)
    calls = [
        (lambda p: layers.spatial_batchnorm_forward(images, scale, scale, p), {"mode": "train"}),
        (lambda p: layers.spatial_groupnorm_forward(images, scale, scale, 1, p), {}),
        (lambda p: layers.dropout_forward(images, p, rng), {"p": 0.5, "mode": "train"}),
        (lambda p: layers.max_pool_forward(images, p), {"pool_height": 2, "pool_width": 2, "stride": 2}),
        (lambda p: layers.lrn_forward(images, p), {}),
        (
            lambda p: layers.conv_forward(images, np.ones((1, 2, 3, 3)), np.ones(1), p),
            {"stride": 1, "pad": 1},
        ),
    ]
    for call, param in calls:
        before = dict(param)
        call(param)
        assert param == before


def test_nothing_is_printed_so_that_no_interval_of_printing_can_be_0(data, capsys):
    list(Solver(fc(), data, epochs=2, rng=0).epochs())
    assert capsys.readouterr() == ("", "")
