"""What holds for every net: the CS231n contract, its gradients, its dtype, its state, what it refuses."""

import inspect
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets import NETS
from nets.inspect.gradcheck import net_errors_by_element, net_errors_by_projection
from nets.models.network import BATCH
from nets.models.normalizations import NORMALIZATIONS

IMAGE = (2, 5, 6)
SMALL = {
    "FullyConnectedNet": {"hidden_dims": [7, 5], "input_dim": IMAGE},
    "TwoLayerNet": {"hidden_dim": 7, "input_dim": 60},
    "ThreeLayerConvNet": {"input_dim": IMAGE, "num_filters": 3, "filter_size": 3, "hidden_dim": 5},
    "LRNConvNet": {"input_dim": IMAGE, "num_filters": 3, "filter_size": 3, "hidden_dim": 5},
}
VARIANTS = [(kind, normalization) for kind in NETS for normalization in ("none", *NORMALIZATIONS)]
every_net = pytest.mark.parametrize("kind", NETS)
every_variant = pytest.mark.parametrize(("kind", "normalization"), VARIANTS)


def build(kind, normalization="none", **settings):
    """A small net of a kind, of four classes, in float64 unless told otherwise; dropout is everywhere."""
    if "dropout" in settings and kind == "ThreeLayerConvNet":
        settings.setdefault("pool_dropout", settings["dropout"])
    if normalization != "none":
        settings["normalization"] = normalization
    defaults = {"num_classes": 4, "weight_scale": 0.3, "dtype": np.float64, "rng": 0}
    return NETS[kind](**SMALL[kind], **(defaults | settings))


@pytest.fixture
def batch(rng):
    return rng.standard_normal((5, *IMAGE)), np.array([0, 1, 2, 3, 1])


@every_variant
@pytest.mark.parametrize("reg", [0.0, 3.14])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_gradients_are_those_of_the_loss(kind, normalization, reg, dropout, batch):
    net = build(kind, normalization, reg=reg, dropout=dropout)
    errors = net_errors_by_projection(net, *batch, np.random.default_rng(1), step=1e-6)
    worst = {name: error for name, error in errors.items() if not cancels(net, name)}
    assert max(worst.values()) < (1e-7 if normalization == "none" else 1e-6)


def cancels(net, name):
    """Whether a normalization takes this bias away again: its gradient is 0 and cannot be compared."""
    return name.startswith("b") and f"gamma{name[1:]}" in net.params


@pytest.mark.slow
@every_variant
def test_every_element_of_every_gradient_is_right(kind, normalization, batch):
    net = build(kind, normalization, reg=0.1)
    errors = net_errors_by_element(net, batch[0][:3], batch[1][:3])
    assert max(error for name, error in errors.items() if not cancels(net, name)) < 1e-5


@every_variant
def test_batches_of_one_have_gradients(kind, normalization, batch):
    loss, grads = build(kind, normalization).loss(batch[0][:1], batch[1][:1])
    assert math.isfinite(loss)
    assert all(np.isfinite(gradient).all() for gradient in grads.values())


@every_net
def test_a_net_of_small_weights_guesses(kind, batch):
    loss, _ = build(kind, weight_scale=1e-4, reg=0.0).loss(*batch)
    assert loss == pytest.approx(math.log(4), abs=1e-3)


@every_net
def test_the_penalty_is_half_reg_times_the_squared_weights(kind, batch):
    settings = {"affine_reg": 2.0} if kind == "LRNConvNet" else {}
    net, plain = build(kind, reg=2.0, **settings), build(kind, reg=0.0, **dict.fromkeys(settings, 0.0))
    weights = sum(np.sum(array**2) for name, array in net.params.items() if name.startswith("W"))
    assert net.loss(*batch)[0] - plain.loss(*batch)[0] == pytest.approx(weights, rel=1e-10)


@every_variant
def test_initial_biases_are_0_gammas_1_and_betas_0(kind, normalization):
    values = {"b": 0, "g": 1}
    for name, array in build(kind, normalization).params.items():
        if name.startswith("W"):
            assert array.std() == pytest.approx(0.3, rel=0.5)
        else:
            assert set(array.ravel()) == {0 if name.startswith("beta") else values[name[0]]}


@every_variant
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("images", [np.uint8, np.int64, np.float32, np.float64])
def test_the_dtype_of_a_net_never_drifts(kind, normalization, dtype, images, rng):
    numbers = {"reg": np.float64(0.1), "weight_scale": np.float64(0.1), "dropout": np.float64(0.5)}
    net = build(kind, normalization, dtype=dtype, **numbers)
    X, y = rng.integers(0, 9, (3, *IMAGE)).astype(images), np.array([0, 1, 2])
    loss, grads = net.loss(X, y)
    everything = [net.loss(X), *grads.values(), *net.params.values(), *net.statistics.values()]
    assert type(loss) is float
    assert {array.dtype for array in everything} == {np.dtype(dtype)}


