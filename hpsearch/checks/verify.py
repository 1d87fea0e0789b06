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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from hpsearch import hits
from hpsearch.checks import answer, claims, confirm, final_test
from hpsearch.checks.asked_again import askable, is_alike, other_end, other_proposal
from hpsearch.checks.claims import Claimed
from hpsearch.checks.later_claims import check_later
from hpsearch.checks.pack import pack
from hpsearch.checks.race import train
from hpsearch.checks.replay import Replay, environment_of, replay
from hpsearch.disk import atomic, package
from hpsearch.disk.answer import FreshAnswer
from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.folder import StudyFolder, named
from hpsearch.disk.ledger import Look
from hpsearch.errors import (
    CallError,
    DataError,
    FolderError,
    HpsearchError,
    NothingYetError,
    UnwritableError,
    WorkerDiedError,
)
from hpsearch.records import TrialOutcome, digest
from hpsearch.results.winner import no_winner_yet
from hpsearch.search.identity import describe
from hpsearch.seeds import Purpose, generator
from hpsearch.study import studyfile
from hpsearch.study.owncode import is_own
from hpsearch.study.prepared import prepare_data
from hpsearch.study.study import Study
from hpsearch.words import counted, fraction, listed
from hpsearch.worker import environment, threads
from hpsearch.worker.trained import load_net
from nets import data as nets_data


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
        """Whether all was checked and found right."""
        return not self.broken and not self.unchecked


_MOST_ASKED = 200  # of hundreds of trials each takes the samplers longer
_OF_SEARCH_LUCK = ("search_luck", "accuracy", "low", "high")  # made of the hits that trials left

_FAILURES_HERE = (UnwritableError, WorkerDiedError, DataError)
"""What this machine lacks, of which nobody is to be blamed who hands something in."""


class _UncheckedError(HpsearchError):
    """The rest cannot be checked here; the text says why."""


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
        if terms.draw is None:
            terms = replace(terms, draw=int(hashlib.sha256(path.read_bytes()).hexdigest()[:8], 16))
        try:
            for phrase in _what_holds(folder, manifest, terms):
                holds.append(phrase)
        except _UncheckedError as error:
            return Verdict(tuple(holds), unchecked=str(error))
        except _FAILURES_HERE as error:
            return Verdict(tuple(holds), unchecked=f"the rest could not be checked here: {error}")
        except HpsearchError as error:
            return Verdict(tuple(holds), broken=str(error).replace(f"{folder}/", ""))
    return Verdict(tuple(holds))


def _what_holds(folder: Path, manifest: package.Manifest, terms: Terms) -> Iterator[str]:
    """Yields what is checked and found right, from what is cheap to what is dear.

    Raises:
        HpsearchError: the next thing does not hold.
        _UncheckedError: it cannot be checked here.
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
            yield _check_weights(claimed)
        yield _ask_again(claimed, terms)
        yield _train_again(claimed, terms)
        yield from _confirm_again(claimed, terms)
        yield from _answer_again(claimed, terms)
        if terms.test and looks:
            yield _look_again(claimed, looks, terms.jobs)


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
        raise _UncheckedError(
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
        raise _UncheckedError(f"no trial was trained again without its data: {error}; see --data") from error
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


def _check_weights(claimed: Claimed) -> str:
    """Asks the winner's net, if it was handed in, which validation images it gets right."""
    number, recorded = claimed.winner.number, claimed.winner.outcome.hits
    weights = claimed.folder.trial(number).weights
    if not weights.exists() or not recorded:
        return "no weights of the winner in it"
    data = nets_data.open_train_val(prepare_data(claimed.study).train_val)
    right = load_net(weights).predict(data.X_val) == data.y_val
    if not np.array_equal(right, hits.unpack(recorded, len(right))):
        changes = _changes(environment_of(claimed.winner.outcome, claimed.folder), claimed.study)
        raise FolderError(
            f"{weights}: does not get right what the record says of trial {number}{_because(changes)}"
        )
    return "weights that get right what the record says"


def _ask_again(claimed: Claimed, terms: Terms) -> str:
    """Asks sampler and pruner again for all trials, or for as many as do not take long.

    Both compute with libraries whose results other versions round otherwise.
    """
    environments = claimed.identity.environments
    like_here = [environment.fingerprint(one) for one in environments if not _changes(one, claimed.study)]
    alone = len(like_here) == len(environments)
    numbers = askable(claimed.study, claimed.records, like_here, alone=alone)
    if not numbers:
        return "proposals and stops of another environment, which were not made again"
    assert terms.draw is not None
    rng = generator(terms.draw, Purpose.VERIFY, 2)
    asked = sorted(map(int, rng.permutation(numbers)[:_MOST_ASKED]))
    for other in (other_proposal, other_end):
        wrong = other(claimed.study, claimed.records, asked)
        if wrong:
            raise HpsearchError(wrong)
    if len(asked) == len(claimed.records):
        return "each proposal is the sampler's and each stop the pruner's"
    return f"of {counted(len(asked), 'trial')} the proposal is the sampler's and the stop the pruner's"


