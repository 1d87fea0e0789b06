"""The journal keeps whole trials bit for bit, through torn and failed writes, and Optuna reads it."""

import errno
import itertools
import json
import math
import os
import re
from dataclasses import replace

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from hpsearch.disk.journal import RecordWriter, RenamedJournal, cut_record, read_records
from hpsearch.errors import FolderError
from hpsearch.records import Cost, Epoch, Proposal, TrialOutcome, TrialRecord, canonical_dump, digest
from hpsearch.strategies.samplers import parse_settings
from hpsearch.strategies.sampling import Proposer
from hpsearch.study.spacetable import parse_space

NAN = math.nan
SPACE = parse_space(
    {
        "rate": {"low": 1e-4, "high": 1.0, "log": True},
        "width": {"low": 2, "high": 512, "log": True},
        "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
        "rule": {"choices": ["sgd", "adam", "caf\u00e9 \U0001f600"]},
        "flag": {"choices": [True, 5, 2.5, "x"]},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"rule": "sgd"}},
    }
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.log"


@pytest.fixture(scope="module")
def proposals():
    """Twelve proposals of TPE, with the attributes that it leaves on them."""
    proposer = Proposer(parse_settings({"startup_trials": 3}), 0, SPACE)
    made = []
    for number in range(12):
        if number >= 2:
            outcome = TrialOutcome(number - 2, "complete", (Epoch(0.1 * number, 0.5, 1.0),))
            proposer.tell(TrialRecord(made[-2].params, made[-2].attributes, outcome))
        made.append(proposer.ask(number))
    return made


@pytest.fixture
def records(proposals, make_up):
    """Twelve records in all four states."""
    made = [make_up(number, proposal) for number, proposal in enumerate(proposals)]
    assert {record.state for record in made} == {"complete", "pruned", "diverged", "failed"}
    return made


def write(path, records):
    writer = RecordWriter(path, SPACE)
    for record in records:
        writer.append(record)


def test_records_come_back_bit_for_bit(path, records):
    write(path, records)
    found = read_records(path)
    assert [repr(record) for record in found] == [repr(record) for record in records]
    assert [list(record.params) for record in found] == [list(record.params) for record in records]
    assert digest(found) == digest(records)


def test_a_trial_is_one_line_and_one_fsync(path, records, monkeypatch):
    write(path, records[:3])
    synced = []
    writer = RecordWriter(path, SPACE)
    monkeypatch.setattr(os, "fsync", synced.append)
    for record in records[3:]:
        before = path.read_bytes()
        writer.append(record)
        added = path.read_bytes().removeprefix(before)
        assert added.count(b"\n") == 1
        assert added.endswith(b"\n")
    assert len(synced) == len(records[3:])


def test_opening_a_journal_again_adds_nothing_to_it(path, records):
    write(path, records)
    before = path.read_bytes()
    RecordWriter(path, SPACE)
    assert path.read_bytes() == before


def test_a_journal_has_its_studys_own_name_and_one_of_before_keeps_its_own(path, records, tmp_path):
    def name(of):
        (study,) = optuna.get_all_study_summaries(JournalStorage(JournalFileBackend(str(of))))
        return study.study_name

    RecordWriter(path, SPACE, "mine").append(records[0])
    assert name(path) == "mine"
    RecordWriter(path, SPACE, "renamed").append(records[1])
    assert name(path) == "mine"
    assert digest(read_records(path)) == digest(records[:2])
    write(tmp_path / "before.log", records[:1])  # as version 0.1 called every study
    RecordWriter(tmp_path / "before.log", SPACE, "mine").append(records[1])
    assert name(tmp_path / "before.log") == "hpsearch"
    assert digest(read_records(tmp_path / "before.log")) == digest(records[:2])


def test_a_journal_is_shown_under_another_name_and_cannot_be_written(path, records):
    write(path, records[:2])
    before = path.read_bytes()
    storage = JournalStorage(RenamedJournal(path, "now"))
    study = optuna.load_study(study_name="now", storage=storage)
    assert len(study.trials) == 2
    with pytest.raises(PermissionError, match="written by 'hpsearch run' alone"):
        study.set_user_attr("note", "mine")
    assert path.read_bytes() == before


def test_a_journal_written_in_parts_reads_as_one_written_at_once(path, records, tmp_path):
    write(tmp_path / "once.log", records)
    for record in records:
        write(path, [record])
    assert canonical_dump(read_records(path)) == canonical_dump(read_records(tmp_path / "once.log"))


def test_no_journal_and_an_empty_one_have_no_records(path):
    assert read_records(path) == []
    path.write_bytes(b"")
    assert read_records(path) == []
    RecordWriter(path, SPACE)
    assert read_records(path) == []


