"""The page: what a study says, as one HTML file that needs nothing else.

render(frames, shown)    the text of index.html
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from hpsearch.disk.folder import StudyFolder
from hpsearch.report.exhibit import Section
from hpsearch.report.firstscreen import first_screen
from hpsearch.report.notebook import notebook_paragraph
from hpsearch.report.parameterbars import bars_hint, parameter_bars
from hpsearch.report.payload import payload
from hpsearch.report.style import THEME
from hpsearch.report.verdict import beyond_first, state_counts
from hpsearch.results import commands
from hpsearch.results.accuracies import fresh_seeds_by
from hpsearch.results.doctor import findings
from hpsearch.results.environments import trained_elsewhere
from hpsearch.results.failing import unlearned_in_words
from hpsearch.results.finding import Finding, combined
from hpsearch.results.tables import headings, with_whole_numbers
from hpsearch.study.own_data import splits_in_words
from hpsearch.words import (
    BEFORE_UNIT,
    counted,
    fraction,
    harmless,
    percent,
    percents,
    points_between,
    times,
    visible,
)

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

FIRST_COLUMNS = ("number", "state", "value", "epochs", "seconds", "best_epoch", "train_accuracy")
LAST_COLUMNS = ("reason", "note")
"""Columns of the table of trials that stand before the parameters, and texts that stand after them."""
DIGITS = {"value": 4, "train_accuracy": 4, "seconds": 2}
"""Digits after the point where a column has as many in each row."""
N_PRINTED = 20
ACROSS = 10
"""So many trials does the printed page show, and so many side by side."""
LIVE_SECONDS = 10
"""How often the page of a running search renews itself in the browser."""

_UNITS = re.compile(
    rf"(?P<kept><(?P<tag>head|pre|code|script|svg|tbody)\b.*?</(?P=tag)>)|{BEFORE_UNIT.pattern}", re.DOTALL
)
"""Blanks before units, and what is kept as it is: texts to copy or to search, and what is wrapped nowhere."""

PLACES = (
    ("found", "What was found"),
    ("question", ""),
    ("next", "What to do next"),
    ("training", ""),
    ("works", "Where the best trials lie"),
    ("parameters", ""),
    ("pairs", ""),
    ("explore", "Explore"),
    ("inside", ""),
    ("net", ""),
    ("trials", "Trials"),
    ("search", ""),
    ("confirmed", "Fresh seeds"),
    ("test", "The test split"),
    ("notebook", "For your notebook"),
    ("reproduce", "How to reproduce it"),
)
"""The parts of the page by id, in their order, with their titles; sections of exhibits bring their own."""


@dataclass(frozen=True)
class Shown:
    """What was drawn.

    Attributes:
        sections: the exhibits in their order.
        inlined: the SVG element of each, by its name.
        rulers: by the name of an exhibit, where its units lie in its picture.
        importances: parameter and importance, the largest first.
    """

    sections: Sequence[Section]
    inlined: Mapping[str, str]
    rulers: Mapping[str, Mapping[str, Sequence[float]]]
    importances: pd.DataFrame


def render(frames: "StudyFrames", shown: Shown, *, live: bool = False) -> str:
    """Returns the page of a study."""
    ranked = with_whole_numbers(best_first(frames.trials), frames.parameters)
    table = trials_table(ranked, frames.notes.trials)
    found = findings(frames) if len(frames.trials) else []
    folder = StudyFolder(frames.folder)
    last = frames.trials["finished"].max()
    bars, notebook = parameter_bars(frames, shown.importances), notebook_paragraph(frames)
    optional = {"next": found, "works": bars, "explore": len(table), "notebook": notebook}
    optional |= dict.fromkeys(("confirmed", "test"), not frames.study.is_function)
    return rendered(
        "study.html",
        frames=frames,
        live_seconds=LIVE_SECONDS if live else 0,
        title=frames.title,
        splits=splits_in_words(frames.study.data.source, frames.num_train, frames.num_val),
        until="" if pd.isna(last) else f"{last:%Y-%m-%d %H:%M} UTC",
        first=first_screen(frames, live=live),
        verdict=beyond_first(frames, shown.importances),
        bars=bars,
        bars_hint=bars_hint(bars),
        notebook=notebook,
        states=state_counts(frames.trials),
        findings=found,
        act_on_them=next_study(frames, found),
        fresh=commands.command(fresh_seeds_by(frames), folder, there=frames.study.needs_its_script),
        test=commands.command("test", folder, there=frames.study.needs_its_script),
        status=f"hpsearch status --study {frames.name}",
        contents=contents(shown.sections, {name for name, there in optional.items() if not there}),
        sections={section.name: section for section in shown.sections},
        inlined=shown.inlined,
        looks=looks(frames.ledger),
        finalists=None if frames.confirmation is None else finalists(frames.confirmation),
        unlearned="" if frames.confirmation is None else unlearned_in_words(frames.confirmation),
        columns=headings(table.columns),
        rows=shown_rows(table),
        texts=[place for place, name in enumerate(table.columns, 1) if name in LAST_COLUMNS],
        numeric=numeric_places(table),
        printed=best_for_print(table),
        elsewhere=trained_elsewhere(frames.trials, frames.environments),
        study=frames.study.to_toml(),
        only=None if frames.ended_by or frames.n_recorded in (0, frames.study.trials) else frames.n_recorded,
        payload=payload(frames, table, shown),
        **theme_variables(),
    )


def contents(sections: Sequence[Section], missing: Collection[str]) -> list[tuple[str, str]]:
    """Returns the parts that the page has, in their order, by id and title.

    Args:
        missing: the ids of parts without exhibits that this study has nothing for.
    """
    drawn = {section.name: section.title for section in sections}
    places = [(name, drawn.get(name, title)) for name, title in PLACES if name not in missing]
    return [(name, title) for name, title in places if title]


def next_study(frames: "StudyFrames", found: Sequence[Finding]) -> str:
    """Returns the one command that acts on all findings that can be acted on; "" if none can."""
    settings = combined(frames, found)
    if not settings:
        return ""
    there = frames.study.needs_its_script
    return commands.changed_study(StudyFolder(frames.folder), settings, there=there)


def trials_table(trials: pd.DataFrame, notes: Mapping[int, str] | None = None) -> pd.DataFrame:
    """Returns the columns of the table of trials, with None for every gap; with notes if there are any."""
    parameters = [name for name in trials.columns if name.startswith("params.")]
    noted = trials.assign(note=trials["number"].map(notes)) if notes else trials
    last = [name for name in LAST_COLUMNS if name in noted]
    table = noted[[*FIRST_COLUMNS, *parameters, *last]].astype(object)
    return table.where(table.notna(), None)


def shown_rows(table: pd.DataFrame) -> list[list[str]]:
    """Returns the table's cells as text: accuracies and seconds with their points below each other."""
    columns = [[_aligned(name, value) for value in table[name]] for name in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _aligned(name: str, value: object) -> str:
    return f"{value:.{DIGITS[name]}f}" if name in DIGITS and value is not None else cell_of(name, value)


def cell_of(name: str, value: object) -> str:
    """Returns a value of a column of trials as a table shows it; an empty cell is a trial without it."""
    is_choice = name.startswith("params.") and isinstance(value, str)
    return visible(value) if is_choice else cell(value)


def best_first(trials: pd.DataFrame) -> pd.DataFrame:
    """Returns the complete trials, the best first, and then the others by what they had reached."""
    unfinished = trials["state"] != "complete"
    ranked = trials.assign(unfinished=unfinished, value=-trials["value"])
    return trials.loc[ranked.sort_values(["unfinished", "value", "number"]).index]


def numeric_places(table: pd.DataFrame) -> list[int]:
    """Returns the places of the columns, counted from 1, that hold numbers alone."""
    kinds = [{type(value) for value in table[name] if value is not None} for name in table.columns]
    return [place for place, found in enumerate(kinds, 1) if found and not found & {str, bool}]


def best_for_print(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Returns the best trials for paper: a column a trial, so that all parameters fit, ten in a row."""
    kept = table[table["state"] == "complete"].head(N_PRINTED)
    # by name before it is shortened: a parameter may be called "number" too
    left = [str(name) for name in kept if name not in ("number", "state", *LAST_COLUMNS)]
    across = pd.DataFrame([[cell_of(name, value) for value in kept[name]] for name in left])
    across.columns = pd.Index([f"trial {number}" for number in kept["number"]])
    across.insert(0, "", headings(left))
    return [
        across.iloc[:, [0, *range(first, min(first + ACROSS, across.shape[1]))]]
        for first in range(1, across.shape[1], ACROSS)
    ]


def looks(ledger: pd.DataFrame) -> pd.DataFrame | None:
    """Returns the looks at the test split as people read them, None if there were none."""
    if ledger.empty:
        return None
    ends = zip(ledger["low"], ledger["high"], strict=True)
    interval = [percents(low, high) for low, high in ends]
    shown = ledger[["time", "study", "n_seeds"]].assign(
        accuracy=ledger["accuracy"].map(percent), interval=interval, reason=ledger["reason"]
    )
    return shown.rename(columns={"n_seeds": "seeds", "interval": "95 % interval"})


def finalists(confirmation: pd.DataFrame) -> pd.DataFrame:
    """Returns the finalists on fresh seeds as people read them, the best mean first."""
    ranked = confirmation.sort_values("mean", ascending=False, kind="stable")
    shown = {name: ranked[name].map(percent) for name in ("searched", "mean", "low", "high")}
    pairs = zip(ranked["searched"], ranked["mean"], strict=True)
    lost = [f"{points_between(searched, mean, '+')} points" for searched, mean in pairs]
    race = np.where(ranked["taken"], "taken", ranked["standing"].replace("unbeaten", "not beaten"))
    # the validation images decide it, also where others judge
    title = "race, on validation images" if (ranked["images"] == "estimate").all() else "race"
    columns = {**shown, "lost since the search": lost, "seeds": ranked["n_seeds"], title: race}
    return pd.DataFrame({"trial": ranked["number"], **columns})


def rendered(name: str, **values: object) -> str:
    """Returns the text of a template, in which every value is escaped and no number parted from its unit."""
    text = _environment().get_template(name).render(values)
    return _UNITS.sub(lambda found: found["kept"] or "\u00a0", text)


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
    environment.filters.update(cell=cell, counted=counted, times=times, records=_records)
    return environment


def _harmless(value: object) -> object:
    """Returns text made harmless; markup and everything else as they are."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def cell(value: object) -> str:
    """Returns a value as a table shows it."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float):
        return fraction(value, 4) if 0.9999 < value < 1 else f"{value:.4g}"
    return str(value)


def theme_variables() -> dict[str, str]:
    """Returns the colours of light and dark as CSS declarations."""
    return {"light": _variables(0), "dark": _variables(1)}


def _variables(place: int) -> str:
    return ";".join(f"--{name}:{colours[place]}" for name, colours in THEME.items())


def _records(data: pd.DataFrame) -> list[list[object]]:
    return [list(row) for row in data.astype(object).to_numpy()]
