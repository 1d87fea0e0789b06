"""How much of a search's luck with its validation images its finalists still have on fresh seeds.

luck_of_finalists(records, finalists, fresh)   by how much they are too good on the images that chose them
comes_again(searched, fresh)                   which share of the luck with images fresh seeds have again
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.hits import Hits
from hpsearch.records import TrialRecord
from hpsearch.results.luck import FINALISTS, generator_of, hits_of
from hpsearch.results.selection import luck_of_best_few

Floats = NDArray[np.float64]


def luck_of_finalists(
    records: Sequence[TrialRecord], finalists: Sequence[TrialRecord], fresh: Sequence[Hits]
) -> float | None:
    """Returns by how much finalists are too good on fresh seeds, on the images that chose them before.

    It is the luck of the best few trials, as many as there are finalists, times the share that comes again.

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
    return comes_again(searched, right) * luck


def comes_again(searched: Hits, fresh: Floats) -> float:
    """Returns which share of their luck with the images settings of a search have again on fresh seeds.

    On some images a setting is better than others whatever its seed; that luck of the search stays, the luck
    of its one training goes. It is the slope of what settings get right on fresh seeds on what they got right
    in the search, image by image, both without what all settings have in common.

    Args:
        searched: whether a setting was right on an image in the search, (n_settings, n_images) bool.
        fresh: the share of its fresh seeds that were, (n_settings, n_images).

    Returns:
        A share in [0, 1]; 0 where settings never differed in the search.
    """
    before, again = _own(searched), _own(fresh)
    squares = float((before**2).sum())
    return min(max(float((before * again).sum()) / squares, 0.0), 1.0) if squares > 0 else 0.0


def _own(right: NDArray[Any]) -> Floats:
    """Returns what is a setting's own on an image, beside its accuracy and the image's difficulty."""
    beside = right - right.mean(axis=0)
    return np.asarray(beside - beside.mean(axis=1, keepdims=True))
