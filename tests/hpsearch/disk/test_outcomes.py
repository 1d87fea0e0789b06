"""Outcomes as JSON: the same bits back, and nothing that is no outcome."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.disk import outcomes
from hpsearch.records import Cost, Epoch, TrialOutcome

accuracies = st.floats(0, 1) | st.just(math.nan)
epochs = st.builds(Epoch, accuracies, accuracies, st.floats())
any_outcome = st.builds(
    TrialOutcome,
    number=st.integers(0, 10**6),
    state=st.sampled_from(["complete", "pruned", "diverged", "failed", "stopped"]),
    curve=st.lists(epochs, max_size=5).map(tuple),
    reason=st.text(),
    cost=st.builds(
        Cost, st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.floats(0, 1e9), st.floats(0, 1e9)
    ),
    error=st.none() | st.fixed_dictionaries({"place": st.text(), "traceback": st.text()}),
    environment=st.text(),
    worker=st.text(),
    started=st.floats(0, 4e9),
    finished=st.floats(0, 4e9),
)


@given(any_outcome)
def test_an_outcome_survives_json_bit_for_bit(outcome):
    text = json.dumps(outcomes.to_json(outcome))
    back = outcomes.from_json(json.loads(text))
    assert repr(back) == repr(outcome)  # NaN equals nothing, but its text does
    assert json.dumps(outcomes.to_json(back)) == text


EPOCH = {"val_accuracy": 0.5, "train_accuracy": 0.5, "loss": 1.0}
WHOLE = outcomes.to_json(TrialOutcome(0, "pruned", (Epoch(0.5, 0.5, math.inf),)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": "ended"}, "state: expected one of complete, pruned, diverged, failed, stopped, but got"),
        ({"number": True}, "number: expected an integer, but got True"),
        ({"number": 2**63}, "number: expected an integer below 2..63, but got 9223372036854775808"),
        ({"started": math.nan}, "started: expected a finite number, but got nan"),
        ({"curve": {}}, "curve: expected a list, but got {}"),
        ({"curve": [{"val_accuracy": 0.5}]}, "curve: expected epochs, but got"),
        ({"curve": [3]}, r"curve: expected epochs, but got \[3\]"),
        ({"curve": [{**EPOCH, "loss": "high"}]}, "curve: expected numbers, but got"),
        ({"cost": {"epochs": 1}}, "examples: missing"),
        ({"worker": "host\ud800"}, r"worker: expected a text, but got 'host\\ud800'"),
        ({"environment": "\ud800"}, r"environment: expected a text, but got '\\ud800'"),
        ({"hits": 1}, "hits: expected a text, but got 1"),
        ({"environment": {}}, "environment: expected a text, but got {}"),
        ({"error": "ValueError"}, "expected an object, but got 'ValueError'"),
        ({"error": {"place": "here"}}, "traceback: missing"),
    ],
)
def test_what_is_no_outcome_is_refused_with_its_key(change, message):
    assert outcomes.from_json(WHOLE).state == "pruned"
    with pytest.raises(ValueError, match=f"^{message}"):
        outcomes.from_json({**WHOLE, **change})


def test_an_outcome_of_before_has_no_hits_and_no_environment():
    before = {name: value for name, value in WHOLE.items() if name not in {"hits", "environment"}}
    assert outcomes.from_json(before) == outcomes.from_json(WHOLE)
