"""What can be said of a study of Optuna's: no more than its values allow.

told(imported, importances)      sentences, the most important first
state_counts(trials)             how many trials are in which state
compared(imported)               which trials tell what mattered
in_digits(value)                 a value as people read it
told_apart(one, other)           two of them, with digits enough to tell them apart
"""

import math

import pandas as pd

from hpsearch.exchange.imported_values import are_compared_by_reports
from hpsearch.exchange.optuna_import import STATES, Imported
from hpsearch.results.importance import mattered_in_words
from hpsearch.words import counted, duration

ONE_VALUE = (
    "A study of Optuna's holds one value a trial, so it does not tell which of the best few are better by"
    " more than chance: these, run again, would."
)


def told(imported: Imported, importances: pd.DataFrame) -> list[str]:
    """Returns how many trials ended how, which is best, what cannot be known of that, and what mattered.

    Args:
        imported: the study.
        importances: what each parameter was worth among its complete trials.
    """
    counts = state_counts(imported.trials)
    if not counts:
        return ["The study has no trial yet."]
    states = ", ".join(f"{count} {state}" for state, count in counts.items())
    sentences = [f"{counted(len(imported.trials), 'trial')}: {states}.", *_best(imported)]
    n_pruned = counts.get("pruned", 0) if are_compared_by_reports(imported) else 0
    mattered = mattered_in_words(importances, f"the {compared(imported)}", n_pruned)
    return [*sentences, *mattered, *_time(imported.trials)]


def state_counts(trials: pd.DataFrame) -> dict[str, int]:
    """Returns how many trials are in each state; states that none is in are absent."""
    counts = trials["state"].value_counts()
    return {state: int(counts[state]) for state in STATES.values() if state in counts}


def in_digits(value: float) -> str:
    """Returns a value with as many digits as tell neighbours apart in most studies."""
    return f"{value:.5g}"


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Returns two values, with more digits where they differ and would look alike."""
    digits = next((d for d in range(5, 17) if f"{one:.{d}g}" != f"{other:.{d}g}"), 17)
    if one == other:
        return in_digits(one), in_digits(other)
    return f"{one:.{digits}g}", f"{other:.{digits}g}"


def _best(imported: Imported) -> list[str]:
    ranked, complete = imported.ranked, (imported.trials["state"] == "complete").sum()
    which = "lowest" if imported.minimize else "highest"
    if ranked.empty:
        why = "No complete trial keeps all constraints" if complete else "No trial is complete"
        if complete and imported.trials.loc[imported.trials["state"] == "complete", "value"].isna().all():
            why = "No complete trial has a value"
        return [f"The study looks for the {which} {imported.objective}. {why}, so none is the best."]
    best = ranked.iloc[0]
    value, second = told_apart(best["value"], ranked["value"].iloc[min(1, len(ranked) - 1)])
    sentence = f"Trial {best['number']} has the {which} {imported.objective}, {value}"
    if imported.is_constrained:
        sentence += f", among those that keep all constraints ({len(ranked)} of {complete} complete)"
    return [f"{sentence}.", *_rivals(ranked, second), *_since(imported, int(best["number"]))]


def _rivals(ranked: pd.DataFrame, value: str) -> list[str]:
    """Says which trials come next, and that the study does not hold what would tell chance from merit.

    Args:
        ranked: the trials that can be the best, in their order.
        value: that of the second of them, in words.
    """
    others = ranked.iloc[1:]
    if others.empty:
        return ["No other trial can be compared with it."]
    equal = others.loc[others["value"] == ranked["value"].iloc[0], "number"].tolist()
    if equal:
        have = "Trial " + str(equal[0]) + " has" if len(equal) == 1 else f"{len(equal)} later trials have"
        first = f"{have} the same value."
    else:
        first = f"The second best is trial {others['number'].iloc[0]} with {value}."
    return [first, ONE_VALUE]


def _since(imported: Imported, best: int) -> list[str]:
    ended = imported.trials[imported.trials["state"].isin(["complete", "pruned", "failed"])]
    later = int((ended["number"] > best).sum())
    return [f"{counted(later, 'later trial')} ended without taking its place."] if later else []


def compared(imported: Imported) -> str:
    """Returns which trials are compared to tell what mattered."""
    if are_compared_by_reports(imported):
        return "complete and pruned trials"
    return "complete trials that keep all constraints" if imported.is_constrained else "complete trials"


def _time(trials: pd.DataFrame) -> list[str]:
    seconds = trials["seconds"].dropna()
    if seconds.empty or not math.isfinite(seconds.sum()):
        return []
    return [f"The trials that ended took {duration(float(seconds.sum()))}, added up."]
