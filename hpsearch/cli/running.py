"""A run as people see it: progress, Ctrl-C, and the words at its end.

`run_with_progress` is `hpsearch run`; `run` is the same from Python and notebooks and returns a
`Result`.
"""

from __future__ import annotations

import html
import shlex
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from hpsearch.cli.progress import Progress, headline, summary
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError
from hpsearch.search import executors, lookahead
from hpsearch.search.budget import Budget
from hpsearch.search.clusters import ExecutorSlots
from hpsearch.search.identity import environment_changes
from hpsearch.search.order import Search
from hpsearch.search.session import open_search
from hpsearch.study import enqueue, studyfile
from hpsearch.study.studyfile import Study

if TYPE_CHECKING:
    import pandas as pd

    from hpsearch.results.frames import StudyFrames

INTERRUPTED = 130


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        path: its HTML file.
    """

    path: Path

    def _repr_html_(self) -> str:
        """Returns the page for a notebook, in a frame of its own so that styles do not mix."""
        content = html.escape(self.path.read_text(encoding="utf-8"))
        return f'<iframe srcdoc="{content}" style="width: 100%; height: 50em; border: 0"></iframe>'


@dataclass(frozen=True)
class Result:
    """What a search from Python returns.

    Attributes:
        folder: the study folder.
    """

    folder: Path

    @property
    def frames(self) -> StudyFrames:
        """The study as frames, read anew."""
        from hpsearch.results.frames import read_study

        return read_study(self.folder)

    @property
    def best(self) -> Mapping[str, Any]:
        """The winner's number, value and parameters."""
        from hpsearch.results.winner import find_winner

        record = find_winner(StudyFolder(self.folder))
        return {"trial": record.number, "value": record.value, "params": dict(record.params)}

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial."""
        return self.frames.trials

    @property
    def curves(self) -> pd.DataFrame:
        """One row an epoch."""
        return self.frames.curves

    def report(self) -> Page:
        """Builds the page, which shows itself in a notebook."""
        from hpsearch.report import write_report

        return Page(write_report(self.frames))


def run(
    study: str | Path,
    *,
    trials: int | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
    out: str | Path = "reports",
    overrides: Sequence[str] = (),
    limits: Mapping[str, Any] | None = None,
    retry_failed: bool = False,
) -> Result:
    """Searches as `hpsearch run` does, silently.

    Args:
        study: a study file, or the name of one.
        trials: how many in all; the study file's number by default.
        jobs: worker processes; the physical cores by default.
        executor: where trials run `jobs` at a time, if not in processes of hpsearch's own; any executor of
            processes.
        out: folder that study folders lie in.
        overrides: as `--set`: "training.epochs=5".
        limits: other fields of `Budget`: seconds, trial_seconds, trial_memory.
        retry_failed: whether trials that failed before are trained again.

    Raises:
        HpsearchError: what went wrong.
    """
    loaded = studyfile.load(studyfile.find(str(study)), overrides)
    folder = StudyFolder(Path(out) / loaded.name)
    budget = Budget(trials or loaded.trials, **(limits or {}))
    n_jobs = jobs or executors.physical_cores()
    if executor is not None and budget.trial_seconds is not None:
        raise CallError("limits: trial_seconds needs processes of hpsearch's own or Dask's, without executor")
    slots = executors.LokySlots(n_jobs) if executor is None else ExecutorSlots(executor, n_jobs)
    with open_search(loaded, folder, budget, slots, retry_failed=retry_failed) as search:
        for _ in search:
            pass
    return Result(folder.path)


def run_with_progress(
    study: Study, folder: StudyFolder, budget: Budget, slots: executors.Slots, *, retry_failed: bool = False
) -> int:
    """Searches, shows progress, writes the report, and returns the exit status."""
    n_workers = slots.size
    opened = open_search(study, folder, budget, slots, retry_failed=retry_failed)
    with opened as search, Progress(study) as progress:
        progress.say(headline(study, folder, n_workers))
        for change in environment_changes(study, folder):
            progress.say(f"  the environment changed, new trials may have other bits: {change}")
        advice = lookahead.advice(study.lookahead, n_workers)
        if advice is not None:
            progress.say(f"  {advice}")
        with _interrupts(search, progress) as interrupts:
            for status in search:
                progress.show(status)
        final = search.status()
        progress.finish()
        progress.say(summary(study, folder, search.records, final))
        page = folder.path / "index.html"
        if final.n_new or (final.recorded and not page.exists()):
            _write_report(folder)
        if page.exists():
            progress.say(f"report  {page}")
        if not search.is_complete:
            progress.say("next    run the same command again to continue")
            return INTERRUPTED if interrupts else 0
        if final.best is not None:
            progress.say(f"next    hpsearch test --study {study.name}{_out_option(folder)}")
        return 0


def _write_report(folder: StudyFolder) -> None:
    from hpsearch.report import write_report
    from hpsearch.results.frames import read_study

    write_report(read_study(folder.path))


def warm_started(study: Study, other: StudyFolder, top: int) -> Study:
    """Returns the study with another one's best trials enqueued after its own.

    Raises:
        CallError: the other has no complete trial.
    """
    best = enqueue.best_of(read_records(other.journal), top, study.space)
    if not best:
        raise CallError(f"--warm-start {other.name}: has no complete trial that fits this space")
    return _with_enqueued(study, [*study.table.get("enqueue", []), *best], other)


def as_begun(study: Study, folder: StudyFolder) -> Study:
    """Returns the study with the trials enqueued that it began with, whatever has become of the other one.

    Raises:
        CallError: it began with none but its own.
    """
    begun = studyfile.load_resolved(folder.study_file, folder.name).table.get("enqueue", [])
    if begun == study.table.get("enqueue", []):
        raise CallError(
            f"--warm-start: {folder.path} holds this study, begun without it; "
            f"expected another name, or --fresh"
        )
    return _with_enqueued(study, begun, folder)


def _with_enqueued(study: Study, entries: Sequence[Mapping[str, Any]], folder: StudyFolder) -> Study:
    return studyfile.from_table({**study.table, "enqueue": entries}, study.name, str(folder.path))


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


def _out_option(folder: StudyFolder) -> str:
    """Returns what the next command must say about a folder that is not the default."""
    out = folder.path.parent
    return "" if out == Path("reports") else f" --out {shlex.quote(str(out))}"
