"""Update rules: the course's numbers, formulas by hand, nobody's arrays modified."""

import copy
import math

import numpy as np
import pytest

from nets.training import optim
from nets.training.optim import ARGUMENT_CHECKS, DEFAULTS, RULES, adam, rmsprop, sgd, sgd_momentum

every_rule = pytest.mark.parametrize("name", RULES)


def ramp(first, last):
    return np.linspace(first, last, 20).reshape(4, 5)


W, DW = ramp(-0.4, 0.6), ramp(-0.6, 0.4)


def test_the_courses_example_of_momentum_comes_out():
    next_w, config = sgd_momentum(W, DW, {"learning_rate": 1e-3, "velocity": ramp(0.6, 0.9)})
    expected_w = [
        [0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789],
        [0.47454737, 0.54133684, 0.60812632, 0.67491579, 0.74170526],
        [0.80849474, 0.87528421, 0.94207368, 1.00886316, 1.07565263],
        [1.14244211, 1.20923158, 1.27602105, 1.34281053, 1.4096],
    ]
    expected_velocity = [
        [0.5406, 0.55475789, 0.56891579, 0.58307368, 0.59723158],
        [0.61138947, 0.62554737, 0.63970526, 0.65386316, 0.66802105],
        [0.68217895, 0.69633684, 0.71049474, 0.72465263, 0.73881053],
        [0.75296842, 0.76712632, 0.78128421, 0.79544211, 0.8096],
    ]
    np.testing.assert_allclose(next_w, expected_w, atol=1e-8)
    np.testing.assert_allclose(config["velocity"], expected_velocity, atol=1e-8)


def test_the_courses_example_of_rmsprop_comes_out():
    next_w, config = rmsprop(W, DW, {"learning_rate": 1e-2, "cache": ramp(0.6, 0.9)})
    expected_w = [
        [-0.39223849, -0.34037513, -0.28849239, -0.23659121, -0.18467247],
        [-0.132737, -0.08078555, -0.02881884, 0.02316247, 0.07515774],
        [0.12716641, 0.17918792, 0.23122175, 0.28326742, 0.33532447],
        [0.38739248, 0.43947102, 0.49155973, 0.54365823, 0.59576619],
    ]
    expected_cache = [
        [0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321],
        [0.67329252, 0.68859723, 0.70395734, 0.71937285, 0.73484377],
        [0.75037008, 0.7659518, 0.78158892, 0.79728144, 0.81302936],
        [0.82883269, 0.84469141, 0.86060554, 0.87657507, 0.8926],
    ]
    np.testing.assert_allclose(next_w, expected_w, atol=1e-8)
    np.testing.assert_allclose(config["cache"], expected_cache, atol=1e-8)


def test_the_courses_example_of_adam_comes_out():
    next_w, config = adam(W, DW, {"learning_rate": 1e-2, "m": ramp(0.6, 0.9), "v": ramp(0.7, 0.5), "t": 5})
    expected_w = [
        [-0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977],
        [-0.1380274, -0.08544591, -0.03286534, 0.01971428, 0.0722929],
        [0.1248705, 0.17744702, 0.23002243, 0.28259667, 0.33516969],
        [0.38774145, 0.44031188, 0.49288093, 0.54544852, 0.59801459],
    ]
    expected_v = [
        [0.69966, 0.68908382, 0.67851319, 0.66794809, 0.65738853],
        [0.64683452, 0.63628604, 0.6257431, 0.61520571, 0.60467385],
        [0.59414753, 0.58362676, 0.57311152, 0.56260183, 0.55209767],
        [0.54159906, 0.53110598, 0.52061845, 0.51013645, 0.49966],
    ]
    expected_m = [
        [0.48, 0.49947368, 0.51894737, 0.53842105, 0.55789474],
        [0.57736842, 0.59684211, 0.61631579, 0.63578947, 0.65526316],
        [0.67473684, 0.69421053, 0.71368421, 0.73315789, 0.75263158],
        [0.77210526, 0.79157895, 0.81105263, 0.83052632, 0.85],
    ]
    np.testing.assert_allclose(next_w, expected_w, atol=1e-8)
    np.testing.assert_allclose(config["v"], expected_v, atol=1e-8)
    np.testing.assert_allclose(config["m"], expected_m, atol=1e-8)
    assert config["t"] == 6


def by_hand(name, w, gradients):
    """One weight after some steps with the default hyperparameters, from the formulas of the papers."""
    h = DEFAULTS[name]
    lr, v, m, s, d = h["learning_rate"], 0.0, 0.0, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        if name == "sgd":
            w -= lr * g
        elif name == "sgd_momentum":
            v = h["momentum"] * v - lr * g
            w += v
        elif name == "nesterov":
            before, v = v, h["momentum"] * v - lr * g
            w += -h["momentum"] * before + (1 + h["momentum"]) * v
        elif name == "adagrad":
            s += g**2
            w -= lr * g / (math.sqrt(s) + h["epsilon"])
        elif name == "rmsprop":
            s = h["decay_rate"] * s + (1 - h["decay_rate"]) * g**2
            w -= lr * g / (math.sqrt(s) + h["epsilon"])
        elif name == "adadelta":
            s = h["decay_rate"] * s + (1 - h["decay_rate"]) * g**2
            step = math.sqrt(d + h["epsilon"]) / math.sqrt(s + h["epsilon"]) * g
            d = h["decay_rate"] * d + (1 - h["decay_rate"]) * step**2
            w -= lr * step
        else:
            m = h["beta1"] * m + (1 - h["beta1"]) * g
            s = h["beta2"] * s + (1 - h["beta2"]) * g**2
            m_hat, s_hat = m / (1 - h["beta1"] ** t), s / (1 - h["beta2"] ** t)
            decay = lr * h.get("weight_decay", 0.0) * w
            w -= lr * m_hat / (math.sqrt(s_hat) + h["epsilon"]) + decay
    return w


