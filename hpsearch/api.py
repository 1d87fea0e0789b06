"""hpsearch from Python and notebooks: `run` is the command `hpsearch run`, `Result` what it left.

`load_net` gives back a net that a search trained.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hpsearch import quantities
from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import CallError
from hpsearch.search.options import RunOptions
from hpsearch.search.running import open_run

if TYPE_CHECKING:
    import pandas as pd

    from hpsearch.results.frames import StudyFrames
    from nets.trained import TrainedNet

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        path: its HTML file.
    """

    path: Path

    def _repr_html_(self) -> str:
        """Returns the page for a notebook, in a frame of its own so that styles do not mix."""
        content = html.escape(self.path.read_text(encoding="utf-8"))
        return f'<iframe srcdoc="{content}" style="width: 100%; height: 50em; border: 0"></iframe>'


@dataclass(frozen=True)
class Result:
    """What a search from Python returns.

    Attributes:
        folder: the study folder.
    """

    folder: Path

    @property
    def frames(self) -> StudyFrames:
        """The study as frames, read anew."""
        from hpsearch.results.frames import read_study

        return read_study(self.folder)

    @property
    def best(self) -> Mapping[str, Any]:
        """The winner's number, value and parameters."""
        from hpsearch.results.winner import find_winner

        record = find_winner(StudyFolder(self.folder))
        return {"trial": record.number, "value": record.value, "params": dict(record.params)}

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial."""
        return self.frames.trials

    @property
    def curves(self) -> pd.DataFrame:
        """One row an epoch."""
        return self.frames.curves

    def report(self) -> Page:
        """Builds the page, which shows itself in a notebook."""
        from hpsearch.report import write_report

        return Page(write_report(self.frames))


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

    path = Path(path)
    if path.is_dir():
        folder = StudyFolder(path)
        folder.require()
        path = folder.trial(find_winner(folder).number).weights
    return trained.load_net(path, run_code=run_code)


def run(
    study: str | Path,
    *,
    trials: int | None = None,
    jobs: int | None = None,
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
    """Searches as `hpsearch run` does, with options of the same names, silently.

    Args:
        study: a study file, or the name of one.
        trials: how many in all; the study file's number by default.
        jobs: worker processes; the physical cores by default.
        timeout: when to stop, to be continued by the same call: seconds, or a text like "10m".
        trial_timeout: how long a trial may take before it fails: seconds, or a text like "10m".
        trial_memory: how much memory a trial may need before it fails: bytes, or a text like "2G".
        executor: "loky", "dask", or any `concurrent.futures.Executor` of processes that run one task at a
            time, `jobs` of them.
        scheduler: address of a running Dask cluster.
        data: another data source.
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
        out=Path(out),
    )
    with open_run(study, options) as opened:
        for _ in opened.search:
            pass
    return Result(opened.folder.path)


def _read(name: str, read: Callable[[Any], Number], value: float | str | None) -> Number | None:
    """Returns a quantity as a number; the name is put before what is wrong with it."""
    try:
        return None if value is None else read(value)
    except ValueError as error:
        raise CallError(f"{name}: {error}") from error
