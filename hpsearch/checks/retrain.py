"""Trials trained once more, bit for bit as in the search, in a folder that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.search import tasks
from hpsearch.search.pool import run_all
from hpsearch.study.study import Study
from hpsearch.worker import worker
from hpsearch.worker.task import TrialTask
from hpsearch.worker.worker import Finished, content_of

_DEATH = "a worker process died in trial {} (was memory short?)"


def train_again(study: Study, trials: Sequence[TrialTask], jobs: int) -> list[Finished]:
    """Trains trials in processes of their own and returns what comes of each, in order, files included.

    Raises:
        HpsearchError: a process died.
    """
    with tempfile.TemporaryDirectory() as scratch, StudyFolder(Path(scratch)).locked():
        folder = StudyFolder(Path(scratch))
        coordinator = tasks.this_coordinator(study, folder)
        calls = [(task, folder.trial(task.number), coordinator) for task in trials]
        finished = run_all(worker.run_task, calls, jobs, lambda i: _DEATH.format(trials[i].number))
        return [
            _with_files(one, folder.trial(task.number)) for one, task in zip(finished, trials, strict=True)
        ]


def _with_files(finished: Finished, left: TrialFolder) -> Finished:
    """Returns what came of a trial with the files that it left in its folder."""
    hits, layers, weights = map(content_of, (left.hits, left.layers, left.weights))
    return replace(finished, hits=hits, layers=layers, weights=weights)
