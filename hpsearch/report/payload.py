"""What the page's script is given: the trials, their curves and where figures lie, as compact JSON.

payload(frames, table, shown)    the text of the page's data element
as_json(value)                   JSON that may stand inside a script element
"""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hpsearch.disk.folder import StudyFolder
from hpsearch.report.exhibit import Exhibit
from hpsearch.results import commands
from hpsearch.results.tables import headings
from hpsearch.space import Parameter

if TYPE_CHECKING:
    from hpsearch.report.page import Shown
    from hpsearch.results.frames import StudyFrames

N_FIRST = 10
"""So many of the best rows does the table of trials show at first."""
CURVE_STEPS = 10_000
"""Accuracies of curves are counted in steps of this part: no screen shows more of them."""


def payload(frames: "StudyFrames", table: pd.DataFrame, shown: "Shown") -> str:
    """Returns what the script needs, as JSON that may stand inside a script element.

    Args:
        table: the trials as the page's table has them, the parameters in a row.
    """
    return as_json(
        {
            "columns": headings(table.columns),
            "places": _known_places(table),
            "parameters": [_described(parameter) for parameter in frames.parameters],
            "rows": [[_plain(value) for value in row] for row in table.itertuples(index=False)],
            "earlier": dict(frames.went_on_with),
            "started": _started(frames.trials, table),
            "first": N_FIRST,
            "images": frames.num_val,
            "epochs": int(frames.curves["epoch"].max()) if len(frames.curves) else 0,
            "curves": curves(frames.curves),
            "figures": {exhibit.name: _places(exhibit, table) for exhibit in _exhibits(shown)},
            "rulers": shown.rulers,
            "pair": _pair(shown.importances, table),
            "note": commands.command("note", StudyFolder(frames.folder)),
        }
    )


def _known_places(table: pd.DataFrame) -> dict[str, int | None]:
    """Returns where columns stand that the script knows; a parameter may have any name, also theirs."""
    found = {name: place for place, name in enumerate(table.columns) if not name.startswith("params.")}
    of_parameters = [place for place, name in enumerate(table.columns) if name.startswith("params.")]
    return {"note": None, **found, "parameters": of_parameters[0] if of_parameters else len(found)}


def _started(trials: pd.DataFrame, table: pd.DataFrame) -> list[int | None]:
    """Returns when the trials of the table began, in seconds since 1970; None where it is not known."""
    started = trials.set_index("number")["started"].reindex(table["number"])
    return [None if pd.isna(one) else int(one.timestamp()) for one in started]


def curves(frame: pd.DataFrame) -> dict[int, list[list[int]]]:
    """Returns each trial's validation and training accuracies, as a first number of steps and then changes.

    A curve ends before its first gap: a diverged trial measures nothing after it.
    """
    if frame.empty:
        return {}
    names = ["val_accuracy", "train_accuracy"]
    steps = (frame[names] * CURVE_STEPS).round().to_numpy()
    numbers = frame["number"].to_numpy()
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    of_trials = np.split(steps, starts[1:])
    return {
        int(number): [_changes(column) for column in of_trial.T]
        for number, of_trial in zip(numbers[starts], of_trials, strict=True)
    }


def _changes(steps: np.ndarray[Any, np.dtype[np.float64]]) -> list[int]:
    gaps = np.flatnonzero(~np.isfinite(steps))
    known = steps[: gaps[0]] if len(gaps) else steps
    changes: list[int] = np.diff(known, prepend=0.0).astype(int).tolist()
    return changes


def _exhibits(shown: "Shown") -> list[Exhibit]:
    return [exhibit for section in shown.sections for exhibit in section.exhibits if exhibit.shows]


def _places(exhibit: Exhibit, table: pd.DataFrame) -> list[int | str]:
    """Returns the columns that a figure shows by their place in the table, others by their name."""
    known = {name: place for place, name in enumerate(table.columns)}
    return [known.get(name, name) for name in exhibit.shows]


def _pair(importances: pd.DataFrame, table: pd.DataFrame) -> list[int]:
    """Returns the places of the two parameters that a map begins with: the most important, or the first."""
    ranked = [f"params.{name}" for name in importances["parameter"]]
    others = [name for name in table.columns if name.startswith("params.") and name not in ranked]
    return [table.columns.get_loc(name) for name in [*ranked, *others, "value"][:2]]  # type: ignore[misc]


def _described(parameter: Parameter) -> dict[str, Any]:
    if parameter.kind == "choice":
        return {"kind": "choice", "choices": list(parameter.choices)}
    return {"kind": parameter.kind, "low": parameter.low, "high": parameter.high, "log": parameter.log}


def _plain(value: Any) -> Any:
    """Returns a NumPy scalar as Python's, others as they are."""
    return value.item() if isinstance(value, np.generic) else value


def as_json(value: Any) -> str:
    """Returns JSON in ASCII without the characters that end a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
