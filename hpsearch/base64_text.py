"""Bytes of the validation images, as text in files for people and JSON.

encoded(content)           the text
decoded(what, text, ...)   the bytes, or one line that says what is wrong
"""

from __future__ import annotations

import base64
import binascii


def encoded(content: bytes) -> str:
    """Returns bytes in base64."""
    return base64.b64encode(content).decode()


def decoded(what: str, text: str, n_bytes: int, n_images: int) -> bytes:
    """Returns the bytes of a text that `encoded` returned.

    Args:
        what: the name of what they say of images.
        text: in base64.
        n_bytes: how many there must be.
        n_images: of so many images.

    Raises:
        ValueError: the text is no base64, or of another number of bytes.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{what}: expected base64, but got {text[:40]!r}") from error
    if len(content) != n_bytes:
        raise ValueError(f"{what}: expected those of {n_images} images, but got {len(content)} bytes")
    return content
