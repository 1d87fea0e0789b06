"""The command line as a user meets it: what it says, where it says it, and with which exit status."""

import ast
import contextlib
import csv
import errno
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from hpsearch.api import Page
from hpsearch.cli import COMMANDS, GROUPS, cli, main
from hpsearch.cli.progress import Progress
from hpsearch.cli.status import accuracy_lines
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.records import ranking
from hpsearch.report import write_report
from hpsearch.results.accuracies import Accuracy
from hpsearch.results.frames import read_study
from hpsearch.results.stats import Interval
from hpsearch.study.studyfile import load

STUDY = """
[study]
seed = 2
trials = 5
[data]
preprocessing = "mean_std"
[training]
epochs = 2
batch_size = 200
num_train_samples = 50
[space]
hidden_dims = { choices = [[16], [32]] }
learning_rate = { low = 1e-3, high = 1e-1, log = true }
"""
SOURCE = Path(__file__).parents[3]


class Finished(NamedTuple):
    """What a call of the command left behind."""

    returncode: int
    stdout: str
    stderr: str


def hpsearch(*arguments, cwd):
    """Runs the command in a folder, in this process, which spares the imports."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = _call(arguments)
    return Finished(status, out.getvalue(), err.getvalue())


def _call(arguments):
    """Calls the command's main function and returns its exit status."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["hpsearch", *map(str, arguments)])
        patch.setattr(sys, "stdin", io.StringIO())
        patch.setattr(sys, "path", list(sys.path))
        with pytest.raises(SystemExit) as end:
            main()
    return end.value.code or 0


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A folder in which the study `small` was run, and what that printed."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "studies").mkdir()
    (folder / "studies" / "small.toml").write_text(STUDY)
    return folder, hpsearch("run", "--study", "small", "--jobs", 2, cwd=folder)


@pytest.fixture
def no_page(monkeypatch):
    """Spares the drawing of pages that a test does not look at."""
    monkeypatch.setattr("hpsearch.report.write_report", lambda frames, **_: frames.folder / "index.html")


def test_run_says_what_it_does_and_writes_the_page(searched):
    folder, run = searched
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0] == (
        "small: FullyConnectedNet on digits, 797 training and 500 validation images, 2 workers, seed 2"
    )
    assert any(line.startswith("5 trials in ") for line in lines)
    assert lines[-4:-2] == ["drawing the report ...", "report  reports/small/index.html"]
    assert lines[-2].startswith("next    Mend this first: ")
    assert lines[-1].startswith(
        "        hpsearch run --study reports/small/study.toml --set training.epochs="
    )
    assert (folder / "reports/small/index.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("raw", "luck"),
    [
        (None, ""),
        (0.99, "; 0.9900 with the luck of being chosen"),
        (0.98, "; no luck of being chosen shows in it"),
        (0.97, "; no luck of being chosen shows in it"),
    ],
)
def test_status_tells_of_luck_where_there_is_some(raw, luck):
    accuracy = Accuracy("fresh seeds", 0.98, Interval(0.97, 0.99), raw, "trial 3, 5 fresh seeds")
    assert accuracy_lines(accuracy) == [
        "fresh seeds  0.9800   95 % interval 0.9700 to 0.9900",
        f"             trial 3, 5 fresh seeds{luck}",
    ]


@pytest.mark.parametrize("group", [(), ("data",)])
def test_a_call_without_a_command_shows_the_help_line_by_line(tmp_path, group):
    alone, asked = hpsearch(*group, cwd=tmp_path), hpsearch(*group, "--help", cwd=tmp_path)
    assert alone == asked
    assert asked.stdout.startswith("Usage: hpsearch ")
    assert asked.stdout.count("\n") > 10
    assert (asked.returncode, asked.stderr) == (0, "")


def test_the_same_run_again_says_that_nothing_is_left(searched):
    folder, _ = searched
    again = hpsearch("run", "--study", "small", cwd=folder)
    assert again.returncode == 0
    assert "5 trials recorded before, nothing is left to do" in again.stdout
    assert "drawing" not in again.stdout


