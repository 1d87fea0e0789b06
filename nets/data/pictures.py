"""Image files to arrays: PNG and JPEG by Pillow, all of one size, grey or in colour.

Pixels come as they are stored: EXIF orientation is not applied, as by torchvision's `ImageFolder`, so that
the same files stay the same data. Transparent ones are refused: the colours that are stored for them, which
nobody sees, would be the data.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nets.data.errors import DataFileError
from nets.data.files import damage_named, most_bytes, one_line

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg")
MAX_SIDE = 1024
ALWAYS_ALLOWED = 2 << 30  # bytes of all images: drawings of few colours grow more than hundredfold
GREY_MODES = ("1", "L", "LA", "La")


@contextmanager
def opened(path: Path) -> Iterator[Image]:
    """Opens an image file; its pixels are decoded when they are asked for.

    Raises:
        DataFileError: it is no sound PNG or JPEG, too large, or of 16 bits a pixel.
        OSError: it cannot be read.
    """
    from PIL import Image

    try:
        with (
            damage_named(path),
            warnings.catch_warnings(action="error"),
            Image.open(path, formats=("PNG", "JPEG")) as picture,
        ):
            check_kind(path, picture)
            yield picture
    except (OSError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DataFileError(path, f"is no sound PNG or JPEG image ({one_line(error)})") from error


def check_kind(path: Path, picture: Image) -> None:
    """Raises DataFileError if an image has too many pixels, or pixels of more than 8 bits."""
    if max(picture.size) > MAX_SIDE:
        raise DataFileError(
            path, f"is an image of {picture.size} pixels, but a side may have {MAX_SIDE} at most"
        )
    if picture.mode.startswith(("I", "F")):
        raise DataFileError(
            path, f"is an image of mode {picture.mode}; save it with 8 bits a pixel and channel"
        )


def is_grey(path: Path) -> bool:
    """Returns whether an image file has no colours.

    Raises:
        DataFileError: it is no sound image.
    """
    with opened(path) as picture:
        return picture.mode in GREY_MODES


def read_pictures(paths: Sequence[Path], grey: bool) -> NDArray[np.uint8]:
    """Returns the images (N, C, H, W) of the files; grey ones are given three equal channels unless all are.

    Args:
        paths: at least one file.
        grey: whether to return one channel.

    Raises:
        DataFileError: a file is no sound image, or its size is not that of the first.
        OSError: something cannot be read.
    """
    first = read_picture(paths[0], grey)
    n_bytes = first.nbytes * len(paths)
    allowed = max(ALWAYS_ALLOWED, most_bytes(sum(path.stat().st_size for path in paths)))
    if n_bytes > allowed:
        raise DataFileError(
            paths[0].parent, f"its images unpack to {n_bytes} bytes, more than {allowed}: make them smaller"
        )
    images = np.empty((len(paths), *first.shape), np.uint8)
    for image, path in zip(images, paths, strict=True):
        pixels = read_picture(path, grey)
        if pixels.shape != first.shape:
            sizes = f"{pixels.shape[1:]} pixels (height, width), but {paths[0]} has {first.shape[1:]}"
            raise DataFileError(path, f"has {sizes}")
        image[:] = pixels
    return images


def read_picture(path: Path, grey: bool) -> NDArray[np.uint8]:
    """Returns one image (C, H, W).

    Raises:
        DataFileError: it is no sound image, or transparent somewhere.
    """
    with opened(path) as picture:
        if picture.has_transparency_data:
            picture = opaque(path, picture)
        pixels = np.asarray(picture.convert("L" if grey else "RGB"))
    return pixels[np.newaxis] if grey else np.moveaxis(pixels, -1, 0)


def opaque(path: Path, picture: Image) -> Image:
    """Returns an image that may be transparent without its transparency.

    Raises:
        DataFileError: a pixel is transparent.
    """
    picture = picture.convert("RGBA")
    if picture.getextrema()[-1] != (255, 255):
        raise DataFileError(
            path, "has transparent pixels; expected images that are laid on a background of your choice"
        )
    return picture
