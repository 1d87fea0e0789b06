"""What terminal and page say about a question: the answer in sentences, and the values in a table.

answered(study, trials, fresh)             the answer with its sentences, from what fresh seeds showed
sentences(answer, parameter, tuned)        the answer first, then what each value needed
answer_table(answer, parameter, trials)    a row a value
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from hpsearch.disk.answer import FreshAnswer
from hpsearch.records import STATES
from hpsearch.results.enough import DRAWN_ALIKE
from hpsearch.results.question import (
    BETTER,
    LUCK_OF_TUNING,
    Answer,
    Comparison,
    Tuned,
    answer,
    mark,
    tuned_of,
)
from hpsearch.results.stats import MeanInterval
from hpsearch.space import Value, params_in_words
from hpsearch.study.studyfile import Study
from hpsearch.words import listed


@dataclass(frozen=True)
class Answered:
    """A study's question with its answer.

    Attributes:
        parameter: the one in question.
        answer: what fresh seeds say.
        sentences: the same in words, the answer first.
    """

    parameter: str
    answer: Answer
    sentences: tuple[str, ...]


def answered(study: Study, trials: pd.DataFrame, fresh: FreshAnswer) -> Answered:
    """Returns the answer of a study in which a parameter is in question.

    Args:
        study: its settings.
        trials: StudyFrames.trials.
        fresh: what the best setting of each value did on fresh seeds.
    """
    assert study.question is not None, "only a study with a question has an answer"
    parameter = study.question.compare
    tuned = [
        tuned_of(trials, parameter, study.question.values[one.turn], one.right) for one in fresh.settings
    ]
    found = answer(tuned, learns=study.sampler.name not in DRAWN_ALIKE)
    told = sentences(found, parameter, tuned)
    if fresh.images == "validation":
        told.append(
            "The validation images chose the settings, so each may be a little worse on other images."
        )
    return Answered(parameter, found, tuple(told))


def sentences(answer: Answer, parameter: str, tuned: Sequence[Tuned]) -> list[str]:
    """Returns a sentence for each value that the best one was compared with, and what each needed.

    Args:
        parameter: the one in question.
        tuned: what `answer` was made of.
    """
    told = [_compared(answer, parameter, comparison) for comparison in answer.comparisons]
    if len(answer.comparisons) > 1:
        told.append("In 95 % of such studies all these intervals hold the truth at once.")
    return [*told, *_reached(parameter, tuned)]


def answer_table(answer: Answer, parameter: str, trials: pd.DataFrame) -> pd.DataFrame:
    """Returns a row a value, in the order of the values.

    Columns: value; trials; complete, pruned, diverged, failed (how many of them); epochs; searched (the
    best validation accuracy of the search, NaN without a complete trial); mean, low, high (of its best
    setting on fresh seeds, with its 95 % interval). Accuracies are fractions.

    Args:
        parameter: the one in question.
        trials: StudyFrames.trials.
    """
    rows = []
    for value, mean in zip(answer.values, answer.means, strict=True):
        mine = trials[trials[f"params.{parameter}"] == value]
        ends = {state: int((mine["state"] == state).sum()) for state in STATES}
        searched = mine.loc[mine["state"] == "complete", "value"].max()
        spent = int(mine["epochs"].sum())
        rows.append(
            {"value": value, "trials": len(mine), **ends, "epochs": spent, "searched": searched}
            | mean._asdict()
        )
    return pd.DataFrame(rows)


def _compared(answer: Answer, parameter: str, comparison: Comparison) -> str:
    best, other = _named(parameter, answer.best), _named(parameter, comparison.value)
    if comparison.verdict == BETTER:
        effect, interval = _points(comparison.tuned)
        return f"{best} beats {other} by {effect} points (95 % interval {interval}) once all else is tuned."
    effect, interval = _points(comparison.settings)
    if comparison.verdict == LUCK_OF_TUNING:
        return (
            f"The best setting with {best} beats the best one with {other} by {effect} points (95 % interval"
            f" {interval}), but {_luck(comparison)}."
        )
    return (
        f"No difference between {best} and {other} that {answer.n_images} images and {answer.n_seeds} seeds"
        f" could show: {_ahead(best, effect)} (95 % interval {interval}).{_more_images(answer, comparison)}"
    )


def _luck(comparison: Comparison) -> str:
    """Returns what the luck of tuning leaves of an effect; nothing is known with too few trials."""
    if comparison.tuned.low == -1.0:
        return "with so few trials the luck of tuning alone may do that"
    _, interval = _points(comparison.tuned)
    return f"the luck of tuning alone may do that: with it the interval is {interval}"


def _ahead(best: str, effect: str) -> str:
    return f"{best} is {effect} points ahead" if float(effect) else "they are level"


def _more_images(answer: Answer, comparison: Comparison) -> str:
    if comparison.images is None or comparison.images <= answer.n_images:
        return ""
    return (
        f" To see half a point between one net of each in four of five cases, {comparison.images} images"
        " would be needed."
    )


def _reached(parameter: str, tuned: Sequence[Tuned]) -> list[str]:
    reached = mark(tuned)
    if reached is None:
        return []
    counts = [
        f"{int((one.scores >= reached).sum())} of {len(one.scores)} trials with"
        f" {_named(parameter, one.value)}"
        for one in tuned
    ]
    return [f"{100 * reached:.4g} % was reached by {listed(counts)}."]


def _named(parameter: str, value: Value) -> str:
    return params_in_words({parameter: value})


def _points(interval: MeanInterval) -> tuple[str, str]:
    """Returns mean and ends in points, with as many digits as tell an end from 0."""
    ends = [end for end in interval[1:] if end]
    digits = 1 if all(abs(end) >= 0.0005 for end in ends) else 2
    mean, low, high = (f"{100 * number:.{digits}f}" for number in interval)
    return mean, f"{low} to {high}"
