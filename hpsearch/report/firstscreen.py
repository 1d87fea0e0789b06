"""The first screen of the page: what to do, three accuracies, the winner's parameters.

first_screen(frames)   what the template `first.html` shows
as_toml(params)        parameters as lines of a study file
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomli_w

from hpsearch.report.bestnet import params_of
from hpsearch.report.strips import Strip, accuracy_strips
from hpsearch.results.accuracies import possible
from hpsearch.results.advice import Advice, advice, while_it_searches
from hpsearch.results.stats import best_trial
from hpsearch.results.winner import taken_trial
from hpsearch.space import as_written, to_arguments
from hpsearch.words import as_python, percent

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


def first_screen(frames: "StudyFrames", *, live: bool = False) -> FirstScreen:
    """Returns the first screen of a study.

    Args:
        live: whether its search goes on.
    """
    advised, strips = (while_it_searches if live else advice)(frames), accuracy_strips(possible(frames))
    number = taken_trial(frames)
    if number is None:
        return FirstScreen(advised, strips, "", "", "")
    best = frames.trials[frames.trials["number"] == number].iloc[0]
    params = params_of(frames, number)
    return FirstScreen(
        advice=advised,
        strips=strips,
        winner=f"{_named(frames, number)} {percent(best['value'])} in epoch {best['best_epoch']:.0f}",
        toml=as_toml(as_written(to_arguments(params))),
        python=as_python(to_arguments(params)),
    )


def as_toml(params: Mapping[str, Any]) -> str:
    """Returns parameters as lines of a study file, each on one line: lists and tables too."""
    return "".join(f"{_key(name)} = {_literal(value)}\n" for name, value in params.items())


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_literal(one)}' for key, one in value.items())} }}"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")


def _named(frames: "StudyFrames", number: int) -> str:
    """Returns the name of the trial to go on with, and what took it once fresh seeds have."""
    if frames.confirmation is None:
        return f"Trial {number}:"
    if number == best_trial(frames.trials):
        return f"Trial {number}, first in the search and on fresh seeds: in the search"
    return f"Trial {number}, taken on fresh seeds: in the search"
