"""Training: epochs, histories, the best epoch, schedules, divergence, saving and going on."""

import io
import math
from dataclasses import asdict
from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest

from nets import FullyConnectedNet, LRNConvNet, ThreeLayerConvNet
from nets.training.optim import RULES
from nets.training.solver import EpochResult, Solver
from nets.training.state import load_state, save_state

SHAPE = (2, 6, 6)
NETS = {
    "fc": lambda **settings: FullyConnectedNet([12], input_dim=SHAPE, weight_scale=0.1, **settings),
    "conv": lambda **settings: ThreeLayerConvNet(
        SHAPE, num_filters=3, filter_size=3, hidden_dim=8, weight_scale=0.1, **settings
    ),
    "lrn": lambda **settings: LRNConvNet(SHAPE, num_filters=3, filter_size=3, hidden_dim=8, **settings),
}


def fc(**settings):
    return NETS["fc"](**({"rng": 0} | settings))


def same_nets(net, other):
    state, other_state = net.state(), other.state()
    assert state["dropout_rng"] == other_state["dropout_rng"]
    for part in ("params", "statistics"):
        for name, array in state[part].items():
            np.testing.assert_array_equal(array, other_state[part][name])


def test_a_net_learns_and_the_result_of_each_epoch_tells_it(blobs):
    config = {"learning_rate": 3e-2}
    solver = Solver(
        fc(),
        blobs(),
        epochs=6,
        batch_size=25,
        update_rule="adam",
        optim_config=config,
        num_train_samples=30,
        rng=1,
    )
    results = list(solver.epochs())
    assert [result.epoch for result in results] == [1, 2, 3, 4, 5, 6]
    assert results[-1].val_accuracy > 0.9
    assert results[-1].loss < results[0].loss / 2
    assert {result.num_examples for result in results} == {60}
    assert {result.learning_rate for result in results} == {3e-2}
    assert not any(result.diverged for result in results)
    assert solver.train_accuracy_history == [result.train_accuracy for result in results]
    assert solver.val_accuracy_history == [result.val_accuracy for result in results]
    assert len(solver.loss_history) == 6 * 3


def test_the_loss_of_an_epoch_is_the_mean_over_its_images(blobs):
    solver = Solver(fc(), blobs(), epochs=1, batch_size=25, rng=1)
    (result,) = solver.epochs()
    losses = solver.loss_history
    assert result.loss == pytest.approx((25 * losses[0] + 25 * losses[1] + 10 * losses[2]) / 60, rel=1e-12)


class Recorder:
    """A net that learns nothing and remembers the images of each batch by their first pixel."""

    def __init__(self):
        self.params = {"W1": np.zeros((1, 1))}
        self.batches = []

    def loss(self, X, y=None):
        if y is None:
            return np.zeros((len(X), 10))
        self.batches.append([int(image.flat[0]) for image in X])
        return 1.0, {"W1": np.zeros((1, 1))}


def numbered(n_images):
    X = np.arange(float(n_images)).reshape(-1, 1)
    return {"X_train": X, "y_train": np.zeros(n_images, int), "X_val": X, "y_val": np.zeros(n_images, int)}


def test_each_image_is_seen_exactly_once_an_epoch_in_a_new_order():
    net = Recorder()
    list(Solver(net, numbered(10), epochs=2, batch_size=4, rng=0).epochs())
    assert [len(batch) for batch in net.batches] == [4, 4, 2] * 2
    first, second = list(chain(*net.batches[:3])), list(chain(*net.batches[3:]))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second != list(range(10))


def test_draws_with_replacement_repeat_some_images():
    net = Recorder()
    (result,) = Solver(
        net, numbered(50), epochs=1, batch_size=10, sampling="with_replacement", rng=0
    ).epochs()
    drawn = list(chain(*net.batches))
    assert result.num_examples == len(drawn) == 50
    assert len(set(drawn)) < 50


def test_a_batch_may_be_larger_than_the_data():
    net = Recorder()
    list(Solver(net, numbered(3), epochs=1, batch_size=100, rng=0).epochs())
    assert [sorted(batch) for batch in net.batches] == [[0, 1, 2]]


