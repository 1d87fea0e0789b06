"""How near to the best do searches come with the same epochs, against Optuna's and against random search?

Problems are functions with a known optimum and nets that are really trained (`problems.py`). Ours are named
SAMPLER:LOOKAHEAD or SAMPLER:LOOKAHEAD:PRUNER, with options as in "gp:4:asha min_epochs=2": the proposer is
asked as a run does it, so that trial n knows trials up to n - lookahead. Optuna's are named
optuna:SAMPLER:PRUNER and are sequential, which is the best that they can be. All see the same nets: a trial's
seed is the search's and its number.

What counts is the regret of the trial that the search would call its best: by what it saw, which in noisy
functions is not the truth. A score is the logarithm of the regret over that of the reference with the same
seed, averaged over problems; the ratio and its band (95 %, over seeds) are printed after a tenth, a quarter,
half and all of the epochs of a search: those of 100 evaluations, or of 40 nets trained to their ends.
Regrets below a thousandth of the median first trial's, or half a validation image, count as that.

    python tests/benchmarks/search_quality.py search FILE [--seeds 20] [--jobs 2]
        [--problems branin "digits fcnet" ...] [--only tpe:4 optuna:tpe:median ...]
    python tests/benchmarks/search_quality.py table FILE [--reference optuna:tpe:hyperband]

FILE gets a line a search; searches that it has are not repeated. A search with Optuna's `gp` takes minutes.
"""

import argparse
import itertools
import json
import math
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from problems import NAMES, problem
from recorded_surrogates import RECORDED
from scipy import stats
from threadpoolctl import threadpool_limits

from hpsearch.records import CONTINUES, Epoch, History, Proposal, TrialOutcome, TrialRecord
from hpsearch.space import suggest
from hpsearch.strategies import pruning
from hpsearch.strategies.promotions import next_to_go_on
from hpsearch.strategies.samplers import parse_settings
from hpsearch.strategies.sampling import Proposer

SEARCHES = (
    "tpe:1",
    "tpe:4",
    "tpe:8",
    "tpe:4:asha",
    "gp:4",
    "random:1:none",
    "optuna:tpe:median",
    "optuna:tpe:halving",
    "optuna:tpe:hyperband",
    "optuna:gp:median",
    "optuna:gp:halving",
    "optuna:gp:hyperband",
)
FRACTIONS = (0.1, 0.25, 0.5, 1.0)
N_EVALUATIONS, N_WHOLE_NETS = 100, 40
FLOOR = 1e-3

OPTUNA_SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
}
OPTUNA_PRUNERS = {
    "none": lambda n_epochs: optuna.pruners.NopPruner(),
    "median": lambda n_epochs: optuna.pruners.MedianPruner(n_warmup_steps=2),
    "halving": lambda n_epochs: optuna.pruners.SuccessiveHalvingPruner(),
    "hyperband": lambda n_epochs: optuna.pruners.HyperbandPruner(max_resource=n_epochs),
}


def budget(of):
    """Returns how many epochs a search of a problem may spend."""
    return N_EVALUATIONS if of.n_epochs == 1 else N_WHOLE_NETS * of.n_epochs


def ours(of, seed, sampler, lookahead, pruner):
    """Yields (params, epochs, value) of the trials of a search; the value of one that did not end is None."""
    proposer = Proposer(parse_settings({"name": sampler}), seed, of.space)
    settings = pruning.parse_settings(_pruner_table(pruner))
    records, taken, paused, history = [], set(), {}, History.of([], of.n_epochs)
    for number in itertools.count():
        if number >= lookahead:
            told = records[number - lookahead]
            proposer.tell(told)
            history = history.extended([told.outcome])
        known = records[: len(history.complete)]
        last = next_to_go_on(known, taken, settings) if settings.pauses else None
        if last is None:
            proposal, curve = proposer.ask(number), []
            values = of.curve(proposal.params, seed, number)
        else:
            proposal = Proposal(last.params, {CONTINUES: last.number})
            proposer.take_up(number, proposal)
            taken.add(last.number)
            values, curve = paused.pop(last.number)
        n_before, state = len(curve), "complete"
        for value in values:
            curve = [*curve, value]
            if math.isnan(value):
                state = "diverged"
            elif len(curve) < of.n_epochs and settings.decide(curve, history, number, seed, n_before):
                state = "pruned"
            if state != "complete":
                break
        if settings.pauses and state == "pruned":
            paused[number] = values, curve
        outcome = TrialOutcome(number, state, tuple(Epoch(value, 0.0, 0.0) for value in curve))
        records.append(TrialRecord(proposal.params, proposal.attributes, outcome))
        yield proposal.params, len(curve) - n_before, outcome.value if state == "complete" else None


def _pruner_table(pruner):
    """Returns what a study file would say; of "asha min_epochs=2" name and option, of None nothing."""
    if pruner is None:
        return {}
    name, *options = pruner.split()
    return {"name": name, **{key: int(value) for key, value in (one.split("=") for one in options)}}