def _train_again(claimed: Claimed, terms: Terms) -> str:
    """Trains the winner and a draw of the other trials that did not fail.

    Raises:
        HpsearchError: one does not come out again.
        _UncheckedError: one does not, but was trained in another environment, or memory is short here.
    """
    winner = claimed.winner.number
    others = [one.number for one in claimed.records if one.number != winner and one.state != "failed"]
    assert terms.draw is not None
    rng = generator(terms.draw, Purpose.VERIFY)
    drawn = sorted(map(int, rng.permutation(others)[: terms.n_drawn]))
    elsewhere: list[Replay] = []
    for number in [winner, *drawn]:
        found = replay(claimed.study, claimed.folder, number)
        if found.differences and found.again.reason.startswith("MemoryError"):
            raise _UncheckedError(f"memory is too short here to train trial {number} again")
        if found.differences and found.environment_changes:
            elsewhere.append(found)
        elif found.differences:
            raise HpsearchError(f"trial {number}, trained again: {found.differences[0]}")
    if elsewhere:
        raise _UncheckedError(_other_bits(elsewhere))
    trained = f"trial {winner}, the winner, trained again to the same bits"
    if not drawn:
        return trained
    noun = "trial" if len(drawn) == 1 else "trials"
    return f"{trained}, as {noun} {listed(drawn)} (--draw {terms.draw})"


def _other_bits(elsewhere: Sequence[Replay]) -> str:
    """Returns how near trials come that were trained in another environment, whose bits may be others."""
    changes = listed(list(dict.fromkeys(text for one in elsewhere for text in one.environment_changes or ())))
    reached = [
        f"trial {one.recorded.number} {_reached(one.recorded)} in the record, {_reached(one.again)} here"
        for one in elsewhere
    ]
    return f"trained again in another environment ({changes}), whose bits may differ: {'; '.join(reached)}"


def _reached(outcome: TrialOutcome) -> str:
    return outcome.state if outcome.value is None else fraction(outcome.value, 4)


def _confirm_again(claimed: Claimed, terms: Terms) -> Iterator[str]:
    """Computes confirm.json again from what the nets of its race got right, and trains a draw of these."""
    file = claimed.folder.confirmation_file
    found = Confirmation.read(file)
    if found is None or not found.environment:  # a file of before does not tell how it was asked for
        return
    changes = _changes(found.environment, claimed.study)
    if changes:
        yield f"{file.name} of another environment, which was not made again ({'; '.join(changes)})"
        return
    if found.digest != digest(claimed.records[: found.n_trials]):  # failed trials were tried again since
        yield f"{file.name} of an earlier record, which was not made again"
        return
    with threads.used(environment.n_threads(found.environment)):
        yield _race_again(claimed, found, terms)


def _race_again(claimed: Claimed, found: Confirmation, terms: Terms) -> str:
    file, study = claimed.folder.confirmation_file, claimed.study
    again, finish = confirm.as_kept(study, claimed.folder, claimed.records, found)
    made = asdict(replace(again, environment=found.environment))  # which nothing that matters sets apart
    left_hits = again.search_luck is not None or found.search_luck is None
    for name, value in asdict(found).items():
        if not is_alike(value, made[name]) and (left_hits or name not in _OF_SEARCH_LUCK):
            raise HpsearchError(f"{file}: {name} is not what the nets of its race make of it")
    nets = [(runner, seed) for runner in finish.runners for seed in range(len(runner.seeds))]
    assert terms.draw is not None
    rng = generator(terms.draw, Purpose.VERIFY, 3)
    drawn = [nets[i] for i in sorted(rng.permutation(len(nets))[: terms.n_drawn])]
    results = train(study, prepare_data(study), [(one.record, seed) for one, seed in drawn], jobs=1)
    for (runner, seed), result in zip(drawn, results, strict=True):
        if not result.is_same(runner.seeds[seed]):
            raise HpsearchError(
                f"trial {runner.record.number} on fresh seed {seed + 1}, trained again, does not do what "
                f"{claimed.folder.fresh_results_file} says"
            )
    trained = f", {counted(len(drawn), 'net')} of it trained again" if drawn else ""
    without = "" if left_hits else ", but for the luck of the search, of which trials left no hits"
    return f"{file.name} as its race makes it{without}{trained}"


def _answer_again(claimed: Claimed, terms: Terms) -> Iterator[str]:
    """Trains a draw of the nets behind answer.json again, where that was done in this environment."""
    file = claimed.folder.answer_file
    found = FreshAnswer.read(file)
    if found is None or not found.environment or found.digest != digest(claimed.records):
        return  # as in a file of before, or of an earlier record
    if found.environment != environment.fingerprint(environment.describe(claimed.study.code)):
        yield f"{file.name} of another environment, which was not made again"
        return
    assert terms.draw is not None
    rng = generator(terms.draw, Purpose.VERIFY, 1)
    n_nets, other = answer.comes_out_again(claimed.study, claimed.records, found, rng, terms.n_drawn)
    if other:
        raise HpsearchError(f"{file}: {other}, trained again, got other images right than it says")
    if n_nets:
        yield f"{counted(n_nets, 'net')} of {file.name} too"


def _look_again(claimed: Claimed, looks: Sequence[Look], jobs: int) -> str:
    """Trains the fresh seeds of this study's looks again and scores them on the test split."""
    for look in looks:
        if not final_test.comes_out_again(claimed.study, claimed.records, look, jobs):
            wrong = f"the test accuracies of {look.time} do not come out again"
            changes = _changes(claimed.identity.environments[-1], claimed.study)
            raise _UncheckedError(f"{wrong}{_because(changes)}") if changes else HpsearchError(wrong)
    return "the same test accuracies"


def _changes(description: Mapping[str, str] | None, study: Study) -> list[str]:
    """Returns what is other here, with as many BLAS threads, than in an environment, where that is known."""
    if description is None:
        return []
    with threads.used(environment.n_threads(description)):
        return environment.difference(description, environment.describe(study.code))


def _because(changes: Sequence[str] | None) -> str:
    """Returns what may explain other bits; "" if nothing is known to."""
    return f", as may be in another environment ({'; '.join(changes)})" if changes else ""


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