def test_rates_decay_after_each_epoch(blobs):
    solver = Solver(
        fc(), blobs(), epochs=3, optim_config={"learning_rate": 0.1}, learning_rate_decay=0.5, rng=0
    )
    assert [result.learning_rate for result in solver.epochs()] == [0.1, 0.05, 0.025]


@pytest.mark.parametrize("rule", ["sgd_momentum", "nesterov"])
def test_a_momentum_that_rises_is_that_of_each_epoch_also_after_going_on(rule, blobs):
    def solver(epochs, **settings):
        config = {"learning_rate": 0.05, "momentum": 0.5}
        return Solver(fc(), blobs(), epochs=epochs, update_rule=rule, optim_config=config, rng=0, **settings)

    whole, begun, resumed = (solver(2, final_momentum=0.9) for _ in range(3))
    list(whole.epochs())
    next(begun.epochs())
    resumed.load_state(begun.state())
    list(resumed.epochs())
    same_nets(whole.net, resumed.net)
    assert resumed.loss_history == whole.loss_history

    by_hand = solver(2)
    next(by_hand.epochs())
    by_hand._updater.hyperparameters["momentum"] = 0.9
    list(by_hand.epochs())
    same_nets(whole.net, by_hand.net)


def test_a_momentum_that_stays_is_no_other_than_without_a_final_one(blobs):
    nets = [fc(), fc()]
    for net, settings in zip(nets, ({}, {"final_momentum": 0.9}), strict=True):
        list(Solver(net, blobs(), epochs=2, update_rule="sgd_momentum", rng=0, **settings).epochs())
    same_nets(*nets)


def test_rates_fall_along_a_cosine(blobs):
    solver = Solver(fc(), blobs(), epochs=4, optim_config={"learning_rate": 0.1}, schedule="cosine", rng=0)
    rates = [result.learning_rate for result in solver.epochs()]
    assert rates == pytest.approx([0.1, 0.05 * (1 + math.sqrt(0.5)), 0.05, 0.05 * (1 - math.sqrt(0.5))])


@pytest.mark.parametrize("plain", [False, True])
def test_clipped_gradients_have_at_most_that_norm_over_all_parameters(plain, blobs):
    net, data = fc(dtype=np.float64), blobs(noise=5.0)
    before = {name: array.copy() for name, array in net.params.items()}
    trained = SimpleNamespace(params=dict(net.params), loss=net.loss, dtype=net.dtype) if plain else net
    solver = Solver(
        trained, data, epochs=1, batch_size=60, optim_config={"learning_rate": 1.0}, clip_norm=0.01, rng=0
    )
    list(solver.epochs())
    moved = math.sqrt(sum(np.sum((trained.params[name] - before[name]) ** 2) for name in before))
    assert moved == pytest.approx(0.01, rel=1e-6)


def test_small_gradients_are_not_clipped(blobs):
    nets = [fc(), fc()]
    for net, clip_norm in zip(nets, (math.inf, 1e6), strict=True):
        list(Solver(net, blobs(), epochs=1, clip_norm=clip_norm, rng=0).epochs())
    same_nets(*nets)


def test_patience_ends_training_after_epochs_without_a_better_one():
    solver = Solver(Recorder(), numbered(5), epochs=50, patience=3, rng=0)
    assert len(list(solver.epochs())) == 1 + 3
    assert solver.best_epoch == 1
    assert list(solver.epochs()) == []


def test_the_best_epoch_comes_back_with_its_statistics(blobs):
    net = fc(normalization="batchnorm")
    data = blobs(noise=3.0)
    rates = {"learning_rate": 0.3}
    solver = Solver(net, data, epochs=8, batch_size=10, update_rule="sgd_momentum", optim_config=rates, rng=0)
    results = list(solver.epochs())
    best = max(result.val_accuracy for result in results)
    assert solver.best_val_accuracy == best
    assert results[solver.best_epoch - 1].val_accuracy == best
    assert solver.best_epoch == [result.val_accuracy for result in results].index(best) + 1
    assert solver.best_epoch < 8, "an example in which the last epoch is not the best"
    solver.restore_best()
    assert solver.accuracy(data["X_val"], data["y_val"]) == best


