"""The record of a study -> an experiment of MLflow: a run a trial, with parameters, curve, state and cost.

export(folder, place, name)    writes it, and returns how many trials
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.disk.one_at_a_time import own_turn
from hpsearch.errors import CallError, HpsearchError
from hpsearch.exchange.facts import CURVES, VALUE, study_facts, trial_facts
from hpsearch.exchange.storages import database_says, removed_if_it_fails
from hpsearch.records import TrialRecord, settled
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import is_text

if TYPE_CHECKING:
    from mlflow import MlflowClient

_STATUS = {"complete": "FINISHED", "pruned": "KILLED"}
"""Every other state is FAILED; the tag `state` has ours."""
_AT_ONCE = 800
"""MLflow takes at most 1000 measurements, parameters and tags together in a call."""


def export(folder: StudyFolder, place: str, name: str) -> int:
    """Writes the trials of a study as the runs of a new experiment, and returns how many.

    A trial that went on with paused ones is one run with them. The experiment has its name once it is whole:
    a killed export leaves one that is called unfinished.

    Args:
        folder: the study's folder.
        place: the address of MLflow's server or database; a folder gets a database, mlflow.db.
        name: what the experiment is called.

    Raises:
        CallError: MLflow's package is missing, the address is no text, or there is such an experiment.
        HpsearchError: it cannot be written.
    """
    if find_spec("mlflow") is None:
        raise CallError("--to mlflow: needs its package: pip install 'hpsearch[mlflow]'")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # it would tell its makers of this use
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of each table of a new database
    study, records = load_resolved(folder.study_file, folder.name), read_records(folder.journal)
    address, file = place, None
    if "://" not in place:
        file = Path(place).absolute() / "mlflow.db"
        address = f"sqlite:///{file}"
    if not is_text(address):
        raise CallError(f"--to mlflow:{place}: {address} is not UTF-8 text, as MLflow's addresses must be")
    if file is not None:
        atomic.make_folder(file.parent)
    try:
        with own_turn(file), removed_if_it_fails(file):
            client = MlflowClient(tracking_uri=address)
            if client.get_experiment_by_name(name) is not None:
                raise CallError(f"--to mlflow:{place}: has an experiment {name!r}; expected another --name")
            part = f"{name}, unfinished export {uuid4().hex}"  # it would stand in the next one's way
            experiment = client.create_experiment(part, tags=_texts(study_facts(study, folder, records)))
            with ExitStack() as undo:
                undo.callback(client.delete_experiment, experiment)
                trials = settled(records)
                for record in trials:
                    _write_run(client, experiment, record, _texts(trial_facts(record, study)))
                client.rename_experiment(experiment, name)
                undo.pop_all()
    except MlflowException as error:
        raise HpsearchError(f"--to mlflow:{place}: {error.message.splitlines()[0]}") from error
    except SQLAlchemyError as error:
        raise HpsearchError(f"--to mlflow:{place}: {database_says(error)}") from error
    return len(trials)


def _write_run(client: MlflowClient, experiment: str, record: TrialRecord, tags: dict[str, str]) -> None:
    from mlflow.entities import Metric, Param, RunTag

    outcome = record.outcome
    started, finished = (int(1000 * seconds) for seconds in (outcome.started, outcome.finished))
    run = client.create_run(experiment, started, run_name=f"trial {record.number}").info.run_id
    params = [Param(parameter, str(value)) for parameter, value in record.params.items()]
    measured = [Metric(tag, value, finished, step) for tag, value, step in _measured(record)]
    client.log_batch(run, measured[:_AT_ONCE], params, [RunTag(*tag) for tag in tags.items()])
    for first in range(_AT_ONCE, len(measured), _AT_ONCE):
        client.log_batch(run, measured[first : first + _AT_ONCE])
    client.set_terminated(run, _STATUS.get(record.state, "FAILED"), finished)


def _measured(record: TrialRecord) -> Iterator[tuple[str, float, int]]:
    """Yields name, value and epoch of all that a trial measured."""
    for step, epoch in enumerate(record.outcome.curve, start=1):
        yield from ((tag, getattr(epoch, tag), step) for tag in CURVES)
    if record.value is not None:
        yield VALUE, record.value, record.outcome.best_epoch or 0


def _texts(facts: dict[str, Any]) -> dict[str, str]:
    """Returns facts as tags, which are texts; what is not known is left out."""
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}
