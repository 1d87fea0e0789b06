"""The exhibits of how the search went: progress, whether it was enough, cost, workers.

best_by_trial(frames)        the best accuracy so far over the trials
progress_exhibits(frames)    the same over the cost, what other searches would reach, how many got how far
cost_exhibits(frames)        epochs spent and saved, workers
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures import cost, progress
from hpsearch.report.verdict import audit_in_words
from hpsearch.results.enough import curve_of
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.stats import is_measured
from hpsearch.words import counted, percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def best_by_trial(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields the best accuracy so far over the trials, if a trial measured one."""
    if is_measured(frames.trials):
        yield Exhibit(
            "best-so-far",
            "Best so far, by trial",
            _line(
                frames,
                "The line is the best complete trial up to then, the band its 95 % interval if nobody had"
                " chosen it: both may be a little too high.",
            ),
            f"Validation accuracy by number, {counted(len(frames.trials), 'trial')}. {_rise(frames)}",
            partial(progress.best_so_far, frames.trials, frames.num_val),
            shows=("number", "value"),
        )


def progress_exhibits(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields how fast the search found what, and whether it was enough, if a trial measured an accuracy."""
    if not is_measured(frames.trials):
        return
    yield Exhibit(
        "best-over-epochs",
        "Best so far, by cost",
        _line(
            frames,
            "The best complete trial over the epochs that all trials up to this one have spent, with its 95 %"
            " interval if nobody had chosen it.",
        ),
        f"Best validation accuracy over {counted(int(frames.trials['epochs'].sum()), 'epoch')}."
        f" {_rise(frames)}",
        partial(progress.best_over_epochs, frames.trials, frames.num_val),
        shows=("spent", "value"),
    )
    yield from _tuning_curve(frames)
    median = frames.trials["value"].fillna(0.0).median()
    yield Exhibit(
        "shares-above",
        "How many got how far",
        "Pruned trials count with the accuracy that they had reached: a search that learns where to look"
        " bends towards the upper right.",
        f"Share of the trials that reached an accuracy: half of them reached {percent(median)}.",
        partial(progress.shares_above, frames.trials, frames.num_val),
    )


def _line(frames: "StudyFrames", words: str) -> str:
    """Returns what words say of the line of the best complete trial, where there is one."""
    return words if (frames.trials["state"] == "complete").any() else "No trial is complete, so none is best."


def _rise(frames: "StudyFrames") -> str:
    best = progress.running_best(frames.trials).dropna()
    if best.empty:
        return "No winner."
    return f"The best rises from {percent(best.iloc[0])} to {percent(best.iloc[-1])}."


def _tuning_curve(frames: "StudyFrames") -> Iterator[Exhibit]:
    curve = curve_of(frames.study, frames.trials, frames.went_on_with)
    if curve is not None:
        pruned = " A pruned trial counts with what it had reached, so the curve begins rather too low."
        shown = curve.assign(**{name: curve[name].map(percent) for name in ("estimate", "low", "high")})
        yield Exhibit(
            "tuning-curve",
            "Was it enough?",
            "What half of all such searches reach with so many trials. The band holds the whole curve in at"
            " least 95 % of the searches; it says nothing from above where it goes to 100 %."
            + (pruned if (frames.trials["state"] == "pruned").any() else ""),
            f"Estimated best validation accuracy of searches of up to {counted(len(curve), 'trial')}.",
            partial(progress.tuning_curve, curve, frames.num_val),
            shown,
        )


def cost_exhibits(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields what the search cost, what pruning saved and what that cost, and how busy the workers were."""
    spent = EpochsSpent.of(frames.study, frames.trials).in_words()
    yield Exhibit(
        "epochs-spent",
        "Epochs spent and saved",
        " ".join(
            [
                f"Trials that were still training in an epoch, by how they ended: {spent}.",
                *audit_in_words(frames),
            ]
        ),
        f"Of {counted(len(frames.trials), 'trial')}, how many trained in each of {frames.max_epochs} epochs.",
        partial(cost.epochs_spent, frames.trials, frames.max_epochs),
        cost.trials_by_epoch(frames.trials),
    )
    if (frames.trials["started"].notna() & frames.trials["finished"].notna()).any():
        yield Exhibit(
            "workers",
            "Workers over time",
            "A bar a trial, a row a worker; gaps are waits for earlier trials or pauses of the search.",
            f"Which trial trained when, on {counted(frames.trials['worker'].nunique(), 'worker')}.",
            partial(cost.workers_over_time, frames.trials),
            shows=("seconds",),
            wide=True,
        )
