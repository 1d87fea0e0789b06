"""hpsearch from Python and notebooks: `run` is the command `hpsearch run`, `load` finds what it left.

`load_net` gives back a net that a search trained. `run(train=..., space=...)` searches for a function that
trains.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hpsearch import quantities
from hpsearch.calls import from_python
from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.errors import CallError
from hpsearch.notebook import progress_of
from hpsearch.result import Comparison, Page, Result
from hpsearch.search.options import RunOptions
from hpsearch.search.running import open_run
from hpsearch.study.functions import name_of_function, study_of
from hpsearch.study.studyfile import load_resolved

if TYPE_CHECKING:
    from nets.trained import TrainedNet

__all__ = ["Comparison", "Page", "Result", "load", "load_net", "run"]

Number = TypeVar("Number", int, float)


def load(study: str | Path, *, out: str | Path = "reports") -> Result:
    """Returns a study that was searched before.

    Args:
        study: its name, or its folder.
        out: the folder that its folder lies in, if its name is given.

    Raises:
        HpsearchError: there is none.
    """
    folder = StudyFolder(_path("study", study))
    return Result(
        folder.path if folder.exists() else find_folder(_path("out", out), str(study), "study").path
    )


def load_net(path: str | Path, *, run_code: bool = False) -> TrainedNet:
    """Returns a trained net that a search kept: `load_net("reports/convnet").predict(images)`.

    Neither study file nor data are needed for it, nor any other file than that of the weights.

    Args:
        path: a study folder, for the net of its winner, or a file `weights.npz` of one of its trials.
        run_code: whether a net of a user's own may be loaded: that imports its module and reads a pickle,
            both of which run code.

    Raises:
        HpsearchError: there is no such net, or it is not to be loaded.
    """
    from hpsearch.results.winner import find_winner
    from hpsearch.worker import trained

    path = _path("path", path)
    if path.is_dir():
        folder = StudyFolder(path)
        folder.require()
        load_resolved(folder.study_file, folder.name).require_net("load_net")
        path = folder.trial(find_winner(folder).number).weights
    return trained.load_net(path, run_code=run_code)


@from_python
def run(
    study: str | Path | Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    train: Callable[..., Any] | str | None = None,
    space: Mapping[str, Any] | None = None,
    epochs: int | None = None,
    num_val: int | None = None,
    progress: bool | None = None,
    trials: int | None = None,
    jobs: int | None = None,
    threads: int | None = None,
    timeout: float | str | None = None,
    trial_timeout: float | str | None = None,
    trial_memory: int | str | None = None,
    executor: str | Executor = "loky",
    scheduler: str | None = None,
    data: str | None = None,
    seed: int | None = None,
    set: Sequence[str] | Mapping[str, Any] = (),
    warm_start: str | None = None,
    top: int = 10,
    retry_failed: bool = False,
    fresh: bool = False,
    other_environment: bool = False,
    out: str | Path = "reports",
) -> Result:
    """Searches as `hpsearch run` does, with options of the same names; the report is `Result.report`'s.

    Args:
        study: a study file, the name of one, or its sections as a mapping; `kind` of `net` may then be a
            class, also of a notebook or of the script that runs. None if `train` is given.
        name: what a study is called that is given as a mapping; of `train` by default its name.
        train: a generator function that yields its validation accuracy after each epoch, or what a study
            file calls it ("module:function"), in the place of a study of a net; see
            hpsearch/study/functions.py.
        space: what is searched, as in [space] of a study file; with `train` alone.
        epochs: how many `train` yields at most.
        num_val: how many validation examples an accuracy of `train` counts.
        progress: whether it shows how the search goes on; by default in a notebook alone.
        trials: how many in all; the study file's number by default.
        jobs: worker processes; as many as the physical cores have room for by default.
        threads: BLAS threads of each process, for a few long trials; as in the study's last run by default,
            or one. Other numbers may give other bits.
        timeout: when to stop, to be continued by the same call: seconds, or a text like "10m".
        trial_timeout: how long a trial may take before it fails: seconds, or a text like "10m".
        trial_memory: how much memory a trial may need before it fails: bytes, or a text like "2G".
        executor: "loky", "dask", or any `concurrent.futures.Executor` of processes that run one task at a
            time, `jobs` of them.
        scheduler: address of a running Dask cluster.
        data: another data set; the file's `[on.NAME]` is merged over it, and the study's name ends with it.
        seed: another seed.
        set: other values of keys of the study file: ["training.epochs=5"] or {"training.epochs": 5}.
        warm_start: name of a study with whose best trials a new one begins.
        top: how many of them.
        retry_failed: whether trials that failed before are trained again.
        fresh: whether what the study's folder holds is removed first, without a question.
        other_environment: whether it goes on where trials were trained in another environment, as after
            NumPy was upgraded or on another processor; new trials may have other bits.
        out: folder that study folders and the test ledger lie in.

    Raises:
        HpsearchError: what went wrong.
    """
    options = RunOptions(
        trials=trials,
        jobs=jobs,
        threads=threads,
        timeout=_read("timeout", quantities.seconds, timeout),
        trial_timeout=_read("trial_timeout", quantities.seconds, trial_timeout),
        trial_memory=_read("trial_memory", quantities.n_bytes, trial_memory),
        executor=executor,
        scheduler=scheduler,
        data=data,
        seed=seed,
        set=set,
        warm_start=warm_start,
        top=top,
        retry_failed=retry_failed,
        fresh=fresh,
        other_environment=other_environment,
        out=_path("out", out),
    )
    if train is not None:
        if study is not None:
            raise CallError("train: a study has its training; expected either a study or train")
        study, name = study_of(train, space, epochs, num_val), name or name_of_function(train)
    elif study is None or (space, epochs, num_val) != (None, None, None):
        raise CallError("study: expected one, or train with its space, epochs and num_val")
    with open_run(study, options, name=name) as opened, progress_of(opened, progress) as show:
        for status in opened.search:
            show(status)
    return Result(opened.folder.path)


def _path(name: str, value: object) -> Path:
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise CallError(f"{name}: expected a path, but got {value!r}")
    return Path(value)


def _read(name: str, read: Callable[[Any], Number], value: float | str | None) -> Number | None:
    """Returns a quantity as a number; the name is put before what is wrong with it."""
    try:
        return None if value is None else read(value)
    except ValueError as error:
        raise CallError(f"{name}: {error}") from error
