"""TrialTask -> TrialOutcome: what a worker does with one trial.

`train_trial` builds net and solver from the task alone, trains epoch by epoch, prunes, checkpoints
and answers with an outcome. It never opens the record, and needs neither Optuna nor pandas. The
same task gives the same curve, bit for bit, also when it was stopped or killed in between.
"""

from __future__ import annotations

import os
import socket
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hpsearch import hits, layers
from hpsearch.disk.trialfolder import Checkpoint, TrialFolder
from hpsearch.errors import FolderError
from hpsearch.failures import in_words
from hpsearch.hits import Hits
from hpsearch.records import STOPPED, Cost, Epoch, TrialOutcome
from hpsearch.words import as_text
from hpsearch.worker import global_generators, trained
from hpsearch.worker.own_function import OwnFunction
from hpsearch.worker.own_solver import OwnSolver
from hpsearch.worker.task import TrialTask, build_training, open_data
from nets.data import TrainVal
from nets.training.net_state import UnsavableNetError
from nets.training.solver import EpochResult, Solver

Training = Solver | OwnSolver | OwnFunction
SECONDS_BETWEEN_CHECKPOINTS = 1.0


@dataclass
class TrialProgress:
    """How far a trial is: its curve, the hits of its epochs and its cost, and when this process began.

    Attributes:
        n_before: so many epochs are those of the trial that it goes on with, and no cost of its own.
    """

    curve: list[Epoch] = field(default_factory=list)
    hits: list[Hits] = field(default_factory=list)
    n_before: int = 0
    cost: Cost = field(default_factory=Cost)
    started: float = field(default_factory=time.time)
    _clock: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), time.process_time()))

    def add(self, result: EpochResult, hits: Sequence[Hits]) -> None:
        """Takes in an epoch, the hits of all so far, and the time since the one before."""
        self.hits = list(hits)
        clock = (time.perf_counter(), time.process_time())
        self.curve.append(Epoch(result.val_accuracy, result.train_accuracy, result.loss))
        is_own = len(self.curve) > self.n_before
        self.cost += Cost(
            epochs=1 if is_own else 0,
            examples=result.num_examples if is_own else 0,
            seconds=clock[0] - self._clock[0],
            cpu_seconds=clock[1] - self._clock[1],
        )
        self._clock = clock


def train_trial(task: TrialTask, folder: TrialFolder, should_stop: Callable[[], bool]) -> TrialOutcome:
    """Trains a trial to its end, or to the end of the epoch in which `should_stop` says so.

    Raises:
        DataError: the data cannot be opened; the trial is not to blame.
        FolderError: the trial's folder cannot be written; neither is it.
    """
    data = open_data(task)
    progress = TrialProgress(n_before=task.n_before)
    try:
        solver = build_training(task, data)
        if isinstance(solver, Solver):
            _go_on_from_checkpoint(task, folder, solver, progress)
        state, reason = _train(task, folder, solver, progress, should_stop)
        if state != STOPPED and progress.hits:
            folder.put_hits(hits.to_file(progress.hits))
        if state != STOPPED and isinstance(solver, Solver) and solver.layers is not None:
            folder.put_layers(layers.to_file(solver.layers, _chance(data)))
        keeps = state == "complete" and solver.best_val_accuracy > task.keep_above
        if keeps and not isinstance(solver, OwnFunction):
            folder.write_weights(trained.to_state(task, data, solver.best_state()))
    except FolderError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a net raises is the trial's failure; Ctrl-C gets no worker
        return _outcome(task, progress, "failed", in_words(error), _describe(error))
    return _outcome(task, progress, state, reason)


def _train(
    task: TrialTask,
    folder: TrialFolder,
    solver: Training,
    progress: TrialProgress,
    should_stop: Callable[[], bool],
) -> tuple[str, str]:
    """Returns the state in which the trial ended and the reason."""
    written = time.monotonic()
    pause = 0.0 if task.attempt else SECONDS_BETWEEN_CHECKPOINTS
    reason = _why_pruned(task, progress)  # a process may have died after it left a paused trial's checkpoint
    if reason is not None:
        return "pruned", reason
    for result in solver.epochs():
        progress.add(result, solver.val_hits)
        if result.diverged:
            return "diverged", f"loss, scores or parameters were not finite in epoch {result.epoch}"
        if result.epoch >= task.n_epochs:
            break
        reason = _why_pruned(task, progress)
        if reason is not None:
            if task.pruner.pauses:
                _write_checkpoint(task, folder, solver, progress)
            return "pruned", reason
        stop = should_stop()
        if stop or time.monotonic() - written >= pause:
            _write_checkpoint(task, folder, solver, progress)
            written = time.monotonic()
        if stop:
            return STOPPED, "stopped before its end; the next run continues it"
    return "complete", ""


def _why_pruned(task: TrialTask, progress: TrialProgress) -> str | None:
    """Returns why the trial ends here; None: it goes on."""
    accuracies = [epoch.val_accuracy for epoch in progress.curve]
    if not accuracies:
        return None
    return task.pruner.decide(accuracies, task.history, task.number, task.seed, task.n_before)


def _write_checkpoint(
    task: TrialTask, folder: TrialFolder, solver: Training, progress: TrialProgress
) -> None:
    """Writes where the trial is; nothing for what cannot be saved whole, which starts over instead."""
    try:
        state = {"solver": solver.state(), "global": global_generators.state()}
    except UnsavableNetError:
        return
    folder.write_checkpoint(Checkpoint(task.params, tuple(progress.curve), progress.cost, state))


def _go_on_from_checkpoint(
    task: TrialTask, folder: TrialFolder, solver: Solver, progress: TrialProgress
) -> None:
    checkpoint, cost = folder.read_checkpoint(task.params), None
    if checkpoint is None and task.continues is not None:
        checkpoint, cost = folder.beside(task.continues).read_checkpoint(task.params), Cost()
    if checkpoint is None:
        return
    solver.load_state(checkpoint.state["solver"])
    global_generators.restore(checkpoint.state["global"])
    progress.curve = list(checkpoint.curve)
    progress.hits = list(solver.val_hits)
    progress.cost = checkpoint.cost if cost is None else cost


def _chance(data: TrainVal) -> float:
    """Returns the validation accuracy of who always names the commonest class of the training images."""
    return float(np.mean(np.asarray(data.y_val) == np.bincount(data.y_train).argmax()))


def _outcome(
    task: TrialTask, progress: TrialProgress, state: str, reason: str, error: dict[str, str] | None = None
) -> TrialOutcome:
    outcome = TrialOutcome(
        number=task.number,
        state=state,
        curve=tuple(progress.curve),
        reason=reason,
        cost=progress.cost,
        error=error,
        worker=f"{socket.gethostname()}:{os.getpid()}",
        started=progress.started,
        finished=time.time(),
    )
    if state == STOPPED or outcome.best_epoch is None or not progress.hits:
        return outcome
    return replace(outcome, hits=hits.pack(progress.hits[outcome.best_epoch - 1]))


def _describe(error: BaseException) -> dict[str, str]:
    """Returns where an exception was raised, to know like failures by, and its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return {"place": place, "traceback": as_text("".join(traceback.format_exception(error)))}
