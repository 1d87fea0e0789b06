"""NAME.zip: a study to hand in, as a reports folder of its own with a manifest that vouches for the files.

    manifest.json                       study, digest of its record, SHA-256 of every other file
    NAME/                               the study folder, without what can be made again from the rest
    test-ledger.jsonl                   the looks at its test split
    source/                             the module of a user's own net

write(path, study, digest, files)       the same files, the same bytes
unpack(path, folder)                    the manifest
require_as_packed(folder, manifest)     the files are those of the manifest
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hpsearch.disk import atomic
from hpsearch.disk.forms import checked, read_json_file
from hpsearch.errors import FolderError
from nets.data import DataFileError
from nets.data.archive import unpack as unpack_archive

MANIFEST = "manifest.json"
SOURCE = "source"
_FORMAT = 1
_FORM = {"format": int, "study": str, "digest": str, "files": dict}
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first time that a .zip knows; equal files make equal archives


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself.

    Attributes:
        study: the study's name.
        digest: of its record.
        files: SHA-256 of each other file, by its path in the archive.
    """

    study: str
    digest: str
    files: Mapping[str, str]


def write(path: Path, study: str, digest: str, files: Mapping[str, bytes]) -> Manifest:
    """Writes an archive and returns its manifest.

    Raises:
        FolderError: it cannot be written.
    """
    manifest = Manifest(study, digest, {name: _hash(files[name]) for name in sorted(files)})
    text = json.dumps({"format": _FORMAT, **asdict(manifest)}, indent=1) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in [(MANIFEST, text.encode()), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    atomic.write_bytes(path, buffer.getvalue())
    return manifest


def unpack(path: Path, folder: Path) -> Manifest:
    """Unpacks an archive into an empty folder; nothing lands outside, and nothing is run.

    Raises:
        FolderError: it cannot be read, or is no such archive.
    """
    try:
        unpack_archive(path, folder)
        values = checked(read_json_file(folder / MANIFEST), _FORM)
    except DataFileError as error:
        raise FolderError(str(error)) from error
    except FileNotFoundError as error:
        if not path.exists():
            raise FolderError(f"{path}: there is no such file") from error
        raise FolderError(
            f"{path}: is no archive of 'hpsearch pack'; expected {MANIFEST} at its top"
        ) from error
    except ValueError as error:
        raise FolderError(f"{path}: is no archive of 'hpsearch pack': {MANIFEST}: {error}") from error
    except OSError as error:
        raise FolderError(f"{path}: cannot be unpacked: {error.strerror or error}") from error
    if values["format"] != _FORMAT:
        raise FolderError(f"{path}: of the format {values['format']}; expected {_FORMAT}")
    study = values["study"]
    if (
        study in ("", "..") or Path(study).name != study
    ):  # a path would lead to another folder of this machine
        raise FolderError(f"{path}: {MANIFEST}: study: expected a name, but got {study!r}")
    return Manifest(study, values["digest"], values["files"])


def require_as_packed(folder: Path, manifest: Manifest) -> None:
    """Raises FolderError unless an unpacked archive holds what its manifest lists, and nothing else."""
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()} - {MANIFEST}
    for name in sorted(there | set(manifest.files)):
        if name not in there:
            raise FolderError(f"{name}: is missing")
        if name not in manifest.files:
            raise FolderError(f"{name}: was added after it was packed")
        if _hash((folder / name).read_bytes()) != manifest.files[name]:
            raise FolderError(f"{name}: was changed after it was packed")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
