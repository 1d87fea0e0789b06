"""A study folder as frames, compared whole with what was written into it by hand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.disk.journal import RecordWriter
from hpsearch.disk.ledger import Look, append_look
from hpsearch.errors import CallError, FolderError
from hpsearch.records import Cost, Epoch, Proposal, TrialOutcome, TrialRecord, digest
from hpsearch.results.frames import read_study
from hpsearch.results.tables import LEDGER_COLUMNS, curves_frame, ledger_frame, trials_frame
from hpsearch.study.spacetable import parse_space

NAN = math.nan
SPACE = parse_space(
    {
        "rule": {"choices": ["sgd", "adam"]},
        "rate": {"low": 0.0, "high": 1.0},
        "width": {"low": 1, "high": 9},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": "sgd"}},
    }
)


def made(number, state, curve, params, **changes):
    curve = tuple(Epoch(*numbers) for numbers in curve)
    return TrialRecord(params, {}, TrialOutcome(number, state, curve, **changes))


RECORDS = [
    made(
        0,
        "complete",
        [(0.5, 0.6, 1.5), (0.8, 0.7, 0.5), (0.7, 0.9, 0.2)],
        {"rule": "sgd", "rate": 0.1, "width": 3, "momentum": 0.9},
        cost=Cost(3, 300, 1.5, 2.5),
        environment="e1",
        worker="host:7",
        started=1.7e9,
        finished=1.7e9 + 2.25,
    ),
    made(
        1,
        "pruned",
        [(0.25, 0.5, 1.25)],
        {"rule": "adam", "rate": 0.2, "width": 4},
        reason="0.25 is low",
        cost=Cost(1, 100, 0.5, 0.75),
        worker="host:8",
        started=1.7e9,
        finished=1.7e9 + 1,
    ),
    made(
        2,
        "diverged",
        [(NAN, NAN, math.inf)],
        {"rule": "adam", "rate": 0.9, "width": 5},
        reason="not finite",
        cost=Cost(1, 40, 0.25, 0.5),
        worker="host:7",
        started=1.7e9,
        finished=1.7e9,
    ),
    made(
        3,
        "failed",
        [],
        {"rule": "sgd", "rate": 0.3, "width": 6, "momentum": 0.5},
        reason="KeyError: 'x'",
        error={"place": "p", "traceback": "t"},
        worker="host:9",
    ),
]


def test_trials_are_one_row_each():
    began, none = pd.Timestamp("2023-11-14 22:13:20", tz="UTC"), pd.Timestamp(0, tz="UTC")
    expected = pd.DataFrame(
        {
            "number": [0, 1, 2, 3],
            "state": ["complete", "pruned", "diverged", "failed"],
            "value": [0.8, 0.25, NAN, NAN],
            "epochs": [3, 1, 1, 0],
            "seconds": [2.5, 0.75, 0.5, 0.0],
            "best_epoch": [2.0, 1.0, NAN, NAN],
            "train_accuracy": [0.7, 0.5, NAN, NAN],
            "loss": [0.5, 1.25, NAN, NAN],
            "examples": [300, 100, 40, 0],
            "cpu_seconds": [1.5, 0.5, 0.25, 0.0],
            "reason": ["", "0.25 is low", "not finite", "KeyError: 'x'"],
            "environment": ["e1", "", "", ""],
            "worker": ["host:7", "host:8", "host:7", "host:9"],
            "started": [began, began, began, none],
            "finished": [began + pd.Timedelta("2.25s"), began + pd.Timedelta("1s"), began, none],
            "params.rule": ["sgd", "adam", "adam", "sgd"],
            "params.rate": [0.1, 0.2, 0.9, 0.3],
            "params.width": [3, 4, 5, 6],
            "params.momentum": [0.9, NAN, NAN, 0.5],
        }
    )
    found = trials_frame(RECORDS, SPACE)
    for name in ("started", "finished"):  # whatever unit pandas counts in
        assert str(found[name].dt.tz) == "UTC"
        found[name], expected[name] = (
            frame[name].astype("datetime64[us, UTC]") for frame in (found, expected)
        )
    pd.testing.assert_frame_equal(found, expected)


def test_a_reason_that_is_no_text_is_shown():
    failed = made(0, "failed", [], {"rule": "sgd", "rate": 0.1, "width": 3}, reason="no caf\udce9")
    assert trials_frame([failed], SPACE)["reason"].tolist() == [r"no caf\udce9"]


def test_curves_are_one_row_an_epoch():
    expected = pd.DataFrame(
        {
            "number": [0, 0, 0, 1, 2],
            "epoch": [1, 2, 3, 1, 1],
            "val_accuracy": [0.5, 0.8, 0.7, 0.25, NAN],
            "train_accuracy": [0.6, 0.7, 0.9, 0.5, NAN],
            "loss": [1.5, 0.5, 0.2, 1.25, math.inf],
        }
    )
    pd.testing.assert_frame_equal(curves_frame(RECORDS), expected)


def test_no_trials_have_the_same_columns_and_kinds():
    empty, full = trials_frame([], SPACE), trials_frame(RECORDS, SPACE)
    kinds = [
        name for name in full if not name.startswith(("params.", "state", "reason", "environment", "worker"))
    ]
    assert list(empty) == list(full)
    assert empty.dtypes[kinds].to_dict() == full.dtypes[kinds].to_dict()
    assert curves_frame([]).dtypes.to_dict() == curves_frame(RECORDS).dtypes.to_dict()


def test_trials_that_only_failed_have_number_columns_of_numbers():
    frame = trials_frame(RECORDS[3:], SPACE)
    assert frame[["value", "best_epoch", "loss"]].dtypes.unique().tolist() == [np.dtype("float64")]


@pytest.fixture
def make_folder(tmp_path, make_study):
    """Returns a study folder with these records, as a run would have left it."""

    def make(records, name="mine"):
        study = make_study(
            name,
            study__title="A title",
            net__kind="FullyConnectedNet",
            training__epochs=3,
            training__update_rule="sgd",
        )
        folder = StudyFolder(tmp_path / "reports" / name)
        folder.path.mkdir(parents=True)
        folder.study_file.write_text(study.to_toml())
        data = DataFacts("h", "split", 48, 24, image_shape=(1, 8, 8), class_names=("a", "b"))
        Identity(study.identity(), data, ({},)).write(folder.identity_file)
        writer = RecordWriter(folder.journal, study.space)
        for record in records:
            writer.append(record)
        return folder

    return make


def trial(number, value, state="complete"):
    curve = (Epoch(value, 0.5, 1.0),)
    return TrialRecord({"learning_rate": 0.01}, {}, TrialOutcome(number, state, curve, cost=Cost(1, 9)))


def test_a_study_is_read_with_all_that_belongs_to_it(make_folder):
    records = [trial(0, 0.5), trial(1, 0.9, "pruned"), trial(2, 0.7)]
    folder = make_folder(records)
    folder.trial(2).write_weights({})
    frames = read_study(folder.path)
    assert (frames.name, frames.title, frames.folder) == ("mine", "A title", folder.path)
    assert (frames.num_train, frames.num_val, frames.max_epochs) == (48, 24, 3)
    assert (frames.image_shape, frames.class_names) == ((1, 8, 8), ("a", "b"))
    assert [parameter.name for parameter in frames.parameters] == ["learning_rate"]
    assert frames.trials["number"].tolist() == [0, 1, 2]
    assert frames.weights == folder.trial(2).weights
    assert frames.digest == digest(records)
    assert (frames.waiting, frames.running) == (0, 0)
    assert frames.test is None
    assert frames.ledger.empty


def test_a_study_without_trials_is_read_too(make_folder):
    frames = read_study(make_folder([]).path)
    assert frames.trials.empty
    assert frames.curves.empty
    assert frames.weights is None
    assert list(frames.ledger) == list(LEDGER_COLUMNS)


def test_trials_that_wait_and_run_are_counted(make_folder):
    folder = make_folder([trial(0, 0.5)])
    for number in range(1, 6):
        folder.trial(number).write_task(Proposal({"learning_rate": 0.01 * number}, {}), 0)
    for number in (2, 3):
        folder.trial(number).write_outcome({"learning_rate": 0.01 * number}, trial(number, 0.5).outcome)
    frames = read_study(folder.path)
    assert (len(frames.trials), frames.waiting, frames.running) == (1, 2, 3)


def test_reading_changes_nothing_also_beside_a_writer(make_folder):
    folder = make_folder([trial(0, 0.5), trial(1, 0.6)])
    whole = folder.journal.read_bytes()
    folder.journal.write_bytes(whole[:-9])
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    with folder.locked():
        pass
    before[folder.path / "lock"] = (folder.path / "lock").read_bytes()
    assert len(read_study(folder.path).trials) == 1
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before


LOOK = Look("2026-01-05T10:00:00+00:00", "mine", "i", "split", 0, {}, 2, 0.5, 0.4, 0.6, [0.5, 0.5], 500, "")


def test_looks_at_this_studys_split_are_listed_and_its_own_last_one_is_its_test(make_folder):
    folder = make_folder([trial(0, 0.5)])
    other, another = replace(LOOK, study="other"), replace(LOOK, split="another")
    again = replace(LOOK, reason="again")
    for look in (LOOK, other, another, again, other):
        append_look(folder.ledger, look)
    frames = read_study(folder.path)
    pd.testing.assert_frame_equal(frames.ledger, ledger_frame([LOOK, other, again, other]))
    assert frames.test == again


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(CallError, match="there is no study"):
        read_study(tmp_path)


def test_hits_of_another_number_of_images_are_damage_of_the_journal(make_folder):
    one = trial(0, 0.5)
    folder = make_folder([replace(one, outcome=replace(one.outcome, hits="kA=="))])
    with pytest.raises(FolderError, match=r"journal\.log: hits: expected those of 24 images, but got"):
        read_study(folder.path)


def test_a_study_of_the_users_own_net_is_read_without_it(make_folder):
    folder = make_folder([trial(0, 0.5)])
    text = folder.study_file.read_text().replace("FullyConnectedNet", "no_such_module:Net")
    folder.study_file.write_text(text)
    assert read_study(folder.path).study.net_kind == "no_such_module:Net"
