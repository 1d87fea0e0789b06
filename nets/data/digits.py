"""The 1797 handwritten digits that come with scikit-learn: 8 x 8 pixels, values 0 to 16.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nets.data.source import Labelled, RawData, Source

if TYPE_CHECKING:
    from nets.data.settings import SplitSettings


def read_digits(path: Path, settings: SplitSettings) -> RawData:
    """Returns all digits as images (1797, 1, 8, 8) uint8; neither argument matters."""
    from sklearn.datasets import load_digits  # takes a second and 100 MB: only where the cache is built

    digits = load_digits()
    images = digits.images.astype(np.uint8)[:, np.newaxis]
    names = tuple(str(name) for name in digits.target_names)
    return RawData(Labelled(images, digits.target.astype(np.int64)), None, names, value_range=(0.0, 16.0))


DIGITS = Source(
    name="digits",
    summary="1797 handwritten digits of 8 x 8 pixels in 10 classes; comes with scikit-learn",
    read=read_digits,
    locate=lambda settings: None,
    takes_path=False,
    num_val=500,
    num_test=500,
)
