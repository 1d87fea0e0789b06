"""Study -> who proposes its trials."""

from __future__ import annotations

from hpsearch.strategies.sampling import Proposer
from hpsearch.strategies.turns import Turns
from hpsearch.study.study import Study


def proposer_of(study: Study) -> Proposer | Turns:
    """Returns the proposer of a study: one sampler, or one for each value of the parameter in question."""
    if study.question is None:
        return Proposer(study.sampler, study.seed, study.space, study.enqueued)
    return Turns(study.sampler, study.seed, study.space, study.enqueued, study.question)
