"""Are planted illnesses named, and healthy searches left in peace?

Small searches on scikit-learn's digits, twenty seeds each: in some every net is ill, in others a part of the
space makes nets ill and the finding must say which part.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/illnesses.py [--seeds 20] [--only PLANT] [--jobs 1]

Prints a row a plant: in how many searches its illness was named, in how many with the right parameters as its
condition (and no other), and what else was named.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from in_one_thread import OneThread

import hpsearch
from hpsearch.results.frames import read_study
from hpsearch.results.illnesses import ailing

DATA = {"source": "digits", "num_train": 500, "num_val": 300, "num_test": 300}
TRAINING = {"epochs": 4, "batch_size": 50, "num_train_samples": 200, "update_rule": "adam"}
RATES = {
    "learning_rate": {"low": 1e-3, "high": 1e-2, "log": True},
    "reg": {"low": 1e-6, "high": 1e-3, "log": True},
}
FULLY = {"kind": "FullyConnectedNet", "hidden_dims": [50, 50, 50], "weight_init": "he"}
CONV = {
    "kind": "ThreeLayerConvNet",
    "num_filters": 8,
    "filter_size": 3,
    "hidden_dim": 50,
    "weight_init": "he",
}
NORMALIZATION = {"normalization": {"choices": ["none", "batchnorm", "layernorm"]}}


@dataclass
class Plant:
    """A search, and what should be named in it.

    Attributes:
        names: the illnesses that would be right; none in a healthy search.
        net, training, space: what it has beside DATA and TRAINING.
        where: the parameters that the condition should be made of; none where all nets are ill.
        trials: how many.
    """

    names: tuple[str, ...]
    net: dict
    space: dict
    training: dict = field(default_factory=dict)
    where: frozenset = frozenset()
    trials: int = 15


PLANTS = {
    "healthy fully connected": Plant((), FULLY, RATES | NORMALIZATION),
    "healthy convolutional": Plant((), CONV, RATES | NORMALIZATION),
    "healthy, momentum": Plant(
        (),
        FULLY,
        NORMALIZATION | {"learning_rate": {"low": 1e-2, "high": 1e-1, "log": True}},
        {"update_rule": "sgd_momentum"},
    ),
    "healthy, tanh": Plant(
        (), FULLY | {"activation": "tanh", "weight_init": "xavier"}, RATES | NORMALIZATION
    ),
    "weights of 1e-5": Plant(
        ("vanishing",),
        FULLY | {"weight_init": "gaussian", "weight_scale": 1e-5},
        {"learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}},
        {"update_rule": "sgd_momentum"},
    ),
    "weights of 1e-5, convolutional": Plant(
        ("vanishing",),
        CONV | {"weight_init": "gaussian", "weight_scale": 1e-5},
        {"learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}},
        {"update_rule": "sgd_momentum"},
    ),
    "weights from 1e-5": Plant(
        ("vanishing",),
        FULLY | {"weight_init": "gaussian"},
        RATES | {"weight_scale": {"low": 1e-5, "high": 2e-1, "log": True}},
        {"update_rule": "sgd_momentum"},
        where=frozenset({"weight_scale"}),
        trials=30,
    ),
    "small weights without normalization": Plant(
        ("vanishing",),
        FULLY | {"weight_init": "gaussian"},
        {
            "learning_rate": {"low": 1e-2, "high": 1e-1, "log": True},
            "weight_scale": {"low": 1e-3, "high": 2e-1, "log": True},
            "normalization": {"choices": ["none", "batchnorm"]},
        },
        {"update_rule": "sgd_momentum"},
        where=frozenset({"weight_scale", "normalization"}),
        trials=50,
    ),
    "learning rate of 10": Plant(("too-fast",), FULLY, NORMALIZATION, {"learning_rate": 10.0}),
    "learning rate of 10, convolutional": Plant(("too-fast",), CONV, NORMALIZATION, {"learning_rate": 10.0}),
    "learning rate of 10, sgd": Plant(
        ("too-fast",),
        FULLY,
        {"reg": {"low": 1e-6, "high": 1e-3, "log": True}},
        {"learning_rate": 10.0, "update_rule": "sgd"},
    ),
    "learning rates up to 10": Plant(
        ("too-fast",),
        FULLY,
        NORMALIZATION | {"learning_rate": {"low": 1e-4, "high": 10.0, "log": True}},
        where=frozenset({"learning_rate"}),
        trials=30,
    ),
    "learning rate of 1e-8": Plant(("too-slow",), FULLY, NORMALIZATION, {"learning_rate": 1e-8}),
    "learning rates of 1e-9, small weights": Plant(
        ("too-slow",),
        FULLY | {"weight_init": "gaussian", "weight_scale": 1e-3, "hidden_dims": [50]},
        {"reg": {"low": 1e-6, "high": 1e-1, "log": True}},
        {"learning_rate": 1e-9, "update_rule": "sgd_momentum"},
    ),
    "learning rates of 1e-9, small weights, Adam": Plant(
        ("too-slow",),
        FULLY | {"weight_init": "gaussian", "weight_scale": 1e-3},
        {"reg": {"low": 1e-6, "high": 1e-1, "log": True}},
        {"learning_rate": 1e-9},
    ),
    "learning rates of 1e-9, small weights, convolutional": Plant(
        ("too-slow",),
        CONV | {"weight_init": "gaussian", "weight_scale": 1e-3},
        {"reg": {"low": 1e-6, "high": 1e-1, "log": True}},
        {"learning_rate": 1e-9},
    ),
    "learning rates of 1e-5 to 1e-3": Plant(
        ("too-slow",),
        FULLY,
        {
            "learning_rate": {"low": 1e-5, "high": 1e-3, "log": True},
            "reg": {"low": 1e-6, "high": 1e-3, "log": True},
        },
        {"update_rule": "sgd"},
    ),
    "sigmoid without normalization": Plant(
        ("weak-gradients", "saturated"),
        FULLY | {"activation": "sigmoid", "weight_init": "gaussian", "hidden_dims": [50] * 4},
        {
            "learning_rate": {"low": 1e-3, "high": 1e-1, "log": True},
            "weight_scale": {"low": 1e-3, "high": 1e-1, "log": True},
        },
        {"update_rule": "sgd_momentum"},
    ),
    "sigmoid among others": Plant(
        ("weak-gradients",),
        FULLY | {"hidden_dims": [50] * 5},
        {
            "learning_rate": {"low": 1e-2, "high": 1e-1, "log": True},
            "activation": {"choices": ["relu", "leaky_relu", "sigmoid"]},
            "normalization": {"choices": ["none", "batchnorm"]},
        },
        {"update_rule": "sgd_momentum"},
        where=frozenset({"activation", "normalization"}),
        trials=50,
    ),
    "tanh saturated": Plant(
        ("saturated", "weak-gradients"),
        FULLY | {"activation": "tanh", "weight_init": "gaussian", "weight_scale": 3.0},
        RATES,
        {"update_rule": "sgd"},
    ),
    "dead ReLUs": Plant(
        ("dead", "too-fast"),
        FULLY,
        {"learning_rate": {"low": 0.7, "high": 3.0, "log": True}},
        {"update_rule": "sgd_momentum"},
    ),
    "dead ReLUs beyond a rate": Plant(
        ("dead", "too-fast"),
        FULLY,
        {"learning_rate": {"low": 1e-2, "high": 3.0, "log": True}},
        {"update_rule": "sgd_momentum"},
        where=frozenset({"learning_rate"}),
        trials=30,
    ),
    "exploding activations": Plant(
        ("exploding", "too-fast"),
        FULLY | {"weight_init": "gaussian", "weight_scale": 3.0},
        RATES,
        {"update_rule": "sgd"},
    ),
    "frozen, all weights 0": Plant(
        ("frozen",), FULLY | {"weight_init": "gaussian", "weight_scale": 0.0}, RATES
    ),
    "frozen, zeros among others": Plant(
        ("frozen",),
        FULLY | {"weight_init": "gaussian"},
        RATES | {"weight_scale": {"choices": [0.0, 0.05, 0.1, 0.2]}},
        where=frozenset({"weight_scale"}),
        trials=30,
    ),
}


def study_of(plant, seed):
    """Returns the study file of a plant as a mapping."""
    return {
        "study": {"trials": plant.trials, "seed": seed},
        "data": DATA,
        "net": plant.net,
        "training": TRAINING | plant.training,
        "space": plant.space,
        "sampler": {"name": "random"},
        "pruner": {"name": "none"},
    }


def named(name, seed):
    """Returns the illnesses that are named in one search: name, parameters of the condition, sentence."""
    with tempfile.TemporaryDirectory() as out, OneThread() as executor:
        study = study_of(PLANTS[name], seed)
        result = hpsearch.run(study, name="plant", jobs=1, executor=executor, out=out)
        found = ailing(read_study(result.folder))
    return [
        (one.name, sorted({part.name for part in one.condition.parts}) if one.condition else [], one.sentence)
        for one in found
    ]


def row(name, found):
    """Returns the row of a plant, from what was named in each of its searches."""
    plant = PLANTS[name]
    right = [[one for one in search if one[0] in plant.names] for search in found]
    others = Counter(one[0] for search in found for one in search if one[0] not in plant.names)
    n_named = sum(bool(search) for search in (right if plant.names else found))
    n_placed = sum(any(set(one[1]) == plant.where for one in search) for search in right)
    kinds = Counter(one[0] for search in right for one in search)
    return f"{name:38} {n_named:3} of {len(found)}  {n_placed:3}  {dict(kinds)}  others: {dict(others)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", action="append", choices=list(PLANTS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sentences", action="store_true")
    given = parser.parse_args()
    with ProcessPoolExecutor(given.jobs) as pool:
        for name in given.only or PLANTS:
            found = list(pool.map(named, [name] * given.seeds, range(given.seeds)))
            print(row(name, found), flush=True)
            if given.sentences:
                print(json.dumps([one[2] for search in found[:3] for one in search], indent=1), flush=True)


if __name__ == "__main__":
    main()
