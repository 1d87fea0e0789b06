"""The winner of a study, by its search alone and after `hpsearch confirm`.

find_winner(folder)   the complete trial with the best validation accuracy, the earliest of equals
find_chosen(folder)   the trial that confirm took, if it raced the winner
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import NothingYetError
from hpsearch.records import TrialRecord, ranking

ChosenBy = Literal["confirm", "search", "search since confirm"]


class Chosen(NamedTuple):
    """A study's trial to go on with.

    Attributes:
        record: the trial.
        by: "confirm"; "search" where confirm took none; "search since confirm" where the search went on and
            found a better one, which did not race.
    """

    record: TrialRecord
    by: ChosenBy


def find_winner(folder: StudyFolder) -> TrialRecord:
    """Returns the winner among the recorded trials.

    Raises:
        NothingYetError: no trial is complete.
    """
    return _ranked(folder)[0]


def find_chosen(folder: StudyFolder) -> Chosen:
    """Returns confirm's winner where there is one and the search's winner raced it, else the search's.

    Raises:
        NothingYetError: no trial is complete.
        FolderError: confirm.json is damaged.
    """
    ranked = _ranked(folder)
    confirmation = Confirmation.read(folder.confirmation_file)
    if confirmation is None or confirmation.winner is None:
        return Chosen(ranked[0], "search")
    raced = {(one.number, one.searched) for one in confirmation.finalists}
    taken = [record for record in ranked if record.number == confirmation.winner]
    if taken and (ranked[0].number, ranked[0].value) in raced:
        return Chosen(taken[0], "confirm")
    return Chosen(ranked[0], "search since confirm")


def _ranked(folder: StudyFolder) -> list[TrialRecord]:
    """Returns the complete trials, best first; at least one."""
    ranked = ranking(read_records(folder.journal))
    if not ranked:
        raise NothingYetError(
            f"{folder.path}: no trial is complete yet; expected at least one, from "
            f"'hpsearch run --study {folder.name}'"
        )
    return ranked
