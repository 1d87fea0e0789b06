"""The winner of a study: the complete trial with the best validation accuracy, the earliest of equals."""

from __future__ import annotations

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import NothingYetError
from hpsearch.records import TrialRecord, ranking


def find_winner(folder: StudyFolder) -> TrialRecord:
    """Returns the winner among the recorded trials.

    Raises:
        NothingYetError: no trial is complete.
    """
    best = next(iter(ranking(read_records(folder.journal))), None)
    if best is None:
        raise NothingYetError(
            f"{folder.path}: no trial is complete yet; expected at least one, from "
            f"'hpsearch run --study {folder.name}'"
        )
    return best
