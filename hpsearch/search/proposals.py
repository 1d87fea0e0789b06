"""Study -> who proposes its trials, and what the next one is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hpsearch.records import CONTINUES, Proposal, TrialRecord
from hpsearch.strategies import promotions
from hpsearch.strategies.sampling import Proposer
from hpsearch.strategies.turns import Turns
from hpsearch.study.study import Study


def proposer_of(study: Study) -> Proposer | Turns:
    """Returns the proposer of a study: one sampler, or one for each value of the parameter in question."""
    if study.question is None:
        return Proposer(study.sampler, study.seed, study.space, study.enqueued)
    return Turns(study.sampler, study.seed, study.space, study.enqueued, study.question)


def propose(
    study: Study,
    proposer: Proposer | Turns,
    number: int,
    n_known: int,
    trials: Mapping[int, TrialRecord],
    before: Iterable[Proposal],
) -> Proposal:
    """Returns what trial `number` is, a running one from now on: a new one, or one that goes on with another.

    Args:
        proposer: has been told of the first `n_known` trials, and has taken up all before `number`.
        trials: those that have ended, by number; the first `n_known` at least.
        before: all trials before `number`.
    """
    if study.pruner.pauses:
        known = [trials[i] for i in range(number % study.n_turns, n_known, study.n_turns)]
        taken = {one.continues for one in before}
        paused = promotions.next_to_go_on(known, taken, study.pruner)
        if paused is not None:
            proposal = Proposal(paused.params, {CONTINUES: paused.number})
            proposer.take_up(number, proposal)
            return proposal
    return proposer.ask(number)
