"""Would the sampler propose these trials again, and the pruner stop them where they ended? Nothing trains.

Both are pure functions of the study and of the trials before, so that parameters which somebody picked by
hand, or a trial that went on where it should have been stopped, do not come out again.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Container, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

from hpsearch.records import Proposal, TrialRecord, as_known_after, trained_after
from hpsearch.search.lookahead import n_known
from hpsearch.search.proposals import propose, proposer_of
from hpsearch.search.tasks import history_of
from hpsearch.study.study import Study

_ROUNDING = 1e-6


def askable(
    study: Study, records: Sequence[TrialRecord], environments: Container[str], *, alone: bool
) -> list[int]:
    """Returns the numbers of the trials that were asked for in one of some environments, by fingerprint.

    A trial says in which one it was trained last. It was asked for after the last of those that it knew had
    ended, perhaps in that one's; where that had failed and was tried again, nobody knows in which.

    Args:
        study, records: the study and its trials.
        environments: these.
        alone: whether the study has had no other.
    """

    def is_there(record: TrialRecord) -> bool:
        return record.outcome.environment in environments and (alone or not record.retries)

    firsts = [max(n_known(study.lookahead, number) - 1, 0) for number in range(len(records))]
    return [number for number, first in enumerate(firsts) if all(map(is_there, records[first : number + 1]))]


def other_proposal(study: Study, records: Sequence[TrialRecord], numbers: Collection[int]) -> str:
    """Returns which of these trials the sampler proposes otherwise, a phrase; "" if none."""
    for record, proposal in _proposals(study, records, numbers):
        for name in dict.fromkeys([*record.params, *proposal.params]):
            said, proposed = record.params.get(name), proposal.params.get(name)
            if not is_alike(said, proposed):
                return f"the sampler proposes {name} = {proposed!r} for trial {record.number}, not {said!r}"
        if record.continues != proposal.continues:
            return f"trial {record.number} does not go on with the paused trial whose turn it is"
    return ""


def is_alike(one: Any, other: Any) -> bool:
    """Says whether two values are the same but for what another system's exp and log may do to numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_alike(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_alike, one, other))
    if type(one) is type(other) is float:
        return math.isclose(one, other, rel_tol=_ROUNDING, abs_tol=_ROUNDING**2)
    return bool(one == other)


def other_end(study: Study, records: Sequence[TrialRecord], numbers: Collection[int]) -> str:
    """Returns which of these trials the pruner stops elsewhere than it ended, a phrase; "" if none."""
    for number in numbers:
        record = records[number]
        reason = record.outcome.reason if record.state == "pruned" else None
        found, epoch = _stop(study, records, record)
        if found != reason and record.state != "failed":
            told = "does not stop" if found is None else f"stops after epoch {epoch} ({found})"
            return f"the pruner {told} trial {number}, which is {record.state}"
    return ""


def _proposals(
    study: Study, records: Sequence[TrialRecord], numbers: Collection[int]
) -> Iterator[tuple[TrialRecord, Proposal]]:
    """Yields trials of these numbers beside what is proposed for them, as long as both are the same.

    When failed trials are tried again, the sampler is told anew of all that there is then.
    """
    times = sorted({n_asked for record in records for n_asked, _ in record.retries if n_asked < len(records)})
    for start, end in pairwise([0, *times, len(records)]):
        last = max((number for number in numbers if start <= number < end), default=-1)
        known = as_known_after(records[:end], start)
        by_number = dict(enumerate(known))
        proposer, n_told = proposer_of(study), 0
        for number in range(last + 1):
            now = n_known(study.lookahead, number)
            for record in known[n_told:now]:
                proposer.tell(record)
            n_told = now
            if number < start or number not in numbers:
                proposer.take_up(number, known[number])
                continue
            before = islice(known, number)
            yield records[number], propose(study, proposer, number, now, by_number, before)


def _stop(study: Study, records: Sequence[TrialRecord], record: TrialRecord) -> tuple[str | None, int]:
    """Returns why and after which of its epochs the pruner stops a trial; None and 0 if it does not."""
    number, n_before = record.number, 0
    if record.continues is not None:
        n_before = len(records[record.continues].outcome.curve)
    known = records[: n_known(study.lookahead, number)]
    history = history_of(study, as_known_after(known, trained_after(number, record)))
    seen = history.turn(number, study.n_turns)
    curve = [epoch.val_accuracy for epoch in record.outcome.curve]
    n_asked = len(curve) + (record.state == "pruned")  # no pruner is asked after the last epoch
    for n_epochs in range(max(n_before, 1), n_asked):
        reason = study.pruner.decide(curve[:n_epochs], seen, number, study.seed, n_before)
        if reason is not None:
            return reason, n_epochs
    return None, 0
