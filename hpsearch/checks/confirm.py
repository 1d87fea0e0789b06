"""The finalists on fresh seeds: which winner is real?

The best of many trials owes part of its accuracy to luck. `confirm` lets the best few race on the same
fresh seeds, takes the one with the highest mean, names the cheapest that cannot be told apart from it, and
says how good they are: on the images that `data.num_estimate` set aside, otherwise on the validation images.
Taking the cheapest would cost more accuracy than no race at all:
tests/benchmarks/README.md has the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hpsearch.checks import rounds
from hpsearch.checks.race import race, race_as_kept
from hpsearch.checks.rounds import Race, Runner
from hpsearch.disk.confirmation import MULTIPLY_ADDS, WEIGHTS, Confirmation, Finalist
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.disk.journal import read_records
from hpsearch.errors import FolderError, HpsearchError
from hpsearch.hits import Hits
from hpsearch.improvement import CHANCE, chance_of, discordant
from hpsearch.records import TrialRecord, digest, ranking, settled
from hpsearch.results.failing import n_unlearned
from hpsearch.results.luck import classes_in_proportion
from hpsearch.results.paired import mean_difference_interval
from hpsearch.results.racing import worth_of_choice
from hpsearch.results.search_luck import luck_of_finalists
from hpsearch.results.stats import MeanInterval, mean_accuracy_interval
from hpsearch.results.winner import find_winner
from hpsearch.study.netclass import net_class
from hpsearch.study.study import Study
from hpsearch.worker import environment


class _Terms(NamedTuple):
    """How many trials may race, on how many seeds and epochs."""

    top: int
    n_seeds: int
    max_epochs: int | None


def confirm(
    study: Study,
    folder: StudyFolder,
    *,
    top: int,
    n_seeds: int,
    jobs: int,
    max_epochs: int | None = None,
) -> Confirmation:
    """Lets the best `top` trials race on fresh seeds, writes confirm.json and returns what it holds.

    Raises:
        NothingYetError: no trial is complete.
        CallError: max_epochs does not allow the first round.
        HpsearchError: a net failed, or every finalist diverged.
    """
    study.require_net("confirm")
    find_winner(folder)
    terms = _Terms(top, n_seeds, max_epochs)
    records = read_records(folder.journal)
    racing = finalists(folder, records, top)
    finish = race(study, folder, racing, n_seeds=n_seeds, jobs=jobs, max_epochs=max_epochs)
    confirmation = _summary(study, folder, records, finish, terms)
    confirmation.write(folder.confirmation_file)
    return confirmation


def as_kept(
    study: Study, folder: StudyFolder, records: Sequence[TrialRecord], found: Confirmation
) -> tuple[Confirmation, Race]:
    """Returns what `confirm` returned in this environment, by what its race kept, and that race.

    Args:
        study, folder: the study.
        records: its trials.
        found: what says how `confirm` was asked, and of how many of the trials.

    Raises:
        HpsearchError: no such race was kept.
    """
    then = records[: found.n_trials]
    terms = _Terms(found.top, found.n_seeds, found.max_epochs)
    racing = finalists(folder, then, terms.top)
    finish = race_as_kept(study, folder, racing, n_seeds=terms.n_seeds, max_epochs=terms.max_epochs)
    return _summary(study, folder, then, finish, terms), finish


def finalists(folder: StudyFolder, records: Sequence[TrialRecord], top: int) -> list[TrialRecord]:
    """Returns the best `top` of the trials, best first, without those that are clearly worse than the best.

    What images have shown to be worse already, by McNemar's exact test at 5 % shared out over these trials,
    would only cost seeds, and a share of the 5 % that the race may err. It may be more than those within
    noise of the best: the luck of one training is no luck with images, and the race will show it.

    Args:
        folder: of the study.
        records: its trials, of which one at least is complete.
        top: how many at most.

    Raises:
        FolderError: the study's folder is damaged.
    """
    best, *others = ranking(records)[:top]
    num_val, level = _data(folder).num_val, CHANCE / max(len(others), 1)
    return [best, *(one for one in others if chance_of(*discordant(best, one, num_val)) > level)]


def _data(folder: StudyFolder) -> DataFacts:
    identity = Identity.read(folder.identity_file)
    if identity is None:
        raise FolderError(f"{folder.identity_file}: absent; expected what 'hpsearch run' wrote")
    return identity.data


def work_unit(net_kind: str) -> str:
    """Returns what `fresh_seeds.work_of` counts for nets of a kind."""
    return MULTIPLY_ADDS if hasattr(net_class(net_kind), "multiply_adds") else WEIGHTS


def _summary(
    study: Study, folder: StudyFolder, records: Sequence[TrialRecord], finish: Race, terms: _Terms
) -> Confirmation:
    taken = rounds.winner(finish.runners)
    if taken is None:
        raise HpsearchError(
            f"each of {len(finish.runners)} finalists diverged on a fresh seed: none is a setting to rely on"
        )
    estimates = taken.aside.size > 0
    search_luck = None if estimates else _search_luck(folder, finish, records)
    accuracy, low, high = _worth(folder, finish, search_luck or 0.0, estimates=estimates)
    chance = _chance(_data(folder))
    return Confirmation(
        terms.n_seeds,
        tuple(_finalist(runner, taken, chance, estimates=estimates) for runner in finish.runners),
        winner=taken.record.number,
        cheapest=rounds.cheapest(finish.runners, taken).record.number,
        accuracy=accuracy,
        low=low,
        high=high,
        images="estimate" if estimates else "validation",
        n_images=_judged(taken, estimates=estimates).shape[1],
        n_epochs=sum(runner.n_epochs for runner in finish.runners),
        ended_by=finish.ended_by,
        n_trials=len(records),
        digest=digest(records),
        work_unit=work_unit(study.net_kind),
        search_luck=search_luck,
        top=terms.top,
        max_epochs=terms.max_epochs,
        environment=environment.describe(study.code),
    )


def _search_luck(folder: StudyFolder, finish: Race, records: Sequence[TrialRecord]) -> float | None:
    """Returns by how much the search's luck with its images makes those too good that did not diverge."""
    ran = [runner for runner in finish.runners if runner.diverged_on is None]
    finalists, fresh = [one.record for one in ran], [one.right for one in ran]
    return luck_of_finalists(folder, settled(records), finalists, fresh)


