"""Which study a folder holds: another one is refused, a changed environment is told.

The identity of a study is written down with its first run (study.toml, identity.json); every later run
must be of the same study on the same data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.errors import CallError, FolderError
from hpsearch.study.studyfile import Study, load_resolved
from hpsearch.worker import environment
from nets import data as nets_data


def agree_on_identity(study: Study, folder: StudyFolder, prepared: nets_data.Prepared) -> None:
    """Refuses to go on with another study than the folder holds; writes down a new one, or a new plan.

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
    if before.trials != study.trials:  # the page says how many are planned, by the last call
        atomic.write_text(folder.study_file, study.to_toml())


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
