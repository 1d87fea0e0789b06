"""State of nets that somebody else wrote: all of it is kept that can be, and what is shared stays shared."""

import numpy as np
import pytest

from nets import FullyConnectedNet
from nets.arrays import FlatArrays
from nets.training.net_state import UnsavableNetError, load_net_state, net_state, whole_net_state


class TheirNet:
    """Follows the course's contract, and holds things of its own."""

    def __init__(self):
        self.params = {"W1": np.ones((2, 2))}
        self.statistics = {"mean": np.zeros(2)}
        self.again = self.statistics  # shared
        self.activation = lambda x: x  # no pickle takes this

    def loss(self, X, y=None):
        return self.activation(X @ self.params["W1"] + self.statistics["mean"])


class SharingNet:
    """Refers to its parameters, and to itself, in more than one way."""

    def __init__(self, params=None):
        self.params = {"W1": np.ones((2, 2)), "b1": np.zeros(2)} if params is None else params
        self.layers = [self.params]
        self.weights = {"first": self.params["W1"]}
        self.initial = self.params["b1"]
        self.forward = self.scores  # a method bound to the net
        self.seen = 0

    def scores(self, X):
        return X @ self.params["W1"] + self.seen

    def loss(self, X, y=None):
        return self.forward(X)


class ReluNet(TheirNet):
    """Its lambda shares an attribute with a reference to the parameters."""

    def __init__(self):
        super().__init__()
        self.layers = [self.params]


class NetOfData:
    """Has data of the names of methods."""

    def __init__(self):
        self.params = {"W1": np.ones(2)}
        self.state = {"step": 0}

    def loss(self, X, y=None):
        return X * self.params["W1"]


class NoisyNet(FullyConnectedNet):
    """A net of ours with a generator that ours knows nothing of."""

    def __init__(self):
        super().__init__([3], input_dim=4, num_classes=2, normalization="batchnorm", dropout=0.5, rng=0)
        self.noise = np.random.default_rng(5)

    def loss(self, X, y=None, out=None):
        X = X if y is None else X + self.noise.normal(size=X.shape)
        return super().loss(X, y, out)


class DifficultError(Exception):
    """What an object raises that does not want to be pickled."""


class Difficult:
    """Raises an exception of its own when it is pickled."""

    def __reduce__(self):
        raise DifficultError


def test_their_state_comes_back_with_what_it_shares_and_without_what_no_pickle_takes():
    net = TheirNet()
    net.statistics["mean"] += 3
    net.params["W1"] *= 2
    state = net_state(net)
    net.params["W1"] *= 0

    other = TheirNet()
    load_net_state(other, state)
    assert (other.loss(np.ones((1, 2))) == [[7, 7]]).all()
    assert other.again is other.statistics


def test_a_state_is_a_copy():
    net = TheirNet()
    state = net_state(net)
    net.params["W1"] += 5
    net.statistics["mean"] += 5
    load_net_state(net, state)
    assert (net.params["W1"] == 1).all()
    assert (net.statistics["mean"] == 0).all()


def test_a_state_gives_the_same_however_often_it_is_loaded():
    state = net_state(SharingNet())
    for _ in range(2):
        net = SharingNet()
        load_net_state(net, state)
        net.params["W1"] += 5
    load_net_state(net, state)
    assert (net.params["W1"] == 1).all()


def test_what_shares_the_parameters_still_does_in_the_restored_net():
    net = SharingNet()
    net.params["b1"] = np.full(2, 9.0)  # as a step of training replaces it
    net.seen = 3
    state = whole_net_state(net)

    other = SharingNet()
    params = other.params
    load_net_state(other, state)
    assert other.params is params
    assert other.layers[0] is params
    assert other.weights["first"] is params["W1"]
    assert (other.initial == 0).all()
    assert (params["b1"] == 9).all()
    assert other.forward.__self__ is other
    assert (other.loss(np.ones((1, 2))) == 5).all()


def test_what_shares_the_parameters_does_so_beside_what_no_pickle_takes():
    net = ReluNet()
    state = net_state(net)
    assert state["left_out"] == ["activation"]
    other = ReluNet()
    load_net_state(other, state)
    assert other.layers[0] is other.params


def test_views_of_one_vector_stay_views_of_it():
    arrays = {"W1": np.ones((2, 2)), "b1": np.zeros(2)}
    net = SharingNet(FlatArrays(arrays))
    net.vector = net.params.flat
    net.vector[:] = 7
    state = net_state(net)

    other = SharingNet(FlatArrays(arrays))
    load_net_state(other, state)
    assert (other.params["W1"] == 7).all()
    assert other.vector is other.params.flat
    assert other.weights["first"] is other.params["W1"]
    assert other.initial is other.params["b1"]
    assert other.layers[0] is other.params


def test_what_a_subclass_adds_to_a_net_of_ours_is_saved_too():
    x, y = np.ones((6, 4)), np.arange(6) % 2
    net = NoisyNet()
    net.loss(x, y)
    net.params["W1"] += 1
    state = whole_net_state(net)
    other = NoisyNet()
    load_net_state(other, state)
    for _ in range(2):
        (loss, grads), (other_loss, other_grads) = net.loss(x, y), other.loss(x, y)
        assert loss == other_loss
        assert grads.flat.tobytes() == other_grads.flat.tobytes()
        assert net.loss(x).tobytes() == other.loss(x).tobytes()
    assert np.shares_memory(other.params["W1"], other.params.flat)


def noise():
    """Yields numbers."""
    yield from range(9)


@pytest.mark.parametrize("thing", [lambda x: x, noise(), Difficult(), [noise()]])
def test_a_net_with_what_no_pickle_takes_cannot_be_saved_whole(thing):
    net = SharingNet()
    whole_net_state(net)
    net.thing = thing
    with pytest.raises(UnsavableNetError, match=r"^the net cannot be saved whole, .* its thing$"):
        whole_net_state(net)
    assert (net_state(net)["params"]["W1"] == 1).all()


def test_data_of_the_name_state_is_an_attribute_like_others():
    net = NetOfData()
    net.state["step"] = 5
    other = NetOfData()
    load_net_state(other, whole_net_state(net))
    assert other.state == {"step": 5}


class SavesSome(SharingNet):
    """Has methods of the names of ours, which leave out what it has seen."""

    def state(self):
        return {"W1": self.params["W1"]}

    def load_state(self, path):
        raise OSError(path)


def test_methods_of_the_names_of_ours_are_not_asked():
    net, other = SavesSome(), SavesSome()
    net.seen = 5
    load_net_state(other, whole_net_state(net))
    assert other.seen == 5


class Slotted:
    __slots__ = ("__mean", "params", "steps")

    def __init__(self):
        self.params, self.steps = {"W": np.ones(3)}, 0
        self.__mean = np.zeros(3)

    def train(self):
        self.steps += 1
        self.params["W"] += 1
        self.__mean += self.steps

    def mean(self):
        return self.__mean


class WithMore(Slotted):
    """It has a dict beside the slots that it inherits."""


@pytest.mark.parametrize("kind", [Slotted, WithMore])
def test_what_lies_in_slots_is_saved_too(kind):
    net, other = kind(), kind()
    net.train()
    state = whole_net_state(net)
    net.train()
    load_net_state(other, state)
    assert (other.steps, other.params["W"].tolist(), other.mean().tolist()) == (1, [2.0] * 3, [1.0] * 3)
    other.train()
    assert (other.steps, other.mean().tolist()) == (net.steps, net.mean().tolist())
