"""A run as people see it in a terminal: progress, Ctrl-C, and the words at its end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

from hpsearch.cli.ahead import Ahead
from hpsearch.cli.closing import next_step
from hpsearch.cli.interrupts import Interrupt
from hpsearch.cli.live import LivePage
from hpsearch.cli.progress import Progress, headline, summary
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import INTERRUPTED, NothingYetError
from hpsearch.report import is_current
from hpsearch.search import lookahead, processors
from hpsearch.search.identity import environment_changes
from hpsearch.search.options import RunOptions
from hpsearch.search.order import Search
from hpsearch.search.running import Run, open_run
from hpsearch.strategies.question import Question
from hpsearch.words import counted
from hpsearch.worker import threads


def run_with_progress(
    study: str, options: RunOptions, before_removal: Callable[[StudyFolder], None], *, live: bool = False
) -> int:
    """Searches, shows progress, writes the report, and returns the exit status; see `open_run`.

    Args:
        live: whether the page is there from the first trial on, and renewed.
    """
    say = partial(print, flush=True)
    with (
        open_run(study, options, before_removal, say) as run,
        Progress(run.study) as progress,
        Ahead(run) as ahead,
    ):
        progress.say(headline(run.study, run.folder, run.n_workers, run.notes()))
        for change in environment_changes(run.study, run.folder):
            progress.say(
                f"  not the environment that the study began in, new trials may have other bits: {change}"
            )
        for advice in (
            lookahead.advice(run.study.lookahead, run.n_workers),
            processors.advice(run.n_workers, threads.wanted()),
        ):
            if advice is not None:
                progress.say(f"  {advice}")
        if live:
            progress.say(f"page    {run.folder.page}, renewed while the search goes on", [run.folder.page])
        with _interrupts(run.search, progress) as interrupts, LivePage(run.folder) as page:
            for status in run.search:
                progress.show(status)
                ahead.begin_in_time(status)
                if live:
                    page.renew(status.recorded)
            if len(interrupts) > 1 and not run.search.is_complete:
                raise KeyboardInterrupt  # the second, if the search ended while it waited for an import
        progress.finish()
        _say_how_it_ended(run, progress, ahead)
        return INTERRUPTED if interrupts and not run.search.is_complete else 0


def _say_how_it_ended(run: Run, progress: Progress, ahead: Ahead) -> None:
    """Says what the search came to, writes the report, and says what comes next."""
    final, page = run.search.status(), run.folder.page
    has_news = bool(final.n_new or (final.recorded and not is_current(run.folder)))
    if has_news:
        ahead.finish()
    from hpsearch.report import write_report
    from hpsearch.results.frames import read_study

    progress.say(summary(run.study, run.folder, run.search.records, final))
    if final.ended_by:
        progress.say(f"ended   by [stop] {final.ended_by}")
    question = run.study.question
    answered_now = run.search.is_complete and question is not None and _answer(question, run, progress)
    frames = read_study(run.folder.path)
    if has_news or answered_now:
        progress.say("drawing the report ...")
        write_report(frames, painters=ahead.painters)
    if page.exists():
        progress.say(f"report  {page}", [page])
    if not run.search.is_complete:
        progress.say("next    run the same command again to continue")
    elif frames.answered is None:
        progress.say(next_step(frames))


def _answer(question: Question, run: Run, progress: Progress) -> bool:
    """Answers the study's question, unless it is answered, and says the answer; returns whether it is new."""
    from hpsearch.checks import answer
    from hpsearch.results.frames import read_study

    frames = read_study(run.folder.path)
    is_new = frames.answered is None
    if is_new:
        try:
            answer.best_settings(question, run.folder)
        except NothingYetError as error:
            progress.say(str(error))
            return False
        progress.say(
            f"training the best setting of each {question.compare} on {counted(answer.N_SEEDS, 'fresh seed')}"
        )
        answer.answer(run.study, run.folder, n_seeds=answer.N_SEEDS, jobs=run.n_workers)
        frames = read_study(run.folder.path)
    assert frames.answered is not None, "it was just answered"
    for sentence in frames.answered.sentences:
        progress.say(sentence)
    return is_new


@contextmanager
def _interrupts(search: Search, progress: Progress) -> Iterator[list[int]]:
    """Turns the first Ctrl-C (or SIGTERM) into a stop at the epochs' ends, the second into an end at once."""
    received: list[int] = []
    interrupt = Interrupt()

    def on_signal(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            interrupt(number, frame)
            return
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
