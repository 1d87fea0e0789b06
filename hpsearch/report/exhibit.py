"""What the page shows: figures with everything that is said about them."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Exhibit:
    """One figure with everything that is said about it.

    Attributes:
        name: file name and id, [a-z0-9-].
        title: what is shown, a few words.
        caption: how to read it; plain text.
        alt: what those who do not see it should know.
        draw: makes its figure; can be pickled, since another process may draw it. That of a wide one takes a
            `size` too.
        data: the numbers behind it, None where they are columns of the table of trials.
        shows: the columns of the trials that it shows, x before y; "epoch" and "spent" (all epochs up to a
            trial) are columns here too.
        ruled: whether the page must know where its units lie.
        wide: whether it spans the page.
        data_note: what the data have beside it; plain text, for where they are shown too.
    """

    name: str
    title: str
    caption: str
    alt: str
    draw: Callable[..., Figure]
    data: pd.DataFrame | None = None
    shows: tuple[str, ...] = ()
    ruled: bool = False
    wide: bool = False
    data_note: str = ""


@dataclass(frozen=True)
class Section:
    """Exhibits that answer one question.

    Attributes:
        name: its id.
        title: a few words.
        exhibits: what it shows.
        note: what is to be known of all of them; plain text.
    """

    name: str
    title: str
    exhibits: tuple[Exhibit, ...]
    note: str = ""
