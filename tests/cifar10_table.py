"""The README's table of CIFAR-10: what search, fresh seeds and one look at the test split said of each."""

from __future__ import annotations

from collections.abc import Sequence

from hpsearch.disk.journal import read_records
from hpsearch.results.frames import StudyFrames
from hpsearch.study import arguments
from hpsearch.words import counted, percent
from hpsearch.worker.task import construct_net

RECORDS = "cifar10-*.tar.xz"
BEGIN, END = "<!-- cifar10 -->", "<!-- end of cifar10 -->"
HEAD = (
    "| study | weights | search | best, corrected | fresh seeds | test, 10000 images |",
    "| --- | --- | --- | --- | --- | --- |",
)


def table(studies: Sequence[StudyFrames]) -> str:
    """Returns the table as Markdown, a row a study that was confirmed and tested."""
    return "\n".join([*HEAD, *(_row(frames) for frames in studies)])


def _row(frames: StudyFrames) -> str:
    records = read_records(frames.folder / "journal.log")
    hours = sum(record.outcome.cost.cpu_seconds for record in records) / 3600
    epochs = sum(record.outcome.cost.epochs for record in records)
    searched = f"{counted(len(records), 'trial')}, {epochs} epochs, {hours:.1f} h of a core"
    cells = [f"`{frames.name}`", f"{_n_weights(frames) / 1e6:.2f} M", searched]
    return f"| {' | '.join([*cells, _corrected(frames), _fresh(frames), _tested(frames)])} |"


def _n_weights(frames: StudyFrames) -> int:
    """Returns how many numbers the net of the tested trial learns."""
    study = frames.study
    given = arguments.for_trial(study.net_kind, study.net, study.training, frames.test.params).net
    net = construct_net(study.net_kind, given, 0, (0,), frames.image_shape, len(frames.class_names))
    return sum(values.size for values in net.params.values())


def _corrected(frames: StudyFrames) -> str:
    return _with_interval(frames.corrected.corrected_accuracy, frames.corrected.corrected_interval)


def _fresh(frames: StudyFrames) -> str:
    taken = frames.confirmation[frames.confirmation["taken"]].iloc[0]
    return _with_interval(taken["accuracy"], (taken["accuracy_low"], taken["accuracy_high"]))


def _tested(frames: StudyFrames) -> str:
    look = frames.test
    return f"{_with_interval(look.accuracy, (look.low, look.high))}, {counted(len(frames.ledger), 'look')}"


def _with_interval(accuracy: float, ends: Sequence[float]) -> str:
    return f"{percent(accuracy)} ({percent(ends[0])} to {percent(ends[1])})"
