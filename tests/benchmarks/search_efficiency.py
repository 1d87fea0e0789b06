"""How many epochs does a search need to be as good as random search without pruning?

For each study seed, random search trains 60 whole trials; its best validation accuracy is the mark.
The search under test trains trials of the same study until one reaches the mark; the epochs of all its
trials up to there, over the epochs of the 60, are the ratio. Epochs do not depend on the machine's load.

    python tests/benchmarks/search_efficiency.py [--study fcnet] [--data digits] [--seeds 10]
        [--set pruner.name=hyperband ...] [--out FOLDER]

Other settings than the study file's stand in `--set`. With `--out`, searches are kept, and done ones are
not repeated.
"""

import argparse
import math
import statistics
import tempfile
from pathlib import Path

import hpsearch

N_RANDOM = 60
N_TRIALS = (20, 40, 80, 160)  # as far as it takes
RANDOM = ["sampler.name=random", "pruner.name=none"]
# Fashion-MNIST in the size of the digits, so that ten seeds take minutes
SOURCES = {
    "digits": [],
    "fashion-mnist": ["data.source=fashion-mnist", "data.num_train=1000", "data.num_val=500"],
}


def random_search(args, folder, seed):
    """Returns the mark of random search and its epochs."""
    frame = curves(args, folder, seed, RANDOM, N_RANDOM)
    return frame["val_accuracy"].max(), len(frame)


def epochs_to(mark, args, folder, seed):
    """Returns how many epochs the search trains up to the end of the trial that reaches the mark."""
    for n_trials in N_TRIALS:
        frame = curves(args, folder, seed, args.overrides, n_trials)
        best, epochs = (frame.groupby("number")["val_accuracy"].agg(how) for how in ("max", "size"))
        reached = best[best >= mark]
        if not reached.empty:
            return int(epochs.loc[: reached.index[0]].sum())
    return math.inf


def curves(args, folder, seed, overrides, n_trials):
    """Returns the curves of a search, one row an epoch, in the order of trials."""
    sets = [*SOURCES[args.data], *overrides, f"study.seed={seed}"]
    result = hpsearch.run(args.study, trials=n_trials, set=sets, out=folder / str(seed))
    return result.curves


def main():
    """Prints a row a seed, and the median."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", default="fcnet")
    parser.add_argument("--data", default="digits", choices=SOURCES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = (args.out or Path(temporary)) / f"{args.study}-{args.data}"
        name = " ".join(args.overrides).replace("/", "_") or "as it is"
        ratios = []
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            mark, n_epochs = random_search(args, out / "random", seed)
            ratios.append(epochs_to(mark, args, out / name, seed) / n_epochs)
            print(f"  seed {seed}: {mark:.4f} in {n_epochs} epochs; ratio {ratios[-1]:.2f}", flush=True)
        print(f"{args.study} on {args.data}, {name}: median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
