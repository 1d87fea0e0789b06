"""The page: what a study says, as one HTML file that needs nothing else.

render(frames, shown)    the text of index.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from hpsearch.report.exhibit import Section
from hpsearch.report.style import THEME, percent
from hpsearch.report.verdict import state_counts, verdict
from hpsearch.results.doctor import findings
from hpsearch.results.environments import trained_elsewhere
from hpsearch.words import counted, harmless

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

FIRST_COLUMNS = ("number", "state", "value", "epochs", "seconds", "best_epoch", "train_accuracy", "reason")
"""Columns of the table of trials that stand before the parameters."""


LAST_SECTIONS = (
    ("confirmed", "Fresh seeds"),
    ("test", "The test split"),
    ("trials", "All trials"),
    ("reproduce", "How to reproduce it"),
)


@dataclass(frozen=True)
class Shown:
    """What was drawn.

    Attributes:
        sections: the exhibits in their order.
        inlined: the SVG element of each, by its name.
        lines: by the name of an exhibit, the points of each trial's line in it.
        importances: parameter and importance, the largest first.
    """

    sections: Sequence[Section]
    inlined: Mapping[str, str]
    lines: Mapping[str, Mapping[int, str]]
    importances: pd.DataFrame


def render(frames: "StudyFrames", shown: Shown) -> str:
    """Returns the page of a study."""
    table = trials_table(frames.trials)
    last = frames.trials["finished"].max()
    titles = [*((section.name, section.title) for section in shown.sections), *LAST_SECTIONS]
    return template("study.html").render(
        frames=frames,
        title=frames.title,
        until="" if pd.isna(last) else f"{last:%Y-%m-%d %H:%M} UTC",
        verdict=verdict(frames, shown.importances),
        states=state_counts(frames.trials),
        findings=findings(frames) if len(frames.trials) else [],
        contents=titles,
        sections=shown.sections,
        inlined=shown.inlined,
        looks=looks(frames.ledger),
        finalists=None if frames.confirmation is None else finalists(frames.confirmation),
        columns=table.columns,
        rows=shown_rows(table),
        elsewhere=trained_elsewhere(frames.trials, frames.environments),
        study=frames.study.to_toml(),
        payload=payload(frames, table, shown.lines),
        light=_variables(0),
        dark=_variables(1),
    )


def trials_table(trials: pd.DataFrame) -> pd.DataFrame:
    """Returns the columns of the table of trials, parameters last, with None for every gap."""
    parameters = [name for name in trials.columns if name.startswith("params.")]
    table = trials[[*FIRST_COLUMNS, *parameters]].astype(object)
    return table.where(table.notna(), None)


def shown_rows(table: pd.DataFrame) -> list[list[str]]:
    """Returns the table's cells as text, with numbers cut to four digits."""
    return [list(column) for column in zip(*(map(cell, table[name]) for name in table.columns), strict=True)]


def looks(ledger: pd.DataFrame) -> pd.DataFrame | None:
    """Returns the looks at the test split as people read them, None if there were none."""
    if ledger.empty:
        return None
    ends = zip(ledger["low"], ledger["high"], strict=True)
    interval = [f"{percent(low)} to {percent(high)}" for low, high in ends]
    shown = ledger[["time", "study", "n_seeds"]].assign(
        accuracy=ledger["accuracy"].map(percent), interval=interval, reason=ledger["reason"]
    )
    return shown.rename(columns={"n_seeds": "seeds", "interval": "95 % interval"})


def finalists(confirmation: pd.DataFrame) -> pd.DataFrame:
    """Returns the finalists on fresh seeds as people read them, the best mean first."""
    ranked = confirmation.sort_values("mean", ascending=False, kind="stable")
    shown = {name: ranked[name].map(percent) for name in ("searched", "mean", "low", "high")}
    luck = [f"{100 * share:+.1f} points" for share in ranked["luck"]]
    return pd.DataFrame({"trial": ranked["number"], **shown, "luck": luck, "seeds": ranked["n_seeds"]})


def payload(frames: "StudyFrames", table: pd.DataFrame, lines: Mapping[str, Mapping[int, str]]) -> str:
    """Returns what the script needs, as JSON that may stand inside a script element."""
    names = [short(name) for name in table.columns]
    rows = [[_plain(value) for value in row] for row in table.itertuples(index=False)]
    kinds = [parameter.kind for parameter in frames.parameters]
    return as_json({"columns": names, "kinds": kinds, "rows": rows, "lines": lines})


def template(name: str) -> jinja2.Template:
    """Returns a template that escapes every value it is given."""
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    folder = resources.files("hpsearch.report") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.finalize = _harmless
    environment.filters.update(cell=cell, counted=counted, records=_records, short=short)
    return environment


def _harmless(value: object) -> object:
    """Returns text made harmless; markup and everything else as they are."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def short(name: str) -> str:
    """Returns a column's name without the prefix of parameters."""
    return name.removeprefix("params.")


def cell(value: object) -> str:
    """Returns a value as a table shows it."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def theme_variables() -> dict[str, str]:
    """Returns the colours of light and dark as CSS declarations."""
    return {"light": _variables(0), "dark": _variables(1)}


def _variables(place: int) -> str:
    return ";".join(f"--{name}:{colours[place]}" for name, colours in THEME.items())


def _records(data: pd.DataFrame) -> list[list[object]]:
    return [list(row) for row in data.astype(object).to_numpy()]


def _plain(value: Any) -> Any:
    """Returns a NumPy scalar as Python's, others as they are."""
    return value.item() if isinstance(value, np.generic) else value


def as_json(value: Any) -> str:
    """Returns JSON in ASCII without the characters that end a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