@pytest.mark.parametrize(
    ("when", "status", "said"),
    [(1, 130, "next    run the same command again to continue\n"), (5, 0, "5 trials in ")],
)
def test_ctrl_c_has_a_status_of_its_own_unless_the_search_is_complete(
    no_page, tmp_path, monkeypatch, when, status, said
):
    (tmp_path / "small.toml").write_text(STUDY)
    interrupted = []

    def show(progress, now):
        if now.recorded >= when and not interrupted:
            interrupted.append(signal.raise_signal(signal.SIGINT))

    monkeypatch.setattr(Progress, "show", show)
    run = hpsearch("run", "--study", "small.toml", "--jobs", 1, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (status, "")
    assert "stopping at the end of the running epochs; once more to stop at once\n" in run.stdout
    assert said in run.stdout


def test_a_page_that_an_ended_run_left_behind_is_drawn_by_the_next(searched, tmp_path):
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)
    study = StudyFolder(tmp_path / "reports/small")
    study.page.write_text("of fewer trials")
    before_the_last_trial = study.journal.stat().st_mtime - 1
    os.utime(study.page, (before_the_last_trial, before_the_last_trial))
    assert "drawing the report" in hpsearch("run", "--study", "small", cwd=tmp_path).stdout
    assert study.page.read_text() == (searched[0] / "reports/small/index.html").read_text()


def test_no_page_renews_itself_when_its_run_was_killed_and_nothing_is_left(searched, tmp_path):
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)
    write_report(read_study(tmp_path / "reports/small"), live=True)
    hpsearch("run", "--study", "small", cwd=tmp_path)
    page = (tmp_path / "reports/small/index.html").read_text()
    assert page == (searched[0] / "reports/small/index.html").read_text()


def test_run_and_status_say_which_rule_ended_the_search(no_page, tmp_path):
    (tmp_path / "small.toml").write_text(STUDY)
    call = ("run", "--study", "small.toml", "--jobs", 1, "--set", "stop.value=0.01")
    words = "by [stop] value = 0.01: the best trial has 0."
    for run in (hpsearch(*call, cwd=tmp_path), hpsearch(*call, cwd=tmp_path)):
        assert (run.returncode, run.stderr) == (0, "")
        assert f"ended   {words}" in run.stdout
        assert "run the same command again" not in run.stdout
    assert f"ended        {words}" in hpsearch("status", "--study", "small", cwd=tmp_path).stdout


def test_a_search_of_which_every_trial_diverged_ends_with_what_to_mend(no_page, tmp_path):
    (tmp_path / "wild.toml").write_text(STUDY.replace("low = 1e-3, high = 1e-1", "low = 1e12, high = 1e14"))
    run = hpsearch("run", "--study", "wild.toml", "--jobs", 1, "--trials", 10, cwd=tmp_path)
    assert "next    Mend this first: All 10 trials diverged" in run.stdout


