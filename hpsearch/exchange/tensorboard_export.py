"""The record of a study -> event files of TensorBoard: a run a trial, with its curve and its hyperparameters.

export(folder, logs, name)    writes logs/name/, and returns how many trials
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.disk.one_at_a_time import own_turn
from hpsearch.errors import CallError, HpsearchError
from hpsearch.exchange.facts import CURVES, VALUE
from hpsearch.records import TrialRecord, settled
from hpsearch.space import Parameter
from hpsearch.study.studyfile import load_resolved


def export(folder: StudyFolder, logs: Path, name: str) -> int:
    """Writes a folder of event files that `tensorboard --logdir` shows, whole or not at all.

    Args:
        folder: the study's folder.
        logs: the folder that TensorBoard is given.
        name: the folder in it that holds the study's trials.

    Raises:
        CallError: TensorBoard's package is missing, the name is no folder's, or the folder is there.
        HpsearchError: it cannot be written.
    """
    if find_spec("tensorboard") is None:
        raise CallError("--to tensorboard: needs its package: pip install 'hpsearch[tensorboard]'")
    if name == ".." or Path(name).name != name:
        raise CallError(f"--name {name}: expected the name of a folder in {logs}")
    study, trials = load_resolved(folder.study_file, folder.name), settled(read_records(folder.journal))
    place, part = logs / name, logs / f".{name}.part"
    atomic.make_folder(logs)
    try:
        with own_turn(place):
            if place.exists():
                raise CallError(f"--to tensorboard:{logs}: {place} is there already; expected another --name")
            try:
                shutil.rmtree(part, ignore_errors=True)  # of a killed export
                _write(part, _about(study.space))
                for record in trials:
                    _write(part / f"trial-{record.number:05d}", _of_trial(record, f"{name}/{record.number}"))
                os.rename(part, place)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise HpsearchError(f"{place}: cannot be written: {error.strerror or error}") from error
    return len(trials)


def _write(place: Path, events: Iterator[Any]) -> None:
    """Writes the events of a run, by no thread, as TensorBoard does, which prints a traceback if it fails."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    place.mkdir(parents=True)
    with (place / "events.out.tfevents.0000000000.hpsearch").open("wb") as file:
        writer = RecordWriter(file)
        for event in (Event(wall_time=0.0, file_version="brain.Event:2"), *events):
            writer.write(event.SerializeToString())


def _about(space: tuple[Parameter, ...]) -> Iterator[Any]:
    """Yields what TensorBoard must know of all trials: which hyperparameters and results there are."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.hparams import summary_v2 as hparams

    searched = [hparams.HParam(parameter.name, _domain(parameter)) for parameter in space]
    results = [hparams.Metric(VALUE, display_name="best validation accuracy")]
    yield Event(wall_time=0.0, summary=hparams.hparams_config_pb(searched, results, time_created_secs=0.0))


def _domain(parameter: Parameter) -> Any:
    from tensorboard.plugins.hparams import summary_v2 as hparams

    if parameter.kind == "choice":
        one_kind = len({type(choice) for choice in parameter.choices}) == 1
        return hparams.Discrete([choice if one_kind else str(choice) for choice in parameter.choices])
    low, high = parameter.ends()
    if parameter.kind == "int":
        return hparams.IntInterval(int(low), int(high))
    return hparams.RealInterval(float(low), float(high))


def _of_trial(record: TrialRecord, session: str) -> Iterator[Any]:
    """Yields a trial's events: its hyperparameters, its curve, its best accuracy, how it ended."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.hparams import summary_v2 as hparams

    outcome = record.outcome
    begun = hparams.hparams_pb(dict(record.params), trial_id=session, start_time_secs=outcome.started)
    yield Event(wall_time=outcome.started, summary=begun)
    for step, epoch in enumerate(outcome.curve, start=1):
        for tag in CURVES:
            yield _scalar(tag, getattr(epoch, tag), step, outcome.finished)
    if record.value is not None:
        yield _scalar(VALUE, record.value, outcome.best_epoch or 0, outcome.finished)
    yield Event(wall_time=outcome.finished, summary=_ended(record))


def _scalar(tag: str, value: float, step: int, when: float) -> Any:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Event(
        wall_time=when, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    )


def _ended(record: TrialRecord) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    is_bad = record.state in ("failed", "diverged")
    info = plugin_data_pb2.SessionEndInfo(
        status=api_pb2.STATUS_FAILURE if is_bad else api_pb2.STATUS_SUCCESS,
        end_time_secs=record.outcome.finished,
    )
    about = metadata.create_summary_metadata(
        plugin_data_pb2.HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, session_end_info=info)
    )
    value = Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=about, tensor=metadata.NULL_TENSOR)
    return Summary(value=[value])
