"""What pruning does to two numbers of a report: does the regret's interval hold, and the tuning curve's band?

Made-up searches whose true accuracies are known.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/pruning.py [regret curve] [--draws 400]

regret: searches of nets as in coverage.py, 20 complete trials and 14 pruned ones, of which a pruned one
would have won; the paired interval of the two. curve: random searches of 60 trials with the percentile
pruner, whose accuracies when they may be pruned are correlated with the last ones; how often the band holds
the whole true curve, with pruned trials as what they had reached, as 0, and as `curve_of` has them.
"""

import argparse
import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
from coverage import accuracies_of_search, draw_hits
from scipy.special import ndtr, ndtri

from hpsearch.results.enough import curve_of
from hpsearch.results.paired import difference_interval
from hpsearch.results.tuning_curve import tuning_curve

N_COMPLETE, N_DRAWN, PERCENTILE, STARTUP = 20, 60, 33, 3
STUDY = SimpleNamespace(sampler=SimpleNamespace(name="random"), enqueued=())


def regret(draws):
    """Yields rows: how often the interval of a regret holds, and by how many points it is too high."""
    for n_images, accuracy in itertools.product((200, 1000), (0.5, 0.9, 0.98)):
        rng, rows = np.random.default_rng(0), []
        while len(rows) < draws:
            truths = accuracies_of_search(rng, "normal", accuracy)
            hits = draw_hits(rng, truths, n_images, "close")
            trials = np.arange(len(truths))
            epochs = hits.sum(axis=2).argmax(axis=1)
            values = hits[trials, epochs].mean(axis=1)
            before, after = values[:N_COMPLETE].argmax(), values.argmax()
            if values[after] > values[before]:
                found = difference_interval(hits[after, epochs[after]], hits[before, epochs[before]])
                truth = truths[after, epochs[after]] - truths[before, epochs[before]]
                rows.append([found.low <= truth <= found.high, found.mean - truth])
        holds, too_high = np.mean(rows, axis=0)
        yield {
            "images": n_images,
            "accuracy": accuracy,
            "holds": f"{100 * holds:.1f}",
            "too high by": f"{100 * too_high:.2f}",
        }


def curve(draws):
    """Yields rows: how often the band of the tuning curve holds, by what a pruned trial counts with."""
    for correlation in (0.5, 0.8, 0.95):
        rng, rows = np.random.default_rng(0), []
        truth = ndtr(ndtri(0.9) + 0.3 * ndtri(0.5 ** (1 / np.arange(1, N_DRAWN + 1))))
        for _ in range(draws):
            trials = pruned_search(rng, correlation)
            is_pruned = trials["state"] == "pruned"
            bands = [
                tuning_curve(trials["value"].to_numpy()),
                tuning_curve(trials["value"].mask(is_pruned, 0.0).to_numpy()),
                curve_of(STUDY, trials),
            ]
            held = [((band["low"] <= truth) & (truth <= band["high"])).all() for band in bands]
            rows.append([is_pruned.mean(), *held, bands[-1]["estimate"].iloc[-1] - truth[-1]])
        pruned, reached, nothing, ours, apart = 100 * np.mean(rows, axis=0)
        yield {
            "correlation": correlation,
            "pruned": f"{pruned:.0f}",
            "holds with what it reached": f"{reached:.1f}",
            "with 0": f"{nothing:.1f}",
            "with 1 in the upper edge": f"{ours:.1f}",
            "curve at 60, points from the truth": f"{apart:.2f}",
        }


def pruned_search(rng, correlation):
    """Returns the trials of a search; one that is not among the best early on keeps its early value."""
    last = rng.standard_normal(N_DRAWN)
    early = correlation * last + np.sqrt(1 - correlation**2) * rng.standard_normal(N_DRAWN)
    first = ndtr(ndtri(0.8) + 0.3 * early)
    final = np.maximum(ndtr(ndtri(0.9) + 0.3 * last), first)
    rows = []
    for number in range(N_DRAWN):
        rivals = [first[row["number"]] for row in rows if row["state"] == "complete"]
        is_out = len(rivals) >= STARTUP and first[number] < np.percentile(rivals, 100 - PERCENTILE)
        state, value = ("pruned", first[number]) if is_out else ("complete", final[number])
        rows.append({"number": number, "state": state, "value": value})
    return pd.DataFrame(rows)


PARTS = {"regret": regret, "curve": curve}


def main():
    """Prints a table for each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; by default all")
    parser.add_argument("--draws", type=int, default=400)
    args = parser.parse_args()
    for part in args.parts or PARTS:
        rows = pd.DataFrame(PARTS[part](args.draws))
        print(f"\n{part}\n|", " | ".join(rows), "|\n|", " | ".join("---" for _ in rows), "|")
        for row in rows.itertuples(index=False):
            print("|", " | ".join(map(str, row)), "|")


if __name__ == "__main__":
    main()
