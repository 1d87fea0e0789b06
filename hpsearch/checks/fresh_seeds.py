"""A trial's parameters on fresh seeds: the same net again, without the luck of the search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.errors import HpsearchError
from hpsearch.failures import in_words
from hpsearch.search.pool import run_all
from hpsearch.worker import worker
from hpsearch.worker.task import TrialTask, build_solver, open_data
from nets.training.net_state import load_net_state

NetState = dict[str, Any]
_DEATH = "the worker process of trial {} died while it trained on a fresh seed (was memory short?)"


def train_fresh(task: TrialTask) -> NetState:
    """Trains a task to its end and returns the state of the net of its best epoch.

    Raises:
        HpsearchError: the net fails, or diverged before it finished an epoch.
    """
    data = open_data(task)
    try:
        solver = build_solver(task, data)
        for _ in solver.epochs():
            pass
    except HpsearchError:
        raise
    except BaseException as error:  # a net's exit() would end the command with success
        raise HpsearchError(
            f"trial {task.number}'s net failed on fresh seed {task.key[-1] + 1}: {in_words(error)}"
        ) from error
    if solver.best_epoch is None:
        raise HpsearchError(
            f"trial {task.number}'s parameters diverged in the first epoch on fresh seed {task.key[-1] + 1}: "
            f"they are not a setting to rely on"
        )
    return solver.best_state()


def train_all(tasks: Sequence[TrialTask], jobs: int) -> list[NetState]:
    """Trains tasks in processes of their own and returns their nets' states in order.

    Raises:
        HpsearchError: a process died, or a net failed or diverged.
    """
    return run_all(train_fresh, [(task,) for task in tasks], jobs, lambda i: _DEATH.format(tasks[i].number))


def correct(
    tasks: Sequence[TrialTask], states: Sequence[NetState], x: NDArray[Any], y: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Returns which images each trained net gets right, (n_nets, n_images).

    Raises:
        HpsearchError: a net fails.
    """
    return np.array([one.argmax(axis=1) == y for one in scores(tasks, states, x)])


def scores(tasks: Sequence[TrialTask], states: Sequence[NetState], x: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yields the scores that each trained net gives, (n_images, K).

    Raises:
        HpsearchError: a net fails.
    """
    worker.limit_blas_threads()
    for task, state in zip(tasks, states, strict=True):
        yield _scores(task, state, x)


def _scores(task: TrialTask, state: NetState, x: NDArray[Any]) -> NDArray[Any]:
    """Returns the scores that a trained net gives."""
    data = open_data(task)
    try:
        solver = build_solver(task, data)
        load_net_state(solver.net, state)
        return solver.scores(x)
    except (HpsearchError, KeyboardInterrupt):  # Ctrl-C is the user's in the command's own process
        raise
    except BaseException as error:
        raise HpsearchError(
            f"trial {task.number}'s trained net cannot be tested: {in_words(error)}"
        ) from error
