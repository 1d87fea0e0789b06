"""Validation hits: for each image whether a net got it right, as bits, for paired comparisons."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hpsearch import npy
from hpsearch.base64_text import decoded, encoded

Hits = NDArray[np.bool_]


def pack(hits: Hits) -> str:
    """Returns hits, (N,), as text: eight to a byte, the first in the highest bit, in base64.

    >>> pack(np.array([True, False, False, True]))
    'kA=='
    >>> unpack("kA==", 4)
    array([ True, False, False,  True])
    """
    return encoded(np.packbits(hits).tobytes())


def unpack(text: str, n_images: int) -> Hits:
    """Returns the hits that `pack` was given, (n_images,).

    Raises:
        ValueError: the text is not that of so many hits.
    """
    content = decoded("hits", text, (n_images + 7) // 8, n_images)
    return np.unpackbits(np.frombuffer(content, np.uint8), count=n_images).astype(bool)


def discordant(one: str, other: str) -> tuple[int, int]:
    """Returns how many images only the one, and only the other, got right; both as `pack` gives them.

    >>> discordant(pack(np.array([True, True, False])), pack(np.array([True, False, False])))
    (1, 0)
    """
    first, second = (int.from_bytes(base64.b64decode(text)) for text in (one, other))
    return (first & ~second).bit_count(), (second & ~first).bit_count()


def to_file(hits: Sequence[Hits]) -> bytes:
    """Returns the hits of each epoch, (N,) each, as the content of a .npy file of bits, an epoch a row."""
    return npy.to_content(np.packbits(np.array(hits, bool), axis=1))


def from_file(content: bytes, n_images: int) -> Hits:
    """Returns the hits that `to_file` was given, (epochs, n_images).

    Raises:
        ValueError: the content is not that of so many hits an epoch.
    """
    packed = npy.from_content(content)
    if packed.ndim != 2 or packed.dtype != np.uint8 or packed.shape[1] != (n_images + 7) // 8:
        raise ValueError(
            f"expected bits of {n_images} images an epoch, but got {packed.dtype} of the shape {packed.shape}"
        )
    return np.unpackbits(packed, axis=1, count=n_images).astype(bool)
