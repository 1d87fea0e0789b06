"""How often does question mode claim an effect that is none, and find one that is there?

Made-up searches of two values, or more, whose true accuracies are known, nets as in coverage.py. Each value's
best setting meets the same fresh seeds and images.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/question.py [coverage random several learning]
        [--draws 2000] [--images 200 1000 10000] [--accuracies 0.5 0.9 0.99] [--trials 17 50] [--values 3 5]
        [--kinds equal normal ...] [--seeds 0.05 0.15] [--sampler tpe]

coverage: how often the interval of two values without an effect holds that there is none, over all kinds of
trials. random: trials drawn alike; claims of the paired interval of the two settings alone, and of the one
with the luck of tuning, without an effect; how often the latter holds an effect of two of its standard
errors, and finds it. several: the same of three and five values without an effect; a claim is any that one
is better than another. learning: searches of one function by a sampler that learns, without noise and with
it, which have no effect, by pairs and by as many as --values says, and how often an effect of two errors is
found.
"""

import argparse
import itertools
import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from hpsearch.results.question import Tuned, answer
from hpsearch.results.stats import LEVEL
from hpsearch.results.tuning_luck import luck_of_tuning
from hpsearch.space import Parameter
from hpsearch.strategies.samplers import SAMPLERS, parse_settings

N_SEEDS = 5
NOISE = 0.006  # of an accuracy that TPE's searches end with; they were made without
IMAGE, SETTING = 0.75, 0.05  # shares of an image, and of an image in a setting, in the variance of a result
KINDS = {
    "equal": lambda rng, n: np.zeros(n),
    "normal": lambda rng, n: rng.normal(0, 0.15, n),
    "one-sided": lambda rng, n: -rng.exponential(0.4, n),
    "plateau": lambda rng, n: -np.where(rng.random(n) < 0.5, 0, rng.exponential(0.6, n)),
    "wide": lambda rng, n: rng.normal(0, 0.5, n),
    "steps": lambda rng, n: 0.2 * np.floor(rng.standard_normal(n)),
    "groups": lambda rng, n: np.where(rng.random(n) < 0.2, 0.1, 0),
    "rare": lambda rng, n: rng.exponential(0.15, n),
    "heavy": lambda rng, n: 0.1 * rng.standard_t(3, n),
}


def tune(rng, qualities, difficulty, value, seeds_sd):
    """Returns a tuned value and the true quality of its best setting; qualities are quantiles.

    A setting's quality varies from seed to seed with the deviation `seeds_sd`.
    """
    shape = (len(qualities), len(difficulty))
    settings = np.sqrt(SETTING) * rng.standard_normal(shape, np.float32)
    own = np.sqrt(1 - IMAGE - SETTING)
    common = np.sqrt(IMAGE) * difficulty
    lucky = qualities + seeds_sd * rng.standard_normal(len(qualities))
    hits = common + settings + own * rng.standard_normal(shape, np.float32) < lucky[:, None]
    scores = hits.mean(axis=1)
    best = scores.argmax()
    fresh = own * rng.standard_normal((N_SEEDS, len(difficulty)), np.float32)
    seeds = qualities[best] + seeds_sd * rng.standard_normal((N_SEEDS, 1))
    return Tuned(value, scores, common + settings[best] + fresh < seeds), qualities[best]


def studies(draws, n_images, accuracy, n_trials, kind, seeds_sd, shift):
    """Yields the ends of a minus b with the luck of tuning and without, and both true best qualities."""
    rng = np.random.default_rng(0)
    for _ in range(draws):
        difficulty = rng.standard_normal(n_images, np.float32)
        level = ndtri(accuracy)
        a, best_a = tune(rng, level + shift + KINDS[kind](rng, n_trials), difficulty, "a", seeds_sd)
        b, best_b = tune(rng, level + KINDS[kind](rng, n_trials), difficulty, "b", seeds_sd)
        found = answer([a, b], learns=False, n_val=n_images)
        one, sign = found.comparisons[0], 1 if found.best == "a" else -1
        yield [*mirrored(one.tuned, sign), *mirrored(one.settings, sign), best_a, best_b]


