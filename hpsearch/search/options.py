"""What a run may be told: the options of `hpsearch run`, which are those of `hpsearch.run` too.

`integer` checks a number of them, and those of the other calls from Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

from hpsearch.errors import CallError
from hpsearch.search.ranges import EXECUTORS, RANGES
from hpsearch.study.overrides import Overrides


def integer(name: str, value: object, ends: tuple[int, int]) -> int:
    """Returns an argument as Python's integer.

    Raises:
        CallError: it is none, or outside of its range.
    """
    least, most = ends
    if isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= most:
        return int(value)
    raise CallError(f"{name}: expected an integer from {least} to {most}, but got {value!r}")


def _is_texts(given: object) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(one, str) for one in given)


@dataclass(frozen=True)
class RunOptions:
    """How a study is searched; None where the study file or the machine decides.

    Attributes:
        trials: how many in all; as the study file says by default.
        jobs: worker processes; as many as the physical cores have room for by default.
        threads: BLAS threads of each process; as in the study's last run by default, or one.
        timeout: seconds after which the run stops, to be continued.
        trial_timeout: seconds after which a trial fails.
        trial_memory: bytes above which a trial fails.
        executor: "loky", "dask", or any executor of processes that run one task at a time.
        scheduler: address of a running Dask cluster.
        data: another data set: the file's `[on.NAME]` is merged over it, and the study's name ends with it.
        seed: another seed.
        set: other values of keys of the study file: texts like "training.epochs=5", or values by key.
        warm_start: name of a study with whose best trials this one begins.
        top: how many of them.
        retry_failed: whether trials that failed before are trained again.
        fresh: whether what the study's folder holds is removed first.
        other_environment: whether it goes on where trials were trained in another environment.
        out: the folder that study folders and the test ledger lie in.

    Raises:
        CallError: a number is out of its range, or an argument is of another kind.
    """

    trials: int | None = None
    jobs: int | None = None
    threads: int | None = None
    timeout: float | None = None
    trial_timeout: float | None = None
    trial_memory: int | None = None
    executor: str | Executor = "loky"
    scheduler: str | None = None
    data: str | None = None
    seed: int | None = None
    set: Overrides = ()
    warm_start: str | None = None
    top: int = 10
    retry_failed: bool = False
    fresh: bool = False
    other_environment: bool = False
    out: Path = Path("reports")

    def __post_init__(self) -> None:
        for name, ends in RANGES.items():
            value = getattr(self, name)
            if value is not None:
                integer(name, value, ends)
        for name, what in (("data", "a data set"), ("warm_start", "a study")):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise CallError(f"{name}: expected the name of {what}, but got {value!r}")
        for name in ("retry_failed", "fresh", "other_environment"):
            if getattr(self, name) not in (True, False):  # a text such as "no" would be true
                raise CallError(f"{name}: expected True or False, but got {getattr(self, name)!r}")
        if not isinstance(self.set, Mapping) and not _is_texts(self.set):
            raise CallError(f"set: expected a list of texts or a mapping, but got {self.set!r}")
        if not isinstance(self.executor, Executor) and self.executor not in EXECUTORS:
            raise CallError(
                f"executor: expected loky, dask or a concurrent.futures.Executor, but got {self.executor!r}"
            )

    @property
    def overrides(self) -> Overrides:
        """`set`, and what `seed` and `trials` are short for."""
        short = {"study.seed": self.seed, "study.trials": self.trials}
        given = {key: value for key, value in short.items() if value is not None}
        if isinstance(self.set, Mapping):
            return {**self.set, **given}
        return [*self.set, *(f"{key}={value}" for key, value in given.items())]