def test_training_restores_the_best_and_training_again_does_not_damage_it(blobs):
    net, data = fc(normalization="batchnorm"), blobs(noise=3.0)
    solver = Solver(net, data, epochs=5, batch_size=10, update_rule="adam", rng=0)
    solver.train()
    best, kept = solver.best_val_accuracy, net.state()
    solver.train()
    assert solver.accuracy(data["X_val"], data["y_val"]) == best == solver.best_val_accuracy
    for name, array in kept["params"].items():
        np.testing.assert_array_equal(net.params[name], array)


def test_more_epochs_go_on_from_the_last_and_keep_the_best_of_all(blobs):
    data = blobs(noise=3.0)
    short = Solver(fc(), data, epochs=2, batch_size=10, rng=0)
    short.train()
    longer = Solver(fc(), data, epochs=5, batch_size=10, rng=0)
    longer.load_state(short.state())
    assert [result.epoch for result in longer.epochs()] == [3, 4, 5]
    assert longer.best_val_accuracy == max(longer.val_accuracy_history) >= short.best_val_accuracy


def test_without_any_epoch_there_is_no_best(blobs):
    solver = Solver(fc(), blobs(), rng=0)
    assert solver.best_epoch is None
    assert math.isnan(solver.best_val_accuracy)
    with pytest.raises(ValueError, match="there is no best epoch"):
        solver.restore_best()


@pytest.mark.parametrize(
    ("dtype", "rate"), [("float32", 1e30), ("float32", 1e4), ("float64", 1e250), ("float64", 1e40)]
)
def test_a_net_that_blows_up_has_diverged_and_no_accuracy(dtype, rate, blobs):
    net = FullyConnectedNet([12, 12, 12], input_dim=SHAPE, weight_scale=1.0, dtype=dtype, rng=0)
    config = {"learning_rate": rate, "momentum": 0.99}
    solver = Solver(
        net, blobs(noise=5.0), epochs=40, batch_size=5, update_rule="sgd_momentum", optim_config=config, rng=0
    )
    results = list(solver.epochs())
    assert results[-1].diverged
    assert math.isnan(results[-1].train_accuracy)
    assert math.isnan(results[-1].val_accuracy)
    assert not any(result.diverged for result in results[:-1])
    assert solver.best_epoch != len(results)
    solver.train()


def test_a_divergence_ends_its_epoch_at_once(blobs):
    config = {"learning_rate": 1e30}
    (result,) = Solver(fc(), blobs(), epochs=3, batch_size=5, optim_config=config, rng=0).epochs()
    assert result.num_examples < 60


def test_scores_that_are_not_finite_have_no_accuracy(blobs):
    net, data = fc(), blobs()
    net.params["W2"][0, 0] = np.nan
    assert math.isnan(Solver(net, data, rng=0).accuracy(data["X_val"], data["y_val"]))


def run(kind, data, rule, settings, stop_at=None):
    """A solver after all its epochs; stopped, saved to a file and restored into new objects if told so."""

    def solver(seed):
        return Solver(NETS[kind](rng=seed, **settings), data, update_rule=rule, rng=seed, **training)

    training = {"epochs": 4, "batch_size": 16, "flip": 0.5, "crop_pad": 1}
    training |= {"num_train_samples": 20, "learning_rate_decay": 0.9}
    first = solver(0)
    epochs = first.epochs()
    for _ in range(4 if stop_at is None else stop_at):
        next(epochs)
    if stop_at is None:
        return first
    file = io.BytesIO()
    save_state(file, first.state())
    file.seek(0)
    second = solver(99)
    second.load_state(load_state(file))
    list(second.epochs())
    return second


VARIANTS = [
    *[("fc", rule, {"dropout": 0.3, "normalization": "batchnorm"}) for rule in RULES],
    *[
        ("conv", "sgd_momentum", {"dropout": 0.3, "normalization": kind})
        for kind in ("none", "batchnorm", "layernorm")
    ],
    ("fc", "adam", {"normalization": "layernorm", "dtype": np.float64}),
    ("lrn", "adam", {"dropout": 0.3}),
]


