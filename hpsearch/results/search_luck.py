"""How much of a search's luck with its validation images its finalists still have on fresh seeds.

luck_of_finalists(records, finalists, fresh)   by how much they are too good on the images that chose them
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hpsearch.hits import Hits
from hpsearch.records import TrialRecord
from hpsearch.results.kept_luck import share_kept
from hpsearch.results.luck import FINALISTS, generator_of, hits_of
from hpsearch.results.selection import luck_of_best_few


def luck_of_finalists(
    records: Sequence[TrialRecord], finalists: Sequence[TrialRecord], fresh: Sequence[Hits]
) -> float | None:
    """Returns by how much finalists are too good on fresh seeds, on the images that chose them before.

    It is the luck of the best few trials, as many as there are finalists, times the share that comes again:
    on some images a setting is better than others whatever its seed; the luck of its one training goes.

    Args:
        records: all trials.
        finalists: the best of them.
        fresh: for each, which validation images its fresh seeds got right, (n_seeds, n_val).

    Returns:
        A fraction, >= 0; None where a single finalist cannot tell it, and in records of before, without hits.
    """
    if len(finalists) < 2:
        return None
    right = np.array([seeds.mean(axis=0) for seeds in fresh])
    hits = hits_of(records, right.shape[1])
    if hits is None:
        return None
    rows = [record.number for record in records if record.state == "complete"]
    searched = hits[[rows.index(record.number) for record in finalists]]
    luck = luck_of_best_few(hits, len(finalists), generator_of(hits, FINALISTS))
    return share_kept(searched, right) * luck
