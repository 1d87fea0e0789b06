"""A study as one archive to hand in: what `verify` needs to check it, and the page to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hpsearch.disk import lines, package
from hpsearch.disk.folder import LEDGER, StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.ledger import read_looks
from hpsearch.disk.package import SOURCE, Manifest
from hpsearch.errors import CallError, FolderError
from hpsearch.records import TrialRecord, digest
from hpsearch.results.winner import find_winner
from hpsearch.study.owncode import files_of, sources_of
from hpsearch.study.study import Study
from hpsearch.words import listed
from hpsearch.worker import environment


@dataclass(frozen=True)
class Packed:
    """What was packed.

    Attributes:
        manifest: what the archive says of itself.
        n_trials: recorded trials.
        n_looks: looks at the test split.
    """

    manifest: Manifest
    n_trials: int
    n_looks: int


def pack(study: Study, folder: StudyFolder, path: Path, *, source: bool = True) -> Packed:
    """Packs a study, in whose folder nobody writes meanwhile, into an archive.

    Args:
        study, folder: the study.
        path: of the archive.
        source: whether the files of a user's own net are packed too, for which it is imported.

    Raises:
        NothingYetError: no trial is complete.
        CallError: code of the study's own is not as in any run of the study.
        FolderError: something cannot be read or written.
    """
    winner = find_winner(folder)
    identity = Identity.read(folder.identity_file)
    if identity is None:
        raise FolderError(f"{folder.identity_file}: is missing, so that nobody could check the study")
    records = read_records(folder.journal)
    files = [file for file in _files(folder, records, winner) if file.exists()]
    found = {f"{folder.name}/{file.relative_to(folder.path).as_posix()}": _content(file) for file in files}
    found[f"{folder.name}/{folder.journal.name}"] = lines.whole(folder.journal)
    looks = [look for look in read_looks(folder.ledger) if look.split == identity.data.test_hash]
    found[LEDGER] = "".join(f"{json.dumps(asdict(look))}\n" for look in looks).encode()
    if source:
        _require_code_of_a_run(study, identity)
        for kind in study.code:
            found |= {f"{SOURCE}/{name}": text.encode() for name, text in files_of(kind).items()}
    manifest = package.write(path, folder.name, digest(records), found)
    return Packed(manifest, len(records), len(looks))


def _files(folder: StudyFolder, records: Sequence[TrialRecord], winner: TrialRecord) -> Iterator[Path]:
    """Yields what a study folder may hold that cannot be made again, and the page."""
    yield from (folder.study_file, folder.identity_file, folder.journal, *folder.later_files, folder.page)
    yield folder.fresh_results_file
    yield folder.trial(winner.number).weights
    for record in records:
        if record.state != "failed":
            yield folder.trial(record.number).layers
        if record.state in ("complete", "pruned"):
            yield folder.trial(record.number).hits


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FolderError(f"{file}: cannot be read: {error.strerror or error}") from error


def _require_code_of_a_run(study: Study, identity: Identity) -> None:
    """Raises CallError unless the code of the user's own is as in one of the runs."""
    now = {kind: environment.source_hash(sources_of(kind)) for kind in study.code}
    if any(now.items() <= one.items() for one in identity.environments):
        return
    last = identity.environments[-1]
    changed = [kind for kind in now if now[kind] != last.get(kind)]
    raise CallError(
        f"{listed(changed)}: was changed since the study's last run, so that nobody could train its trials "
        f"again; put it back"
    )
