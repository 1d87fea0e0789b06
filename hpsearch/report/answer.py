"""The page's exhibits of a question's answer: the effects, and how far the trials of each value came."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures.answered import effects, reached
from hpsearch.results.answered import answer_table
from hpsearch.results.question import scores_of
from hpsearch.words import percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def answer_exhibits(frames: "StudyFrames") -> Iterator[Exhibit]:
    """Yields what shows the answer of a study's question; nothing without one."""
    if frames.answered is None:
        return
    answer, parameter = frames.answered.answer, frames.answered.parameter
    yield Exhibit(
        "answer",
        f"Does {parameter} matter?",
        "Differences on the same fresh seeds and images. Thick: the 95 % interval of the two best settings."
        " Thin: with the luck of tuning, which two equal searches would also have.",
        f"How far {answer.best} is ahead of the other values, with intervals.",
        partial(effects, answer),
        _shown(answer_table(answer, parameter, frames.trials)),
    )
    scores = {value: scores_of(frames.trials, parameter, value) for value in answer.values}
    yield Exhibit(
        "answer-reached",
        f"How far the trials of each {parameter} came",
        "The share of trials whose best epoch reached an accuracy. The further right a line, the more of its"
        " trials came far; pruned trials count with what they had reached, diverged and failed ones with 0.",
        f"Share of trials over validation accuracy, a line for each of {len(answer.values)} values.",
        partial(reached, scores, max(frames.num_val, 1)),
    )


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Returns the table as people read it."""
    accuracies = ("searched", "mean", "low", "high")
    shown = {name: [percent(share) if share == share else "" for share in table[name]] for name in accuracies}
    return table.assign(**shown).rename(columns={"searched": "best in the search", "mean": "fresh seeds"})
