"""What the search says about its own space, as findings with the command that acts on them.

    findings(frames)    a list of Finding, the most important first

Each finding is a rule of its own: a function of the frames that yields what it noticed. A rule that would
speak up in more than one of twenty searches where it has no reason to is none:
tests/hpsearch/results/test_truth.py counts.
"""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hpsearch.results.choices import choices
from hpsearch.results.finding import N_BEST, Finding, best_few, of_the_best
from hpsearch.results.illnesses import WHY_NETS_DIVERGE, illnesses
from hpsearch.results.ranges import divergence, edges, rising, what_is_common
from hpsearch.study.owncode import is_own
from hpsearch.words import counted, percent, percents

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

CHANCE = 0.05


def findings(frames: "StudyFrames") -> list[Finding]:
    """Returns what the rules notice in a study; of two that pull at one key of the study file the first."""
    found: list[Finding] = []
    for finding in (finding for rule in _RULES for finding in rule(frames)):
        if not any(_say_the_same(finding, before) for before in found):
            found.append(finding)
    return found


def _say_the_same(finding: Finding, before: Finding) -> bool:
    is_explained = finding.rule == "divergence" and before.rule in WHY_NETS_DIVERGE
    return is_explained or bool(finding.settings.keys() & before.settings.keys())


def _failures(frames: "StudyFrames") -> Iterator[Finding]:
    failed = frames.trials[frames.trials["state"] == "failed"]
    if len(failed):
        # a message that names a size is another one in each trial, of one cause
        kinds = failed["reason"].str.replace(r"\d+", "0", regex=True)
        kind, count = _commonest(kinds)
        reason, n_with = _commonest(failed["reason"][kinds == kind])
        those = "all" if count == len(failed) else f"{count} of them"
        if n_with < count:
            told = f", {those} like this one"
        else:
            told = " with" if count == len(failed) else f", {those} with"
        end = "" if reason.endswith((".", "?", "!")) else "."
        sentence = f"{counted(len(failed), 'trial')} failed{told}: {reason or 'no reason given'}{end}"
        common = what_is_common(frames, (kinds == kind).reindex(frames.trials.index, fill_value=False))
        if common is not None:
            sentence += f" {'All' if count == len(failed) else 'These'} had {common}."
        is_widespread = 2 * len(failed) > len(frames.trials)
        yield Finding("failures", sentence, {}, is_widespread=is_widespread)


def _commonest(texts: pd.Series) -> tuple[str, int]:
    """Returns the text that is there most often, of equals the first by the alphabet, and how often it is."""
    counts = texts.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return str(counts.index[0]), int(counts.iloc[0])


def _unmoved(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for an own net that trains arrays which it does not use: what it says never changes.

    Its layers may keep the arrays that were there when it was built. No error tells of it.
    """
    if frames.study.is_function or not is_own(frames.study.net_kind):
        return
    by_trial = frames.curves.groupby("number")[["val_accuracy", "train_accuracy"]]
    longer = by_trial.size() > 1
    if longer.sum() >= 3 and (by_trial.nunique(dropna=False)[longer] == 1).all(axis=None):
        yield Finding(
            "unmoved",
            "In no trial did an accuracy change after the first epoch: does loss(X, y) use the arrays that "
            "are in params when it is called? hpsearch gradcheck tells.",
            {},
            is_widespread=True,
        )


def _at_chance(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for a winner that may have learned nothing, where no illness of most nets says so already."""
    winner, chance, example = frames.corrected, frames.chance, frames.study.example
    if winner is None or chance == 0 or any(ailment.is_widespread for ailment in frames.ailments):
        return
    low, high = winner.corrected_interval
    if low <= chance:
        yield Finding(
            "at-chance",
            f"The best trial is not shown to be better than chance, which is {percent(chance)}:"
            f" {percent(winner.corrected_accuracy)} is what to expect of it (95 % interval"
            f" {percents(low, high)}). Do {example}s and classes belong together? More validation {example}s"
            " would tell more.",
            {},
            is_widespread=winner.corrected_accuracy <= chance,
        )


def _epochs(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for trainings that end too early or too late, where all trials train for as many epochs."""
    best, n_epochs = best_few(frames), frames.max_epochs
    if best.empty or n_epochs == 1 or "params.epochs" in best:
        return
    late = int((best["best_epoch"] >= n_epochs).sum())
    last = int(best["best_epoch"].max())
    as_long = ", if the function yields as many epochs" if frames.study.is_function else ""
    if late * 2 > len(best) and _chance_of(late, len(best), 1 / n_epochs) <= CHANCE:
        yield Finding(
            "more-epochs",
            f"{of_the_best(late, best)} were at their best in the last epoch: train longer{as_long}.",
            {"training.epochs": 2 * n_epochs},
        )
    elif last * 2 <= n_epochs and n_epochs >= 8:
        yield Finding(
            "fewer-epochs",
            f"None of the best {len(best)} trials improved after epoch {last} of {n_epochs}.",
            {"training.epochs": math.ceil(1.5 * last)},
        )


def _chance_of(at_least: int, n: int, share: float) -> float:
    """Returns the binomial chance that so many of n or more are in a share."""
    return sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(at_least, n + 1))


def _overfitting(frames: "StudyFrames") -> Iterator[Finding]:
    best = best_few(frames)
    gap = float((best["train_accuracy"] - best["value"]).median()) if len(best) else 0.0
    if gap > 0.05:
        points = math.floor(100 * gap)
        yield Finding(
            "overfitting",
            f"Half of the best {len(best)} trials are {points} points or more better on training than on"
            f" validation {frames.study.example}s: try more regularization (reg, dropout), more training"
            f" {frames.study.example}s or augmentation.",
            {},
        )


def _too_few_images(frames: "StudyFrames") -> Iterator[Finding]:
    """Says how many images it takes to tell the best trials apart, where that is far more than there are."""
    from hpsearch.results.paired import SMALL_EFFECT, images_needed

    complete = frames.trials["state"] == "complete"
    near = frames.near_best[complete].to_numpy()
    if frames.hits is None or complete.sum() < N_BEST or near.sum() * 2 <= complete.sum():
        return
    rivals = frames.hits[near]
    winner = rivals[np.argmax(rivals.sum(axis=1))]
    differing = float(np.median((rivals != winner).mean(axis=1)))
    needed = images_needed(differing, SMALL_EFFECT) if differing >= SMALL_EFFECT else 0
    about = float(f"{needed:.2g}")
    if needed > 2 * frames.num_val:
        others = f"other {complete.sum() - 1} complete trials"
        alike = f"{near.sum() - 1} of the {others} cannot be told from the best"
        if near.all():
            alike = f"None of the {others} can be told from the best"
        yield Finding(
            "few-images",
            f"{alike} on {frames.num_val} validation {frames.study.example}s; to see a difference of half a"
            f" point takes about {about:.0f}.",
            {},
        )


_RULES: tuple[Callable[["StudyFrames"], Iterator[Finding]], ...] = (
    _failures,
    _unmoved,
    illnesses,
    divergence,
    _at_chance,
    edges,
    rising,
    _epochs,
    choices,
    _overfitting,
    _too_few_images,
)
