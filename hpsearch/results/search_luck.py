"""How much of a search's luck with its validation images its finalists still have on fresh seeds.

luck_of_finalists(folder, records, ...)   by how much they are too good on the images that chose them
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hpsearch.disk.folder import StudyFolder
from hpsearch.hits import Hits
from hpsearch.records import TrialRecord
from hpsearch.results.kept_luck import share_kept
from hpsearch.results.luck import FINALISTS, classes_in_proportion, generator_of, hits_of, pruning_luck
from hpsearch.results.selection import luck_of_best_few


def luck_of_finalists(
    folder: StudyFolder,
    records: Sequence[TrialRecord],
    finalists: Sequence[TrialRecord],
    fresh: Sequence[Hits],
) -> float | None:
    """Returns by how much finalists are too good on fresh seeds, on the images that chose them before.

    It is the luck of the best few trials, as many as there are finalists, times the share that comes again:
    on some images a setting is better than others whatever its seed; the luck of its one training goes. And
    so much of the luck by which pruning had chosen the complete trials as comes again on fresh seeds.

    Args:
        folder: of the study.
        records: all trials, as `settled` has them.
        finalists: the best of them.
        fresh: for each, which validation images its fresh seeds got right, (n_seeds, n_val).

    Returns:
        A fraction, >= 0; None where a single finalist cannot tell it, in records of before, without hits, and
        where pruned trials left none.

    Raises:
        FolderError: hits are damaged, or not those of their trial.
    """
    if len(finalists) < 2:
        return None
    right = np.array([seeds.mean(axis=0) for seeds in fresh])
    hits = hits_of(records, right.shape[1])
    if hits is None:
        return None
    rows = [record.number for record in records if record.state == "complete"]
    searched = hits[[rows.index(record.number) for record in finalists]]
    rng = generator_of(hits, FINALISTS)
    of_best = luck_of_best_few(hits, len(finalists), rng, classes=classes_in_proportion(folder))
    of_search = share_kept(searched, right) * of_best
    again = {record.number: one for record, one in zip(finalists, right, strict=True)}
    of_pruning = pruning_luck(folder, records, right.shape[1], again, rng)
    return None if of_pruning is None else of_search + of_pruning
