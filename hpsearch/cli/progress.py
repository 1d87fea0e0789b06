"""The words of a run, and its progress: a live bar on a terminal, plain lines when piped."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hpsearch.cli.lines import dressed, has_colours, say, terminal_width
from hpsearch.cli.output import terminal
from hpsearch.cli.pipes import silence
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.errors import FolderError
from hpsearch.records import TrialRecord, settled, state_counts, states_in_words, went_on_with
from hpsearch.search.status import Status
from hpsearch.space import params_in_words
from hpsearch.study.own_data import source_in_words, splits_in_words
from hpsearch.study.study import Study
from hpsearch.words import clock, counted, duration, fraction, fractions, shows_luck

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_PLAIN_LINES = 10


class Progress:
    """Shows how a search goes on, and says what is to be said without disturbing that."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._is_live = sys.stdout.isatty()
        self._live: Live | None = None
        self._next_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def say(self, text: str, links: Sequence[Path] = ()) -> None:
        """Prints lines of their own, see `lines.say`."""
        if self._live is not None:
            from rich.text import Text

            self._live.console.print(Text.from_ansi(dressed(text, terminal_width(), links)), soft_wrap=True)
        else:
            try:
                say(text, links)
            except BrokenPipeError:  # a Python script's output: the search is worth more than its words
                silence(sys.stdout)

    def show(self, status: Status) -> None:
        """Shows a status: live on a terminal; piped, a line for each tenth of the trials."""
        if self._is_live:
            self._update(status)
        elif status.n_new and status.recorded >= self._next_line:
            self.say(progress_line(status))
            step = max(1.0, status.trials / _PLAIN_LINES)
            self._next_line = (status.recorded // step + 1) * step

    def finish(self) -> None:
        """Ends the live bar, which leaves nothing behind."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _update(self, status: Status) -> None:
        from rich.console import Console
        from rich.live import Live

        if self._live is None:
            console = Console(file=terminal(sys.stdout), no_color=not has_colours())
            self._live = Live(
                console=console,
                refresh_per_second=8,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.update(_bar(status))


def _bar(status: Status) -> RenderableType:
    """Returns a bar as wide as the terminal leaves it, with count and times, and a line of details below."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    first = Table.grid(expand=True, padding=(0, 2))
    first.add_column(ratio=1)
    first.add_column(no_wrap=True)
    bar = ProgressBar(status.trials, status.recorded, complete_style="cyan", finished_style="cyan")
    first.add_row(bar, f"{status.recorded}/{status.trials}   {_times(status)}")
    return Group(first, Text("   ".join(_details(status)), overflow="ellipsis", no_wrap=True))


def progress_line(status: Status) -> str:
    """Returns where a search stands, in one line."""
    return "   ".join([f"{status.recorded}/{status.trials}", *_details(status), _times(status)])


def _details(status: Status) -> list[str]:
    """Returns the best trial, how many ended in which way, and how many wait for an earlier one."""
    best = (
        []
        if status.best is None
        else [f"best {fraction(status.best.value or 0.0)} (trial {status.best.number})"]
    )
    states = states_in_words(status.states)
    waiting = [f"{status.waiting} waiting for trial {status.recorded}"] if status.waiting > 1 else []
    return [*best, *([states] if states else []), *waiting]


def _times(status: Status) -> str:
    """Returns the time that the search took until now, and about how long it will go on."""
    if not status.n_new or status.recorded == status.trials:
        return clock(status.seconds)
    left = status.seconds / status.n_new * (status.trials - status.recorded)
    return f"{clock(status.seconds)}, {clock(left)} left"


def headline(study: Study, folder: StudyFolder, n_workers: int, notes: Iterable[str]) -> str:
    """Returns what is searched, and what is to be known of it, a line each."""
    facts, source = _data_facts(folder), study.data.source
    splits = splits_in_words(source, facts.num_train, facts.num_val)
    first = (
        f"{study.name}: {study.net_kind} on {source_in_words(source)}, {splits}, "
        f"{counted(n_workers, 'worker')}, seed {study.seed}"
    )
    return "\n".join([first, *(f"note    {note}" for note in notes)])


def summary(study: Study, folder: StudyFolder, records: Sequence[TrialRecord], status: Status) -> str:
    """Returns what a search came to: counts and cost, the best trial and its noise, and if it was enough."""
    ended = settled(records)
    states = states_in_words(state_counts(records))
    if not status.recorded:
        return "no trial is recorded yet"
    done = f"{status.recorded} of " if status.recorded < status.trials else ""
    from hpsearch.results.enough import judge
    from hpsearch.results.epochs import EpochsSpent
    from hpsearch.results.luck import hits_of, near_best
    from hpsearch.results.tables import trials_frame  # pandas and SciPy: not before the search has begun

    trials = trials_frame(ended, study.space)
    cost = EpochsSpent.of(study, trials).in_words()
    lines = [f"{done}{counted(status.trials, 'trial')}{_took(status)}: {states}; {cost}"]
    if status.best is None:
        return f"{lines[0]}\nno trial is complete yet"
    num_val = _data_facts(folder).num_val
    near = near_best(trials, hits_of(ended, num_val), num_val)
    n_others = int(near.sum()) - 1
    others = counted(n_others, "other trial") if n_others else "no other trial"
    best = fraction(status.best.value or 0.0)
    lines.append(f"best    {best}, trial {status.best.number}; {others} within noise of it")
    lines += _without_luck(folder, ended, num_val)
    lines.append(f"        {params_in_words(status.best.params)}")
    enough = judge(study, ended, trials, num_val, near, went_on_with(records))
    told = [] if enough is None or study.question else enough.beyond_advice(fraction)
    lines += [f"noise   {' '.join(told)}"] if told else []
    return "\n".join(lines)


def _took(status: Status) -> str:
    """Returns how long the trials of this run took, or that it had none."""
    if status.n_new:
        return f" in {duration(status.seconds)}"
    is_over = status.recorded >= status.trials or status.ended_by
    return f" recorded before, {'nothing is left to do' if is_over else 'none in this run'}"


def _without_luck(folder: StudyFolder, ended: Sequence[TrialRecord], num_val: int) -> list[str]:
    """Returns a line on the best trial's accuracy without the luck of being chosen, if that is known."""
    from hpsearch.results.luck import corrected_winner_of

    winner = corrected_winner_of(folder, ended, num_val)
    if winner is None:
        return []
    shows = shows_luck(winner.value, winner.corrected_accuracy, fraction)
    luck = " without the luck of being chosen" if shows else ": no luck of being chosen shows in it"
    interval = f"95 % interval {fractions(*winner.corrected_interval)}"
    left = "; that of pruning is not known" if winner.of_pruning is None else ""
    return [f"        {fraction(winner.corrected_accuracy)}{luck} ({interval}){left}"]


def _data_facts(folder: StudyFolder) -> DataFacts:
    identity = Identity.read(folder.identity_file)
    if identity is None:  # the search began with writing it
        raise FolderError(f"{folder.identity_file}: was removed; put it back, or start over with --fresh")
    return identity.data
