"""Numeric gradients of a study's net, also of the user's own: is its backward pass right?

The net is built with a few settings of the search space, in float64 where it takes a dtype, and each
parameter's gradient is compared with centred differences along random directions. Kinks (of ReLU and
pooling) and rounding spoil some steps and directions, a wrong gradient spoils all: the best one counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hpsearch.errors import HpsearchError
from hpsearch.failures import in_words
from hpsearch.search import tasks
from hpsearch.search.pool import run_all
from hpsearch.search.proposals import proposer_of
from hpsearch.seeds import Purpose, generator, integer
from hpsearch.space import params_in_words
from hpsearch.study.owners import takes
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.study import Study
from hpsearch.worker import global_generators
from hpsearch.worker.task import TrialTask, build_net, build_solver, open_data, seed_globals
from nets.arrays import Floats, Ints
from nets.contract import loss_and_gradients
from nets.data import TrainVal
from nets.inspect.gradcheck import net_errors_by_projection
from nets.trained import dtype_of
from nets.training.net_state import UnsavableNetError, load_net_state, whole_net_state

_DEATH = "the worker process died with {} (was memory short, or does the net end its process?)"
_SETTINGS = 4
_IMAGES = 8
_STEPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
_STEPS_OF_SINGLE = (1e-2, 1e-3)  # after smaller ones a loss in float32 is rounding alone
_DIRECTIONS = 3
_LIMIT = {"float64": 1e-4, "float32": 5e-2}


@dataclass(frozen=True)
class GradientError:
    """How far a gradient is from the numeric one.

    Attributes:
        setting: which net, in words.
        parameter: whose gradient.
        relative: |a - b| / (|a| + |b|), the best of several steps and directions.
        limit: what rounding and kinks may cause.
    """

    setting: str
    parameter: str
    relative: float
    limit: float

    @property
    def is_wrong(self) -> bool:
        """Whether the error is more than rounding; also for NaN."""
        return not self.relative <= self.limit


def check(study: Study) -> list[GradientError]:
    """Checks the gradients of the study's net at a few settings of its space.

    Raises:
        HpsearchError: the net cannot be built, raises, or ends its process.
    """
    study.require_net("gradcheck")
    place = data_place(study, prepare_data(study))
    proposer = proposer_of(study)
    n_settings = min(_SETTINGS, study.lookahead, proposer.size or _SETTINGS)
    history = tasks.history_of(study, [])
    calls = []
    for number in range(n_settings):
        params = proposer.ask(number).params
        task = _in_float64(tasks.search_task(study, place, number, params, history))
        calls.append((task, params_in_words(params)))
    # in a process of its own, since a net may end the one that it runs in
    found = run_all(_check_net, calls, 1, lambda i: _DEATH.format(calls[i][1]))
    return [error for errors in found for error in errors]


def _in_float64(task: TrialTask) -> TrialTask:
    if not takes(task.net_kind, "dtype"):
        return task
    arguments = replace(task.arguments, net={**task.arguments.net, "dtype": "float64"})
    return replace(task, arguments=arguments)


class _Repeatable:
    """A net that sees the same images and draws the same numbers in each pass, whatever it does to them.

    Args:
        net: anything with `.params` and `.loss(X, y)`.
        number: what the generators of the process are seeded with.
    """

    def __init__(self, net: Any, number: int) -> None:
        self.net = net
        self._number = number

    @property
    def params(self) -> Any:
        """The net's own."""
        return self.net.params

    def loss(self, X: Any, y: Any) -> Any:
        """Returns what the net returns, of copies of the images and labels."""
        global_generators.seed(self._number)
        return self.net.loss(X.copy(), y.copy())


def _move_biases(net: Any, rng: np.random.Generator) -> None:
    """Moves biases, which begin at 0, off the kink of ReLU, where black borders of images would leave them.

    There both sides have another slope, at any step and in any direction, and no gradient is theirs.
    """
    for name, value in net.params.items():
        array = np.asarray(value)
        if array.size == max(array.shape, default=1):
            net.params[name] = array + (0.1 * rng.standard_normal(array.shape)).astype(array.dtype)


