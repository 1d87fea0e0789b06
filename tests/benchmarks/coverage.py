"""How often do the intervals hold the truth, and how far is the winner's accuracy from it?

Made-up searches whose true accuracies are known. An image's difficulty is common to all nets, each
trial and each net adds its own luck: a net is right where the sum of three normal numbers is below
the quantile of its accuracy.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/coverage.py
        [winner classes noise mean difference contest curve race]
        [--draws 2000] [--images 200 1000 10000] [--accuracies 0.5 0.9 0.99]

Prints a table for each question. Two thousand draws tell shares near 95 % to half a point.
"""

import argparse
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from hpsearch.results.contest import Found
from hpsearch.results.contest import difference as contest_difference
from hpsearch.results.kept_luck import share_kept
from hpsearch.results.paired import difference_interval, mean_difference_interval
from hpsearch.results.racing import rounds, unbeaten, worth_of_choice
from hpsearch.results.rivals import within_noise
from hpsearch.results.selection import corrected_winner, luck_of_best_few
from hpsearch.results.stats import mean_accuracy_interval, wilson_interval
from hpsearch.results.stats import within_noise as unpaired_within_noise
from hpsearch.results.tuning_curve import tuning_curve

N_TRIALS, N_SAMPLES = 34, 200
N_FINALISTS, N_SEEDS = 5, 5
N_CLASSES = 10
EPOCHS = np.array([-0.12, -0.06, -0.02, 0.0])  # the last epochs of a trial, as quantiles
# Shares of an image and of a trial in the variance of a result: nets of other kinds, nets much alike.
KINSHIPS = {"loose": (0.4, 0.2), "close": (0.8, 0.1)}


def accuracies_of_search(rng, kind, accuracy):
    """Returns the true accuracy of each trial and epoch, whose qualities are drawn in one of five ways."""
    trials = {
        "equal": lambda: np.zeros(N_TRIALS),
        "nearly equal": lambda: rng.normal(0, 0.03, N_TRIALS),
        "plateau": lambda: -np.where(rng.random(N_TRIALS) < 0.5, 0, rng.exponential(0.6, N_TRIALS)),
        "normal": lambda: rng.normal(0, 0.15, N_TRIALS),
        "one-sided": lambda: -rng.exponential(0.4, N_TRIALS),
    }[kind]()
    epochs = np.zeros(len(EPOCHS)) if kind == "equal" else EPOCHS
    return ndtr(ndtri(accuracy) + trials[:, None] + epochs)


def draw_hits(rng, accuracies, n_images, kinship):
    """Returns what nets get right, (n_trials, n_epochs, n_images), given their true accuracies."""
    of_image, of_trial = KINSHIPS[kinship]
    (n_trials, n_epochs), normal = accuracies.shape, rng.standard_normal
    noise = np.sqrt(of_image) * normal(n_images, np.float32)
    noise = noise + np.sqrt(of_trial) * normal((n_trials, 1, n_images), np.float32)
    noise = noise + np.sqrt(1 - of_image - of_trial) * normal((n_trials, n_epochs, n_images), np.float32)
    return noise < ndtri(accuracies)[:, :, None]


def draw_setting(rng, accuracy, seeds_sd, difficulty, n_seeds):
    """Returns what one setting's seeds get right; their quantiles have the deviation seeds_sd."""
    of_seeds = ndtri(accuracy) * np.sqrt(1 + seeds_sd**2) + seeds_sd * rng.standard_normal((n_seeds, 1))
    own = rng.standard_normal((n_seeds, len(difficulty)), np.float32)
    return np.sqrt(0.7) * difficulty + np.sqrt(0.3) * own < of_seeds


def holds(interval, truth):
    return interval[-2] <= truth <= interval[-1]


def winner(draws, n_images, accuracy):
    """Yields rows: the raw and the corrected accuracy of the winner against its true one."""
    for kind, kinship in itertools.product(("equal", "normal", "one-sided"), KINSHIPS):
        rng, rows = np.random.default_rng(0), []
        for _ in range(draws):
            truths = accuracies_of_search(rng, kind, accuracy)
            hits = draw_hits(rng, truths, n_images, kinship).reshape(truths.size, n_images)
            found = corrected_winner(hits, rng, N_SAMPLES)
            truth = truths.ravel()[found.candidate]
            raw = wilson_interval(found.value, n_images)
            errors = found.value - truth, found.corrected_accuracy - truth
            low, high = found.corrected_interval
            rows.append([*errors, holds(raw, truth), low <= truth <= high, truth < low, high - low])
        names = ["raw bias", "bias", "raw holds", "holds", "truth below", "width"]
        yield {"kind": kind, "nets": kinship, **percent(names, rows)}


