"""A proposal is a pure function of seed, number and the trials known then, whoever proposes."""

import json
import os
import subprocess
import sys
from textwrap import dedent

import optuna
import pytest
from optuna.trial import TrialState
from resumed import take_up

from hpsearch.disk.journal import RecordWriter, read_records
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import HpsearchError
from hpsearch.records import Epoch, Proposal, TrialOutcome, TrialRecord
from hpsearch.strategies import samplers
from hpsearch.strategies.pruners import PRUNERS
from hpsearch.strategies.samplers import Sampler, parse_settings
from hpsearch.strategies.sampling import Proposer, optuna_state, shown_curve, shown_value
from hpsearch.study.spacetable import parse_space

LOG = {"low": 1e-4, "high": 1.0, "log": True}
SPACES = {
    "flat": {
        "learning_rate": LOG,
        "width": {"low": 4, "high": 64, "log": True},
        "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
        "kind": {"choices": ["a", "b", "c"]},
    },
    "conditional": {
        "learning_rate": LOG,
        "rule": {"choices": ["sgd", "adam", "nesterov"]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": ["sgd", "nesterov"]}},
        "beta": {"low": 0.8, "high": 0.99, "when": {"rule": "adam"}},
        "twist": {"choices": [1, 2], "when": {"rule": "nesterov"}},
    },
    "depth": {"hidden_dims": {"depth": [1, 4], "width": [8, 64], "log": True}, "learning_rate": LOG},
    "gridded": {
        "learning_rate": {**LOG, "num": 5},
        "width": {"values": [4, 8, 16]},
        "kind": {"choices": ["a", "b"]},
    },
}
FAILED_IF_BAD = {"complete": TrialState.COMPLETE, "diverged": TrialState.FAIL}
TPE = parse_settings({"name": "tpe", "startup_trials": 5})
CASES = [
    ("tpe", "flat"), ("tpe", "conditional"), ("tpe", "depth"), ("random", "flat"), ("random", "conditional"),
    ("grid", "gridded"), ("qmc", "flat"),
]  # fmt: skip


def settings_of(name):
    return TPE if name == "tpe" else parse_settings({"name": name})


def search(proposer, make_up, lookahead, n_trials):
    """Returns proposals and records of a search in which trial n is asked when 0..n-lookahead are told."""
    proposals, records = [], []
    for number in range(n_trials):
        if number >= lookahead:
            proposer.tell(records[number - lookahead])
        proposals.append(proposer.ask(number))
        records.append(make_up(number, proposals[number]))
    return proposals, records


def as_text(proposals):
    return json.dumps([[proposal.params, dict(proposal.attributes)] for proposal in proposals])


@pytest.mark.parametrize(
    ("sampler", "space", "lookahead"),
    [
        *(("tpe", "conditional", lookahead) for lookahead in (1, 2, 5, 8)),
        *((sampler, space, 3) for sampler, space in CASES),
    ],
)
def test_a_proposer_restored_after_any_prefix_goes_on_as_the_uninterrupted_one(
    make_up, sampler, space, lookahead
):
    settings, parameters, n_trials = settings_of(sampler), parse_space(SPACES[space]), 18
    expected, records = search(Proposer(settings, 5, parameters), make_up, lookahead, n_trials)
    for n_asked in range(n_trials - 1):
        n_told = max(0, n_asked - lookahead)
        resumed = Proposer(settings, 5, parameters)
        take_up(resumed, records[:n_told], expected[n_told:n_asked])
        for number in (n_asked, n_asked + 1):
            if number >= lookahead:
                resumed.tell(records[number - lookahead])
            assert as_text([resumed.ask(number)]) == as_text([expected[number]])


ENQUEUED = [
    {"rule": "sgd", "momentum": 0.9, "learning_rate": 0.01},
    {"learning_rate": 0.5},
    {"rule": "adam"},
    {},
    {"rule": "nesterov", "twist": 2},
]


@pytest.mark.parametrize("lookahead", [1, 8])
def test_a_search_that_begins_with_enqueued_trials_is_restored_too(make_up, lookahead):
    parameters, n_trials = parse_space(SPACES["conditional"]), 14
    expected, records = search(Proposer(TPE, 5, parameters, ENQUEUED), make_up, lookahead, n_trials)
    for given, proposal in zip(ENQUEUED, expected, strict=False):
        assert given.items() <= proposal.params.items()
        assert "learning_rate" in proposal.params
    for n_asked in range(n_trials):
        n_told = max(0, n_asked - lookahead)
        resumed = Proposer(TPE, 5, parameters, ENQUEUED)
        take_up(resumed, records[:n_told], expected[n_told:n_asked])
        if n_asked >= lookahead:
            resumed.tell(records[n_told])
        assert as_text([resumed.ask(n_asked)]) == as_text([expected[n_asked]])


def test_a_design_begins_after_the_enqueued_trials(make_up):
    parameters = parse_space(SPACES["gridded"])
    first = {"learning_rate": 0.3, "width": 5, "kind": "a"}
    with_first = Proposer(settings_of("grid"), 0, parameters, [first])
    plain = search(Proposer(settings_of("grid"), 0, parameters), make_up, 2, 30)[0]
    assert with_first.size == 31
    assert [one.params for one in search(with_first, make_up, 2, 31)[0]] == [
        first,
        *(p.params for p in plain),
    ]


@pytest.mark.parametrize("space", ["flat", "conditional", "depth"])
def test_a_resumed_search_ends_with_the_same_trials_through_journal_and_task_files(make_up, tmp_path, space):
    parameters, lookahead, n_trials, n_asked = parse_space(SPACES[space]), 4, 24, 15
    expected, records = search(Proposer(TPE, 1, parameters), make_up, lookahead, n_trials)
    writer = RecordWriter(tmp_path / "journal.log", parameters)
    for record in records[: n_asked - lookahead]:
        writer.append(record)
    folders = [TrialFolder(tmp_path / str(number)) for number in range(n_asked)]
    for folder, proposal in zip(folders, expected, strict=False):
        folder.write_task(proposal, 1)

    resumed = Proposer(TPE, 1, parameters)
    running = [folder.read_task() for folder in folders[n_asked - lookahead :]]
    take_up(resumed, read_records(tmp_path / "journal.log"), running)
    for number in range(n_asked, n_trials):
        resumed.tell(records[number - lookahead])
        assert as_text([resumed.ask(number)]) == as_text([expected[number]])


def test_without_the_samplers_attributes_a_conditional_search_would_go_another_way(make_up):
    parameters = parse_space(SPACES["conditional"])
    expected, records = search(Proposer(TPE, 0, parameters), make_up, 8, 30)
    resumed = Proposer(TPE, 0, parameters)
    take_up(resumed, records[:16], [Proposal(one.params, {}) for one in expected[16:24]])
    found = []
    for number in range(24, 30):
        resumed.tell(records[number - 8])
        found.append(resumed.ask(number).params)
    assert found != [one.params for one in expected[24:]]


@pytest.mark.parametrize(("sampler", "space"), CASES)
def test_proposals_do_not_depend_on_how_many_trials_are_wanted(make_up, sampler, space):
    searches = [
        search(Proposer(settings_of(sampler), 2, parse_space(SPACES[space])), make_up, 4, n)[0]
        for n in (10, 16)
    ]
    assert as_text(searches[0]) == as_text(searches[1][:10])


@pytest.mark.parametrize(("sampler", "space"), CASES)
def test_study_seeds_give_searches_of_their_own(make_up, sampler, space):
    firsts = {
        as_text(search(Proposer(settings_of(sampler), seed, parse_space(SPACES[space])), make_up, 2, 3)[0])
        for seed in range(3)
    }
    assert len(firsts) == 3


def test_the_random_sampler_does_not_repeat_its_first_trials(make_up):
    proposals, _ = search(Proposer(settings_of("random"), 0, parse_space(SPACES["flat"])), make_up, 3, 50)
    assert len({as_text([proposal]) for proposal in proposals}) == 50


@pytest.mark.parametrize(("sampler", "space"), CASES)
def test_every_proposal_lies_in_the_space(make_up, sampler, space):
    parameters = parse_space(SPACES[space])
    proposals, _ = search(Proposer(settings_of(sampler), 3, parameters), make_up, 4, 16)
    for proposal in proposals:
        active = [parameter.name for parameter in parameters if parameter.is_active(proposal.params)]
        assert list(proposal.params) == active
        for parameter in parameters:
            if parameter.name in active:
                distribution = parameter.distribution()
                value = distribution.to_internal_repr(proposal.params[parameter.name])
                assert distribution._contains(value)


def test_attributes_survive_json(make_up):
    proposals, _ = search(Proposer(TPE, 0, parse_space(SPACES["conditional"])), make_up, 2, 12)
    assert any(proposal.attributes for proposal in proposals)
    for proposal in proposals:
        assert json.loads(json.dumps(dict(proposal.attributes))) == dict(proposal.attributes)


def test_a_grid_has_a_size_and_other_samplers_none():
    spaces = {name: parse_space(SPACES["gridded"]) for name in ("grid", "qmc", "tpe", "random")}
    sizes = {name: Proposer(settings_of(name), 0, space).size for name, space in spaces.items()}
    assert sizes == {"grid": 5 * 3 * 2, "qmc": None, "tpe": None, "random": None}


def outcome(state, *accuracies):
    curve = tuple(Epoch(accuracy, 0.5, 1.0) for accuracy in accuracies)
    return TrialRecord({}, {}, TrialOutcome(0, state, curve))


@pytest.mark.parametrize(
    ("record", "state", "curve", "value"),
    [
        (outcome("complete", 0.5, 0.7, 0.6), "COMPLETE", {1: 0.5, 2: 0.7, 3: 0.6}, 0.7),
        (outcome("pruned", 0.5, 0.7), "PRUNED", {1: 0.5, 2: 0.7}, None),
        (outcome("diverged", 0.5, float("nan")), "PRUNED", {}, None),
        (outcome("failed", 0.5), "FAIL", {1: 0.5}, None),
        (outcome("failed"), "FAIL", {}, None),
    ],
)
def test_what_the_sampler_is_told_of_a_trial(record, state, curve, value):
    assert optuna_state(record).name == state
    assert shown_curve(record) == curve
    assert shown_value(record) == value


def share_of_bad_proposals(bad_state):
    """Returns which part of trials 30..59 lies where every trial ends in `bad_state`."""

    def made_up(number, proposal):
        x, nan = proposal.params["x"], float("nan")
        good = TrialOutcome(number, "complete", (Epoch(0.8 - abs(x - 0.25), 0.5, 1.0),))
        bad = TrialOutcome(number, bad_state, (Epoch(0.9, 0.1, 9.0), Epoch(nan, nan, nan)))
        return TrialRecord(proposal.params, proposal.attributes, good if x < 0.5 else bad)

    space = parse_space({"x": {"low": 0.0, "high": 1.0}})
    proposals, _ = search(Proposer(TPE, 0, space), made_up, 4, 60)
    return sum(proposal.params["x"] >= 0.5 for proposal in proposals[30:]) / 30


def test_tpe_leaves_places_where_trials_diverge_but_not_those_where_they_fail(monkeypatch):
    diverged = share_of_bad_proposals("diverged")
    monkeypatch.setattr(
        "hpsearch.strategies.sampling.optuna_state", lambda record: FAILED_IF_BAD[record.state]
    )
    assert diverged < 0.2
    assert share_of_bad_proposals("diverged") > 0.6


SCRIPT = dedent(
    """
    import json
    from hpsearch.records import Epoch, TrialOutcome, TrialRecord
    from hpsearch.strategies.samplers import parse_settings
    from hpsearch.strategies.sampling import Proposer
    from hpsearch.study.spacetable import parse_space
    space = parse_space({
        "rule": {"choices": ["sgd", "adam", "nesterov"]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": ["sgd", "nesterov"]}},
        "beta": {"low": 0.8, "high": 0.99, "when": {"rule": "adam"}},
        "hidden_dims": {"depth": [1, 3], "width": [8, 64]},
    })
    proposer, proposals = Proposer(parse_settings({"startup_trials": 4}), 0, space), []
    for n in range(24):
        if n >= 4:
            told = proposals[n - 4]
            curve = (Epoch(told.params["hidden_dims.width1"] / 64, 0.5, 1.0),)
            proposer.tell(TrialRecord(told.params, told.attributes, TrialOutcome(n - 4, "complete", curve)))
        proposals.append(proposer.ask(n))
    print(json.dumps([[p.params, dict(p.attributes)] for p in proposals]))
    """
)


def test_proposals_do_not_depend_on_the_order_of_sets():
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
        )
        for seed in "01"
    ]
    found = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert len(json.loads(found[0])) == 24
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("section", "table"),
    [
        ({}, {"name": "auto", "startup_trials": 10, "candidates": 24}),
        ({"name": "tpe", "candidates": 5}, {"name": "tpe", "startup_trials": 10, "candidates": 5}),
        ({"name": "random"}, {"name": "random"}),
        ({"name": "gp"}, {"name": "gp", "startup_trials": 10}),
        ({"name": "auto"}, {"name": "auto", "startup_trials": 10, "candidates": 24}),
        ({"name": "grid"}, {"name": "grid"}),
        ({"name": "qmc"}, {"name": "qmc"}),
    ],
)
def test_settings_are_written_out(section, table):
    assert parse_settings(section).to_table() == table
    assert parse_settings(table) == parse_settings(section)


