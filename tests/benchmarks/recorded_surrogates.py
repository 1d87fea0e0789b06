"""Surrogates of recorded curves: what a forest expects of nets with other parameters than those trained.

Each is a problem of `search_quality.py`, of a file or folder that README.md names, in the folder that the
environment variable RECORDED_CURVES names. A net's curve is that of 300 extremely randomized trees on
log-odds of accuracies, and what they are out at the nearest recorded net (at most the median of that), so
that early epochs do not tell the end better than they really do. It diverges where most of 200 trees say so,
when its nearest diverged neighbour did.
"""

import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import recorded_curves_tables as tables
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

FOLDER = "RECORDED_CURVES"


@dataclass(frozen=True)
class Recorded:
    """Recorded nets.

    Attributes:
        place: a file of JSON lines, or a folder with a JSON file a net.
        n_epochs: parts of its training at which the curve of a line is read.
        space: as in a study file.
        of_net: from a net's entries to the values of these parameters, in their order.
    """

    place: str
    n_epochs: int
    space: dict
    of_net: Callable[[dict], tuple]

    def read(self):
        """Returns the values of the parameters, a row a net, and the curves (n_nets, n_epochs)."""
        place = Path(os.environ[FOLDER]) / self.place
        if place.is_dir():
            nets = [json.loads(path.read_text()) for path in tables.curve_files(place)]
            curves = [1 - np.array(net["learning_curve"]) for net in nets]
            return [self.of_net(net["config"]) for net in nets], np.array(curves)
        nets = [json.loads(line) for line in place.read_text().splitlines()]
        return [self.of_net(net) for net in nets], tables.in_parts(nets, self.n_epochs)

    def scaled(self, values):
        """Returns values as numbers between which distances mean something."""
        pairs = zip(values, self.space.values(), strict=True)
        return [math.log(value) if one.get("log") else value for value, one in pairs]


def _images(model, folder):
    return Recorded(
        f"data/{folder}/{model}_tuning.results.jsonl",
        20,
        {
            "epochs": {"low": 20, "high": 100},
            "batch_size": {"low": 128, "high": 1024, "log": True},
            "learning_rate": {"low": 5e-3, "high": 50.0, "log": True},
            "peak": {"low": 0.0, "high": 0.8},
            "momentum": {"low": 0.7, "high": 0.999},
            "weight_decay": {"low": 1e-6, "high": 1e-3, "log": True},
            "label_smoothing": {"low": 0.0, "high": 0.5},
        },
        lambda net: (
            net["epochs"],
            net["batch_size"],
            net["lr"],
            net["lr_peak_epoch"] / net["epochs"],
            net["momentum"],
            net["weight_decay"],
            net["label_smoothing"],
        ),
    )


def _texts(model):
    return Recorded(
        f"data/deberta/{model}_tuning.results.jsonl",
        8,
        {
            "epochs": {"low": 1, "high": 4},
            "batch_size": {"low": 16, "high": 64},
            "learning_rate": {"low": 1e-6, "high": 1e-3, "log": True},
            "warmup": {"low": 0.0, "high": 0.6},
            "dropout": {"low": 0.0, "high": 0.3},
        },
        lambda net: (
            net["num_train_epochs"],
            net["train_batch_size"],
            net["learning_rate"],
            net["warmup_steps"] / net["total_model_steps"],
            net["cls_drop_out"],
        ),
    )


_WIDTH = {"low": 4.0, "high": 10.0}
RECORDED = {
    "alexnet": _images("alexnet", "alexnet"),
    "convnext-tiny": _images("convnext-tiny", "convnext"),
    "deberta-base": _texts("deberta-base"),
    "deberta-v3-base": _texts("deberta-v3-base"),
    "klein-cifar10": Recorded(
        "final_project",
        40,
        {
            "batch_size": {"low": 32.0, "high": 512.0},
            "log2_n_units_1": _WIDTH,
            "log2_n_units_2": _WIDTH,
            "log2_n_units_3": _WIDTH,
            "log10_learning_rate": {"low": -6.0, "high": 0.0},
        },
        lambda net: (
            net["batch_size"],
            *(net[f"log2_n_units_{layer}"] for layer in (1, 2, 3)),
            net["log10_learning_rate"],
        ),
    ),
}


@cache
def surrogate(name):
    """Returns a function from values by parameter to a curve, (n_epochs,), NaN from where it diverges."""
    recorded = RECORDED[name]
    values, curves = recorded.read()
    x = np.array([recorded.scaled(one) for one in values], dtype=float)
    low, width = x.min(axis=0), np.ptp(x, axis=0)
    x, converges = (x - low) / width, np.isfinite(curves).all(axis=1)
    bounded = np.clip(curves[converges], 1e-4, 1 - 1e-4)
    odds = np.log(bounded / (1 - bounded))
    forest = ExtraTreesRegressor(300, bootstrap=True, oob_score=True, random_state=0).fit(x[converges], odds)
    rest = odds - forest.oob_prediction_
    size = np.median(np.abs(rest), axis=0)
    if not converges.all():
        judge = ExtraTreesClassifier(200, min_samples_leaf=2, random_state=0).fit(x, converges)
        ends = np.isnan(curves[~converges]).argmax(axis=1)

    def curve(params):
        at = (np.array(recorded.scaled([params[one] for one in recorded.space]), dtype=float) - low) / width
        near = _nearest(x[converges], at)
        found = 1 / (1 + np.exp(-forest.predict(at[None])[0] - np.clip(rest[near], -size, size)))
        if not converges.all() and judge.predict_proba(at[None])[0, 1] < 0.5:
            found[ends[_nearest(x[~converges], at)] :] = math.nan
        return found

    return curve


def _nearest(points, at):
    return int(((points - at) ** 2).sum(axis=1).argmin())
