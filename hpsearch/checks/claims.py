"""What a study folder that was handed in says, checked against itself: nothing is trained or run.

read(folder, manifest)     study, identity and record, which must be of one piece
check_params(claimed)      trials have values of the study's space
check_hits(claimed)        the images that trials got right make up their accuracies
check_layers(claimed)      what the layers of trials did is told of their epochs
check_ledger(claimed)      looks at the test split are those of recorded trials
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpsearch import hits
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.ledger import Look, read_looks
from hpsearch.disk.package import Manifest
from hpsearch.errors import FolderError
from hpsearch.records import TrialRecord, digest
from hpsearch.results.layers import read_layers
from hpsearch.results.luck import corrected_winner_of
from hpsearch.results.stats import ROUNDING, Interval, can_be_interval
from hpsearch.results.winner import find_winner
from hpsearch.study.study import Study
from hpsearch.study.studyfile import load_resolved

_MOST_IMAGES = 10**9


@dataclass(frozen=True)
class Claimed:
    """What was handed in.

    Attributes:
        study, folder, identity: the study, its folder, and what the folder says of its data.
        records: the recorded trials.
        winner: the best of them.
    """

    study: Study
    folder: StudyFolder
    identity: Identity
    records: Sequence[TrialRecord]
    winner: TrialRecord


def read(folder: Path, manifest: Manifest) -> Claimed:
    """Reads an unpacked archive.

    Raises:
        HpsearchError: something is missing or damaged, or study, identity, record and manifest are not of one
            piece.
    """
    study_folder = StudyFolder(folder / manifest.study)
    study = load_resolved(study_folder.study_file, manifest.study)
    identity = Identity.read(study_folder.identity_file)
    if identity is None or identity.study != study.identity():
        raise FolderError(f"{study_folder.identity_file}: not the identity of the study in study.toml")
    records = read_records(study_folder.journal)
    found = digest(records)
    if found != manifest.digest:
        raise FolderError(
            f"{study_folder.journal}: its digest is {found[:8]}, the archive says {manifest.digest[:8]}"
        )
    return Claimed(study, study_folder, identity, records, find_winner(study_folder))


def check_params(claimed: Claimed) -> None:
    """Checks that each trial has those parameters that the study searches, with values of their ranges.

    Raises:
        FolderError: one has others.
    """
    space = claimed.study.space
    for record in claimed.records:
        params = record.params
        expected = {one.name for one in space if one.is_active(params)}
        try:
            for parameter in space:
                if parameter.name in expected & params.keys():
                    parameter.recorded(params[parameter.name])
        except ValueError as error:
            raise FolderError(f"{claimed.folder.journal}: trial {record.number}: {error}") from error
        if expected != params.keys():
            raise FolderError(
                f"{claimed.folder.journal}: trial {record.number}: expected the parameters "
                f"{sorted(expected)}, but got {sorted(params)}"
            )


def check_hits(claimed: Claimed) -> None:
    """Checks that the images which each net got right make up its accuracy.

    Raises:
        FolderError: they do not, or are damaged.
    """
    n_val = claimed.identity.data.num_val
    for record in claimed.records:
        if record.outcome.hits and _accuracy_of_hits(claimed, record) != record.value:
            raise FolderError(
                f"{claimed.folder.journal}: the hits of trial {record.number} are not those of its accuracy"
            )
    corrected_winner_of(claimed.folder, claimed.records, n_val)  # reads all of them, an epoch a row


def _accuracy_of_hits(claimed: Claimed, record: TrialRecord) -> float:
    try:
        return float(hits.unpack(record.outcome.hits, claimed.identity.data.num_val).mean())
    except ValueError as error:
        raise FolderError(f"{claimed.folder.journal}: trial {record.number}: {error}") from error


def check_layers(claimed: Claimed) -> None:
    """Checks that what the layers of each trial's net did is told of no epoch that it has not.

    Raises:
        FolderError: it is, or a file is damaged.
    """
    trained = [record for record in claimed.records if record.state != "failed"]
    n_epochs = {record.number: len(record.outcome.curve) for record in trained}
    layers = read_layers(claimed.folder, n_epochs)
    wrong = layers[(layers["epoch"] < 0) | (layers["epoch"] > layers["number"].map(n_epochs))]
    for number in wrong["number"]:
        raise FolderError(f"{claimed.folder.trial(number).layers}: tells of an epoch that the trial has not")


def check_ledger(claimed: Claimed) -> tuple[list[Look], int]:
    """Checks the looks at the test split; returns those of this study, and how many are others'.

    Whether a look is missing, no file can tell.

    Raises:
        FolderError: a look is not of this split, or not one that this study could have made.
    """
    looks = read_looks(claimed.folder.ledger)
    own: list[Look] = []
    for number, look in enumerate(looks, start=1):
        wrong = _wrong_with(look, claimed, is_first=not own)
        if wrong:
            raise FolderError(f"{claimed.folder.ledger}: line {number}: {wrong}")
        if look.identity == claimed.identity.study:
            own.append(look)
    return own, len(looks) - len(own)


def _wrong_with(look: Look, claimed: Claimed, *, is_first: bool) -> str:
    """Returns what is wrong with a look; "" if nothing is."""
    if look.split != claimed.identity.data.test_hash:
        return "a look at another test split"
    if len(look.accuracies) != look.n_seeds or look.n_seeds < 1:
        return f"{len(look.accuracies)} accuracies of {look.n_seeds} seeds"
    if not all(_is_of(accuracy, look.n_test) for accuracy in look.accuracies):
        return f"an accuracy that {look.n_test} images cannot give"
    if not math.isclose(look.accuracy, sum(look.accuracies) / look.n_seeds, abs_tol=ROUNDING):
        return f"the accuracy {look.accuracy} is not the mean of its seeds"
    if not 0 <= look.low <= look.accuracy <= look.high <= 1:
        return f"the accuracy {look.accuracy} lies outside of its interval"
    if not can_be_interval(Interval(look.low, look.high), look.accuracies, look.n_test):
        return f"{look.low} to {look.high} is not the interval of these accuracies"
    if look.identity != claimed.identity.study:
        return ""
    if not is_first and not look.reason:
        return "a second look without a reason"
    trial = next((record for record in claimed.records if record.number == look.trial), None)
    if look.members and not _is_ensemble(look, claimed):
        return f"not an ensemble of trial {look.trial} and others of the record"
    if trial is None or dict(trial.params) != dict(look.params):
        return f"not the parameters of trial {look.trial}"
    return ""


def _is_of(accuracy: Any, n_images: int) -> bool:
    """Says whether so many images can give an accuracy, which a file may hold as anything."""
    if type(accuracy) not in (int, float) or not 0 <= accuracy <= 1:
        return False
    if not 0 < n_images <= _MOST_IMAGES:
        return False
    return bool(abs(accuracy * n_images - round(accuracy * n_images)) <= ROUNDING * n_images)


def _is_ensemble(look: Look, claimed: Claimed) -> bool:
    """Says whether the members of a look are recorded trials, the look's own trial first."""
    numbers = [record.number for record in claimed.records]
    return look.members[0] == look.trial and all(one in numbers for one in look.members)
