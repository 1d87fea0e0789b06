"""The illnesses of a search: what keeps many of its nets from learning, where, and what helps.

ailing(frames)      an Ailment for each illness that is no rarity
illnesses(frames)   the same as findings
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from hpsearch.results.border import Condition, set_apart
from hpsearch.results.finding import Finding, is_valid
from hpsearch.results.illness import ILLNESSES, MOST, Illness, diagnosed, too_fast
from hpsearch.results.stats import best_trial
from hpsearch.words import counted, percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

N_TRAIN_SAMPLES = 1000
"""Images that training accuracy is measured on where a study file does not say it, as in `Solver`."""
MIN_ILL = 3
MIN_SHARE = 0.1
"""An illness of fewer trials, or of a smaller share, is what a search is there to avoid."""
WHY_NETS_DIVERGE = ("illness-too-fast", "illness-exploding")
"""Findings that say what is behind trials that diverged."""
CLEAR = 2 / 3
"""So large a share of its trials must show it in one layer, for this one to be named."""
ALL = 0.9
"""Where so many trials have an illness, no parameter sets them apart."""


@dataclass(frozen=True)
class Ailment:
    """An illness of a search.

    Attributes:
        name: a key of `ILLNESSES`.
        numbers: the trials that have it.
        n_told: of how many trials.
        condition: where it is at home; None if nothing sets its trials apart.
        sentence: what was noticed, and what helps.
    """

    name: str
    numbers: tuple[int, ...]
    n_told: int
    condition: Condition | None
    sentence: str

    @property
    def rule(self) -> str:
        """The kind of its finding."""
        return f"illness-{self.name}"

    @property
    def illness(self) -> Illness:
        """What is known of it."""
        return ILLNESSES[self.name]

    @property
    def is_widespread(self) -> bool:
        """Whether most trials have it."""
        return 2 * len(self.numbers) > self.n_told


def ailing(frames: "StudyFrames") -> list[Ailment]:
    """Returns the illnesses that are no rarities, the commonest first."""
    layers = frames.layers
    if layers.empty:
        return []
    told = frames.trials[frames.trials["state"] != "failed"]
    n_train = min(int(frames.study.training.get("num_train_samples", N_TRAIN_SAMPLES)), frames.num_train)
    rates = told.get("params.learning_rate", frames.study.training.get("learning_rate", math.nan))
    known = told.assign(learning_rate=pd.to_numeric(rates))
    ill = diagnosed(layers, known, frames.curves, n_train, frames.num_val)
    counts = ill["illness"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    enough = max(MIN_ILL, MIN_SHARE * len(told))
    return [_ailment(frames, told, ill[ill["illness"] == name]) for name, n in counts.items() if n >= enough]


def _ailment(frames: "StudyFrames", told: pd.DataFrame, ill: pd.DataFrame) -> Ailment:
    chosen = told["number"].isin(ill["number"]).to_numpy()
    condition = None if chosen.mean() >= ALL else set_apart(told, frames.parameters, chosen)
    inside = told if condition is None else told[condition.holds(told)]
    ill_inside = ill[ill["number"].isin(inside["number"])]
    elsewhere, n_others = len(ill) - len(ill_inside), len(told) - len(inside)
    count = _count(len(ill_inside), len(inside))
    where = "" if condition is None else f" with {condition.in_words()}"
    failed = frames.trials[frames.trials["state"] == "failed"]
    if len(failed if condition is None else failed[condition.holds(failed)]):
        where += " that did not fail"
    others = f" (and {elsewhere} of {n_others} others)" if elsewhere else ""
    return Ailment(
        name=str(ill["illness"].iloc[0]),
        numbers=tuple(ill["number"].tolist()),
        n_told=len(told),
        condition=condition,
        sentence=f"{count}{where}{others} {_what_happened(frames, ill_inside)}",
    )


def _count(n: int, of: int) -> str:
    return f"All {n} trials" if n == of else f"{n} of {counted(of, 'trial')}"


def _what_happened(frames: "StudyFrames", ill: pd.DataFrame) -> str:
    """Returns how far trials with one illness got, what happens in their layers, and what helps."""
    illness = ILLNESSES[ill["illness"].iloc[0]]
    how = _how_they_did(frames, frames.trials[frames.trials["number"].isin(ill["number"])])
    dead = _dead_at_the_end(frames.layers, ill["number"]) if illness.find is too_fast else 0
    died = f"; {dead} of them end with a layer of which most ReLUs are dead" if dead else ""
    what = illness.words.format(layer=_layer_in_words(ill["layer"]))
    return f"{how}: {what}{died}. What helps: {illness.remedy}."


def _layer_in_words(layers: pd.Series) -> str:
    """Returns the layer that these trials show it in, or among which layers it is."""
    most = layers.mode().iloc[0]
    n_most = int((layers == most).sum())
    if n_most < CLEAR * len(layers):
        return f"one of layers {layers.min()} to {layers.max()}"
    return f"layer {most}" if n_most == len(layers) else f"layer {most} (in {n_most} of them)"


def _dead_at_the_end(layers: pd.DataFrame, numbers: pd.Series) -> int:
    """Returns how many of these trials have a layer of dead ReLUs in their last look."""
    of_them = layers[layers["number"].isin(numbers)]
    last = of_them[of_them["epoch"] == of_them.groupby("number")["epoch"].transform("max")]
    return int(last.loc[last["dead"] >= MOST, "number"].nunique())


def _how_they_did(frames: "StudyFrames", ill: pd.DataFrame) -> str:
    """Returns how far the nets got, against who always names the commonest class."""
    n_diverged = int((ill["state"] == "diverged").sum())
    if n_diverged == len(ill):
        return "diverged"
    chance = float(frames.layers["chance"].iloc[0])
    reached = f"got no further than {percent(float(ill['value'].max()))} (chance is {percent(chance)})"
    return f"{reached}, {n_diverged} of them diverged" if n_diverged else reached


def illnesses(frames: "StudyFrames") -> Iterator[Finding]:
    """Yields the illnesses of a search as findings."""
    for ailment in frames.ailments:
        settings = _settings(frames, ailment)
        yield Finding(ailment.rule, ailment.sentence, settings, is_widespread=ailment.is_widespread)


def _settings(frames: "StudyFrames", ailment: Ailment) -> dict[str, Any]:
    """Returns overrides that leave out the values with the illness, if one end of one range has them all."""
    if ailment.condition is None or len(ailment.condition.parts) != 1:
        return {}
    [part] = ailment.condition.parts
    cure = ailment.illness.by.get(part.name)
    best = frames.trials[frames.trials["number"] == best_trial(frames.trials)]
    if cure is None or part.side != ("below" if cure > 0 else "from") or part.holds(best).any():
        return {}
    settings = {f"space.{part.name}.{'low' if cure > 0 else 'high'}": part.limit}
    return settings if is_valid(frames, settings) else {}
