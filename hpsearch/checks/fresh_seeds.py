"""A trial's parameters on fresh seeds: the same net again, without the luck of the search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import HpsearchError
from hpsearch.failures import in_words
from hpsearch.hits import Hits
from hpsearch.search.pool import run_all
from hpsearch.worker import worker
from hpsearch.worker.task import TrialTask, build_solver, open_data
from nets.training.net_state import load_net_state
from nets.training.solver import Solver

_DEATH = "the worker process of trial {} died while it trained on a fresh seed (was memory short?)"


class FreshNet(NamedTuple):
    """What training on a fresh seed left.

    Attributes:
        state: the net of its best epoch.
        hits: which validation images each epoch got right, (n_epochs, n_images).
        n_epochs: epochs trained, one that diverged included.
        n_examples: training images seen.
        n_weights: numbers that the net learns.
    """

    state: dict[str, Any]
    hits: Hits
    n_epochs: int
    n_examples: int
    n_weights: int


def train_fresh(task: TrialTask) -> FreshNet | None:
    """Trains a task to its end; None if it diverged before it finished an epoch.

    Raises:
        HpsearchError: the net fails.
    """
    data = open_data(task)
    try:
        solver = build_solver(task, data)
        for _ in solver.epochs():
            pass
        return None if solver.best_epoch is None else _trained(solver)
    except HpsearchError:
        raise
    except BaseException as error:  # a net's exit() would end the command with success
        raise HpsearchError(
            f"trial {task.number}'s net failed on fresh seed {task.key[-1] + 1}: {in_words(error)}"
        ) from error


def _trained(solver: Solver) -> FreshNet:
    return FreshNet(
        state=solver.best_state(),
        hits=np.array(solver.val_hits),
        n_epochs=len(solver.results),
        n_examples=sum(result.num_examples for result in solver.results),
        n_weights=sum(int(np.size(array)) for array in solver.net.params.values()),
    )


def train_each(tasks: Sequence[TrialTask], jobs: int) -> list[FreshNet | None]:
    """Trains tasks in processes of their own and returns what they left in order, None for what diverged.

    Raises:
        HpsearchError: a process died, or a net failed.
    """
    return run_all(train_fresh, [(task,) for task in tasks], jobs, lambda i: _DEATH.format(tasks[i].number))


def train_all(tasks: Sequence[TrialTask], jobs: int) -> list[FreshNet]:
    """Trains tasks in processes of their own and returns what they left in order.

    Raises:
        HpsearchError: a process died, or a net failed or diverged before it finished an epoch.
    """
    nets = train_each(tasks, jobs)
    for task, net in zip(tasks, nets, strict=True):
        if net is None:
            raise HpsearchError(
                f"trial {task.number}'s parameters diverged in the first epoch on fresh seed "
                f"{task.key[-1] + 1}: they are not a setting to rely on"
            )
    return [net for net in nets if net is not None]


def correct(
    tasks: Sequence[TrialTask], nets: Sequence[FreshNet], x: NDArray[Any], y: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Returns which images the net of each task's best epoch gets right, (n_nets, n_images).

    Raises:
        HpsearchError: a net fails.
    """
    return np.array([one.argmax(axis=1) == y for one in scores(tasks, nets, x)])


def scores(tasks: Sequence[TrialTask], nets: Sequence[FreshNet], x: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yields the scores that the net of each task's best epoch gives, (n_images, K).

    Raises:
        HpsearchError: a net fails.
    """
    worker.limit_blas_threads()
    for task, net in zip(tasks, nets, strict=True):
        yield _scores(task, net, x)


def _scores(task: TrialTask, net: FreshNet, x: NDArray[Any]) -> NDArray[Any]:
    """Returns the scores that a trained net gives."""
    data = open_data(task)
    try:
        solver = build_solver(task, data)
        load_net_state(solver.net, net.state)
        return solver.scores(x)
    except (HpsearchError, KeyboardInterrupt):  # Ctrl-C is the user's in the command's own process
        raise
    except BaseException as error:
        raise HpsearchError(
            f"trial {task.number}'s trained net cannot be tested: {in_words(error)}"
        ) from error
