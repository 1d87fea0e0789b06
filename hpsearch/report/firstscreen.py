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
from hpsearch.results.accuracies import taken_finalist, three_accuracies
from hpsearch.results.advice import Advice, advice
from hpsearch.results.stats import best_trial
from hpsearch.space import to_arguments
from hpsearch.words import percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


@dataclass(frozen=True)
class FirstScreen:
    """What the page says first.

    Attributes:
        advice: one sentence on what to do, and its command.
        strips: the accuracies of search, fresh seeds and test.
        winner: which trial won, "" if none did.
        toml, python: its parameters, to copy; "" if none won.
    """

    advice: Advice
    strips: Sequence[Strip]
    winner: str
    toml: str
    python: str


def first_screen(frames: "StudyFrames") -> FirstScreen:
    """Returns the first screen of a study."""
    advised, strips = advice(frames), accuracy_strips(three_accuracies(frames))
    best_number, taken = best_trial(frames.trials), taken_finalist(frames)
    if best_number is None:
        return FirstScreen(advised, strips, "", "", "")
    number = best_number if taken is None else int(taken["number"])
    best = frames.trials[frames.trials["number"] == number].iloc[0]
    params = params_of(frames, number)
    return FirstScreen(
        advice=advised,
        strips=strips,
        winner=f"Trial {number}: {percent(best['value'])} in epoch {best['best_epoch']:.0f}"
        + ("" if taken is None else ", the best on fresh seeds"),
        toml=tomli_w.dumps(params),
        python=pprint.pformat(to_arguments(params), sort_dicts=False),
    )