class Counting(optuna.samplers.RandomSampler):
    """A sampler with a state of its own, which it keeps in an attribute of its trials, or of the study."""

    key = "counting:n"
    in_study = False

    def before_trial(self, study, trial):
        storage = study._storage
        if self.in_study:
            storage.set_study_system_attr(study._study_id, self.key, trial.number)
        storage.set_trial_system_attr(trial._trial_id, self.key, trial.number)


def with_row(monkeypatch, **row):
    row = Sampler(lambda seed, settings, space: Counting(seed=seed), **row)
    monkeypatch.setattr(samplers, "SAMPLERS", {"counting": row})
    monkeypatch.setattr("hpsearch.strategies.sampling.SAMPLERS", {"counting": row})
    return Proposer(parse_settings({"name": "counting"}), 0, parse_space(SPACES["flat"]))


def test_an_attribute_that_a_samplers_row_declares_survives(monkeypatch):
    proposer = with_row(monkeypatch, attributes=("counting:",))
    assert [dict(proposer.ask(number).attributes) for number in range(2)] == [
        {Counting.key: 0},
        {Counting.key: 1},
    ]


def test_an_attribute_that_no_row_declares_is_an_error(monkeypatch):
    proposer = with_row(monkeypatch, attributes=("other:",))
    with pytest.raises(
        HpsearchError, match=r"sampler 'counting' wrote the attribute 'counting:n' on a trial"
    ):
        proposer.ask(0)


def test_what_a_sampler_keeps_in_the_study_is_an_error(monkeypatch):
    monkeypatch.setattr(Counting, "in_study", True)
    proposer = with_row(monkeypatch, attributes=("counting:",))
    with pytest.raises(
        HpsearchError, match=r"sampler 'counting' wrote the attribute 'counting:n' on the study"
    ):
        proposer.ask(0)


def test_every_option_of_a_strategy_has_a_default_in_its_range_and_a_meaning():
    for table in (samplers.SAMPLERS, PRUNERS):
        for row in table.values():
            for option in row.options.values():
                option.check(option.default)
                assert option.meaning
