"""What a study folder that was handed in says, made again here: the evidence that it was not made up.

check_weights(claimed)         the winner's net, asked about the validation images
ask_again(claimed, draw)       proposals and stops
train_again(claimed, draw)     the winner and drawn trials
confirm_again(claimed, draw)   confirm.json, and drawn nets of its race
answer_again(claimed, draw)    drawn nets of answer.json
look_again(claimed, ...)       test accuracies

Each returns or yields what holds, a phrase each, and raises HpsearchError where something does not, or
UncheckedError where this machine cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

import numpy as np

from hpsearch import hits
from hpsearch.checks import answer, confirm, final_test
from hpsearch.checks.asked_again import askable, is_alike, other_end, other_proposal
from hpsearch.checks.claims import Claimed
from hpsearch.checks.race import train
from hpsearch.checks.replay import Replay, environment_of, replay
from hpsearch.disk.answer import FreshAnswer
from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.ledger import Look
from hpsearch.errors import FolderError, HpsearchError
from hpsearch.records import TrialOutcome, digest
from hpsearch.seeds import Purpose, generator
from hpsearch.study.prepared import prepare_data
from hpsearch.words import counted, fraction, listed
from hpsearch.worker import environment, threads
from hpsearch.worker.trained import load_net
from nets import data as nets_data

_MOST_ASKED = 200  # of hundreds of trials each takes the samplers longer
_OF_SEARCH_LUCK = ("search_luck", "accuracy", "low", "high")  # made of the hits that trials left


class UncheckedError(HpsearchError):
    """The rest cannot be checked here; the text says why."""


class Draw(NamedTuple):
    """Which trials and nets are trained again: so many of each kind, drawn by a seed."""

    seed: int
    n: int

    def rng(self, *kind: int) -> np.random.Generator:
        """Returns what draws those of a kind."""
        return generator(self.seed, Purpose.VERIFY, *kind)


def check_weights(claimed: Claimed) -> str:
    """Asks the winner's net, if it was handed in, which validation images it gets right."""
    number, recorded = claimed.winner.number, claimed.winner.outcome.hits
    weights = claimed.folder.trial(number).weights
    if not weights.exists() or not recorded:
        return "no weights of the winner in it"
    data = nets_data.open_train_val(prepare_data(claimed.study).train_val)
    right = load_net(weights).predict(data.X_val) == data.y_val
    if not np.array_equal(right, hits.unpack(recorded, len(right))):
        changes = _changes(environment_of(claimed.winner.outcome, claimed.folder), claimed.study.code)
        raise FolderError(
            f"{weights}: does not get right what the record says of trial {number}{_because(changes)}"
        )
    return "weights that get right what the record says"


def ask_again(claimed: Claimed, draw: Draw) -> str:
    """Asks sampler and pruner again for all trials, or for as many as do not take long.

    Both compute with libraries whose results other versions round otherwise, and with no code of a net.
    """
    environments, code = claimed.identity.environments, {environment.NETS, *claimed.study.code}
    like_here = [
        environment.fingerprint(one)
        for one in environments
        if not _changes({name: one[name] for name in one if name not in code})
    ]
    alone = len(like_here) == len(environments)
    numbers = askable(claimed.study, claimed.records, like_here, alone=alone)
    if not numbers:
        return "proposals and stops of another environment, which were not made again"
    asked = sorted(map(int, draw.rng(2).permutation(numbers)[:_MOST_ASKED]))
    for other in (other_proposal, other_end):
        wrong = other(claimed.study, claimed.records, asked)
        if wrong:
            raise HpsearchError(wrong)
    if len(asked) == len(claimed.records):
        return "each proposal is the sampler's and each stop the pruner's"
    return f"of {counted(len(asked), 'trial')} the proposal is the sampler's and the stop the pruner's"


