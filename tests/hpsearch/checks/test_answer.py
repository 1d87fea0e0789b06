"""The answer of a question: the same whatever the processes, of the record as it is, and never half."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks import fresh_seeds
from hpsearch.checks.answer import answer
from hpsearch.checks.fresh_seeds import Diverged
from hpsearch.cli import cli
from hpsearch.disk.answer import FreshAnswer
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import INTERRUPTED, CallError, FolderError, NothingYetError
from hpsearch.records import ranking
from hpsearch.results.frames import read_study
from hpsearch.space import params_in_words
from hpsearch.study.studyfile import load_resolved

STUDY = """
[study]
seed = 8
trials = 6
[question]
compare = "hidden_dims"
[data]
num_val = 200
num_estimate = 150
[training]
epochs = 2
batch_size = 100
num_train_samples = 50
[space]
hidden_dims = { choices = [[8], [24], [48]] }
learning_rate = { low = 1e-2, high = 1e-1, log = true }
[sampler]
name = "random"
[pruner]
name = "none"
"""


def searched(path, text=STUDY, name="one", trials=None):
    """Searches, without the answer, and returns the study with its folder."""
    (path / f"{name}.toml").write_text(text)
    with OneThread() as executor:
        hpsearch.run(path / f"{name}.toml", trials=trials, jobs=1, executor=executor, out=path / "reports")
    folder = StudyFolder(path / "reports" / name)
    return load_resolved(folder.study_file, name), folder


@pytest.fixture
def in_this_process(monkeypatch):
    """Trains in this process instead of in others."""
    monkeypatch.setattr(
        fresh_seeds, "run_each", lambda function, calls, *_: [function(*one) for one in calls]
    )


@pytest.fixture
def asked(tmp_path, in_this_process):
    """A searched study, not yet answered."""
    return searched(tmp_path)


def test_the_best_setting_of_each_value_meets_the_same_seeds(asked):
    study, folder = asked
    found = answer(study, folder, n_seeds=3, jobs=1)
    records = read_records(folder.journal)
    for turn, one in enumerate(found.settings):
        mine = [record for record in records if record.number % 3 == turn]
        assert (one.turn, one.number) == (turn, ranking(mine)[0].number)
        assert one.right.shape == (3, 150)
    again = FreshAnswer.read(folder.answer_file)
    assert [one.right.tolist() for one in again.settings] == [one.right.tolist() for one in found.settings]
    frames = read_study(folder.path)
    assert frames.answered.answer.n_seeds == 3
    assert "3 fresh seeds and 150 images that chose nothing" in frames.answered.sentences[-1]


def test_without_images_set_aside_the_validation_images_judge(tmp_path, in_this_process):
    study, folder = searched(tmp_path, STUDY.replace("num_estimate = 150", ""))
    assert answer(study, folder, n_seeds=2, jobs=1).images == "validation"
    assert "200 validation images, which also chose" in read_study(folder.path).answered.sentences[-1]


@pytest.mark.parametrize(("right", "spared"), [(0.1, ""), (0, ", or were spared after one that diverged")])
def test_a_net_that_did_not_learn_on_a_fresh_seed_is_told(asked, right, spared):
    study, folder = asked
    found = answer(study, folder, n_seeds=3, jobs=1)
    assert "did not learn" not in " ".join(read_study(folder.path).answered.sentences)
    found.settings[2].right[1] = np.arange(150) < 150 * right
    found.write(folder.answer_file)
    compared = read_study(folder.path).answered
    value = compared.answer.values[2]
    assert compared.sentences[-1] == (
        f"1 of 9 nets did not learn{spared} (1 with {params_in_words({compared.parameter: value})}); "
        "effects and intervals count them in."
    )


def test_a_finalist_that_diverges_on_a_seed_gets_nothing_right_there(asked, monkeypatch):
    study, folder = asked
    train = fresh_seeds.train_fresh
    worst = ranking(record for record in read_records(folder.journal) if record.number % 3 == 0)[0].number

    def diverging(task, epoch=None):
        return Diverged(1) if task.number == worst and task.key[-1] == 1 else train(task, epoch)

    monkeypatch.setattr(fresh_seeds, "train_fresh", diverging)
    first, *others = answer(study, folder, n_seeds=3, jobs=1).settings
    assert not first.right[1].any()
    assert first.right[0].any()
    assert all(one.right.any(axis=1).all() for one in others)
    assert read_study(folder.path).answered.answer.best != study.question.values[0]


def test_a_value_without_a_complete_trial_is_named(asked):
    study, folder = asked
    lines = folder.journal.read_text().splitlines(keepends=True)
    folder.journal.write_text("".join(lines[:3]))  # the trials of the first two values
    with pytest.raises(NothingYetError, match=r"no trial with hidden_dims = '\[48\]' is complete"):
        answer(study, folder, n_seeds=2, jobs=1)
    assert not folder.answer_file.exists()


def test_a_study_that_asks_nothing_has_no_answer(asked):
    study, folder = asked
    with pytest.raises(CallError, match=r"asks no question; expected a \[question\] in its file"):
        answer(replace(study, question=None), folder, n_seeds=2, jobs=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: found.pop("digest"), "digest: missing"),
        (lambda found: found["settings"].pop(), "settings: expected at least two"),
        (lambda found: found["settings"][0].update(turn=1), "turn: expected 0, 1"),
        (lambda found: found["settings"][0]["hits"].pop(), "hits: expected a list of at least two"),
        (lambda found: found["settings"][0].update(hits=["?", "?"]), "hits: expected base64"),
        (lambda found: found.update(n_images=0), "n_images: expected at least 1"),
        (lambda found: found.update(images="test"), "images: expected validation or estimate"),
    ],
)
def test_a_damaged_answer_is_one_error(tmp_path, change, words):
    one = {"turn": 0, "number": 0, "hits": ["oA==", "oA=="]}
    found = {"digest": "", "images": "estimate", "n_images": 3, "n_epochs": 2}
    found["settings"] = [one, {**one, "turn": 1, "hits": [*one["hits"]]}]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(found))
    assert FreshAnswer.read(path).settings[1].right.tolist() == [[True, False, True]] * 2
    change(found)
    path.write_text(json.dumps(found))
    with pytest.raises(FolderError, match=rf"answer\.json: damaged .*{words}"):
        FreshAnswer.read(path)


def test_an_answer_is_of_the_record_that_it_was_found_in(asked, tmp_path):
    study, folder = asked
    answer(study, folder, n_seeds=2, jobs=1)
    assert read_study(folder.path).answered is not None
    searched(tmp_path, trials=9)
    assert read_study(folder.path).answered is None
    answer(study, folder, n_seeds=2, jobs=1)
    assert read_study(folder.path).answered is not None


def test_a_search_that_a_rule_ended_is_answered_with_the_trials_that_there_are(tmp_path, in_this_process):
    study, folder = searched(tmp_path, f"{STUDY}[stop]\nepochs = 8\n".replace("trials = 6", "trials = 30"))
    assert len(read_records(folder.journal)) == 6, "as many of each value"
    found = answer(study, folder, n_seeds=2, jobs=1)
    assert [one.turn for one in found.settings] == [0, 1, 2]


def test_the_command_says_the_answer_of_as_many_seeds_as_it_is_told(asked, monkeypatch):
    drawn = []
    page = asked[1].page
    monkeypatch.setattr("hpsearch.report.write_report", lambda frames, **_: drawn.append(frames) or page)
    _, folder = asked
    arguments = ["answer", "--study", "one", "--out", str(folder.path.parent), "--jobs", "1"]
    said = CliRunner().invoke(cli, [*arguments, "--seeds", "3"])
    assert said.exit_code == 0
    told = [*read_study(folder.path).answered.sentences]
    assert said.output.splitlines() == [*told, "drawing the report ...", f"report  {page}"]
    assert "on 3 fresh seeds" in said.output
    assert len(drawn) == 1
    assert CliRunner().invoke(cli, [*arguments, "--seeds", "1"]).exit_code == 2


def test_once_answered_the_answer_is_all_that_is_left_to_say(asked, monkeypatch):
    study, folder = asked
    page = folder.page
    monkeypatch.setattr("hpsearch.report.write_report", lambda frames, **_: page)
    of_it = ["--study", "one", "--out", str(folder.path.parent)]
    before = CliRunner().invoke(cli, ["status", *of_it]).output.splitlines()
    assert before[-2:] == [
        "next         Answer the question on fresh seeds.",
        f"             hpsearch answer --study one --out {folder.path.parent}",
    ]
    answer(study, folder, n_seeds=2, jobs=1)
    told = read_study(folder.path).answered.sentences
    assert CliRunner().invoke(cli, ["status", *of_it]).output.endswith(f"\nanswer       {told[0]}\n")
    run = ["run", "--study", str(folder.study_file), "--out", str(folder.path.parent), "--jobs", "1"]
    again = CliRunner().invoke(cli, run).output.splitlines()
    assert again[-len(told) - 1 :] == [*told, "drawing the report ..."]


def begun(path, *arguments, **options):
    """Begins `hpsearch run` of the study in a folder."""
    command = [sys.executable, "-m", "hpsearch", *arguments, "--study", str(path / "one.toml")]
    return subprocess.Popen(
        [*command, "--out", str(path / "reports")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


@pytest.mark.slow
def test_a_run_whose_question_cannot_be_answered_does_not_say_that_it_trains_for_it(tmp_path):
    never = STUDY.replace("choices = [[8], [24], [48]]", "choices = [[8]]")
    never = never.replace('compare = "hidden_dims"', 'compare = "weight_scale"')
    (tmp_path / "one.toml").write_text(
        never.replace("[space]", "[space]\nweight_scale = { choices = [1e-2, 1e30] }")
    )
    with begun(tmp_path, "run", "--jobs", "1") as process:
        said = process.stdout.read()
    assert "no trial with weight_scale = 1e+30 is complete" in said
    assert "training the best setting" not in said


def hear_ctrl_c():
    """Has a process begin with Ctrl-C as in a terminal: what a shell runs in its background ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_the_answer_is_the_same_for_1_2_and_4_processes(tmp_path):
    study, folder = searched(tmp_path)
    written = []
    for jobs in (1, 2, 4):
        answer(study, folder, n_seeds=3, jobs=jobs)
        written.append(folder.answer_file.read_bytes())
    assert written[0] == written[1] == written[2]


