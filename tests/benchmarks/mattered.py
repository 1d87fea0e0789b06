"""On how many pages is a parameter said to matter that does not, and how often is one found that does?

Made-up searches of parameters of which every third is a choice. What a trial comes to is what decides in
its world plus normal noise.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/mattered.py [none one weak choice ridge three fragile xor]
        [--sampler random tpe gp] [--parameters 3 6 8 12] [--trials 20 40 100 200] [--pages 500]

Prints, for each world and sampler, number of parameters and of trials, the percent of pages that name
something false, and of the parameters that decide those that are named.
"""

import argparse
import itertools

import numpy as np
import pandas as pd

from hpsearch.records import Cost, Epoch, TrialOutcome, TrialRecord
from hpsearch.results.importance import importances, mattered
from hpsearch.results.landscape import landscape_of
from hpsearch.space import Parameter
from hpsearch.strategies.samplers import parse_settings
from hpsearch.strategies.sampling import Proposer

LOOKAHEAD = 4
NOISE = 0.01
# What decides, in deviations of the noise, and the parameters of which it is a function.
WORLDS = {
    "none": (lambda p: 0.0, ()),
    "one": (lambda p: -4 * abs(p["p0"] - 0.45), ("p0",)),
    "weak": (lambda p: -2.8 * abs(p["p0"] - 0.45), ("p0",)),
    "choice": (lambda p: -1.5 * (p["p2"] == "a"), ("p2",)),
    "ridge": (lambda p: -4 * abs(p["p0"] + p["p1"] - 1), ("p0", "p1")),
    "three": (
        lambda p: -3 * abs(p["p0"] - 0.4) - 3 * abs(p["p1"] - 0.6) - 1.2 * (p["p2"] == "a"),
        ("p0", "p1", "p2"),
    ),
    "fragile": (lambda p: -8 * max(abs(p["p0"] - 0.6) - 0.15, 0) * (p["p2"] == "a"), ("p0", "p2")),
    "xor": (lambda p: 2 * ((p["p0"] > 0.5) ^ (p["p1"] > 0.5)), ("p0", "p1")),
}


def space(n):
    """Returns n parameters: every third is a choice, of two and three by turns."""
    return [
        Parameter(f"p{i}", "choice", choices=("a", "b", "c")[: 2 + i % 2])
        if i % 3 == 2
        else Parameter(f"p{i}", "float", 0.0, 1.0)
        for i in range(n)
    ]


def searched(world, sampler, parameters, n_trials, seed):
    """Returns the trials of a search and what each came to, as frames."""
    truth, _ = WORLDS[world]
    rng = np.random.default_rng([seed, len(parameters)])
    proposer = Proposer(parse_settings({"name": sampler}), seed, tuple(parameters))
    records = []
    for number in range(n_trials):
        if number >= LOOKAHEAD:
            proposer.tell(records[number - LOOKAHEAD])
        proposal = proposer.ask(number)
        value = 0.9 + NOISE * (truth(proposal.params) + rng.standard_normal())
        outcome = TrialOutcome(number, "complete", (Epoch(value, value, 1 - value),), "", Cost(1, 1, 1, 1))
        records.append(TrialRecord(proposal.params, proposal.attributes, outcome))
    columns = {f"params.{p.name}": [one.params[p.name] for one in records] for p in parameters}
    values = [one.outcome.curve[0].val_accuracy for one in records]
    trials = pd.DataFrame({"number": range(n_trials), "state": "complete", "value": values, **columns})
    return trials, pd.DataFrame({"number": range(n_trials), "epoch": 1, "val_accuracy": values})


def named(trials, curves, parameters, n_trials):
    """Returns what the page of the first trials names."""
    told = landscape_of(trials.head(n_trials), curves.head(n_trials), parameters)
    return set(mattered(importances(told)))


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", nargs="*", default=[*WORLDS])
    parser.add_argument("--sampler", nargs="*", default=["random"])
    parser.add_argument("--parameters", nargs="*", type=int, default=[3, 6, 8, 12])
    parser.add_argument("--trials", nargs="*", type=int, default=[20, 40, 100, 200])
    parser.add_argument("--pages", type=int, default=500)
    given = parser.parse_args()
    print("world, sampler, parameters, trials: false pages, found, in percent")
    for world, sampler, n in itertools.product(given.worlds, given.sampler, given.parameters):
        truth, parameters = {*WORLDS[world][1]}, space(n)
        rows = {n_trials: [] for n_trials in given.trials}
        for seed in range(given.pages):
            trials, curves = searched(world, sampler, parameters, max(given.trials), seed)
            for n_trials, row in rows.items():
                names = named(trials, curves, parameters, n_trials)
                row.append([bool(names - truth), len(names & truth) / max(len(truth), 1)])
        for n_trials, row in rows.items():
            false, found = 100 * np.mean(row, axis=0)
            print(f"{world:8} {sampler:6} {n:3} {n_trials:4} {false:6.1f} {found:6.1f}", flush=True)


if __name__ == "__main__":
    main()
