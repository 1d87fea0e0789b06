"""What pruning does to three numbers of a report: do the intervals of regret, winner and tuning curve hold?

Made-up searches whose true accuracies are known.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/pruning.py [regret winner pruners race curve] [--draws 400]

regret: searches of nets as in coverage.py, 20 complete trials and 14 pruned ones, of which a pruned one
would have won; the paired interval of the two. winner: searches of 100 trials, whole and pruned by the
percentile on the same images; the corrected interval. pruners: the same by other pruners, each deciding as in
a search; and how often a best trial is within noise of the best. race: the finalists of the percentile's ones
on fresh seeds, as in coverage.py; what the choice of one is worth. curve: random searches of 60 trials with
the percentile pruner, whose accuracies when they may be pruned are correlated with the last ones; how often
the band holds the whole true curve, with pruned trials as what they had reached, as 0, and as `curve_of` has
them.
"""

import argparse
import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
from coverage import (
    KINSHIPS,
    N_FINALISTS,
    N_SEEDS,
    accuracies_of_search,
    draw_hits,
    holds,
    run_race,
)
from scipy.special import ndtr, ndtri

from hpsearch.records import CONTINUES, Epoch, History, TrialOutcome, TrialRecord
from hpsearch.results.enough import curve_of
from hpsearch.results.kept_luck import share_kept
from hpsearch.results.paired import difference_interval
from hpsearch.results.pruning_luck import luck_left
from hpsearch.results.racing import worth_of_choice
from hpsearch.results.rivals import within_noise
from hpsearch.results.selection import corrected_winner, luck_of_best_few
from hpsearch.results.tuning_curve import tuning_curve
from hpsearch.strategies.promotions import next_to_go_on
from hpsearch.strategies.pruning import parse_settings

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


N_TRIALS, N_SAMPLES = 100, 150
EPOCHS = np.array([-0.5, -0.35, -0.25, -0.18, -0.12, -0.08, -0.05, -0.03, -0.01, 0.0])  # as quantiles
QUALITIES = {
    "equal": lambda rng: np.zeros(N_TRIALS),
    "normal": lambda rng: rng.normal(0, 0.15, N_TRIALS),
    "one-sided": lambda rng: -rng.exponential(0.4, N_TRIALS),
    "plateau": lambda rng: -np.where(rng.random(N_TRIALS) < 0.3, 0, rng.exponential(0.8, N_TRIALS)),
}


def winner(draws):
    """Yields rows: by how many points the corrected winner is too high, and if its interval holds."""
    kinds = itertools.product(((200, 0.9), (500, 0.98), (1000, 0.9)), QUALITIES, KINSHIPS)
    for (n_images, accuracy), quality, kinship in kinds:
        rng, rows = np.random.default_rng(0), []
        for _ in range(draws):
            truths = ndtr(ndtri(accuracy) + QUALITIES[quality](rng)[:, None] + EPOCHS)
            hits = draw_hits(rng, truths, n_images, kinship)
            reached = epochs_reached(hits.mean(axis=2))
            complete = np.flatnonzero(reached == len(EPOCHS))
            row = []
            for left in (np.arange(N_TRIALS), complete):
                found = corrected_winner(hits[left].reshape(-1, n_images), rng, N_SAMPLES)
                if left is complete:
                    seen = [one[:n] for one, n in zip(hits, reached, strict=True)]
                    later = {trial: hits[trial, found.candidate % len(EPOCHS)] for trial in complete}
                    luck = luck_left(seen, reached == len(EPOCHS), later, rng)
                    found = found.without_pruners_luck(luck, n_images)
                truth, (low, high) = truths[left].ravel()[found.candidate], found.corrected_interval
                row += [found.value - truth, found.corrected_accuracy - truth, low <= truth <= high]
            rows.append([*row, len(complete) / 100])
        raw, whole, held, raw_pruned, pruned, held_pruned, n_left = 100 * np.mean(rows, axis=0)
        yield {
            "images": n_images,
            "accuracy": accuracy,
            "trials": quality,
            "nets": kinship,
            "whole: raw too high": f"{raw:.2f}",
            "corrected": f"{whole:.2f}",
            "holds": f"{held:.0f}",
            "pruned: complete": f"{n_left:.0f}",
            "raw too high": f"{raw_pruned:.2f}",
            "corrected too high": f"{pruned:.2f}",
            "still holds": f"{held_pruned:.0f}",
        }


