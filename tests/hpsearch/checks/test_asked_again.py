"""What sampler and pruner once made comes out again; what somebody else made does not."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks.asked_again import askable, other_end, other_proposal
from hpsearch.checks.replay import replay
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.records import RETRIED
from hpsearch.study.studyfile import load_resolved
from hpsearch.worker import environment

TRAIN = """
import numpy as np

FAILS_AT, FAILS_ABOVE = None, 0.6

def train(rate, kind, rng):
    for epoch in range(6):
        if epoch == FAILS_AT and rate > FAILS_ABOVE:
            raise MemoryError("grown too large")
        yield rng.random(50) < 1 - (rate - 0.7) ** 2 - 0.5 / (epoch + 1)
"""
SPACE = {"rate": {"low": 0.0, "high": 1.0}, "kind": {"choices": ["a", "b"]}}
NET = {"kind": "FullyConnectedNet", "hidden_dims": [8]}
NET_TRAINING = {"epochs": 4, "batch_size": 50, "num_train_samples": 10}
NET_SPACE = {
    "learning_rate": {"low": 1e-3, "high": 1.0, "log": True},
    "normalization": {"choices": ["none", "batchnorm"]},
}
NO_MORE = {}


@pytest.fixture
def curves(tmp_path, monkeypatch):
    """A module with a training function."""
    (tmp_path / "curves.py").write_text(TRAIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "curves", raising=False)
    monkeypatch.setattr(
        "hpsearch.checks.retrain.run_all", lambda function, calls, *_: [function(*call) for call in calls]
    )
    import curves

    return curves


def searched(out, trials=30, sampler="gp", pruner="percentile", tables=NO_MORE, **rest):
    """Searches a study; returns it, its folder and its trials."""
    table = {
        "study": {"seed": 5},
        "data": {"num_val": 50},
        "training": {"function": "curves:train", "epochs": 6},
        "space": SPACE,
        "sampler": {"name": sampler, **({"startup_trials": 3} if sampler in ("gp", "tpe") else {})},
        "pruner": {"name": pruner},
    }
    if "net" in tables:
        table |= {"training": NET_TRAINING, "space": NET_SPACE, "data": {"num_val": 50, "num_train": 100}}
    with OneThread() as executor:
        hpsearch.run(
            {**table, **tables}, name="one", trials=trials, jobs=1, executor=executor, out=out, **rest
        )
    folder = StudyFolder(out / "one")
    return load_resolved(folder.study_file, "one"), folder, read_records(folder.journal)


def fingerprint(study):
    return environment.fingerprint(environment.describe(study.code))


def wrong(study, records):
    """Returns what of all trials does not come out again."""
    numbers = askable(study, records, [fingerprint(study)], alone=True)
    assert numbers == [*range(len(records))]
    return [other_proposal(study, records, numbers), other_end(study, records, numbers)]


@pytest.mark.parametrize(
    ("sampler", "pruner", "tables"),
    [
        ("auto", "percentile", {}),
        ("tpe", "asha", {}),
        ("qmc", "hyperband", {}),
        ("tpe", "successive_halving", {"net": NET, "question": {"compare": "normalization"}}),
        ("random", "asha", {"net": NET, "question": {"compare": "normalization"}}),
        ("gp", "median", {"enqueue": [{"rate": 0.5}, {"rate": 0.9, "kind": "b"}]}),
    ],
)
def test_a_search_comes_out_again(curves, tmp_path, sampler, pruner, tables):
    study, _, records = searched(tmp_path, sampler=sampler, pruner=pruner, tables=tables)
    assert {record.state for record in records} >= {"pruned"}
    assert wrong(study, records) == ["", ""]


@pytest.mark.parametrize(("pruner", "epoch"), [("percentile", 2), ("successive_halving", 2), ("asha", 0)])
def test_trials_that_knew_one_as_failed_come_out_again_when_it_was_tried_again(
    curves, tmp_path, pruner, epoch
):
    curves.FAILS_AT = epoch
    searched(tmp_path, trials=12, pruner=pruner)
    curves.FAILS_AT = None
    searched(tmp_path, trials=12, pruner=pruner, retry_failed=True)
    study, folder, records = searched(tmp_path, trials=24, pruner=pruner)
    assert "failed" not in {record.state for record in records}
    assert wrong(study, records) == ["", ""]
    for record in records:
        assert replay(study, folder, record.number).differences == ()
    unmarked = [
        replace(record, attributes={k: v for k, v in record.attributes.items() if k != RETRIED})
        for record in records
    ]
    assert unmarked != records
    assert any(wrong(study, unmarked))


def test_trials_that_a_rule_left_unrecorded_after_a_retry_come_out_again(curves, tmp_path):
    """They knew as failed what was tried again since, and are not asked for anew."""
    curves.FAILS_AT, curves.FAILS_ABOVE = 2, 0.4
    _, _, failed = searched(tmp_path, trials=16)
    curves.FAILS_AT = None
    rule = {"stop": {"value": 0.9}}
    _, folder, records = searched(tmp_path, trials=16, tables=rule, retry_failed=True)
    assert len(records) < 12
    assert next(one.number for one in records if one.retries) < len(records)
    assert folder.n_asked(len(records)) == 16
    study, _, records = searched(tmp_path, trials=24, tables={"stop": {"value": 1.0}})
    assert [one.params for one in records[:16]] == [one.params for one in failed]
    assert wrong(study, records) == ["", ""]


def test_a_retry_that_ends_sooner_hides_nothing_that_others_had_seen(curves, tmp_path):
    curves.FAILS_AT, curves.FAILS_ABOVE = 4, 0.3
    searched(tmp_path, trials=16)
    curves.FAILS_AT = None
    study, folder, records = searched(tmp_path, trials=16, retry_failed=True)
    assert any(len(one.outcome.curve) < 4 for one in records if one.retries)
    assert all(len(accuracies) == 4 for one in records for _, accuracies in one.retries)
    assert wrong(study, records) == ["", ""]
    for record in records:
        assert replay(study, folder, record.number).differences == ()


def test_parameters_picked_by_hand_do_not(curves, tmp_path):
    study, _, records = searched(tmp_path)
    picked = replace(records[7], params={**records[7].params, "rate": 0.71})
    found, _ = wrong(study, [*records[:7], picked, *records[8:]])
    assert found == f"the sampler proposes rate = {records[7].params['rate']!r} for trial 7, not 0.71"
    rounded = replace(
        records[7], params={**records[7].params, "rate": records[7].params["rate"] * (1 + 1e-12)}
    )
    assert wrong(study, [*records[:7], rounded, *records[8:]])[0] == ""


def test_later_trials_tell_of_an_earlier_one_that_is_another(curves, tmp_path):
    study, _, records = searched(tmp_path)
    best = max((one for one in records[10:20] if one.value), key=lambda one: one.value)
    curve = tuple(replace(epoch, val_accuracy=0.99) for epoch in best.outcome.curve)
    better = replace(best, outcome=replace(best.outcome, curve=curve, state="complete", reason=""))
    found, _ = wrong(study, [*records[: best.number], better, *records[best.number + 1 :]])
    assert found.startswith("the sampler proposes ")


def test_a_trial_that_went_on_where_it_should_have_been_stopped_does_not(curves, tmp_path):
    study, _, records = searched(tmp_path)
    number, stopped = next((one.number, one) for one in records if one.state == "pruned")
    n_epochs = len(stopped.outcome.curve)
    longer = stopped.outcome.curve + stopped.outcome.curve[-1:] * (6 - n_epochs)
    whole = replace(stopped, outcome=replace(stopped.outcome, state="complete", reason="", curve=longer))
    where = f"after epoch {n_epochs} ({stopped.outcome.reason})"
    found = other_end(study, [*records[:number], whole], [number])
    assert found == f"the pruner stops {where} trial {number}, which is complete"
    complete = next(one for one in records if one.state == "complete")
    short = replace(
        complete.outcome, curve=complete.outcome.curve[:3], state="pruned", reason="0.1 is too low"
    )
    ended = replace(complete, outcome=short)
    assert other_end(study, [*records[: complete.number], ended], [complete.number]) == (
        f"the pruner does not stop trial {complete.number}, which is pruned"
    )


def test_only_what_was_asked_for_in_an_environment_is_asked_again_in_it(curves, tmp_path):
    study, _, records = searched(tmp_path, trials=12)
    here = fingerprint(study)
    other = replace(records[5], outcome=replace(records[5].outcome, environment="other"))
    mixed = [*records[:5], other, *records[6:]]
    known = [*range(5), *range(6 + study.lookahead, 12)]  # the one after trial 5 had ended was asked there
    assert askable(study, mixed, [here], alone=False) == known
    assert askable(study, mixed, ["nowhere"], alone=False) == []
    tried_again = replace(records[5], attributes={**records[5].attributes, RETRIED: [[9, [0.5]]]})
    mixed = [*records[:5], tried_again, *records[6:]]
    assert askable(study, mixed, [here], alone=False) == known
    assert askable(study, mixed, [here], alone=True) == [*range(12)]
    assert np.all([one.outcome.environment == here for one in records])