def several(args):
    """Yields rows for random search of more than two values, none of which has an effect."""
    for n_values, n_images, accuracy, n_trials, kind, seeds_sd in itertools.product(
        args.values, args.images, args.accuracies, args.trials, args.kinds, args.seeds
    ):
        rng, claims = np.random.default_rng(n_values), []
        for _ in range(args.draws):
            difficulty = rng.standard_normal(n_images, np.float32)
            found = answer(
                [
                    tune(rng, ndtri(accuracy) + KINDS[kind](rng, n_trials), difficulty, value, seeds_sd)[0]
                    for value in range(n_values)
                ],
                learns=False,
                n_val=n_images,
            ).comparisons
            lows = [(one.settings.low > 0, one.tuned.low > 0) for one in found]
            claims.append(np.any(lows, axis=0))
        alone, tuned = np.transpose(claims)
        yield {
            "values": n_values,
            "images": n_images,
            "accuracy": accuracy,
            "trials": n_trials,
            "kind": kind,
            "seeds": seeds_sd,
            "settings alone claim": share(alone),
            "claims": share(tuned),
        }


def mirrored(interval, sign):
    """Returns low and high of a minus b, given an interval of that (sign 1) or of b minus a (sign -1)."""
    return sorted([sign * interval.low, sign * interval.high])


def coverage(args):
    """Yields the mean over all kinds, trials and seeds of images and accuracy, the least and the greatest."""
    for n_images, accuracy in itertools.product(args.images, args.accuracies):
        held = []
        for n_trials, kind, seeds_sd in itertools.product(args.trials, args.kinds, args.seeds):
            ends = np.array([*studies(args.draws, n_images, accuracy, n_trials, kind, seeds_sd, 0.0)])
            held.append(np.mean((ends[:, 0] <= 0) & (ends[:, 1] >= 0)))
        yield {
            "images": n_images,
            "accuracy": accuracy,
            "holds": share(held),
            "least": share(min(held)),
            "greatest": share(max(held)),
        }


def random(args):
    """Yields rows for random search."""
    for n_images, accuracy, n_trials, kind, seeds_sd in itertools.product(
        args.images, args.accuracies, args.trials, args.kinds, args.seeds
    ):
        drawn = (args.draws, n_images, accuracy, n_trials, kind, seeds_sd)
        none = np.array([*studies(*drawn, 0.0)])
        low, high, low_alone, high_alone, best_a, best_b = none.T
        wanted = 2 * np.mean(high - low) / 2 / 1.96
        qualities = np.concatenate([best_a, best_b])
        shift = shift_for(wanted, qualities)
        there = np.array([*studies(*drawn, shift)])
        effect = np.mean(ndtr(there[:, 4])) - np.mean(ndtr(there[:, 5]))
        yield {
            "images": n_images,
            "accuracy": accuracy,
            "trials": n_trials,
            "kind": kind,
            "seeds": seeds_sd,
            "settings alone claim": share((low_alone > 0) | (high_alone < 0)),
            "claims": share((low > 0) | (high < 0)),
            "width, points": f"{100 * np.mean(high - low):.1f}",
            "of that without luck": f"{100 * np.mean(high_alone - low_alone):.1f}",
            "effect, errors": f"{2 * effect / wanted:.1f}",
            "holds": share((there[:, 0] <= effect) & (effect <= there[:, 1])),
            "finds": share(there[:, 0] > 0),
        }


def shift_for(effect, qualities):
    """Returns by how much better settings raise their accuracy by this much, or by most of what it lacks."""
    accuracies = ndtr(qualities)
    effect = min(effect, 0.9 * (1 - accuracies.mean()))
    return brentq(lambda by: np.mean(ndtr(qualities + by) - accuracies) - effect, 0, 9)


