"""What terminal and page say about a question: the answer in sentences, and the values in a table.

answered(study, trials, n_val, ...)        the answer with its sentences, from what fresh seeds showed
sentences(answer, parameter, tuned, ...)   the answer first, then what each value needed
answer_table(answer, parameter, trials)    a row a value
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from hpsearch.disk.answer import FreshAnswer
from hpsearch.records import STATES
from hpsearch.results.enough import DRAWN_ALIKE
from hpsearch.results.failing import n_unlearned
from hpsearch.results.illness import chance_level
from hpsearch.results.question import (
    BETTER,
    LUCK_OF_TUNING,
    OPEN,
    Answer,
    Tuned,
    answer,
    mark,
    tuned_of,
)
from hpsearch.results.stats import MeanInterval
from hpsearch.space import Value, params_in_words
from hpsearch.study.study import Study
from hpsearch.words import either, listed, share_in_words


@dataclass(frozen=True)
class Answered:
    """A study's question with its answer.

    Attributes:
        parameter: the one in question.
        answer: what fresh seeds say.
        sentences: the same in words, the answer first.
    """

    parameter: str
    answer: Answer = field(repr=False)  # the sentences say it
    sentences: tuple[str, ...]


def answered(study: Study, trials: pd.DataFrame, n_val: int, fresh: FreshAnswer, chance: float) -> Answered:
    """Returns the answer of a study in which a parameter is in question.

    Args:
        study: its settings.
        trials: StudyFrames.trials.
        n_val: how many validation images there are.
        fresh: what the best setting of each value did on fresh seeds.
        chance: the accuracy of who always names the commonest class.
    """
    assert study.question is not None, "only a study with a question has an answer"
    parameter = study.question.compare
    tuned = [
        tuned_of(trials, parameter, study.question.values[one.turn], one.right) for one in fresh.settings
    ]
    found = answer(tuned, learns=study.sampler.name not in DRAWN_ALIKE, n_val=n_val)
    by_chance = chance_level(chance, n_val)
    told = sentences(found, parameter, tuned, set_aside=fresh.images == "estimate", by_chance=by_chance)
    searched = trials.set_index("number")["value"].loc[[one.number for one in fresh.settings]]
    told += _unlearned(parameter, tuned, searched, chance)
    return Answered(parameter, found, tuple(told))


def sentences(
    answer: Answer, parameter: str, tuned: Sequence[Tuned], *, set_aside: bool, by_chance: float
) -> list[str]:
    """Returns the answer in one sentence, what each value needed, and what it was measured on.

    Args:
        parameter: the one in question.
        tuned: what `answer` was made of.
        set_aside: whether the images that judge chose nothing.
        by_chance: up to this accuracy a net may have learned nothing.
    """
    clauses = [
        *_better(answer, parameter),
        *_perhaps_luck(answer, parameter),
        *_no_difference(answer, parameter),
    ]
    reached = _reached(parameter, tuned, by_chance)
    if len(tuned) == 2:
        return [_sentence([*clauses, *reached]), _measured(answer, set_aside)]
    return [_sentence(clauses), *map(_sentence, [reached] if reached else []), _measured(answer, set_aside)]


def _sentence(clauses: Sequence[str]) -> str:
    """Returns a sentence; names of values, at its begin too, stay as they are."""
    text = "; ".join(clauses)
    return f"{text[0].upper()}{text[1:]}." if text.startswith("no ") else f"{text}."


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


def _better(answer: Answer, parameter: str) -> list[str]:
    """Returns what the best value is ahead of, even if tuning was lucky; nothing if of none."""
    found = [(one.value, one.tuned) for one in answer.comparisons if one.verdict == BETTER]
    return [f"{_lead(answer, parameter, found)} once tuned"] if found else []


def _perhaps_luck(answer: Answer, parameter: str) -> list[str]:
    """Returns what the best value is ahead of where tuning may have made it so, and what that luck leaves."""
    found = [one for one in answer.comparisons if one.verdict == LUCK_OF_TUNING]
    told = [one for one in found if not answer.learns and one.tuned.low > -1.0]
    untold = [one for one in found if one not in told]
    clauses = []
    if told:
        clauses.append((told, f"with it {listed(_interval(one.tuned) for one in told)}"))
    if untold:
        learns = "trials of a grid or of a sampler that learns hardly tell; random ones tell more"
        clauses.append((untold, learns if answer.learns else "the trials are too few to tell"))
    luck = "in their best settings, but that may be the luck of tuning alone"
    return [
        f"{_lead(answer, parameter, [(one.value, one.settings) for one in behind])} {luck} ({why})"
        for behind, why in clauses
    ]


def _lead(answer: Answer, parameter: str, behind: Sequence[tuple[Value, MeanInterval]]) -> str:
    """Returns by how much the best value is ahead of others."""
    leads = listed(
        f"of {_named(parameter, value)} by {_points(lead).removeprefix('+')}" for value, lead in behind
    )
    return f"{_named(parameter, answer.best)} is ahead {leads}"


def _no_difference(answer: Answer, parameter: str) -> list[str]:
    """Returns which values cannot be told from the best one, and what would tell them; nothing if all can."""
    found = [one for one in answer.comparisons if one.verdict == OPEN]
    if not found:
        return []
    others = either(f"{_named(parameter, one.value)} ({_points(one.settings)})" for one in found)
    images = [one.images for one in found if one.images is not None]
    best = _named(parameter, answer.best)
    by = f"{answer.n_images} images and {answer.n_seeds} seeds"
    shown = f"{by} show no difference between {best} and {others}"
    if not images or max(images) <= answer.n_images:
        return [shown]
    needed = round(max(images), 2 - len(str(max(images))))  # to two digits: it is an estimate
    return [f"{shown}: about {needed} images would be needed to see half a point between two nets"]


def _reached(parameter: str, tuned: Sequence[Tuned], by_chance: float) -> list[str]:
    """Returns which share of each value's trials reached a round accuracy; nothing if there is none."""
    level = mark(tuned, by_chance)
    if level is None:
        return []
    shares = [share_in_words(int((one.scores >= level).sum()), len(one.scores), "trial") for one in tuned]
    if len(set(shares)) == 1:
        who = f"{shares[0]} with each value of {parameter}"
    else:
        who = listed(
            f"{share} {_with(parameter, one.value)}" for share, one in zip(shares, tuned, strict=True)
        )
    return [f"{100 * level:.4g}\u00a0% validation accuracy was reached by {who}"]