def test_a_run_whose_identity_was_removed_meanwhile_says_so(no_page, tmp_path, monkeypatch):
    (tmp_path / "small.toml").write_text(STUDY)
    identity = tmp_path / "reports/small/identity.json"
    monkeypatch.setattr(Progress, "show", lambda self, status: identity.unlink(missing_ok=True))
    run = hpsearch("run", "--study", "small.toml", "--jobs", 1, "--trials", 1, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (
        1,
        "hpsearch: reports/small/identity.json: was removed; put it back, or start over with --fresh\n",
    )


def test_the_page_is_drawn_again_with_each_look_at_the_test_split(searched, tmp_path, monkeypatch):
    folder, _ = searched
    shutil.copytree(folder / "reports", tmp_path / "reports")
    drawn = []

    def write_report(frames, **_):
        drawn.append(len(frames.ledger))
        return frames.folder / "index.html"

    monkeypatch.setattr("hpsearch.report.write_report", write_report)
    call = ("test", "--study", "small", "--seeds", 2, "--jobs", 1)
    first = hpsearch(*call, cwd=tmp_path)
    assert drawn == [1]
    assert "nobody looked at them before" in first.stdout
    assert "\nreport  reports/small/index.html\n" in first.stdout
    again = hpsearch(*call, "--again", "to see", "--format", "json", cwd=tmp_path)
    assert drawn == [1, 2]
    assert json.loads(again.stdout)["reason"] == "to see"


def test_a_folder_that_cannot_be_read_takes_no_look_at_the_test_split(searched, tmp_path):
    folder, _ = searched
    shutil.copytree(folder / "reports", tmp_path / "reports")
    (tmp_path / "reports/small/notes.json").write_text("{")
    refused = hpsearch("test", "--study", "small", "--seeds", 2, "--jobs", 1, cwd=tmp_path)
    assert "notes.json: cannot be read" in refused.stderr
    assert not (tmp_path / "reports/test-ledger.jsonl").exists()


def test_trials_are_printed_as_table_csv_and_json(searched):
    folder, _ = searched
    names = ["number", "state", "value", "epochs", "seconds", "params.hidden_dims", "params.learning_rate"]
    rows = list(
        csv.DictReader(
            io.StringIO(hpsearch("trials", "--study", "small", "--format", "csv", cwd=folder).stdout)
        )
    )
    objects = json.loads(hpsearch("trials", "--study", "small", "--format", "json", cwd=folder).stdout)
    table = hpsearch("trials", "--study", "small", cwd=folder).stdout.splitlines()
    assert list(rows[0]) == list(objects[0]) == names
    assert table[0].split() == [name.removeprefix("params.") for name in names]
    assert len(rows) == len(objects) == len(table) - 1 == 5
    assert [float(row["value"]) for row in rows] == [one["value"] for one in objects]


def test_best_is_printed_as_toml_json_and_python(searched):
    folder, _ = searched
    toml, as_json, python = (
        hpsearch("best", "--study", "small", "--format", style, cwd=folder).stdout
        for style in ("toml", "json", "python")
    )
    assert tomllib.loads(toml) == json.loads(as_json)
    trials = json.loads(hpsearch("trials", "--study", "small", "--format", "json", cwd=folder).stdout)
    assert json.loads(as_json)["value"] == max(trial["value"] for trial in trials)
    assert eval(python)["hidden_dims"] in ([16], [32])


def test_status_tells_states_and_digest(searched):
    folder, _ = searched
    facts = json.loads(hpsearch("status", "--study", "small", "--format", "json", cwd=folder).stdout)
    assert facts["trials"] == facts["complete"] + facts["pruned"] + facts["diverged"] == 5
    text = hpsearch("status", "--study", "small", cwd=folder).stdout
    assert facts["digest"] in text


def test_reading_commands_work_in_a_folder_without_study_files(searched, tmp_path):
    folder, _ = searched
    out = folder / "reports"
    for command in ("status", "trials", "best"):
        assert hpsearch(command, "--study", "small", "--out", out, cwd=tmp_path).returncode == 0


def test_a_trial_can_be_replayed_and_gives_the_same_bits(searched):
    folder, _ = searched
    for options in ((), ("--trial", 0)):
        replay = hpsearch("replay", "--study", "small", *options, cwd=folder)
        assert replay.returncode == 0
        assert "the same bits again" in replay.stdout


def test_a_record_that_was_tampered_with_does_not_replay(searched, tmp_path):
    folder, _ = searched
    shutil.copytree(folder / "reports/small", tmp_path / "reports/small")
    journal = tmp_path / "reports/small/journal.log"
    lines = journal.read_text().splitlines(keepends=True)
    trial = json.loads(lines[1])
    trial["user_attrs"]["hpsearch"]["curve"]["loss"][0] += 1e-12
    journal.write_text("".join([lines[0], json.dumps(trial) + "\n", *lines[2:]]))
    replay = hpsearch("replay", "--study", "small", "--trial", 0, cwd=tmp_path)
    assert replay.returncode == 1
    assert "loss of epoch 1 was" in replay.stdout


def test_finalists_are_confirmed_on_fresh_seeds(searched):
    folder, _ = searched
    confirm = hpsearch("confirm", "--study", "small", "--top", 2, "--seeds", 2, "--jobs", 2, cwd=folder)
    assert confirm.returncode == 0
    assert [line.split()[-1] for line in confirm.stdout.splitlines()[-10:]].count("taken") == 1
    assert max(map(len, confirm.stdout.splitlines())) <= 80
    assert (folder / "reports/small/confirm.json").exists()


def test_a_race_that_its_epochs_do_not_allow_is_refused(searched):
    folder, _ = searched
    confirm = hpsearch("confirm", "--study", "small", "--top", 2, "--epochs", 11, cwd=folder)
    assert confirm.returncode == 2
    assert "--epochs 11: expected at least 12" in confirm.stderr


def test_a_plan_tells_space_time_memory_and_disk_and_writes_nothing(searched, tmp_path):
    folder, _ = searched
    plan = hpsearch("plan", "--study", folder / "studies/small.toml", "--jobs", 4, cwd=tmp_path)
    assert plan.returncode == 0
    for word in (
        "learning_rate",
        "0.001 to 0.1, log",
        "time ",
        "memory ",
        "disk ",
        "use at most lookahead / 2 workers",
        "4 need study.lookahead = 8",
    ):
        assert word in plan.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_gradients_of_the_nets_and_of_a_wrong_one(searched, tmp_path):
    folder, _ = searched
    assert hpsearch("gradcheck", "--study", "small", cwd=folder).returncode == 0
    (tmp_path / "wrongnet.py").write_text(
        "import numpy as np\n"
        "class WrongNet:\n"
        "    def __init__(self, scale=0.1, input_dim=64, num_classes=10):\n"
        "        self.params = {'W1': scale * np.ones((input_dim, num_classes))}\n"
        "    def loss(self, X, y=None):\n"
        "        W = self.params['W1']\n"
        "        if y is None:\n"
        "            return X.reshape(len(X), -1) @ W\n"
        "        return float((W**2).sum()), {'W1': 2.02 * W}\n"
    )
    (tmp_path / "wrong.toml").write_text(
        "[net]\nkind = 'wrongnet:WrongNet'\n[space]\nscale = { low = 0.1, high = 0.2 }\n"
    )
    wrong = hpsearch("gradcheck", "--study", "wrong.toml", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "4 of 4 gradients are wrong" in wrong.stdout


def test_init_writes_a_study_file_that_loads_and_never_overwrites(tmp_path):
    assert hpsearch("init", "mine.toml", cwd=tmp_path).returncode == 0
    assert load(tmp_path / "mine.toml").trials == 50
    again = hpsearch("init", "mine.toml", cwd=tmp_path)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


def test_studies_are_compared_on_one_page(searched, tmp_path):
    folder, _ = searched
    out = tmp_path / "reports"
    for name in ("small", "twin"):
        shutil.copytree(folder / "reports/small", out / name)
    compare = hpsearch("compare", "small", "twin", cwd=tmp_path)
    assert compare.stdout == (
        "Every study has spent at least 10 epochs; this is the equal budget.\n"
        "They are one study, with other seeds at most, so there is nothing to compare.\n"
        "report  reports/compare-small-twin.html\n"
    )
    assert "twin" in (out / "compare-small-twin.html").read_text()
    facts = json.loads(hpsearch("compare", "small", "twin", "--format", "json", cwd=tmp_path).stdout)
    assert [row["study"] for row in facts["studies"]] == ["small", "twin"]
    assert facts["answer"][-1].startswith("They are one study")
    assert hpsearch("compare", "small", cwd=tmp_path).returncode == 2


@pytest.mark.slow
def test_reading_commands_work_while_a_search_holds_the_folder(searched):
    folder, _ = searched
    with StudyFolder(folder / "reports/small").locked():
        for command in ("status", "trials", "best", "report"):
            assert hpsearch(command, "--study", "small", cwd=folder).returncode == 0
        assert "in use by process" in hpsearch("test", "--study", "small", cwd=folder).stderr


def test_notes_are_written_shown_and_removed_and_the_record_stays_as_it_is(searched, tmp_path):
    shutil.copytree(searched[0] / "reports", tmp_path / "reports")
    journal = tmp_path / "reports/small/journal.log"
    before = journal.read_bytes()

    def note(*arguments):
        return hpsearch("note", "--study", "small", *arguments, cwd=tmp_path).stdout

    assert note() == "no notes yet\n"
    assert note("--trial", "1", " odd\nlast ") == "noted on trial 1\n"
    assert note("for the course") == "noted on the study\n"
    assert note() == "study  for the course\ntrial 1  odd\\nlast\n"
    assert note("--trial", "1") == "trial 1  odd\\nlast\n"
    assert note("--trial", "1", "") == "no note any more on trial 1\n"
    assert note() == "study  for the course\n"
    assert journal.read_bytes() == before


def test_the_report_in_short_is_markdown(searched):
    folder, _ = searched
    assert hpsearch("report", "--study", "small", "--format", "markdown", cwd=folder).stdout.startswith(
        "## small"
    )


def test_a_page_shows_itself_in_a_notebook_in_a_frame_of_its_own(tmp_path):
    (tmp_path / "index.html").write_text('<p class="x">5 < 6</p>')
    shown = Page(tmp_path / "index.html")._repr_html_()
    assert 'srcdoc="&lt;p class=&quot;x&quot;&gt;5 &lt; 6&lt;/p&gt;"' in shown


@pytest.mark.slow
def test_figures_need_no_backend_of_matplotlib(searched, tmp_path):
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)
    command = [sys.executable, "-m", "hpsearch", "report", "--study", "small"]
    environment = {**os.environ, "MPLBACKEND": "nonsense"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_data_sources_are_listed_and_described(tmp_path):
    assert "digits" in hpsearch("data", "list", cwd=tmp_path).stdout
    info = hpsearch("data", "info", "digits", "--set", "num_val=300", cwd=tmp_path)
    assert "validation  300 examples" in info.stdout


def test_a_cache_that_cannot_be_written_is_named(searched, monkeypatch, tmp_path):
    shutil.copytree(searched[0] / "studies", tmp_path / "studies")
    (tmp_path / "file").touch()
    monkeypatch.setenv("HPSEARCH_DATA", str(tmp_path / "file"))
    run = hpsearch("run", "--study", "small", cwd=tmp_path)
    assert run.returncode == 1
    assert re.fullmatch(
        r"hpsearch: data source 'digits': /.*/file/prepared/digits-\w+: cannot be written: Not a directory; "
        r"HPSEARCH_DATA may name another folder for data sets\n",
        run.stderr,
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has other signals")
@pytest.mark.parametrize(
    ("before", "told", "status", "words"),
    [
        ("SIG_DFL", "SIGTERM", 130, "hpsearch: interrupted\n"),
        ("SIG_DFL", "SIGHUP", 130, "hpsearch: interrupted\n"),
        ("SIG_IGN", "SIGHUP", 0, ""),  # under nohup
    ],
)
def test_a_command_that_is_told_to_end_does_so_as_after_an_interrupt(before, told, status, words):
    program = (
        f"import os, signal; from hpsearch import cli; signal.signal(signal.{told}, signal.{before}); "
        f"cli.cli.main = lambda **_: os.kill(os.getpid(), signal.{told}); cli.main()"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (status, words)


@pytest.mark.skipif(sys.platform == "win32", reason="it removes no current folder")
def test_a_current_folder_that_was_removed_is_one_line(tmp_path):
    with contextlib.chdir(tmp_path):
        (tmp_path / "gone").mkdir()
        os.chdir("gone")
        (tmp_path / "gone").rmdir()
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            assert _call(["studies"]) == 2
    line = "hpsearch: the current folder was removed; expected to be called in one that is there\n"
    assert err.getvalue() == line


def test_an_audit_trains_nothing_in_a_folder_that_it_cannot_have(searched, monkeypatch, tmp_path):
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("hpsearch.cli.audit.audit_pruning", None)
    with StudyFolder(tmp_path / "reports/small").locked():
        audit = hpsearch("audit-pruning", "--study", "small", cwd=tmp_path)
    assert audit.returncode == 1
    assert "reports/small: in use by process" in audit.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OSError(errno.EMFILE, "Too many open files"),
            "too many open files, of which 1234 are allowed here (ulimit -n); each of --jobs needs about ten",
        ),
        (
            BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
            "no more processes may be started here (ulimit -u); fewer --jobs need less",
        ),
        (MemoryError(), "memory is short; fewer --jobs need less"),
        (
            MemoryError("Unable to allocate 8 GiB"),
            "memory is short (Unable to allocate 8 GiB); fewer --jobs need less",
        ),
        (
            ImportError("many lines\nOriginal error was: a.so: failed to map segment from shared object\n"),
            "memory is short, even for the libraries; a search takes 1 GB of addresses (ulimit -v)",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "a"), "a: No space left on device"),
        (OSError(errno.ENOSPC, "No space left on device"), "input/output: No space left on device"),
    ],
)
def test_what_is_short_is_one_line(error, words, tmp_path, monkeypatch):
    def refused(**_):
        raise error

    monkeypatch.setattr(cli, "main", refused)
    monkeypatch.setattr("resource.getrlimit", lambda _: (1234, 4321))
    call = hpsearch("studies", cwd=tmp_path)
    assert (call.returncode, call.stderr) == (1, f"hpsearch: {words}\n")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["trials --study small", "best --study small", "studies"])
