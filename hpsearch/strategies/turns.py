"""Values of a parameter in question take turns: a proposer for each, which knows its own trials alone.

`Turns` is asked and told as `Proposer` is. To the proposer of a value its trials are 0, 1, 2, ..., and
all proposers have the study's seed: what is drawn without regard to results (first trials of TPE, random
points, designs) is the same for each value if the same parameters are searched beside it, so that none
owes its success to luckier draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hpsearch.records import Proposal, TrialRecord
from hpsearch.space import Parameter, Params
from hpsearch.strategies.question import Question
from hpsearch.strategies.samplers import SamplerSettings
from hpsearch.strategies.sampling import Proposer


class Turns:
    """The proposers of a study in which a parameter is in question.

    Args:
        settings: of the sampler, the same for each value.
        seed: the study's.
        space: all parameters, the one in question included.
        enqueued: trials by hand; one that gives the parameter in question is for that value, others are for
            each of them.
        question: which parameter, and which values.
    """

    def __init__(
        self,
        settings: SamplerSettings,
        seed: int,
        space: Sequence[Parameter],
        enqueued: Sequence[Params],
        question: Question,
    ) -> None:
        self._question = question
        self._names = [parameter.name for parameter in space]
        self._proposers = [
            Proposer(settings, seed, beside, self._by_hand(enqueued, value))
            for value, beside in zip(question.values, question.spaces(space), strict=True)
        ]

    def _by_hand(self, enqueued: Sequence[Params], value: object) -> list[Params]:
        mine = [params for params in enqueued if params.get(self._question.compare, value) == value]
        return [self._without(params) for params in mine]

    def _without(self, params: Params) -> Params:
        return {name: value for name, value in params.items() if name != self._question.compare}

    @property
    def size(self) -> int | None:
        """How many trials there are points for, as many of each value; None for no end."""
        sizes = [proposer.size for proposer in self._proposers]
        known = [size for size in sizes if size is not None]
        return len(sizes) * min(known) if known else None

    def ask(self, number: int) -> Proposal:
        """Proposes trial `number`, which becomes a running one.

        Raises:
            HpsearchError: the sampler wrote what a resumed search would not find.
        """
        turn, own_number = self._turn(number)
        proposal = self._proposers[turn].ask(own_number)
        drawn = {**proposal.params, self._question.compare: self._question.values[turn]}
        return replace(proposal, params={name: drawn[name] for name in self._names if name in drawn})

    def take_up(self, number: int, proposal: Proposal) -> None:
        """Takes in trial `number`, which becomes a running one, without asking a sampler for it."""
        turn, own_number = self._turn(number)
        own = replace(proposal, params=self._without(proposal.params))
        self._proposers[turn].take_up(own_number, own)

    def tell(self, record: TrialRecord) -> None:
        """Tells how a running trial ended; trials are told in order."""
        turn, _ = self._turn(record.number)
        self._proposers[turn].tell(self._own(record))

    def _turn(self, number: int) -> tuple[int, int]:
        """Returns whose turn a trial is, and its number among the trials of the same value."""
        own_number, turn = divmod(number, len(self._proposers))
        return turn, own_number

    def _own(self, record: TrialRecord) -> TrialRecord:
        """Returns a trial as the proposer of its value knows it."""
        _, own_number = self._turn(record.number)
        outcome = replace(record.outcome, number=own_number)
        return replace(record, params=self._without(record.params), outcome=outcome)
