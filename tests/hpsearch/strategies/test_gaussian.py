"""The Gaussian process is shown every trial that ended, and gives the same bits anywhere."""

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState, create_trial
from resumed import take_up
from scipy import stats
from threadpoolctl import threadpool_info, threadpool_limits

from hpsearch.records import Epoch, Proposal, TrialOutcome, TrialRecord
from hpsearch.strategies import gaussian
from hpsearch.strategies.gaussian import GaussianProcess, expected_values, normal
from hpsearch.strategies.samplers import parse_settings
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.spacetable import parse_space

GP = parse_settings({"name": "gp", "startup_trials": 4})
SPACE = parse_space(
    {
        "rate": {"low": 1e-4, "high": 1.0, "log": True},
        "rule": {"choices": ["sgd", "adam"]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": "sgd"}},
        "width": {"low": 4, "high": 64, "log": True, "when": {"rule": "adam"}},
        "fixed": {"choices": ["only"]},
    }
)
LINE = parse_space({"x": {"low": 0.0, "high": 1.0}})


@pytest.fixture
def ending(make_up):
    """Returns a trial's record, a pure function of number and proposal, that did not fail."""
    return lambda number, proposal: make_up(number, proposal, ("complete", "pruned", "complete", "diverged"))


def ended(state, *accuracies, params=None):
    """Returns a trial of Optuna's with this curve."""
    return create_trial(
        state=state,
        value=max(accuracies) if state == TrialState.COMPLETE else None,
        params=params or {},
        distributions={one.name: one.distribution() for one in SPACE if one.name in (params or {})},
        intermediate_values=dict(enumerate(accuracies, start=1)),
    )


def search(n_trials, lookahead, make_up, space=SPACE):
    """Returns proposals and records of a search in which trial n is asked when 0..n-lookahead are told."""
    proposer, proposals, records = Proposer(GP, 5, space), [], []
    for number in range(n_trials):
        if number >= lookahead:
            proposer.tell(records[number - lookahead])
        proposals.append(proposer.ask(number))
        records.append(make_up(number, proposals[number]))
    return proposals, records


def along_a_line(state_of_bad):
    """Returns what makes up trials that are best at 0.25, and end in this state from 0.5 on."""

    def make(number, proposal):
        x, nan = proposal.params["x"], float("nan")
        if x < 0.5:
            outcome = TrialOutcome(number, "complete", (Epoch(0.8 - abs(x - 0.25), 0.5, 1.0),))
        else:
            outcome = TrialOutcome(number, state_of_bad, (Epoch(nan, nan, nan),))
        return TrialRecord(proposal.params, proposal.attributes, outcome)

    return make


COMPLETE = [
    ended(TrialState.COMPLETE, 0.2, 0.5, 0.4, 0.6),
    ended(TrialState.COMPLETE, 0.4, 0.7, 0.7, 0.8),
    ended(TrialState.COMPLETE, 0.3, 0.6, 0.8, 0.9),
]


@pytest.mark.parametrize(
    ("curve", "value"),
    [
        ((0.1, 0.2), 0.6),  # behind all
        ((0.4, 0.6), 0.8),  # where the middle one of 0.5, 0.6, 0.7 was
        ((0.55, 0.3), 0.7),  # its best so far counts, half way between the lowest two
        ((0.9,), 0.9),  # before all
        ((), 0.6),  # without a curve: diverged
    ],
)
def test_a_stopped_trial_counts_as_the_complete_ones_that_were_where_it_was(curve, value):
    assert expected_values([ended(TrialState.PRUNED, *curve)], COMPLETE) == pytest.approx([value])


def test_only_parameters_with_several_values_are_modelled():
    study = optuna.create_study()
    modelled = GaussianProcess(0, 4, SPACE).infer_relative_search_space(study, study.ask())
    assert list(modelled) == ["rate", "rule", "momentum", "width"]


def test_a_search_goes_on_after_any_prefix_as_the_uninterrupted_one(ending):
    lookahead, n_trials = 3, 10
    expected, records = search(n_trials, lookahead, ending)
    for number, proposal in enumerate(expected):
        assert not proposal.attributes
        assert list(proposal.params) == [one.name for one in SPACE if one.is_active(proposal.params)]
        parameters = {one.name: one for one in SPACE}
        assert all(parameters[name].recorded(value) == value for name, value in proposal.params.items())
        n_told = max(0, number - lookahead)
        resumed = Proposer(GP, 5, SPACE)
        take_up(resumed, records[:n_told], expected[n_told:number])
        if number >= lookahead:
            resumed.tell(records[n_told])
        assert resumed.ask(number) == proposal


@pytest.mark.parametrize(("state", "fewest", "most"), [("diverged", 0, 4), ("failed", 2, 9)])
def test_it_leaves_places_where_trials_diverge_but_not_those_where_they_fail(state, fewest, most):
    proposals, _ = search(16, 2, along_a_line(state), LINE)
    places = [proposal.params["x"] for proposal in proposals[4:]]
    assert fewest <= sum(x >= 0.5 for x in places) <= most
    assert min(abs(x - 0.25) for x in places) < 0.02


def test_running_trials_keep_it_from_their_place():
    _, records = search(8, 1, along_a_line("diverged"), LINE)
    alone, beside = Proposer(GP, 5, LINE), Proposer(GP, 5, LINE)
    take_up(alone, records[:7], [])
    first = alone.ask(7).params["x"]
    take_up(beside, records[:7], [Proposal({"x": first}, {})])
    assert abs(beside.ask(8).params["x"] - first) > 1e-3


@pytest.mark.parametrize("n_trials", [10, 24])
def test_bits_do_not_depend_on_threads_whose_number_is_restored(ending, n_trials):
    found = []
    for n_threads in (1, 2):
        with threadpool_limits(limits=n_threads):
            found.append(search(n_trials, 2, ending)[0])
            assert {one["num_threads"] for one in threadpool_info()} == {n_threads}
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "values", [[0.1, 0.9, 0.95, 0.97, 0.98], [-1e300, 0.0, 1e300], [-1e4, -3.0, -2.0], [5.0, 5.0 + 1e-9, 5.0]]
)
def test_values_keep_their_order_and_are_finite(values):
    found = normal(np.array(values))
    assert np.isfinite(found).all()
    assert (found.mean(), found.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))
    assert (np.argsort(found, kind="stable") == np.argsort(values, kind="stable")).all()


