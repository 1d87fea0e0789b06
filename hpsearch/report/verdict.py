"""What the search found, in sentences.

verdict(frames, mattered)    a few sentences, the most important first
state_counts(trials)         how many trials ended how
"""

from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.style import percent
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.stats import best_trial
from hpsearch.words import counted, duration

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def verdict(frames: "StudyFrames", mattered: pd.DataFrame) -> list[str]:
    """Returns what was searched, what won and by how much, if it was enough, what mattered, and the cost.

    Args:
        mattered: columns parameter and importance, the largest first.
    """
    sentences = [_state_of_search(frames)]
    if len(frames.trials):
        sentences += [*_winner(frames), *_mattered(mattered), _cost(frames), *_cost_of_pruning(frames)]
    return sentences


def state_counts(trials: pd.DataFrame) -> dict[str, int]:
    """Returns how many trials ended in each state; states that did not occur are absent."""
    counts = trials["state"].value_counts()
    return {
        state: int(counts[state]) for state in ("complete", "pruned", "diverged", "failed") if state in counts
    }


def _state_of_search(frames: "StudyFrames") -> str:
    n, wanted = len(frames.trials), frames.study.trials
    states = ", ".join(f"{count} {state}" for state, count in state_counts(frames.trials).items())
    sentence = (
        f"{counted(n, 'trial')} of {wanted} finished" if n else f"No trial of {wanted} has finished yet"
    )
    sentence += f": {states}." if states else "."
    if frames.running or frames.waiting:
        sentence += f" {frames.running} more running, {frames.waiting} done and waiting for an earlier one."
    return sentence


def _winner(frames: "StudyFrames") -> list[str]:
    trials = frames.trials
    best = best_trial(trials)
    if best is None:
        return ["No trial ran to its end, so there is no winner."]
    row = trials[trials["number"] == best].iloc[0]
    errors = round((1 - row["value"]) * frames.num_val)
    won = (
        f"Trial {best} is best with a validation accuracy of {percent(row['value'])}, reached in epoch"
        f" {row['best_epoch']:.0f}: {counted(errors, 'error')} on {counted(frames.num_val, 'image')}."
    )
    return [won, *_luck(frames), _rivals(frames), *_enough(frames)]


def _luck(frames: "StudyFrames") -> list[str]:
    winner = frames.corrected
    if winner is None:
        return ["Epoch and trial were chosen on these images, so that may be a little too high."]
    low, high = winner.corrected_interval
    expected = (
        f"{percent(winner.corrected_accuracy)} is what to expect on other images"
        f" (95 % interval {percent(low)} to {percent(high)})"
    )
    luck = f"{100 * winner.luck:.1f}"
    if luck == "0.0":
        return [f"{expected}: no luck of being chosen shows in it."]
    chosen = f"Epoch and trial were chosen on these images: {luck} points of that are the luck of"
    return [f"{chosen} being chosen, and {expected}."]


def _rivals(frames: "StudyFrames") -> str:
    others = int(frames.near_best.sum()) - 1
    complete = state_counts(frames.trials)["complete"]
    if others == 0:
        if complete == 1:
            return "It is the only complete trial."
        if complete == 2:
            return "The other complete trial is not within noise of it."
        return f"None of the {complete - 1} other complete trials is within noise of it."
    subject = "1 other trial is" if others == 1 else f"{others} other trials are"
    return f"{subject} within noise of it, so which of these {others + 1} is really the best is open."


def _enough(frames: "StudyFrames") -> list[str]:
    return [] if frames.enough is None else frames.enough.sentences(percent)


def _mattered(importances: pd.DataFrame) -> list[str]:
    top = importances.head(3)
    if top.empty:
        return []
    shares = [f"{name} ({100 * share:.0f} %)" for name, share in top.itertuples(index=False)]
    return [f"What mattered most: {', '.join(shares)}."]


def _cost(frames: "StudyFrames") -> str:
    sentence = f"The search spent {EpochsSpent.of(frames.study, frames.trials).in_words()}"
    cpu = frames.trials["cpu_seconds"].sum()
    return f"{sentence}; it took {duration(cpu)} of processor time." if cpu > 0 else f"{sentence}."


def _cost_of_pruning(frames: "StudyFrames") -> list[str]:
    """Returns what an audit found, if there was one."""
    audited = frames.audited
    if audited is None:
        return []
    then = "" if audited.n_trials == len(frames.trials) else f" of the first {audited.n_trials}"
    sentence = (
        f"Of {counted(audited.n_audited, 'pruned trial')}{then} trained to the end, {audited.n_better} would"
        " have beaten the winner"
    )
    if audited.regret > 0:
        sentence += f", the best by {100 * audited.regret:.1f} points on these images"
        if audited.interval:
            low, high = (f"{100 * end:+.1f}" for end in audited.interval)
            sentence += f" ({low} to {high} in truth, 95 % interval)"
    if audited.n_audited == audited.n_pruned:
        return [f"{sentence}."]
    return [
        (
            f"{sentence}; of all {audited.n_pruned} it would be {audited.fewest} to {audited.most}"
            " (95 % interval)."
        )
    ]
