"""The first screen of the page: what to do, three accuracies, the winner's parameters.

first_screen(frames)   what the template `first.html` shows
"""

import pprint
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomli_w

from hpsearch.report.bestnet import params_of
from hpsearch.report.strips import Strip, accuracy_strips
from hpsearch.results.accuracies import possible
from hpsearch.results.advice import Advice, advice
from hpsearch.results.stats import best_trial
from hpsearch.results.winner import taken_trial
from hpsearch.space import as_written, to_arguments
from hpsearch.words import percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


@dataclass(frozen=True)
class FirstScreen:
    """What the page says first.

    Attributes:
        advice: one sentence on what to do, and its command.
        strips: the accuracies of search, fresh seeds and test.
        winner: which trial is the one to go on with, "" if none won.
        toml, python: its parameters, to copy; "" if none won.
    """

    advice: Advice
    strips: Sequence[Strip]
    winner: str
    toml: str
    python: str


def first_screen(frames: "StudyFrames") -> FirstScreen:
    """Returns the first screen of a study."""
    advised, strips = advice(frames), accuracy_strips(possible(frames))
    number = taken_trial(frames)
    if number is None:
        return FirstScreen(advised, strips, "", "", "")
    best = frames.trials[frames.trials["number"] == number].iloc[0]
    params = params_of(frames, number)
    return FirstScreen(
        advice=advised,
        strips=strips,
        winner=f"{_named(frames, number)} {percent(best['value'])} in epoch {best['best_epoch']:.0f}",
        toml=tomli_w.dumps(as_written(to_arguments(params))),
        python=pprint.pformat(to_arguments(params), sort_dicts=False),
    )


def _named(frames: "StudyFrames", number: int) -> str:
    """Returns the name of the trial to go on with, and what took it once fresh seeds have."""
    if frames.confirmation is None:
        return f"Trial {number}:"
    if number == best_trial(frames.trials):
        return f"Trial {number}, first in the search and on fresh seeds: in the search"
    return f"Trial {number}, taken on fresh seeds: in the search"
