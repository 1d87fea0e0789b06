"""A kept net is asked again from its file alone; one of a user's own only by who trusts it."""

import random

import numpy as np
import pytest

from hpsearch import hits
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import CallError, FolderError
from hpsearch.worker.task import open_data
from hpsearch.worker.trained import load_net
from hpsearch.worker.trial import train_trial
from nets.training.state import load_state, save_state

NETS = [
    ("FullyConnectedNet", {"hidden_dims": [6], "normalization": "batchnorm", "dropout": 0.2}),
    ("ThreeLayerConvNet", {"num_filters": 3, "filter_size": 3, "hidden_dim": 5}),
]
OWN = """
    import numpy as np

    class Net:
        def __init__(self, num_classes, input_dim=64, rng=None, width=1.0):
            self.params = {"W": np.random.default_rng(rng).normal(size=(input_dim, num_classes)) * width}
            self.left_out = lambda: np.random.random()
            self.drawn = np.random.random()

        def loss(self, X, y=None):
            scores = X.reshape(len(X), -1) @ self.params["W"]
            return scores if y is None else (1.0, {"W": np.ones_like(self.params["W"])})
"""


@pytest.fixture
def left(make_task, tmp_path):
    """Returns what a trial left, its outcome, and its data."""

    def train(kind, net):
        task, folder = make_task(kind=kind, net=net), TrialFolder(tmp_path / "trial")
        return folder, train_trial(task, folder, lambda: False), open_data(task)

    return train


@pytest.mark.parametrize(("kind", "net"), NETS, ids=[kind for kind, _ in NETS])
@pytest.mark.parametrize("preprocessing", ["mean_std", "mean_image"])
def test_a_net_from_its_file_gets_right_what_it_got_right_in_the_search(
    make_task, tmp_path, kind, net, preprocessing
):
    task, folder = make_task(kind=kind, net=net, preprocessing=preprocessing), TrialFolder(tmp_path / "it")
    outcome = train_trial(task, folder, lambda: False)
    data, found = open_data(task), load_net(folder.weights)
    recorded = hits.unpack(outcome.hits, len(data.y_val))
    np.testing.assert_array_equal(found.predict(data.X_val) == data.y_val, recorded)
    assert found.class_names == tuple(data.class_names)


def test_a_users_own_net_is_loaded_only_when_told_to(left, own_net):
    folder, outcome, data = left(own_net(OWN), {})
    with pytest.raises(
        CallError, match=r"weights\.npz: holds a net of the class own_net_\d+:Net, .*run_code"
    ):
        load_net(folder.weights)
    random.seed(0)
    before = random.getstate()
    found = load_net(folder.weights, run_code=True)
    assert random.getstate() == before
    recorded = hits.unpack(outcome.hits, len(data.y_val))
    np.testing.assert_array_equal(found.predict(data.X_val) == data.y_val, recorded)


def test_weights_of_before_say_that_they_are_too_old(left):
    folder, _, _ = left(*NETS[0])
    state = load_state(folder.weights)
    del state["hpsearch"]
    save_state(folder.weights, state)
    with pytest.raises(FolderError, match=r"weights\.npz: does not say which net it holds"):
        load_net(folder.weights)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": 3}, "does not say which net it holds .kind: expected a text"),
        ({"kind": "Absent"}, r"net\.kind: expected package\.module:Class or one of"),
        ({"arguments": {"hidden_dims": [7]}}, "its net cannot be built again"),
        ({"arguments": {"hidden_dims": [10**13]}}, "its net cannot be built again"),
        ({"arguments": {"absent": 1}}, "its net cannot be built again"),
        ({"key": ["a"]}, "its net cannot be built again"),
        ({"seed": -1}, "its net cannot be built again"),
        ({"shift": None}, "does not say which net it holds .shift"),
    ],
)
def test_a_description_that_is_wrong_is_one_error(left, wrong, words):
    folder, _, _ = left(*NETS[0])
    state = load_state(folder.weights)
    state["hpsearch"] |= wrong
    save_state(folder.weights, state)
    with pytest.raises((FolderError, CallError), match=words):
        load_net(folder.weights)


@pytest.mark.parametrize(
    "damage", [lambda whole: b"", lambda whole: whole[:-100], lambda whole: b"not a zip"]
)
def test_damaged_weights_are_one_error(left, damage):
    folder, _, _ = left(*NETS[0])
    folder.weights.write_bytes(damage(folder.weights.read_bytes()))
    with pytest.raises(FolderError, match=r"weights\.npz: holds no trained net"):
        load_net(folder.weights)


@pytest.mark.parametrize(("name", "number"), [("W1", np.nan), ("b2", np.inf)])
def test_weights_that_are_no_numbers_are_one_error(left, name, number):
    folder, _, _ = left(*NETS[0])
    state = load_state(folder.weights)
    state["params"][name].flat[-1] = number
    save_state(folder.weights, state)
    with pytest.raises(
        FolderError, match=rf"weights\.npz: {name} is not finite everywhere; expected weights"
    ):
        load_net(folder.weights)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(FolderError, match=r"weights\.npz: cannot be read: No such file"):
        load_net(tmp_path / "weights.npz")
