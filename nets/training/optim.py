"""Update rules: `rule(w, dw, config) -> (next_w, config)`.

`config` holds the rule's hyperparameters (by default those in `DEFAULTS`) and, after the first step, its own
arrays and counters. Arguments are left alone: `next_w` and the config returned are fresh, and in the float
type of `w`, whatever that of `dw` (integers count as float64). With `out=` the next weights are written there
(`out=w` updates in place), and the arrays of the config are then updated in place too. `RULES` has the rules
by name; `ARGUMENT_CHECKS` checks their hyperparameters. A Solver also takes a function of another's with this
contract; its `config` then has `learning_rate` and what it was given.

Hyperparameters:
    learning_rate: factor of each step.
    momentum: how much of its velocity a step keeps; 0 = none.
    decay_rate: how much of the moving average of squared gradients a step keeps.
    beta1: how much of the moving average of gradients a step keeps.
    beta2: how much of the moving average of squared gradients a step keeps.
    epsilon: keeps the division from blowing up where gradients are almost 0.
    weight_decay: each step shrinks the weights by learning_rate * weight_decay of themselves.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nets import checks
from nets.arrays import Floats

Config = dict[str, Any]
Rule = Callable[..., tuple[Floats, Config]]

DEFAULTS: dict[str, dict[str, float]] = {
    "sgd": {"learning_rate": 1e-2},
    "sgd_momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "nesterov": {"learning_rate": 1e-2, "momentum": 0.9},
    "adagrad": {"learning_rate": 1e-2, "epsilon": 1e-8},
    "adadelta": {"learning_rate": 1.0, "decay_rate": 0.95, "epsilon": 1e-6},
    "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "adamw": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 1e-2},
}


def sgd(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Steps down the gradient: w - learning_rate * dw."""
    config = _settled("sgd", w, config, out)
    return _less(w, config["learning_rate"] * dw, out), config