LOOKAHEAD = 4


def pruners(draws):
    """Yields rows: the same of other pruners, before and after `luck_left`; and what is within noise."""
    names = "successive_halving", "hyperband", "asha", "patience"
    kinds = itertools.product(names, ((200, 0.9), (500, 0.98)), QUALITIES, KINSHIPS)
    for name, (n_images, accuracy), quality, kinship in kinds:
        rng, rows = np.random.default_rng(0), []
        while len(rows) < draws:
            truths = ndtr(ndtri(accuracy) + QUALITIES[quality](rng)[:, None] + EPOCHS)
            hits = draw_hits(rng, truths, n_images, kinship)
            seed = int(rng.integers(2**31))
            reached = epochs_by(parse_settings({"name": name}), hits.mean(axis=2), seed)
            is_complete = reached == len(EPOCHS)
            complete = np.flatnonzero(is_complete)
            if len(complete) < 2:
                continue
            found = corrected_winner(hits[complete].reshape(-1, n_images), rng, N_SAMPLES)
            seen = [hits[trial, :n] for trial, n in enumerate(reached)]
            later = {trial: hits[trial, found.candidate % len(EPOCHS)] for trial in complete}
            ours = found.without_pruners_luck(luck_left(seen, is_complete, later, rng), n_images)
            truth, row = truths[complete].ravel()[found.candidate], []
            for one in (found, ours):
                row += [one.corrected_accuracy - truth, holds(one.corrected_interval, truth)]
            pick = complete, hits[complete].sum(axis=2).argmax(axis=1)
            near, of_near = within_noise(hits[pick]), truths[pick]
            is_kept = near[of_near == of_near.max()].any()
            rows.append([found.value - truth, *row, is_kept, len(complete) / 100, near.sum() / 100])
        raw, by_complete, held_before, too_high, held, kept, n_complete, n_near = 100 * np.mean(rows, axis=0)
        yield {
            "pruner": name,
            "images": n_images,
            "accuracy": accuracy,
            "trials": quality,
            "nets": kinship,
            "complete": f"{n_complete:.0f}",
            "raw too high": f"{raw:.2f}",
            "by complete ones": f"{by_complete:.2f}",
            "holds": f"{held_before:.0f}",
            "corrected": f"{too_high:.2f}",
            "corrected holds": f"{held:.0f}",
            "within noise": f"{n_near:.0f}",
            "a best one is": f"{kept:.0f}",
        }


def epochs_by(pruner, values, seed):
    """Returns how many epochs a pruner leaves each trial that begins, in a search of as many trials."""
    trials, records = [], []  # where trials pause, some are others that go on
    while len(records) < len(values):
        known, taken = records[: max(len(records) - LOOKAHEAD + 1, 0)], {one.continues for one in records}
        paused = next_to_go_on(known, taken, pruner) if pruner.pauses else None
        trials.append(max(trials, default=-1) + 1 if paused is None else trials[paused.number])
        n_before = 0 if paused is None else len(paused.outcome.curve)
        history = History.of([one.outcome for one in known], len(EPOCHS))
        number, own = len(records), values[trials[-1]].tolist()
        ends = range(n_before + 1, len(EPOCHS))
        stops = (end for end in ends if pruner.decide(own[:end], history, number, seed, n_before))
        n = next(stops, len(EPOCHS))
        curve = tuple(Epoch(value, value, 0.0) for value in own[:n])
        outcome = TrialOutcome(number, "pruned" if n < len(EPOCHS) else "complete", curve)
        records.append(TrialRecord({}, {} if paused is None else {CONTINUES: paused.number}, outcome))
    reached = dict(zip(trials, (len(one.outcome.curve) for one in records), strict=True))
    return np.array([reached[trial] for trial in range(len(reached))])


