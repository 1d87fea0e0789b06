"""Outcomes and records: best epochs, rankings, and text that is equal when the searches are."""

import json
import math
from dataclasses import replace

import pytest

from hpsearch.records import (
    CONTINUES,
    Cost,
    Epoch,
    TrialOutcome,
    TrialRecord,
    canonical_dump,
    digest,
    ranking,
    state_counts,
    states_in_words,
)

NAN = math.nan


def trial(number, state, *curve, **changes):
    outcome = TrialOutcome(number, state, tuple(Epoch(accuracy, 0.5, 1.0) for accuracy in curve))
    return TrialRecord({"x": 0.1}, {}, replace(outcome, **changes))


@pytest.mark.parametrize(
    ("curve", "best_epoch", "value"),
    [
        ([], None, None),
        ([0.5], 1, 0.5),
        ([0.5, 0.7, 0.6], 2, 0.7),
        ([0.5, 0.7, 0.7], 2, 0.7),
        ([0.5, NAN], 1, 0.5),
        ([NAN], None, None),
        ([NAN, 0.0], 2, 0.0),
    ],
)
def test_value_is_that_of_the_best_epoch_the_first_of_equals(curve, best_epoch, value):
    outcome = trial(0, "pruned", *curve).outcome
    assert (outcome.best_epoch, outcome.value) == (best_epoch, value)


def test_only_complete_trials_are_ranked_best_first_and_the_earlier_of_equals():
    records = [
        trial(0, "complete", 0.5),
        trial(1, "pruned", 0.9),
        trial(2, "complete", 0.7, 0.1),
        trial(3, "diverged", 0.99, NAN),
        trial(4, "complete", 0.7),
        trial(5, "failed", 0.8),
        trial(6, "complete", 0.0),
    ]
    assert [record.number for record in ranking(records)] == [2, 4, 0, 6]
    assert [record.number for record in ranking(reversed(records))] == [2, 4, 0, 6]


def test_a_paused_trial_counts_as_continued_once_a_later_one_went_on_with_it():
    records = [trial(0, "pruned", 0.5), trial(1, "pruned", 0.4), trial(2, "diverged")]
    assert states_in_words(state_counts(records)) == "2 pruned, 1 diverged"
    records.append(replace(trial(3, "pruned", 0.5, 0.6), attributes={CONTINUES: 0}))
    records.append(replace(trial(4, "complete", 0.5, 0.6, 0.7), attributes={CONTINUES: 3}))
    assert states_in_words(state_counts(records)) == "1 complete, 1 pruned, 1 diverged, 2 continued"
    assert states_in_words(state_counts([])) == ""


def test_a_record_has_number_state_and_value_of_its_outcome():
    record = trial(4, "pruned", 0.2, 0.4)
    assert (record.number, record.state, record.value) == (4, "pruned", 0.4)


@pytest.mark.parametrize(
    "changes",
    [
        {"worker": "elsewhere:9"},
        {"started": 5.0, "finished": 9.0},
        {"cost": Cost(0, 0, 5.0, 7.0)},
        {"error": {"place": "x", "traceback": "/another/path"}},
    ],
)
def test_times_and_machines_do_not_change_the_digest(changes):
    assert digest([trial(0, "complete", 0.5, **changes)]) == digest([trial(0, "complete", 0.5)])


@pytest.mark.parametrize(
    "other",
    [
        [],
        [trial(1, "complete", 0.5)],
        [trial(0, "pruned", 0.5)],
        [trial(0, "complete", 0.5000000000000001)],
        [trial(0, "complete", 0.5, 0.4)],
        [trial(0, "complete", 0.5, reason="other")],
        [trial(0, "complete", 0.5, cost=Cost(1, 0))],
        [trial(0, "complete", 0.5, cost=Cost(0, 1))],
        [replace(trial(0, "complete", 0.5), params={"x": 0.2})],
        [replace(trial(0, "complete", 0.5), attributes={"tpe:x": "1"})],
        [trial(0, "complete", 0.5), trial(1, "complete", 0.5)],
    ],
)
def test_anything_else_changes_the_digest(other):
    assert digest(other) != digest([trial(0, "complete", 0.5)])


def test_the_order_of_parameters_does_not_change_the_dump():
    one, other = ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    dumps = {canonical_dump([replace(trial(0, "complete", 0.5), params=params)]) for params in (one, other)}
    assert len(dumps) == 1


def test_the_dump_has_a_line_of_json_a_trial():
    lines = canonical_dump([trial(0, "complete", 0.5), trial(1, "diverged", NAN)]).splitlines()
    assert [json.loads(line)["number"] for line in lines] == [0, 1]
