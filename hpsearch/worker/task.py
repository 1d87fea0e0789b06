"""TrialTask: all that a trial depends on, and the data, net and solver that follow from it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from hpsearch.errors import DataError
from hpsearch.records import History
from hpsearch.seeds import Purpose, generator, integer
from hpsearch.space import Params
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study.arguments import TrialArguments
from hpsearch.study.given import given_values, is_said, wants_rows
from hpsearch.study.netclass import net_class
from hpsearch.study.own_data import OWN_DATA
from hpsearch.study.owncode import Carried, asked_errors, find, imports
from hpsearch.study.prepared import DataPlace
from hpsearch.study.rules import find_rule
from hpsearch.study.table_source import SOURCES
from hpsearch.worker import global_generators
from hpsearch.worker.derived import derived
from hpsearch.worker.own_function import OwnFunction
from hpsearch.worker.own_solver import OwnSolver
from nets.data import DataFileError, SettingError, TrainVal, open_train_val, prepare
from nets.training.solver import Solver


@dataclass(frozen=True)
class TrialTask:
    """All that a trial depends on.

    Attributes:
        number: the trial's number.
        params: the drawn values.
        net_kind: as in the study file; the training function where one has the net's place.
        arguments: fixed and drawn values by their owners.
        seed: the study's seed.
        key: the trial's part of the spawn keys; in a search (number,), that of the first of those that it
            goes on with.
        data: where the training and validation splits are.
        preprocessing: what is done to a minibatch.
        pruner: when to stop early.
        history: what the pruner sees of earlier trials.
        keep_above: the weights of a trial are kept if its value is above this.
        attempt: how many processes died of it; after the first, each epoch leaves a checkpoint, so
            that the trial gets on however often its processes are killed.
        code: what of the user's own the study names.
        own: that of it which is of `__main__`.
        continues: the number of the paused trial that it goes on with; None for a new one.
        n_before: epochs of that one.
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
    code: tuple[str, ...] = ()
    own: tuple[Carried, ...] = ()
    continues: int | None = None
    n_before: int = 0

    def rng(self, purpose: Purpose) -> np.random.Generator:
        """Returns the trial's generator for a purpose."""
        return generator(self.seed, purpose, *self.key)

    @property
    def n_epochs(self) -> int:
        """The epochs of a complete trial."""
        return int(self.arguments.solver["epochs"])


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


def build_training(task: TrialTask, data: TrainVal) -> Solver | OwnSolver | OwnFunction:
    """Returns what trains the task, fresh, a pure function of task and data."""
    if not task.arguments.is_function:
        return build_solver(task, data)
    seed_globals(task)
    given = {
        "seed": integer(task.seed, Purpose.WEIGHTS, *task.key),
        "rng": task.rng(Purpose.WEIGHTS),
        "data": data,
    }
    n_train = 0 if task.data.settings.source == OWN_DATA else len(data.y_train)
    return OwnFunction(task.net_kind, task.arguments.net, given, len(data.y_val), n_train)


def build_solver(task: TrialTask, data: TrainVal) -> Solver | OwnSolver:
    """Returns a fresh solver with a fresh net, a pure function of task and data."""
    seed_globals(task)
    arguments = task.arguments
    if arguments.own_solver:
        net = build_net(task, data)
        return OwnSolver(arguments.own_solver, net, data, arguments.solver, arguments.rule)
    return Solver(
        build_net(task, data),
        data,
        **{**arguments.solver, "update_rule": find_rule(arguments.solver["update_rule"])},
        optim_config=task.arguments.rule,
        rng=task.rng(Purpose.MINIBATCHES),
        augmentation_rng=task.rng(Purpose.AUGMENTATION),
        subset_rng=task.rng(Purpose.TRAIN_SUBSET),
    )


def seed_globals(task: TrialTask) -> None:
    """Seeds the generators of the process for a trial, in which NumPy raises what the user's modules ask for.

    The user's code is imported before, since modules may seed them too: else the first net of a process would
    be another one than the same net later. So is PyTorch where a function of that code imports it.
    """
    for kind in task.code:
        find(kind, kind)
        np.seterr(**asked_errors(kind))
        _import_pytorch_for(kind)
    global_generators.seed(integer(task.seed, Purpose.LEGACY, *task.key))


def _import_pytorch_for(kind: str) -> None:
    """Imports PyTorch where code of the user's own would, and it is there."""
    pytorch = global_generators.PYTORCH
    if pytorch not in sys.modules and imports(kind, pytorch) and find_spec(pytorch) is not None:
        import_module(pytorch)


def build_net(task: TrialTask, data: TrainVal) -> Any:
    """Returns the task's net, fresh."""
    return construct_net(
        task.net_kind, task.arguments.net, task.seed, task.key, data.image_shape, data.num_classes
    )


def construct_net(
    kind: str,
    arguments: Mapping[str, Any],
    seed: int,
    key: tuple[int, ...],
    image_shape: Sequence[int],
    num_classes: int,
) -> Any:
    """Returns a net, given what it takes of shapes, classes and generators and `arguments` do not say."""
    cls = _taking_rows(net_class(kind)) if wants_rows(kind, arguments) else net_class(kind)
    generators = {
        "rng": generator(seed, Purpose.WEIGHTS, *key),
        "dropout_rng": generator(seed, Purpose.DROPOUT, *key),
        "seed": integer(seed, Purpose.DROPOUT, *key),
    }
    given = given_values(net_class(kind), image_shape, num_classes, generators)
    said = {name: value for name, value in arguments.items() if not is_said(kind, name)}
    if isinstance(said.get("input_dim"), list):
        said["input_dim"] = tuple(said["input_dim"])  # as it is given
    net = cls(**{**given, **said})
    if "seed" not in said:
        _unfreeze_dropout(net)
    return net


@cache
def _taking_rows(cls: type) -> type:
    """Returns a class like another, whose loss takes images, (N, C, H, W), for the rows that it wants."""

    def loss(self: Any, X: Any, *rest: Any, **named: Any) -> Any:
        return cls.loss(self, X.reshape(len(X), -1), *rest, **named)  # type: ignore[attr-defined]

    return derived(cls, {"loss": loss}, again=_taking_rows)


def _unfreeze_dropout(net: Any) -> None:
    """Takes a given seed out of a net's `dropout_param`.

    Nets of the course seed NumPy with it in each forward pass, for gradient checks: all their masks would
    be the same one.
    """
    dropout = getattr(net, "dropout_param", None)
    if isinstance(dropout, dict):
        dropout.pop("seed", None)
