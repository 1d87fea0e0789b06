"""Where data lies, and how a folder gets there whole and once: `cache_root`, `only_one`, `put_in_place`.

`expanded` reads paths as people write them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nets import locks


def cache_root() -> Path:
    """Returns the folder of the cache: HPSEARCH_DATA, or the platform's user cache.

    Raises:
        FileNotFoundError: there is none, since this account has no home folder, as in some containers.
    """
    given = os.environ.get("HPSEARCH_DATA")
    if given:
        return expanded(given)
    from platformdirs import user_cache_path

    try:
        return user_cache_path("hpsearch").expanduser()  # old releases of platformdirs leave a ~ in it
    except RuntimeError as error:
        raise FileNotFoundError(
            "this account has no home folder to keep data sets in; set HPSEARCH_DATA to a folder, or HOME"
        ) from error


def expanded(path: str) -> Path:
    """Returns a path as an absolute one: from the current folder, or from a home folder if it begins with ~.

    Raises:
        FileNotFoundError: there is no such home folder.
    """
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise FileNotFoundError(f"{path}: there is no such home folder") from error


def raw_folder(name: str) -> Path:
    """Returns the folder of the cache for the files of a published set."""
    return cache_root() / "raw" / name


@contextmanager
def only_one(place: Path) -> Iterator[Path]:
    """Gives a fresh empty folder beside `place` to the one process that holds the lock of the place.

    What killed processes left behind is removed; the kernel drops a dead owner's lock.

    Raises:
        OSError: the place cannot be made; the text says what would name another one.
    """
    with _open_lock(place) as lock:
        locks.lock(lock)
        for left_over in place.parent.glob(f".{place.name}.*.tmp"):
            shutil.rmtree(left_over)
        with tempfile.TemporaryDirectory(".tmp", f".{place.name}.", place.parent) as workspace:
            try:
                yield Path(workspace)
            except OSError as error:
                if error.errno is None or error.filename is not None:
                    raise
                raise _cannot_be_kept(place, error) from error  # as at a full disk


def _open_lock(place: Path) -> TextIO:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        return (place.parent / f".{place.name}.lock").open("a")
    except OSError as error:
        raise _cannot_be_kept(place, error) from error


def _cannot_be_kept(place: Path, error: OSError) -> OSError:
    reason = (
        f"cannot be written: {error.strerror or error}; HPSEARCH_DATA may name another folder for data sets"
    )
    return OSError(error.errno, reason, str(place))


def put_in_place(finished: Path, place: Path) -> None:
    """Renames the folder `finished`, which lies in a workspace of `only_one`, to `place`.

    A folder that was there goes into the workspace and disappears with it.
    """
    if place.exists():
        place.rename(finished.with_name("replaced"))
    finished.rename(place)
