"""Made-up searches whose truth is known: real samplers and pruners, pretended training.

    frames = made_up("one", sampler="tpe", seed=3)
    TRUTHS        what decides, and by how much: name -> the true accuracy of a trial's parameters
    MATTERS       name -> the parameters that truly matter in it, where no optimum lies at the end of a range

An image's difficulty is common to all nets; each trial and each epoch adds luck of its own.
"""

from pathlib import Path

import numpy as np
from scipy.special import ndtri

from hpsearch.hits import pack
from hpsearch.records import Cost, Epoch, History, TrialOutcome, TrialRecord
from hpsearch.results.enough import judge
from hpsearch.results.frames import StudyFrames
from hpsearch.results.luck import hits_of
from hpsearch.results.tables import curves_frame, ledger_frame, trials_frame
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.studyfile import from_table

N_EPOCHS = 12
LOOKAHEAD = 8
NAN = float("nan")
SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "reg": {"low": 1e-6, "high": 1e-1, "log": True},
    "weight_scale": {"low": 1e-3, "high": 1e-1, "log": True},
    "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
    "normalization": {"choices": ["none", "batchnorm", "layernorm"]},
    "update_rule": {"choices": ["sgd", "adam"]},
    "activation": {"choices": ["relu"]},
}


def _one(params):
    return 0.96 - 0.10 * abs(np.log10(params["learning_rate"]) + 2.7)


def _two(params):
    return 0.96 - 0.10 * abs(np.log10(params["learning_rate"] * params["weight_scale"]) + 4.5)


def _choice(params):
    return 0.96 - 0.12 * (params["normalization"] == "none")


def _edge(params):
    """The optimum lies beyond the upper end."""
    return 0.78 + 0.06 * (np.log10(params["learning_rate"]) + 4)


def _inside(params):
    """The optimum lies before the upper end by 0.07 of the range."""
    return 0.96 - 0.08 * abs(np.log10(params["learning_rate"]) + 1.21)


def _fragile(params):
    """Without normalization the top is as high, but the learning rate must be right."""
    distance = abs(np.log10(params["learning_rate"]) + 2.2)
    return 0.96 - (0.35 * max(distance - 0.3, 0) if params["normalization"] == "none" else 0.0)


TRUTHS = {
    "none": lambda params: 0.93,
    "one": _one,
    "two": _two,
    "choice": _choice,
    "fragile": _fragile,
    "constant": lambda params: None,
    "edge": _edge,
    "inside": _inside,
}
MATTERS = {
    "none": set(),
    "one": {"learning_rate"},
    "two": {"learning_rate", "weight_scale"},
    "choice": {"normalization"},
    "fragile": {"normalization", "learning_rate"},
    "constant": set(),
}


def made_up(truth, *, sampler="random", pruner="percentile", n=100, seed=0, num_val=500, diverges=None):
    """Returns the frames of a search.

    Args:
        truth: a name in TRUTHS; all accuracies of "constant" are the same.
        diverges: says of a trial's parameters whether its net diverges; None if none does.
    """
    table = {
        "net": {"kind": "FullyConnectedNet", "hidden_dims": [10]},
        "training": {"epochs": N_EPOCHS},
        "space": SPACE,
        "study": {"trials": n, "seed": seed, "lookahead": LOOKAHEAD},
        "sampler": {"name": sampler},
        "pruner": {"name": pruner},
    }
    study = from_table(table, truth, f"{truth}.toml")
    rng = np.random.default_rng(seed)
    difficulty = rng.standard_normal(num_val, np.float32)
    records = _searched(study, lambda params: _train(rng, TRUTHS[truth](params), difficulty), diverges)
    return _frames(study, records, num_val)


def _searched(study, train, diverges):
    """Returns the records of a search in which each trial sees what all but the last few came to."""
    proposer = Proposer(study.sampler, study.seed, study.space)
    history, records, asked = History.of([], N_EPOCHS), [], []
    for number in range(study.trials):
        while number - len(records) >= LOOKAHEAD:
            records.append(asked[len(records)])
            proposer.tell(records[-1])
            history = history.extended([records[-1].outcome])
        proposal = proposer.ask(number)
        if diverges is not None and diverges(proposal.params):
            outcome = TrialOutcome(number, "diverged", (Epoch(NAN, NAN, NAN),), "loss is NaN", Cost(1, 100))
        else:
            outcome = _pruned(study, number, train(proposal.params), history)
        asked.append(TrialRecord(proposal.params, proposal.attributes, outcome))
    return asked


def _train(rng, accuracy, difficulty):
    """Returns which images each epoch of a pretended training gets right, (epochs, images)."""
    n_images = len(difficulty)
    if accuracy is None:
        return np.tile(np.arange(n_images) % 10 != 0, (N_EPOCHS, 1))
    top = ndtri(np.clip(accuracy, 0.1, 0.999)) + rng.normal(0, 0.06)
    speed = rng.uniform(0.4, 0.8)
    quantiles = top - (top + 1.3) * np.exp(-speed * np.arange(1, N_EPOCHS + 1))
    normal = rng.standard_normal
    noise = np.sqrt(0.7) * difficulty + np.sqrt(0.15) * normal(n_images, np.float32)
    return noise + np.sqrt(0.15) * normal((N_EPOCHS, n_images), np.float32) < quantiles[:, None]


def _pruned(study, number, hits, history):
    """Returns the outcome of a trial whose net gets these images right, as the study's pruner ends it."""
    accuracies = hits.mean(axis=1).tolist()
    reason, n_epochs = "", N_EPOCHS
    for epoch in range(1, N_EPOCHS):
        reason = study.pruner.decide(accuracies[:epoch], history, number, study.seed) or ""
        if reason:
            n_epochs = epoch
            break
    curve = tuple(Epoch(a, min(a + 0.01, 1.0), 1 - a) for a in accuracies[:n_epochs])
    best = int(np.argmax(accuracies[:n_epochs]))
    return TrialOutcome(
        number,
        "pruned" if reason else "complete",
        curve,
        reason,
        Cost(n_epochs, 100 * n_epochs, 0.1, 0.1),
        hits=pack(hits[best]),
    )


def _frames(study, records, num_val):
    frames = StudyFrames(
        name=study.name,
        folder=Path("reports") / study.name,
        study=study,
        trials=trials_frame(records, study.space),
        curves=curves_frame(records),
        waiting=0,
        running=0,
        num_train=1000,
        num_val=num_val,
        image_shape=(64,),
        class_names=tuple("0123456789"),
        weights=None,
        ledger=ledger_frame([]),
        test=None,
        digest="",
        hits=hits_of(records, num_val),
    )
    # There is no journal to read them from.
    vars(frames)["enough"] = judge(study, records, frames.trials, num_val, frames.near_best, {})
    return frames
