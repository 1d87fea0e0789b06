"""TrialTask -> TrialOutcome: what a worker does with one trial.

`train_trial` builds net and solver from the task alone, trains epoch by epoch, prunes, checkpoints
and answers with an outcome. It never opens the record, and needs neither Optuna nor pandas. The
same task gives the same curve, bit for bit, also when it was stopped or killed in between.
"""

from __future__ import annotations

import inspect
import os
import random
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.disk.trialfolder import Checkpoint, TrialFolder
from hpsearch.errors import DataError, FolderError
from hpsearch.failures import in_words
from hpsearch.records import STOPPED, Cost, Epoch, History, TrialOutcome
from hpsearch.seeds import Purpose, generator, integer
from hpsearch.space import Params
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study.arguments import TrialArguments, net_class
from hpsearch.study.prepared import DataPlace
from hpsearch.study.table_source import SOURCES
from nets.data import DataFileError, SettingError, TrainVal, open_train_val, prepare
from nets.training.net_state import UnsavableNetError
from nets.training.solver import EpochResult, Solver

SECONDS_BETWEEN_CHECKPOINTS = 1.0


@dataclass(frozen=True)
class TrialTask:
    """All that a trial depends on.

    Attributes:
        number: the trial's number.
        params: the drawn values.
        net_kind: as in the study file.
        arguments: fixed and drawn values by their owners.
        seed: the study's seed.
        key: the trial's part of the spawn keys; (number,) in a search.
        data: where the training and validation splits are.
        preprocessing: what is done to a minibatch.
        pruner: when to stop early.
        history: what the pruner sees of earlier trials.
        keep_above: the weights of a trial are kept if its value is above this.
        attempt: how many processes died of it; after the first, each epoch leaves a checkpoint, so
            that the trial gets on however often its processes are killed.
    """

    number: int
    params: Params
    net_kind: str
    arguments: TrialArguments
    seed: int
    key: tuple[int, ...]
    data: DataPlace
    preprocessing: str
    pruner: PrunerSettings
    history: History
    keep_above: float = -1.0
    attempt: int = 0

    def rng(self, purpose: Purpose) -> np.random.Generator:
        """Returns the trial's generator for a purpose."""
        return generator(self.seed, purpose, *self.key)

    @property
    def n_epochs(self) -> int:
        """The epochs of a complete trial."""
        return int(self.arguments.solver["epochs"])


@dataclass
class TrialProgress:
    """How far a trial is: its curve and cost, and when this process began."""

    curve: list[Epoch] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)
    started: float = field(default_factory=time.time)
    _clock: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), time.process_time()))

    def add(self, result: EpochResult) -> None:
        """Takes in an epoch and the time since the one before."""
        clock = (time.perf_counter(), time.process_time())
        self.curve.append(Epoch(result.val_accuracy, result.train_accuracy, result.loss))
        self.cost = Cost(
            epochs=self.cost.epochs + 1,
            examples=self.cost.examples + result.num_examples,
            seconds=self.cost.seconds + clock[0] - self._clock[0],
            cpu_seconds=self.cost.cpu_seconds + clock[1] - self._clock[1],
        )
        self._clock = clock


def train_trial(task: TrialTask, folder: TrialFolder, should_stop: Callable[[], bool]) -> TrialOutcome:
    """Trains a trial to its end, or to the end of the epoch in which `should_stop` says so.

    Raises:
        DataError: the data cannot be opened; the trial is not to blame.
        FolderError: the trial's folder cannot be written; neither is it.
    """
    data = open_data(task)
    progress = TrialProgress()
    try:
        solver = build_solver(task, data)
        _go_on_from_checkpoint(task, folder, solver, progress)
        state, reason = _train(task, folder, solver, progress, should_stop)
        if state == "complete" and solver.best_val_accuracy > task.keep_above:
            folder.write_weights(solver.best_state())
    except FolderError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a net raises is the trial's failure; Ctrl-C gets no worker
        return _outcome(task, progress, "failed", in_words(error), _describe(error))
    return _outcome(task, progress, state, reason)


def open_data(task: TrialTask) -> TrainVal:
    """Returns the splits that the task names.

    Raises:
        DataError: they cannot be opened.
    """
    folder = Path(task.data.folder)
    try:
        if not folder.exists():  # on another machine
            folder = _prepare_here(task.data)
        return open_train_val(folder, task.preprocessing)
    except (DataFileError, SettingError, OSError) as error:
        raise DataError(f"{folder}: the prepared data cannot be opened: {error}") from error


