"""A Solver of the user's own, epoch by epoch, without a changed line of it.

Its `train()` runs in a thread, which waits each time that the Solver has asked its own `check_accuracy` about
the validation images: an epoch is over. The trial then measures the net, and lets the thread go on or ends
it.
"""

from __future__ import annotations

import copy
import inspect
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from queue import SimpleQueue
from typing import Any

import numpy as np

from hpsearch.hits import Hits
from hpsearch.study.ownsolver import call_arguments, made, solver_class
from hpsearch.worker.asked_images import are_changed, has_image, is_of
from hpsearch.worker.derived import derived, itself
from hpsearch.worker.own_training import OwnTraining
from nets.arrays import Floats, Numbers
from nets.data import TrainVal
from nets.trained import dtype_of, net_scores
from nets.training.net_state import net_state
from nets.training.solver import EpochResult

_ASKS = "check_accuracy"


class _EndedError(SystemExit):
    """Ends the thread of a training that is not gone on with; a Solver's `except Exception` lets it pass.

    In a thread that the Solver has started, Python says nothing of it.
    """


class OwnSolver(OwnTraining):
    """Trains a net by a class of the user's."""

    def __init__(
        self, kind: str, net: Any, data: TrainVal, settings: Mapping[str, Any], config: Mapping[str, Any]
    ) -> None:
        """Takes what `TrialArguments` has; trains nothing yet.

        Args:
            kind: "package.module:Class".
            net: the net.
            data: the splits; the Solver gets them as floats of the net's dtype, preprocessed.
            settings: arguments of its constructor, and `epochs`.
            config: its `optim_config`.
        """
        super().__init__()
        self._given_net = net
        self._data = data
        self._rate = float(config.get("learning_rate", math.nan))
        images = {name: self._images(name) for name in ("X_train", "X_val")}
        labels = {"y_train": np.array(data.y_train), "y_val": np.array(data.y_val)}
        self._validation = (images["X_val"], labels["y_val"])
        self._is_training = False
        self._asked_about: Sequence[Any] = ()
        cls = _watched(solver_class(kind), self._when_asked)
        arguments = call_arguments(kind, settings, config)
        self._given = {**images, **labels}
        self._kind = kind
        self._solver: Any = made(cls, net, self._given, arguments)
        self._train_accuracy = math.nan
        self._n_losses = 0
        self._best: dict[str, Any] | None = None
        self._turn = threading.Semaphore(0)
        self._said: SimpleQueue[BaseException | bool] = SimpleQueue()
        self._is_ending = False

    @property
    def net(self) -> Any:
        """The net in training: the Solver's own, since it may train a copy of the one that it was given."""
        own = (getattr(self._solver, name, None) for name in ("model", "net"))
        return next((one for one in own if isinstance(one, type(self._given_net))), self._given_net)

    def epochs(self) -> Iterator[EpochResult]:
        """Yields the result of each epoch; one in all for a Solver that never asks in between.

        Raises:
            BaseException: what the Solver raises.
        """
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            while self._goes_on():
                yield self._measured()
                if self.results[-1].diverged:
                    return
            if not self.results:
                yield self._measured()
        finally:
            self._is_ending = True
            self._turn.release()
            thread.join()

    def best_state(self) -> dict[str, Any]:
        """Returns a copy of the state of the net at the end of the best epoch.

        Raises:
            ValueError: if there is none.
        """
        if self._best is None:
            raise ValueError("there is no best epoch: none was finished without diverging")
        return copy.deepcopy(self._best)

    def scores(self, X: Numbers) -> Floats:
        """Returns the scores of images, preprocessed as the training images are, batch by batch."""
        return net_scores(self.net, X, self._data.preprocess, self._data.num_classes)

    def _goes_on(self) -> bool:
        """Lets the thread train an epoch and says whether it ended one; False at its end."""
        self._turn.release()
        said = self._said.get()
        if isinstance(said, BaseException):
            raise said
        return said

    def _run(self) -> None:
        """Trains, in the thread."""
        self._turn.acquire()
        self._is_training = True
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # a net that diverges is told apart
                trained = self._solver.train()
                if isinstance(trained, Iterator):  # a generator trains as it is asked
                    deque(trained, maxlen=0)
        except _EndedError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again in the trial's own thread
            self._said.put(error)
        else:
            self._said.put(False)

    def _when_asked(self, asked: Sequence[Any], accuracy: Any) -> None:
        """Waits, in the thread, if the Solver has just asked about the validation images after an epoch."""
        if not self._is_training:  # it asks in its constructor
            return
        if self._is_ending:  # it caught what should have ended it
            raise _EndedError
        if not any(is_of(one, ours) for one in asked for ours in self._validation):
            found = float(accuracy) if isinstance(accuracy, Real) else math.nan
            is_known = 0 <= found <= 1 and self._is_about_training(asked)
            self._train_accuracy = found if is_known else math.nan
            return
        if not self._has_ended_an_epoch():
            return
        self._asked_about = asked
        self._said.put(True)
        self._turn.acquire()
        if self._is_ending:
            raise _EndedError

    def _is_about_training(self, asked: Sequence[Any]) -> bool:
        """Says whether the Solver asked about images of which the first does not validate."""
        images = [one for one in asked if isinstance(one, np.ndarray) and one.ndim > 1 and len(one)]
        return bool(images) and not any(has_image(self._validation[0], one[0]) for one in images)

    def _has_ended_an_epoch(self) -> bool:
        """Says whether an epoch is over: some ask before their first one is, too, and some count from 0."""
        epoch = getattr(self._solver, "epoch", None)
        if not isinstance(epoch, int | np.integer) or epoch > len(self.results):
            return True
        batch_size = getattr(self._solver, "batch_size", None)
        if not isinstance(batch_size, int | np.integer):
            return False
        return len(self._new_losses()) >= max(len(self._data.y_train) // int(batch_size), 1)

    def _new_losses(self) -> list[Any]:
        """Returns what the Solver's loss history has of the running epoch."""
        history = getattr(self._solver, "loss_history", None)
        return list(history[self._n_losses :]) if isinstance(history, list | tuple | np.ndarray) else []

    def _measured(self) -> EpochResult:
        """Returns what the epoch brought, and remembers the net if it is the best so far."""
        if not self.results:
            self._refuse_other_images()
        new = self._new_losses()
        self._n_losses += len(new)
        losses = [float(np.asarray(loss).item()) for loss in new if _is_number(loss)]
        hits = self._hits() if all(map(math.isfinite, losses)) else None
        accuracy = math.nan if hits is None else float(np.count_nonzero(hits)) / len(hits)
        result = EpochResult(
            epoch=len(self.results) + 1,
            loss=float(np.mean(losses)) if losses else math.nan,
            train_accuracy=math.nan if hits is None else self._train_accuracy,
            val_accuracy=accuracy,
            learning_rate=self._rate,
            num_examples=len(self._data.y_train),
            diverged=hits is None,
        )
        if hits is not None and not self.best_val_accuracy >= accuracy:
            self._best = net_state(self.net)
        self._add(result, hits)
        return result

    def _refuse_other_images(self) -> None:
        """Refuses a Solver that shifts or scales images: the net would be judged on others than it learns.

        Raises:
            ValueError: the validation images that it keeps or asks about are not those that it was given.
        """
        ours, labels = self._images("X_val"), np.asarray(self._data.y_val)
        kept = [getattr(self._solver, name, None) for name in ("X_val", "y_val")]
        if any(are_changed(found, ours, labels) for found in (self._asked_about, self._given.values(), kept)):
            raise ValueError(
                f"{self._kind} changes the validation images, but its net is measured, tested and kept for "
                f"images as they are given; expected it to leave them alone (data.preprocessing shifts and "
                f"scales, and so may the net)"
            )

    def _images(self, name: str) -> Floats:
        """Returns the images of a split as the Solver is given them, fresh."""
        return self._data.preprocess(getattr(self._data, name), dtype_of(self._given_net))

    def _hits(self) -> Hits | None:
        """Returns which validation images the net gets right; None if a parameter or score is not finite."""
        if not all(np.isfinite(array).all() for array in self.net.params.values()):
            return None
        scores = self.scores(self._data.X_val)
        return np.asarray(scores.argmax(axis=1) == self._data.y_val) if np.isfinite(scores).all() else None


def _is_number(loss: Any) -> bool:
    return isinstance(loss, Real) or (isinstance(loss, np.ndarray) and loss.size == 1)


def _watched(cls: type, tell: Callable[[Sequence[Any], Any], None]) -> type:
    """Returns a class like another that tells what its `check_accuracy` was asked about, and found."""
    ask = getattr(cls, _ASKS, None)
    if ask is None:
        return cls

    def check_accuracy(*asked: Any, **named: Any) -> Any:
        found = ask(*asked, **named)
        tell([*asked, *named.values()], found)
        return found

    is_of_class = isinstance(inspect.getattr_static(cls, _ASKS), staticmethod | classmethod)
    watched: Any = staticmethod(check_accuracy) if is_of_class else check_accuracy
    return derived(cls, {_ASKS: watched}, again=itself)
