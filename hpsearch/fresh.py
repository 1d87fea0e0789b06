"""A trial's parameters on fresh seeds: the same net again, without the luck of the search."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from typing import Any

from hpsearch import arguments
from hpsearch.errors import HpsearchError
from hpsearch.executors import LokySlots
from hpsearch.pruning import PrunerSettings
from hpsearch.records import History, TrialRecord
from hpsearch.seeds import Purpose
from hpsearch.studyfile import Study
from hpsearch.trial import DataPlace, TrialTask, build_solver, open_data

NetState = dict[str, Any]


def fresh_task(study: Study, record: TrialRecord, i: int, data: DataPlace) -> TrialTask:
    """Returns the task that trains a trial's parameters to the end on the i-th fresh seed."""
    return TrialTask(
        number=record.number,
        params=record.params,
        net_kind=study.net_kind,
        arguments=arguments.for_trial(study.net_kind, study.net, study.training, record.params),
        seed=study.seed,
        key=(int(Purpose.FRESH), i),
        data=data,
        preprocessing=study.preprocessing,
        pruner=PrunerSettings("none"),
        history=History.of([], study.max_epochs),
    )


def train_fresh(task: TrialTask) -> NetState:
    """Trains a task to its end and returns the state of the net of its best epoch.

    Raises:
        HpsearchError: it diverged before it finished an epoch.
    """
    data = open_data(task)
    try:
        solver = build_solver(task, data)
        for _ in solver.epochs():
            pass
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise HpsearchError(
            f"trial {task.number}'s net failed on fresh seed {task.key[-1] + 1}: {what}"
        ) from error
    if solver.best_epoch is None:
        raise HpsearchError(
            f"trial {task.number}'s parameters diverged in the first epoch on fresh seed {task.key[-1] + 1}: "
            f"they are not a setting to rely on"
        )
    return solver.best_state()


def train_all(tasks: Sequence[TrialTask], jobs: int) -> list[NetState]:
    """Trains tasks in processes of their own and returns their nets' states in order."""
    slots = LokySlots(min(jobs, len(tasks)))
    try:
        futures = [slots.submit(i % slots.size, train_fresh, task) for i, task in enumerate(tasks)]
        return [future.result() for future in futures]
    except BrokenExecutor as error:
        raise HpsearchError(
            "a worker process died while it trained on a fresh seed (was memory short?)"
        ) from error
    finally:
        slots.close()
