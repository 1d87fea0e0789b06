"""What a notebook shows: a line that says how a search goes on, and a result at a glance.

progress_of(run, shown)      notes on a study, and what is told of each status of its search
result_as_html(frames)       numbers, best parameters, best trials
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hpsearch.cli.progress import Progress, progress_line
from hpsearch.search.running import Run
from hpsearch.search.status import Status
from hpsearch.words import counted, percent, percents

if TYPE_CHECKING:
    from hpsearch.results.accuracies import Accuracy
    from hpsearch.results.frames import StudyFrames

_N_TRIALS = 5


def is_notebook() -> bool:
    """Says whether this runs in a notebook's kernel; IPython is not imported for it."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


@contextmanager
def progress_of(run: Run, shown: bool | None) -> Iterator[Callable[[Status], None]]:
    """Says what is to be known of a study, and gives what is to be told of each status of its search.

    Args:
        run: the open search.
        shown: whether it shows anything; None = in a notebook.
    """
    in_notebook = is_notebook()
    if shown is False or (shown is None and not in_notebook):
        yield lambda status: None
        return
    with Progress(run.study) as progress:
        for note in run.notes():
            progress.say(f"note    {note}")
        yield _Line().show if in_notebook else progress.show


class _Line:
    """A line of a cell's output, which is renewed in place; no widgets are needed for it."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, status: Status) -> None:
        """Shows a status."""
        from IPython.display import display

        text = {"text/plain": progress_line(status)}
        if self._handle is None:
            self._handle = display(text, raw=True, display_id=True)
        else:
            self._handle.update(text, raw=True)


def result_as_html(frames: StudyFrames) -> str:
    """Returns the numbers, the best parameters and the best trials of a study."""
    from hpsearch.results.accuracies import possible
    from hpsearch.results.stats import ranked

    n_trials = counted(frames.n_recorded, "trial")
    title = f"<p><b>{html.escape(frames.name)}</b>: {n_trials}</p>"
    best_first = ranked(frames.trials)
    if best_first.empty:
        return f"{title}<p>no trial is complete yet</p>"
    names = [f"params.{parameter.name}" for parameter in frames.parameters]
    rows = [
        [str(row["number"]), percent(row["value"]), *(_shown(row[name]) for name in names)]
        for _, row in best_first.head(_N_TRIALS).iterrows()
    ]
    heads = ["trial", "validation", *(name.removeprefix("params.") for name in names)]
    numbers = [_accuracy_row(one) for one in possible(frames)]
    accuracies = _table(["accuracy", "", "95 % interval", "measured on"], numbers)
    return f"{title}{accuracies}<p>The best trials:</p>{_table(heads, rows)}"


def _accuracy_row(one: Accuracy) -> list[str]:
    if one.value is None:
        return [one.kind, "", "", "not measured yet"]
    between = "" if one.interval is None else percents(*one.interval)
    return [one.kind, percent(one.value), between, one.note]


def _shown(value: object) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """Returns a table whose texts are escaped."""
    lines = [_row("th", heads), *(_row("td", row) for row in rows)]
    return f"<table>{''.join(lines)}</table>"


def _row(tag: str, texts: list[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(text)}</{tag}>' for text in texts)}</tr>"