@pytest.mark.parametrize(("kind", "rule", "settings"), VARIANTS)
def test_training_repeats_bit_for_bit_also_after_saving_at_any_epoch(kind, rule, settings, blobs):
    data = blobs(n_train=40)
    straight = run(kind, data, rule, settings)
    for stop_at in (None, 0, 1, 3, 4):
        again = run(kind, data, rule, settings, stop_at)
        same_nets(again.net, straight.net)
        assert [asdict(result) for result in again.results] == [asdict(result) for result in straight.results]
        assert again.loss_history == straight.loss_history
        assert again.best_epoch == straight.best_epoch
        again.restore_best()
        right = straight.best_state()
        for name, array in right["params"].items():
            np.testing.assert_array_equal(again.net.params[name], array)


def test_a_state_is_a_copy(blobs):
    solver = Solver(fc(), blobs(), epochs=3, update_rule="adam", rng=0)
    epochs = solver.epochs()
    next(epochs)
    state = solver.state()
    weights, moments = state["net"]["params"]["W1"].copy(), state["rule"]["part0"]["m"].copy()
    next(epochs)
    np.testing.assert_array_equal(state["net"]["params"]["W1"], weights)
    np.testing.assert_array_equal(state["rule"]["part0"]["m"], moments)
    assert len(state["results"]) == 1


def test_augmentation_changes_training_images_only(blobs):
    seen = []

    class Watcher(Recorder):
        def loss(self, X, y=None):
            seen.append((y is not None, X.copy()))
            return super().loss(X, y)

    data = blobs(n_train=6, n_val=2)
    list(Solver(Watcher(), data, epochs=1, batch_size=6, flip=1.0, sampling="shuffled", rng=0).epochs())
    (_, trained), (_, tested), *_ = seen
    mirrored = {image[..., ::-1].tobytes() for image in data["X_train"]}
    assert {image.tobytes() for image in trained} == mirrored
    np.testing.assert_array_equal(tested, data["X_train"])


def test_augmentation_draws_from_its_own_generator(blobs):
    orders = []
    for flip in (0.0, 0.5):
        net = Recorder()
        data = {**numbered(12), "X_train": np.arange(12.0).reshape(-1, 1, 1, 1)}
        list(Solver(net, data, epochs=1, batch_size=5, flip=flip, rng=3).epochs())
        orders.append(net.batches)
    assert orders[0] == orders[1]


def test_images_are_preprocessed_a_minibatch_at_a_time_everywhere(blobs):
    data = blobs()
    sizes = []

    def halves(X, dtype):
        sizes.append(len(X))
        return X.astype(dtype) / 2

    plain = {**data, "X_train": data["X_train"] / 2, "X_val": data["X_val"] / 2}
    nets = [fc(dtype=np.float64), fc(dtype=np.float64)]
    solvers = [
        Solver(nets[0], SimpleNamespace(**data, preprocess=halves), epochs=2, batch_size=20, rng=0),
        Solver(nets[1], plain, epochs=2, batch_size=20, rng=0),
    ]
    for solver in solvers:
        list(solver.epochs())
    same_nets(*nets)
    assert max(sizes) == 60
    assert solvers[0].accuracy(data["X_val"], data["y_val"]) == solvers[1].val_accuracy_history[-1]


def test_bytes_in_a_memory_map_are_trained_on(tmp_path, rng):
    X = rng.integers(0, 256, (30, *SHAPE)).astype(np.uint8)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    y = np.arange(30) % 10
    results = [
        list(
            Solver(
                fc(), {"X_train": images, "y_train": y, "X_val": images, "y_val": y}, epochs=2, rng=0
            ).epochs()
        )
        for images in (X, mapped)
    ]
    assert results[0] == results[1]


def test_the_training_subset_is_fixed_and_has_no_repeats(blobs):
    solver = Solver(fc(), blobs(), num_train_samples=20, rng=0)
    subset = solver.state()["train_subset"]
    assert len(set(subset.tolist())) == 20
    list(solver.epochs())
    np.testing.assert_array_equal(solver.state()["train_subset"], subset)


def test_how_many_images_measure_training_accuracy_changes_nothing_else(blobs):
    few, many = (Solver(fc(), blobs(), num_train_samples=n, flip=0.5, epochs=3, rng=0) for n in (5, 20))
    for solver in (few, many):
        list(solver.epochs())
    assert few.loss_history == many.loss_history
    assert few.val_accuracy_history == many.val_accuracy_history