def sgd_momentum(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Steps along a velocity that remembers: v = momentum * v - learning_rate * dw; w + v.

    Source: Polyak 1964.
    """
    config = _settled("sgd_momentum", w, config, out, "velocity")
    velocity = config["velocity"]
    velocity *= config["momentum"]
    velocity -= config["learning_rate"] * dw
    return np.add(w, velocity, out=out, dtype=_float_type(w)), config


def nesterov(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Looks ahead: v = momentum * v - learning_rate * dw; w + momentum * v - learning_rate * dw.

    Source: Sutskever et al. 2013, equations 3 and 4, in terms of the point looked ahead to.
    """
    config = _settled("nesterov", w, config, out, "velocity")
    velocity, step = config["velocity"], config["learning_rate"] * dw
    velocity *= config["momentum"]
    velocity -= step
    step -= config["momentum"] * velocity
    return _less(w, step, out), config


def adagrad(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Divides each step by the root of the sum of all squared gradients, which only grows: steps die out.

    Source: Duchi, Hazan and Singer 2011, section 1.
    """
    config = _settled("adagrad", w, config, out, "cache")
    config["cache"] += _square(dw)
    return _less(w, _scaled_step(dw, config), out), config


def rmsprop(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Divides each step by the root of a moving average of squared gradients.

    Source: Tieleman and Hinton 2012, lecture 6.5.
    """
    config = _settled("rmsprop", w, config, out, "cache")
    _average(config["cache"], _square(dw), config["decay_rate"])
    return _less(w, _scaled_step(dw, config), out), config


def adadelta(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Scales each step by the ratio of the typical steps to the typical gradients so far.

    Source: Zeiler 2012, algorithm 1; `learning_rate` is a factor of its step, 1 there.
    """
    config = _settled("adadelta", w, config, out, "cache", "step_cache")
    decay_rate, epsilon = config["decay_rate"], config["epsilon"]
    _average(config["cache"], _square(dw), decay_rate)
    step = dw * np.sqrt((config["step_cache"] + epsilon) / (config["cache"] + epsilon))
    _average(config["step_cache"], step * step, decay_rate)
    step *= config["learning_rate"]
    return _less(w, step, out), config


def adam(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Steps along the average gradient divided by the root of the average square, both unbiased.

    Source: Kingma and Ba 2015, algorithm 1; `t` counts the steps taken, from 0.
    """
    config = _settled("adam", w, config, out, "m", "v")
    return _less(w, _adam_step(dw, config), out), config


def adamw(
    w: Floats, dw: Floats, config: Mapping[str, Any] | None = None, out: Floats | None = None
) -> tuple[Floats, Config]:
    """Steps as Adam does, and shrinks the weights by learning_rate * weight_decay beside it.

    Source: Loshchilov and Hutter 2019, algorithm 2.
    """
    config = _settled("adamw", w, config, out, "m", "v")
    step = _adam_step(dw, config)
    step += config["learning_rate"] * config["weight_decay"] * w
    return _less(w, step, out), config


def _settled(
    name: str, w: Floats, config: Mapping[str, Any] | None, out: Floats | None, *arrays: str
) -> Config:
    """Returns a config with defaults filled in, and with arrays that may be updated in place.

    Hyperparameters become Python floats: NumPy's float64 would turn float32 weights into float64.
    """
    given = config or {}
    settled: Config = {key: float(given.get(key, default)) for key, default in DEFAULTS[name].items()}
    for key in arrays:
        array = given.get(key)
        if array is None:
            array = np.zeros_like(w, dtype=_float_type(w))
        elif out is None:
            array = array.copy()
        settled[key] = array
    if "beta1" in settled:
        settled["t"] = int(given.get("t", 0))
    return settled


def _float_type(x: Floats) -> Any:
    """Returns the float type of x: its own, or float64 if it holds integers."""
    return np.result_type(x, 0.0)


def _less(w: Floats, step: Floats, out: Floats | None) -> Floats:
    """Returns w - step in the float type of w, whatever the gradients are in; written into `out` if given."""
    return np.subtract(w, step, out=out, dtype=_float_type(w))


def _square(dw: Floats) -> Floats:
    """Returns dw * dw, fresh, as floats: those of small integers would wrap."""
    return np.multiply(dw, dw, dtype=_float_type(dw))


def _average(average: Floats, new: Floats, decay_rate: float) -> None:
    """Updates a moving average in place; `new` is overwritten."""
    average *= decay_rate
    new *= 1 - decay_rate
    average += new


def _scaled_step(dw: Floats, config: Config) -> Floats:
    """Returns learning_rate * dw / (sqrt(cache) + epsilon), fresh."""
    step: Floats = np.sqrt(config["cache"], out=np.empty_like(config["cache"]))
    step += config["epsilon"]
    np.divide(dw, step, out=step)
    step *= config["learning_rate"]
    return step


def _adam_step(dw: Floats, config: Config) -> Floats:
    """Counts the step, updates the averages m and v in place, and returns the step of Adam, fresh."""
    config["t"] += 1
    m, v, beta1, beta2 = config["m"], config["v"], config["beta1"], config["beta2"]
    scratch = np.multiply(dw, 1 - beta1, out=np.empty_like(m))
    m *= beta1
    m += scratch
    np.multiply(dw, dw, out=scratch, dtype=scratch.dtype)
    _average(v, scratch, beta2)
    step: Floats = np.sqrt(v, out=scratch)
    step /= math.sqrt(1 - beta2 ** config["t"])
    step += config["epsilon"]
    np.divide(m, step, out=step)
    step *= config["learning_rate"] / (1 - beta1 ** config["t"])
    return step


RULES: dict[str, Rule] = {
    "sgd": sgd,
    "sgd_momentum": sgd_momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}

_CHECKS: dict[str, checks.Check] = {
    "learning_rate": checks.positive,
    "momentum": checks.fraction,
    "decay_rate": checks.fraction,
    "beta1": checks.fraction,
    "beta2": checks.fraction,
    "epsilon": checks.positive,
    "weight_decay": checks.not_negative,
}


def name_or_function(name: str, value: object) -> None:
    """Refuses what is neither the name of a rule nor a function."""
    if not callable(value):
        checks.one_of(RULES)(name, value)


ARGUMENT_CHECKS: dict[str, dict[str, checks.Check]] = {
    rule: {name: _CHECKS[name] for name in defaults} for rule, defaults in DEFAULTS.items()
}
