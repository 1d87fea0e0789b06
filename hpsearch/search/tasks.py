"""Study + trial -> the task that a worker is given: one place that says what a trial depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hpsearch.disk import lock
from hpsearch.disk.folder import StudyFolder
from hpsearch.records import History, TrialRecord, predecessors
from hpsearch.seeds import Purpose
from hpsearch.space import Params
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study import arguments
from hpsearch.study.owncode import carried
from hpsearch.study.prepared import DataPlace
from hpsearch.study.study import Study
from hpsearch.worker import environment
from hpsearch.worker.coordinator import Coordinator
from hpsearch.worker.task import TrialTask


def history_of(study: Study, records: Sequence[TrialRecord]) -> History:
    """Returns what a pruner sees of these trials."""
    return History.of([record.outcome for record in records], study.max_epochs)


def search_task(
    study: Study,
    data: DataPlace,
    number: int,
    params: Params,
    history: History,
    before: Sequence[TrialRecord] = (),
) -> TrialTask:
    """Returns the task of a trial of the search.

    Args:
        history: of the known trials; the pruner sees those that share the trial's turn.
        before: the trials that it goes on with, the last one first; see `records.predecessors`.
    """
    seen = history.turn(number, study.n_turns)
    if not before:
        return _task(study, data, number, params, (number,), study.pruner, seen)
    last, first = before[0], before[-1]
    task = _task(study, data, number, params, (first.number,), study.pruner, seen)
    return replace(task, continues=last.number, n_before=len(last.outcome.curve))


def whole_task(
    study: Study, data: DataPlace, record: TrialRecord, records: Mapping[int, TrialRecord]
) -> TrialTask:
    """Returns the task that trains a trial of the search, one of these records, as it was, but to its end."""
    first = [record, *predecessors(records, record.continues)][-1]
    return _task(
        study,
        data,
        record.number,
        record.params,
        (first.number,),
        PrunerSettings("none"),
        history_of(study, []),
    )


def fresh_task(study: Study, data: DataPlace, record: TrialRecord, purpose: Purpose, i: int) -> TrialTask:
    """Returns the task that trains a trial's parameters to the end on the i-th fresh seed of a purpose."""
    key = (int(purpose), i)
    return _task(
        study, data, record.number, record.params, key, PrunerSettings("none"), history_of(study, [])
    )


def this_coordinator(study: Study, folder: StudyFolder) -> Coordinator:
    """Returns what workers must know of this process, which holds the study's folder."""
    folder = StudyFolder(folder.path.absolute())
    return Coordinator(
        lock_file=folder.lock_file,
        owner=lock.owner(folder.lock_file),
        stop_file=folder.stop_file,
        environment=environment.describe_worker(study.code),
        fingerprint=environment.fingerprint(environment.describe(study.code)),
    )


def _task(
    study: Study,
    data: DataPlace,
    number: int,
    params: Params,
    key: tuple[int, ...],
    pruner: PrunerSettings,
    history: History,
) -> TrialTask:
    return TrialTask(
        number=number,
        params=params,
        net_kind=study.net_kind,
        arguments=arguments.for_trial(study.net_kind, study.net, study.training, params),
        seed=study.seed,
        key=key,
        data=data,
        preprocessing=study.preprocessing,
        pruner=pruner,
        history=history,
        code=study.code,
        own=carried(study.code),
    )
