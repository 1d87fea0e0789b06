"""How much luck is in a study's winner, from which images its trials got right.

corrected_winner_of(folder, records, n_val)   its accuracy without the luck of being chosen
hits_of(records, n_val)                       what the complete trials got right in their best epochs
near_best(trials, hits, n_val)                the trials within noise of it

Bootstrap samples are drawn by a seed made of the hits: who asks again is told the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import FolderError
from hpsearch.hits import Hits, from_file, unpack
from hpsearch.records import TrialRecord
from hpsearch.results.pruning_luck import luck_left
from hpsearch.results.selection import Winner, corrected_winner
from hpsearch.seeds import Purpose, generator

if TYPE_CHECKING:
    import pandas as pd

CORRECTION, FINALISTS = 0, 1  # parts of the purpose's key


def corrected_winner_of(folder: StudyFolder, records: Sequence[TrialRecord], n_val: int) -> Winner | None:
    """Returns the winner with its corrected accuracy; a pure function of the record and the hits beside it.

    None where no trial is complete, or where a complete one left no hits: in records of before, and if its
    folder was removed. The luck that pruning left is known where all pruned trials left theirs, and none
    went on as a later one.

    Raises:
        FolderError: hits are damaged, or not those of their trial.
    """
    complete = [record for record in records if record.state == "complete"]
    if not complete or not _left_hits(folder, complete):
        return None
    hits = {record.number: _epochs_of(folder, record, n_val) for record in complete}
    correct = np.concatenate(list(hits.values()))
    rng = generator_of(correct, CORRECTION)
    winner = corrected_winner(correct, rng)
    pruned = [record for record in records if record.state == "pruned" and record.outcome.curve]
    if not pruned:
        return winner
    if not _left_hits(folder, pruned) or any(record.continues is not None for record in records):
        return winner.without_pruners_luck(None, n_val)
    epoch = [place for one in hits.values() for place in range(len(one))][winner.candidate]
    of_pruned = [_epochs_of(folder, record, n_val) for record in pruned]
    is_complete = [True] * len(complete) + [False] * len(pruned)
    luck = luck_left([*hits.values(), *of_pruned], is_complete, epoch, rng)
    return winner.without_pruners_luck(luck, n_val)


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
