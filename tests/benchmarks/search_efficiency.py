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

N_RANDOM, N_TRIALS = 60, 120
RANDOM = ["sampler.name=random", "pruner.name=none"]
# Fashion-MNIST in the size of the digits, so that ten seeds take minutes
SOURCES = {
    "digits": [],
    "fashion-mnist": ["data.source=fashion-mnist", "data.num_train=2000", "data.num_val=1000"],
}


def curves(args, folder, seed, overrides, n_trials):
    """Returns the curves of a search, one row an epoch, in the order of trials."""
    sets = [*SOURCES[args.data], *overrides, f"study.seed={seed}"]
    result = hpsearch.run(args.study, trials=n_trials, overrides=sets, out=folder / str(seed))
    return result.curves


def epochs_to(mark, frame):
    """Returns how many epochs were trained up to the end of the trial that reached the mark."""
    best, epochs = (frame.groupby("number")["val_accuracy"].agg(how) for how in ("max", "size"))
    reached = best[best >= mark]
    return math.inf if reached.empty else int(epochs.loc[: reached.index[0]].sum())


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
            random = curves(args, out / "random", seed, RANDOM, N_RANDOM)
            frame = curves(args, out / name, seed, args.overrides, N_TRIALS)
            mark, most = random["val_accuracy"].max(), len(random)
            ratios.append(epochs_to(mark, frame) / most)
            print(
                f"  seed {seed}: random {mark:.4f} in {most} epochs; "
                f"{frame['val_accuracy'].max():.4f} in {len(frame)}; ratio {ratios[-1]:.2f}",
                flush=True,
            )
        print(f"{args.study} on {args.data}, {name}: median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