def optunas(of, seed, sampler, pruner):
    """Yields the same of a search of Optuna's; a diverged trial is told as a pruned one there too."""
    made = OPTUNA_SAMPLERS[sampler](seed), OPTUNA_PRUNERS[pruner](of.n_epochs)
    study = optuna.create_study(direction="maximize", sampler=made[0], pruner=made[1], study_name=str(seed))
    while True:
        trial = study.ask()
        params, curve = suggest(trial, of.space), []
        is_complete = True
        for value in of.curve(params, seed, trial.number):
            curve.append(value)
            if math.isnan(value):
                is_complete = False
                break
            trial.report(value, len(curve))
            if len(curve) < of.n_epochs and trial.should_prune():
                is_complete = False
                break
        state = optuna.trial.TrialState.COMPLETE if is_complete else optuna.trial.TrialState.PRUNED
        study.tell(trial, max(curve) if is_complete else None, state=state)
        yield params, len(curve), max(curve) if is_complete else None


def searched(name, search, seed):
    """Returns [epochs so far, worth of what the search holds for its best] after each of its trials."""
    of, (kind, *rest) = problem(name), search.split(":")
    if kind == "optuna":
        trials = optunas(of, seed, *rest)
    else:
        trials = ours(of, seed, kind, int(rest[0]), rest[1] if len(rest) > 1 else None)
    found, spent, best = [], 0, None
    while spent < budget(of):
        params, n_epochs, value = next(trials)
        spent += n_epochs
        if value is not None and (best is None or value > best[0]):
            best = (value, of.truth(params) if of.truth else value)
        if spent <= budget(of):
            found.append([spent, None if best is None else best[1]])
    return found


def _job(job):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna's, on what is experimental
        return job, searched(*job)


def search_all(args):
    """Appends to the file what it does not have yet, a seed after the other."""
    done = set() if not args.file.exists() else {tuple(one[:3]) for one in _lines(args.file)}
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    jobs = [
        (name, search, seed)
        for seed, name, search in itertools.product(seeds, args.problems, args.only)
        if (name, search, seed) not in done
    ]
    with ProcessPoolExecutor(args.jobs) as pool, args.file.open("a") as file:
        for future in as_completed([pool.submit(_job, job) for job in jobs]):
            job, found = future.result()
            file.write(json.dumps([*job, found]) + "\n")
            file.flush()


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def regrets(lines):
    """Returns a row a search and fraction of its epochs: problem, search, seed, fraction, regret, its log.

    Before its first trial has ended a search has the worth of the worst that any search held.
    """
    rows = []
    for name in dict.fromkeys(line[0] for line in lines):
        of, some = problem(name), [line for line in lines if line[0] == name]
        worths = [worth for *_, found in some for _, worth in found if worth is not None]
        optimum = max(worths) if of.optimum is None else of.optimum
        firsts = [next(worth for _, worth in found if worth is not None) for *_, found in some]
        floor = max(of.resolution, FLOOR * (optimum - float(np.median(firsts))))
        for _, search, seed, found in some:
            for fraction in FRACTIONS:
                within = [worth for spent, worth in found if spent <= fraction * budget(of)]
                held = within[-1] if within and within[-1] is not None else min(worths)
                regret = optimum - held
                rows.append((name, search, seed, fraction, regret, math.log(max(regret, floor))))
    return pd.DataFrame(rows, columns=["problem", "search", "seed", "fraction", "regret", "log"])


def print_table(args):
    """Prints median regrets by problem, and ratios to the reference over all problems."""
    frame = regrets(_lines(args.file))
    for fraction, some in frame.groupby("fraction"):
        order = list(dict.fromkeys([*SEARCHES, *some["search"]]))
        medians = some.pivot_table(index="search", columns="problem", values="regret", aggfunc="median")
        print(f"\nafter {fraction:.0%} of the epochs: median regret")
        print(medians.reindex([one for one in order if one in medians.index]).to_string(float_format="%.3g"))
        print(f"regret over that of {args.reference}, of problems together and of each:")
        for search in order:
            print(f"  {search:22} {_ratio(some, search, args.reference)}")


def _ratio(some, search, reference):
    logs = some.pivot_table(index=["problem", "seed"], columns="search", values="log")
    if search not in logs or reference not in logs:
        return "-"
    gaps = (logs[search] - logs[reference]).dropna().unstack("problem")
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
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=SEARCHES, metavar="SEARCH")
    parser.add_argument("--problems", nargs="+", default=NAMES, choices=[*NAMES, *RECORDED])
    parser.add_argument("--reference", default="optuna:tpe:median")
    args = parser.parse_args()
    search_all(args) if args.what == "search" else print_table(args)


if __name__ == "__main__":
    main()