def test_results_are_frozen():
    result = EpochResult(1, 0.5, 0.5, 0.5, 0.1, 10, False)
    with pytest.raises(AttributeError):
        result.loss = 0.0


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be an integer of at least 1, but got 0"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be an integer"),
        (
            {"update_rule": "sgd_momentun"},
            ValueError,
            "update_rule must be one of sgd_momentum, .* but got 'sgd_momentun'",
        ),
        ({"schedule": "linear"}, ValueError, "schedule must be one of"),
        (
            {"final_momentum": 0.9},
            ValueError,
            "final_momentum must be None with 'sgd', which has no momentum",
        ),
        ({"sampling": "all"}, ValueError, "sampling must be one of"),
        ({"learning_rate_decay": 0.0}, ValueError, "learning_rate_decay must be"),
        ({"clip_norm": 0.0}, ValueError, "clip_norm must be a number above 0, inf = off, but got 0.0"),
        ({"patience": 0}, ValueError, "patience must be an integer of at least 1"),
        ({"flip": 1.5}, ValueError, "flip must be a probability"),
        ({"crop_pad": -1}, ValueError, "crop_pad must be"),
        ({"num_train_samples": 0}, ValueError, "num_train_samples must be"),
        (
            {"optim_config": {"momentum": 0.9}},
            ValueError,
            "an argument of sgd must be one of learning_rate, but got 'momentum'",
        ),
        (
            {"optim_config": {"learning_rate": 0.0}},
            ValueError,
            "learning_rate must be a finite number above 0",
        ),
    ],
)
def test_wrong_arguments_are_named_with_what_was_wanted(settings, error, message, blobs):
    with pytest.raises(error, match=message):
        Solver(fc(), blobs(), **settings)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"y_train": np.zeros(3, int)},
            ValueError,
            r"y_train must have the shape \(60,\), one label an image",
        ),
        ({"y_val": np.zeros(40)}, TypeError, "y_val must hold integers, but got float64"),
        (
            {"X_val": np.zeros((0, *SHAPE)), "y_val": np.zeros(0, int)},
            ValueError,
            "X_val must hold at least one image",
        ),
        ({"X_train": np.full((60, *SHAPE), np.nan)}, ValueError, "X_train must hold finite numbers"),
        ({"X_train": np.full((60, 1), "a")}, TypeError, "X_train must hold numbers"),
    ],
)
def test_wrong_data_are_named(changes, error, message, blobs):
    with pytest.raises(error, match=message):
        Solver(fc(), blobs() | changes)


@pytest.mark.parametrize(
    ("hidden_dims", "weight_scale", "learning_rate"), [([100, 100], 2e-2, 3e-3), ([100] * 4, 9e-2, 2e-3)]
)
def test_fifty_images_are_learnt_by_heart_with_the_courses_settings(hidden_dims, weight_scale, learning_rate):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (50, 3, 32, 32)) - 128.0
    data = {"X_train": X, "y_train": rng.integers(0, 10, 50), "X_val": X[:10], "y_val": np.zeros(10, int)}
    net = FullyConnectedNet(hidden_dims, weight_scale=weight_scale, dtype=np.float64, rng=0)
    solver = Solver(net, data, epochs=20, batch_size=25, optim_config={"learning_rate": learning_rate}, rng=0)
    assert max(result.train_accuracy for result in solver.epochs()) == 1.0


@pytest.mark.parametrize("rule", RULES)
def test_parts_of_the_parameters_are_updated_as_the_whole(rule, blobs, monkeypatch):
    nets = [fc(), fc()]
    for net, part_size in zip(nets, (10**9, 100), strict=True):
        monkeypatch.setattr("nets.arrays.PART_SIZE", part_size)
        list(Solver(net, blobs(), epochs=2, update_rule=rule, rng=0).epochs())
    same_nets(*nets)


def test_gradients_too_large_to_square_in_float32_are_clipped_too(blobs):
    net, before = fc(), fc().params.flat
    solver = Solver(
        net, blobs(), epochs=1, batch_size=60, optim_config={"learning_rate": 1.0}, clip_norm=1.0, rng=0
    )
    net.reg = 1e21
    list(solver.epochs())
    assert np.linalg.norm(net.params.flat - before) == pytest.approx(1.0, rel=1e-3)


