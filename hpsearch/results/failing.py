"""Fresh seeds on which a net did not learn, and what it leaves open that all of one trial did.

n_unlearned(right, searched, chance)   on how many seeds a setting did not learn
share_left_open(n_seeds, n_settings)   which share of its seeds may fail although none did
unlearned_in_words(finalists)          both in a sentence, where a net did not learn

An interval over seeds knows of no failure that none of them had: where one seed in eight ends at chance, five
good ones tell half a point around what the good ones reach (tests/benchmarks/README.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpsearch.hits import Hits
from hpsearch.results.illness import HALF, chance_level
from hpsearch.results.stats import LEVEL
from hpsearch.words import listed

if TYPE_CHECKING:
    import pandas as pd


def n_unlearned(right: Hits, searched: float, chance: float) -> int:
    """Returns on how many seeds a setting got less than half of the way from chance to its accuracy before.

    None where half of the way is no more than nets reach that have learned nothing.

    Args:
        right: whether seed s was right on image i, (n_seeds, n_images) bool; nothing where it diverged.
        searched: the setting's accuracy in the search.
        chance: the accuracy of who always names the commonest class.
    """
    mark = chance + HALF * (searched - chance)
    return int((right.mean(axis=1) < mark).sum()) if mark > chance_level(chance, right.shape[1]) else 0


def share_left_open(n_seeds: int, n_settings: int) -> float:
    """Returns up to which share of a setting's seeds may fail, though none did of so many, with 95 %.

    Shared out over the settings (Bonferroni), of which the one that is taken is likely one without failures.

    Source: Clopper and Pearson 1934, for none of n; 3 / n where n is large and the setting one.
    """
    return float(1 - ((1 - LEVEL) / n_settings) ** (1 / n_seeds))


def unlearned_in_words(finalists: pd.DataFrame) -> str:
    """Returns how many nets of a race did not learn, and what that says of the trial that is taken.

    Args:
        finalists: as `finalists_frame` makes them.

    Returns:
        A sentence or two; "" where all learned.
    """
    failed = finalists[finalists["unlearned"] > 0]
    if failed.empty:
        return ""
    taken = finalists[finalists["taken"]].iloc[0]
    pairs = zip(failed["unlearned"], failed["number"], strict=True)
    whose = listed(f"{n} of trial {number}" for n, number in pairs)
    told = f"{failed['unlearned'].sum()} of {finalists['n_seeds'].sum()} nets did not learn ({whose})"
    n_seeds, trial = int(taken["n_seeds"]), f"trial {taken['number']}"
    if taken["unlearned"]:
        return f"{told}; mean and interval of {trial} count its own in."
    share = share_left_open(n_seeds, len(finalists))
    return (
        f"{told}. All {n_seeds} of {trial} did, which leaves open that up to {100 * share:.0f}\u00a0% of its"
        " seeds fail."
    )
