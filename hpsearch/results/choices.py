"""What the search says about choices: how they did over all trials, and never by the best alone.

    choices(frames)         findings on those that mattered
    by_choice(trials, p)    how each of them did

The best trials of two choices say little: well tuned, nearly all reach the top. That no difference shows is
no finding either, for it may be too few trials that show none.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from hpsearch.results.finding import MIN_COMPLETE, Finding, as_written, is_valid
from hpsearch.results.importance import mattered
from hpsearch.space import Parameter
from hpsearch.words import listed, percent, visible

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

CHANCE = 0.05
"""A choice whose trials all miss the top although they do as well as the others would do so this often."""


def choices(frames: "StudyFrames") -> Iterator[Finding]:
    """Tells of each choice that mattered how its values did, and which of them to leave out."""
    clear = mattered(frames.importances)
    for parameter in frames.parameters:
        if parameter.kind == "choice" and parameter.name in clear:
            table = by_choice(frames.trials, frames.near_best, parameter)
            table = table[table["trials"] > 0]
            yield _how_they_did(parameter, table)
            question = frames.study.question  # whose values are there to be compared
            if question is None or parameter.name != question.compare:
                yield from _poor(frames, parameter, table)


def by_choice(trials: pd.DataFrame, near_best: pd.Series, parameter: Parameter) -> pd.DataFrame:
    """Returns how each choice did.

    Returns:
        One row a choice, in their order: choice; trials, those that did not fail; pruned; complete; half, the
        accuracy that half of the trials reached before they ended, where diverged ones reached none; best,
        that of the best complete trial; near, the share of trials within noise of the winner.
    """
    told = trials[trials["state"] != "failed"]
    rows = []
    for choice in parameter.choices:
        mine = told[told[f"params.{parameter.name}"] == choice]
        complete = mine.loc[mine["state"] == "complete", "value"]
        reached = mine["value"].where(mine["state"] != "diverged", 0.0).fillna(0.0)
        near = near_best[mine.index].mean() if len(mine) else float("nan")
        half = reached.quantile(0.5, "lower")
        n_pruned = int((mine["state"] == "pruned").sum())
        rows.append((choice, len(mine), n_pruned, len(complete), half, complete.max(), near))
    return pd.DataFrame(rows, columns=["choice", "trials", "pruned", "complete", "half", "best", "near"])


def _how_they_did(parameter: Parameter, table: pd.DataFrame) -> Finding:
    """Puts the medians beside each other, and says whether every choice can reach the top."""
    ranked = table.sort_values("half", ascending=False, kind="stable")
    halves = [
        f"{percent(half)} with {visible(choice)}"
        for choice, half in zip(ranked["choice"], ranked["half"], strict=True)
    ]
    n_pruned = int(table["pruned"].sum())
    stopped = f", where {n_pruned} of {table['trials'].sum()} were pruned on the way" if n_pruned else ""
    sentence = f"{parameter.name} mattered: half of the trials reached {listed(halves)}{stopped}"
    reaching = ranked.loc[ranked["near"] > 0, "choice"].tolist()
    if len(reaching) == len(ranked):
        everyone = "both have" if len(ranked) == 2 else "each has"
        return Finding("choice", f"{sentence}. Well tuned, {everyone} trials within noise of the best.", {})
    return Finding("choice", f"{sentence}.", {})


def _poor(frames: "StudyFrames", parameter: Parameter, table: pd.DataFrame) -> Iterator[Finding]:
    """Looks for choices with so many trials far from the top that this is not chance."""
    far = table["near"] == 0
    poor = far & (table["trials"] >= MIN_COMPLETE) & ((1 - _share_near(table)) ** table["trials"] <= CHANCE)
    kept = table.loc[~poor, "choice"].tolist()
    if poor.any() and (table["near"] > 0).any():
        named, n_poor = listed(map(visible, table.loc[poor, "choice"])), table.loc[poor, "trials"].sum()
        # late ones among them may have been on their way to the top
        n_pruned = int(table.loc[poor, "pruned"].sum())
        stopped = f" ({n_pruned} of them pruned)" if n_pruned else ""
        them = "it" if poor.sum() == 1 else "them"
        settings = {f"space.{parameter.name}.choices": as_written(frames, parameter, kept)}
        yield Finding(
            "poor-choice",
            f"None of the {n_poor} trials with {parameter.name} {named}{stopped} came within noise of the"
            f" best, of the others {100 * _share_near(table[~poor]):.0f} % did: leave {them} out, or search"
            f" {them} in a study apart.",
            settings if is_valid(frames, settings) else {},
        )


def _share_near(table: pd.DataFrame) -> float:
    """Returns the share of all these trials within noise of the winner."""
    return float((table["near"] * table["trials"]).sum() / table["trials"].sum())
