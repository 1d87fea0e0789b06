"""Several studies side by side, at equal budget and with the noise.

write_compare(studies, path)    one HTML file
compared(studies)               the same as a DataFrame, a row a study
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hpsearch.disk import atomic
from hpsearch.report.exhibit import Exhibit
from hpsearch.report.figures.compared import best_by_budget, found_by, values_compared
from hpsearch.report.page import rendered, theme_variables
from hpsearch.report.standings import equal_budget, labels, seed_groups, sentences
from hpsearch.report.style import STRETCHED, house_style, is_stretched
from hpsearch.report.svg import inline, picture
from hpsearch.results.stats import best_trial
from hpsearch.words import percent

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def write_compare(studies: Sequence["StudyFrames"], path: Path) -> Path:
    """Writes the comparison of at least two studies into one HTML file and returns its path."""
    names = labels(studies)
    with house_style():
        exhibits = _exhibits(studies)
        inlined = {e.name: inline(picture(e.draw()), e.name, e.alt) for e in exhibits}
    page = rendered(
        "compare.html",
        title=" and ".join(names) if len(names) == 2 else ", ".join(names),
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


def compared(studies: Sequence["StudyFrames"]) -> pd.DataFrame:
    """Returns a row a study.

    Columns: study; seed; trials (recorded, as `status` counts them); complete; epochs; best (NaN without a
    complete trial); corrected, low, high (the winner without the luck of being chosen, NaN where its trials
    left nothing for that); at_equal_budget (the best found within the epochs that every study has spent).
    """
    budget = equal_budget(studies)
    rows = [_row(label, frames, budget) for label, frames in zip(labels(studies), studies, strict=True)]
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
        "trials": frames.n_recorded,
        "complete": int((trials["state"] == "complete").sum()),
        "epochs": int(trials["epochs"].sum()),
        "best": best,
        "corrected": np.nan if winner is None else winner.corrected_accuracy,
        "low": low,
        "high": high,
        "at_equal_budget": float(found_by(trials, np.array([float(budget)]))[0]),
    }


def _exhibits(studies: Sequence["StudyFrames"]) -> list[Exhibit]:
    groups = {label: [frames.trials for frames in runs] for label, runs in seed_groups(studies).items()}
    n_val = min(max(frames.num_val, 1) for frames in studies)
    several = any(len(runs) > 1 for runs in groups.values())
    stretched = any(is_stretched(frames.trials["value"]) for frames in studies)
    return [
        Exhibit(
            "best-by-budget",
            "Best so far, by cost",
            "The best complete trial within the epochs spent."
            + (
                " Lines are medians over study seeds, bands reach from the worst to the best."
                if several
                else ""
            )
            + (f" {STRETCHED}" if stretched else ""),
            f"Best validation accuracy over epochs spent, for {', '.join(groups)}.",
            partial(best_by_budget, groups, n_val),
            wide=True,
        ),
        Exhibit(
            "values",
            "All complete trials",
            "A box holds the middle half of a study's complete trials, its line is their median.",
            "Validation accuracies of the complete trials of each study.",
            partial(values_compared, groups, n_val),
            wide=True,
        ),
    ]


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Returns the table as people read it."""
    percents = {
        name: [percent(value) if value == value else "" for value in table[name]]
        for name in ("best", "corrected", "low", "high", "at_equal_budget")
    }
    return table.assign(**percents).rename(columns={"at_equal_budget": "at equal budget"})
