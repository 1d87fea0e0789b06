"""A trial's parameters on fresh seeds: the same net again, without the luck of the search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import HpsearchError
from hpsearch.failures import in_words
from hpsearch.hits import Hits
from hpsearch.search.pool import run_each
from hpsearch.worker import global_generators, threads
from hpsearch.worker.own_solver import OwnSolver
from hpsearch.worker.task import TrialTask, build_solver, open_data
from nets.training.net_state import load_net_state, net_state
from nets.training.solver import Solver

DEATH = "the worker process of trial {} died while it trained on a fresh seed (was memory short?)"


class FreshNet(NamedTuple):
    """What training on a fresh seed left.

    Attributes:
        state: the net of the epoch that counts.
        hits: which validation images it got right, (n_images,).
        n_epochs: epochs trained.
        work: what a prediction costs, see `work_of`.
    """

    state: dict[str, Any]
    hits: Hits
    n_epochs: int
    work: int


class Diverged(NamedTuple):
    """What a training left that diverged before the epoch that counts.

    Attributes:
        n_epochs: epochs trained, the one that diverged included.
    """

    n_epochs: int


def train_fresh(task: TrialTask, epoch: int | None = None) -> FreshNet | Diverged:
    """Trains a task; returns the net of an epoch, or of its best one.

    Args:
        task: what to train.
        epoch: the epoch, from 1, that counts and is the last one, so that this seed's validation accuracies
            choose nothing; where `patience` ends the training before it, the last one. None = train to the
            end, and the best epoch counts.

    Raises:
        HpsearchError: the net fails.
    """
    data = open_data(task)
    try:
        solver = build_solver(task, data)
        for result in solver.epochs():
            state = net_state(solver.net) if epoch else {}  # an own Solver may change its net at its end
            if result.epoch == epoch:
                break
        if epoch is None:
            best = solver.best_epoch
            return (
                Diverged(len(solver.results)) if best is None else _trained(solver, solver.best_state(), best)
            )
        if solver.results[-1].diverged:
            return Diverged(len(solver.results))
        return _trained(solver, state, len(solver.results))
    except HpsearchError:
        raise
    except BaseException as error:  # a net's exit() would end the command with success
        raise HpsearchError(
            f"trial {task.number}'s net failed on fresh seed {task.key[-1] + 1}: {in_words(error)}"
        ) from error


def _trained(solver: Solver | OwnSolver, state: dict[str, Any], epoch: int) -> FreshNet:
    return FreshNet(
        state=state,
        hits=solver.val_hits[epoch - 1],
        n_epochs=len(solver.results),
        work=work_of(solver.net),
    )


def work_of(net: Any) -> int:
    """Returns what a prediction costs: multiply-adds where the net tells them, else numbers that it learns.

    Both are the same on every machine and in every run, as seconds are not.
    """
    if hasattr(type(net), "multiply_adds"):
        return int(net.multiply_adds)
    return sum(int(np.size(array)) for array in net.params.values())


def train_each(
    tasks: Sequence[TrialTask], epochs: Sequence[int | None], jobs: int
) -> Iterator[FreshNet | Diverged]:
    """Trains tasks in processes of their own and yields what `train_fresh` returns for each, in order.

    Raises:
        HpsearchError: a process died, or a net failed.
    """
    calls = list(zip(tasks, epochs, strict=True))
    return run_each(train_fresh, calls, jobs, lambda i: DEATH.format(tasks[i].number))


def train_all(tasks: Sequence[TrialTask], jobs: int) -> list[FreshNet]:
    """Trains tasks to their ends in processes of their own; returns the nets of their best epochs in order.

    Raises:
        HpsearchError: a process died, or a net failed or diverged before it finished an epoch.
    """
    nets = list(train_each(tasks, [None] * len(tasks), jobs))
    for task, net in zip(tasks, nets, strict=True):
        if isinstance(net, Diverged):
            raise HpsearchError(
                f"trial {task.number}'s parameters diverged in the first epoch on fresh seed "
                f"{task.key[-1] + 1}: they are not a setting to rely on"
            )
    return [net for net in nets if isinstance(net, FreshNet)]


def correct(
    tasks: Sequence[TrialTask], nets: Sequence[FreshNet], x: NDArray[Any], y: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Returns which images each net gets right, (n_nets, n_images).

    Raises:
        HpsearchError: a net fails.
    """
    return np.array([one.argmax(axis=1) == y for one in scores(tasks, nets, x)])


def scores(tasks: Sequence[TrialTask], nets: Sequence[FreshNet], x: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yields the scores that the net of each task's best epoch gives, (n_images, K).

    Raises:
        HpsearchError: a net fails.
    """
    threads.limit()
    for task, net in zip(tasks, nets, strict=True):
        yield _scores(task, net, x)


def _scores(task: TrialTask, net: FreshNet, x: NDArray[Any]) -> NDArray[Any]:
    """Returns the scores that a trained net gives."""
    data = open_data(task)
    try:
        with global_generators.left_alone():
            solver = build_solver(task, data)
            load_net_state(solver.net, net.state)
            return solver.scores(x)
    except (HpsearchError, KeyboardInterrupt):  # Ctrl-C is the user's in the command's own process
        raise
    except BaseException as error:
        raise HpsearchError(
            f"trial {task.number}'s trained net cannot be tested: {in_words(error)}"
        ) from error
