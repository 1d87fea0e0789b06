"""The three accuracies of a study: of its search, on fresh seeds, and on the test split.

three_accuracies(frames)   search, fresh seeds and test, known or not yet
possible(frames)           those of them that can be known
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpsearch.disk.folder import StudyFolder
from hpsearch.results import commands
from hpsearch.results.stats import Interval, best_trial
from hpsearch.results.winner import taken_trial
from hpsearch.space import params_in_words
from hpsearch.words import counted, listed

if TYPE_CHECKING:
    import pandas as pd

    from hpsearch.results.answered import Answered
    from hpsearch.results.frames import StudyFrames


@dataclass(frozen=True)
class Accuracy:
    """What one kind of measurement says; all accuracies are fractions.

    Attributes:
        kind: "search", "fresh seeds" or "test".
        value: what is expected of the winner on new images; None if it is not known yet.
        interval: the 95 % interval of value; None where it is unknown.
        raw: the accuracy as it was measured, where value is corrected for the luck of being chosen.
        note: what it was measured on, in a few words.
        command: the command line that measures it; "" where it is measured, or nothing can be.
    """

    kind: str
    value: float | None
    interval: Interval | None = None
    raw: float | None = None
    note: str = ""
    command: str = ""


def three_accuracies(frames: StudyFrames) -> tuple[Accuracy, Accuracy, Accuracy]:
    """Returns what search, fresh seeds and test say of the winner."""
    return _of_search(frames), _of_fresh_seeds(frames), _of_test(frames)


def possible(frames: StudyFrames) -> Sequence[Accuracy]:
    """Returns the accuracies that can be known: of a training function that of its search alone."""
    every = three_accuracies(frames)
    return every[:1] if frames.study.is_function else every


def _of_search(frames: StudyFrames) -> Accuracy:
    number = best_trial(frames.trials)
    if number is None:
        goes_on = frames.n_recorded < frames.study.trials and not frames.ended_by
        folder, there = StudyFolder(frames.folder), frames.study.needs_its_script
        return Accuracy("search", None, command=commands.go_on(folder, there=there) if goes_on else "")
    raw = float(frames.trials.loc[frames.trials["number"] == number, "value"].iloc[0])
    where = f"trial {number}, {counted(frames.num_val, f'validation {frames.study.example}')}"
    winner = frames.corrected
    if winner is None:
        return Accuracy("search", raw, note=f"{where}, which also chose it: too high by some luck")
    return Accuracy("search", winner.corrected_accuracy, winner.corrected_interval, raw, note=where)


def _of_fresh_seeds(frames: StudyFrames) -> Accuracy:
    taken = taken_finalist(frames)
    if taken is None and frames.answered is not None:
        return _of_answer(frames, frames.answered)
    if taken is None:
        return Accuracy("fresh seeds", None, command=_command(frames, fresh_seeds_by(frames)))
    n_images = int(taken["n_images"])
    aside = f", {counted(n_images, 'image')} set aside" if taken["images"] == "estimate" else ""
    note = f"trial {int(taken['number'])}, {counted(int(taken['n_seeds']), 'fresh seed')}{aside}"
    interval = Interval(float(taken["accuracy_low"]), float(taken["accuracy_high"]))
    return Accuracy("fresh seeds", float(taken["accuracy"]), interval, float(taken["mean"]), note)


def fresh_seeds_by(frames: StudyFrames) -> str:
    """Returns the command that tries the best on fresh seeds; it answers the question of a study first."""
    return "confirm" if frames.study.question is None or frames.answered is not None else "answer"


def _of_answer(frames: StudyFrames, found: Answered) -> Accuracy:
    """Returns what fresh seeds say of the best value's best setting."""
    assert frames.fresh_answer is not None, "it was answered by that"
    answer, settings = found.answer, frames.fresh_answer.settings
    place = answer.values.index(answer.best)
    mean, aside = answer.means[place], frames.fresh_answer.images == "estimate"
    images = f", {counted(answer.n_images, 'image')} set aside" if aside else ""
    seeds = counted(answer.n_seeds, "fresh seed")
    note = (
        f"{params_in_words({found.parameter: answer.best})}, trial {settings[place].number}, {seeds}{images}"
    )
    return Accuracy("fresh seeds", mean.mean, Interval(mean.low, mean.high), note=note)


def taken_finalist(frames: StudyFrames) -> pd.Series | None:
    """Returns the finalist that confirm took; None where it took none of these trials, or in version 0.1."""
    finalists = frames.confirmation
    if finalists is None:
        return None
    taken = finalists[finalists["taken"] & (finalists["number"] == taken_trial(frames))]
    return None if taken.empty else taken.iloc[0]


def _of_test(frames: StudyFrames) -> Accuracy:
    look = frames.test
    if look is None:
        return Accuracy("test", None, command=_command(frames, "test"))
    tested = f"trials {listed(look.members)} together" if look.members else f"trial {look.trial}"
    note = f"{tested}, {counted(look.n_seeds, 'fresh seed')}, {counted(look.n_test, 'image')}"
    return Accuracy("test", look.accuracy, Interval(look.low, look.high), note=note)


def _command(frames: StudyFrames, name: str) -> str:
    """Returns a command about the winner, "" where there is none."""
    has_winner = best_trial(frames.trials) is not None
    folder, there = StudyFolder(frames.folder), frames.study.needs_its_script
    return commands.command(name, folder, there=there) if has_winner else ""
