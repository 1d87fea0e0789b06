"""An archive that was handed in, or a study folder: does what it says hold?

Files, record, hits and ledger are checked against each other; then the winner's weights are asked, sampler
and pruner too, and the winner, a few drawn trials and nets of `confirm` and `answer` are trained again. The
first guards against accidents, since who changes a file can change its hash too. The last is evidence: what
was made up does not come out again. No code of the archive is run, unless the caller says so.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hpsearch.checks import claims, made_again
from hpsearch.checks.claims import Claimed
from hpsearch.checks.later_claims import check_later
from hpsearch.checks.made_again import Draw, UncheckedError
from hpsearch.checks.pack import pack
from hpsearch.disk import atomic, package
from hpsearch.disk.folder import StudyFolder, named
from hpsearch.errors import (
    CallError,
    DataError,
    FolderError,
    HpsearchError,
    NothingYetError,
    UnwritableError,
    WorkerDiedError,
)
from hpsearch.results.winner import no_winner_yet
from hpsearch.search.identity import describe
from hpsearch.study import studyfile
from hpsearch.study.owncode import is_own
from hpsearch.study.prepared import prepare_data
from hpsearch.study.study import Study
from hpsearch.words import counted, listed


@dataclass(frozen=True)
class Terms:
    """How an archive is checked.

    Attributes:
        n_drawn: how many trials are trained again beside the winner.
        draw: seed of the draw; None for that of the archive's own hash, which depends on all that is in it.
        data: where the study's data lies here, if not where the study file says.
        run_code: whether the module of a user's own net, which is in the archive (for a folder: here), may be
            run.
        test: whether the fresh seeds of its looks at the test split are trained again too.
        jobs: processes that train these.
    """

    n_drawn: int
    draw: int | None = None
    data: str | None = None
    run_code: bool = False
    test: bool = False
    jobs: int = 1


@dataclass(frozen=True)
class Verdict:
    """What is left of an archive's claims.

    Attributes:
        holds: what was checked and found right, a phrase each.
        broken: the first thing that is not right; "" if nothing was found.
        unchecked: what could not be checked here, and why; "" if all was.
    """

    holds: tuple[str, ...]
    broken: str = ""
    unchecked: str = ""

    @property
    def is_good(self) -> bool:
        """Whether trials were trained again and nothing was found wrong."""
        return not self.broken and not self.unchecked


_FAILURES_HERE = (UnwritableError, WorkerDiedError, DataError)
"""What this machine lacks, of which nobody is to be blamed who hands something in."""


def verify(path: Path, terms: Terms) -> Verdict:
    """Checks an archive of 'hpsearch pack', or a study folder as it would be packed, which is only read.

    Raises:
        CallError: it is a folder without a study, or code of its own cannot be imported here or was changed.
        FolderError: it cannot be read, or is no such archive.
        NothingYetError: it is a folder in which no trial is complete yet.
    """
    if not path.is_dir():
        return _verify_archive(path, terms)
    StudyFolder(path).require()
    with tempfile.TemporaryDirectory(prefix="hpsearch-") as scratch:
        copy = _copied(StudyFolder(named(path)), Path(scratch))
        if not copy.journal.exists():
            return Verdict((), broken=f"{copy.journal.name} is missing")
        try:
            study = studyfile.load_resolved(copy.study_file, copy.name)
        except HpsearchError as error:
            return Verdict((), broken=str(error).replace(f"{scratch}/", ""))
        try:
            archive = _packed(study, copy, Path(scratch), terms)
        except (UnwritableError, CallError):  # of the disk, or of code of one's own as it is here
            raise
        except NothingYetError:  # nothing is wrong, and the error names the copy
            raise no_winner_yet(StudyFolder(path)) from None
        except HpsearchError as error:
            return Verdict((), broken=str(error).replace(f"{scratch}/", ""))
        found = _verify_archive(archive, terms)
        return replace(found, holds=found.holds[1:])  # of a folder it says nothing that files are as packed


def _copied(folder: StudyFolder, scratch: Path) -> StudyFolder:
    """Copies a study folder, beside a copy of its ledger.

    What tells of the record is copied before it, and the record before what its trials left: that was there
    before their lines.

    Raises:
        FolderError: something cannot be copied, as where the disk is full: no fault of the study.
    """
    copy = StudyFolder(scratch / folder.name)
    first = (*folder.later_files, folder.journal)
    left_out = (*(file.name for file in first), folder.lock_file.name, folder.figures.name, "*.tmp")
    _copy(folder.ledger, copy.ledger)
    for file in first:
        _copy(file, copy.path / file.name)
    try:
        shutil.copytree(
            folder.path,
            copy.path,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns(*left_out),
            copy_function=_copy,
        )
    except OSError as error:
        raise FolderError(f"{folder.path}: cannot be copied: {_first_cause(error)}") from error
    return copy


def _copy(source: str | Path, target: str | Path) -> None:
    """Copies a file, unless it is gone: a search that goes on removes checkpoints and weights.

    Raises:
        FolderError: it cannot be copied; `copytree` would go on after an OSError and tell all of them.
    """
    try:
        content = Path(source).read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise FolderError(f"{source}: cannot be read: {error.strerror or error}") from error
    atomic.make_folder(Path(target).parent)
    atomic.write_bytes(Path(target), content)


def _first_cause(error: OSError) -> str:
    """Returns what the system says of an error, or of the first of those that `copytree` found."""
    if isinstance(error, shutil.Error):
        source, _, said = error.args[0][0]
        return f"{source}: {said}"
    return error.strerror or str(error)


def _packed(study: Study, copy: StudyFolder, scratch: Path, terms: Terms) -> Path:
    """Packs the copy of a study folder; returns the archive."""
    archive = scratch / f"{copy.name}.zip"
    pack(study, copy, archive, source=terms.run_code)
    return archive


def _verify_archive(path: Path, terms: Terms) -> Verdict:
    holds: list[str] = []
    with tempfile.TemporaryDirectory(prefix="hpsearch-") as scratch:
        folder = Path(scratch)
        manifest = package.unpack(path, folder)
        own_hash = int(hashlib.sha256(path.read_bytes()).hexdigest()[:8], 16)
        draw = Draw(own_hash if terms.draw is None else terms.draw, terms.n_drawn)
        try:
            for phrase in _what_holds(folder, manifest, terms, draw):
                holds.append(phrase)
        except UncheckedError as error:
            return Verdict(tuple(holds), unchecked=str(error))
        except _FAILURES_HERE as error:
            return Verdict(tuple(holds), unchecked=f"the rest could not be checked here: {error}")
        except HpsearchError as error:
            return Verdict(tuple(holds), broken=str(error).replace(f"{folder}/", ""))
    return Verdict(tuple(holds))


def _what_holds(folder: Path, manifest: package.Manifest, terms: Terms, draw: Draw) -> Iterator[str]:
    """Yields what is checked and found right, from what is cheap to what is dear.

    Raises:
        HpsearchError: the next thing does not hold.
        UncheckedError: it cannot be checked here.
    """
    package.require_as_packed(folder, manifest)
    claimed = claims.read(folder, manifest)
    claims.check_params(claimed)
    claims.check_hits(claimed)
    claims.check_layers(claimed)
    looks, n_others = claims.check_ledger(claimed)
    later = check_later(claimed)
    yield f"{counted(len(manifest.files), 'file')} as packed"
    yield f"{counted(len(claimed.records), 'trial')}, digest {manifest.digest[:8]}"
    yield _looks_in_words(len(looks), n_others)
    if later:
        yield f"{listed(later)} of this record"
    _refuse_code(claimed, terms)
    claimed = _with_data(claimed, terms.data)
    with _own_module(folder / package.SOURCE, claimed):
        yield _check_data(claimed)
        if not is_own(claimed.study.net_kind):
            yield made_again.check_weights(claimed)
        yield made_again.ask_again(claimed, draw)
        yield made_again.train_again(claimed, draw)
        yield from made_again.confirm_again(claimed, draw)
        yield from made_again.answer_again(claimed, draw)
        if terms.test and looks:
            yield made_again.look_again(claimed, looks, terms.jobs)


def _looks_in_words(n_own: int, n_others: int) -> str:
    """Returns how often its ledger says that a study looked at the test split, and others at the same one.

    Who tests many studies on one split and hands in the best has chosen by it.
    """
    own = (
        f"{counted(n_own, 'look')} at the test split in its ledger" if n_own else "no look at the test split"
    )
    return f"{own}, and {counted(n_others, 'look')} of other studies at the same images" if n_others else own


def _refuse_code(claimed: Claimed, terms: Terms) -> None:
    code = claimed.study.code
    if code and not terms.run_code:
        raise UncheckedError(
            f"no trial was trained again, since that runs the code of {listed(code)}; see --run-code"
        )


def _with_data(claimed: Claimed, path: str | None) -> Claimed:
    """Returns what was handed in, with its data at another place."""
    if path is None:
        return claimed
    table = claimed.study.table
    moved = {**table, "data": {**table["data"], "path": path}}
    study = studyfile.from_table(moved, claimed.study.name, "--data", resolved=True)
    return replace(claimed, study=study)


def _check_data(claimed: Claimed) -> str:
    try:
        prepared = prepare_data(claimed.study)
    except (CallError, DataError) as error:
        raise UncheckedError(f"no trial was trained again without its data: {error}; see --data") from error
    said, here = asdict(claimed.identity.data), asdict(describe(claimed.study, prepared).data)
    if not claimed.identity.data.val_classes:  # an archive of before
        del here["val_classes"]
    others = [name for name in here if said[name] != here[name]]
    if others:
        raise FolderError(
            f"the data of the source {claimed.study.data.source!r} has other contents here than the archive "
            f"says ({', '.join(others)})"
        )
    return "the same data"


@contextmanager
def _own_module(source: Path, claimed: Claimed) -> Iterator[None]:
    """Lets modules of the user's own be imported, here and in the processes that train."""
    if not claimed.study.code:
        yield
        return
    sys.path.insert(0, str(source))
    try:
        yield
    finally:
        sys.path.remove(str(source))
