"""Gradients are checked of nets that cannot be copied, and of those that change what they are given."""

from textwrap import dedent

import pytest

from hpsearch.checks import gradients
from hpsearch.errors import HpsearchError

NET = """
    import threading
    import weakref
    import numpy as np

    def scales():
        while True:
            yield 0.5
            yield 2.0

    class Net:
        def __init__(self, input_dim=64, num_classes=3):
            self.params = {{"W": 0.1 * np.random.randn(input_dim, num_classes), "b": np.zeros(num_classes)}}
            self.scale = 1.0
            {init}

        {copy}

        def scores(self, X):
            return X @ self.params["W"] + self.params["b"]

        def loss(self, X, y=None):
            {before}
            scores = {scores}
            if y is None:
                return scores
            e = np.exp(scores - scores.max(1, keepdims=True))
            d = e / e.sum(1, keepdims=True)
            loss = -self.scale * np.log(d[np.arange(len(y)), y]).mean()
            d[np.arange(len(y)), y] -= 1
            d *= {factor} * self.scale / len(y)
            return loss, {{"W": X.T @ d, "b": d.sum(0)}}
"""


def net_source(init="", copy="", before="", scores="self.scores(X)", factor=1.0):
    return NET.format(init=init, copy=copy, before=before, scores=scores, factor=factor)


@pytest.mark.parametrize(("factor", "is_right"), [(1.0, True), (1.2, False)])
@pytest.mark.parametrize(
    ("before", "loss"),
    [
        ("pass", "np.float32(loss + 5)"),
        ("X, self.params = np.float32(X), single(self)", "loss + np.float32(5)"),
    ],
)
def test_a_net_that_counts_in_single_precision_is_told_right_from_wrong(
    own_net, make_task, before, loss, factor, is_right
):
    single = "def single(net):\n    return {name: np.float32(w) for name, w in net.params.items()}\n"
    source = (
        dedent(net_source(before=before, factor=factor)).replace("return loss,", f"return {loss},") + single
    )
    kind = own_net(source)
    for seed in range(3):
        found = gradients._check_net(make_task(kind, seed=seed), "some setting")
        assert [error.is_wrong for error in found] == [not is_right] * 2


HARD_TO_COPY = {
    "a lambda": {"init": "self.ask = lambda X: self.scores(X)", "scores": "self.ask(X)"},
    "a weak reference": {"init": "self.me = weakref.ref(self)", "scores": "self.me().scores(X)"},
    "a generator": {"init": "self.scales = scales()", "before": "self.scale = next(self.scales)"},
    "a lock": {"init": "self.lock = threading.Lock()"},
    "its own word": {"copy": "def __deepcopy__(self, memo): raise RuntimeError('never copy me')"},
    "all that is asked for": {"copy": "def __getattr__(self, name): return None"},
}


@pytest.mark.parametrize("factor", [1.0, 1.01])
@pytest.mark.parametrize("changes", HARD_TO_COPY.values(), ids=HARD_TO_COPY)
def test_gradients_of_a_net_that_cannot_be_copied_are_told_right_from_wrong(
    own_net, make_task, changes, factor
):
    task = make_task(own_net(net_source(**changes, factor=factor)))
    errors = gradients._check_net(task, "some setting")
    assert [error.parameter for error in errors] == ["W", "b"]
    assert {error.is_wrong for error in errors} == {factor != 1.0}


def test_a_net_that_changes_its_images_in_place_is_shown_the_same_ones_again(own_net, make_task):
    errors = gradients._check_net(make_task(own_net(net_source(before="X *= 2"))), "some setting")
    assert not any(error.is_wrong for error in errors)


def test_a_net_whose_layers_keep_their_own_arrays_is_said_to_be_so_and_its_gradients_not_called_wrong(
    own_net, make_task
):
    source = net_source(
        init="self.W, self.b = self.params['W'], self.params['b']", scores="X @ self.W + self.b"
    )
    with pytest.raises(HpsearchError, match=r"Net with some setting: .*stays the same when params are given"):
        gradients._check_net(make_task(own_net(source)), "some setting")


@pytest.mark.parametrize("loss", ["nan", "inf"])
def test_a_loss_that_is_not_finite_is_said_to_be_so_and_right_gradients_not_called_wrong(
    own_net, make_task, loss
):
    source = dedent(net_source()).replace("return loss,", f"return float({loss!r}),")
    with pytest.raises(HpsearchError, match=f"Net with some setting: ValueError: the loss is {loss} before"):
        gradients._check_net(make_task(own_net(source)), "some setting")


def test_gradients_in_another_shape_of_the_same_numbers_are_right_as_they_are_in_training(own_net, make_task):
    source = net_source(init="self.params['b'] = np.zeros((num_classes, 1))").replace(
        'self.params["b"]\n', 'self.params["b"].ravel()\n'
    )
    errors = gradients._check_net(make_task(own_net(source)), "some setting")
    assert not any(error.is_wrong for error in errors)


def test_a_bias_at_the_kink_of_relu_for_black_pixels_is_not_called_wrong(own_net, make_task):
    kind = own_net(
        """
        import numpy as np
        class Net:
            def __init__(self, input_dim=64, num_classes=3):
                self.params = {"b": np.zeros(input_dim), "W": 0.1 * np.random.randn(input_dim, num_classes)}

            def loss(self, X, y=None):
                seen = X * (np.arange(X.shape[1]) % 2)
                hidden = np.maximum(seen + self.params["b"], 0)
                scores = hidden @ self.params["W"]
                if y is None:
                    return scores
                e = np.exp(scores - scores.max(1, keepdims=True))
                d = e / e.sum(1, keepdims=True)
                loss = -np.log(d[np.arange(len(y)), y]).mean()
                d[np.arange(len(y)), y] -= 1
                d /= len(y)
                dhidden = (d @ self.params["W"].T) * (hidden > 0)
                return loss, {"b": dhidden.sum(0), "W": hidden.T @ d}
        """
    )
    assert not any(error.is_wrong for error in gradients._check_net(make_task(kind), "some setting"))


@pytest.mark.parametrize("factor", [1.0, 1.01])
def test_a_step_that_leaves_where_the_loss_is_defined_does_not_make_a_gradient_wrong(
    own_net, make_task, factor
):
    """The first step was the largest: its NaN was called the best error of all."""
    source = net_source(
        init="self.params['s'] = np.array([[3e-4, 2e-4], [1e-4, 4e-4]])",
        scores="X @ self.params['W'] * self.log() + self.params['b']",
        factor=factor,
    )
    source = source.replace(
        '{"W": X.T @ d,',
        '{"s": (d * (X @ self.params["W"])).sum() / self.params["s"] / 4, "W": self.log() * X.T @ d,',
    ).replace(
        "    def scores(self",
        "    def log(self):\n            with np.errstate(invalid='ignore'):\n"
        "                return np.log(self.params['s']).mean()\n\n        def scores(self",
    )
    errors = gradients._check_net(make_task(own_net(source)), "some setting")
    assert {error.parameter: error.is_wrong for error in errors} == dict.fromkeys("sWb", factor != 1.0)
