"""The values in question take turns, and each is tuned as a study of its own would be."""

import re
from dataclasses import replace

import pytest
from resumed import take_up

from hpsearch.space import to_arguments
from hpsearch.strategies.question import Question, parse_question
from hpsearch.strategies.samplers import parse_settings
from hpsearch.strategies.sampling import Proposer
from hpsearch.strategies.turns import Turns
from hpsearch.study.spacetable import parse_space

LOG = {"low": 1e-4, "high": 1.0, "log": True}
SPACE = parse_space(
    {
        "learning_rate": LOG,
        "rule": {"choices": ["sgd", "adam", "nesterov"]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": ["sgd", "nesterov"]}},
        "shape": {"choices": ["flat", "steep"], "when": {"rule": "adam"}},
        "slope": {"low": 0.0, "high": 1.0, "when": {"shape": "steep"}},
    }
)
FLAT = parse_space(
    {
        "learning_rate": LOG,
        "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
        "dims": {"choices": [[4], [8, 8]]},
    }
)
GRIDDED = parse_space(
    {"learning_rate": {**LOG, "num": 3}, "width": {"values": [4, 8]}, "rule": {"choices": [1, 2]}}
)
RULES = Question("rule", ("nesterov", "adam"))
TPE = parse_settings({"startup_trials": 3})


def test_a_choice_compares_all_its_values_in_their_order():
    question = parse_question({"compare": "rule"}, SPACE)
    assert question == Question("rule", ("sgd", "adam", "nesterov"))


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ({"compare": "dropout", "values": [0, 0.5]}, (0.0, 0.5)),
        ({"compare": "dims", "values": [[8, 8], [4]]}, ("[8, 8]", "[4]")),
        ({"compare": "dims"}, ("[4]", "[8, 8]")),
    ],
)
def test_values_are_those_that_trials_record_and_are_written_out_as_they_were_given(section, values):
    question = parse_question(section, FLAT)
    assert question.values == values
    assert parse_question(question.to_table(), FLAT) == question
    given = to_arguments({"x": values[0]})["x"]
    assert question.to_table()["values"][0] == given


