"""History -> the next trial's parameters: the only part of hpsearch that asks the samplers.

`Proposer.ask(n)` proposes trial n. It must have been told of trials 0..n-L and know n-L+1..n-1 as
running, whatever else is already done; the coordinator sees to that. The sampler is built anew for
each ask from the study's seed and n, so that a resumed search goes on where it was. The samplers
themselves are in `hpsearch.strategies.samplers`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from hpsearch.errors import HpsearchError
from hpsearch.records import Proposal, TrialRecord
from hpsearch.seeds import Purpose, integer
from hpsearch.space import Parameter, Params, suggest
from hpsearch.strategies.samplers import SAMPLERS, SamplerSettings, kept_attributes

if TYPE_CHECKING:
    import optuna


class Proposer:
    """The sampler's view of the study: an Optuna study in memory that is asked and told in order."""

    def __init__(
        self,
        settings: SamplerSettings,
        seed: int,
        space: Sequence[Parameter],
        enqueued: Sequence[Params] = (),
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._settings = settings
        self._seed = seed
        self._space = space
        self._enqueued = enqueued
        self._storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(storage=self._storage, direction="maximize")
        self._study_id = self._storage.get_study_id_from_name(self._study.study_name)
        self._sampler = SAMPLERS[settings.name]
        self._n_new = 0  # without those that go on with another
        self._points = None if self._sampler.design is None else self._sampler.design(seed, space)

    @property
    def size(self) -> int | None:
        """How many trials the sampler has points for; None for no end."""
        n_points = None if self._points is None else self._points.size
        return None if n_points is None else len(self._enqueued) + n_points

    @cached_property
    def _distributions(self) -> dict[str, optuna.distributions.BaseDistribution]:
        return {parameter.name: parameter.distribution() for parameter in self._space}

    def ask(self, number: int) -> Proposal:
        """Proposes trial `number`, which becomes a running one.

        Raises:
            HpsearchError: the sampler wrote what a resumed search would not find.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # group=True is marked experimental
            trial_seed = integer(self._seed, Purpose.SAMPLING, number)
            self._study.sampler = self._sampler.make(trial_seed, self._settings, self._space)
            if self._n_new < len(self._enqueued):
                self._study.enqueue_trial(self._enqueued[self._n_new])
            elif self._points is not None:
                self._study.enqueue_trial(self._points[self._n_new - len(self._enqueued)])
            self._n_new += 1
            trial = self._study.ask()
            assert trial.number == number, "trials are asked in order"
            params = suggest(trial, self._space)
        self._require_no_state()
        attributes = self._storage.get_trial(self._id(number)).system_attrs
        return Proposal(params, kept_attributes(self._settings.name, attributes))

    def take_up(self, number: int, proposal: Proposal) -> None:
        """Takes in trial `number`, which becomes a running one, without asking the sampler for it.

        An earlier run asked for it, or it goes on with a paused one.
        """
        from optuna.trial import TrialState, create_trial

        trial = create_trial(
            state=TrialState.RUNNING,
            params=dict(proposal.params),
            distributions={name: self._distributions[name] for name in proposal.params},
            system_attrs=dict(proposal.attributes),
        )
        trial_id = self._storage.create_new_trial(self._study_id, trial)
        assert trial_id == self._id(number), "trials are taken up in order"
        self._n_new += proposal.continues is None

    def _require_no_state(self) -> None:
        """Refuses a sampler that keeps something in the study itself, which no resumed search would find."""
        attributes = self._storage.get_study_system_attrs(self._study_id)
        if attributes:
            raise HpsearchError(
                f"sampler {self._settings.name!r} wrote the attribute {min(attributes)!r} on the study, "
                f"which nothing keeps; a resumed search would give other trials"
            )

    def tell(self, record: TrialRecord) -> None:
        """Tells how a running trial ended; trials are told in order."""
        trial_id = self._id(record.number)
        for epoch, accuracy in shown_curve(record).items():
            self._storage.set_trial_intermediate_value(trial_id, epoch, accuracy)
        value = shown_value(record)
        self._storage.set_trial_state_values(
            trial_id, state=optuna_state(record), values=None if value is None else [value]
        )

    def _id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)


def optuna_state(record: TrialRecord) -> optuna.trial.TrialState:
    """Returns the state that Optuna is told: a diverged trial is a pruned one without a curve.

    So it ranks last. As failed, or with a NaN, samplers would ignore it and go back there.
    """
    from optuna.trial import TrialState

    states = {"complete": TrialState.COMPLETE, "failed": TrialState.FAIL}
    return states.get(record.state, TrialState.PRUNED)


def shown_curve(record: TrialRecord) -> dict[int, float]:
    """Returns the validation accuracies by epoch that Optuna is told."""
    if record.state == "diverged":
        return {}
    return {i: epoch.val_accuracy for i, epoch in enumerate(record.outcome.curve, start=1)}


def shown_value(record: TrialRecord) -> float | None:
    """Returns the value that the sampler is told: that of a complete trial only."""
    return record.value if record.state == "complete" else None
