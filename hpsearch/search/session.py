"""One run of a study: data prepared, folder locked, identity agreed, workers started and ended.

`open_search` is a context manager that gives the caller a `Search` to iterate; whatever happens
inside, no process is left and the folder is free afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hpsearch.disk import atomic, lines
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.disk.journal import cut_record, read_records
from hpsearch.errors import CallError, DataError, FolderError
from hpsearch.search.executors import Slots
from hpsearch.search.order import Budget, Search
from hpsearch.study.studyfile import Study, load_resolved
from hpsearch.study.table_source import SOURCES
from hpsearch.worker import environment
from hpsearch.worker.trial import DataPlace
from nets import data as nets_data


def prepare_data(study: Study) -> nets_data.Prepared:
    """Returns the study's splits in the cache.

    Raises:
        DataError: they cannot be prepared; the text names the source.
    """
    try:
        return nets_data.prepare(study.data, SOURCES)
    except nets_data.SettingError as error:
        raise CallError(f"{study.name}: data.{error}") from error
    except (nets_data.DataFileError, OSError) as error:
        raise DataError(f"data source {study.data.source!r}: {error}") from error


def data_place(study: Study, prepared: nets_data.Prepared) -> DataPlace:
    """Returns what workers are told of the data: nothing of the test split."""
    return DataPlace(str(prepared.train_val.absolute()), study.data, prepared.train_val_hash)


@contextmanager
def open_search(
    study: Study, folder: StudyFolder, budget: Budget, slots: Slots, *, retry_failed: bool = False
) -> Iterator[Search]:
    """Opens a study's folder for the time of the context, and closes the slots at its end.

    Args:
        study: the study.
        folder: its folder.
        budget: how much to search.
        slots: where trials run.
        retry_failed: whether recorded trials that failed are trained again.

    Raises:
        FolderError: the folder is in use, or cannot be written.
        CallError: the folder holds another study.
    """
    try:
        with folder.locked():
            if lines.count(folder.journal) <= budget.trials:  # one line more than trials when all are there
                slots.warm_up()
            prepared = prepare_data(study)
            agree_on_identity(study, folder, prepared)
            if retry_failed:
                forget_failed(folder)
            yield Search(study, folder, data_place(study, prepared), slots, budget)
    finally:
        slots.close()


def agree_on_identity(study: Study, folder: StudyFolder, prepared: nets_data.Prepared) -> None:
    """Refuses to go on with another study than the folder holds; writes down a new one.

    Raises:
        CallError: the difference, a phrase for each key.
        FolderError: nothing, or something else, says which study the folder's trials belong to.
    """
    held = Identity.read(folder.identity_file)
    if held is None or not folder.exists():
        if folder.has_trials():
            lost = folder.study_file if held else folder.identity_file
            raise FolderError(
                f"{folder.path}: has trials but no {lost.name}; put it back, or start over with --fresh"
            )
        atomic.write_text(folder.study_file, study.to_toml())
        describe(study, prepared).write(folder.identity_file)
        return
    before = load_resolved(folder.study_file, folder.name)
    if before.identity() != held.study:
        raise FolderError(
            f"{folder.study_file}: was changed since the study began; put it back, or start over with --fresh"
        )
    changes = differences(before.identity_table(), study.identity_table())
    if held.data.train_val_hash != prepared.train_val_hash:
        changes.append("the data has other contents")
    if changes:
        raise CallError(
            f"{folder.path}: holds another study of this name: {'; '.join(changes)}. "
            f"Expected the same study, another name, or --fresh"
        )


def forget_failed(folder: StudyFolder) -> None:
    """Takes failed trials, and all that are recorded after the first of them, out of the record.

    The others stay as outcomes beside the record and are recorded again when the failed ones, trained
    again, have their turn.
    """
    failed = [record.number for record in read_records(folder.journal) if record.state == "failed"]
    for number in failed:
        folder.trial(number).forget_outcome()
    if failed:
        cut_record(folder.journal, failed[0])


def describe(study: Study, prepared: nets_data.Prepared) -> Identity:
    """Returns what a later run must agree with, and the environment of this one."""
    data = nets_data.open_train_val(prepared.train_val, study.preprocessing)
    facts = DataFacts(
        train_val_hash=prepared.train_val_hash,
        test_hash=prepared.test_hash,
        num_train=len(data.y_train),
        num_val=len(data.y_val),
        image_shape=tuple(data.image_shape),
        class_names=tuple(data.class_names),
    )
    return Identity(study.identity(), facts, environment.describe(study.net_kind))


def environment_changes(study: Study, folder: StudyFolder) -> list[str]:
    """Returns what changed in the environment since the study began; other versions may give other bits."""
    held = Identity.read(folder.identity_file)
    if held is None:
        return []
    return environment.difference(held.environment, environment.describe(study.net_kind))


def differences(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Returns how two nested tables differ, a phrase for each key."""
    found = []
    for key in dict.fromkeys([*before, *now]):
        then, later = before.get(key), now.get(key)
        if isinstance(then, Mapping) and isinstance(later, Mapping):
            found += differences(then, later, f"{prefix}{key}.")
        elif then != later:
            found.append(f"{prefix}{key} was {_shown(then)}, is {_shown(later)}")
    return found


def _shown(value: Any) -> str:
    return "absent" if value is None else repr(value)
