"""Are other defaults better? Two ways to pair them, by whole searches or by equal random settings.

An arm is a study with its `--set`. For each seed, of the search as of the split, `measure` searches, trains
the winner's parameters on five fresh seeds and tests these nets, as `hpsearch test` does. It writes a line a
seed into FOLDER/NAME.jsonl and skips the seeds that are there. `compare` prints the mean differences of arms
from the first one in percentage points, with standard errors, over the seeds of both.

    PYTHONPATH=.:tests python tests/benchmarks/defaults.py measure FOLDER NAME [--study convnet]
        [--data digits] [--first 0] [--seeds 12] [--trials 100] [--set data.preprocessing=mean_std ...]
    PYTHONPATH=.:tests python tests/benchmarks/defaults.py compare FOLDER NAME NAME [NAME ...]

An arm of older code is measured with its checkout in PYTHONPATH in the place of this one.

Searches that draw at random and prune nothing draw the same settings whatever the defaults are, so each trial
has its like in the other study, with the same seeds, and fewer epochs tell defaults apart.
`settings` prints the median of the trials that all studies have, what the best of ten and of thirty of them
reach in validation accuracy on the average, and the differences from the first study, with standard errors by
a bootstrap over settings.

    hpsearch run --study fcnet --set sampler.name=random --set pruner.name=none --out A ...
    PYTHONPATH=.:tests python tests/benchmarks/defaults.py settings A/fcnet B/fcnet [...]
"""

import argparse
import json
import math
import statistics
import tempfile
from pathlib import Path

import numpy as np
from in_one_thread import OneThread

import hpsearch

N_FRESH = 5
N_DRAWS = 1000
STATISTICS = {"median": None, "best of 10": 10, "best of 30": 30}
# Fashion-MNIST with as few images as decide on digits, and all that there are to test
SOURCES = {
    "digits": [],
    "fashion-mnist": [
        "data.num_train=1000",
        "data.num_val=500",
        "data.num_test=10000",
        "training.epochs=15",
        "training.batch_size=64",
    ],
}


def searched(options, seed):
    """Returns what one search found: a row of the file of its arm."""
    settings = [*SOURCES[options.data], f"data.split_seed={seed}", *options.overrides]
    with tempfile.TemporaryDirectory() as out, OneThread() as executor:
        result = hpsearch.run(
            options.study,
            trials=options.trials,
            seed=seed,
            jobs=1,
            executor=executor,
            data=options.data if options.data != "digits" else None,
            set=settings,
            out=out,
        )
        best = result.best
        return {
            "seed": seed,
            "val": best["value"],
            "test": result.test(seeds=N_FRESH, jobs=1).accuracy,
            "epochs": len(result.curves),
            "params": best["params"],
        }


def read(folder, name):
    """Returns the rows of an arm by seed."""
    path = folder / f"{name}.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {row["seed"]: row for row in map(json.loads, lines)}


def measure(options):
    """Searches with the seeds that the arm's file lacks."""
    options.folder.mkdir(parents=True, exist_ok=True)
    done = read(options.folder, options.name)
    for seed in range(options.first, options.seeds):
        if seed not in done:
            row = json.dumps(searched(options, seed))
            with open(options.folder / f"{options.name}.jsonl", "a", encoding="utf-8") as file:
                print(row, file=file)


def difference(rows, others, column):
    """Returns the mean difference in percentage points of `rows` from `others`, with its standard error."""
    values = [100 * (rows[seed][column] - others[seed][column]) for seed in rows.keys() & others.keys()]
    return f"{statistics.mean(values):+.2f} ± {statistics.stdev(values) / math.sqrt(len(values)):.2f}"


def compare(options):
    """Prints a row an arm: means, and differences from the first arm."""
    first, *_ = arms = {name: read(options.folder, name) for name in options.names}
    print("| arm | seeds | validation | test | epochs | validation against | test against |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, rows in arms.items():
        means = {key: statistics.mean(row[key] for row in rows.values()) for key in ("val", "test", "epochs")}
        against = [difference(rows, arms[first], key) if name != first else "" for key in ("val", "test")]
        shown = [f"{100 * means['val']:.2f}", f"{100 * means['test']:.2f}", f"{means['epochs']:.0f}"]
        print("|", " | ".join([name, str(len(rows)), *shown, *against]), "|")


def reached(values, n):
    """Returns what the best of `n` values drawn with replacement is on the average, or the median of all."""
    if n is None:
        return np.median(values)
    ranks = np.arange(len(values) + 1) / len(values)
    return np.sort(values) @ np.diff(ranks**n)


def differences(values, first, n):
    """Returns the difference in percentage points of what is reached, with its standard error."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(values), size=(N_DRAWS, len(values)))
    spread = np.std([reached(values[some], n) - reached(first[some], n) for some in drawn])
    return f"{100 * (reached(values, n) - reached(first, n)):+.2f} ± {100 * spread:.2f}"


def settings(options):
    """Prints a row a study: what its trials reach, and differences from the first study."""
    values = {path: hpsearch.load(path).trials.set_index("number")["value"] for path in options.folders}
    common = sorted(set.intersection(*(set(one.index) for one in values.values())))
    arms = {path: one.loc[common].fillna(0.0).to_numpy() for path, one in values.items()}
    first = arms[options.folders[0]]
    print(f"{len(common)} settings |", " | ".join(f"{name} | against" for name in STATISTICS))
    for path, arm in arms.items():
        shown = [(f"{100 * reached(arm, n):.2f}", differences(arm, first, n)) for n in STATISTICS.values()]
        print(path, "|", " | ".join(f"{value} | {against}" for value, against in shown))


def main():
    """Measures an arm, or compares some."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("measure")
    one.add_argument("folder", type=Path)
    one.add_argument("name")
    one.add_argument("--study", default="convnet")
    one.add_argument("--data", choices=SOURCES, default="digits")
    one.add_argument("--first", type=int, default=0, help="the first seed")
    one.add_argument("--seeds", type=int, default=12, help="the seed to stop before")
    one.add_argument("--trials", type=int, default=100)
    one.add_argument("--set", dest="overrides", action="append", default=[])
    one.set_defaults(command=measure)
    several = commands.add_parser("compare")
    several.add_argument("folder", type=Path)
    several.add_argument("names", nargs="+")
    several.set_defaults(command=compare)
    pairs = commands.add_parser("settings")
    pairs.add_argument("folders", nargs="+", type=Path)
    pairs.set_defaults(command=settings)
    options = parser.parse_args()
    options.command(options)


if __name__ == "__main__":
    main()
