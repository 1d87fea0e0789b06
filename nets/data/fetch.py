"""Published sets brought into the cache: `fetch` from their addresses, `import_files` from a file or folder.

A download goes on where it broke off, is never longer than published, and counts only with the published
checksum. The set appears in its place whole; who else wants it meanwhile waits for the same lock.
"""

from __future__ import annotations

import hashlib
import http
import http.client
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from nets.data.archive import unpack
from nets.data.errors import DataFileError
from nets.data.places import only_one, put_in_place, raw_folder
from nets.data.published import PUBLISHED, Download
from nets.data.source import RawData

ShowProgress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes that are here, and the bytes that it has."""

BLOCK = 1 << 16
TIMEOUT_SECONDS = 30.0
ATTEMPTS = 20
ATTEMPTS_IN_VAIN = 2


class FetchError(OSError):
    """A file could not be had from its address; the text says what to do instead."""


def fetch(name: str, progress: ShowProgress, downloads: Sequence[Download] | None = None) -> Path:
    """Returns the folder of a published set, after downloading it if it is not there.

    Args:
        name: of the set.
        progress: is told how far each file is.
        downloads: the files; by default those that are published.

    Raises:
        FetchError: a file cannot be had, or is not what was published.
        DataFileError: an archive cannot be unpacked safely.
        OSError: the cache cannot be written.
    """
    place = raw_folder(name)
    with only_one(place) as workspace:
        if place.is_dir():
            return place
        parts = place.with_name(f".{name}.download")
        parts.mkdir(exist_ok=True)
        finished = workspace / "finished"
        finished.mkdir()
        for item in PUBLISHED[name] if downloads is None else downloads:
            download(item, parts / item.name, progress, place)
            if item.unpack:
                unpack(parts / item.name, finished)
            else:
                shutil.copyfile(parts / item.name, finished / item.name)
        put_in_place(finished, place)
        shutil.rmtree(parts)
    return place


def download(item: Download, file: Path, progress: ShowProgress, place: Path) -> None:
    """Makes `file` the published one, from the bytes of it that are already there.

    Raises:
        FetchError: it cannot be had.
    """
    reason, in_vain = "", 0
    for _ in range(ATTEMPTS):
        had = size_of(file)
        if had != item.size:
            reason = transfer(item, file, progress)
        if size_of(file) == item.size:
            if has_checksum(file, item.checksum):
                return
            file.unlink()
            reason = f"what it sends has not the checksum {item.checksum}"
        in_vain = in_vain + 1 if size_of(file) <= had else 0
        if in_vain == ATTEMPTS_IN_VAIN:
            break
    by_hand = "unpack it into" if item.unpack else "put it into"
    raise FetchError(f"{item.url}: {reason}. Download it by hand and {by_hand} {place}")


def size_of(file: Path) -> int:
    """Returns the bytes of a file, 0 if it is not there."""
    return file.stat().st_size if file.exists() else 0


def transfer(item: Download, file: Path, progress: ShowProgress) -> str:
    """Appends to `file` what the server sends; returns why it ended before the whole was there, or "".

    A file that turns out longer than published, or to have another beginning, is removed.
    """
    start = size_of(file)
    headers = {"User-Agent": "hpsearch", "Accept-Encoding": "identity"} | (
        {"Range": f"bytes={start}-"} if start else {}
    )
    try:
        request = urllib.request.Request(item.url, headers=headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
            return store(response, item, file, progress, append=goes_on and start > 0)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            file.unlink(missing_ok=True)
        return f"the server says {error.code} {error.reason}"
    except urllib.error.URLError as error:
        return f"no connection ({error.reason})"
    except (http.client.HTTPException, ssl.SSLError, ConnectionError, TimeoutError) as error:
        return f"the connection broke off ({error or type(error).__name__})"


def store(
    response: http.client.HTTPResponse, item: Download, file: Path, progress: ShowProgress, append: bool
) -> str:
    """Writes what the server sends; returns why that is not the whole file, or ""."""
    with file.open("ab" if append else "wb") as target:
        while block := response.read(BLOCK):
            target.write(block)
            progress(item.name, target.tell(), item.size)
            if target.tell() > item.size:
                break
        received = target.tell()
    if received > item.size:
        file.unlink()
        return f"it sends more than the {item.size} bytes that were published"
    return "" if received == item.size else f"it ended after {received} of {item.size} bytes"


def has_checksum(file: Path, checksum: str) -> bool:
    """Returns whether a file has a checksum "md5:..." or "sha256:..."."""
    algorithm, _, expected = checksum.partition(":")
    with file.open("rb") as stream:
        return (
            hashlib.file_digest(stream, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
            == expected
        )


def import_files(name: str, path: Path, read: Callable[[Path], RawData]) -> RawData:
    """Brings a set that was downloaded by hand into the cache; what was there of that set is replaced.

    Args:
        name: of the set.
        path: the folder of its files, or its archive.
        read: reads the set from a folder; only if that succeeds the files that it read are copied, or an
            archive is in the cache.

    Returns:
        what was read.

    Raises:
        DataFileError: a file is damaged, or has the name but not the checksum of a published one.
        OSError: something cannot be read or written.
    """
    place = raw_folder(name)
    with only_one(place) as workspace:
        finished = workspace / "finished"
        if path.is_dir():
            raw = read(path)
            copy_files(raw.files, path, finished)
        else:
            check_published(name, path)
            unpack(path, finished)
            raw = read_unpacked(path, finished, read)
        put_in_place(finished, place)
    return raw


def copy_files(files: Sequence[Path], folder: Path, target: Path) -> None:
    """Copies files that lie below `folder` to the same places below `target`."""
    for file in dict.fromkeys(files):
        copied = target / file.relative_to(folder)
        copied.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as source, copied.open("wb") as written:
            shutil.copyfileobj(source, written)  # copyfile would name the source as what a full disk ails


def read_unpacked(archive: Path, folder: Path, read: Callable[[Path], RawData]) -> RawData:
    """Returns what an archive holds that was unpacked into a folder.

    Raises:
        DataFileError: a file is damaged or absent; its path is that in the archive.
    """
    try:
        return read(folder)
    except DataFileError as error:
        raise DataFileError(archive / Path(error.path).relative_to(folder), error.reason) from error
    except FileNotFoundError as error:
        raise DataFileError(archive / Path(error.filename).relative_to(folder), "is not there") from error


def check_published(name: str, path: Path) -> None:
    """Refuses a file that has the name of a published one and not its checksum, or is but one of several.

    Raises:
        DataFileError: it has not, or is.
    """
    files = [item.name for item in PUBLISHED[name]]
    if path.name in files and len(files) > 1:
        raise DataFileError(path, f"is one of several files; expected the folder of {', '.join(files)}")
    for item in PUBLISHED[name]:
        if item.name == path.name and not has_checksum(path, item.checksum):
            raise DataFileError(path, f"has not the published checksum {item.checksum}: download it again")
