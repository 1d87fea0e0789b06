"""What a source of data is: a name, its defaults, and a function that reads all of it.

`Source.read(path, settings)` returns `RawData`; everything after that (splitting, caching, preprocessing)
is the same for all sources.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nets.data.settings import SplitSettings


@dataclass(frozen=True)
class Labelled:
    """Examples with their classes.

    Attributes:
        x: images (N, C, H, W) or rows of features (N, D); uint8, float32 or float64.
        y: classes, (N,) int64, from 0.
    """

    x: NDArray[Any]
    y: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.y)

    def take(self, indices: NDArray[np.intp]) -> Labelled:
        """Returns the examples at `indices`, fresh, in that order."""
        return Labelled(self.x[indices], self.y[indices])


@dataclass(frozen=True)
class RawData:
    """All that a source holds, before it is split.

    Attributes:
        pool: the examples for training and validation, and for the test split too where `test` is None.
        test: the test split that the set was published with.
        class_names: one name a class.
        value_range: the smallest and largest value that can occur, or None where only the data can tell.
        files: what was read, of a set whose files lie in a folder; whatever else lies there is no part of it.
    """

    pool: Labelled
    test: Labelled | None
    class_names: tuple[str, ...]
    value_range: tuple[float, float] | None = (0.0, 255.0)
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Source:
    """A named kind of data.

    Attributes:
        name: what study files call it.
        summary: one line for people.
        read: (path, settings) -> RawData.
        locate: settings -> the file or folder to read; for data that comes with a package None, and `read` is
            given an empty path.
        takes_path: whether the setting `path` may be given.
        needs_path: whether it must be given.
        takes_label: whether the setting `label` may be given.
        num_val: images of the validation split by default; a float is a fraction of the pool.
        num_test: images of the test split by default, the same; unused where the set has a test split.
        stratified: whether the splits are stratified by default.
        stands_in: whether its examples are without content, in the place of some that nobody else knows.
    """

    name: str
    summary: str
    read: Callable[[Path, SplitSettings], RawData]
    locate: Callable[[SplitSettings], Path | None]
    takes_path: bool = True
    needs_path: bool = False
    takes_label: bool = False
    num_val: float = 0.2
    num_test: float = 0.2
    stratified: bool = True
    stands_in: bool = False