# Shares of an image, a setting and a training in the variance of a result.
SHARES = {"close": (0.8, 0.1, 0.0), "loose": (0.4, 0.2, 0.1)}


def race(draws):
    """Yields rows: what the best of the finalists is worth, by how many points it is told too high."""
    kinds = itertools.product(((200, 0.9), (500, 0.98), (1000, 0.9)), QUALITIES, SHARES)
    for (n_images, accuracy), quality, kinship in kinds:
        rng, rows = np.random.default_rng(0), []
        while len(rows) < draws:
            truths = ndtr(ndtri(accuracy) + QUALITIES[quality](rng)[:, None] + EPOCHS)
            own = rng.standard_normal(n_images), rng.standard_normal((N_TRIALS, 1, n_images))
            hits = draw_nets(rng, truths, own, SHARES[kinship])
            reached = epochs_reached(hits.mean(axis=2))
            complete = np.flatnonzero(reached == len(EPOCHS))
            epochs = hits[complete].mean(axis=2).argmax(axis=1)
            searched = hits[complete, epochs]
            best = np.argsort(-searched.mean(axis=1), kind="stable")[:N_FINALISTS]
            if len(best) < 2:
                continue
            finalists = complete[best]
            truths = truths[finalists, epochs[best]]
            again = (
                np.repeat(truths, N_SEEDS)[:, None],
                (own[0], np.repeat(own[1][finalists], N_SEEDS, axis=0)),
            )
            right = draw_nets(rng, *again, SHARES[kinship]).reshape(len(best), N_SEEDS, n_images)
            kept, _ = run_race(right)
            taken = int(np.where(kept, right.mean(axis=(1, 2)), -1).argmax())
            fresh = right.mean(axis=1)
            luck = luck_of_best_few(searched, len(best), rng, N_SAMPLES)
            by_complete_ones = share_kept(searched[best], fresh) * luck
            seen = [one[:n] for one, n in zip(hits, reached, strict=True)]
            later = dict(zip(finalists, fresh, strict=True))
            of_pruning = luck_left(seen, reached == len(EPOCHS), later, rng)
            row = [right[taken].mean() - truths[taken]]
            for taken_off in (by_complete_ones, by_complete_ones + of_pruning):
                found = worth_of_choice(right[kept], taken_off)
                row += [found.mean - truths[taken], holds(found, truths[taken])]
            rows.append(row)
        mean, before, held_before, ours, held = 100 * np.mean(rows, axis=0)
        yield {
            "images": n_images,
            "accuracy": accuracy,
            "trials": quality,
            "nets": kinship,
            "mean too high": f"{mean:.2f}",
            "by complete ones": f"{before:.2f}",
            "holds": f"{held_before:.0f}",
            "corrected": f"{ours:.2f}",
            "corrected holds": f"{held:.0f}",
        }


def draw_nets(rng, truths, own, shares):
    """Returns what a net of each row of true accuracies gets right, (n_nets, n_epochs, n_images)."""
    of_image, of_setting, of_training = shares
    (image, settings), normal = own, rng.standard_normal
    noise = np.sqrt(of_image) * image + np.sqrt(of_setting) * settings
    noise = noise + np.sqrt(of_training) * normal((len(truths), 1, len(image)))
    noise = noise + np.sqrt(1 - sum(shares)) * normal((*truths.shape, len(image)))
    return noise < ndtri(truths)[:, :, None]


def epochs_reached(values):
    """Returns how many epochs the percentile leaves each trial, from the second on, by their accuracies."""
    best, complete, reached = np.maximum.accumulate(values, axis=1), [], []
    for trial, own in enumerate(best):
        is_low = np.zeros(len(own), bool)
        if len(complete) >= STARTUP:
            is_low[1:] = (own < np.percentile(best[complete], 100 - PERCENTILE, axis=0))[1:]
        reached.append(int(is_low.argmax()) + 1 if is_low.any() else len(own))
        if not is_low.any():
            complete.append(trial)
    return np.array(reached)


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
                curve_of(STUDY, trials, {}),
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


PARTS = {"regret": regret, "winner": winner, "pruners": pruners, "race": race, "curve": curve}


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
