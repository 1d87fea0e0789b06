"""A bar for each parameter: what was searched, where the trials near the best lie, and the winner.

parameter_bars(frames, importances)   one `RangeBar` or `ChoiceBar` a parameter, the most important first
bars_hint(bars)                       what is seen of them
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.report.figures.space import column
from hpsearch.report.parametergallery import in_order
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter, Value
from hpsearch.words import counted, visible

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

MIN_NEAR = 5
"""With fewer trials near the best, where they lie says little of the range."""


@dataclass(frozen=True)
class RangeBar:
    """A range of numbers; places are percents of the bar's width.

    Attributes:
        name: the parameter.
        low, high: both ends of the search, in words.
        left, width: where the trials near the best lie; None where there are too few of them.
        winner: the winner's place; None if it does not have the parameter.
        sentence: the same in words.
    """

    name: str
    low: str
    high: str
    left: float | None
    width: float | None
    winner: float | None
    sentence: str


@dataclass(frozen=True)
class ChoiceBar:
    """The choices of a parameter.

    Attributes:
        name: the parameter.
        choices: label, trials near the best, trials in all, and whether the winner has it.
    """

    name: str
    choices: Sequence[tuple[str, int, int, bool]]


def parameter_bars(frames: "StudyFrames", importances: pd.DataFrame) -> list[RangeBar | ChoiceBar]:
    """Returns the bars of a study; none without a complete trial."""
    number = best_trial(frames.trials)
    if number is None:
        return []
    best = frames.trials[frames.trials["number"] == number].iloc[0]
    return [
        _choices(frames, parameter, best) if parameter.kind == "choice" else _range(frames, parameter, best)
        for parameter in in_order(frames.parameters, importances)
    ]


def bars_hint(bars: Sequence[RangeBar | ChoiceBar]) -> str:
    """Returns what is seen of the bars: only what they have."""
    ranges = [bar for bar in bars if isinstance(bar, RangeBar)]
    if not ranges:
        return "Of each value: how many of its trials are within noise of the best; the winner's is framed."
    if all(bar.width is None for bar in ranges):
        return (
            "Of each parameter: the whole bar was searched, the dot is the search's winner. Fewer"
            f" than {MIN_NEAR} trials are within noise of the best: too few to show where they lie."
        )
    return (
        "Of each parameter: the whole bar was searched, the thick part holds the trials within noise of the"
        " best, the dot is the search's winner."
    )


def _choices(frames: "StudyFrames", parameter: Parameter, best: pd.Series) -> ChoiceBar:
    values, near = frames.trials[column(parameter)], frames.near_best
    rows = [
        (
            visible(one),
            int((near & (values == one)).sum()),
            int((values == one).sum()),
            best[column(parameter)] == one,
        )
        for one in parameter.choices
    ]
    return ChoiceBar(parameter.name, rows)


def _range(frames: "StudyFrames", parameter: Parameter, best: pd.Series) -> RangeBar:
    near = frames.trials.loc[frames.near_best, column(parameter)].dropna()
    won = best[column(parameter)]
    has_won = not pd.isna(won)
    left = width = None
    winner = f"the winner has {_number(parameter, won)}" if has_won else "the winner does not have it"
    sentence = f"{winner[0].upper()}{winner[1:]}"
    if len(near) >= MIN_NEAR:
        places = 100 * parameter.place([near.min(), near.max()])
        left, width = round(float(places[0]), 1), round(float(places[1] - places[0]), 1)
        sentence = (
            f"{counted(len(near), 'trial')} near the best: {_number(parameter, near.min())} to"
            f" {_number(parameter, near.max())}; {winner}"
        )
    return RangeBar(
        name=parameter.name,
        low=_number(parameter, parameter.low),
        high=_number(parameter, parameter.high),
        left=left,
        width=width,
        winner=round(float(100 * parameter.place([won])[0]), 1) if has_won else None,
        sentence=sentence,
    )


def _number(parameter: Parameter, value: Value | None) -> str:
    assert value is not None, "a range has ends"
    return f"{int(value)}" if parameter.kind == "int" else f"{float(value):.3g}"
