"""What is seen of layers in training is what happens there, and looking changes nothing."""

import numpy as np
import pytest

from nets import NETS, FullyConnectedNet, ThreeLayerConvNet
from nets.inspect.watch import LAYER, LayerWatch
from nets.training.solver import Solver

SMALL = {
    "FullyConnectedNet": {"hidden_dims": [8, 8], "input_dim": 72},
    "TwoLayerNet": {"hidden_dim": 8, "input_dim": 72},
    "ThreeLayerConvNet": {"input_dim": (2, 6, 6), "num_filters": 3, "filter_size": 3, "hidden_dim": 8},
    "LRNConvNet": {"input_dim": (2, 6, 6), "num_filters": 3, "filter_size": 3, "hidden_dim": 8},
}


def solver_of(net, data, **settings):
    return Solver(net, data, batch_size=20, update_rule="adam", rng=0, **{"epochs": 3, **settings})


def looked(net, X, y, step):
    """Returns the row of one look at a step, layer by layer."""
    watch = LayerWatch(net)
    with watch.step(1):
        step(net.loss(X, y)[1])
    [row] = watch.table()
    return {name: dict(zip(LAYER.names, row[name].tolist(), strict=True)) for name in row.dtype.names[1:]}


def no_step(grads):
    """Leaves the weights where they are."""


@pytest.fixture
def images(rng):
    return rng.standard_normal((30, 12)), rng.integers(0, 10, 30)


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("settings", [{}, {"dropout": 0.5, "normalization": "batchnorm"}])
def test_looking_changes_no_bit(kind, settings, blobs):
    found = []
    for is_watched in (True, False):
        net = NETS[kind](**SMALL[kind], **settings, rng=0)
        solver = solver_of(net, blobs())
        if not is_watched:
            solver._watch = None
        for _ in solver.epochs():
            pass
        found.append((net.params.flat.tobytes(), solver.loss_history, solver.val_accuracy_history))
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", NETS)
def test_every_net_is_looked_at_in_its_first_step_and_each_epochs_last(kind, blobs):
    solver = solver_of(NETS[kind](**SMALL[kind], weight_scale=0.3, rng=0), blobs())
    for _ in solver.epochs():
        pass
    table = solver.layers
    assert table["epoch"].tolist() == [0, 1, 2, 3]
    names = [name for name in solver.net.params if name.startswith("W")]
    assert list(table.dtype.names) == ["epoch", *names]
    for name in names:
        assert (table[name]["update"] > 0).all()
        assert (table[name]["gradient"] > 0).all()
    for name in names[:-1]:
        assert (table[name]["spread"] > 0).all()
    assert np.isnan(table[names[-1]]["spread"]).all()


def test_an_epoch_of_one_step_is_looked_at_once(blobs):
    solver = solver_of(FullyConnectedNet([4], input_dim=72, rng=0), blobs(n_train=20), epochs=2)
    for _ in solver.epochs():
        pass
    assert solver.layers["epoch"].tolist() == [1, 2]


def test_nets_of_others_are_not_looked_at(blobs):
    class Mine(FullyConnectedNet):
        pass

    assert solver_of(Mine([4], input_dim=72, rng=0), blobs()).layers is None


def test_a_look_sees_step_gradient_and_weights(images):
    X, y = images
    net = FullyConnectedNet([5], input_dim=12, reg=0.3, weight_scale=0.2, dtype=np.float64, rng=0)
    before = {name: array.copy() for name, array in net.params.items()}
    data_gradient = {name: g - 0.3 * before[name] for name, g in net.loss(X, y)[1].items() if name[0] == "W"}

    def step(grads):
        net.params["W2"] = net.params["W2"] * 1.25

    seen = looked(net, X, y, step)
    assert seen["W1"]["update"] == 0
    assert seen["W2"]["update"] == pytest.approx(0.25, rel=1e-6)
    assert seen["W2"]["weight_deviation"] == pytest.approx(before["W2"].std(), rel=1e-6)
    assert seen["W1"]["weight_mean"] == pytest.approx(before["W1"].mean(), rel=1e-5)
    for name in ("W1", "W2"):
        assert seen[name]["gradient"] == pytest.approx(np.linalg.norm(data_gradient[name]), rel=1e-6)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "leaky_relu"])