@every_rule
def test_five_steps_follow_the_formulas(name):
    w, config, gradients = np.array([0.5]), None, [0.3, -0.7, 0.01, 2.0, -0.4]
    for gradient in gradients:
        w, config = RULES[name](w, np.array([gradient]), config)
    assert w[0] == pytest.approx(by_hand(name, 0.5, gradients), rel=1e-12)


@every_rule
def test_arguments_are_left_alone_and_results_are_fresh(name):
    w, config = RULES[name](W, DW)
    arguments = (w, DW.copy(), config)
    before = copy.deepcopy(arguments)
    next_w, next_config = RULES[name](*arguments)
    for array, kept in zip(arguments[:2], before[:2], strict=True):
        np.testing.assert_array_equal(array, kept)
    assert config.keys() == before[2].keys()
    for key, value in config.items():
        np.testing.assert_array_equal(value, before[2][key])
        assert not isinstance(value, np.ndarray) or not np.shares_memory(value, next_config[key])
    assert not np.shares_memory(next_w, w)


@every_rule
def test_a_step_in_place_gives_the_same_bits(name):
    w, config = RULES[name](W, DW)
    apart, apart_config = RULES[name](w, DW, config)
    out, out_config = RULES[name](w, DW, config, out=w)
    assert out is w
    np.testing.assert_array_equal(w, apart)
    for key, value in apart_config.items():
        np.testing.assert_array_equal(out_config[key], value)


@every_rule
def test_numbers_of_float64_do_not_turn_float32_into_float64(name):
    config = {key: np.float64(value) for key, value in DEFAULTS[name].items()}
    w, config = RULES[name](W.astype(np.float32), DW.astype(np.float32), config)
    w, config = RULES[name](w, DW.astype(np.float32), config)
    assert w.dtype == np.float32
    assert {value.dtype for value in config.values() if isinstance(value, np.ndarray)} <= {
        np.dtype(np.float32)
    }


@every_rule
def test_every_rule_walks_downhill(name):
    start = np.array([3.0, -2.0])
    w, config = start, {**DEFAULTS[name], "learning_rate": 0.05}
    if name == "adadelta":
        config["learning_rate"] = 20.0
    for _ in range(300):
        w, config = RULES[name](w, 2 * w, config)
    assert (np.abs(w) < 0.6 * np.abs(start)).all()


def test_adam_counts_its_steps_from_the_first():
    _, config = adam(W, DW)
    assert config["t"] == 1
    next_w, _ = adam(W, DW, {"learning_rate": 0.1})
    np.testing.assert_allclose(W - next_w, 0.1 * np.sign(DW), rtol=1e-5)


def test_adagrads_steps_die_out_and_rmsprops_do_not():
    lengths = {}
    for name in ("adagrad", "rmsprop"):
        w, config = np.zeros(1), None
        for _ in range(1000):
            before = w
            w, config = RULES[name](w, np.ones(1), config)
        lengths[name] = abs(w - before)[0] / DEFAULTS[name]["learning_rate"]
    assert lengths["adagrad"] == pytest.approx(1 / math.sqrt(1000), rel=1e-3)
    assert lengths["rmsprop"] == pytest.approx(1, rel=1e-3)


def test_momentum_zero_is_plain_gradient_descent():
    for name in ("sgd_momentum", "nesterov"):
        np.testing.assert_allclose(RULES[name](W, DW, {"momentum": 0.0})[0], sgd(W, DW)[0])


def test_adamw_shrinks_weights_without_any_gradient():
    w, _ = optim.adamw(np.array([2.0]), np.zeros(1), {"learning_rate": 0.1, "weight_decay": 0.5})
    assert w[0] == pytest.approx(2 * (1 - 0.05))


@every_rule
def test_float32_weights_stay_float32_beside_gradients_of_float64(name):
    w, config = W.astype(np.float32), None
    for _ in range(2):
        w, config = RULES[name](w, DW, config)
    assert w.dtype == np.float32
    arrays = [value for value in config.values() if isinstance(value, np.ndarray)]
    assert {array.dtype for array in arrays} <= {np.dtype(np.float32)}


@every_rule
@pytest.mark.parametrize("w", [1.5, np.float32(1.5), np.array(1.5)], ids=["float", "float32", "array"])
def test_a_parameter_may_be_a_single_number(name, w):
    config, right_config, right = None, None, np.full(1, w)
    for dw in (0.5, -0.25):
        w, config = RULES[name](w, np.asarray(dw), config)
        right, right_config = RULES[name](right, np.full(1, dw, right.dtype), right_config)
    assert w == pytest.approx(right[0], rel=1e-6)
    assert w.dtype == right.dtype


@every_rule
def test_integers_count_as_float64(name):
    w, dw = np.array([1, -2, 3]), np.array([100, 0, -128], np.int8)
    next_w, config = RULES[name](w, dw)
    right, right_config = RULES[name](w.astype(np.float64), dw.astype(np.float64))
    np.testing.assert_array_equal(next_w, right)
    for key, value in right_config.items():
        np.testing.assert_array_equal(config[key], value)


def test_every_hyperparameter_has_a_check_that_its_default_passes():
    assert ARGUMENT_CHECKS.keys() == DEFAULTS.keys() == RULES.keys()
    for name, defaults in DEFAULTS.items():
        assert ARGUMENT_CHECKS[name].keys() == defaults.keys()
        for argument, default in defaults.items():
            ARGUMENT_CHECKS[name][argument](argument, default)
            with pytest.raises(ValueError, match=f"{argument} must be .*, but got -0.5"):
                ARGUMENT_CHECKS[name][argument](argument, -0.5)
