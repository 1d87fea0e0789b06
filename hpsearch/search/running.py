"""A study and the options of a run -> an open search: what the command line and Python have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.disk.identity import Identity
from hpsearch.errors import CallError
from hpsearch.search import clusters, executors, processors, warmstart
from hpsearch.search.budget import Budget
from hpsearch.search.executors import Slots
from hpsearch.search.options import RunOptions
from hpsearch.search.order import Search
from hpsearch.search.session import open_search
from hpsearch.study import places, studyfile
from hpsearch.study.notes import all_notes
from hpsearch.study.study import Study
from hpsearch.system.memory import LIMIT_NEEDS, can_be_limited
from hpsearch.worker import environment, threads
from nets.data import open_train_val


@dataclass(frozen=True)
class Run:
    """An open search, and what it was opened with.

    Attributes:
        study: the study, as the options have changed it.
        folder: its folder.
        n_workers: how many trials run at a time.
        search: what to iterate.
    """

    study: Study
    folder: StudyFolder
    n_workers: int
    search: Search

    def notes(self) -> list[str]:
        """Returns what is to be known of the study, a sentence each; imports code of the user's."""
        return all_notes(self.study, open_train_val(Path(self.search.data.folder)))


@contextmanager
def open_run(
    study: str | Path | Mapping[str, Any],
    options: RunOptions,
    before_removal: Callable[[StudyFolder], None] | None = None,
    say: Callable[[str], object] = lambda text: None,
    *,
    name: str | None = None,
) -> Iterator[Run]:
    """Opens a search for the time of the context.

    Args:
        study: a study file, the name of one, or its sections as a mapping.
        options: how it is searched.
        before_removal: called before `fresh` removes what a folder holds; it may raise to keep it.
        say: told what the run waits for before it is open.
        name: of a study that is given as a mapping.

    Raises:
        CallError: study and options do not fit, or the folder holds another study or trials of another
            environment.
        FolderError: the folder is in use, or cannot be written.
        DataError: the data cannot be prepared.
    """
    loaded = _load(study, name, options)
    if loaded.remark:
        say(loaded.remark)
    folder = StudyFolder(options.out / loaded.name)
    removes = options.fresh and (folder.exists() or folder.has_trials())
    if removes and before_removal is not None:
        before_removal(folder)
    if options.warm_start is not None:
        if folder.exists() and not removes:
            loaded = warmstart.as_begun(loaded, folder)
        else:
            other = find_folder(options.out, options.warm_start, "--warm-start")
            loaded = warmstart.warm_started(loaded, other, options.top)
    budget = Budget(loaded.trials, options.timeout, options.trial_timeout, options.trial_memory)
    with threads.used(options.threads or (1 if removes else _threads_so_far(folder))):
        slots = open_slots(options, say)
        opened = open_search(
            loaded,
            folder,
            budget,
            slots,
            retry_failed=options.retry_failed,
            fresh=removes,
            other_environment=options.other_environment,
        )
        with opened as search:
            yield Run(loaded, folder, slots.size, search)


def _load(study: str | Path | Mapping[str, Any], name: str | None, options: RunOptions) -> Study:
    if isinstance(study, Mapping):
        if name is None:
            raise CallError('name: expected one, as in run({...}, name="mine"), since the study has no file')
        return studyfile.from_mapping(study, name, options.overrides, options.data)
    if name is not None:
        raise CallError(f"name: a study file is its study's name; expected none beside {study}")
    return studyfile.load(places.find(str(study), options.out), options.overrides, options.data)


def _threads_so_far(folder: StudyFolder) -> int:
    """Returns how many BLAS threads the study's last run had; one if it has had none."""
    identity = Identity.read(folder.identity_file) if folder.exists() else None
    return 1 if identity is None else environment.n_threads(identity.environments[-1])


def open_slots(options: RunOptions, say: Callable[[str], object]) -> Slots:
    """Returns the places where trials run.

    Raises:
        CallError: the options do not go together, or not with this system.
    """
    if options.trial_memory is not None and options.executor != "dask" and not can_be_limited():
        raise CallError(f"--trial-memory: nothing would keep a trial to it here; expected {LIMIT_NEEDS}")
    if options.executor == "dask":
        if options.scheduler is None or options.jobs is not None:
            raise CallError(
                "--executor dask takes its workers from --scheduler tcp://HOST:PORT, not from --jobs"
            )
        return clusters.DaskSlots(options.scheduler, say)
    if options.scheduler is not None:
        raise CallError(f"--scheduler {options.scheduler} goes with --executor dask")
    n_jobs = processors.suitable_jobs(options.jobs, threads.wanted())
    if not isinstance(options.executor, Executor):
        return executors.LokySlots(n_jobs)
    if options.trial_timeout is not None:
        raise CallError(
            "trial_timeout: needs processes of hpsearch's own or Dask's, but got an executor whose processes "
            "nobody here can end"
        )
    return clusters.ExecutorSlots(options.executor, n_jobs)