def _measured(answer: Answer, set_aside: bool) -> str:
    images = (
        f"{answer.n_images} images that chose nothing"
        if set_aside
        else f"{answer.n_images} validation images, which also chose the settings"
    )
    together = ", which in 95 % of such studies all hold at once" if len(answer.comparisons) > 1 else ""
    return (
        f"Measured with each value's best setting on {answer.n_seeds} fresh seeds and {images};"
        f" in brackets 95 % intervals{together}."
    )


def _unlearned(parameter: str, tuned: Sequence[Tuned], searched: Iterable[float], chance: float) -> list[str]:
    """Returns how many nets did not learn, and with which values; nothing if all did.

    A setting that diverged on a seed was spared the later ones: there is nothing right on any of these.
    """
    counts = [n_unlearned(one.right, value, chance) for one, value in zip(tuned, searched, strict=True)]
    failed = [(n, one) for n, one in zip(counts, tuned, strict=True) if n]
    if not failed:
        return []
    whose = listed(f"{n} {_with(parameter, one.value)}" for n, one in failed)
    diverged = not all(one.right.any(axis=1).all() for _, one in failed)
    spared = ", or were spared after one that diverged" if diverged else ""
    told = f"{sum(counts)} of {sum(len(one.right) for one in tuned)} nets did not learn{spared} ({whose})"
    return [f"{told}; effects and intervals count them in."]


def _named(parameter: str, value: Value) -> str:
    return f"no {parameter}" if value == "none" else params_in_words({parameter: value})


def _with(parameter: str, value: Value) -> str:
    return f"without {parameter}" if value == "none" else f"with {_named(parameter, value)}"


def _points(interval: MeanInterval) -> str:
    """Returns a difference in points with its interval: +1.4 points [0.6, 2.1]."""
    return f"{100 * interval.mean:+.{_digits(interval)}f} points {_interval(interval)}"


def _interval(interval: MeanInterval) -> str:
    digits = _digits(interval)
    return f"[{100 * interval.low:.{digits}f}, {100 * interval.high:.{digits}f}]"


def _digits(interval: MeanInterval) -> int:
    """Returns as many digits of a point as tell the ends from 0."""
    return 1 if all(abs(end) >= 0.0005 for end in interval[1:] if end) else 2
