"""First trials by hand: what an entry may give, what it becomes, and which of another study's trials fit."""

import datetime
import re

import pytest

from hpsearch.errors import StudyFileError
from hpsearch.records import Epoch, TrialOutcome, TrialRecord
from hpsearch.study.enqueue import best_of, parse_entries
from hpsearch.study.spacetable import parse_space
from hpsearch.study.studyfile import from_table, load_resolved

SPACE = parse_space(
    {
        "learning_rate": {"low": 1e-3, "high": 1.0, "log": True},
        "width": {"low": 4, "high": 64},
        "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
        "rule": {"choices": ["sgd", "adam", 2, True, [1, 2]]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": "sgd"}},
        "hidden_dims": {"depth": [1, 3], "width": [8, 64]},
    }
)


@pytest.mark.parametrize(
    ("entry", "params"),
    [
        ({}, {}),
        ({"learning_rate": 1}, {"learning_rate": 1.0}),
        ({"width": 4, "learning_rate": 1e-3}, {"learning_rate": 1e-3, "width": 4}),
        ({"dropout": 0.3}, {"dropout": 0.3}),
        ({"rule": "sgd", "momentum": 0.9}, {"rule": "sgd", "momentum": 0.9}),
        ({"rule": 2}, {"rule": 2}),
        ({"rule": True}, {"rule": True}),
        ({"rule": [1, 2]}, {"rule": "[1, 2]"}),
        (
            {"hidden_dims": [10, 20]},
            {"hidden_dims.depth": 2, "hidden_dims.width1": 10, "hidden_dims.width2": 20},
        ),
    ],
)
def test_an_entry_becomes_parameters_in_the_order_of_the_space(entry, params):
    (found,) = parse_entries([entry], SPACE)
    assert found == params
    assert [type(value) for value in found.values()] == [type(value) for value in params.values()]
    names = [parameter.name for parameter in SPACE]
    assert list(found) == sorted(found, key=names.index)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (5, "enqueue: expected [[enqueue]] tables, but got 5"),
        ([5], "enqueue: expected [[enqueue]] tables, but got [5]"),
        ([{"lr": 1}], "enqueue[1].lr: not in [space]; expected one of .*"),
        ([{}, {"width": 3}], "enqueue[2].width: expected an integer in [4, 64], but got 3"),
        ([{"width": 8.0}], "enqueue[1].width: expected an integer in [4, 64], but got 8.0"),
        ([{"width": True}], "enqueue[1].width: expected an integer in [4, 64], but got True"),
        ([{"learning_rate": "0.1"}], "enqueue[1].learning_rate: expected a number in .*, but got '0.1'"),
        ([{"learning_rate": float("nan")}], "enqueue[1].learning_rate: expected a number in .*, but got nan"),
        ([{"dropout": 0.25}], "enqueue[1].dropout: expected 0.0 plus steps of 0.1, but got 0.25"),
        ([{"rule": "adma"}], "enqueue[1].rule: expected one of .*, but got 'adma'"),
        ([{"rule": 1}], "enqueue[1].rule: expected one of .*, but got 1"),
        ([{"rule": 2.0}], "enqueue[1].rule: expected one of .*, but got 2.0"),
        ([{"rule": [datetime.date(2020, 1, 1)]}], "enqueue[1].rule: expected one of .*, but got .*date.*"),
        ([{"rule": datetime.date(2020, 1, 1)}], "enqueue[1].rule: expected one of .*, but got .*date.*"),
        ([{"momentum": 0.9}], "enqueue[1].momentum: exists only when rule is sgd, which is not given"),
        ([{"rule": "adam", "momentum": 0.9}], "enqueue[1].momentum: exists only when rule is sgd, .*"),
        ([{"hidden_dims": 5}], "enqueue[1].hidden_dims: expected a list of widths, but got 5"),
        ([{"hidden_dims": []}], "enqueue[1].hidden_dims: expected a list of widths, but got []"),
        ([{"hidden_dims": [10] * 4}], "enqueue[1].hidden_dims.*"),
        ([{"hidden_dims.depth": 2, "hidden_dims": [10]}], "enqueue[1].hidden_dims.depth: .* got both"),
        ([{"hidden_dims": [10], "hidden_dims.width1": 9}], "enqueue[1].hidden_dims.width1: .* got both"),
        ([{"hidden_dims": [10, 99]}], "enqueue[1].hidden_dims.width2: expected an integer .*, but got 99"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_by_number_key_and_rule(entries, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        parse_entries(entries, SPACE)
    assert re.fullmatch(re.escape(message).replace(r"\.\*", ".*"), str(caught.value))


def record(number, params, value, state="complete"):
    return TrialRecord(params, {}, TrialOutcome(number, state, (Epoch(value, 0.5, 1.0),)))


def test_the_best_complete_trials_that_fit_are_taken_over_best_first():
    records = [
        record(0, {"learning_rate": 0.1, "width": 8}, 0.5),
        record(1, {"learning_rate": 0.2, "width": 99}, 0.9),
        record(2, {"learning_rate": 0.3, "other": "x"}, 0.7),
        record(3, {"learning_rate": 0.4}, 0.99, "pruned"),
        record(4, {"other": "x"}, 0.98),
        record(5, {"learning_rate": 0.1, "width": 8}, 0.6),
        record(6, {"hidden_dims.depth": 2, "hidden_dims.width1": 9, "hidden_dims.width2": 8}, 0.65),
    ]
    found = best_of(records, 10, SPACE)
    assert found == [{"learning_rate": 0.3}, {"hidden_dims": [9, 8]}, {"learning_rate": 0.1, "width": 8}]
    assert best_of(records, 3, SPACE) == found[:1]
    assert len(parse_entries(found, SPACE)) == 3


def test_enqueued_trials_are_part_of_the_identity_and_of_the_resolved_study(study_table, tmp_path):
    plain = study_table(training__epochs=3)
    studies = [
        from_table({**plain, "enqueue": [{"learning_rate": rate}]}, "x", "x.toml") for rate in (0.01, 0.02)
    ]
    assert len({study.identity() for study in (*studies, from_table(plain, "x", "x.toml"))}) == 3
    path = tmp_path / "x.toml"
    path.write_text(studies[0].to_toml())
    assert load_resolved(path, "x") == studies[0]


def test_a_wrong_entry_in_a_study_file_is_one_line(study_table):
    with pytest.raises(StudyFileError, match=r"x\.toml: enqueue\[1\]\.learning_rate: expected a number in"):
        from_table({**study_table(), "enqueue": [{"learning_rate": 5.0}]}, "x", "x.toml")
