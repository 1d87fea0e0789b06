"""The final evaluation: the only module that opens the test split.

`evaluate` trains the parameters that confirm took, or else the search's best, on fresh seeds, scores each
net on the test split, and writes the look into the ledger before it returns the numbers: no score is seen
that the ledger lacks. `comes_out_again` repeats a look, and says no more than whether it comes out as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import numpy as np

from hpsearch.checks.ensemble import correct_together, fresh_tasks, validated_members
from hpsearch.checks.fresh_seeds import FreshNet, correct, train_all
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.ledger import Look, append_look, read_looks
from hpsearch.errors import CallError, DataError
from hpsearch.hits import Hits
from hpsearch.records import TrialRecord
from hpsearch.results.stats import ROUNDING, mean_accuracy_interval
from hpsearch.results.winner import find_chosen
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.study import Study
from hpsearch.words import fraction, is_text, listed, times
from hpsearch.worker import threads
from hpsearch.worker.task import TrialTask
from nets import data as nets_data


def refuse_second_look(study: Study, folder: StudyFolder, split: str, again: str | None) -> None:
    """Raises CallError if the study has looked at this split before and gives no reason to look again."""
    own = [
        look
        for look in read_looks(folder.ledger)
        if look.split == split and (look.study == study.name or look.identity == study.identity())
    ]
    if own and not again:
        raise CallError(
            f"{study.name} has looked at this test split before ({own[-1].time}: mean accuracy "
            f'{fraction(own[-1].accuracy, 4)}); a second look needs --again "reason", which the ledger keeps'
        )
    _refuse_look_after_fork(study, folder, split, again)


def _refuse_look_after_fork(study: Study, folder: StudyFolder, split: str, again: str | None) -> None:
    """Raises CallError if one that the study was forked from has looked, here or where it was then."""
    fork = study.fork
    if fork is None or again:
        return
    n_here = sum(look.split == split and look.study in fork.studies for look in read_looks(folder.ledger))
    n_looks = max(n_here, fork.looks if fork.split == split else 0)
    if n_looks:
        raise CallError(
            f"{study.name} was forked from {listed(fork.studies)}, and this test split had been looked at "
            f'{times(n_looks)}; another look needs --again "reason", which the ledger keeps'
        )


def evaluate(
    study: Study,
    folder: StudyFolder,
    *,
    n_seeds: int,
    jobs: int,
    again: str | None,
    ensemble: bool = False,
) -> Look:
    """Trains the chosen parameters on fresh seeds and scores them on the test split.

    Args:
        study, folder: the study.
        n_seeds: fresh seeds of each trial.
        jobs: processes that train.
        again: why the study looks again.
        ensemble: whether the validated ensemble is tested in the place of the best trial.

    Raises:
        NothingYetError: no trial is complete.
        CallError: the study has looked before and `again` gives no reason, or is no text; or no ensemble was
            validated.
        HpsearchError: a fresh training failed or diverged.
        FolderError: the ledger cannot be written; no score was shown.
    """
    study.require_net("test")
    if again is not None and not (isinstance(again, str) and again.strip() and is_text(again)):
        raise CallError(f"again: expected the reason as a text in UTF-8, but got {again!r}")
    prepared = prepare_data(study)
    refuse = partial(refuse_second_look, study, folder, prepared.test_hash, again)
    refuse()
    tested = validated_members(folder) if ensemble else [find_chosen(folder).record]
    right = _train_and_score(study, prepared, tested, n_seeds, jobs)
    mean, low, high = mean_accuracy_interval(right)
    look = Look(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        study=study.name,
        identity=study.identity(),
        split=prepared.test_hash,
        trial=tested[0].number,
        params=tested[0].params,
        n_seeds=n_seeds,
        accuracy=mean,
        low=low,
        high=high,
        accuracies=_accuracies(right),
        n_test=right.shape[1],
        reason=again or "",
        members=tuple(record.number for record in tested) if ensemble else (),
        threads=threads.wanted(),
    )
    append_look(folder.ledger, look, refuse)  # a copy of the study may have looked meanwhile
    return look


def comes_out_again(study: Study, records: Sequence[TrialRecord], look: Look, jobs: int) -> bool:
    """Says whether the fresh seeds of a look, trained again, have its accuracies, with their interval.

    It tells no other score.

    Args:
        study: the study that looked.
        records: its recorded trials, those of the look among them.
        look: what its ledger says.
        jobs: processes that train.

    Raises:
        HpsearchError: a fresh training failed or diverged.
    """
    of_number = {record.number: record for record in records}
    tested = [of_number[number] for number in look.members or (look.trial,)]
    with threads.used(look.threads):
        right = _train_and_score(study, prepare_data(study), tested, look.n_seeds, jobs)
    interval = mean_accuracy_interval(right)
    return _accuracies(right) == list(look.accuracies) and np.allclose(
        interval, (look.accuracy, look.low, look.high), rtol=0, atol=ROUNDING
    )


def _accuracies(right: Hits) -> list[float]:
    """Returns the accuracy of each seed."""
    return [float(accuracy) for accuracy in right.mean(axis=1)]


def _train_and_score(
    study: Study, prepared: nets_data.Prepared, tested: Sequence[TrialRecord], n_seeds: int, jobs: int
) -> Hits:
    """Trains trials on fresh seeds; returns which test images they get right together, (n_seeds, n_test)."""
    trained = fresh_tasks(study, data_place(study, prepared), tested, Purpose.TEST, n_seeds)
    return _score_on_test(trained, train_all(trained, jobs), len(tested), prepared)


def _score_on_test(
    trained: Sequence[TrialTask], nets: Sequence[FreshNet], n_members: int, prepared: nets_data.Prepared
) -> Hits:
    """Opens the test split, here alone; returns which images are got right, (n_seeds, n_test)."""
    try:
        x, y = nets_data.open_test(prepared.test)
    except (nets_data.DataFileError, OSError) as error:
        raise DataError(f"the test split cannot be opened: {error}") from error
    if n_members == 1:
        return correct(trained, nets, x, y)
    return correct_together(trained, nets, n_members, x, y)
