"""The Gaussian process is shown every trial that ended, and gives the same bits anywhere."""

import json
from dataclasses import replace
from importlib.util import find_spec

import optuna
import pytest
import tomli_w
from optuna.trial import TrialState, create_trial
from threadpoolctl import threadpool_info, threadpool_limits

import hpsearch
from hpsearch.errors import CallError
from hpsearch.records import Epoch, Proposal, TrialOutcome, TrialRecord
from hpsearch.strategies import samplers
from hpsearch.strategies.gaussian import ABSENT, GaussianProcess, expected_value, filled
from hpsearch.strategies.samplers import parse_settings, require_packages
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.spacetable import parse_space
from hpsearch.worker import environment

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
    assert expected_value(ended(TrialState.PRUNED, *curve), COMPLETE) == pytest.approx(value)


def test_an_absent_parameter_has_the_value_that_was_proposed_for_it_or_the_middle():
    trial = ended(TrialState.COMPLETE, 0.5, params={"rate": 0.1, "rule": "adam", "width": 8, "fixed": "only"})
    assert filled(SPACE, trial) == {**trial.params, "momentum": pytest.approx(0.745)}
    trial.system_attrs[ABSENT] = {"momentum": 0.9, "width": 5}
    assert filled(SPACE, trial) == {**trial.params, "momentum": 0.9}


def test_only_parameters_with_several_values_are_modelled():
    study = optuna.create_study()
    modelled = GaussianProcess(0, 4, SPACE).infer_relative_search_space(study, study.ask())
    assert list(modelled) == ["rate", "rule", "momentum", "width"]


def test_a_missing_package_is_named_before_anything_is_written(study_table, tmp_path, monkeypatch):
    study = tmp_path / "study.toml"
    study.write_text(tomli_w.dumps(study_table(sampler__name="gp")))
    monkeypatch.setattr(samplers, "find_spec", lambda name: None if name == "torch" else "found")
    with pytest.raises(
        CallError, match=r"^sampler 'gp' needs the package torch, which is not .*hpsearch\[gp\]"
    ):
        hpsearch.run(study, trials=1, out=tmp_path / "out")
    assert not (tmp_path / "out" / "study").exists()
    require_packages("tpe")


def test_the_packages_that_proposals_depend_on_are_part_of_the_environment(make_study, monkeypatch):
    assert make_study().packages == ()
    assert make_study(sampler__name="gp").packages == ("greenlet", "torch")
    before = environment.describe()
    monkeypatch.setattr(environment, "find_spec", lambda name: name == "click" or None)
    now = environment.describe([], ["click", "absent"])
    assert now.keys() - before.keys() == {"click"}


needs_packages = pytest.mark.skipif(
    not all(find_spec(name) for name in samplers.SAMPLERS["gp"].packages), reason="needs hpsearch[gp]"
)


@needs_packages
@pytest.mark.slow
def test_a_search_goes_on_after_any_prefix_as_the_uninterrupted_one(ending):
    lookahead, n_trials = 3, 10
    expected, records = search(n_trials, lookahead, ending)
    assert {len(one.attributes.get(ABSENT, {})) for one in expected} == {0, 1}
    for number, proposal in enumerate(expected):
        assert json.loads(json.dumps(dict(proposal.attributes))) == dict(proposal.attributes)
        assert not proposal.attributes.get(ABSENT, {}).keys() & proposal.params.keys()
        assert list(proposal.params) == [one.name for one in SPACE if one.is_active(proposal.params)]
        parameters = {one.name: one for one in SPACE}
        assert all(parameters[name].recorded(value) == value for name, value in proposal.params.items())
        n_told = max(0, number - lookahead)
        resumed = Proposer(GP, 5, SPACE)
        resumed.restore(records[:n_told], expected[n_told:number])
        if number >= lookahead:
            resumed.tell(records[n_told])
        assert resumed.ask(number) == proposal


@needs_packages
@pytest.mark.slow
def test_without_its_attributes_it_would_go_another_way(ending):
    expected, records = search(14, 1, ending)
    number = 1 + next(i for i, one in enumerate(expected) if one.attributes)
    resumed = Proposer(GP, 5, SPACE)
    resumed.restore([replace(record, attributes={}) for record in records[:number]], [])
    assert resumed.ask(number) != expected[number]


@needs_packages
@pytest.mark.slow
@pytest.mark.parametrize(("state", "fewest", "most"), [("diverged", 0, 4), ("failed", 7, 12)])
def test_it_leaves_places_where_trials_diverge_but_not_those_where_they_fail(state, fewest, most):
    proposals, _ = search(16, 2, along_a_line(state), LINE)
    places = [proposal.params["x"] for proposal in proposals[4:]]
    assert fewest <= sum(x >= 0.5 for x in places) <= most
    assert min(abs(x - 0.25) for x in places) < 0.02


@needs_packages
@pytest.mark.slow
def test_running_trials_keep_it_from_their_place():
    _, records = search(8, 1, along_a_line("diverged"), LINE)
    alone, beside = Proposer(GP, 5, LINE), Proposer(GP, 5, LINE)
    alone.restore(records[:7], [])
    first = alone.ask(7).params["x"]
    beside.restore(records[:7], [Proposal({"x": first}, {})])
    assert abs(beside.ask(8).params["x"] - first) > 1e-3


@needs_packages
@pytest.mark.slow
def test_bits_do_not_depend_on_threads_whose_numbers_are_restored(ending):
    import torch

    found, before = [], torch.get_num_threads()
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            with threadpool_limits(limits=n_threads):
                found.append(search(10, 2, ending)[0])
                assert torch.get_num_threads() == n_threads
                assert {one["num_threads"] for one in threadpool_info()} == {n_threads}
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]