@pytest.mark.slow
def test_the_answer_is_the_same_after_a_kill_between_search_and_answer(tmp_path):
    study, folder = searched(tmp_path)
    answer(study, folder, n_seeds=8, jobs=1)
    expected = folder.answer_file.read_bytes()
    folder.answer_file.unlink()
    folder.page.write_text("a page of before")
    with begun(tmp_path, "run", "--jobs", "2") as process:
        for line in process.stdout:
            if "training the best setting" in line:
                process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not folder.answer_file.exists()
    with begun(tmp_path, "run", "--jobs", "2") as process:
        finished = process.stdout.read()
    assert "Measured with each value's best setting on 8 fresh seeds" in finished
    assert folder.answer_file.read_bytes() == expected
    assert "Measured with each value" in folder.page.read_text(), "the page tells the answer too"


@pytest.mark.slow
def test_ctrl_c_while_answering_leaves_a_search_that_is_answered_by_the_next_run(tmp_path):
    _, folder = searched(tmp_path, STUDY.replace("epochs = 2", "epochs = 150"))
    said = []
    with begun(tmp_path, "run", "--jobs", "2", start_new_session=True, preexec_fn=hear_ctrl_c) as process:
        for line in process.stdout:
            said.append(line)
            if "training the best setting" in line:
                time.sleep(0.5)
                os.killpg(process.pid, signal.SIGINT)
    assert process.returncode == INTERRUPTED, "".join(said)
    assert said[-1] == "hpsearch: interrupted\n"
    assert not any("Traceback" in line for line in said)
    assert not folder.answer_file.exists()
    assert list(folder.path.glob("*.tmp*")) == []