def train_again(claimed: Claimed, draw: Draw) -> str:
    """Trains the winner and a draw of the other trials that did not fail.

    Raises:
        HpsearchError: one does not come out again.
        UncheckedError: one does not, but was trained in another environment, or memory is short here.
    """
    winner = claimed.winner.number
    others = [one.number for one in claimed.records if one.number != winner and one.state != "failed"]
    drawn = sorted(map(int, draw.rng().permutation(others)[: draw.n]))
    elsewhere: list[Replay] = []
    for number in [winner, *drawn]:
        found = replay(claimed.study, claimed.folder, number)
        if found.differences and found.again.reason.startswith("MemoryError"):
            raise UncheckedError(f"memory is too short here to train trial {number} again")
        if found.differences and found.environment_changes:
            elsewhere.append(found)
        elif found.differences:
            raise HpsearchError(f"trial {number}, trained again: {found.differences[0]}")
    if elsewhere:
        raise UncheckedError(_other_bits(elsewhere))
    trained = f"trial {winner}, the winner, trained again to the same bits"
    if not drawn:
        return trained
    noun = "trial" if len(drawn) == 1 else "trials"
    return f"{trained}, as {noun} {listed(drawn)} (--draw {draw.seed})"


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


def confirm_again(claimed: Claimed, draw: Draw) -> Iterator[str]:
    """Computes confirm.json again from what the nets of its race got right, and trains a draw of these."""
    file = claimed.folder.confirmation_file
    found = Confirmation.read(file)
    if found is None or not found.environment:  # a file of before does not tell how it was asked for
        return
    changes = _changes(found.environment, claimed.study.code)
    if changes:
        yield f"{file.name} of another environment, which was not made again ({'; '.join(changes)})"
        return
    if found.digest != digest(claimed.records[: found.n_trials]):  # failed trials were tried again since
        yield f"{file.name} of an earlier record, which was not made again"
        return
    with threads.used(environment.n_threads(found.environment)):
        yield _race_again(claimed, found, draw)


def _race_again(claimed: Claimed, found: Confirmation, draw: Draw) -> str:
    file, study = claimed.folder.confirmation_file, claimed.study
    again, finish = confirm.as_kept(study, claimed.folder, claimed.records, found)
    made = asdict(replace(again, environment=found.environment))  # which nothing that matters sets apart
    left_hits = again.search_luck is not None or found.search_luck is None
    for name, value in asdict(found).items():
        if not is_alike(value, made[name]) and (left_hits or name not in _OF_SEARCH_LUCK):
            raise HpsearchError(f"{file}: {name} is not what the nets of its race make of it")
    nets = [(runner, seed) for runner in finish.runners for seed in range(len(runner.seeds))]
    drawn = [nets[i] for i in sorted(draw.rng(3).permutation(len(nets))[: draw.n])]
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


def answer_again(claimed: Claimed, draw: Draw) -> Iterator[str]:
    """Trains a draw of the nets behind answer.json again, where that was done in this environment."""
    file = claimed.folder.answer_file
    found = FreshAnswer.read(file)
    if found is None or not found.environment or found.digest != digest(claimed.records):
        return  # as in a file of before, or of an earlier record
    if found.environment != environment.fingerprint(environment.describe(claimed.study.code)):
        yield f"{file.name} of another environment, which was not made again"
        return
    n_nets, other = answer.comes_out_again(claimed.study, claimed.records, found, draw.rng(1), draw.n)
    if other:
        raise HpsearchError(f"{file}: {other}, trained again, got other images right than it says")
    if n_nets:
        yield f"{counted(n_nets, 'net')} of {file.name} too"


def look_again(claimed: Claimed, looks: Sequence[Look], jobs: int) -> str:
    """Trains the fresh seeds of this study's looks again and scores them on the test split."""
    for look in looks:
        if not final_test.comes_out_again(claimed.study, claimed.records, look, jobs):
            wrong = f"the test accuracies of {look.time} do not come out again"
            changes = _changes(claimed.identity.environments[-1], claimed.study.code)
            raise UncheckedError(f"{wrong}{_because(changes)}") if changes else HpsearchError(wrong)
    return "the same test accuracies"


def _changes(description: Mapping[str, str] | None, code: Iterable[str] = ()) -> list[str]:
    """Returns what is other here, with as many BLAS threads, than in an environment, where that is known."""
    if description is None:
        return []
    with threads.used(environment.n_threads(description)):
        return environment.difference(description, environment.describe(code))


def _because(changes: Sequence[str] | None) -> str:
    """Returns what may explain other bits; "" if nothing is known to."""
    return f", as may be in another environment ({'; '.join(changes)})" if changes else ""