def test_numpys_numbers_as_arguments_can_be_saved_too(blobs):
    settings = {
        "epochs": np.int64(2),
        "batch_size": np.int32(20),
        "patience": np.int64(5),
        "crop_pad": np.int8(0),
    }
    settings |= {
        "learning_rate_decay": np.float64(0.9),
        "clip_norm": np.float32(5.0),
        "flip": np.float64(0.1),
    }
    for schedule in ("exponential", "cosine"):
        config = {"learning_rate": np.float64(0.01)}
        solver = Solver(fc(), blobs(), optim_config=config, schedule=schedule, rng=0, **settings)
        solver.train()
        save_state(io.BytesIO(), solver.state())


class OwnNet:
    """Scores of ten classes by one matrix; `spoil_scores` and `spoil_gradient` change what it returns."""

    def __init__(self, spoil_scores=lambda scores: scores, spoil_gradient=lambda dw: dw):
        self.params = {"W1": np.zeros((72, 10))}
        self.spoil_scores, self.spoil_gradient = spoil_scores, spoil_gradient

    def loss(self, X, y=None):
        x = X.reshape(len(X), -1)
        scores = x @ self.params["W1"]
        if y is None:
            return self.spoil_scores(scores)
        dscores = np.full_like(scores, 0.1)
        dscores[np.arange(len(y)), y] -= 1
        return 1.0, {"W1": self.spoil_gradient(x.T @ dscores / len(y))}


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda scores: scores[:, :, None], r"\(60, 10, 1\)"),
        (lambda scores: scores[:, 0], r"\(60,\)"),
        (lambda scores: scores[:-1], r"\(59, 10\)"),
        (lambda scores: scores[:, :1], r"\(60, 1\)"),
        (lambda scores: scores.max(), r"\(\)"),
    ],
)
def test_scores_of_another_shape_are_refused_and_not_counted(spoil, found, blobs):
    solver = Solver(OwnNet(spoil), {**blobs(), "num_classes": 10}, epochs=1, rng=0)
    with pytest.raises(ValueError, match=rf"\(60, K\) with K at least 10, one a class, but got {found}$"):
        next(solver.epochs())


def test_a_net_may_have_more_scores_than_there_are_classes(blobs):
    for n_classes in ({}, {"num_classes": 3}, {"num_classes": 10}):
        (result,) = Solver(OwnNet(), {**blobs(), **n_classes}, epochs=1, rng=0).epochs()
        assert not result.diverged
    with pytest.raises(ValueError, match=r"\(60, K\) with K at least 1, one a class, but got \(60, 10, 1\)$"):
        next(Solver(OwnNet(lambda scores: scores[:, :, None]), blobs(), epochs=1, rng=0).epochs())


def test_scores_may_be_a_list_of_rows(blobs):
    (result,) = Solver(OwnNet(np.ndarray.tolist), blobs(), epochs=1, rng=0).epochs()
    assert result.val_accuracy > 0.5


@pytest.mark.parametrize("spoil", [lambda dw: dw[:1], lambda dw: dw[:, :1], lambda dw: dw.sum()])
def test_a_gradient_of_another_shape_than_its_parameter_is_refused(spoil, blobs):
    solver = Solver(OwnNet(spoil_gradient=spoil), blobs(), epochs=1, rng=0)
    with pytest.raises(ValueError, match=r"^the gradient of W1 must have the shape \(72, 10\), but got \("):
        next(solver.epochs())


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda X, y: (X, y[:, None]), ValueError, r"y must have the shape \(\d+,\), one label an image"),
        (lambda X, y: (X, y + 10), ValueError, r"y must hold labels in 0 \.\. 9, but got 1\d"),
        (lambda X, y: (X, y - 10), ValueError, r"y must hold labels in 0 \.\. 9, but got -10"),
        (lambda X, y: (X, y[:1]), ValueError, r"y must have the shape .*, but got \(1,\)"),
        (lambda X, y: (X, y.astype(float)), TypeError, "y must hold integers, but got float64"),
        (lambda X, y: (X[:0], y[:0]), ValueError, "images must hold at least one image"),
    ],
)
def test_labels_that_are_not_one_an_image_have_no_accuracy(spoil, error, message, blobs):
    data = blobs()
    solver = Solver(fc(), data, rng=0)
    with pytest.raises(error, match=message):
        solver.accuracy(*spoil(data["X_val"], data["y_val"]))
