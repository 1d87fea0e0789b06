"""journal.log: the record, an Optuna journal of whole, finished trials in trial order.

`RecordWriter` appends one line and one fsync a trial; `read_records` reads the trials and never
writes; `RenamedJournal` shows the file to Optuna's tools. The file is an ordinary Optuna journal
(`optuna-dashboard journal.log`), written by one process that holds the folder's lock.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import BaseJournalBackend, JournalFileBackend

from hpsearch.disk import atomic, lines, outcomes
from hpsearch.errors import FolderError
from hpsearch.records import PICKED, RETRIED, Epoch, TrialOutcome, TrialRecord
from hpsearch.space import Parameter
from hpsearch.strategies.sampling import optuna_state, shown_curve

_CREATE_STUDY, _CREATE_TRIAL = 0, 4  # operation codes of Optuna's journal format
_ATTRIBUTE = "hpsearch"


class _Lines(BaseJournalBackend):
    """The lines of a journal file for one writer, or for readers beside it.

    Optuna's own file backend needs a lock file that a killed writer leaves behind, and leaves a torn
    line after a failed append; the folder's kernel lock makes both unnecessary.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = lines.read_json(path)

    @property
    def n_lines(self) -> int:
        """How many there are."""
        return len(self._lines)

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        yield from self._lines[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        lines.append(self._path, [json.dumps(log, separators=(",", ":")) for log in logs])
        self._lines += logs


class RenamedJournal(JournalFileBackend):
    """A journal to look at, under the name that its study has now; nothing can be written to it.

    Journals of before call every study "hpsearch", and a folder may have been renamed.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(str(path))
        self._name = name

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        for log in super().read_logs(log_number_from):
            is_study = log["op_code"] == _CREATE_STUDY
            yield {**log, "study_name": self._name} if is_study else log

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Refuses.

        Raises:
            PermissionError: always.
        """
        raise PermissionError("the record of a study is written by 'hpsearch run' alone")


class RecordWriter:
    """The journal, open for appending.

    Args:
        path: the file.
        space: the searched parameters.
        name: what a new journal calls its study; one that is there keeps its name.
    """

    def __init__(self, path: Path, space: Sequence[Parameter], name: str = "hpsearch") -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        Path(f"{path}.lock").unlink(missing_ok=True)  # of an Optuna process that was killed
        lines.cut_to_whole_lines(path)
        self._distributions = {parameter.name: parameter.distribution() for parameter in space}
        storage = optuna.storages.JournalStorage(_Lines(path))
        if not storage.get_all_studies():
            storage.create_new_study([optuna.study.StudyDirection.MAXIMIZE], name)
        self._storage = storage
        self._study_id = storage.get_all_studies()[0]._study_id

    def append(self, record: TrialRecord) -> None:
        """Appends a trial: one line, on disk when this returns.

        Raises:
            FolderError: it could not be written; the journal is as it was before.
        """
        attributes = {_ATTRIBUTE: _outcome_attribute(record.outcome)}
        self._storage.create_new_trial(self._study_id, to_frozen(record, self._distributions, attributes))


def to_frozen(
    record: TrialRecord,
    distributions: Mapping[str, optuna.distributions.BaseDistribution],
    attributes: Mapping[str, Any],
) -> optuna.trial.FrozenTrial:
    """Returns a trial as Optuna is shown it, in the journal and in every other storage.

    Args:
        record: the trial.
        distributions: those of all parameters of its study, by name.
        attributes: what stands on it as user attributes.
    """
    trial = optuna.trial.create_trial(
        state=optuna_state(record),
        value=_shown_value(record),
        params=dict(record.params),
        distributions={name: distributions[name] for name in record.params},
        intermediate_values=shown_curve(record),
        user_attrs=dict(attributes),
        system_attrs=dict(record.attributes),
    )
    trial.datetime_start = datetime.fromtimestamp(record.outcome.started, UTC)
    trial.datetime_complete = datetime.fromtimestamp(record.outcome.finished, UTC)
    return trial


def cut_record(path: Path, n_trials: int) -> None:
    """Cuts the record after its first `n_trials` trials; it is the old or the new one at any moment."""
    kept: list[str] = []
    for log in lines.read_json(path):
        is_trial = log["op_code"] == _CREATE_TRIAL
        if is_trial and n_trials == 0:
            break
        n_trials -= is_trial
        kept.append(json.dumps(log, separators=(",", ":")))
    atomic.write_text(path, "".join(f"{line}\n" for line in kept))


def read_records(path: Path) -> list[TrialRecord]:
    """Returns the recorded trials in order; a last line that is still being written does not count.

    Raises:
        FolderError: the journal cannot be read, or a line of it is no Optuna journal's.
    """
    if not path.exists():
        return []
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal = _Lines(path)
    try:
        storage = optuna.storages.JournalStorage(journal)
        studies = storage.get_all_studies()
        if len(studies) != bool(journal.n_lines):
            raise ValueError(f"{len(studies)} studies in {journal.n_lines} lines")
        trials = [
            trial for study in studies for trial in storage.get_all_trials(study._study_id, deepcopy=False)
        ]
        records = [_to_record(trial) for trial in trials]
        _require_paused_before(records)
        return records
    except ValueError as error:  # says what it is about
        raise FolderError(f"{path}: not as hpsearch writes the record of a study: {error}") from error
    except (LookupError, AttributeError, TypeError, AssertionError) as error:
        raise FolderError(f"{path}: not as hpsearch writes the record of a study: {error!r}") from error


def _outcome_attribute(outcome: TrialOutcome) -> dict[str, Any]:
    """Returns an outcome as its line holds it: the curve in columns, the times in Optuna's own fields."""
    values = outcomes.to_json(outcome)
    for name in ("started", "finished"):
        del values[name]
    columns = {name: [getattr(epoch, name) for epoch in outcome.curve] for name in Epoch.__dataclass_fields__}
    return {**values, "curve": columns}


def _to_record(trial: optuna.trial.FrozenTrial) -> TrialRecord:
    values: Mapping[str, Any] = trial.user_attrs[_ATTRIBUTE]
    number = values.get("number", trial.number)  # absent from the first records
    if number != trial.number:  # Optuna itself only counts
        raise ValueError(f"the line of trial {number} stands where that of {trial.number} belongs")
    assert trial.datetime_start is not None
    assert trial.datetime_complete is not None
    outcome = outcomes.from_json(
        {
            **values,
            "number": number,
            "curve": _rows(values["curve"]),
            "started": trial.datetime_start.timestamp(),
            "finished": trial.datetime_complete.timestamp(),
        }
    )
    record = TrialRecord(dict(trial.params), dict(trial.system_attrs), outcome)
    _require_one_record(trial, record)
    _require_values(trial)
    return record


def _require_one_record(trial: optuna.trial.FrozenTrial, record: TrialRecord) -> None:
    """Raises ValueError unless Optuna's fields of a line, which others read, say what ours say."""
    told = {"state": trial.state, "value": trial.value, "curve": trial.intermediate_values}
    ours = {"state": optuna_state(record), "value": _shown_value(record), "curve": shown_curve(record)}
    for name, value in ours.items():
        if told[name] != value and repr(told[name]) != repr(value):  # NaN is the same as NaN here
            both = _two_records(told[name], value)
            raise ValueError(f"trial {record.number} has two records of its {name}: {both}")


def _two_records(one: object, other: object) -> str:
    """Returns what differs: of two curves what each has in the first epoch in which they do."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return f"{one} and {other}"
    epochs = sorted(one.keys() | other.keys())
    epoch = next(epoch for epoch in epochs if repr(one.get(epoch)) != repr(other.get(epoch)))
    return f"{one.get(epoch, 'nothing')} and {other.get(epoch, 'nothing')} in epoch {epoch}"


def _require_values(trial: optuna.trial.FrozenTrial) -> None:
    """Raises ValueError unless parameters are of their kinds, and the sampler that drew them has a name."""
    for name, value in trial.params.items():
        trial.distributions[name].to_internal_repr(value)  # raises
    picked = trial.system_attrs.get(PICKED, "")
    if type(picked) is not str:
        raise ValueError(f"{PICKED}: expected a text, but got {picked!r}")
    for n_asked, accuracies in trial.system_attrs.get(RETRIED, []):
        if type(n_asked) is not int or {type(accuracy) for accuracy in accuracies} - {int, float}:
            raise ValueError(f"{RETRIED}: expected a number and accuracies, but got {[n_asked, accuracies]}")


def _require_paused_before(records: Sequence[TrialRecord]) -> None:
    """Raises ValueError unless each trial that goes on with another has a paused one like it for itself."""
    waiting: dict[int, TrialRecord] = {}
    for record in records:
        if record.continues is not None:
            paused = waiting.pop(record.continues, None)
            if paused is None or paused.params != record.params:
                reason = "does not wait" if paused is None else "has other parameters"
                raise ValueError(f"trial {record.number} goes on with {record.continues!r}, which {reason}")
        if record.state == "pruned":
            waiting[record.number] = record


def _shown_value(record: TrialRecord) -> float | None:
    """Returns the value that Optuna is told, which has none for failed trials."""
    return None if record.state == "failed" else record.value


def _rows(columns: Mapping[str, Sequence[float]]) -> list[dict[str, float]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
