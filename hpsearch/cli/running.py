"""A run as people see it in a terminal: progress, Ctrl-C, and the words at its end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from hpsearch.cli.live import LivePage
from hpsearch.cli.progress import Progress, headline, summary
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import INTERRUPTED
from hpsearch.results import commands
from hpsearch.search import lookahead
from hpsearch.search.identity import environment_changes
from hpsearch.search.options import RunOptions
from hpsearch.search.order import Search
from hpsearch.search.running import Run, open_run


def run_with_progress(
    study: str, options: RunOptions, before_removal: Callable[[StudyFolder], None], *, live: bool = False
) -> int:
    """Searches, shows progress, writes the report, and returns the exit status; see `open_run`.

    Args:
        live: whether the page is there from the first trial on, and renewed.
    """
    say = partial(print, flush=True)
    with open_run(study, options, before_removal, say) as run, Progress(run.study) as progress:
        progress.say(headline(run.study, run.folder, run.n_workers))
        for change in environment_changes(run.study, run.folder):
            progress.say(
                f"  not the environment that the study began in, new trials may have other bits: {change}"
            )
        advice = lookahead.advice(run.study.lookahead, run.n_workers)
        if advice is not None:
            progress.say(f"  {advice}")
        if live:
            progress.say(f"page    {run.folder.page}, renewed while the search goes on")
        with _interrupts(run.search, progress) as interrupts, LivePage(run.folder) as page:
            for status in run.search:
                progress.show(status)
                if live:
                    page.renew(status.recorded)
        progress.finish()
        _say_how_it_ended(run, progress)
        return INTERRUPTED if interrupts and not run.search.is_complete else 0


def _say_how_it_ended(run: Run, progress: Progress) -> None:
    """Says what the search came to, writes the report, and says what comes next."""
    final = run.search.status()
    progress.say(summary(run.study, run.folder, run.search.records, final))
    if final.ended_by:
        progress.say(f"ended by [stop] {final.ended_by}")
    page = run.folder.page
    if final.n_new or (final.recorded and not page.exists()):
        _write_report(run.folder)
    if page.exists():
        progress.say(f"report  {page}")
    if not run.search.is_complete:
        progress.say("next    run the same command again to continue")
    elif final.best is not None:
        progress.say(f"next    {commands.command('test', run.folder)}")


def _write_report(folder: StudyFolder) -> None:
    from hpsearch.report import write_report
    from hpsearch.results.frames import read_study

    write_report(read_study(folder.path))


@contextmanager
def _interrupts(search: Search, progress: Progress) -> Iterator[list[int]]:
    """Turns the first Ctrl-C (or SIGTERM) into a stop at the epochs' ends, the second into an end at once."""
    received: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise KeyboardInterrupt
        search.request_stop()
        progress.say("stopping at the end of the running epochs; once more to stop at once")

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
