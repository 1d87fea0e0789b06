"""The 1797 handwritten digits that come with scikit-learn: 8 x 8 pixels, values 0 to 16.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from nets.data.source import Labelled, RawData


def read_digits() -> RawData:
    """Returns all digits as images (1797, 1, 8, 8) uint8."""
    digits = load_digits()
    images = digits.images.astype(np.uint8)[:, np.newaxis]
    names = tuple(str(name) for name in digits.target_names)
    return RawData(Labelled(images, digits.target.astype(np.int64)), None, names, value_range=(0.0, 16.0))
