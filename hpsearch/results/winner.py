"""The winner of a study, by its search alone and after `hpsearch confirm`.

find_winner(folder)    the complete trial with the best validation accuracy, the earliest of equals
find_chosen(folder)    the trial that confirm took, else the winner
no_winner_yet(folder)  the error that both raise before a trial is complete
taken_trial(frames)    the number of find_chosen's, of a study's frames
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import NothingYetError
from hpsearch.records import TrialRecord, ranking
from hpsearch.results.commands import command
from hpsearch.results.stats import best_trial

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


class Chosen(NamedTuple):
    """A study's trial to go on with, and why.

    Attributes:
        record: the trial.
        best: the winner of the search.
        race: the race that the trial won; None if the search alone chose it.
        n_since: how many trials were recorded since that race.
        lost: whether there is a confirm.json, but of other trials than are recorded.
    """

    record: TrialRecord
    best: TrialRecord
    race: Confirmation | None = None
    n_since: int = 0
    lost: bool = False


def find_winner(folder: StudyFolder) -> TrialRecord:
    """Returns the winner among the recorded trials.

    Raises:
        NothingYetError: no trial is complete.
    """
    return _ranked(folder)[0]


def find_chosen(folder: StudyFolder) -> Chosen:
    """Returns the trial that confirm took where its finalists are trials of the record, else the winner.

    Raises:
        NothingYetError: no trial is complete.
        FolderError: confirm.json is damaged.
    """
    ranked = _ranked(folder)
    race = Confirmation.read(folder.confirmation_file)
    if race is None or race.winner is None:
        return Chosen(ranked[0], ranked[0])
    if not _belongs(race, ranked):
        return Chosen(ranked[0], ranked[0], lost=True)
    taken = next(record for record in ranked if record.number == race.winner)
    n_trials = len(read_records(folder.journal))
    return Chosen(taken, ranked[0], race, n_since=n_trials - race.n_trials)


def no_winner_yet(folder: StudyFolder) -> NothingYetError:
    """Returns the error that says of a study that no trial is complete, and where to ask what to do."""
    return NothingYetError(
        f"{folder.path}: no trial is complete yet; expected at least one; this says what to do: "
        f"{command('status', folder)}"
    )


def taken_trial(frames: StudyFrames) -> int | None:
    """Returns the number of the trial that `find_chosen` finds; None if no trial is complete."""
    best = best_trial(frames.trials)
    if best is None or frames.confirmation is None:
        return best
    values = set(zip(frames.trials["number"], frames.trials["value"], strict=True))
    finalists = frames.confirmation
    taken = finalists.loc[finalists["taken"], "number"]
    belongs = all(pair in values for pair in zip(finalists["number"], finalists["searched"], strict=True))
    return int(taken.iloc[0]) if belongs and len(taken) else best


def _belongs(race: Confirmation, ranked: Sequence[TrialRecord]) -> bool:
    values = {(record.number, record.value) for record in ranked}
    return all((one.number, one.searched) in values for one in race.finalists)


def _ranked(folder: StudyFolder) -> list[TrialRecord]:
    """Returns the complete trials, best first; at least one."""
    ranked = ranking(read_records(folder.journal))
    if not ranked:
        raise no_winner_yet(folder)
    return ranked