def test_a_torn_last_line_does_not_count_and_the_next_writer_repairs_it(path, records):
    write(path, records[:4])
    whole = path.read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    expected, complete = digest(records[:3]), digest(records[:4])
    for end in [
        *range(start, len(whole), 9),
        len(whole) - 2,
        len(whole) - 1,
    ]:  # test_lines cuts at every byte
        path.write_bytes(whole[:end])
        assert digest(read_records(path)) == expected
        assert path.read_bytes() == whole[:end], "readers write nothing"
        if end % 3 == 0:
            write(path, records[3:4])
            assert digest(read_records(path)) == complete


def test_a_torn_first_line_begins_anew(path, records):
    RecordWriter(path, SPACE)
    whole = path.read_bytes()
    for end in range(0, len(whole), 5):
        path.write_bytes(whole[:end])
        assert read_records(path) == []
    write(path, records[:1])
    assert digest(read_records(path)) == digest(records[:1])


@pytest.mark.parametrize("n_written", [0, 1, 40])
def test_a_full_disk_loses_nothing_recorded_and_the_trial_can_be_written_later(
    path, records, monkeypatch, n_written
):
    writer = RecordWriter(path, SPACE)
    writer.append(records[0])
    before, write_some = path.read_bytes(), os.write

    def fill(descriptor, content, sizes=[n_written]):  # noqa: B006 - remembers how much fits
        if not sizes:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_some(descriptor, content[: sizes.pop()])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fill)
        with pytest.raises(FolderError, match=r"journal\.log: cannot be written: No space left on device"):
            writer.append(records[1])
    assert path.read_bytes() == before
    for record in records[1:]:
        writer.append(record)
    assert digest(read_records(path)) == digest(records)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"op_code": 99}',
        b'{"op_code": 4}',
        b'{"op_code": "x", "worker_id": "y"}',
        b'{"op_code": null}',
        b'{"op_code": 0, "study_name": 1, "directions": 5}',
    ],
)
def test_a_damaged_line_in_the_middle_is_refused_with_the_path(path, records, line):
    write(path, records[:3])
    parts = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*parts[:2], line, *parts[2:]]))
    with pytest.raises(FolderError, match=r"journal\.log: "):
        read_records(path)


@pytest.mark.parametrize(
    ("deed", "line"),
    [*itertools.product(["removed", "swapped"], [0, 1, 2]), *itertools.product(["doubled"], [1, 2])],
)
def test_a_line_that_is_missing_or_out_of_place_is_refused(path, records, deed, line):
    write(path, records[:4])
    whole = path.read_text().splitlines(keepends=True)
    changed = {
        "removed": whole[:line] + whole[line + 1 :],
        "doubled": whole[: line + 1] + whole[line:],
        "swapped": [*whole[:line], whole[line + 1], whole[line], *whole[line + 2 :]],
    }[deed]
    path.write_text("".join(changed))
    with pytest.raises(FolderError, match=f"{path}: not as hpsearch writes the record of a study"):
        read_records(path)


def test_a_record_without_numbers_is_read_as_it_was_written(path, records):
    write(path, records[:3])
    expected = digest(records[:3])
    text, n_numbers = re.subn(r'"number":\s*\d+,\s*', "", path.read_text())
    assert n_numbers == 3
    path.write_text(text)
    assert digest(read_records(path)) == expected


@pytest.mark.parametrize("line", ["{}", '{"op_code": 99}', '{"op_code": 4}'])
def test_a_line_of_another_form_is_refused(path, records, line):
    write(path, records[:2])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(FolderError, match=f"{path}: not as hpsearch writes the record of a study"):
        read_records(path)


def test_the_number_of_a_line_that_is_no_json_is_named(path, records):
    write(path, records[:3])
    path.write_bytes(path.read_bytes().replace(b"\n", b"#\n", 2))
    with pytest.raises(FolderError, match=r"journal\.log: line 1 is damaged"):
        read_records(path)