@every_variant
def test_float32_is_float64_with_fewer_digits(kind, normalization, batch):
    single, double = build(kind, normalization, dtype=np.float32), build(kind, normalization)
    double.params = single.params
    loss, grads = single.loss(*batch)
    right, right_grads = double.loss(*batch)
    assert loss == pytest.approx(right, rel=1e-5)
    for name, gradient in grads.items():
        np.testing.assert_allclose(gradient, right_grads[name], atol=2e-5)


@every_variant
def test_scores_do_not_depend_on_the_rest_of_the_batch(kind, normalization, rng):
    net = build(kind, normalization, dropout=0.5)
    X = rng.standard_normal((BATCH + 3, *IMAGE))
    scores = net.loss(X)
    assert scores.shape == (BATCH + 3, 4)
    np.testing.assert_allclose(net.loss(X[-2:]), scores[-2:], rtol=1e-9, atol=1e-12)


@every_variant
def test_testing_changes_nothing(kind, normalization, batch):
    net = build(kind, normalization, dropout=0.5)
    before = net.state()
    np.testing.assert_array_equal(net.loss(batch[0]), net.loss(batch[0]))
    assert_same_state(net.state(), before)


def assert_same_state(state, other):
    assert state["dropout_rng"] == other["dropout_rng"]
    for part in ("params", "statistics"):
        assert state[part].keys() == other[part].keys()
        for name, array in state[part].items():
            np.testing.assert_array_equal(array, other[part][name])


@every_variant
def test_a_restored_net_goes_on_with_the_same_bits(kind, normalization, batch):
    net, other = build(kind, normalization, dropout=0.5), build(kind, normalization, dropout=0.5, rng=1)
    net.loss(*batch)
    state = net.state()
    expected = [net.loss(*batch), net.loss(batch[0])]
    other.load_state(state)
    (loss, grads), scores = other.loss(*batch), other.loss(batch[0])
    assert loss == expected[0][0]
    np.testing.assert_array_equal(scores, expected[1])
    for name, gradient in grads.items():
        np.testing.assert_array_equal(gradient, expected[0][1][name])
    assert_same_state(other.state(), net.state())


@every_variant
def test_a_state_is_a_copy_and_stays_one(kind, normalization, batch):
    net = build(kind, normalization, dropout=0.5)
    state, again = net.state(), net.state()
    net.loss(*batch)
    net.params.flat += 1
    assert_same_state(state, again)
    net.load_state(state)
    net.loss(*batch)
    net.params.flat += 1
    assert_same_state(state, again)


@every_net
def test_the_state_of_another_net_is_refused(kind, batch):
    net = build(kind)
    state = net.state()
    del state["params"]["W2"]
    with pytest.raises(ValueError, match="W2 missing"):
        net.load_state(state)
    with pytest.raises(ValueError, match="another normalization"):
        net.load_state({**net.state(), "statistics": {"running_mean1": np.zeros(3)}})


@every_net
def test_weights_and_masks_come_from_the_generators_alone(kind, batch):
    first, again, other = (build(kind, dropout=0.5, rng=seed) for seed in (5, 5, 6))
    assert first.loss(*batch)[0] == again.loss(*batch)[0]
    assert not np.array_equal(first.params["W1"], other.params["W1"])
    masked = build(kind, dropout=0.5, rng=np.random.default_rng(5), dropout_rng=np.random.default_rng(9))
    np.testing.assert_array_equal(masked.params["W1"], first.params["W1"])
    assert masked.loss(*batch)[0] != again.loss(*batch)[0]


@every_net
def test_gradients_are_fresh_unless_told_where_to_go(kind, batch):
    net = build(kind)
    _, first = net.loss(*batch)
    kept = {name: gradient.copy() for name, gradient in first.items()}
    out = net.params.zeros()
    out.flat += np.nan
    _, written = net.loss(batch[0] * 2, batch[1], out=out)
    assert written is out
    assert np.isfinite(out.flat).all()
    for name, gradient in first.items():
        np.testing.assert_array_equal(gradient, kept[name])
    _, again = net.loss(*batch, out=out)
    np.testing.assert_array_equal(again.flat, first.flat)