def classes(draws, n_images, accuracy):
    """Yields rows: the winner where each class has its share, by samples of all images and class by class."""
    labels = np.arange(n_images) % N_CLASSES
    for bias in (0.0, 0.5, 1.5, "one class"):
        rng, rows = np.random.default_rng(0), []
        for _ in range(draws):
            if bias == "one class":
                named = rng.integers(N_CLASSES, size=N_TRIALS)
                truths, hits = np.full(N_TRIALS, 1 / N_CLASSES), named[:, None] == labels
            else:
                of_class = ndtri(accuracy) + bias * rng.standard_normal((N_TRIALS, N_CLASSES))
                truths = ndtr(of_class).mean(axis=1)
                difficulty = rng.standard_normal(n_images, np.float32)
                own = rng.standard_normal((N_TRIALS, n_images), np.float32)
                hits = np.sqrt(0.8) * difficulty + np.sqrt(0.2) * own < of_class[:, labels]
            row = []
            for strata in (None, labels):
                found = corrected_winner(hits, rng, N_SAMPLES, strata)
                truth, (low, high) = truths[found.candidate], found.corrected_interval
                row += [found.corrected_accuracy - truth, low <= truth <= high]
            rows.append([truth, found.value - truth, *row])
        names = ["true", "raw bias", "bias of all", "holds", "bias by class", "holds by class"]
        yield {"nets": bias, **percent(names, rows)}


def noise(draws, n_images, accuracy):
    """Yields rows: how often a best trial is kept, and how many trials, by accuracies alone and by images."""
    kinds = "equal", "nearly equal", "plateau", "normal", "one-sided"
    for kind, kinship in itertools.product(kinds, KINSHIPS):
        rng, rows = np.random.default_rng(0), []
        for _ in range(draws):
            truths = accuracies_of_search(rng, kind, accuracy)
            hits = draw_hits(rng, truths, n_images, kinship)
            pick = (np.arange(N_TRIALS), hits.sum(axis=2).argmax(axis=1))
            hits, best = hits[pick], truths[pick] == truths[pick].max()
            trials = {"number": range(N_TRIALS), "state": "complete", "value": hits.mean(axis=1)}
            old = unpaired_within_noise(pd.DataFrame(trials), n_images).to_numpy()
            new = within_noise(hits)
            lost = truths[pick].max() - truths[pick][new].max()
            rows.append([old[best].any(), new[best].any(), lost, old.sum() / 100, new.sum() / 100])
        names = ["unpaired keeps best", "keeps best", "loses", "unpaired length", "length"]
        yield {"kind": kind, "nets": kinship, **percent(names, rows)}


def mean(draws, n_images, accuracy):
    """Yields rows: the mean accuracy of several seeds; seeds differ by so many errors of the images."""
    for ratio, n_seeds in itertools.product((0, 1, 4), (2, 3, 5, 10)):
        rng, rows = np.random.default_rng(0), []
        sd = seeds_deviation(ratio, n_images, accuracy)
        for _ in range(draws):
            difficulty = rng.standard_normal(n_images, np.float32)
            found = mean_accuracy_interval(draw_setting(rng, accuracy, sd, difficulty, n_seeds))
            rows.append([holds(found, accuracy), found.high - found.low])
        yield {"seeds differ": ratio, "seeds": n_seeds, **percent(["holds", "width"], rows)}


def difference(draws, n_images, accuracy):
    """Yields rows: the difference of two settings, same seeds and images, without and with an effect."""
    other = float(ndtr(ndtri(accuracy) + 0.1))
    for ratio, n_seeds in itertools.product((0, 1, 4), (1, 2, 3, 5, 10)):
        if n_seeds == 1 and ratio:
            continue  # one net of each: the seeds' luck is part of the nets
        rng, rows = np.random.default_rng(0), []
        sd = seeds_deviation(ratio, n_images, accuracy)
        for _ in range(draws):
            difficulty = rng.standard_normal(n_images, np.float32)
            a, same, better = (
                draw_setting(rng, truth, sd, difficulty, n_seeds) for truth in (accuracy, accuracy, other)
            )
            if n_seeds == 1:
                none, effect = difference_interval(same[0], a[0]), difference_interval(better[0], a[0])
            else:
                none, effect = mean_difference_interval(same, a), mean_difference_interval(better, a)
            rows.append([not holds(none, 0), holds(effect, other - accuracy), effect.high - effect.low])
        yield {"seeds differ": ratio, "seeds": n_seeds, **percent(["false claims", "holds", "width"], rows)}


