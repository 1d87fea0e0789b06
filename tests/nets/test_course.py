"""The Solver for notebooks of the course does what they expect, and what they read is there."""

import pickle

import numpy as np
import pytest

from nets import FullyConnectedNet
from nets.course import Solver

HISTORIES = ("loss_history", "train_acc_history", "val_acc_history")


@pytest.fixture
def data():
    """Three classes that a net can learn, as the notebook's dict of arrays."""
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = rng.normal(0, 0.3, (90, 1, 4, 4))
    X[np.arange(90), 0, y, y] += 2
    return {"X_train": X[:50], "y_train": y[:50], "X_val": X[50:], "y_val": y[50:], "X_test": X, "y_test": y}


def net(**changes):
    return FullyConnectedNet(
        hidden_dims=[8], input_dim=(1, 4, 4), num_classes=3, weight_scale=0.1, rng=0, **changes
    )


def solver(data, model=None, **changes):
    settings = {"num_epochs": 6, "batch_size": 12, "update_rule": "sgd_momentum", "verbose": False}
    config = {"optim_config": {"learning_rate": 0.2}}
    np.random.seed(1)  # noqa: NPY002 - as notebooks do
    return Solver(model or net(), data, **{**settings, **config, **changes})


def test_a_notebook_finds_what_it_reads(data):
    one = solver(data)
    one.train()
    assert one.epoch == 6
    assert [len(getattr(one, name)) for name in HISTORIES] == [24, 7, 7]  # 50 // 12 steps an epoch
    assert one.best_val_acc == max(one.val_acc_history) > 0.9
    assert one.check_accuracy(data["X_val"], data["y_val"]) == one.best_val_acc
    assert one.check_accuracy(data["X_test"], data["y_test"], num_samples=10, batch_size=4) > 0.5
    for name, array in one.model.params.items():
        np.testing.assert_array_equal(array, one.best_params[name])


def test_a_batch_of_more_images_than_there_are_is_one_step_an_epoch(data):
    one = solver(data, batch_size=51, num_epochs=3)
    one.train()
    assert [len(getattr(one, name)) for name in HISTORIES] == [3, 3, 3]


def test_numpys_seed_repeats_it(data):
    first, again = solver(data), solver(data)
    for one in (first, again):
        np.random.seed(3)  # noqa: NPY002
        one.train()
    assert [getattr(first, name) for name in HISTORIES] == [getattr(again, name) for name in HISTORIES]


def test_the_rate_decays_after_each_epoch(data):
    rates = []

    def rule(w, dw, config):
        rates.append(config["learning_rate"])
        return w - config["learning_rate"] * dw, config

    model = net()
    solver(data, model, update_rule=rule, lr_decay=0.5, num_epochs=2).train()
    assert rates == [0.2] * (4 * len(model.params)) + [0.1] * (4 * len(model.params))


def test_the_best_net_comes_back_with_its_running_statistics(data):
    worse = []

    def rule(w, dw, config):
        worse.append(len(worse))
        return (w - 0.05 * dw if len(worse) <= 6 * 24 else 0 * w), config  # undoes what it learned

    model = net(normalization="batchnorm")
    one = solver(data, model, update_rule=rule, num_epochs=12)
    one.train()
    assert one.val_acc_history[-1] < one.best_val_acc
    assert one.check_accuracy(data["X_val"], data["y_val"]) == one.best_val_acc


def test_it_prints_steps_and_epochs_only_if_it_shall(data, capsys):
    solver(data, num_epochs=1).train()
    assert capsys.readouterr().out == ""
    solver(data, num_epochs=1, verbose=True, print_every=2).train()
    words = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert words == ["step 1 of 4", "epoch 0 of 1", "step 3 of 4", "epoch 1 of 1"]


def test_trained_again_it_counts_on(data, capsys):
    one = solver(data, num_epochs=2, verbose=True, print_every=100)
    one.train()
    one.train()
    words = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert words[-2:] == ["epoch 3 of 4", "epoch 4 of 4"]


def test_a_loss_that_is_not_finite_ends_it_with_a_word(data, capsys):
    one = solver(data, optim_config={"learning_rate": 1e30}, update_rule="sgd")
    one.train()
    assert len(one.loss_history) < 24
    assert "so training ends" in capsys.readouterr().out
    assert np.isnan(one.val_acc_history[0]), "the highest of scores that are NaN is the first one"
    assert (one.best_val_acc, one.best_params) == (0.0, {})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"num_epochs": 0}, "num_epochs must be an integer of at least 1, but got 0"),
        ({"update_rule": "sdg"}, "update_rule must be one of sgd, "),
        ({"optim_config": {"momentun": 1}}, "an argument of sgd_momentum must be one of momentum"),
        ({"update_rule": max, "optim_config": {}}, "optim_config must have learning_rate"),
    ],
)
def test_wrong_arguments_are_named(data, wrong, words):
    with pytest.raises(ValueError, match=words):
        solver(data, **wrong)


def test_checkpoints_are_written_after_each_epoch_and_a_notebook_finds_its_arguments(data, tmp_path):
    trained = solver(data, num_epochs=2, checkpoint_name=str(tmp_path / "net"))
    trained.train()
    saved = pickle.loads((tmp_path / "net_epoch_1.pkl").read_bytes())
    assert (tmp_path / "net_epoch_2.pkl").exists()
    assert saved["epoch"] == 1
    assert saved["val_acc_history"] == trained.val_acc_history[:2]
    assert saved["optim_config"] == trained.optim_config
    assert trained.X_train.shape[0] == len(trained.y_train)
    assert trained.X_val.shape[0] == len(trained.y_val)


def test_labels_in_a_column_have_no_accuracy(data):
    asked = solver(data)
    with pytest.raises(ValueError, match=r"y must have the shape \(90,\), one label an image"):
        asked.check_accuracy(data["X_test"], data["y_test"][:, None])
    as_lists = asked.check_accuracy(data["X_test"].tolist(), data["y_test"].tolist())
    assert as_lists == asked.check_accuracy(data["X_test"], data["y_test"])


def test_labels_that_count_from_one_have_no_accuracy(data):
    with pytest.raises(ValueError, match=r"y must hold labels in 0 \.\. \d, but got \d+"):
        solver(data).check_accuracy(data["X_test"], data["y_test"] + 10)


class Shifting:
    """A net that shifts the images that it is given in their place, as hasty students write it."""

    def __init__(self):
        self.params = {"W": np.zeros((16, 3))}

    def loss(self, X, y=None):
        X -= 1
        scores = X.reshape(len(X), -1) @ self.params["W"]
        return scores if y is None else (0.0, {"W": np.ones((16, 3))})


def test_a_net_that_writes_into_its_images_leaves_those_of_the_notebook_alone(data):
    kept = {name: array.copy() for name, array in data.items()}
    one = solver(data, Shifting())
    one.train()
    one.check_accuracy(data["X_test"], data["y_test"])
    for name, array in kept.items():
        np.testing.assert_array_equal(data[name], array)