def test_a_long_tail_is_drawn_in():
    errors = np.random.default_rng(0).lognormal(-3, 1, 200)
    assert stats.skew(-errors) < -1.5
    assert abs(stats.skew(normal(-errors))) < 0.3


def test_equal_values_stay_equal():
    assert normal(np.full(4, 0.1)).tolist() == [0.0] * 4


def test_of_many_trials_it_sees_the_best_and_the_latest(monkeypatch):
    monkeypatch.setattr(gaussian, "MOST_TRIALS", 4)
    assert gaussian._shown(np.array([5.0, 1.0, 4.0, 0.0])) == [0, 1, 2, 3]
    assert gaussian._shown(np.array([5.0, 1.0, 4.0, 0.0, 2.0, 3.0])) == [0, 2, 4, 5]
    assert gaussian._shown(np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])) == [2, 3, 4, 5]
    _, records = search(12, 1, along_a_line("diverged"), LINE)
    assert len({record.params["x"] for record in records}) == 12


def test_no_point_is_proposed_twice_while_there_is_another():
    space = parse_space({"n": {"low": 1, "high": 4}, "c": {"choices": ["a", "b", "c"]}})

    def make(number, proposal):
        value = 0.5 + (proposal.params["n"] == 2) / 4 + number / 1e3
        outcome = TrialOutcome(number, "complete", (Epoch(value, 0.5, 1.0),))
        return TrialRecord(proposal.params, proposal.attributes, outcome)

    proposals, _ = search(16, 2, make, space)
    drawn = {tuple(one.params.values()) for one in proposals[:4]}
    later = [tuple(one.params.values()) for one in proposals[4:]]
    assert len(drawn.union(later)) == 12
    n_left = 12 - len(drawn)
    assert len(drawn.union(later[:n_left])) == 12


def test_the_power_is_scipys():
    values = -np.random.default_rng(0).gamma(2, size=60)
    expected = stats.yeojohnson(stats.zscore(values))[0]
    np.testing.assert_allclose(normal(values), stats.zscore(expected), atol=1e-2)