def test_a_reader_that_leaves_early_is_no_error(command, searched):
    folder, _ = searched
    assert _with_a_reader_that_left(command, folder) == (0, "")


@pytest.mark.slow
def test_a_look_that_is_taken_is_on_the_page_though_its_reader_has_left(searched, tmp_path):
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)
    assert _with_a_reader_that_left("test --study small --seeds 2 --jobs 1", tmp_path) == (0, "")
    assert (tmp_path / "reports/test-ledger.jsonl").exists()
    page = (tmp_path / "reports/small/index.html").read_text(encoding="utf-8")
    assert 'aria-label="Looks at the test split"' in page


def _with_a_reader_that_left(command, folder):
    """Returns exit status and error output of a command whose output nobody reads."""
    line = f"{sys.executable} -m hpsearch {command} | true; exit ${{PIPESTATUS[0]}}"
    shell = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False)
    return shell.returncode, shell.stderr


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", ["trials --study small", "run --study small --trials 6", "run --fresh"])
def test_streams_that_the_caller_closed_are_no_error(arguments, closed, searched, tmp_path):
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)
    arguments = arguments.replace("--fresh", "--fresh --study small")
    command = f"{sys.executable} -m hpsearch {arguments} {closed}"
    shell = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    refused = "--fresh" in arguments
    assert shell.returncode == (2 if refused else 0)
    assert shell.stderr.count("\n") == ("2>&-" not in closed and refused)
    n_trials = 6 if "6" in arguments else 5
    assert len(read_records(tmp_path / "reports/small/journal.log")) == n_trials


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (
            ["run", "--study", "smal"],
            2,
            "no study named 'smal'; expected a path to a .toml file or one of small",
        ),
        (["run", "--study", "./absent.toml"], 2, "./absent.toml: no such study file"),
        (["run", "--study", "studies"], 2, "no study named 'studies'"),
        (["run", "--study", "small", "--jobs", "0"], 2, "'--jobs': 0 is not in the range"),
        (["run", "--study", "small", "--trials", "-3"], 2, "'--trials': -3 is not in the range"),
        (["run", "--study", "small", "--trials", "ten"], 2, "'--trials': 'ten' is not a valid integer"),
        (["run", "--study", "small", "--seed", "-1"], 2, "'--seed': -1 is not in the range"),
        (
            ["run", "--study", "small", "--timeout", "nan"],
            2,
            "expected a time above 0 like 90, 90s, 10m or 1.5h",
        ),
        (["run", "--study", "small", "--set", "epochs=3"], 2, "expected section.key=value"),
        (["run", "--study", "small", "--set", "net.dropout=1.0"], 2, "net.dropout: dropout must be"),
        (["run", "--study", "small", "--seed", "3"], 2, "study.seed was 2, is 3"),
        (["run"], 2, "Missing option '--study'"),
        (["runn"], 2, "no such command 'runn'; did you mean run?"),
        (["best", "--study", "other"], 2, "reports/other: there is no study"),
        (["best", "--study", "../x"], 2, "expected the name of a study"),
        (
            ["note", "--study", "small", "--trial", "5", "x"],
            2,
            "--trial 5: expected a trial of small, of which 5 trials are recorded",
        ),
        (["trials", "--study", "small", "--format", "xml"], 2, "'xml' is not one of"),
        (["run", "--study", "small", "--fresh"], 2, "expected --yes"),
    ],
)
def test_a_wrong_call_gets_one_clear_line(searched, arguments, status, words):
    folder, _ = searched
    run = hpsearch(*arguments, cwd=folder)
    assert run.returncode == status
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1
    assert words in run.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[study\n", "broken.toml: not valid TOML"),
        ("", "space: there is nothing to search"),
        ("[spcae]\n", "unknown section [spcae]; expected one of space"),
        (
            "[training]\nepochss = 3\n[space]\nhidden_dims = { choices = [[8], [9]] }\n",
            "training.epochss: unknown key",
        ),
        (
            "[space]\nreg = { low = 2, high = 1 }\n",
            "space.reg: low must be below high, but got low = 2, high = 1",
        ),
        (
            "[space]\nreg = { low = 0, high = 1, log = true }\n",
            "space.reg: low must be above 0 with log = true",
        ),
        ("[space]\ndropout = { low = 0.0, high = 1.0 }\n", "space.dropout: dropout must be"),
        (
            "[space]\nmomentum = { low = 0.1, high = 0.9 }\n",
            "space.momentum: the update rule takes no momentum; those that do are sgd_momentum, nesterov",
        ),
        ("[study]\nlookahead = 0\n", "study.lookahead: "),
        ("[data]\nsource = 'digit'\n", "data.source: "),
        (
            "[space]\nnormalization = { choices = ['batchnrm', 'none'] }\n",
            "space.normalization: normalization must be",
        ),
        (
            "[space]\nmomentum = { low = 0, high = 0.9 }\nupdate_rule = { choices = ['sgd', 'nesterov'] }\n",
            "space.momentum: update_rule 'sgd' takes no momentum; expected when",
        ),
    ],
)
def test_a_broken_study_file_gets_one_line_that_names_file_and_key(tmp_path, text, words):
    (tmp_path / "broken.toml").write_text(text)
    run = hpsearch("run", "--study", "broken.toml", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("hpsearch: broken.toml: ")
    assert words in run.stderr
    assert not (tmp_path / "reports").exists()


def test_best_before_any_trial_says_so(tmp_path):
    (tmp_path / "small.toml").write_text(STUDY)
    folder = tmp_path / "reports" / "small"
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY)
    best = hpsearch("best", "--study", "small", cwd=tmp_path)
    assert best.returncode == 1
    assert "no trial is complete yet" in best.stderr
    assert best.stderr.count("\n") == 1
    command = best.stderr.rpartition("what to do: ")[2].split()
    assert "Go on: 0 of" in hpsearch(*command[1:], cwd=tmp_path).stdout


