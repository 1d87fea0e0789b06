"""A recorded trial, trained again and compared bit for bit: is the record what this machine computes?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from hpsearch.checks import retrain
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import CallError
from hpsearch.records import TrialOutcome, as_known_after, predecessors, trained_after
from hpsearch.search import lookahead, tasks
from hpsearch.study.owncode import is_own
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.study import Study
from hpsearch.worker import environment, threads
from hpsearch.worker.worker import Finished, content_of


@dataclass(frozen=True)
class Replay:
    """A trial as recorded and as trained again.

    Attributes:
        recorded, again: both outcomes.
        differences: what differs beside times and machine, a phrase each, of files last; empty if nothing
            does.
        environment_changes: what is other here than where it was trained, a phrase each; None if the
            record does not say where that was.
    """

    recorded: TrialOutcome
    again: TrialOutcome
    differences: tuple[str, ...]
    environment_changes: tuple[str, ...] | None


def replay(study: Study, folder: StudyFolder, number: int, n_threads: int | None = None) -> Replay:
    """Trains a recorded trial again from its beginning, without touching the study folder.

    Args:
        study, folder: the study.
        number: of the trial.
        n_threads: BLAS threads; as many as it was trained with by default.

    Raises:
        CallError: there is no such trial, or it was ended from outside, so that there is nothing to repeat.
    """
    records = read_records(folder.journal)
    if not 0 <= number < len(records):
        raise CallError(f"trial {number}: not recorded; expected one of 0 to {len(records) - 1}")
    record = records[number]
    if record.state == "failed" and record.outcome.error is None:
        raise CallError(f"trial {number}: ended from outside ({record.outcome.reason}); nothing to repeat")
    data = data_place(study, prepare_data(study))
    known = lookahead.n_known(study.lookahead, number)
    history = tasks.history_of(study, as_known_after(records[:known], trained_after(number, record)))
    before = predecessors(dict(enumerate(records)), record.continues)
    task = tasks.search_task(study, data, number, record.params, history, before)
    trained_in = environment_of(record.outcome, folder)
    with threads.used(n_threads or environment.n_threads(trained_in or {})):
        [again] = retrain.train_again(study, [task], jobs=1)
        here = environment.describe(study.code)
    changes = None if trained_in is None else tuple(environment.difference(trained_in, here))
    differences = [
        *_differences(record.outcome, again.outcome),
        *_files_that_differ(study, folder.trial(number), again),
    ]
    return Replay(record.outcome, again.outcome, tuple(differences), changes)


def environment_of(recorded: TrialOutcome, folder: StudyFolder) -> Mapping[str, str] | None:
    """Returns the environment in which a trial was trained; None if the record does not say."""
    identity = Identity.read(folder.identity_file)
    for description in () if identity is None else identity.environments:
        if environment.fingerprint(description) == recorded.environment:
            return description
    return None


def _files_that_differ(study: Study, left: TrialFolder, again: Finished) -> list[str]:
    """Returns which files that a trial left are others than those that it leaves now, a phrase each.

    The state of a net of the user's own may hold anything, and a failed trial leaves nothing.
    """
    now = {left.hits: again.hits, left.layers: again.layers}
    if not is_own(study.net_kind):
        now[left.weights] = again.weights
    if again.outcome.state == "failed":
        return []
    return [
        f"{path.name} is not the file that it leaves now"
        for path, content in now.items()
        if content_of(path) not in (None, content)
    ]


def _differences(recorded: TrialOutcome, again: TrialOutcome) -> list[str]:
    found = []
    if recorded.state != again.state or recorded.reason != again.reason:
        endings = [f"{one.state} ({one.reason})" for one in (recorded, again)]
        found.append(f"it ended {endings[0]}, now {endings[1]}")
    if len(recorded.curve) != len(again.curve):
        found.append(f"it had {len(recorded.curve)} epochs, now {len(again.curve)}")
    for name in ("epochs", "examples"):
        cost, cost_now = getattr(recorded.cost, name), getattr(again.cost, name)
        if cost != cost_now:
            found.append(f"it had cost {cost} {name}, now {cost_now}")
    if recorded.hits and recorded.hits != again.hits:
        found.append("it got other validation images right in its best epoch than now")
    for epoch, (before, now) in enumerate(zip(recorded.curve, again.curve, strict=False), start=1):
        for name, value in asdict(before).items():
            value_now = getattr(now, name)
            if repr(value) != repr(value_now):  # NaN equals NaN here
                found.append(f"{name} of epoch {epoch} was {value!r}, is {value_now!r}")
    return found
