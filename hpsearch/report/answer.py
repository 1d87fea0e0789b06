"""The page's exhibit of a question's answer, and its table of the values."""

from functools import partial

import pandas as pd

from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures.answered import effects
from hpsearch.results.answered import answer_table
from hpsearch.results.question import Answer
from hpsearch.words import percent


def answer_exhibit(answer: Answer, parameter: str, trials: pd.DataFrame) -> Exhibit:
    """Returns how far the best value is ahead, with what each value needed as its data.

    Args:
        parameter: the one in question.
        trials: StudyFrames.trials.
    """
    return Exhibit(
        "answer",
        f"Does {parameter} matter?",
        "Differences on the same fresh seeds and images. Thick: the 95 % interval of the two best settings."
        " Thin: with the luck of tuning, which two equal searches would also have.",
        f"How far {answer.best} is ahead of the other values, with intervals.",
        partial(effects, answer),
        _shown(answer_table(answer, parameter, trials)),
    )


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Returns the table as people read it."""
    accuracies = ("searched", "mean", "low", "high")
    shown = {name: [percent(share) if share == share else "" for share in table[name]] for name in accuracies}
    return table.assign(**shown).rename(columns={"searched": "best in the search", "mean": "fresh seeds"})
