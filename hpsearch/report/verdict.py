"""What the search found, in sentences.

verdict(frames, importances)       a few sentences, the most important first
beyond_first(frames, importances)  those that the page's first screen has not said
audit_in_words(frames)             what pruning cost
state_counts(trials)               how many trials ended how
"""

from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.records import STATES
from hpsearch.results.advice import advice
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.forked import forked_in_words
from hpsearch.results.importance import mattered_in_words
from hpsearch.results.selection import Winner
from hpsearch.results.stats import best_trial
from hpsearch.words import counted, duration, listed, percent, percents, points_between, shows_luck

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def verdict(frames: "StudyFrames", importances: pd.DataFrame) -> list[str]:
    """Returns what was searched, what won, by how much, whether that was enough, what mattered, the cost.

    Args:
        importances: what each parameter was worth, as `hpsearch.results.importance` gives it.
    """
    sentences = [_state_of_search(frames), *forked_in_words(frames)]
    if len(frames.trials):
        sentences += [] if frames.answered is None else frames.answered.sentences
        sentences += [*_winner(frames), *([] if frames.study.question else _enough(frames))]
        sentences += _mattered_and_cost(frames, importances)
    return sentences


def beyond_first(frames: "StudyFrames", importances: pd.DataFrame) -> list[str]:
    """Returns the verdict without what stands on the first screen: the accuracies, the winner, the advice.

    Args:
        importances: as for `verdict`.
    """
    sentences = [_state_of_search(frames), *forked_in_words(frames)]
    if frames.trials.empty:
        return sentences
    best = best_trial(frames.trials)
    if frames.answered is not None:
        sentences += frames.answered.sentences[1:]
    if best is None:
        sentences += _winner(frames)
    else:
        sentences += _beyond_winner(frames, best)
    return [*sentences, *_mattered_and_cost(frames, importances)]


def _beyond_winner(frames: "StudyFrames", best: int) -> list[str]:
    value = float(frames.trials.loc[frames.trials["number"] == best, "value"].iloc[0])
    sentences = [f"The search's winner, trial {best}, makes {_errors(frames, value)}."]
    winner = frames.corrected
    if winner is not None and shows_luck(value, winner.corrected_accuracy, percent):
        sentences.append(
            f"Epoch and trial were chosen on these {frames.study.example}s:"
            f" {points_between(value, winner.corrected_accuracy)} points of its {percent(value)} are the luck"
            " of being chosen."
        )
    if winner is not None:
        sentences += _pruners_choice(winner, frames.study.example)
    if frames.confirmation is not None:
        sentences += _on_fresh_seeds(frames.confirmation, best)
    elif advice(frames).kind != "confirm":  # which counts the trials within noise
        sentences += _rivals(frames)
    if frames.enough is None or frames.study.question:
        return sentences
    return [*sentences, *frames.enough.beyond_advice(percent)]


def _on_fresh_seeds(finalists: pd.DataFrame, best: int) -> list[str]:
    """Returns whether fresh seeds kept the search's winner."""
    taken = finalists.loc[finalists["taken"], "number"]
    if taken.empty:
        return []
    if len(finalists) == 1:
        who = "It" if int(taken.iloc[0]) == best else f"Trial {taken.iloc[0]}"
        return [f"{who} was the only finalist on fresh seeds."]
    n = counted(len(finalists), "finalist")
    if int(taken.iloc[0]) == best:
        return [f"Of {n} on fresh seeds it stayed the first."]
    return [f"Of {n} on fresh seeds trial {taken.iloc[0]} came first."]


def _mattered_and_cost(frames: "StudyFrames", importances: pd.DataFrame) -> list[str]:
    cost = [_cost(frames), *audit_in_words(frames), *_together(frames)]
    n_pruned = state_counts(frames.trials).get("pruned", 0)
    return [*mattered_in_words(importances, f"{len(frames.trials)} trials", n_pruned), *cost]


def state_counts(trials: pd.DataFrame) -> dict[str, int]:
    """Returns how many trials ended in each state; states that did not occur are absent."""
    counts = trials["state"].value_counts()
    return {state: int(counts[state]) for state in STATES if state in counts}


def _state_of_search(frames: "StudyFrames") -> str:
    n, wanted = frames.n_recorded, frames.study.trials
    states = ", ".join(f"{count} {state}" for state, count in state_counts(frames.trials).items())
    if n > wanted:
        sentence = f"{counted(n, 'trial')} finished, more than the {wanted} planned"
    elif n:
        sentence = f"{n} of {counted(wanted, 'trial')} finished"
    else:
        sentence = f"None of {counted(wanted, 'trial')} is recorded yet"
        if frames.running:
            sentence += f"; {frames.running} {'has' if frames.running == 1 else 'have'} begun"
    sentence += f": {states}." if states else "."
    if frames.n_continued:
        sentence += f" {frames.n_continued} went on as later trials, by whose numbers they are shown."
    if frames.picked:
        by = " and ".join(f"{count} to {name}" for name, count in frames.picked.items())
        whole = f"all to {next(iter(frames.picked))}" if len(frames.picked) == 1 else by
        sentence += f" The sampler auto left {whole}."
    if frames.ended_by:
        sentence += f" Its [stop] ended the search: {frames.ended_by}."
    if n and frames.running:
        sentence += f" {frames.running} more begun and not finished."
    if frames.waiting:
        sentence += f" {frames.waiting} done and waiting for an earlier one."
    return sentence


