"""How much luck pruning left in the trials that ran to their end.

luck_left(hits, is_complete, later, rng)   by how much their accuracies later are too high

A pruner chooses by the same images that the winner is judged by: of trials that are equally good, those
go on that had luck early, and what an early net got right by luck a later one often gets right too. The
complete trials alone cannot show that: on any of the images they are the chosen ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.hits import Hits
from hpsearch.results.kept_luck import share_kept
from hpsearch.results.selection import luck_of_best_few
from hpsearch.strata import Classes

N_SAMPLES = 200
MAX_EPOCHS = 12
"""Of more epochs in which trials were pruned so many are looked at, evenly."""


def luck_left(
    hits: Sequence[Hits],
    is_complete: Sequence[bool],
    later: Mapping[int, NDArray[Any]],
    rng: np.random.Generator,
    classes: Classes | None = None,
) -> float | None:
    """Returns by how much the complete trials are too good later since pruning chose them.

    In each epoch in which trials were pruned: the luck of as many as ran to their end, the best ones then of
    all that got so far, times the share of such luck that is still there later. The greatest of these is
    taken, since later choices are among those whom earlier ones had chosen.

    Args:
        hits: of each trial that is complete or pruned what each of its epochs got right, (epochs, n_images).
        is_complete: which of them ran to their end.
        later: of some complete ones, by their places in hits, what they get right later: in a certain epoch,
            bool, or of fresh seeds the share that does; (n_images,).
        rng: draws the bootstrap samples.
        classes: of the images, if these have each class in proportion.

    Returns:
        A fraction from 0 to 1; None where there are not two in `later` to tell a share.
    """
    ends = {len(one) - 1 for one, is_whole in zip(hits, is_complete, strict=True) if not is_whole}
    found = 0.0
    for epoch in _evenly(sorted(ends), MAX_EPOCHS):
        both = [place for place in later if len(hits[place]) > epoch]
        if len(both) < 2:
            return None
        known = np.array([one[epoch] for one in hits if len(one) > epoch])
        n_few = sum(is_whole and len(one) > epoch for one, is_whole in zip(hits, is_complete, strict=True))
        before = np.array([hits[place][epoch] for place in both])
        share = share_kept(before, np.array([later[place] for place in both]))
        found = max(found, share * luck_of_best_few(known, n_few, rng, N_SAMPLES, classes))
    return found


def _evenly(epochs: Sequence[int], at_most: int) -> list[int]:
    """Returns so many of the epochs, the first and the last included, or all of them."""
    places = np.linspace(0, len(epochs) - 1, min(len(epochs), at_most)).round().astype(int)
    return [epochs[place] for place in np.unique(places)]
