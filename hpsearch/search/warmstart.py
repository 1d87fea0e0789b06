"""A study that begins with the best trials of another one, written into it as enqueued trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError
from hpsearch.study import enqueue, studyfile
from hpsearch.study.study import Study


def warm_started(study: Study, other: StudyFolder, top: int, option: str = "--warm-start") -> Study:
    """Returns the study with another one's best trials enqueued after its own.

    Each value of a parameter in question begins with all of them, whichever value they had themselves.

    Args:
        study: the study.
        other: the folder of the other one.
        top: at most so many trials.
        option: what the other one's name was given to.

    Raises:
        CallError: the other has no complete trial.
    """
    space = study.space if study.question is None else study.question.common_space(study.space)
    best = enqueue.best_of(read_records(other.journal), top, space)
    if not best:
        raise CallError(f"{option} {other.name}: has no complete trial that fits this space")
    return _with_enqueued(study, [*study.table.get("enqueue", []), *best], other)


def as_begun(study: Study, folder: StudyFolder) -> Study:
    """Returns the study with the trials enqueued that it began with, whatever has become of the other one.

    Raises:
        CallError: it began with none but its own.
    """
    begun = studyfile.load_resolved(folder.study_file, folder.name).table.get("enqueue", [])
    if begun == study.table.get("enqueue", []):
        raise CallError(
            f"--warm-start: {folder.path} holds this study, begun without it; "
            f"expected another name, or --fresh"
        )
    return _with_enqueued(study, begun, folder)


def _with_enqueued(study: Study, entries: Sequence[Mapping[str, Any]], folder: StudyFolder) -> Study:
    return studyfile.from_table({**study.table, "enqueue": entries}, study.name, str(folder.path))
