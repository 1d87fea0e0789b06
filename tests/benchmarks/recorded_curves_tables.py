"""Makes the tables of recorded_curves.py: a line a configuration, its validation accuracy after each epoch.

    python tests/benchmarks/recorded_curves_tables.py study STUDY TABLE [--trials 1000] [--data NAME]
        [--set KEY=VALUE ...]
    python tests/benchmarks/recorded_curves_tables.py errors FOLDER TABLE
    python tests/benchmarks/recorded_curves_tables.py parts FILE TABLE [--parts 20]

study: searches at random and without a pruner in a study folder beside TABLE, or goes on with it. errors:
a folder of JSON files with validation errors as `learning_curve`. parts: a file of JSON lines whose nets
trained for differently many epochs; each curve is read at equal parts of its own training, and a part
takes the place of an epoch. TABLE is a CSV file without a head; nothing follows a net's last finite epoch.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np

import hpsearch

RANDOM = ("sampler.name=random", "pruner.name=none", "study.seed=7")
CHANCE = 1 / 3  # of MultiNLI, whose curves do not begin at the first step


def of_study(args):
    """Returns the curves of a random search, (n_trials, n_epochs)."""
    found = hpsearch.run(
        args.source,
        trials=args.trials,
        jobs=1,
        data=args.data,
        set=[*RANDOM, *args.set],
        out=args.table.parent / args.table.stem,
    )
    return found.curves.pivot(index="number", columns="epoch", values="val_accuracy").to_numpy()


def of_errors(args):
    """Returns one less the errors."""
    return np.array(
        [1 - np.array(json.loads(path.read_text())["learning_curve"]) for path in curve_files(args.source)]
    )


def curve_files(folder):
    """Returns the files of a folder that have a curve, in the order of their numbers."""
    files = sorted(Path(folder).glob("*.json"), key=lambda path: (len(path.name), path.name))
    return [path for path in files if "learning_curve" in json.loads(path.read_text())]


def of_parts(args):
    """Returns accuracies at equal parts of each net's own training."""
    return in_parts(map(json.loads, Path(args.source).read_text().splitlines()), args.parts)


def in_parts(nets, n_parts):
    """Returns the curves of nets at equal parts of their training, (n_nets, n_parts)."""
    return np.array([_in_parts(*_steps(net), n_parts) for net in nets])


def _steps(row):
    """Returns when a net was looked at, what it had then, and how long it was to train."""
    if "learning_curves" in row:
        steps, accuracies = zip(*row["learning_curves"]["matched"], strict=True)
        return [0, *steps], [CHANCE, *accuracies], row["total_model_steps"]
    return (
        [0, *(one["epoch"] + 1 for one in row["learning_curve"])],
        [0.0, *(one["top_1"] for one in row["learning_curve"])],
        row["epochs"],
    )


def _in_parts(steps, accuracies, n_steps, n_parts):
    at = np.arange(1, n_parts + 1) * n_steps / n_parts
    curve = np.interp(at, steps, accuracies)
    curve[at > steps[-1] + 1e-9] = math.nan
    return curve


KINDS = {"study": of_study, "errors": of_errors, "parts": of_parts}


def main():
    """Writes the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("source")
    parser.add_argument("table", type=Path)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--data", help="the data set of the study, where the file asks for another one")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE")
    parser.add_argument("--parts", type=int, default=20)
    args = parser.parse_args()
    np.savetxt(args.table, KINDS[args.kind](args), fmt="%.6g", delimiter=",")


if __name__ == "__main__":
    main()