def learning(args):
    """Yields rows for pairs of searches of a smooth function, and of one with six separate tops."""
    rng = np.random.default_rng(5)
    tops, heights = rng.random((6, 5)), np.array([0.97, 0.965, 0.96, 0.955, 0.95, 0.95])
    weights = 0.6 * np.array([1, 0.3, 0.1, 0.03, 0.01])
    functions = {
        "smooth": lambda x: 0.97 - np.sum(weights * (x - 0.37) ** 2),
        "six tops": lambda x: np.max(heights - 0.3 * np.sum((x - tops) ** 2, axis=1)),
    }
    for name, function in functions.items():
        searches = np.array(
            [search(args.sampler, function, seed, max(args.trials)) for seed in range(args.searches)]
        )
        noisy = searches + NOISE * np.random.default_rng(1).standard_normal(searches.shape)
        for kind, values in ((name, searches), (f"{name}, noisy", noisy)):
            yield from rows_of_searches(kind, values, args)


def rows_of_searches(kind, searches, args):
    """Yields a row for each number of trials that these searches are cut to."""
    for n_trials in args.trials:
        scores = searches[:, :n_trials]
        row = {
            "function": kind,
            "trials": n_trials,
            "best differ by": f"{100 * scores.max(axis=1).std():.2f}",
        }
        for rule, learns in (("as if drawn alike", False), ("ours", True)):
            for n_values in (2, *args.values):
                row[f"{n_values} values, {rule}"] = share(claimed_by_luck(scores, n_values, learns))
        yield row | found_by(scores)


def found_by(scores):
    """Returns an effect of two errors of luck, in points, and how often a search shows it against another."""
    best = scores.max(axis=1)
    lifted = np.array([luck_of_tuning(one, one, 0.0, learns=True).lifted for one in scores])
    effect = 2 * lifted.mean() / ndtri((1 + LEVEL) / 2)
    finds = best[:, None] + effect - lifted[:, None] > best
    return {"effect": f"{100 * effect:.1f}", "finds": share(finds[~np.eye(len(best), dtype=bool)])}


def claimed_by_luck(scores, n_values, learns):
    """Returns for draws of so many searches, of which none is better, whether luck alone is claimed.

    Seeds and images are left out: the best search claims where it is above another by more than its luck.
    """
    level = 1 - (1 - LEVEL) / math.comb(n_values, 2)
    best = scores.max(axis=1)
    lifted = [luck_of_tuning(one, one, 0.0, learns=learns, level=level).lifted for one in scores]
    lowest = best - np.array(lifted)
    rng, draws = np.random.default_rng(n_values), []
    for _ in range(5000):
        drawn = rng.choice(len(best), n_values, replace=False)
        first = drawn[best[drawn].argmax()]
        draws.append(lowest[first] > best[drawn].min())
    return np.array(draws)


def search(sampler, function, seed, n_trials):
    """Returns the values of a search by a sampler with its default settings."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = [Parameter(f"x{i}", "float", 0.0, 1.0) for i in range(5)]
    seeds = np.random.default_rng((7, seed)).integers(2**31, size=n_trials)
    study, values = optuna.create_study(direction="maximize"), []
    for trial_seed in map(int, seeds):
        study.sampler = SAMPLERS[sampler].make(trial_seed, parse_settings({"name": sampler}), space)
        trial = study.ask()
        values.append(float(function(np.array([one.suggest_from(trial) for one in space]))))
        study.tell(trial, values[-1])
    return values


def share(found):
    """Returns the share of true ones in percent."""
    return f"{100 * np.mean(found):.1f}"


PARTS = {"coverage": coverage, "random": random, "several": several, "learning": learning}


def main():
    """Prints a table for each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; by default all")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--images", type=int, nargs="+", default=[200, 1000, 10_000])
    parser.add_argument("--accuracies", type=float, nargs="+", default=[0.5, 0.9, 0.99])
    parser.add_argument("--trials", type=int, nargs="+", default=[17, 50])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--seeds", type=float, nargs="+", default=[0.05, 0.15], metavar="DEVIATION")
    parser.add_argument("--values", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--sampler", choices=["tpe", "gp"], default="tpe")
    parser.add_argument("--searches", type=int, default=200)
    args = parser.parse_args()
    for part in args.parts or PARTS:
        names = None
        for row in PARTS[part](args):
            if not names:
                names = [*row]
                print(f"\n{part}\n|", " | ".join(names), "|\n|", " | ".join("---" for _ in names), "|")
            print("|", " | ".join(map(str, row.values())), "|", flush=True)


if __name__ == "__main__":
    main()
