"""The sampler that picks one: the Gaussian process in small spaces and for the first trials, else TPE.

The Gaussian process came nearer to the optimum in as many trials (tests/benchmarks/README.md), but takes
longer for each, the more there are, and of hundreds no longer does better; with many parameters it was not
measured. The choice depends on space and trial number alone, never on how many trials a search shall have:
one of 50 trials goes on as one of 100.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optuna.samplers import BaseSampler

from hpsearch.records import PICKED
from hpsearch.space import Parameter

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

N_TRIALS, N_PARAMETERS = 100, 20


def picked(space: Sequence[Parameter], number: int) -> str:
    """Returns which sampler proposes a trial: "gp" or "tpe"."""
    return "gp" if number < N_TRIALS and len(space) <= N_PARAMETERS else "tpe"


class Automatic(BaseSampler):
    """Asks the sampler that suits the space and the trial's number, and leaves its name on the trial.

    Args:
        samplers: who may be asked, by name, each made for this trial.
        space: all parameters.
    """

    def __init__(self, samplers: Mapping[str, BaseSampler], space: Sequence[Parameter]) -> None:
        self._samplers = samplers
        self._space = space

    def _of(self, trial: FrozenTrial) -> BaseSampler:
        return self._samplers[picked(self._space, trial.number)]

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Leaves on the trial who proposes it."""
        study._storage.set_trial_system_attr(trial._trial_id, PICKED, picked(self._space, trial.number))
        self._of(trial).before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Returns the parameters that are drawn together."""
        return self._of(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Returns the values of those."""
        return self._of(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Returns the value of another one."""
        return self._of(trial).sample_independent(study, trial, param_name, param_distribution)
