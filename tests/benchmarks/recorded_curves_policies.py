"""The policies of recorded_curves.py: which trial goes on next, and how long.

A policy is given what the search has seen and returns a trial that is to be taken up, None for a new one,
and a function that says at the end of an epoch whether the trial goes on. It sees nothing later than that,
so its segments of trials are a pure function of their order.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from hpsearch.records import History
from hpsearch.strategies import pruning


@dataclass(frozen=True)
class Seen:
    """What is known when a segment is asked for.

    Attributes:
        curves: accuracies of the trials whose first segment is known to have ended, (trials, n_epochs), NaN
            after the last epoch that is known.
        complete: which of them trained to their end, (trials,) bool.
        paused: the trials that may be taken up: neither at their end nor diverged nor training.
        seed: the search's.
        is_drawn_out: whether there is no new trial any more.
    """

    curves: np.ndarray
    complete: np.ndarray
    paused: Sequence[int]
    seed: int
    is_drawn_out: bool = False

    @property
    def n_epochs(self):
        """How long a trial is at most."""
        return self.curves.shape[1]

    def curve(self, trial):
        """Returns a trial's accuracies so far."""
        return self.curves[trial, : self.epochs[trial]]

    @cached_property
    def epochs(self):
        """How many epochs are known, (trials,)."""
        return np.isfinite(self.curves).sum(axis=1)

    @cached_property
    def best(self):
        """The best accuracies so far, (trials,); NaN of those that diverged."""
        return np.fmax.reduce(self.curves, axis=1)


GoesOn = Callable[[Sequence[float], int], bool]
Policy = Callable[[Seen], tuple[int | None, GoesOn]]


def pruner(name, thaws=False, **options):
    """Returns the policy of one of hpsearch's pruners.

    With `thaws`, what it stopped is taken up again, the best first, as soon as by what is seen now it would
    not have been stopped.
    """
    settings = pruning.parse_settings({"name": name, **options})

    def plan(seen):
        history = History(seen.curves, seen.complete, seen.n_epochs)

        def goes_on(curve, trial):
            return settings.decide(curve, history, trial, seen.seed) is None

        by_best = sorted(seen.paused if thaws else (), key=lambda trial: seen.best[trial])
        first = {seen.epochs[trial]: trial for trial in by_best}  # of each epoch the best: it goes on first
        good = [trial for trial in first.values() if goes_on(seen.curve(trial), trial)]
        return max(good, key=lambda trial: seen.best[trial], default=None), goes_on

    return plan


def promotions(min_epochs=1, factor=3):
    """Returns successive halving with promotions: new trials pause at the first rung.

    Whenever a paused trial is among the best 1/`factor` of those that reached its rung, it goes on to the
    next one; from the highest rung down.

    Source: Li et al. 2020, A System for Massively Parallel Hyperparameter Tuning (ASHA), algorithm 2.
    """

    def plan(seen):
        rungs = [min_epochs]
        while rungs[-1] * factor < seen.n_epochs:
            rungs.append(rungs[-1] * factor)
        for rung, following in reversed(list(zip(rungs, [*rungs[1:], seen.n_epochs], strict=True))):
            at = seen.curves[:, rung - 1]
            best = np.argsort(-at, kind="stable")[: np.isfinite(at).sum() // factor]
            for trial in best:
                if seen.epochs[trial] == rung and trial in seen.paused:
                    return int(trial), lambda curve, _, end=following: len(curve) < end
        return None, lambda curve, _: len(curve) < rungs[0]

    return plan


def improvement(seen, share_new=0.25):
    """Trains the paused trial for one more epoch whose end promises the most; or begins a new one.

    Promised is the expected improvement of a trial's last accuracy on the best one, by a chain of regressions
    of each epoch on the one before: a small model for the rule of freeze-thaw. New trials get their first
    epoch while they have less than a share of all epochs.

    Sources: Swersky et al. 2014, Freeze-Thaw Bayesian Optimization, section 4; Wistuba et al. 2022,
    Supervising the Multi-Fidelity Race of Hyperparameter Configurations (one epoch at a time).
    """
    if not seen.is_drawn_out and len(seen.curves) < max(3, share_new * seen.epochs.sum()):
        return None, _pauses
    scores = -np.log(1.001 - np.fmax.accumulate(seen.curves, axis=1))
    paused = np.array(seen.paused, dtype=int)
    at = seen.epochs[paused] - 1
    promised = _improvement(*_ends(scores)[:, at], scores[paused, at], np.nanmax(scores))
    return int(paused[promised.argmax()]) if paused.size else None, _pauses


def _pauses(curve, trial):
    return False


def _ends(scores, weight=3.0):
    """Returns slope, intercept and variance of a trial's last score on its score after each epoch.

    They are chains of regressions from one epoch to the next, on all trials that trained on: they were
    chosen by what they had before, which does not bias a regression on that. Each counts what the one before
    it had as `weight` trials.
    """
    x, y = scores[:, :-1], np.diff(scores, axis=1)
    x = np.where(np.isfinite(y), x, np.nan)
    counts = np.isfinite(y).sum(axis=0)
    middles = np.nansum(x, axis=0) / np.maximum(counts, 1)
    x = x - middles
    sums = [np.nansum(one, axis=0).tolist() for one in (y, x**2, x * y, y**2)]
    steps, gain, variance = [], 0.1, 0.1
    for n, middle, of_y, of_xx, of_xy, of_yy in zip(counts.tolist(), middles.tolist(), *sums, strict=True):
        gain = (of_y + weight * gain) / (n + weight)
        slope = of_xy / (of_xx + weight * 0.1)
        rest = of_yy - 2 * gain * of_y + n * gain**2 - 2 * slope * of_xy + slope**2 * of_xx
        variance = (max(rest, 0.0) + weight * variance) / (n + weight)
        steps.append((1 + slope, gain - slope * middle, variance))
    found = [(1.0, 0.0, 0.0)]
    for slope, intercept, variance in reversed(steps):
        a, b, v = found[-1]
        found.append((a * slope, b + a * intercept, v + a**2 * variance))
    return np.array(found[::-1]).T


def _improvement(slope, intercept, variance, score, top):
    """Returns the expected improvement on the top of a normal score."""
    deviation = np.sqrt(variance) + 1e-9
    z = (slope * score + intercept - top) / deviation
    return deviation * (z * ndtr(z) + np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi))


POLICIES = {
    "percentile": pruner("percentile"),
    "none": pruner("none"),
    "median": pruner("median"),
    "halving": pruner("successive_halving"),
    "hyperband": pruner("hyperband"),
    "promotions": promotions(),
    "promotions of a half": promotions(factor=2),
    "percentile thaw": pruner("percentile", thaws=True),
    "improvement": improvement,
    "halving by 2": pruner("successive_halving", reduction_factor=2),
    "percentile 25": pruner("percentile", percentile=25.0),
    "percentile 20": pruner("percentile", percentile=20.0),
    "percentile 50": pruner("percentile", percentile=50.0),
    "warmup 1": pruner("percentile", warmup_epochs=1),
    "warmup 3": pruner("percentile", warmup_epochs=3),
    "startup 5": pruner("percentile", startup_trials=5),
}