def _worth(folder: StudyFolder, finish: Race, search_luck: float, *, estimates: bool) -> MeanInterval:
    """Returns what the best of the unbeaten ones is worth, without the luck of being the best."""
    left = [runner for runner in finish.runners if runner.unbeaten]
    aside = np.array([runner.aside for runner in left]) if estimates else None
    right = np.array([runner.right for runner in left])
    return worth_of_choice(right, search_luck, aside, classes_in_proportion(folder))


def _judged(runner: Runner, *, estimates: bool) -> Hits:
    """Returns the hits that a setting's mean is that of."""
    return runner.aside if estimates else runner.right


def _chance(data: DataFacts) -> float:
    """Returns the accuracy of who always names one class: the commonest, where the classes are known."""
    classes = data.classes
    return 1 / len(data.class_names) if classes is None else float(np.bincount(classes).max() / len(classes))


def _finalist(runner: Runner, taken: Runner, chance: float, *, estimates: bool) -> Finalist:
    right, other = _judged(runner, estimates=estimates), _judged(taken, estimates=estimates)
    mean, low, high = mean_accuracy_interval(right)
    n_common = min(len(right), len(other))
    ahead = mean_difference_interval(right[:n_common], other[:n_common])
    value = runner.record.value or 0.0
    return Finalist(
        runner.record.number,
        value,
        mean,
        low,
        high,
        luck=value - mean,
        n_seeds=len(runner.seeds),
        standing="unbeaten" if runner.unbeaten else "diverged" if runner.diverged_on else "beaten",
        work=runner.work,
        diverged_on=runner.diverged_on or 0,
        ahead=ahead.mean,
        ahead_low=ahead.low,
        ahead_high=ahead.high,
        unlearned=n_unlearned(right, value, chance),
    )