def _anew(task: TrialTask, data: TrainVal) -> Callable[[], _Repeatable]:
    """Returns what gives the net as it is built, again and again.

    It is put back into that state, or built again where pickle does not take all of it. A copy would not do:
    a lambda or a weak reference in it goes on meaning the net that it was copied from.
    """
    number = integer(task.seed, Purpose.LEGACY, *task.key)

    def built() -> _Repeatable:
        seed_globals(task)
        net = build_net(task, data)
        _move_biases(net, generator(task.seed, Purpose.SAMPLING, *task.key, 0))
        return _Repeatable(net, number)

    first = built()
    try:
        state = whole_net_state(first.net)
    except UnsavableNetError:
        return built

    def restored() -> _Repeatable:
        load_net_state(first.net, state)
        return first

    return restored


def _is_single(net: _Repeatable, x: Floats, y: Ints) -> bool:
    """Says whether a net rounds its loss to float32, though its parameters are given in float64."""
    for name, value in net.params.items():
        net.params[name] = np.asarray(value, np.float64)
    loss = loss_and_gradients(net, x, y)[0]
    with np.errstate(over="ignore"):
        return float(np.float32(loss)) == loss


def _refuse_infinite_loss(net: _Repeatable, x: Floats, y: Ints) -> None:
    """Refuses a net whose loss is NaN or infinite, to which every gradient would look wrong.

    Raises:
        ValueError: it is.
    """
    loss = loss_and_gradients(net, x, y)[0]
    if not math.isfinite(loss):
        raise ValueError(
            f"the loss is {loss} before any step; expected a finite one, with whose changes gradients can be "
            "compared (the log of a probability that is 0?)"
        )


def _refuse_unread_params(
    anew: Callable[[], _Repeatable], x: Floats, y: Ints, rng: np.random.Generator
) -> None:
    """Refuses a net whose loss is the same whatever stands in its params: no update would reach it.

    Its layers keep the arrays that were there when it was built. Each gradient would be called wrong.

    Raises:
        ValueError: it is.
    """
    loss, grads = loss_and_gradients(anew(), x, y)
    if not any(np.any(grad) for grad in grads.values()):
        return
    other = anew()
    for name, value in other.params.items():
        array = np.asarray(value)
        other.params[name] = array + (0.1 * rng.standard_normal(array.shape)).astype(array.dtype)
    with np.errstate(all="ignore"):
        moved = loss_and_gradients(other, x, y)[0]
    if moved == loss:
        raise ValueError(
            "the loss stays the same when params are given other arrays; expected loss(X, y) to use those "
            "that are in params when it is called (do its layers keep arrays of their own?)"
        )


def _check_net(task: TrialTask, setting: str) -> list[GradientError]:
    data = open_data(task)
    rng = generator(task.seed, Purpose.SAMPLING, *task.key, 1)
    try:
        build_solver(task, data)  # refuses a net that cannot be trained
        anew = _anew(task, data)
        net = anew()
        dtype = dtype_of(net)
        x, y = data.preprocess(data.X_train[:_IMAGES], dtype), data.y_train[:_IMAGES]
        _refuse_infinite_loss(anew(), x, y)
        _refuse_unread_params(anew, x, y, generator(task.seed, Purpose.SAMPLING, *task.key, 2))
        is_single = _is_single(anew(), x, y)
        steps = _STEPS_OF_SINGLE if is_single else _STEPS
        tries = [net_errors_by_projection(net, x, y, rng, step, anew) for step in steps * _DIRECTIONS]
    except BaseException as error:  # a net's exit() would end the worker; Ctrl-C does not get there
        raise HpsearchError(f"{task.net_kind} with {setting}: {in_words(error)}") from error
    limit = _LIMIT["float64" if dtype == "float64" and not is_single else "float32"]
    best = {name: _best([found[name] for found in tries]) for name in tries[0]}
    return [GradientError(setting, name, relative, limit) for name, relative in best.items()]


def _best(errors: Sequence[float]) -> float:
    """Returns the least error; NaN, of steps that leave where the loss is defined, only if there is no other.

    `min` would return it if it came first.
    """
    return min(errors, key=lambda error: (math.isnan(error), error))