def test_an_empty_out_as_of_a_variable_that_is_not_set_is_no_folder(tmp_path):
    (tmp_path / "small.toml").write_text(STUDY)
    run = hpsearch("run", "--study", "small.toml", "--out", "", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr == "hpsearch: Invalid value for '--out': expected a folder, but got ''\n"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "small.toml").write_text(STUDY)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/small").write_text("a file where the folder should be")
    run = hpsearch("run", "--study", "small.toml", cwd=tmp_path)
    assert run.returncode == 1
    assert run.stderr == "hpsearch: reports/small: cannot be made: reports/small is no folder\n"


@pytest.mark.slow
def test_fresh_starts_over_but_not_for_a_study_that_cannot_run_and_keeps_what_is_not_its_own(
    no_page, tmp_path
):
    (tmp_path / "small.toml").write_text(STUDY)
    call = ["run", "--study", "small.toml", "--trials", 2]
    assert hpsearch(*call, cwd=tmp_path).returncode == 0
    (tmp_path / "reports/small/notes.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    for wrong in (
        ["--set", "training.epochs=0"],
        ["--warm-start", "absent"],
        ["--set", "data.source=arrays", "--set", "data.path=absent.npz"],
        ["--executor", "dask"],
    ):
        refused = hpsearch(*call, "--fresh", "--yes", *wrong, cwd=tmp_path)
        assert refused.returncode != 0
        assert refused.stderr.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "reports/small/study.toml").unlink()
    assert "has trials but no study.toml" in hpsearch(*call, cwd=tmp_path).stderr
    fresh = hpsearch(*call, "--seed", 9, "--fresh", "--yes", cwd=tmp_path)
    assert fresh.returncode == 0
    assert "2 trials in" in fresh.stdout
    assert (tmp_path / "reports/small/notes.txt").read_text() == "mine"


