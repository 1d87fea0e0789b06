"""Which study a folder holds: another one is refused, and so is another environment unless it is asked for.

The identity of a study is written down with its first run (study.toml, identity.json); every later run
must be of the same study on the same data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hpsearch import strata
from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import CallError, FolderError
from hpsearch.study.study import Study
from hpsearch.study.studyfile import load_resolved
from hpsearch.study.table_source import SOURCES
from hpsearch.worker import environment
from nets import data as nets_data


def agree_on_identity(study: Study, folder: StudyFolder, prepared: nets_data.Prepared) -> Identity:
    """Refuses to go on with another study than the folder holds; writes down a new one.

    Returns:
        What the folder's trials belong to.

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
        found = describe(study, prepared)
        found.write(folder.identity_file)
        return found
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
    return held


def write_plan(study: Study, folder: StudyFolder) -> None:
    """Writes down what is no part of the identity (title, trials, rules, the data's place), as it is now."""
    if load_resolved(folder.study_file, folder.name).table != study.table:
        atomic.write_text(folder.study_file, study.to_toml())


def describe(study: Study, prepared: nets_data.Prepared) -> Identity:
    """Returns what a later run must agree with, and the environment of this one."""
    data = nets_data.open_train_val(prepared.train_val, study.preprocessing)
    in_proportion = nets_data.is_stratified(study.data, SOURCES[study.data.source])
    facts = DataFacts(
        train_val_hash=prepared.train_val_hash,
        test_hash=prepared.test_hash,
        num_train=len(data.y_train),
        num_val=len(data.y_val),
        image_shape=tuple(data.image_shape),
        class_names=tuple(data.class_names),
        val_classes=strata.pack(np.asarray(data.y_val)) if in_proportion else "",
    )
    return Identity(study.identity(), facts, (environment.describe(study.code),))


def agree_on_environment(study: Study, folder: StudyFolder, *, other_environment: bool) -> None:
    """Refuses to go on in another environment than that of the last run, unless it is asked for.

    When it goes on there, it writes that down, and trials that were begun start over, so that each is of one
    environment. While all trials failed, as before a net is mended, the study just begins in this one.

    Raises:
        CallError: the difference, a phrase each.
    """
    held = Identity.read(folder.identity_file)
    assert held is not None, "the study is agreed on"
    now = environment.describe(study.code)
    changes = environment.difference_from_record(held.environments[-1], now)
    if not changes and held.environments[-1].keys() == now.keys():
        return
    has_trials = _has_trained(folder)
    if changes and has_trials and not other_environment:
        raise CallError(
            f"{folder.path}: the trials were trained in another environment, new ones may have other bits: "
            f"{'; '.join(changes)}. Expected the same environment, --other-environment to go on, or --fresh"
        )
    if changes:
        for checkpoint in folder.trials.glob("*/checkpoint"):
            TrialFolder(checkpoint.parent).forget_checkpoint()
    kept = held.environments if has_trials else ()
    replace(held, environments=(*kept, now)).write(folder.identity_file)


def _has_trained(folder: StudyFolder) -> bool:
    """Says whether a trial ended that did not fail, recorded or not."""
    records = read_records(folder.journal)
    if any(record.state != "failed" for record in records):
        return True
    return any(outcome.state != "failed" for outcome in folder.outcomes_from(len(records)))


def environment_changes(study: Study, folder: StudyFolder) -> list[str]:
    """Returns what is other in the environment than when the study began; it may give other bits."""
    held = Identity.read(folder.identity_file)
    if held is None:
        return []
    return environment.difference_from_record(held.environments[0], environment.describe(study.code))


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