def test_a_range_that_lists_its_values_compares_these():
    assert parse_question({"compare": "width"}, GRIDDED).values == (4, 8)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({}, "compare: expected a parameter of [space], one of .*, but got None"),
        ({"compare": "dropuot"},
         "compare: expected a parameter of [space], one of dropout, .*, but got 'dropuot'"),
        ({"compare": "dropout"}, "compare: dropout is a range; expected values = [...], those to compare"),
        ({"compare": "dropout", "values": 0.5},
         "values: expected a list of at least two different values, but got 0.5"),
        ({"compare": "dropout", "values": [0.5]},
         "values: expected a list of at least two different values, but got [0.5]"),
        ({"compare": "dropout", "values": [0.5, 0.5]},
         "values: expected a list of at least two different values, but got [0.5, 0.5]"),
        ({"compare": "dropout", "values": [0.1, 0.7]},
         "values: dropout: expected a number in [0.0, 0.6], but got 0.7"),
        ({"compare": "dropout", "values": [0.1, 0.15]},
         "values: dropout: expected 0.0 plus steps of 0.1, but got 0.15"),
        ({"compare": "dims", "values": [[4], [9]]},
         "values: dims: expected one of ['[4]', '[8, 8]'], but got [9]"),
        ({"compair": "dims"}, "compair: unknown key; expected one of compare, values"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_named(section, message):
    pattern = re.escape(message).replace(re.escape(".*"), ".*")
    with pytest.raises(ValueError, match=f"^{pattern}$"):
        parse_question(section, FLAT)


def test_a_parameter_that_not_every_trial_has_cannot_be_in_question():
    with pytest.raises(
        ValueError, match="that every trial has, but shape exists only beside some values of rule"
    ):
        parse_question({"compare": "shape"}, SPACE)


@pytest.mark.parametrize("alone", [{}, {"momentum": {"low": 0.5, "high": 0.9, "when": {"rule": "sgd"}}}])
def test_there_must_be_something_to_tune_beside_each_value(alone):
    space = parse_space({"rule": {"choices": ["adam", "sgd"]}, **alone})
    with pytest.raises(ValueError, match=r"nothing else in \[space\] to tune beside rule = 'adam'"):
        parse_question({"compare": "rule"}, space)


def test_each_value_has_the_parameters_that_exist_beside_it_without_that_condition():
    question = parse_question({"compare": "rule"}, SPACE)
    names = [{p.name: dict(p.when) for p in beside} for beside in question.spaces(SPACE)]
    with_momentum = {"learning_rate": {}, "momentum": {}}
    assert names == [
        with_momentum,
        {"learning_rate": {}, "shape": {}, "slope": {"shape": ("steep",)}},
        with_momentum,
    ]
    assert [parameter.name for parameter in question.common_space(SPACE)] == ["learning_rate"]


@pytest.mark.parametrize(
    ("n_trials", "message"), [(100, "as 99 or 102, but got 100"), (2, "as 3, but got 2"), (99, None)]
)
def test_each_value_gets_as_many_trials(n_trials, message):
    question = Question("rule", ("sgd", "adam", "nesterov"))
    if message is None:
        question.check_trials("trials", n_trials)
    else:
        with pytest.raises(
            ValueError, match=f"trials: 3 values of rule take turns; .*multiple of 3, {message}"
        ):
            question.check_trials("trials", n_trials)


def search(proposer, make_up, lookahead, n_trials):
    """Returns proposals and records of a search in which trial n is asked when 0..n-lookahead are told."""
    proposals, records = [], []
    for number in range(n_trials):
        if number >= lookahead:
            proposer.tell(records[number - lookahead])
        proposals.append(proposer.ask(number))
        records.append(make_up(number, proposals[number]))
    return proposals, records


@pytest.mark.parametrize("lookahead", [1, 2, 3, 8])
@pytest.mark.parametrize("question", [RULES, Question("rule", ("sgd", "nesterov", "adam"))])
def test_turns_restored_after_any_prefix_go_on_as_the_uninterrupted_ones(make_up, lookahead, question):
    n_trials, arguments = 17, (TPE, 5, SPACE, [{"learning_rate": 0.3}], question)
    expected, records = search(Turns(*arguments), make_up, lookahead, n_trials)
    for n_asked in range(n_trials):
        n_told = max(0, n_asked - lookahead)
        resumed = Turns(*arguments)
        take_up(resumed, records[:n_told], expected[n_told:n_asked])
        if n_asked >= lookahead:
            resumed.tell(records[n_told])
        assert resumed.ask(n_asked) == expected[n_asked]


def test_each_value_is_tuned_as_a_study_of_its_own_that_knows_nothing_of_the_others(make_up):
    proposals, records = search(Turns(TPE, 5, SPACE, [], RULES), make_up, 2, 24)
    for turn, beside in enumerate(RULES.spaces(SPACE)):
        alone = Proposer(TPE, 5, beside)
        for own_number, number in enumerate(range(turn, 24, 2)):
            proposal = alone.ask(own_number)
            assert {"rule": RULES.values[turn], **proposal.params} == proposals[number].params
            record = records[number]
            own = {name: value for name, value in record.params.items() if name != "rule"}
            alone.tell(replace(record, params=own, outcome=replace(record.outcome, number=own_number)))


def test_values_take_turns_and_parameters_stand_in_the_order_of_the_space(make_up):
    proposals, _ = search(Turns(TPE, 5, SPACE, [], RULES), make_up, 8, 12)
    names = [parameter.name for parameter in SPACE]
    for number, proposal in enumerate(proposals):
        assert proposal.params["rule"] == RULES.values[number % 2]
        assert list(proposal.params) == [name for name in names if name in proposal.params]
        assert ("momentum" in proposal.params) == (number % 2 == 0)


@pytest.mark.parametrize("sampler", ["tpe", "random", "qmc"])
def test_what_is_drawn_whatever_happened_is_the_same_for_each_value(make_up, sampler):
    question = Question("dims", ("[4]", "[8, 8]"))
    proposals, _ = search(Turns(parse_settings({"name": sampler}), 5, FLAT, [], question), make_up, 8, 12)
    for one, other in zip(proposals[::2], proposals[1::2], strict=True):
        assert {**one.params, "dims": "[8, 8]"} == other.params


def test_a_grid_ends_when_each_value_has_seen_it(make_up):
    question = Question("rule", (1, 2))
    turns = Turns(parse_settings({"name": "grid"}), 5, GRIDDED, [], question)
    assert turns.size == 12
    proposals, _ = search(turns, make_up, 4, 12)
    for value in (1, 2):
        cells = {tuple(p.params.values()) for p in proposals if p.params["rule"] == value}
        assert len(cells) == 6


def test_trials_by_hand_are_for_the_value_that_they_give_or_for_each(make_up):
    enqueued = [{"learning_rate": 0.5}, {"learning_rate": 0.25, "rule": "adam", "shape": "flat"}]
    proposals, _ = search(Turns(TPE, 5, SPACE, enqueued, RULES), make_up, 8, 6)
    rates = [proposal.params["learning_rate"] for proposal in proposals]
    assert rates[:2] == [0.5, 0.5]
    assert rates[3] == 0.25
    assert proposals[3].params["shape"] == "flat"
    assert rates[2] not in (0.5, 0.25)


def test_a_trial_by_hand_with_a_value_that_is_not_compared_is_refused():
    RULES.check_enqueued([{"rule": "adam"}, {}])
    with pytest.raises(ValueError, match=r"enqueue\[2\].rule: .*\['nesterov', 'adam'\], but got 'sgd'"):
        RULES.check_enqueued([{"rule": "adam"}, {"rule": "sgd"}])
