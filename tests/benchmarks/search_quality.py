"""How near to the optimum do samplers come on functions whose optimum is known, and what does lookahead cost?

Each search asks the proposer as a run does: when trial n is asked for, trials up to n - lookahead are told.
What counts is the regret of the trial that the search would call its best: by what it saw, which in the
noisy functions is not the truth. A sampler's score is the logarithm of its regret over that of
sequential TPE with the same seed, averaged over functions; the ratio and its band (95 %, over seeds) are
printed after 20, 40, 60 and 100 trials. Regrets below a thousandth of the median trial's count as that.

    python tests/benchmarks/search_quality.py search FILE [--seeds 8] [--jobs 2]
        [--only tpe:1 gp:8 ...] [--trials 100]
    python tests/benchmarks/search_quality.py table FILE

FILE gets a line a search; searches that it has are not repeated. A search with `gp` takes 10 to 20 s.
"""

import argparse
import itertools
import json
import math
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from hpsearch.records import Epoch, History, TrialOutcome, TrialRecord
from hpsearch.strategies import pruning
from hpsearch.strategies.pruners import PRUNERS, Situation
from hpsearch.strategies.samplers import parse_settings
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.spacetable import parse_space

SEARCHES = ("tpe:1", "tpe:4", "tpe:8", "random:1", "qmc:1", "gp:1", "gp:4", "gp:8")
REFERENCE = "tpe:1"
AFTER = (20, 40, 60, 100)
FLOOR = 1e-3
N_EPOCHS = 12
PERCENTILE = pruning.parse_settings({})


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


@dataclass(frozen=True)
class Problem:
    """A function to minimize.

    Attributes:
        function: from a trial's values to a number.
        space: as in a study file.
        optimum: its least value.
        noise: standard deviation of what is seen around it.
        has_epochs: whether trials have curves, are pruned by the default pruner and may diverge.
    """

    function: Callable[[dict], float]
    space: dict
    optimum: float
    noise: float = 0.0
    has_epochs: bool = False


def _box(n, low, high):
    return {f"x{i}": {"low": float(low), "high": float(high)} for i in range(1, n + 1)}


_BRANIN = {"x1": {"low": -5.0, "high": 10.0}, "x2": {"low": 0.0, "high": 15.0}}
PROBLEMS = {
    "branin": Problem(branin, _BRANIN, 0.397887),
    "hartmann6": Problem(hartmann6, _box(6, 0, 1), -3.32237),
    "rosenbrock4": Problem(rosenbrock4, _box(4, -2, 3), 0.0),
    "ackley5": Problem(ackley5, _box(5, -20, 30), 0.0),
    "conditional": Problem(
        conditional,
        {
            "rate": {"low": 1e-5, "high": 1.0, "log": True},
            "kind": {"choices": ["plain", "one", "two"]},
            "momentum": {"low": 0.0, "high": 0.99, "when": {"kind": "one"}},
            "beta": {"low": 0.5, "high": 0.999, "when": {"kind": "two"}},
            "width": {"low": 8, "high": 128, "log": True, "when": {"kind": "two"}},
        },
        0.0,
    ),
    "noisy branin": Problem(branin, _BRANIN, 0.397887, noise=5.0),
    "noisy hartmann6": Problem(hartmann6, _box(6, 0, 1), -3.32237, noise=0.3),
    "net": Problem(
        net,
        {
            "rate": {"low": 1e-5, "high": 1.0, "log": True},
            "decay": {"low": 1e-6, "high": 1e-1, "log": True},
            "momentum": {"low": 0.5, "high": 0.99},
            "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
        },
        0.02,
        noise=0.003,
        has_epochs=True,
    ),
}


def searched(name, search, seed, n_trials):
    """Returns the regret after each trial of a search."""
    problem, (sampler, lookahead) = PROBLEMS[name], search.split(":")
    rng = np.random.default_rng([seed, 1])
    proposer = Proposer(parse_settings({"name": sampler}), seed, parse_space(problem.space))
    records, truths, history = [], [], History.of([], N_EPOCHS)
    for number in range(n_trials):
        if number >= int(lookahead):
            told = records[number - int(lookahead)]
            proposer.tell(told)
            history = history.extended([told.outcome])
        proposal = proposer.ask(number)
        truths.append(problem.function(proposal.params))
        seen = truths[-1] + problem.noise * rng.standard_normal()
        outcome = _trained(problem, number, proposal.params, seen, seed, history)
        records.append(TrialRecord(proposal.params, proposal.attributes, outcome))
    return _regrets(records, truths, problem.optimum)