@settings(max_examples=60)
@given(st.data())
def test_any_byte_changed_is_named_or_harmless(proposals, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "changed.log"
    path.unlink(missing_ok=True)
    outcome = TrialOutcome(0, "complete", (Epoch(0.5, 0.5, 1.0),), cost=Cost(1, 48, 0.1, 0.2))
    write(path, [TrialRecord(proposals[5].params, proposals[5].attributes, outcome)])
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        assert len(read_records(path)) <= 1
    except FolderError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017


def test_a_journal_of_someone_elses_is_refused(path):
    study = optuna.create_study(storage=JournalStorage(JournalFileBackend(str(path))))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    with pytest.raises(FolderError, match="not as hpsearch writes the record of a study"):
        read_records(path)


def test_a_folder_in_place_of_the_journal_is_named(path):
    path.mkdir()
    with pytest.raises(FolderError, match=r"journal\.log: cannot be read"):
        read_records(path)


def test_optuna_reads_the_journal_with_states_parameters_curves_and_values(path, records):
    write(path, records)
    study = optuna.load_study(study_name="hpsearch", storage=JournalStorage(JournalFileBackend(str(path))))
    states = {"complete": "COMPLETE", "pruned": "PRUNED", "diverged": "PRUNED", "failed": "FAIL"}
    assert study.direction.name == "MAXIMIZE"
    assert [trial.number for trial in study.trials] == list(range(12))
    for trial, record in zip(study.trials, records, strict=True):
        assert trial.state.name == states[record.state]
        assert trial.params == record.params
        assert [type(value) for value in trial.params.values()] == [type(v) for v in record.params.values()]
        curve = {} if record.state == "diverged" else dict(enumerate(record.outcome.curve, start=1))
        assert trial.intermediate_values == {i: epoch.val_accuracy for i, epoch in curve.items()}
        assert trial.duration.total_seconds() == 1.5
        if record.state == "complete":
            assert trial.value == record.value
    best = max((r for r in records if r.state == "complete"), key=lambda record: record.value)
    assert study.best_trial.number == best.number


def test_a_lock_that_a_killed_optuna_process_left_is_removed(path, records, tmp_path):
    (tmp_path / "journal.log.lock").write_text("")
    write(path, records[:1])
    assert [one.name for one in tmp_path.iterdir()] == ["journal.log"]


@pytest.mark.parametrize("state", ["complete", "pruned", "diverged", "failed"])
@settings(max_examples=20)
@given(st.data())
def test_any_outcome_comes_back_bit_for_bit(proposals, tmp_path_factory, state, data):
    path = tmp_path_factory.getbasetemp() / f"{state}.log"
    path.unlink(missing_ok=True)
    fraction = st.floats(0, 1)
    epoch = st.builds(Epoch, fraction, fraction, st.floats())
    curve = data.draw(st.lists(epoch, min_size=state != "failed", max_size=4))
    if state == "diverged":
        curve[-1] = Epoch(NAN, NAN, data.draw(st.sampled_from([NAN, math.inf, 1e300])))
    outcome = TrialOutcome(
        0,
        state,
        tuple(curve),
        data.draw(st.text()),
        Cost(len(curve), data.draw(st.integers(0, 2**60)), data.draw(st.floats(0, 1e9)), 0.1),
        {"place": "x", "traceback": data.draw(st.text())} if state == "failed" else None,
        data.draw(st.text()),
    )
    proposal: Proposal = data.draw(st.sampled_from(proposals))
    record = TrialRecord(proposal.params, proposal.attributes, outcome)
    write(path, [record])
    assert repr(read_records(path)) == repr([record])


@pytest.mark.parametrize("n_kept", [0, 1, 7, 12, 99])
def test_a_cut_record_has_its_first_trials_and_takes_the_others_again(path, records, n_kept):
    write(path, records)
    whole = path.read_bytes()
    cut_record(path, n_kept)
    assert whole.startswith(path.read_bytes())
    assert digest(read_records(path)) == digest(records[:n_kept])
    write(path, records[n_kept:])
    assert path.read_bytes().count(b"\n") == whole.count(b"\n")
    assert digest(read_records(path)) == digest(records)


def test_cutting_a_record_drops_a_torn_last_line(path, records):
    write(path, records[:3])
    path.write_bytes(path.read_bytes()[:-5])
    cut_record(path, 2)
    assert digest(read_records(path)) == digest(records[:2])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("value", lambda line: line | {"value": 0.99}),
        ("state", lambda line: line | {"state": 2}),
        ("curve", lambda line: line | {"intermediate_values": {**line["intermediate_values"], "1": 0.99}}),
        ("curve", lambda line: line | {"intermediate_values": {}}),
    ],
)
def test_a_line_whose_two_records_of_a_trial_differ_is_named(path, records, name, change):
    complete = next(record for record in records if record.state == "complete")
    write(path, [replace(complete, outcome=replace(complete.outcome, number=0))])
    first, line = path.read_text().splitlines()
    path.write_text(f"{first}\n{json.dumps(change(json.loads(line)))}\n")
    with pytest.raises(FolderError, match=rf"^{path}: .*: trial 0 has two records of its {name}: ") as error:
        read_records(path)
    assert "Error(" not in str(error.value)
    first_epoch = f" and {complete.outcome.curve[0].val_accuracy} in epoch 1"
    assert name != "curve" or str(error.value).endswith(first_epoch)


@pytest.mark.parametrize(
    "change",
    [
        {"params": {"rate": "high"}},
        {"params": {"rate": 0}},
        {"params": {"rate": {"low": 1}}},
        {"params": {"rule": 4.0}},
        {"system_attrs": {"auto:sampler": {}}},
    ],
)
def test_a_parameter_or_a_sampler_of_another_kind_is_refused(path, records, change):
    write(path, [replace(records[0], outcome=replace(records[0].outcome, number=0))])
    first, text = path.read_text().splitlines()
    line = json.loads(text)
    for name, entries in change.items():
        line[name] |= entries
    path.write_text(f"{first}\n{json.dumps(line)}\n")
    with pytest.raises(FolderError, match=f"^{path}: not as hpsearch writes the record of a study: "):
        read_records(path)
