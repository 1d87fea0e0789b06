"""What `search_quality.py` searches: functions whose optimum is known, and nets that are really trained.

A problem gives a trial's curve, an epoch at a time, from its values: higher is better, NaN has diverged.
Functions have one epoch, "net" pretends some. Trained nets are those of studies/ on digits and on a part of
CIFAR-10 that is small enough for hundreds of searches; or what a forest expects of nets whose curves others
recorded.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from recorded_surrogates import RECORDED, surrogate

from hpsearch.records import History
from hpsearch.search.tasks import search_task
from hpsearch.study import studyfile
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.spacetable import parse_space
from hpsearch.worker.task import build_training, open_data
from nets.data import open_train_val

STUDIES = Path(__file__).parents[2] / "studies"
N_PRETENDED = 12


@dataclass(frozen=True)
class Problem:
    """Something to search.

    Attributes:
        space: the parameters.
        n_epochs: of a whole trial.
        curve: from a trial's values, the search's seed and the trial's number to its values by epoch.
        truth: from a trial's values to what they are worth; None: what is seen is all that is known.
        optimum: the most that they can be worth; None: the best that any search has seen.
        resolution: differences below this are none.
    """

    space: tuple
    n_epochs: int
    curve: Callable[[dict, int, int], Iterator[float]]
    truth: Callable[[dict], float] | None = None
    optimum: float | None = None
    resolution: float = 0.0


def branin(x):
    """Two parameters, three optima of 0.398."""
    a, b = x["x1"], x["x2"]
    bent = b - 5.1 / (4 * math.pi**2) * a**2 + 5 / math.pi * a - 6
    return bent**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10


_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann6(x):
    """Six parameters, six local optima, the best is -3.322."""
    distances = (_A * (np.array(list(x.values())) - _P) ** 2).sum(axis=1)
    return -float(_ALPHA @ np.exp(-distances))


def rosenbrock4(x):
    """Four parameters, a bent valley with its optimum, 0, at ones."""
    v = np.array(list(x.values()))
    return float((100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2).sum())


def ackley5(x):
    """Five parameters, many local optima, 0 at zeros."""
    v = np.array(list(x.values()))
    return float(
        -20 * np.exp(-0.2 * np.sqrt((v**2).mean())) - np.exp(np.cos(2 * np.pi * v).mean()) + 20 + math.e
    )


def conditional(x):
    """Three kinds of which two have parameters of their own, and a rate on a logarithmic scale; optimum 0."""
    rate = (math.log10(x["rate"]) + 2) ** 2
    if x["kind"] == "plain":
        return 0.3 + rate
    if x["kind"] == "one":
        return 0.15 + rate + 4 * (x["momentum"] - 0.9) ** 2
    return (math.log10(x["rate"]) + 3) ** 2 + 20 * (x["beta"] - 0.95) ** 2 + ((x["width"] - 40) / 64) ** 2


def net(x):
    """The error of a pretended net of four parameters; it diverges at high rates; optimum 0.02."""
    rate, decay = math.log10(x["rate"]), math.log10(x["decay"])
    valley = (rate + 2.2 + 0.3 * (x["momentum"] - 0.9) * 10) ** 2
    return 0.02 + 0.9 * (
        1 - math.exp(-0.15 * valley - 0.02 * (decay + 3) ** 2 - 0.3 * (x["dropout"] - 0.2) ** 2)
    )


def _box(n, low, high):
    return {f"x{i}": {"low": float(low), "high": float(high)} for i in range(1, n + 1)}


def _noise(seed, number, size):
    return np.random.default_rng([seed, number, 1]).standard_normal() * size


def minimized(function, space, optimum, noise=0.0):
    """Returns the problem of a function's least value, seen with normal noise of this standard deviation."""

    def curve(params, seed, number):
        yield -(function(params) + _noise(seed, number, noise))

    return Problem(parse_space(space), 1, curve, lambda params: -function(params), -optimum)


def _pretended_curve(params, seed, number):
    if params["rate"] * params["momentum"] > 0.15:
        yield math.nan
        return
    end = 1 - net(params) + _noise(seed, number, 0.003)
    speed = 0.2 + 0.8 * math.exp(-((math.log10(params["rate"]) + 1.5) ** 2) / 4)
    for epoch in range(1, N_PRETENDED + 1):
        yield end * (1 - 0.7 * math.exp(-speed * epoch))


_BRANIN = {"x1": {"low": -5.0, "high": 10.0}, "x2": {"low": 0.0, "high": 15.0}}
_CONDITIONAL = {
    "rate": {"low": 1e-5, "high": 1.0, "log": True},
    "kind": {"choices": ["plain", "one", "two"]},
    "momentum": {"low": 0.0, "high": 0.99, "when": {"kind": "one"}},
    "beta": {"low": 0.5, "high": 0.999, "when": {"kind": "two"}},
    "width": {"low": 8, "high": 128, "log": True, "when": {"kind": "two"}},
}
_NET = {
    "rate": {"low": 1e-5, "high": 1.0, "log": True},
    "decay": {"low": 1e-6, "high": 1e-1, "log": True},
    "momentum": {"low": 0.5, "high": 0.99},
    "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
}
FUNCTIONS = {
    "branin": lambda: minimized(branin, _BRANIN, 0.397887),
    "hartmann6": lambda: minimized(hartmann6, _box(6, 0, 1), -3.32237),
    "rosenbrock4": lambda: minimized(rosenbrock4, _box(4, -2, 3), 0.0),
    "ackley5": lambda: minimized(ackley5, _box(5, -20, 30), 0.0),
    "conditional": lambda: minimized(conditional, _CONDITIONAL, 0.0),
    "noisy branin": lambda: minimized(branin, _BRANIN, 0.397887, noise=5.0),
    "noisy hartmann6": lambda: minimized(hartmann6, _box(6, 0, 1), -3.32237, noise=0.3),
    "net": lambda: Problem(
        parse_space(_NET), N_PRETENDED, _pretended_curve, lambda params: 1 - net(params), 0.98
    ),
}
_CIFAR = ["data.source=cifar10", "data.num_train=1000", "data.num_val=500", "training.epochs=8"]
TRAINED = {
    "digits fcnet": ("fcnet", []),
    "digits convnet": ("convnet", []),
    "cifar10 fcnet": ("fcnet", [*_CIFAR, "training.batch_size=50"]),
}
NAMES = [*FUNCTIONS, *TRAINED]


@cache
def problem(name):
    """Returns a problem by its name."""
    if name in RECORDED:
        return _recorded(name)
    return FUNCTIONS[name]() if name in FUNCTIONS else _trained(*TRAINED[name])


def _recorded(name):
    recorded = RECORDED[name]

    def curve(params, seed, number):
        yield from surrogate(name)(params).tolist()

    return Problem(parse_space(recorded.space), recorded.n_epochs, curve, resolution=2e-4)


def _trained(study_name, overrides):
    study = studyfile.load(STUDIES / f"{study_name}.toml", overrides)
    prepared = prepare_data(study)
    place, nothing = data_place(study, prepared), History.of([], study.max_epochs)
    n_val = len(open_train_val(prepared.train_val).y_val)

    def curve(params, seed, number):
        task = search_task(replace(study, seed=seed), place, number, params, nothing)
        for result in build_training(task, open_data(task)).epochs():
            yield math.nan if result.diverged else result.val_accuracy
            if result.diverged or result.epoch >= task.n_epochs:
                return

    return Problem(study.space, study.max_epochs, curve, resolution=0.5 / n_val)