@pytest.mark.slow
def test_a_warm_start_begins_with_the_best_of_another_study_as_it_was_then(no_page, tmp_path):
    (tmp_path / "small.toml").write_text(STUDY)
    (tmp_path / "next.toml").write_text(STUDY)
    search = ["run", "--jobs", 1, "--study"]
    warm = ["--warm-start", "small", "--top", 2]
    assert hpsearch(*search, "small.toml", "--trials", 3, cwd=tmp_path).returncode == 0
    best = [record.params for record in ranking(read_records(tmp_path / "reports/small/journal.log"))[:2]]
    assert hpsearch(*search, "next.toml", "--trials", 2, *warm, cwd=tmp_path).returncode == 0
    assert hpsearch(*search, "small.toml", "--trials", 5, cwd=tmp_path).returncode == 0
    assert hpsearch(*search, "next.toml", "--trials", 3, *warm, cwd=tmp_path).returncode == 0
    warmed = [record.params for record in read_records(tmp_path / "reports/next/journal.log")]
    assert len(warmed) == 3
    assert warmed[:2] == best
    refused = hpsearch(*search, "small.toml", "--warm-start", "next", cwd=tmp_path)
    assert refused.returncode == 2
    assert "reports/small holds this study, begun without it" in refused.stderr


@pytest.mark.slow
def test_a_search_goes_on_when_its_reader_leaves_and_prints_nothing_of_a_nets(tmp_path):
    (tmp_path / "loud.py").write_text(
        "import numpy as np\n"
        "class Loud:\n"
        "    def __init__(self, width=3, input_dim=64, num_classes=10):\n"
        "        self.params = {'W': np.zeros((input_dim, num_classes))}\n"
        "    def loss(self, X, y=None):\n"
        "        print('loud')\n"
        "        scores = X.reshape(len(X), -1) @ self.params['W']\n"
        "        return scores if y is None else (1.0, {'W': 0 * self.params['W']})\n"
    )
    (tmp_path / "loud.toml").write_text(
        '[training]\nepochs = 1\n[net]\nkind = "loud:Loud"\n[space]\nwidth = { low = 1, high = 9 }\n'
    )
    code = (
        "import hpsearch.report\n"
        "hpsearch.report.write_report = lambda frames, **_: None\n"  # a page takes longer than all else
        "from hpsearch.cli import main\n"
        "main()"
    )
    call = [sys.executable, "-c", code, "run", "--study", "loud.toml", "--trials", "3", "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(
        call, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout.readline().startswith("loud: loud:Loud on digits")
        run.stdout.close()
        assert set(run.stderr.read().splitlines()) == {"loud"}
    assert hpsearch("status", "--study", "loud", cwd=tmp_path).stdout.startswith("loud: 3 trials recorded")


HEAVY = ("joblib", "matplotlib", "numpy", "optuna", "pandas", "pydantic", "rich", "scipy", "sklearn")


def loaded_by(*arguments, cwd=None):
    """Returns which heavy libraries a call of the command loads in a process of its own."""
    code = f"""
import sys
from hpsearch.cli import main
sys.argv = ["hpsearch", *{list(map(str, arguments))!r}]
try:
    main()
finally:
    print([name for name in {HEAVY!r} if name in sys.modules])
"""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    )
    return ast.literal_eval(run.stdout.splitlines()[-1])