def test_a_look_sees_what_hidden_units_put_out(images, activation):
    X, y = images
    net = FullyConnectedNet(
        [7], input_dim=12, activation=activation, weight_scale=2.0, dtype=np.float64, rng=0
    )
    hidden = net.activations(X)["hidden1"]
    seen = looked(net, X, y, no_step)["W1"]
    assert seen["mean"] == pytest.approx(hidden.mean(), abs=1e-6)
    assert seen["deviation"] == pytest.approx(hidden.std(), rel=1e-5)
    assert seen["spread"] == pytest.approx(np.sqrt(hidden.var(axis=0).mean()), rel=1e-5)
    flat = {"sigmoid": hidden * (1 - hidden) < 0.025, "tanh": 1 - hidden**2 < 0.1}
    if activation in flat:
        assert 0.1 < seen["saturated"] < 0.9
        assert seen["saturated"] == pytest.approx(flat[activation].mean())
    else:
        assert np.isnan(seen["saturated"])
    assert np.isnan(seen["dead"]) == (activation != "relu")


@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e-4, 1e-6])
def test_activations_that_hardly_differ_keep_their_digits(images, scale):
    X, y = images
    net = FullyConnectedNet([7], input_dim=12, activation="sigmoid", weight_scale=scale, rng=0)
    hidden = net.activations(X)["hidden1"].astype(np.float64)
    seen = looked(net, X, y, no_step)["W1"]
    assert seen["deviation"] == pytest.approx(hidden.std(), rel=1e-4, abs=1e-8)
    assert seen["spread"] == pytest.approx(np.sqrt(hidden.var(axis=0).mean()), rel=1e-4, abs=1e-8)


def test_units_and_filters_that_are_0_for_all_images_are_dead(rng):
    X, y = rng.standard_normal((30, 2, 6, 6)), rng.integers(0, 10, 30)
    net = ThreeLayerConvNet((2, 6, 6), num_filters=4, filter_size=3, hidden_dim=8, weight_scale=0.5, rng=0)
    net.params["b1"] = [-100, 0, 0, 0]
    net.params["b2"] = [-1000, -1000, 9, 9, 9, 9, 9, 9]
    seen = looked(net, X, y, no_step)
    assert (seen["W1"]["dead"], seen["W2"]["dead"]) == (0.25, 0.25)


def test_gradients_and_activations_too_small_for_float32_squares_are_seen(images):
    net = FullyConnectedNet([10] * 4, input_dim=12, weight_scale=1e-6, rng=0)
    seen = looked(net, *images, no_step)
    assert 0 < seen["W1"]["gradient"] < 1e-22
    assert 0 < seen["W4"]["spread"] < 1e-20


def test_what_float32_cannot_hold_is_infinite(images):
    net = FullyConnectedNet([10], input_dim=12, weight_scale=1e60, dtype=np.float64, rng=0)
    watch = LayerWatch(net)
    with np.errstate(over="ignore"), watch.step(1):  # as where nets are trained
        net.loss(*images)
    [row] = watch.table()
    assert (row["W1"]["deviation"], row["W2"]["weight_deviation"]) == (np.inf, np.inf)


def test_of_large_maps_some_images_are_looked_at(rng):
    X, y = rng.standard_normal((40, 1, 32, 32)), rng.integers(0, 10, 40)
    X[16:] = 0  # of which a look sees nothing
    net = ThreeLayerConvNet((1, 32, 32), num_filters=64, filter_size=3, hidden_dim=4, rng=0)
    alone = looked(net, X[:16], y[:16], no_step)["W1"]["spread"]
    assert looked(net, X, y, no_step)["W1"]["spread"] == pytest.approx(alone)


def test_a_restored_solver_has_the_looks_of_before(blobs):
    whole, first, second = (
        solver_of(FullyConnectedNet([4], input_dim=72, rng=0), blobs(), epochs=4) for _ in range(3)
    )
    for _ in whole.epochs():
        pass
    for _ in zip(range(2), first.epochs(), strict=False):
        pass
    second.load_state(first.state())
    for _ in second.epochs():
        pass
    assert second.layers.tobytes() == whole.layers.tobytes()


def test_a_look_ends_when_its_step_fails(images):
    X, y = images
    net = FullyConnectedNet([4], input_dim=12, rng=0)
    with pytest.raises(ValueError, match="X must hold images"), LayerWatch(net).step(1):
        net.loss(X[:, :5], y)
    assert net.observer is None
