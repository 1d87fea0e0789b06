"""How much luck is in a study's winner, from which images its trials got right.

winner_facts(record, corrected)               the winner as JSON values
corrected_winner_in(folder)                   the same as the next, of what is recorded
corrected_winner_of(folder, records, n_val)   its accuracy without the luck of being chosen
hits_of(records, n_val)                       what the complete trials got right in their best epochs
pruning_luck(folder, records, ...)            by how much pruning made complete trials too good
near_best(trials, hits, n_val)                the trials within noise of it
classes_in_proportion(folder)                 the validation images' classes, if samples keep to them

Bootstrap samples are drawn by a seed made of the hits: who asks again is told the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.errors import FolderError
from hpsearch.hits import Hits, from_file, unpack
from hpsearch.records import TrialRecord, settled
from hpsearch.results.pruning_luck import luck_left
from hpsearch.results.selection import Winner, corrected_winner
from hpsearch.seeds import Purpose, generator
from hpsearch.strata import Classes

if TYPE_CHECKING:
    import pandas as pd

CORRECTION, FINALISTS = 0, 1  # parts of the purpose's key


def winner_facts(record: TrialRecord, corrected: Winner | None) -> dict[str, Any]:
    """Returns a winner as JSON values: accuracies are fractions, the corrected ones None where not known."""
    return {
        "trial": record.number,
        "value": record.value,
        "corrected_accuracy": None if corrected is None else corrected.corrected_accuracy,
        "corrected_interval": None if corrected is None else list(corrected.corrected_interval),
        "params": dict(record.params),
    }


def corrected_winner_in(folder: StudyFolder) -> Winner | None:
    """Returns a study's winner as `corrected_winner_of` does, None also where its data is not known."""
    identity = Identity.read(folder.identity_file)
    if identity is None:
        return None
    return corrected_winner_of(folder, settled(read_records(folder.journal)), identity.data.num_val)


def corrected_winner_of(folder: StudyFolder, records: Sequence[TrialRecord], n_val: int) -> Winner | None:
    """Returns the winner with its corrected accuracy; a function of record, hits and classes alone.

    None where no trial is complete, or where a complete one left no hits: in records of before, and if its
    folder was removed. The luck that pruning left is known where all pruned trials left theirs.

    Args:
        folder: of the study.
        records: its trials, as `settled` has them: one that paused and went on is one.
        n_val: number of validation images.

    Raises:
        FolderError: hits are damaged, or not those of their trial.
    """
    complete = [record for record in records if record.state == "complete"]
    if not complete or not _left_hits(folder, complete):
        return None
    hits = [(record.number, _epochs_of(folder, record, n_val)) for record in complete]
    correct = np.concatenate([one for _, one in hits])
    rng = generator_of(correct, CORRECTION)
    winner = corrected_winner(correct, rng, classes=classes_in_proportion(folder))
    epoch = [place for _, one in hits for place in range(len(one))][winner.candidate]
    later = {number: one[epoch] for number, one in hits if len(one) > epoch}
    return winner.without_pruners_luck(pruning_luck(folder, records, n_val, later, rng), n_val)


def pruning_luck(
    folder: StudyFolder,
    records: Sequence[TrialRecord],
    n_val: int,
    later: Mapping[int, NDArray[Any]],
    rng: np.random.Generator,
) -> float | None:
    """Returns by how much complete trials are too good later since pruning chose them; see `luck_left`.

    Args:
        folder: of the study.
        records: all trials, as `settled` has them.
        n_val: number of validation images.
        later: what complete trials, by their numbers, get right later, (n_val,).
        rng: draws the bootstrap samples.

    Returns:
        A fraction; None where a trial left no hits, or too few are in `later`.

    Raises:
        FolderError: hits are damaged, or not those of their trial.
    """
    trained = [
        record for record in records if record.outcome.curve and record.state in ("complete", "pruned")
    ]
    is_complete = [record.state == "complete" for record in trained]
    if all(is_complete):
        return 0.0
    if not _left_hits(folder, trained):
        return None
    places = {record.number: place for place, record in enumerate(trained)}
    hits = [_epochs_of(folder, record, n_val) for record in trained]
    of_later = {places[number]: one for number, one in later.items()}
    return luck_left(hits, is_complete, of_later, rng, classes_in_proportion(folder))


def classes_in_proportion(folder: StudyFolder) -> Classes | None:
    """Returns the classes of the validation images, (n_val,), if the split has each in proportion.

    None where it has not, and in records of before, which do not tell.

    Raises:
        FolderError: what says so is damaged.
    """
    identity = Identity.read(folder.identity_file)
    return None if identity is None else identity.data.classes


def _left_hits(folder: StudyFolder, records: Sequence[TrialRecord]) -> bool:
    return all(folder.trial(record.number).hits.exists() for record in records)


def _epochs_of(folder: StudyFolder, record: TrialRecord, n_val: int) -> Hits:
    """Returns which images each epoch of a trial got right, (epochs, n_val)."""
    path = folder.trial(record.number).hits
    try:
        found = from_file(path.read_bytes(), n_val)
    except OSError as error:
        raise FolderError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise FolderError(f"{path}: damaged: {error}; remove it, and nothing is corrected") from error
    accuracies = [epoch.val_accuracy for epoch in record.outcome.curve]
    if found.mean(axis=1).tolist() != accuracies:
        raise FolderError(
            f"{path}: not the hits of trial {record.number}; remove it, and nothing is corrected"
        )
    return found


def hits_of(records: Sequence[TrialRecord], n_val: int) -> Hits | None:
    """Returns what complete trials got right in their best epochs, (n_complete, n_val), in number order.

    None where a record of before has no hits, or no trial is complete.

    Raises:
        ValueError: a trial's hits are not those of so many images.
    """
    complete = [record.outcome for record in records if record.state == "complete"]
    if not complete or not all(outcome.hits for outcome in complete):
        return None
    return np.array([unpack(outcome.hits, n_val) for outcome in complete])


def near_best(trials: pd.DataFrame, hits: Hits | None, n_val: int) -> pd.Series:
    """Returns which trials may be as good as the winner, itself included, as bools with the index of trials.

    Trials are told apart by the images that just one of two got right, and by how all of them are
    distributed; where hits are absent, in the worst case that two accuracies allow.
    """
    from hpsearch.results import rivals, stats  # pandas and SciPy: `hpsearch best` needs neither

    if hits is None:
        return stats.within_noise(trials, n_val)
    near = trials["state"] == "complete"
    near.loc[near] = rivals.within_noise(hits)
    return near


def generator_of(hits: Hits, part: int) -> np.random.Generator:
    """Returns the generator of bootstrap samples for these hits, the same one each time."""
    return generator(zlib.crc32(np.packbits(hits).tobytes()), Purpose.SELECTION, part)
