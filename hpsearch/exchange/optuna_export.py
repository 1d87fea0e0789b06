"""The record of a study -> a study in any of Optuna's storages, for Optuna's own tools.

export(folder, address, name)    writes it, and returns how many trials
"""

from __future__ import annotations

import warnings
from contextlib import ExitStack

import optuna
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import BaseStorage

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records, to_frozen
from hpsearch.errors import CallError
from hpsearch.exchange.facts import study_facts, trial_facts
from hpsearch.exchange.storages import shown, to_write
from hpsearch.records import TrialRecord, settled
from hpsearch.study.study import Study
from hpsearch.study.studyfile import load_resolved

OBJECTIVE = "validation accuracy"
_STATE = "hpsearch:export"
_UNFINISHED, _WHOLE = "unfinished", "whole"


def export(folder: StudyFolder, address: str, name: str) -> int:
    """Writes the trials of a study as one of Optuna's, and returns how many.

    States, values, curves and the attributes that its sampler left are those of the record; a trial's user
    attributes are its cost and what `trial_facts` has. Trials that went on with paused ones are there once,
    so that Optuna's numbers of later ones are other than ours. A study that is there is never changed: its
    trials may have cost days. One that could not be written whole is removed again; if this process is
    killed, by the next export of this name.

    Args:
        folder: the study's folder.
        address: where Optuna's storage is, or shall be.
        name: what the study is called there.

    Raises:
        CallError: the storage has a study of this name, or the address is none.
        HpsearchError: the storage cannot be written.
    """
    study, records = load_resolved(folder.study_file, folder.name), read_records(folder.journal)
    distributions = {parameter.name: parameter.distribution() for parameter in study.space}
    with to_write(address) as storage:
        try:
            _remove_unfinished(storage, name)
            there = optuna.create_study(storage=storage, study_name=name, direction="maximize")
        except DuplicatedStudyError as error:
            raise CallError(
                f"{shown(address)}: has a study {name!r}, which is not changed; expected another --name"
            ) from error
        with ExitStack() as undo:
            undo.callback(storage.delete_study, there._study_id)
            storage.set_study_system_attr(there._study_id, _STATE, _UNFINISHED)
            _describe(there, study, folder, records)
            trials = settled(records)
            there.add_trials(
                [to_frozen(record, distributions, trial_facts(record, study)) for record in trials]
            )
            storage.set_study_system_attr(there._study_id, _STATE, _WHOLE)
            undo.pop_all()
    return len(trials)


def _remove_unfinished(storage: BaseStorage, name: str) -> None:
    """Removes what a killed export of this name left."""
    try:
        study_id = storage.get_study_id_from_name(name)
    except KeyError:
        return
    if storage.get_study_system_attrs(study_id).get(_STATE) == _UNFINISHED:
        storage.delete_study(study_id)


def _describe(there: optuna.Study, study: Study, folder: StudyFolder, records: list[TrialRecord]) -> None:
    """Writes onto Optuna's study what its trials depend on, and which record they are of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        there.set_metric_names([OBJECTIVE])
    for name, value in study_facts(study, folder, records).items():
        there.set_user_attr(name, value)