def race(draws, n_images, accuracy):
    """Yields rows: finalists of a search on fresh seeds, of which the one with the highest mean is taken."""
    # What a setting is good at, image by image, is the same on every seed: the search's luck with its images
    # stays. A seed's luck is the same on all images, so that of the winner's seeds stays apart too.
    for kind, ratio in itertools.product(("equal", "normal", "one-sided"), (0, 1, 3)):
        rng, rows = np.random.default_rng(0), []
        sd = seeds_deviation(ratio, n_images, accuracy)
        for _ in range(draws):
            truths = accuracies_of_search(rng, kind, accuracy)
            finalists, epochs, own, searched = search_for_finalists(rng, truths, n_images, sd)
            truths, luck = truths[finalists], sd * rng.standard_normal((N_FINALISTS, N_SEEDS))
            hits = draw_fresh(rng, truths, own, luck, sd)
            right = np.take_along_axis(hits, epochs[:, None, None, None], axis=2)[:, :, 0]
            kept, share = run_race(right)
            taken = int(np.where(kept, right.mean(axis=(1, 2)), -1).argmax())
            fixed = np.take_along_axis(truths, epochs[:, None], axis=1)
            truth = fixed[taken, 0]
            others = np.stack([np.broadcast_to(rng.standard_normal(n_images), own[0].shape),
                               rng.standard_normal(own[1].shape)])  # fmt: skip
            aside = draw_fresh(rng, fixed, others, luck, sd)[:, :, 0]
            raw = hits[taken].mean(axis=2).max(axis=1).mean(), right[taken].mean(), aside[taken].mean()
            again = share_kept(searched[finalists], right.mean(axis=1))
            taken_off = again * luck_of_best_few(searched, N_FINALISTS, rng, N_SAMPLES)
            found = worth_of_choice(right[kept], taken_off)
            apart = worth_of_choice(right[kept], 0.0, aside[kept])
            difficulty = rng.standard_normal(n_images, np.float32)
            tested = mean_accuracy_interval(draw_setting(rng, truth, sd, difficulty, N_SEEDS))
            errors = [accuracy - truth for accuracy in (*raw, found.mean, apart.mean)]
            best, regrets = fixed[:, 0].argmax(), fixed.max() - fixed[:, 0]
            # Costs are at random, so that any of those left is the cheapest one as often.
            alike = [
                kept[rival] and mean_difference_interval(right[taken], right[rival]).low <= 0
                for rival in range(N_FINALISTS)
            ]
            lost = regrets[taken], regrets[0], regrets[alike].mean(), regrets[kept].mean()
            held = [holds(one, truth) for one in (found, apart, tested)]
            rows.append([kept[best], share, *errors, *held, *lost])
        names = ["keeps best", "seeds trained", "best epochs' bias", "mean's bias", "mean's bias apart"]
        names += ["bias", "bias apart", "holds", "holds apart", "test holds"]
        names += ["taken loses", "search's loses", "cheapest alike loses", "cheapest unbeaten loses"]
        yield {"kind": kind, "seeds differ": ratio, **percent(names, rows)}


def search_for_finalists(rng, truths, n_images, seeds_sd):
    """Returns the best few of a search, their epochs, what they owe to image and setting, and all hits."""
    own = np.stack(
        [np.broadcast_to(rng.standard_normal(n_images, np.float32), (len(truths), n_images)),
         rng.standard_normal((len(truths), n_images), np.float32)]
    )  # fmt: skip
    luck = seeds_sd * rng.standard_normal((len(truths), 1))
    hits = draw_fresh(rng, truths, own, luck, seeds_sd)[:, 0]
    values = hits.mean(axis=2)
    epochs = values.argmax(axis=1)
    finalists = np.argsort(-values.max(axis=1), kind="stable")[:N_FINALISTS]
    return finalists, epochs[finalists], own[:, finalists], hits[np.arange(len(hits)), epochs]


def draw_fresh(rng, truths, own, luck, seeds_sd):
    """Returns what seeds of settings get right in each epoch, (n_settings, n_seeds, n_epochs, n_images)."""
    of_image, of_setting = KINSHIPS["close"]
    quantiles = ndtri(truths)[:, None] * np.sqrt(1 + seeds_sd**2) + luck[:, :, None]
    shared = np.sqrt(of_image) * own[0] + np.sqrt(of_setting) * own[1]
    noise = rng.standard_normal((*quantiles.shape, own.shape[2]), np.float32)
    return shared[:, None, None] + np.sqrt(1 - of_image - of_setting) * noise < quantiles[..., None]


def run_race(right):
    """Returns which settings of a race are unbeaten at its end, and the share of all seeds it trained."""
    looks, racing, n_trained = rounds(right.shape[1]), np.arange(len(right)), 0
    for before, after in itertools.pairwise([0, *looks]):
        n_trained += len(racing) * (after - before)
        racing = racing[unbeaten(right[racing, :after], len(looks) * (len(right) - 1))]
        if len(racing) == 1:
            break
    return np.isin(np.arange(len(right)), racing), n_trained / (len(right) * right.shape[1])


