"""Several studies side by side, at equal budget and with the noise.

write_compare(studies, path)    one HTML file
compared(studies)               the same as a DataFrame, a row a study
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hpsearch.disk import atomic
from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures.compared import best_by_budget, found_by, values_compared
from hpsearch.report.page import template, theme_variables
from hpsearch.report.style import house_style
from hpsearch.report.svg import inline, picture
from hpsearch.results.stats import best_trial, within_noise
from hpsearch.words import counted, percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def write_compare(studies: Sequence["StudyFrames"], path: Path) -> Path:
    """Writes the comparison of at least two studies into one HTML file and returns its path."""
    labels = _labels(studies)
    with house_style():
        exhibits = _exhibits(studies)
        inlined = {e.name: inline(picture(e.figure), e.name, e.alt) for e in exhibits}
    page = template("compare.html").render(
        title=" and ".join(labels) if len(labels) == 2 else ", ".join(labels),
        contents=[],
        sentences=sentences(studies),
        table=_shown(compared(studies)),
        exhibits=exhibits,
        inlined=inlined,
        **theme_variables(),
    )
    atomic.make_folder(path.parent)
    atomic.write_text(path, page)
    return path


def equal_budget(studies: Sequence["StudyFrames"]) -> int:
    """Returns the epochs that every one of the studies has spent."""
    return min(int(frames.trials["epochs"].sum()) for frames in studies)


def compared(studies: Sequence["StudyFrames"]) -> pd.DataFrame:
    """Returns a row a study.

    Columns: study; seed; trials; complete; epochs; best (NaN without a complete trial); corrected, low, high
    (the winner without the luck of being chosen, NaN where its trials left nothing for that);
    at_equal_budget (the best found within the epochs that every study has spent).
    """
    budget = equal_budget(studies)
    rows = [_row(label, frames, budget) for label, frames in zip(_labels(studies), studies, strict=True)]
    return pd.DataFrame(rows)


def _row(label: str, frames: "StudyFrames", budget: int) -> dict[str, object]:
    trials = frames.trials
    number = best_trial(trials)
    best = float("nan") if number is None else float(trials.loc[trials["number"] == number, "value"].iloc[0])
    winner = frames.corrected
    low, high = (np.nan, np.nan) if winner is None else winner.corrected_interval
    return {
        "study": label,
        "seed": frames.study.seed,
        "trials": len(trials),
        "complete": int((trials["state"] == "complete").sum()),
        "epochs": int(trials["epochs"].sum()),
        "best": best,
        "corrected": np.nan if winner is None else winner.corrected_accuracy,
        "low": low,
        "high": high,
        "at_equal_budget": float(found_by(trials, np.array([float(budget)]))[0]),
    }


def sentences(studies: Sequence["StudyFrames"]) -> list[str]:
    """Returns which study was ahead at equal budget, and whether luck could explain it."""
    table = compared(studies)
    told = [
        f"Every study has spent at least {counted(equal_budget(studies), 'epoch')}; this is the equal budget."
    ]
    ranked = table.dropna(subset=["at_equal_budget"]).sort_values(
        "at_equal_budget", ascending=False, kind="stable"
    )
    if len(ranked) < 2:
        return [
            *told,
            "Fewer than two of them have a complete trial by then, so there is nothing to compare.",
        ]
    first, second = ranked.iloc[0], ranked.iloc[1]
    told.append(
        f"By then {first['study']} is ahead with {percent(first['at_equal_budget'])},"
        f" before {second['study']} with {percent(second['at_equal_budget'])}."
    )
    sizes = {frames.num_val for frames in studies}
    if len(sizes) > 1:
        return [*told, "They were measured on validation splits of different sizes: compare them with care."]
    return [*told, _noise(first, second, sizes.pop())]


def _noise(first: "pd.Series", second: "pd.Series", n_val: int) -> str:
    """Returns whether the two best could be equally good."""
    pair = pd.DataFrame(
        {
            "number": [0, 1],
            "state": "complete",
            "value": [first["at_equal_budget"], second["at_equal_budget"]],
        }
    )
    if within_noise(pair, n_val).all():
        return f"On {n_val} validation images that difference is within noise."
    return f"On {n_val} validation images that difference is more than noise between these two nets."


def _exhibits(studies: Sequence["StudyFrames"]) -> list[Exhibit]:
    groups = seed_groups(studies)
    n_val = min(max(frames.num_val, 1) for frames in studies)
    several = any(len(runs) > 1 for runs in groups.values())
    return [
        Exhibit(
            "best-by-budget",
            "Best so far, by cost",
            "The best complete trial within the epochs spent."
            + (
                " Lines are medians over study seeds, bands reach from the worst to the best."
                if several
                else ""
            ),
            f"Best validation accuracy over epochs spent, for {', '.join(groups)}.",
            best_by_budget(groups, n_val),
            wide=True,
        ),
        Exhibit(
            "values",
            "All complete trials",
            "A box holds the middle half of a study's complete trials, its line is their median.",
            "Validation accuracies of the complete trials of each study.",
            values_compared(groups, n_val),
            wide=True,
        ),
    ]


def seed_groups(studies: Sequence["StudyFrames"]) -> Mapping[str, list[pd.DataFrame]]:
    """Returns the trials of the studies; those that differ in their seed alone are one group."""
    groups: dict[str, list[pd.DataFrame]] = {}
    first_of: dict[str, str] = {}
    for label, frames in zip(_labels(studies), studies, strict=True):
        table = frames.study.identity_table()
        table["study"] = {key: value for key, value in table["study"].items() if key != "seed"}
        name = first_of.setdefault(json.dumps(table, sort_keys=True, default=str), label)
        groups.setdefault(name, []).append(frames.trials)
    return {
        label if len(runs) == 1 else f"{label} ({len(runs)} seeds)": runs for label, runs in groups.items()
    }


def _labels(studies: Sequence["StudyFrames"]) -> list[str]:
    """Returns the studies' names, with their folders where two have the same."""
    names = [frames.name for frames in studies]
    return [str(frames.folder) if names.count(frames.name) > 1 else frames.name for frames in studies]


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Returns the table as people read it."""
    percents = {
        name: [percent(value) if value == value else "" for value in table[name]]
        for name in ("best", "corrected", "low", "high", "at_equal_budget")
    }
    return table.assign(**percents).rename(columns={"at_equal_budget": "at equal budget"})
