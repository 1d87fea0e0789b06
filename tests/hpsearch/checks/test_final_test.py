"""The final evaluation: once, on fresh seeds, and never without a line in the ledger."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks import final_test
from hpsearch.cli.final_test import as_text, why
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError, DataError, NothingYetError
from hpsearch.records import ranking
from hpsearch.results.frames import read_study
from hpsearch.results.winner import find_chosen
from hpsearch.study.prepared import prepare_data
from hpsearch.study.studyfile import load_resolved

STUDY = """
[study]
seed = 8
[training]
epochs = 3
batch_size = 100
num_train_samples = 50
[space]
hidden_dims = { choices = [[24], [48]] }
learning_rate = { low = 1e-2, high = 1e-1, log = true }
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A folder with two studies of three trials."""
    folder = tmp_path_factory.mktemp("final")
    with OneThread() as executor:
        for name, text in (("one", STUDY), ("other", STUDY.replace("seed = 8", "seed = 9"))):
            (folder / f"{name}.toml").write_text(text)
            hpsearch.run(folder / f"{name}.toml", trials=3, jobs=1, executor=executor, out=folder / "reports")
    return folder / "reports"


@pytest.fixture
def studies(reports, tmp_path):
    """The two studies beside a ledger of their own."""
    for name in ("one", "other"):
        (tmp_path / name).symlink_to(reports / name)
    return tmp_path


def look(out: Path, name: str = "one", again: str | None = None, n_seeds: int = 2, jobs: int = 1):
    folder = StudyFolder(out / name)
    study = load_resolved(folder.study_file, name)
    return final_test.evaluate(study, folder, n_seeds=n_seeds, jobs=jobs, again=again)


def test_a_look_is_written_with_all_that_made_it(studies):
    seen = look(studies, n_seeds=3, jobs=2)
    line = json.loads((studies / "test-ledger.jsonl").read_text())
    best = read_study(studies / "one").trials.query("state == 'complete'")
    best = best.sort_values(["value", "number"], ascending=[False, True]).iloc[0]
    assert line["study"] == "one"
    assert line["trial"] == best["number"]
    assert line["params"]["learning_rate"] == best["params.learning_rate"]
    assert line["split"] == read_study(studies / "one").ledger["split"].iloc[0]
    assert line["accuracy"] == pytest.approx(np.mean(line["accuracies"]))
    assert len(line["accuracies"]) == line["n_seeds"] == 3
    assert line["low"] < line["accuracy"] < line["high"]
    assert line["n_test"] == 500
    assert seen.accuracy == line["accuracy"] > 0.2


@pytest.fixture
def took(studies):
    """Returns a function that writes into confirm.json of study `one` who raced and who was taken."""
    folder = StudyFolder(studies / "one")
    ranked = ranking(read_records(folder.journal))

    def write(raced, taken, n_trials=3, n_seeds=8, **changes):
        finalists = tuple(
            Finalist(ranked[i].number, ranked[i].value, 0.5, 0.4, 0.6, 0.1, n_seeds=n_seeds) for i in raced
        )
        finalists = tuple(replace(one, **changes) for one in finalists)
        number = ranked[taken].number
        Confirmation(n_seeds, finalists, number, number, n_trials=n_trials).write(folder.confirmation_file)
        return [record.number for record in ranked]

    yield write
    folder.confirmation_file.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("raced", "taken", "n_trials", "tested", "says"),
    [
        ([0, 1], 1, 3, 1, "trial {1} won on 8 fresh seeds; trial {0} is best in the search"),
        ([0, 1], 0, 3, 0, "trial {0} won on 8 fresh seeds and is best in the search"),
        (
            [1, 2],
            2,
            2,
            2,
            "trial {2} won on 8 fresh seeds; 1 trial recorded since; {best}, but did not race",
        ),
    ],
)
def test_confirms_winner_is_tested_and_it_is_said_why(studies, took, raced, taken, n_trials, tested, says):
    numbers = took(raced, taken, n_trials)
    says = says.format(*numbers, best=f"trial {numbers[0]} is best in the search")
    chosen = find_chosen(StudyFolder(studies / "one"))
    assert why(chosen) == says
    seen = look(studies)
    assert seen.trial == numbers[tested]
    assert says in as_text(seen, chosen, 0, studies / "test-ledger.jsonl")


def test_a_confirmation_of_other_trials_is_not_taken(studies, took):
    numbers = took([0, 1], 1, searched=0.123)
    chosen = find_chosen(StudyFolder(studies / "one"))
    assert chosen.record.number == numbers[0]
    assert why(chosen) == f"trial {numbers[0]} was best in the search; confirm.json is of other trials"


def test_without_confirm_the_winner_of_the_search_is_tested_and_said_to_be(studies):
    chosen = find_chosen(StudyFolder(studies / "one"))
    assert look(studies).trial == chosen.record.number == chosen.best.number
    assert why(chosen).endswith(" was best in the search; hpsearch confirm took none")


def test_a_second_look_of_a_study_needs_a_reason_and_stays_visible(studies):
    first = look(studies)
    with pytest.raises(CallError, match=r"has looked at this test split before .* needs --again"):
        look(studies)
    second = look(studies, again="the figure was lost")
    assert second.accuracies == first.accuracies
    ledger = read_study(studies / "one").ledger
    assert ledger["reason"].tolist() == ["", "the figure was lost"]


def test_another_study_of_the_same_split_may_look_and_sees_that_it_was_looked_at(studies):
    look(studies)
    look(studies, "other")
    assert read_study(studies / "other").ledger["study"].tolist() == ["one", "other"]


def test_a_renamed_study_is_still_the_same(studies):
    look(studies)
    (studies / "one").rename(studies / "renamed")
    with pytest.raises(CallError, match="renamed has looked at this test split before"):
        look(studies, "renamed")


def test_of_two_copies_that_look_at_once_the_later_one_is_refused_and_shows_nothing(studies, monkeypatch):
    """Both were a first look; `verify` then called the second one a look without a reason."""
    (studies / "copy").symlink_to(studies / "one")
    score = final_test._train_and_score

    def meanwhile(*given):
        monkeypatch.setattr(final_test, "_train_and_score", score)
        look(studies, "copy")
        return score(*given)

    monkeypatch.setattr(final_test, "_train_and_score", meanwhile)
    with pytest.raises(CallError, match=r"one has looked at this test split before .*--again"):
        look(studies)
    assert len((studies / "test-ledger.jsonl").read_text().splitlines()) == 1


def test_a_ledger_that_was_torn_is_mended_before_it_grows(studies):
    look(studies)
    ledger = studies / "test-ledger.jsonl"
    whole = ledger.read_text()
    ledger.write_text(whole + '{"time": "2020-')
    with pytest.raises(CallError, match="needs --again"):
        look(studies)
    look(studies, again="torn")
    lines = ledger.read_text().splitlines(keepends=True)
    assert lines[0] == whole
    assert json.loads(lines[1])["reason"] == "torn"


def test_a_damaged_test_split_is_named_and_no_look(studies):
    prepared = prepare_data(load_resolved(studies / "one" / "study.toml", "one"))
    images = next(prepared.test.glob("X*.npy"))
    content = images.read_bytes()
    images.write_bytes(content[:-1] + bytes([content[-1] ^ 255]))
    try:
        with pytest.raises(DataError, match="test"):
            look(studies)
    finally:
        images.write_bytes(content)
    assert not (studies / "test-ledger.jsonl").exists()


def test_before_any_complete_trial_there_is_nothing_to_test(tmp_path):
    folder = StudyFolder(tmp_path / "one")
    folder.path.mkdir()
    folder.study_file.write_text(STUDY)
    with pytest.raises(NothingYetError, match="no trial is complete yet"):
        look(tmp_path)


@pytest.mark.parametrize("again", ["caf\udce9", "  ", 5, True])
def test_a_reason_that_is_no_text_is_refused_before_anything_is_trained(studies, again):
    with pytest.raises(CallError, match="again: expected the reason as a text in UTF-8, but got"):
        look(studies, again=again)
    assert not (studies / "test-ledger.jsonl").exists()


def test_a_reason_that_an_older_version_let_in_is_shown_escaped(studies):
    look(studies)
    ledger = studies / "test-ledger.jsonl"
    ledger.write_text(json.dumps({**json.loads(ledger.read_text()), "reason": "caf\udce9"}) + "\n")
    assert read_study(studies / "one").ledger["reason"].tolist() == [r"caf\udce9"]


def test_integers_of_numpy_are_taken_and_no_number_is_refused_with_a_word(studies):
    result = hpsearch.load("one", out=studies)
    with pytest.raises(CallError, match="seeds: expected an integer from 2 to 1000, but got None"):
        result.test(seeds=None)
    with pytest.raises(CallError, match=r"top: expected an integer from 1 to \d+, but got 2.0"):
        result.confirm(top=2.0)
    assert result.test(seeds=np.int64(2), jobs=1).n_seeds == 2
    assert len((studies / "test-ledger.jsonl").read_text().splitlines()) == 1
