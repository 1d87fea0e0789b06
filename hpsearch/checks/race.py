"""Settings that race on fresh seeds, in processes; judged in one epoch each, on images that choose no epoch.

race(study, folder, ...)         trains them and keeps which images each seed of each got right
race_as_kept(study, folder, ...) the same by what was kept alone
train(study, prepared, ...)      trains some of them, and keeps nothing

This module alone opens the images that `data.num_estimate` sets aside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.checks import fresh_seeds, rounds
from hpsearch.checks.fresh_seeds import Diverged, FreshNet
from hpsearch.checks.rounds import Entry, Race
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.fresh_results import FreshResults, SeedResult
from hpsearch.errors import DataError, FolderError
from hpsearch.records import TrialRecord
from hpsearch.search import tasks
from hpsearch.seeds import Purpose
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.study import Study
from hpsearch.worker import environment
from hpsearch.worker.task import TrialTask, open_data
from nets import data as nets_data

Images = tuple[NDArray[Any], NDArray[np.int64]]


def race(
    study: Study,
    folder: StudyFolder,
    records: Sequence[TrialRecord],
    *,
    n_seeds: int,
    jobs: int,
    max_epochs: int | None = None,
    drop: bool = True,
) -> Race:
    """Lets the parameters of trials race on fresh seeds, the same ones for all, in the same minibatches.

    Each is trained to the epoch that its trial of the search chose, and judged there: on a fresh seed nothing
    is chosen. The result is a function of the study, the records and the terms: not of `jobs`, nor of what an
    earlier race in this folder, killed or not, has trained already, which is not trained again.

    Args:
        study, folder: whose trials they are; this process has locked the folder.
        records: complete trials; at least one.
        n_seeds: how many seeds at most, >= 2.
        jobs: worker processes.
        max_epochs: no round is begun that might exceed these epochs in all; None = no limit.
        drop: whether those that are beaten train no further.

    Raises:
        CallError: max_epochs does not allow the first round.
        HpsearchError: a process died, or a net failed.
        DataError: the data cannot be had.
        FolderError: what earlier races left is damaged, or a result cannot be written.
    """
    track = _track(study, folder, jobs)
    return rounds.run(
        records, track.train, n_seeds=n_seeds, epochs_of=chosen_epoch, max_epochs=max_epochs, drop=drop
    )


def race_as_kept(
    study: Study,
    folder: StudyFolder,
    records: Sequence[TrialRecord],
    *,
    n_seeds: int,
    max_epochs: int | None = None,
) -> Race:
    """Returns the race that `race` returned with these arguments in this environment; nothing is trained.

    Raises:
        CallError: max_epochs does not allow the first round.
        DataError: the data cannot be had.
        FolderError: what the race kept is damaged, or not there.
    """
    track = _track(study, folder, jobs=0)
    return rounds.run(records, track.kept, n_seeds=n_seeds, epochs_of=chosen_epoch, max_epochs=max_epochs)


def chosen_epoch(record: TrialRecord) -> int:
    """Returns the epoch, from 1, that a complete trial chose in the search."""
    best = record.outcome.best_epoch
    assert best is not None, "a complete trial has finished an epoch"
    return best


def train(
    study: Study, prepared: nets_data.Prepared, entries: Sequence[Entry], jobs: int
) -> Iterator[SeedResult]:
    """Trains settings on fresh seeds, from 0, and yields what each does, in order.

    Raises:
        HpsearchError: a process died, or a net failed.
        DataError: the images set aside cannot be opened.
    """
    place = data_place(study, prepared)
    todo = [tasks.fresh_task(study, place, record, Purpose.CONFIRM, seed) for record, seed in entries]
    nets = fresh_seeds.train_each(todo, [chosen_epoch(record) for record, _ in entries], jobs)
    images = _open_aside(prepared) if entries else None
    for task, net in zip(todo, nets, strict=True):
        yield _seed_result(task, net, images)


def _track(study: Study, folder: StudyFolder, jobs: int) -> _Track:
    prepared = prepare_data(study)
    here = environment.fingerprint(environment.describe(study.code))
    depends_on = (study.identity(), here, prepared.train_val_hash, prepared.estimate_hash)
    return _Track(study, prepared, depends_on, FreshResults(folder.fresh_results_file), jobs)


@dataclass(frozen=True)
class _Track:
    """What a race runs on.

    Attributes:
        study: whose trials race.
        prepared: its images, those set aside too.
        depends_on: names all that each training depends on beside setting, seed and epoch.
        results: of the nets that were trained here before.
        jobs: worker processes.
    """

    study: Study
    prepared: nets_data.Prepared
    depends_on: tuple[str, ...]
    results: FreshResults
    jobs: int

    def train(self, entries: Sequence[Entry]) -> list[SeedResult]:
        """Returns what settings do on seeds, in order; trains those that were not, and keeps each at once."""
        names = [self._name(record, seed) for record, seed in entries]
        new = [i for i, name in enumerate(names) if self.results.find(name) is None]
        trained = train(self.study, self.prepared, [entries[i] for i in new], self.jobs)
        for i, result in zip(new, trained, strict=True):
            self.results.add(names[i], result)
        return self.kept(entries)

    def kept(self, entries: Sequence[Entry]) -> list[SeedResult]:
        """Returns what settings did on seeds that they were trained on here, in order.

        Raises:
            FolderError: one was not.
        """
        found = []
        for record, seed in entries:
            result = self.results.find(self._name(record, seed))
            if result is None:
                raise FolderError(
                    f"{self.results.path}: nothing of trial {record.number} on fresh seed {seed + 1}"
                )
            found.append(result)
        return found

    def _name(self, record: TrialRecord, seed: int) -> str:
        """Returns the hash of all that a training depends on."""
        setting = (record.number, sorted(record.params.items()), seed, chosen_epoch(record))
        return hashlib.sha256(json.dumps([self.depends_on, setting]).encode()).hexdigest()


def _seed_result(task: TrialTask, net: FreshNet | Diverged, images: Images | None) -> SeedResult:
    n_aside = 0 if images is None else len(images[1])
    if isinstance(net, Diverged):
        right = np.zeros(len(open_data(task).y_val), np.bool_)
        return SeedResult(right, np.zeros(n_aside, np.bool_), net.n_epochs, work=0, diverged=True)
    aside = np.zeros(0, np.bool_) if images is None else fresh_seeds.correct([task], [net], *images)[0]
    return SeedResult(net.hits, aside, net.n_epochs, net.work, diverged=False)


def _open_aside(prepared: nets_data.Prepared) -> Images | None:
    """Opens the images set aside, here alone; None where there are none."""
    if prepared.estimate is None:
        return None
    try:
        return nets_data.open_estimate(prepared.estimate)
    except (nets_data.DataFileError, OSError) as error:
        raise DataError(f"the images set aside (data.num_estimate) cannot be opened: {error}") from error
