"""Studies of Optuna's whose truth is known, as anybody might have them: trials added by hand.

add(storage, name, trials, direction)    a study with these trials
searched(direction)                      60 trials, many pruned, in which `rate` decides and `width` matters
"""

import math
import random
from datetime import datetime, timedelta

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

RATE = FloatDistribution(1e-5, 1e-1, log=True)
WIDTH = IntDistribution(1, 8)
RULE = CategoricalDistribution(("adam", "sgd", None, 2, True, "2"))
BETA = FloatDistribution(0.5, 1.0, step=0.1)
N_STEPS = 6


def add(storage, name, trials=(), direction="minimize"):
    """Makes a study with these trials, and returns it."""
    study = optuna.create_study(storage=storage, study_name=name, direction=direction)
    study.add_trials(list(trials))
    return study


def trial(value=None, state=TrialState.COMPLETE, *, reports=(), constraint=None, **params):
    """Returns a trial; the names of its parameters say what they are drawn from."""
    known = {"rate": RATE, "width": WIDTH, "rule": RULE, "beta": BETA}
    made = create_trial(
        state=state,
        value=value,
        params=params,
        distributions={name: known[name] for name in params},
        intermediate_values={10 * step: report for step, report in enumerate(reports)},
        system_attrs={} if constraint is None else {"constraints:c": constraint},
    )
    made.datetime_start = datetime(2026, 1, 1)
    made.datetime_complete = None if not state.is_finished() else datetime(2026, 1, 1) + timedelta(seconds=2)
    return made


def searched(direction="minimize", n=90):
    """Returns trials in which only `rate`, and less `width`, decide; three quarters are pruned at step 10."""
    sign, rng, made = (1 if direction == "minimize" else -1), random.Random(0), []
    for _ in range(n):
        params = {
            "rate": 10 ** rng.uniform(-5, -1),
            "width": rng.randint(1, 8),
            "rule": rng.choice(RULE.choices),
        }
        if params["rule"] == "adam":
            params["beta"] = round(rng.uniform(0.5, 1.0), 1)
        loss = (math.log10(params["rate"]) + 3) ** 2 + 0.1 * params["width"] + 0.05 * rng.random()
        curve = [sign * (loss + 0.3 * (N_STEPS - step)) for step in range(1, N_STEPS + 1)]
        is_pruned = loss > 1.2
        made.append(
            trial(None, TrialState.PRUNED, reports=curve[:2], **params)
            if is_pruned
            else trial(curve[-1], reports=curve, **params)
        )
    return made
