"""What trials say of a parameter: nothing where it has no say, wherever they were tried."""

import numpy as np
import pandas as pd
import pytest

from hpsearch.results.landscape import landscape_of
from hpsearch.space import Parameter

SPACE = (
    Parameter("x", "float", 0.0, 1.0),
    Parameter("size", "int", 1, 64, log=True),
    Parameter("kind", "choice", choices=("a", "b", "c")),
)


def drawn(n, seed):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": range(n),
            "state": "complete",
            "params.x": random.random(n),
            "params.size": np.exp2(random.uniform(0, 6, n)).round().astype(int),
            "params.kind": random.choice(["a", "b", "c"], n),
        }
    )


def seen(trials, values, space=SPACE):
    curves = pd.DataFrame({"number": trials["number"], "epoch": 1, "val_accuracy": values})
    return landscape_of(trials, curves, space)


def noise(seed, n=60):
    return np.random.default_rng([1, seed]).standard_normal(n)


def test_chance_looks_like_half_a_normal_number():
    found = [seen(drawn(60, seed), noise(seed)) for seed in range(60)]
    evidence = np.array([[one.evidence(parameter.name) for parameter in SPACE] for one in found])
    assert 0.01 < (evidence > 1.645).mean() < 0.09  # 0.05 by the theory, for many trials


@pytest.mark.parametrize("name", ["x", "size", "kind"])
def test_a_parameter_that_decides_is_seen(name):
    trials = drawn(60, 0)
    [parameter] = [one for one in SPACE if one.name == name]
    found = seen(trials, 3 * parameter.place(trials[f"params.{name}"]) + noise(0))
    evidence = {one.name: found.evidence(one.name) for one in SPACE}
    assert evidence.pop(name) > 4
    assert max(evidence.values()) < 2.5
    assert found.gains(name).mean() > 0.2


def test_where_trials_were_tried_says_nothing():
    """The later, the better and the nearer to one place, as in a search that settles."""
    random, n = np.random.default_rng(0), 100
    trials = drawn(n, 0)
    for name in ("params.x", "params.other"):
        settled = np.arange(n) > 20
        trials[name] = np.where(settled, 0.4 + 0.02 * random.standard_normal(n), random.random(n))
    space = (SPACE[0], Parameter("other", "float", 0.0, 1.0))
    found = seen(trials, -((trials["params.x"] - 0.4) ** 2) + 0.02 * random.standard_normal(n), space)
    assert found.evidence("x") > 3
    assert found.evidence("other") < 1


def test_the_end_toward_which_the_best_get_better_is_seen():
    trials = drawn(80, 0)
    rising = seen(trials, trials["params.x"] + 0.1 * noise(0, 80))
    assert rising.outward("x", "high", 0.15) > 0.99
    assert rising.outward("x", "low", 0.15) < 0.01
    peaked = seen(trials, -((trials["params.x"] - 0.7) ** 2) + 0.02 * noise(0, 80))
    assert peaked.outward("x", "high", 0.15) < 0.05


def test_trials_without_a_parameter_say_nothing_of_its_end():
    trials, random = drawn(120, 0), np.random.default_rng(0)
    has = (trials["params.kind"] != "a").to_numpy()
    values = np.where(has, trials["params.x"], 5.0) + 0.1 * random.standard_normal(120)
    told = seen(trials.assign(**{"params.x": trials["params.x"].where(has)}), values)
    assert told.evidence("x") > 3
    assert told.outward("x", "high", 0.15) > 0.95  # though those without it are the best


def test_nothing_is_seen_where_nothing_differs():
    trials = drawn(20, 0)
    assert seen(trials, np.full(20, 0.9)) is None
    same = trials.assign(**{"params.x": 0.5, "params.size": 4, "params.kind": "a"})
    assert seen(same, noise(0, 20)) is None
    assert seen(trials.head(0), []) is None


def test_one_parameter_is_judged_too():
    trials = drawn(40, 0)
    found = seen(trials, trials["params.x"] + 0.1 * noise(0, 40), SPACE[:1])
    assert found.evidence("x") > 5


def test_a_step_between_few_values_is_not_taken_to_go_on_at_the_end():
    depth = Parameter("depth", "int", 1, 3)

    def sure(seed, worth):
        """Says how sure it is that depth 3 is better than 2, and where trials without depth have no say."""
        trials = drawn(60, seed)
        trials["params.depth"] = np.random.default_rng([2, seed]).choice([1, 2, 3, np.nan], 60)
        values = trials["params.depth"].map(dict(enumerate(worth, 1))).fillna(0) + noise(seed)
        return seen(trials, values, (*SPACE, depth)).better_at_end("depth", "high", 0.5)

    equal = np.array([sure(seed, [-3, 0, 0]) for seed in range(30)])
    assert (equal > 0.95).sum() <= 4
    assert 0.2 < equal.mean() < 0.8
    assert min(sure(seed, [-3, -2, 1]) for seed in range(5)) > 0.999


def test_of_values_that_hardly_a_trial_has_nothing_is_sure():
    trials = drawn(20, 0)
    trials["params.depth"] = [1] * 18 + [2, 3]
    landscape = seen(trials, noise(0, 20), (*SPACE, Parameter("depth", "int", 1, 3)))
    assert landscape.better_at_end("depth", "high", 0.5) == 0
