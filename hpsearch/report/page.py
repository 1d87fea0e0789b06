"""The page: what the study says, as one HTML file that needs nothing else.

render(frames, sections, inlined)    the text of index.html
"""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd

from hpsearch.report.gallery import Section
from hpsearch.report.style import THEME
from hpsearch.report.verdict import state_counts, verdict

if TYPE_CHECKING:
    from hpsearch.frames import StudyFrames


def render(frames: "StudyFrames", sections: Sequence[Section], inlined: Mapping[str, str]) -> str:
    """Returns the page of a study.

    Args:
        sections: what there is to show.
        inlined: the SVG element of each exhibit, by its name.
    """
    return _template("study.html").render(
        frames=frames,
        title=frames.title or frames.name,
        verdict=verdict(frames),
        states=state_counts(frames.trials),
        sections=sections,
        inlined=inlined,
        light=_variables(0),
        dark=_variables(1),
        columns=table_columns(frames.trials),
        rows=[
            dict(zip(frames.trials.columns, row, strict=True))
            for row in frames.trials.itertuples(index=False)
        ],
    )


def table_columns(trials: pd.DataFrame) -> list[str]:
    """Returns the columns of the table of trials, in their order."""
    first = ["number", "state", "value", "epochs", "seconds", "best_epoch", "train_accuracy"]
    return [*first, *(name for name in trials.columns if name.startswith("params.")), "reason"]


def _template(name: str) -> jinja2.Template:
    """Returns a template that escapes every value it is given."""
    folder = resources.files("hpsearch.report") / "templates"
    loader = jinja2.FunctionLoader(lambda wanted: (folder / wanted).read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(cell=cell, records=_records)
    return environment.get_template(name)


def cell(value: object) -> str:
    """Returns a value as the table shows it."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _variables(place: int) -> str:
    return ";".join(f"--{name}:{colours[place]}" for name, colours in THEME.items())


def _records(data: pd.DataFrame) -> list[list[object]]:
    return data.astype(object).to_numpy().tolist()


def as_json(value: Any) -> str:
    """Returns JSON that may stand inside a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