def contest(draws, n_images, accuracy):
    """Yields rows: two studies of so many seeds, on the same images and on others; alike, or one ahead."""
    for kind, n_seeds in itertools.product(("equal", "normal", "one-sided"), (1, 3)):
        rng, rows = np.random.default_rng(0), []
        for _ in range(draws):
            alike = found_by_searches(rng, [accuracy] * 2 * n_seeds, kind, n_images)
            better = [float(ndtr(ndtri(accuracy) + 0.2)), accuracy]
            ahead = found_by_searches(rng, np.repeat(better, n_seeds), kind, n_images)
            rows.append([value for sides in (alike, ahead) for value in judged(sides, n_seeds)])
        names = [f"{how} {what}" for how in ("alike:", "ahead:") for what in JUDGED]
        yield {"kind": kind, "seeds": n_seeds, **percent(names, rows)}


JUDGED = ("too high", "holds", "claims", "raw too high", "width", "width on other images")


def judged(searches, n_seeds):
    """Returns how far off the difference is, whether it is held and claimed, and how wide its interval is."""
    a, b = searches[:n_seeds], searches[n_seeds:]
    truth = np.mean([true for _, true in a]) - np.mean([true for _, true in b])
    raw = np.mean([run.value for run, _ in a]) - np.mean([run.value for run, _ in b])
    runs = [[run for run, _ in side] for side in (a, b)]
    found = contest_difference(*runs)
    apart = contest_difference(runs[0], [replace(run, images="others") for run in runs[1]])
    off = [found.mean - truth, holds(found, truth), not holds(found, 0.0), raw - truth]
    return [*off, found.high - found.low, apart.high - apart.low]


def found_by_searches(rng, accuracies, kind, n_images):
    """Returns what a search at each accuracy finds on the same images, and the true accuracy of that."""
    truths = np.concatenate([accuracies_of_search(rng, kind, accuracy) for accuracy in accuracies])
    hits = draw_hits(rng, truths, n_images, "close").reshape(len(accuracies), -1, n_images)
    found = []
    for own, true in zip(hits, truths.reshape(len(accuracies), -1), strict=True):
        winner = corrected_winner(own, rng, N_SAMPLES)
        chosen = winner.candidate
        run = Found(winner.value, winner.luck, winner.unsure, own[chosen], "same", n_images, True)
        found.append((run, true[chosen]))
    return found


def curve(draws, n_trials, accuracy):
    """Yields a row: the tuning curve of values with this median, for all n at once."""
    rng = np.random.default_rng(0)
    truth = ndtr(ndtri(accuracy) + 0.5 * ndtri(0.5 ** (1 / np.arange(1, n_trials + 1))))
    rows = []
    for _ in range(draws):
        found = tuning_curve(ndtr(ndtri(accuracy) + 0.5 * rng.standard_normal(n_trials)))
        rows.append([((found["low"] <= truth) & (truth <= found["high"])).all()])
    yield percent(["holds"], rows)


def seeds_deviation(ratio, n_images, accuracy):
    """Returns the deviation of the seeds' quantiles: `ratio` standard errors of n images, at most 0.5."""
    error = np.sqrt(accuracy * (1 - accuracy) / n_images)
    density = np.exp(-(ndtri(accuracy) ** 2) / 2) / np.sqrt(2 * np.pi)
    return min(ratio * error / density, 0.5)


def percent(names, rows):
    """Returns the mean of each column in percent (accuracies: in points), by name."""
    return dict(zip(names, 100 * np.mean(np.array(rows, float), axis=0), strict=True))


QUESTIONS = {
    "winner": winner, "classes": classes, "noise": noise, "mean": mean, "difference": difference,
    "contest": contest, "curve": curve, "race": race,
}  # fmt: skip


def main():
    """Prints a table for each question."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "questions", nargs="*", metavar="QUESTION", help=f"of {', '.join(QUESTIONS)}; by default all"
    )
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--images", type=int, nargs="+", default=[200, 1000, 10_000], help="trials, of curve")
    parser.add_argument("--accuracies", type=float, nargs="+", default=[0.5, 0.9, 0.99])
    args = parser.parse_args()
    for name in args.questions or QUESTIONS:
        print(f"\n{name}: {QUESTIONS[name].__doc__.partition(': ')[2]}")
        names = None
        for n_images, accuracy in itertools.product(args.images, args.accuracies):
            for row in QUESTIONS[name](args.draws, n_images, accuracy):
                row = {"images": n_images, "accuracy": accuracy, **row}
                if not names:
                    names = [*row]
                    print("|", " | ".join(names), "|\n|", " | ".join("---" for _ in names), "|")
                print("|", " | ".join(spelled(value) for value in row.values()), "|", flush=True)


def spelled(value):
    """Returns a number with two decimals, if it is a share or a number of points."""
    return f"{value:.2f}" if isinstance(value, np.floating) else str(value)


if __name__ == "__main__":
    main()