def _trained(problem, number, params, seen, seed, history):
    if not problem.has_epochs:
        return TrialOutcome(number, "complete", (Epoch(-seen, 0.0, 0.0),))
    if params["rate"] * params["momentum"] > 0.15:
        return TrialOutcome(number, "diverged", (Epoch(math.nan, math.nan, math.nan),))
    speed = 0.2 + 0.8 * math.exp(-((math.log10(params["rate"]) + 1.5) ** 2) / 4)
    curve = []
    for epoch in range(1, N_EPOCHS + 1):
        curve.append((1 - seen) * (1 - 0.7 * math.exp(-speed * epoch)))
        now = Situation(curve, history, number, seed, PERCENTILE.options)
        if epoch < N_EPOCHS and PRUNERS[PERCENTILE.name].decide(now):
            return TrialOutcome(number, "pruned", tuple(Epoch(one, 0.0, 0.0) for one in curve))
    return TrialOutcome(number, "complete", tuple(Epoch(one, 0.0, 0.0) for one in curve))


def _regrets(records, truths, optimum):
    """Returns how far what the search holds for the best is from the optimum, after each trial."""
    best, regrets = None, []
    for record, truth in zip(records, truths, strict=True):
        if record.state == "complete" and (best is None or record.value > best[0]):
            best = (record.value, truth)
        regrets.append(max(truths) - optimum if best is None else best[1] - optimum)
    return regrets


def _job(job):
    with threadpool_limits(limits=1):
        return job, searched(*job)


def search_all(args):
    """Appends to the file what it does not have yet, a seed after the other."""
    done = set() if not args.file.exists() else {tuple(one[:3]) for one in _lines(args.file)}
    jobs = [
        (name, search, seed, args.trials)
        for seed, search, name in itertools.product(
            range(args.first_seed, args.seeds), args.only, args.problems
        )
        if (name, search, seed) not in done
    ]
    with ProcessPoolExecutor(args.jobs) as pool, args.file.open("a") as file:
        for future in as_completed([pool.submit(_job, job) for job in jobs]):
            (name, search, seed, _), regrets = future.result()
            file.write(json.dumps([name, search, seed, regrets]) + "\n")
            file.flush()


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def print_table(args):
    """Prints regrets by function, and ratios to sequential TPE over all functions."""
    rows = [
        {"problem": name, "search": search, "seed": seed, "n": n, "regret": regrets[n - 1]}
        for name, search, seed, regrets in _lines(args.file)
        for n in AFTER
        if n <= len(regrets)
    ]
    frame = pd.DataFrame(rows)
    floors = {
        name: FLOOR
        * np.median([regrets[0] for problem, _, _, regrets in _lines(args.file) if problem == name])
        for name in frame["problem"].unique()
    }
    frame["log"] = np.log(np.maximum(frame["regret"], frame["problem"].map(floors)))
    for n, some in frame.groupby("n"):
        order = [search for search in SEARCHES if search in set(some["search"])]
        medians = some.pivot_table(index="problem", columns="search", values="regret", aggfunc="median")
        print(f"\nafter {n} trials: median regret\n{medians[order].to_string()}")
        print("ratio to sequential TPE, of functions together and of each:")
        for search in order:
            print(f"  {search:9} {_ratio(some, search)}")


def _ratio(some, search):
    logs = some.pivot_table(index=["problem", "seed"], columns="search", values="log")
    if search not in logs:
        return "-"
    gaps = (logs[search] - logs[REFERENCE]).dropna().unstack("problem")
    each = "  ".join(f"{name} {math.exp(gap):.2f}" for name, gap in gaps.mean().items())
    whole = gaps.dropna().mean(axis=1)
    if len(whole) < 2:
        return each
    half = stats.t.ppf(0.975, len(whole) - 1) * whole.std() / math.sqrt(len(whole))
    low, middle, high = (math.exp(whole.mean() + sign * half) for sign in (-1, 0, 1))
    return f"{middle:.2f} ({low:.2f} to {high:.2f}, {len(whole)} seeds): {each}"


def main():
    """Searches, or prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["search", "table"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--only", nargs="+", default=SEARCHES, metavar="SAMPLER:LOOKAHEAD")
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=PROBLEMS)
    args = parser.parse_args()
    search_all(args) if args.what == "search" else print_table(args)


if __name__ == "__main__":
    main()