@every_net
def test_images_are_never_modified(kind, batch):
    before = batch[0].copy()
    build(kind, dropout=0.5).loss(*batch)
    np.testing.assert_array_equal(batch[0], before)


@every_net
@given(sizes=st.tuples(st.integers(1, 3), st.integers(2, 6), st.integers(2, 6)), side=st.integers(1, 4))
def test_promised_shapes_are_real_shapes(kind, sizes, side):
    settings = dict(SMALL[kind], input_dim=sizes if kind != "TwoLayerNet" else math.prod(sizes))
    if "filter_size" in settings:
        settings["filter_size"] = np.int64(side)
    net = NETS[kind](**settings, num_classes=3, rng=0)
    X = np.random.default_rng(0).standard_normal((2, *sizes))
    loss, grads = net.loss(X, np.array([0, 2]))
    assert net.loss(X).shape == (2, 3)
    assert {name: gradient.shape for name, gradient in grads.items()} == {
        name: array.shape for name, array in net.params.items()
    }
    assert math.isfinite(loss)


@every_net
@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (np.ones((2, 3, 3)), None, ValueError, "X must have the shape|X must hold images of 60 pixels"),
        (np.ones((0, *IMAGE)), None, ValueError, "X must hold at least one image"),
        (np.full((2, *IMAGE), np.nan), np.array([0, 1]), ValueError, "X must hold finite numbers"),
        (np.full((2, *IMAGE), np.nan), None, ValueError, "X must hold finite numbers"),
        (np.full((2, *IMAGE), np.inf), None, ValueError, "X must hold finite numbers"),
        (np.full((2, *IMAGE), "a"), None, TypeError, "X must hold numbers"),
        (np.ones((2, *IMAGE)), np.array([0, 4]), ValueError, r"y must hold labels in 0 \.\. 3, but got 4"),
        (np.ones((2, *IMAGE)), np.array([0.0, 1.0]), TypeError, "y must hold integers"),
        (np.ones((2, *IMAGE)), np.array([0]), ValueError, r"y must have the shape \(2,\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_wrong_images_and_labels_are_named(kind, X, y, error, message):
    with pytest.raises(error, match=message):
        build(kind).loss(X, y)


WRONG = {
    "dropout": [1.0, -0.1, float("nan")],
    "pool_dropout": [1.0, -0.1],
    "normalization": ["batch"],
    "activation": ["gelu"],
    "loss_function": ["cross entropy"],
    "num_groups": [0],
    "weight_init": ["zeros"],
    "reg": [-1.0, float("inf")],
    "affine_reg": [-1.0],
    "weight_scale": [-0.1],
    "num_classes": [0],
    "hidden_dim": [0],
    "num_filters": [-3],
    "filter_size": [0],
    "hidden_dims": [[10, 0]],
    "input_dim": [0, (0, 1, 1)],
}
WRONG_TYPES = {
    "dropout": ["0.5", True, None],
    "pool_dropout": ["0.5"],
    "normalization": [3],
    "reg": ["much"],
    "hidden_dim": [3.5],
    "hidden_dims": [100, [2.5]],
    "input_dim": ["image"],
    "dtype": [np.int32, "float16", "quick"],
}


@every_net
@pytest.mark.parametrize(("error", "table"), [(ValueError, WRONG), (TypeError, WRONG_TYPES)])
def test_wrong_arguments_are_named_with_what_was_wanted(kind, error, table):
    taken = inspect.signature(NETS[kind]).parameters
    for name, values in table.items():
        for value in values if name in taken else []:
            settings = {**SMALL[kind], name: value}
            if name == "input_dim" and "Conv" in kind and isinstance(value, int):
                continue
            with pytest.raises(error, match=f"{name} must "):
                NETS[kind](**settings)
            with pytest.raises(error, match=f"{name} must "):
                NETS[kind].ARGUMENT_CHECKS[name](name, value)


@every_net
def test_the_checks_are_of_arguments_that_the_net_has(kind):
    taken = inspect.signature(NETS[kind]).parameters
    assert set(NETS[kind].ARGUMENT_CHECKS) == set(taken) - {"rng", "dropout_rng"}
    for name, parameter in taken.items():
        if parameter.default is not inspect.Parameter.empty and name in NETS[kind].ARGUMENT_CHECKS:
            NETS[kind].ARGUMENT_CHECKS[name](name, parameter.default)


def test_dropout_1_is_refused_with_its_meaning():
    wanted = "dropout must be a probability of dropping a unit in [0, 1), 0 = off, but got 1.0"
    with pytest.raises(ValueError, match=f"^{re.escape(wanted)}$"):
        build("FullyConnectedNet", dropout=1.0)
