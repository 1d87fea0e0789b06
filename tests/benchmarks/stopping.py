"""How often is chance taken for an improvement by `[stop] unimproved`, and which gains does it see?

Made-up trials after a first one, on the same images: as good as it, or all of them better by a gain. An
image's difficulty is common to all nets; what is its own of a net has 0.4 of the variance.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/stopping.py [--draws 2000]

Prints, for each number of images and accuracy, the share of draws in which one of 30 equal trials looks
like an improvement, and the smallest gain that a single trial shows in eight draws of ten.
"""

import argparse
import itertools

import numpy as np
from scipy.special import ndtri

from hpsearch.improvement import CHANCE, chance_of

N_TRIALS = 30
GAINS = np.array([0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15])


def draw(rng, n_images, accuracies):
    """Returns what nets of these true accuracies get right, (n_nets, n_images)."""
    own = rng.standard_normal((len(accuracies), n_images), np.float32)
    return (
        np.sqrt(0.6) * rng.standard_normal(n_images, np.float32) + np.sqrt(0.4) * own
        < ndtri(accuracies)[:, None]
    )


def is_improvement(before, later):
    """Says whether a trial counts as an improvement on another one."""
    more, fewer = int(np.sum(later & ~before)), int(np.sum(before & ~later))
    return more > fewer and chance_of(more, fewer) <= CHANCE / N_TRIALS


def share_by_chance(rng, n_images, accuracy, n_draws):
    """Returns how often one of equally good trials looks like an improvement on the first."""
    found = 0
    for _ in range(n_draws):
        first, *others = draw(rng, n_images, np.full(1 + N_TRIALS, accuracy))
        found += any(is_improvement(first, other) for other in others)
    return found / n_draws


def seen_gain(rng, n_images, accuracy, n_draws):
    """Returns the smallest of the gains that is seen in 80 % of the draws; NaN if none
    is."""
    for gain in GAINS[accuracy + GAINS < 1]:
        pairs = (draw(rng, n_images, np.array([accuracy, accuracy + gain])) for _ in range(n_draws))
        if sum(is_improvement(*pair) for pair in pairs) >= 0.8 * n_draws:
            return gain
    return float("nan")


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=2000)
    n_draws = parser.parse_args().draws
    rng = np.random.default_rng(0)
    print("| images | accuracy | by chance | gain seen |\n| --- | --- | --- | --- |")
    for n_images, accuracy in itertools.product((200, 1000, 10_000), (0.5, 0.9, 0.99)):
        chance = share_by_chance(rng, n_images, accuracy, n_draws // (10 if n_images == 10_000 else 1))
        gain = seen_gain(rng, n_images, accuracy, n_draws // 10)
        seen = "none" if np.isnan(gain) else f"{100 * gain:.2g} points"
        print(f"| {n_images} | {accuracy} | {100 * chance:.1f} % | {seen} |", flush=True)


if __name__ == "__main__":
    main()
