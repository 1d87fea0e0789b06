"""The source `own`: data that a training function brings itself, of which a study knows `num_val` alone.

The rest of the search asks for splits, so empty examples stand for them; nobody looks at these.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hpsearch.words import counted
from nets.data import Labelled, RawData, Source, SplitSettings

OWN_DATA = "own"
_N_TRAIN = 2  # as few as two classes need
_MOST_VAL = 10_000_000  # each has an example without content


def read_nothing(path: Path, settings: SplitSettings) -> RawData:
    """Returns as many examples without content as the settings name."""
    n = _N_TRAIN + (settings.num_val or 0)
    return RawData(Labelled(np.zeros((n, 1), np.uint8), np.arange(n) % 2), None, ("0", "1"))


SOURCE = Source(
    name=OWN_DATA,
    summary="data that your training function reads itself; num_val says how many examples validate",
    read=read_nothing,
    locate=lambda settings: None,
    takes_path=False,
    num_val=0,
    num_test=0,
    stratified=False,
    stands_in=True,
)


def source_in_words(source: str) -> str:
    """Returns a source as sentences name it."""
    return "its own data" if source == OWN_DATA else source


def example_noun(source: str) -> str:
    """Returns what one example of a source is called."""
    return "example" if source == OWN_DATA else "image"


def splits_in_words(source: str, num_train: int, num_val: int) -> str:
    """Returns how much trains and validates, so far as it is known."""
    if source == OWN_DATA:
        return counted(num_val, "validation example")
    return f"{num_train} training and {counted(num_val, 'validation image')}"


def check(num_val: int | None) -> None:
    """Raises ValueError unless it is known how many examples validate: noise is judged by that."""
    if num_val is None:
        raise ValueError(
            "num_val: missing; expected how many validation examples an accuracy of the function counts, by "
            "which noise is judged"
        )
    if num_val > _MOST_VAL:
        raise ValueError(f"num_val: expected at most {_MOST_VAL} validation examples, but got {num_val}")
