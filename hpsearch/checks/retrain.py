"""Trials trained once more, bit for bit as in the search, in a folder that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hpsearch.disk.folder import StudyFolder
from hpsearch.records import TrialOutcome
from hpsearch.search import tasks
from hpsearch.search.pool import run_all
from hpsearch.study.study import Study
from hpsearch.worker import worker
from hpsearch.worker.task import TrialTask

_DEATH = "a worker process died in trial {} (was memory short?)"


def train_again(study: Study, trials: Sequence[TrialTask], jobs: int) -> list[TrialOutcome]:
    """Trains trials in processes of their own and returns how they end, in order.

    Raises:
        HpsearchError: a process died.
    """
    with tempfile.TemporaryDirectory() as scratch, StudyFolder(Path(scratch)).locked():
        folder = StudyFolder(Path(scratch))
        coordinator = tasks.this_coordinator(study, folder)
        calls = [(task, folder.trial(task.number), coordinator) for task in trials]
        finished = run_all(worker.run_task, calls, jobs, lambda i: _DEATH.format(trials[i].number))
    return [one.outcome for one in finished]