def test_help_imports_nothing_heavy():
    assert loaded_by("--help") == []


def test_the_winner_is_told_without_pandas_and_figures(searched):
    folder, _ = searched
    assert loaded_by("best", "--study", "small", cwd=folder) == ["numpy", "optuna"]


def test_every_command_says_what_the_help_says_of_it_and_is_in_the_readme():
    readme = (SOURCE / "README.md").read_text()
    for name, summary in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command.name == name
        assert command.help.splitlines()[0] == summary
        assert f"hpsearch {name}" in readme or f"`{name}`" in readme


def test_the_help_has_a_whole_line_a_command_on_80_columns(monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    lines = hpsearch("--help", cwd=tmp_path).stdout.splitlines()
    listed = lines[lines.index("Search:") :]
    rows = [tuple(re.split("  +", line)[1:]) for line in listed if line.startswith("  ")]
    assert rows == list(COMMANDS.items())
    assert [line[:-1] for line in listed if line.endswith(":")] == list(GROUPS)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_in_a_commands_help_are_calls_that_it_takes(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    command = cli.get_command(click.Context(cli), name)
    shown = command.get_help(click.Context(command)).splitlines()
    calls = [shlex.split(line)[1:] for line in shown if line.startswith("    hpsearch ")]
    assert calls
    assert max(map(len, shown)) <= 80
    for called, *words in calls:
        assert called == name
        command.make_context(name, list(words), resilient_parsing=False)


def test_the_commands_of_a_group_have_examples_of_their_own():
    commands = [cli.get_command(click.Context(cli), name) for name in COMMANDS]
    groups = [command for command in commands if isinstance(command, click.Group)]
    assert groups
    for group in groups:
        for name, command in group.commands.items():
            shown = command.get_help(click.Context(command)).splitlines()
            calls = [line.split()[1:3] for line in shown if line.startswith("    hpsearch ")]
            assert calls
            assert all(called == [group.name, name] for called in calls)


def test_the_tab_key_completes_commands(tmp_path):
    completing = {"_HPSEARCH_COMPLETE": "bash_complete", "COMP_WORDS": "hpsearch verif", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "hpsearch"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE), **completing},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "plain,verify\n"


def test_a_note_that_is_no_utf_8_is_refused_and_the_page_still_made(searched, tmp_path):
    folder, _ = searched
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    noted = subprocess.run(
        [sys.executable, "-m", "hpsearch", "note", "--study", "small", "--trial", "1", b"x\xff"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (noted.returncode, noted.stderr) == (2, "hpsearch: note 'x\\udcff': expected UTF-8 text\n")
    assert not (tmp_path / "reports/small/notes.json").exists()
