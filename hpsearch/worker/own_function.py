"""A training function of the user's own, epoch by epoch: what it yields becomes the curve of a trial."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from numbers import Real
from typing import Any

import numpy as np

from hpsearch.hits import Hits
from hpsearch.study.functions import call_arguments, training_function
from hpsearch.worker.own_training import OwnTraining
from nets.training.solver import EpochResult

_KEYS = ("val_accuracy", "hits", "train_accuracy", "loss")
_END = object()
_ROUNDING = 1e-6  # of accuracies that are means of float32


class OwnFunction(OwnTraining):
    """Calls a function and reads what it yields.

    Args:
        kind: "package.module:function".
        settings: fixed and drawn values, `epochs` among them.
        given: values of `seed`, `rng` and `data`.
        n_val: how many validation examples an accuracy counts.
        n_train: training examples of an epoch; 0 if nobody here knows.
    """

    def __init__(
        self, kind: str, settings: Mapping[str, Any], given: Mapping[str, Any], n_val: int, n_train: int
    ) -> None:
        super().__init__()
        self._kind = kind
        self._arguments = call_arguments(kind, settings, given)
        self._n_val = n_val
        self._n_train = n_train

    def epochs(self) -> Iterator[EpochResult]:
        """Yields the result of each epoch, until the function returns or an epoch diverged.

        Raises:
            ValueError, TypeError: it yields nothing, or what is no accuracy of so many examples, or returns.
        """
        called = training_function(self._kind)(**self._arguments)
        if not isinstance(called, Generator):  # what wraps the function may have run it to its end
            raise TypeError(f"{self._kind} returned {type(called).__name__}; expected it to yield")
        with closing(called) as yielded:
            while True:
                with np.errstate(over="ignore", invalid="ignore"):  # what diverges yields NaN
                    said = next(yielded, _END)
                if said is _END:
                    break
                self._take(said)
                yield self.results[-1]
                if self.results[-1].diverged:
                    return
        if not self.results:
            raise ValueError(f"{self._kind} yielded nothing; expected a validation accuracy after each epoch")

    def _take(self, said: Any) -> None:
        """Reads what was yielded after an epoch."""
        entries = self._entries(said)
        hits = self._hits(entries["hits"]) if "hits" in entries else None
        if self.results and (hits is not None) != bool(self.val_hits):
            raise ValueError(f"{self._kind} yielded hits in some epochs and accuracies in others")
        accuracy = float(hits.mean()) if hits is not None else self._accuracy(entries["val_accuracy"])
        loss, train_accuracy = (self._number(entries, key) for key in ("loss", "train_accuracy"))
        diverged = not math.isfinite(accuracy) or ("loss" in entries and not math.isfinite(loss))
        if diverged:
            accuracy, hits = math.nan, None
        epoch = len(self.results) + 1
        self._add(EpochResult(epoch, loss, train_accuracy, accuracy, math.nan, self._n_train, diverged), hits)

    def _entries(self, said: Any) -> dict[str, Any]:
        if not isinstance(said, Mapping):
            return {"hits" if _is_array(said) else "val_accuracy": said}
        if not set(said) <= set(_KEYS) or ("hits" in said) == ("val_accuracy" in said):
            names = ", ".join(sorted(map(str, said))) or "nothing"
            raise ValueError(
                f"{self._kind} yielded a dict of {names}; expected either val_accuracy or hits, and perhaps "
                f"train_accuracy and loss"
            )
        return dict(said)

    def _hits(self, said: Any) -> Hits:
        hits = np.asarray(said)
        if hits.dtype != bool or hits.shape != (self._n_val,):
            raise ValueError(
                f"{self._kind} yielded an array of {hits.dtype} and shape {hits.shape}; expected bool of "
                f"shape ({self._n_val},), one for each validation example"
            )
        return hits.copy()

    def _number(self, entries: Mapping[str, Any], key: str) -> float:
        said = _without_axes(entries.get(key, math.nan))
        if not isinstance(said, Real):
            raise TypeError(f"{self._kind} yielded {type(said).__name__} as {key}; expected a number")
        return float(said)

    def _accuracy(self, said: Any) -> float:
        """Returns the fraction that is meant, of whole examples: noise is judged by their number."""
        said = _without_axes(said)
        if not isinstance(said, Real) or isinstance(said, bool):
            raise TypeError(
                f"{self._kind} yielded {type(said).__name__}; expected a fraction or an array of bool"
            )
        accuracy = float(said)
        if math.isnan(accuracy):
            return accuracy
        if not 0 <= accuracy <= 1:
            raise ValueError(
                f"{self._kind} yielded {accuracy!r}; expected the fraction of the validation examples that "
                f"are right, from 0 to 1; no other score can be searched for"
            )
        n_right = accuracy * self._n_val
        if abs(n_right - round(n_right)) > _ROUNDING * max(self._n_val, 1):
            raise ValueError(
                f"{self._kind} yielded {accuracy!r}, {n_right:.9g} of {self._n_val} validation examples; "
                f"expected a whole number of them to be right: does data.num_val say how many there are?"
            )
        return round(n_right) / self._n_val


def _is_array(said: Any) -> bool:
    return isinstance(said, list | tuple) or getattr(said, "ndim", 0) > 0


def _without_axes(said: Any) -> Any:
    """Returns the number in an array without axes, also of another library; anything else as it is."""
    return said.item() if getattr(said, "ndim", None) == 0 and hasattr(said, "item") else said