def _winner(frames: "StudyFrames") -> list[str]:
    trials = frames.trials
    best = best_trial(trials)
    if best is None:
        return ["No trial ran to its end, so there is no winner."]
    row = trials[trials["number"] == best].iloc[0]
    won = (
        f"Trial {best} is best with a validation accuracy of {percent(row['value'])}, reached in epoch"
        f" {row['best_epoch']:.0f}: {_errors(frames, float(row['value']))}."
    )
    return [won, *_luck(frames), *_rivals(frames)]


def _errors(frames: "StudyFrames", accuracy: float) -> str:
    errors = round((1 - accuracy) * frames.num_val)
    return f"{counted(errors, 'error')} on {counted(frames.num_val, frames.study.example)}"


def _luck(frames: "StudyFrames") -> list[str]:
    winner, these = frames.corrected, f"these {frames.study.example}s"
    if winner is None:
        return [f"Epoch and trial were chosen on {these}, so that may be a little too high."]
    low, high = winner.corrected_interval
    expected = (
        f"{percent(winner.corrected_accuracy)} is what to expect on other {frames.study.example}s"
        f" (95 % interval {percents(low, high)})"
    )
    if not shows_luck(winner.value, winner.corrected_accuracy, percent):
        return [
            f"{expected}: no luck of being chosen shows in it.",
            *_pruners_choice(winner, frames.study.example),
        ]
    luck = points_between(winner.value, winner.corrected_accuracy)
    chosen = f"Epoch and trial were chosen on {these}: {luck} points of that are the luck of"
    return [f"{chosen} being chosen, and {expected}.", *_pruners_choice(winner, frames.study.example)]


def _pruners_choice(winner: Winner, example: str) -> list[str]:
    """Returns that what went on to its end was chosen too, where nothing tells what that brought."""
    if winner.of_pruning is not None:
        return []
    these = f"these {example}s"
    return [f"Pruning chose on {these} too: the luck that this brought is not known, and not taken off."]


def _rivals(frames: "StudyFrames") -> list[str]:
    others = int(frames.near_best.sum()) - 1
    complete = state_counts(frames.trials)["complete"]
    if others == 0:
        if complete == 1:
            return ["It is the only complete trial."]
        if complete == 2:
            return ["The other complete trial is not within noise of it."]
        return [f"None of the {complete - 1} other complete trials is within noise of it."]
    subject = "1 other trial is" if others == 1 else f"{others} other trials are"
    return [f"{subject} within noise of it, so which of these {others + 1} is really the best is open."]


def _enough(frames: "StudyFrames") -> list[str]:
    return [] if frames.enough is None else frames.enough.sentences(percent)


def _cost(frames: "StudyFrames") -> str:
    sentence = f"The search spent {EpochsSpent.of(frames.study, frames.trials).in_words()}"
    cpu = frames.trials["cpu_seconds"].sum()
    return f"{sentence}; it took {duration(cpu)} of processor time." if cpu >= 0.1 else f"{sentence}."


def audit_in_words(frames: "StudyFrames") -> list[str]:
    """Returns what an audit found, if there was one."""
    audited = frames.audited
    if audited is None:
        return []
    then = "" if audited.n_trials == frames.n_recorded else f" of the first {audited.n_trials}"
    sentence = (
        f"Of {counted(audited.n_audited, 'pruned trial')}{then} trained to the end,"
        f" {audited.n_better or 'none'} would have beaten the winner"
    )
    if audited.regret > 0:
        sentence += f", the best by {100 * audited.regret:.1f} points on these {frames.study.example}s"
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


def _together(frames: "StudyFrames") -> list[str]:
    """Returns what the best trials are worth together, if that was checked."""
    found = frames.ensemble
    if found is None:
        return []
    begin = "T" if found.digest == frames.digest else "When fewer trials were recorded: t"
    shares = (found.gain, found.gain_low, found.gain_high)
    digits = 1 if all(abs(share) >= 0.0005 or not share for share in shares) else 2  # -0.0 would tell nothing
    gain, low, high = (f"{100 * share:+.{digits}f}" for share in shares)
    return [
        (
            f"{begin}rials {listed(found.members)} together reach {percent(found.mean)} on the validation"
            f" images with {counted(found.n_seeds, 'fresh seed')},"
            f" {gain} points against trial {found.members[0]} alone (95 % interval {low} to {high})."
        )
    ]
