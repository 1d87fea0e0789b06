"""Trials trained once more, bit for bit as in the search, in a folder that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import HpsearchError
from hpsearch.records import TrialOutcome
from hpsearch.search import tasks
from hpsearch.search.executors import LokySlots
from hpsearch.study.studyfile import Study
from hpsearch.worker import worker
from hpsearch.worker.trial import TrialTask


def train_again(study: Study, trials: Sequence[TrialTask], jobs: int) -> list[TrialOutcome]:
    """Trains trials in processes of their own and returns how they end, in order.

    Raises:
        HpsearchError: a process died.
    """
    slots = LokySlots(min(jobs, len(trials)))
    try:
        with tempfile.TemporaryDirectory() as scratch, StudyFolder(Path(scratch)).locked():
            folder = StudyFolder(Path(scratch))
            coordinator = tasks.this_coordinator(study, folder)
            futures = [
                slots.submit(i % slots.size, worker.run_task, task, folder.trial(task.number), coordinator)
                for i, task in enumerate(trials)
            ]
            return [future.result().outcome for future in futures]
    except BrokenExecutor as error:
        raise HpsearchError("a worker process died (was memory short?)") from error
    finally:
        slots.close()