def _prepare_here(data: DataPlace) -> Path:
    prepared = prepare(data.settings, SOURCES)
    if prepared.train_val_hash != data.content:
        raise DataError(f"data source {data.settings.source!r} has other contents on {socket.gethostname()}")
    return prepared.train_val


def build_solver(task: TrialTask, data: TrainVal) -> Solver:
    """Returns a fresh solver with a fresh net, a pure function of task and data."""
    _seed_global_generators(integer(task.seed, Purpose.LEGACY, *task.key))
    return Solver(
        build_net(task, data),
        data,
        **task.arguments.solver,
        optim_config=task.arguments.rule,
        rng=task.rng(Purpose.MINIBATCHES),
        augmentation_rng=task.rng(Purpose.AUGMENTATION),
    )


def build_net(task: TrialTask, data: TrainVal) -> Any:
    """Returns the task's net, given those of `input_dim`, `num_classes` and generators that it takes."""
    cls = net_class(task.net_kind)
    takes = inspect.signature(cls).parameters
    flat = "input_dim" in takes and isinstance(takes["input_dim"].default, int)
    given = {
        "input_dim": int(np.prod(data.image_shape)) if flat else tuple(data.image_shape),
        "num_classes": data.num_classes,
        "rng": task.rng(Purpose.WEIGHTS),
        "dropout_rng": task.rng(Purpose.DROPOUT),
        "seed": integer(task.seed, Purpose.DROPOUT, *task.key),
    }
    return cls(**{name: given[name] for name in given if name in takes}, **task.arguments.net)


def _train(
    task: TrialTask,
    folder: TrialFolder,
    solver: Solver,
    progress: TrialProgress,
    should_stop: Callable[[], bool],
) -> tuple[str, str]:
    """Returns the state in which the trial ended and the reason."""
    written = time.monotonic()
    pause = 0.0 if task.attempt else SECONDS_BETWEEN_CHECKPOINTS
    for result in solver.epochs():
        progress.add(result)
        if result.diverged:
            return "diverged", f"loss, scores or parameters were not finite in epoch {result.epoch}"
        if result.epoch >= task.n_epochs:
            break
        accuracies = [epoch.val_accuracy for epoch in progress.curve]
        reason = task.pruner.decide(accuracies, task.history, task.number, task.seed)
        if reason is not None:
            return "pruned", reason
        stop = should_stop()
        if stop or time.monotonic() - written >= pause:
            _write_checkpoint(task, folder, solver, progress)
            written = time.monotonic()
        if stop:
            return STOPPED, "stopped before its end; the next run goes on"
    return "complete", ""


def _write_checkpoint(task: TrialTask, folder: TrialFolder, solver: Solver, progress: TrialProgress) -> None:
    """Writes where the trial is; nothing for a net that cannot be saved whole, which starts over instead."""
    try:
        state = {"solver": solver.state(), "global": _global_generators()}
    except UnsavableNetError:
        return
    folder.write_checkpoint(Checkpoint(task.params, tuple(progress.curve), progress.cost, state))


def _go_on_from_checkpoint(
    task: TrialTask, folder: TrialFolder, solver: Solver, progress: TrialProgress
) -> None:
    checkpoint = folder.read_checkpoint(task.params)
    if checkpoint is None:
        return
    solver.load_state(checkpoint.state["solver"])
    _set_global_generators(checkpoint.state["global"])
    progress.curve = list(checkpoint.curve)
    progress.cost = checkpoint.cost


# The generators of the modules random and numpy.random: a user's own net may draw from them; ours never do.


def _seed_global_generators(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002


def _global_generators() -> dict[str, Any]:
    version, internal, gauss = random.getstate()
    numpy_state: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    return {"random": [version, list(internal), gauss], "numpy": numpy_state}


def _set_global_generators(state: dict[str, Any]) -> None:
    version, internal, gauss = state["random"]
    random.setstate((version, tuple(internal), gauss))
    np.random.set_state(state["numpy"])  # noqa: NPY002


def _outcome(
    task: TrialTask, progress: TrialProgress, state: str, reason: str, error: dict[str, str] | None = None
) -> TrialOutcome:
    return TrialOutcome(
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


def _describe(error: BaseException) -> dict[str, str]:
    """Returns where an exception was raised, to know like failures by, and its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return {"place": place, "traceback": "".join(traceback.format_exception(error))}
