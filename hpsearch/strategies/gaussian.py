"""Optuna's Gaussian process, shown pruned and diverged trials too, and conditional spaces.

By itself Optuna's sampler looks at complete trials alone, so that it goes back to where trials were pruned or
diverged, and draws conditional parameters at random. Here it works on a view of the study instead, in which

- a pruned trial has the value that complete trials came to which were where it was when it was stopped;
- a diverged trial has the worst value;
- an absent parameter has the value that was proposed for it, kept as an attribute of the trial; without one,
  the middle of its range or list of choices. With the middle always, the trial would be seen at another place
  than the one proposed, and the same place be proposed for ever.

Running trials are in the view too: their values are integrated over (q-EI). The view is made anew for each
ask and nothing else is kept from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers import GPSampler
from optuna.trial import FrozenTrial, TrialState, create_trial
from threadpoolctl import threadpool_limits

from hpsearch.space import Parameter, Params
from hpsearch.strategies.designs import from_unit

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

ABSENT = "gp:absent"


class GaussianProcess(GPSampler):
    """Optuna's sampler on a view of the study.

    Args:
        seed: of this trial's random numbers.
        startup_trials: how many trials must have ended before it begins.
        space: all parameters.
    """

    def __init__(self, seed: int, startup_trials: int, space: Sequence[Parameter]) -> None:
        super().__init__(seed=seed, n_startup_trials=startup_trials, warn_independent_sampling=False)
        self._space = space
        self._distributions = {parameter.name: parameter.distribution() for parameter in space}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Returns the parameters that have more than one value, whether each trial has them or not."""
        return {name: one for name, one in self._distributions.items() if not one.single()}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Returns the values of all parameters; those that the trial does not have are not used."""
        trials = study.get_trials(deepcopy=False)
        if not any(one.state == TrialState.COMPLETE for one in trials):
            return {}
        view = optuna.create_study(direction="maximize", sampler=self)
        view.add_trials(self._shown(trials))
        with _one_thread():
            params = super().sample_relative(view, view.get_trials(deepcopy=False)[-1], search_space)
        if absent := _absent(self._space, params):
            study._storage.set_trial_system_attr(trial._trial_id, ABSENT, absent)
        return params

    def _shown(self, trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
        """Returns the view's trials: the ended ones that did not fail, the running ones, the new one last."""
        complete = [one for one in trials if one.state == TrialState.COMPLETE]
        return [
            create_trial(
                state=TrialState.RUNNING if one.state == TrialState.RUNNING else TrialState.COMPLETE,
                value=None if one.state == TrialState.RUNNING else expected_value(one, complete),
                params=filled(self._space, one) if one.params else {},
                distributions=self._distributions if one.params else {},
            )
            for one in trials
            if one.state != TrialState.FAIL
        ]


def expected_value(ended: FrozenTrial, complete: Sequence[FrozenTrial]) -> float:
    """Returns the value of a trial; of a stopped one that of the complete ones that were where it was.

    That is the quantile of the complete trials' values to which its best accuracy, at the epoch at which it
    was stopped, belongs among theirs up to that epoch. It is never beyond the values that there are: a trial
    without a curve, as Optuna is told of a diverged one, has the worst.
    """
    if ended.value is not None:
        return ended.value
    values = sorted(one.value for one in complete if one.value is not None)
    if not ended.intermediate_values:
        return values[0]
    epoch, best = max(ended.intermediate_values), max(ended.intermediate_values.values())
    rivals = sorted(
        max(accuracy for i, accuracy in one.intermediate_values.items() if i <= epoch)
        for one in complete
        if one.intermediate_values
    )
    ranks = np.linspace(0, 1, len(rivals))
    return float(np.quantile(values, np.interp(best, rivals, ranks)))


def filled(space: Sequence[Parameter], trial: FrozenTrial) -> Params:
    """Returns a value for each parameter: the trial's, or what stands for it where it is absent."""
    values = {**trial.system_attrs.get(ABSENT, {}), **trial.params}
    return {one.name: values[one.name] if one.name in values else from_unit(one, 0.5) for one in space}


def _absent(space: Sequence[Parameter], params: Params) -> Params:
    """Returns what was proposed for parameters that a trial with these values does not have."""
    active: Params = {}
    for parameter in space:
        if parameter.name in params and parameter.is_active(active):
            active[parameter.name] = params[parameter.name]
    return {name: value for name, value in params.items() if name not in active}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limits BLAS and PyTorch to one thread: sums in several round otherwise."""
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(n_threads)
