"""Whole searches: the record is a pure function of study, seed and data, whatever happens meanwhile."""

import contextlib
import ctypes
import functools
import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from in_one_thread import OneThread

import hpsearch
import hpsearch.errors
import hpsearch.study.studyfile
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.records import canonical_dump
from hpsearch.results.advice import advice
from hpsearch.results.frames import read_study
from hpsearch.search import deaths
from hpsearch.search.budget import Budget
from hpsearch.search.executors import LokySlots
from hpsearch.search.session import open_search
from hpsearch.worker import worker

FLAT = """
[study]
seed = 3
lookahead = {lookahead}
[training]
epochs = 4
batch_size = 200
num_train_samples = 50
[space]
hidden_dims = {{ choices = [[16], [32], [16, 16]] }}
learning_rate = {{ low = 1e-3, high = 1e15, log = true }}
weight_scale = {{ low = 1e-2, high = 1.0, log = true }}
[sampler]
startup_trials = 4
[pruner]
name = "median"
startup_trials = 2
warmup_epochs = 1
"""

CONDITIONAL = """
[study]
seed = 5
[training]
epochs = 3
batch_size = 200
num_train_samples = 50
[space]
hidden_dims = { depth = [1, 3], width = [8, 32], log = true }
learning_rate = { low = 1e-3, high = 1.0, log = true }
dropout = { low = 0.0, high = 0.6, step = 0.1 }
normalization = { choices = ["none", "batchnorm", "layernorm"] }
update_rule = { choices = ["sgd_momentum", "adam"] }
momentum = { low = 0.5, high = 0.99, when = { update_rule = "sgd_momentum" } }
[sampler]
startup_trials = 4
[pruner]
name = "median"
startup_trials = 2
warmup_epochs = 1
"""

# A net of the user's own that takes its time, so that kills and stops find it at work.
SLOW_NET = """
import time
import numpy as np
class SlowNet:
    def __init__(self, input_dim=64, num_classes=10, scale=1e-2, pause=0.05, seed=None):
        self.pause = pause
        self.params = {"W1": scale * np.random.randn(input_dim, num_classes)}
        self.steps = 0
    def loss(self, X, y=None):
        X = X.reshape(len(X), -1)
        scores = X @ self.params["W1"]
        if y is None:
            return scores
        time.sleep(self.pause)
        self.steps += 1
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
        p[np.arange(len(y)), y] -= 1
        return loss, {"W1": X.T @ p / len(y) + 1e-3 * np.random.randn(*self.params["W1"].shape)}
"""

SLOW = """
[study]
seed = 1
trials = 8
[net]
kind = "slownet:SlowNet"
[training]
epochs = 8
batch_size = 200
[space]
scale = { low = 1e-3, high = 1e-1, log = true }
learning_rate = { low = 1e-3, high = 1.0, log = true }
update_rule = { choices = ["sgd", "sgd_momentum"] }
momentum = { low = 0.5, high = 0.99, when = { update_rule = "sgd_momentum" } }
[sampler]
startup_trials = 3
[pruner]
name = "median"
startup_trials = 2
"""


def write_study(folder: Path, text: str, name: str = "small") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def search(study: Path, out: Path, n_trials: int, jobs: int = 0) -> str:
    """Searches with so many processes, or in this one, and returns the record."""
    with OneThread() as executor:
        hpsearch.run(study, trials=n_trials, jobs=jobs or 1, executor="loky" if jobs else executor, out=out)
    return canonical_dump(read_records(out / study.stem / "journal.log"))


def start(study: Path, out: Path, *options: str, **keywords) -> subprocess.Popen:
    """Starts `hpsearch run` in the study's folder, in a session of its own as a shell would."""
    command = [sys.executable, "-m", "hpsearch", "run", "--study", study, "--jobs", "2", "--out", out]
    return subprocess.Popen(
        [*command, *options], cwd=study.parent, start_new_session=True, text=True, **keywords
    )


def finish(study: Path, out: Path) -> str:
    """Runs a study to its end, its folder importable, and returns its record."""
    sys.path.insert(0, str(study.parent))
    try:
        hpsearch.run(study, jobs=2, out=out)
    finally:
        sys.path.remove(str(study.parent))
    return canonical_dump(read_records(out / study.stem / "journal.log"))


def processes_of(session: int) -> list[int]:
    """Returns the live processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def workers_of(session: int) -> list[int]:
    """Returns the worker processes of a run: loky's, without its resource tracker."""
    found = []
    for pid in processes_of(session):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if "popen_loky" in command:
            found.append(pid)
    return found


def assert_no_process_is_left(session: int) -> None:
    deadline = time.monotonic() + 10
    while processes_of(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(session) == []


def wait_for(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def slow_study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slow")
    (folder / "slownet.py").write_text(SLOW_NET)
    return write_study(folder, SLOW, "slow")


@pytest.fixture(scope="module")
def slow_record(slow_study, tmp_path_factory):
    return finish(slow_study, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def conditional_record(tmp_path_factory):
    """The record of the first trials of CONDITIONAL, as an undisturbed search makes it."""
    folder = tmp_path_factory.mktemp("conditional")
    lines = search(write_study(folder, CONDITIONAL), folder, 16, jobs=2).split("\n")
    return lambda n_trials: "\n".join(lines[:n_trials])


@pytest.mark.parametrize("lookahead", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_the_record_is_the_same_for_1_2_and_4_workers(tmp_path, lookahead):
    study = write_study(tmp_path, FLAT.format(lookahead=lookahead))
    records = [search(study, tmp_path / str(jobs), 12, jobs) for jobs in (1, 2, 4)]
    assert records[0].count("\n") == 11
    assert records[0] == records[1] == records[2]


def test_the_record_of_a_conditional_space_is_the_same_for_1_and_2_workers(conditional_record, tmp_path):
    assert search(write_study(tmp_path, CONDITIONAL), tmp_path, 14, jobs=1) == conditional_record(14)


@pytest.mark.slow
def test_the_record_of_a_gaussian_process_is_the_same_for_any_workers_and_in_parts(tmp_path):
    study = write_study(tmp_path, CONDITIONAL.replace("[sampler]", '[sampler]\nname = "gp"'))
    whole = search(study, tmp_path / "whole", 10, jobs=2)
    for n_trials, jobs in ((3, 1), (7, 0), (10, 1)):
        parts = search(study, tmp_path / "parts", n_trials, jobs)
    assert parts == whole


@pytest.mark.slow
def test_trials_that_are_added_later_are_those_of_one_longer_search(conditional_record, tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    whole = conditional_record(16)
    for n_trials, jobs in ((1, 0), (5, 2), (9, 0), (10, 1), (16, 0)):
        parts = search(study, tmp_path / "parts", n_trials, jobs)
    assert parts == whole


def test_another_seed_gives_other_trials(tmp_path):
    one = search(write_study(tmp_path, CONDITIONAL), tmp_path / "one", 3)
    other = search(write_study(tmp_path, CONDITIONAL.replace("seed = 5", "seed = 6")), tmp_path / "other", 3)
    assert one != other


def test_pruned_and_diverged_trials_are_recorded_with_their_reasons(tmp_path):
    study = write_study(tmp_path, FLAT.format(lookahead=3))
    search(study, tmp_path, 20)
    trials = read_study(tmp_path / "small").trials
    assert {"complete", "pruned", "diverged"} == set(trials["state"])
    pruned = trials[trials["state"] == "pruned"]
    assert (pruned["epochs"] < 4).all()
    assert pruned["reason"].str.contains(r"at epoch \d, the median of \d+ trials is").all()
    assert trials[trials["state"] == "diverged"]["reason"].str.contains("not finite").all()


def test_a_finished_study_is_left_as_it_is(tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    search(study, tmp_path, 3)
    journal = (tmp_path / "small" / "journal.log").read_bytes()
    search(study, tmp_path, 3)
    search(study, tmp_path, 2)
    assert (tmp_path / "small" / "journal.log").read_bytes() == journal


def test_only_the_best_weights_are_kept(tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    search(study, tmp_path, 12)
    trials = read_study(tmp_path / "small").trials
    complete = trials[trials["state"] == "complete"].sort_values(["value", "number"], ascending=[False, True])
    kept = sorted(int(path.parent.name) for path in (tmp_path / "small" / "trials").glob("*/weights.npz"))
    assert kept == sorted(complete["number"].head(3))


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["coordinator", "worker", "all"])
def test_a_killed_search_ends_with_the_record_of_an_undisturbed_one(
    slow_study, slow_record, tmp_path, victim
):
    rng = np.random.default_rng([len(victim), 7])
    for _ in range(4):
        run = start(slow_study, tmp_path, stdout=subprocess.DEVNULL)
        wait_for(lambda run=run: workers_of(run.pid) or run.poll() is not None)
        time.sleep(rng.uniform(0.3, 2.0))
        if victim in ("worker", "all"):
            for pid in workers_of(run.pid)[: 1 if victim == "worker" else None]:
                os.kill(pid, signal.SIGKILL)
            if victim == "worker":
                time.sleep(rng.uniform(0.3, 1.0))
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert_no_process_is_left(run.pid)
    assert finish(slow_study, tmp_path) == slow_record


@pytest.mark.slow
def test_a_killed_worker_goes_on_and_its_neighbour_loses_nothing(slow_study, slow_record, tmp_path):
    run = start(slow_study, tmp_path, stdout=subprocess.DEVNULL)
    for _ in range(3):
        wait_for(lambda: len(workers_of(run.pid)) == 2)
        time.sleep(0.5)
        victim, neighbour = workers_of(run.pid)
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda victim=victim: victim not in workers_of(run.pid))
        assert neighbour in workers_of(run.pid)
    assert run.wait(120) == 0
    assert_no_process_is_left(run.pid)
    records = read_records(tmp_path / "slow" / "journal.log")
    assert canonical_dump(records) == slow_record


@pytest.mark.slow
def test_ctrl_c_stops_at_the_end_of_the_epoch_and_the_next_run_goes_on(slow_study, slow_record, tmp_path):
    run = start(slow_study, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(
        lambda: list(tmp_path.glob("slow/trials/*/checkpoint"))
    )  # a trial is in the middle of its epochs
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the workers too
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "stopping at the end of the running epochs" in out
    assert "run the same command again to continue" in out
    assert err == ""
    assert_no_process_is_left(run.pid)
    assert list(tmp_path.glob("slow/trials/*/checkpoint"))
    assert finish(slow_study, tmp_path) == slow_record


@pytest.mark.slow
@pytest.mark.parametrize("times", [2, 4])
def test_more_ctrl_c_stop_at_once_and_lose_nothing(slow_study, slow_record, tmp_path, times):
    run = start(slow_study, tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: len(workers_of(run.pid)) == 2)
    time.sleep(0.7)
    os.killpg(run.pid, signal.SIGINT)
    wait_for(lambda: (tmp_path / "slow" / "stop").exists() or run.poll() is not None)  # two at once are one
    for _ in range(times - 1):
        os.killpg(run.pid, signal.SIGINT)
        time.sleep(0.03)
    _, err = run.communicate(timeout=20)
    assert run.returncode in (130, -signal.SIGINT)  # one more may meet a Python that is on its way out
    assert err.strip() == "hpsearch: interrupted"
    assert_no_process_is_left(run.pid)
    assert finish(slow_study, tmp_path) == slow_record


@pytest.mark.slow
def test_a_timeout_stops_the_search_which_goes_on_later(slow_study, slow_record, tmp_path):
    assert start(slow_study, tmp_path, "--timeout", "1.5s", stdout=subprocess.DEVNULL).wait(60) == 0
    n_recorded = len(read_records(tmp_path / "slow" / "journal.log"))
    assert n_recorded < 8
    assert finish(slow_study, tmp_path) == slow_record


@pytest.mark.slow
def test_of_two_runs_started_at_once_one_is_refused(slow_study, slow_record, tmp_path):
    runs = [start(slow_study, tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [run.communicate(timeout=120)[1] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 1]
    first = int(runs[0].returncode != 0)
    assert errors[first] == ""
    assert errors[1 - first].count("\n") == 1
    assert f"in use by process {runs[first].pid} on" in errors[1 - first]
    assert canonical_dump(read_records(tmp_path / "slow" / "journal.log")) == slow_record


def test_the_first_trials_that_all_fail_alike_stop_the_search_and_are_not_recorded(tmp_path, monkeypatch):
    (tmp_path / "brokennet.py").write_text(
        "import numpy as np\n"
        "class BrokenNet:\n"
        "    def __init__(self, width=3, num_classes=10):\n"
        "        self.params = {'W1': np.zeros((64, 10))}\n"
        "    def loss(self, X, y=None):\n"
        "        raise RuntimeError('no such thing')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    study = write_study(
        tmp_path, '[net]\nkind = "brokennet:BrokenNet"\n[space]\nwidth = { low = 1, high = 9 }\n'
    )
    with pytest.raises(hpsearch.errors.NetError, match=r"first 5 trials failed alike: .*no such thing"):
        search(study, tmp_path, 20)
    assert read_records(tmp_path / "small" / "journal.log") == []
    error = tmp_path / "small" / "trials" / "00000" / "error.txt"
    assert "no such thing" in error.read_text()
    advised = advice(read_study(tmp_path / "small"))
    assert (advised.kind, advised.sentence) == (
        "mend",
        f"Mend this first: the first trials failed alike, and the traceback is in {error}.",
    )
    with pytest.raises(hpsearch.errors.NetError, match=r"the only trial failed: .*no such thing"):
        search(study, tmp_path, 1)
    frames = read_study(tmp_path / "small")
    alone = advice(replace(frames, study=replace(frames.study, trials=1))).sentence
    assert alone == f"Mend this first: the only trial failed, and the traceback is in {error}."


def test_a_trial_that_fails_among_others_is_recorded_with_its_cause(tmp_path, monkeypatch):
    (tmp_path / "moodynet.py").write_text(
        SLOW_NET.replace("SlowNet", "MoodyNet").replace(
            "        self.pause = pause\n",
            "        self.pause = 0\n        if scale > 0.02:\n            raise MemoryError('too wide')\n",
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    study = write_study(tmp_path, SLOW.replace("slownet:SlowNet", "moodynet:MoodyNet"))
    search(study, tmp_path, 8, jobs=2)
    trials = read_study(tmp_path / "small").trials
    failed = trials[trials["state"] == "failed"]
    assert 0 < len(failed) < 8
    assert (failed["reason"] == "MemoryError: too wide").all()
    assert failed["value"].isna().all()


@pytest.mark.slow
def test_a_failed_trial_that_is_tried_again_waits_for_the_one_that_it_must_know(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "greedy", raising=False)  # of another test
    (tmp_path / "greedy.py").write_text(GREEDY_NET.replace("HANG_OR_GRAB", "raise MemoryError"))
    widths = "".join(f"[[enqueue]]\nwidth = {width}\n" for width in (1, 9, 1, 1, 9, 1))
    study = write_study(tmp_path, GREEDY.replace("trials = 12", "trials = 6\nlookahead = 2") + widths)
    search(study, tmp_path, 6, jobs=2)
    (tmp_path / "greedy.py").write_text(GREEDY_NET.replace("HANG_OR_GRAB", "time.sleep(0.5)"))
    hpsearch.run(study, jobs=2, out=tmp_path, retry_failed=True, other_environment=True)
    assert (read_study(tmp_path / "small").trials["state"] == "complete").all()


@pytest.mark.slow
def test_a_users_own_net_that_draws_from_global_generators_is_repeatable(tmp_path, monkeypatch):
    (tmp_path / "quicknet.py").write_text(
        SLOW_NET.replace("SlowNet", "QuickNet").replace("time.sleep(self.pause)", "pass")
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    study = write_study(tmp_path, SLOW.replace("slownet:SlowNet", "quicknet:QuickNet"))
    assert search(study, tmp_path / "1", 6, 1) == search(study, tmp_path / "2", 6, 2)


@pytest.mark.slow
def test_a_training_function_that_imports_pytorch_and_draws_from_it_is_repeatable(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    (tmp_path / "drawing.py").write_text(
        "def train(width):\n"
        "    import torch\n"
        "    for _ in range(2):\n"
        "        yield (torch.rand(40) < 0.5).numpy()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    table = {
        "data": {"num_val": 40},
        "training": {"function": "drawing:train", "epochs": 2},
        "space": {"width": {"low": 1, "high": 9}},
    }
    runs = [
        hpsearch.run(table, name="drawn", trials=6, jobs=jobs, out=tmp_path / str(jobs)) for jobs in (1, 2)
    ]
    first, second = ([*one.trials["value"]] for one in runs)
    assert first == second
    assert len(set(first)) > 1


def test_another_study_of_the_same_name_is_refused_with_the_difference(tmp_path):
    search(write_study(tmp_path, CONDITIONAL), tmp_path, 2)
    other = write_study(tmp_path, CONDITIONAL.replace("epochs = 3", "epochs = 4").replace("0.6", "0.5"))
    with pytest.raises(
        hpsearch.errors.CallError, match=r"training.epochs was 3, is 4; space.dropout.high was"
    ):
        search(other, tmp_path, 2)


def test_a_search_whose_last_line_is_torn_ends_with_the_same_record(tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    whole = search(study, tmp_path, 9)
    journal = tmp_path / "small" / "journal.log"
    content = journal.read_bytes()
    start = content[:-1].rfind(b"\n") + 1
    for end in (start, start + 1, (start + len(content)) // 2, len(content) - 2, len(content) - 1):
        journal.write_bytes(content[:end])  # test_journal cuts at every byte
        assert search(study, tmp_path, 9) == whole
        assert search(study, tmp_path, 11).startswith(whole)
        journal.write_bytes(content)


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("study.toml", r"has trials but no study\.toml"),
        ("identity.json", r"has trials but no identity\.json"),
        (None, r"study\.toml: was changed since the study began"),
    ],
)
def test_trials_of_which_nothing_says_whose_they_are_are_not_gone_on_with(tmp_path, recorded, lost, words):
    study = write_study(tmp_path, CONDITIONAL)
    search(study, tmp_path, 2)
    folder = tmp_path / "small"
    if not recorded:
        (folder / "journal.log").unlink()
    if lost is not None:
        (folder / lost).unlink()
    else:
        (folder / "study.toml").write_text((folder / "study.toml").read_text().replace("0.6", "0.5"))
    with pytest.raises(hpsearch.errors.FolderError, match=words):
        search(write_study(tmp_path, CONDITIONAL.replace("0.6", "0.5")), tmp_path, 3)
    with pytest.raises(hpsearch.errors.FolderError, match=words):
        search(study, tmp_path, 3)


@pytest.mark.slow
def test_a_moved_or_copied_study_folder_goes_on_also_by_a_relative_path(
    conditional_record, tmp_path, monkeypatch
):
    study = write_study(tmp_path, CONDITIONAL)
    whole = conditional_record(8)
    search(study, tmp_path / "before", 5)
    shutil.copytree(tmp_path / "before", tmp_path / "copy")
    (tmp_path / "before").rename(tmp_path / "after")
    assert search(study, tmp_path / "after", 8) == whole
    monkeypatch.chdir(tmp_path / "copy")
    assert search(Path("..") / study.name, Path(), 8, jobs=2) == whole


def test_no_worker_is_given_the_test_split(tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    search(study, tmp_path, 2)
    for task in (tmp_path / "small" / "trials").glob("*/task.json"):
        assert set(json.loads(task.read_text())) == {"params", "attributes", "seed"}


GREEDY_NET = """
import numpy as np, time, os
class GreedyNet:
    def __init__(self, width=3, num_classes=10, input_dim=64):
        self.width = width
        self.params = {"W1": np.zeros((input_dim, num_classes))}
    def loss(self, X, y=None):
        if y is None:
            return X.reshape(len(X), -1) @ self.params["W1"]
        if self.width > 6:
            HANG_OR_GRAB
        return 1.0, {"W1": np.zeros_like(self.params["W1"])}
"""

GREEDY = """
[study]
seed = 4
trials = 12
[net]
kind = "greedy:GreedyNet"
[training]
epochs = 2
batch_size = 400
[space]
width = { low = 1, high = 9 }
"""


@pytest.mark.parametrize(
    ("deed", "limits", "words"),
    [
        (
            "self.hoard = np.ones((30000, 30000))",
            {"trial_memory": "300M"},
            "needed more memory than 300 MB",
        ),
        ("time.sleep(1000)", {"trial_timeout": "4s"}, "took longer than 4 s"),
        ("os.kill(os.getpid(), 9)", {}, "its process died 3 times in a row"),
        ("os.abort()", {}, "its process died 3 times in a row"),
    ],
)
@pytest.mark.slow
def test_a_trial_that_hangs_grabs_or_dies_fails_alone_and_can_be_tried_again(
    tmp_path, monkeypatch, deed, limits, words
):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "greedy", raising=False)  # of another test
    (tmp_path / "greedy.py").write_text(GREEDY_NET.replace("HANG_OR_GRAB", deed))
    study = write_study(tmp_path, GREEDY)
    hpsearch.run(study, jobs=2, out=tmp_path, **limits)
    trials = read_study(tmp_path / "small").trials
    failed = trials["params.width"] > 6
    assert 0 < failed.sum() < 12
    assert (trials["state"] == failed.map({True: "failed", False: "complete"})).all()
    assert trials[failed]["reason"].str.startswith(words).all()

    (tmp_path / "greedy.py").write_text(GREEDY_NET.replace("HANG_OR_GRAB", "pass"))
    hpsearch.run(study, jobs=2, out=tmp_path, retry_failed=True, other_environment=True)
    retried = read_study(tmp_path / "small").trials
    assert (retried["state"] == "complete").all()
    assert retried["params.width"].equals(trials["params.width"])


@contextlib.contextmanager
def dask_cluster(import_from, folder, wrapper=(), nanny="--no-nanny"):
    """A real scheduler and two workers, as (address, processes); a wrapper is a command before theirs."""
    pytest.importorskip("distributed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(import_from), str(Path.cwd())])}
    dask = (
        [sys.executable, "-m", "distributed.cli.dask_scheduler"],
        [*wrapper, sys.executable, "-m", "distributed.cli.dask_worker"],
    )
    address_file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    options = ["--host", "127.0.0.1", "--no-dashboard", "--port", "0", "--scheduler-file", str(address_file)]
    processes = [subprocess.Popen([*dask[0], *options], **quiet)]
    try:
        wait_for(lambda: address_file.exists() and address_file.read_text().rstrip().endswith("}"))
        address = json.loads(address_file.read_text())["address"]
        worker = [*dask[1], address, "--nthreads", "1", nanny, "--no-dashboard", "--host", "127.0.0.1"]
        processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
        yield address, processes
    finally:
        for process in reversed(processes):
            process.terminate()  # a nanny that is killed leaves its worker
            process.wait()


def search_and_lose_a_worker(study, folder, address, processes):
    """Returns the record of a search on a Dask cluster one of whose workers is killed meanwhile."""
    from hpsearch.search.clusters import DaskSlots

    slots = connect_when_ready(DaskSlots, address, 2)
    with open_search(hpsearch.study.studyfile.load(study), folder, Budget(8), slots) as search:
        for status in search:
            if status.recorded >= 2 and processes[-1].poll() is None:
                processes[-1].kill()
    return canonical_dump(search.records)


@pytest.mark.slow
def test_a_search_on_a_dask_cluster_that_loses_a_worker_gives_the_same_record(
    slow_study, slow_record, tmp_path
):
    folder = StudyFolder(tmp_path / "slow")
    with dask_cluster(slow_study.parent, tmp_path) as (address, processes):
        assert search_and_lose_a_worker(slow_study, folder, address, processes) == slow_record


@pytest.mark.slow
def test_dask_workers_that_share_no_file_system_give_the_same_record(slow_study, slow_record, tmp_path):
    (tmp_path / "reports").mkdir()
    hidden = (tmp_path / "reports", Path(os.environ["HPSEARCH_DATA"]))
    mounts = "; ".join(f"mount -t tmpfs tmpfs {path}" for path in hidden)
    apart = ["unshare", "--mount", "sh", "-ec", f'{mounts}; exec "$@"', "sh"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may not give a process a file system of its own")
    folder = StudyFolder(tmp_path / "reports" / "slow")
    with dask_cluster(slow_study.parent, tmp_path, apart) as (address, processes):
        assert search_and_lose_a_worker(slow_study, folder, address, processes) == slow_record
    assert read_study(folder.path).weights is not None
    assert not list(folder.path.glob("trials/*/checkpoint"))


@pytest.mark.slow
@pytest.mark.parametrize("nanny", ["--nanny", "--no-nanny"])
def test_a_dask_worker_that_hangs_is_restarted_by_its_nanny(tmp_path, monkeypatch, nanny):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "greedy", raising=False)  # of another test
    (tmp_path / "greedy.py").write_text(GREEDY_NET.replace("HANG_OR_GRAB", "time.sleep(1000)"))
    study = hpsearch.study.studyfile.load(write_study(tmp_path, GREEDY))
    with dask_cluster(tmp_path, tmp_path, nanny=nanny) as (address, _):
        from hpsearch.search.clusters import DaskSlots

        slots = connect_when_ready(DaskSlots, address, 2)
        budget = Budget(6, trial_seconds=5.0)
        refused = pytest.raises(hpsearch.errors.HpsearchError, match="expected dask worker with its nanny")
        with (
            contextlib.nullcontext() if nanny == "--nanny" else refused,
            open_search(study, StudyFolder(tmp_path / "small"), budget, slots) as search,
        ):
            for _ in search:
                pass
    trials = read_study(tmp_path / "small").trials
    failed = trials["params.width"] > 6
    assert (trials["state"] == failed.map({True: "failed", False: "complete"})).all()
    assert len(trials) == 6 or nanny == "--no-nanny"


class Elsewhere(LokySlots):
    """Workers that see another file system than their coordinator."""

    def submit(self, slot, function, *arguments):
        if function is worker.run_task:
            task, folder, coordinator, memory = arguments
            arguments = (task, folder, replace(coordinator, lock_file=Path("/absent/lock")), memory)
        return super().submit(slot, function, *arguments)


@pytest.mark.slow
@pytest.mark.parametrize("pruner", ["median", "asha"])
def test_workers_without_the_study_folder_give_the_same_record_and_weights(tmp_path, pruner):
    text, n_trials = CONDITIONAL, 12
    if pruner == "asha":  # whose trials go on without the checkpoints of the paused ones there
        text, n_trials = text.partition("[pruner]")[0] + '[pruner]\nname = "asha"\n', 36
    study = write_study(tmp_path, text)
    whole = search(study, tmp_path / "here", n_trials)
    folder, budget = StudyFolder(tmp_path / "elsewhere" / "small"), Budget(n_trials)
    with open_search(hpsearch.study.studyfile.load(study), folder, budget, Elsewhere(2)) as elsewhere:
        for _ in elsewhere:
            pass
    assert canonical_dump(elsewhere.records) == whole
    for file, n_files in (("weights.npz", 3), ("hits.npy", n_trials), ("layers.npy", n_trials)):
        left = [sorted((tmp_path / name).glob(f"small/trials/*/{file}")) for name in ("here", "elsewhere")]
        assert [path.read_bytes() for path in left[0]] == [path.read_bytes() for path in left[1]]
        assert len(left[0]) == n_files


@pytest.mark.slow
def test_a_run_whose_lock_file_is_removed_records_nothing_more(conditional_record, tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    folder = StudyFolder(tmp_path / "small")

    def search_robbed():
        with open_search(hpsearch.study.studyfile.load(study), folder, Budget(16), LokySlots(2)) as robbed:
            for status in robbed:
                if status.recorded >= 3:
                    folder.lock_file.unlink()

    with pytest.raises(hpsearch.errors.FolderError, match=r"lock: was removed or taken over"):
        search_robbed()
    assert 3 <= len(read_records(folder.journal)) < 16
    assert search(study, tmp_path, 16) == conditional_record(16)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("task.json", "{}"),
        ("task.json", '{"params": 3, "attributes": 4}'),
        ("task.json", '{"params": {}, "attributes": {}}'),
        ("outcome.json", '{"outcome": {}}'),
        ("outcome.json", '{"outcome": 3}'),
        ("outcome.json", '{"outcome": {"curve": 3, "cost": {}}}'),
    ],
)
def test_files_of_a_trial_that_have_another_form_count_as_lost(conditional_record, tmp_path, name, content):
    study = write_study(tmp_path, CONDITIONAL)
    search(study, tmp_path, 4)
    journal = tmp_path / "small" / "journal.log"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:3]))
    for path in (tmp_path / "small").glob(f"trials/*/{name}"):
        values = json.loads(content)
        if "outcome" in values:
            values["params"] = json.loads(path.read_text())["params"]
        path.write_text(json.dumps(values))
    assert len(read_study(tmp_path / "small").trials) == 2
    assert search(study, tmp_path, 6) == conditional_record(6)


@pytest.mark.slow
def test_the_start_of_a_process_is_no_part_of_a_trials_time(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "greedy", raising=False)  # of another test
    (tmp_path / "greedy.py").write_text(
        "import time\ntime.sleep(0.01)\n" + GREEDY_NET.replace("HANG_OR_GRAB", "pass")
    )
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(1.5)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    hpsearch.run(write_study(tmp_path, GREEDY), jobs=2, out=tmp_path, trial_timeout=1.0)
    assert (read_study(tmp_path / "small").trials["state"] == "complete").all()


class Leaving(LokySlots):
    """An executor that is gone after a few tasks, as a Dask client whose scheduler died."""

    n_left = 4

    def submit(self, slot, function, *arguments):
        future = super().submit(slot, function, *arguments)
        if function is worker.run_task:
            self.n_left -= 1
        if self.n_left >= 0:
            return future
        gone = Future()
        gone.cancel()
        gone.set_running_or_notify_cancel()
        return gone


@pytest.mark.slow
def test_an_executor_that_leaves_ends_the_run_with_one_line_and_the_next_goes_on(
    conditional_record, tmp_path
):
    study = write_study(tmp_path, CONDITIONAL)
    whole = conditional_record(9)
    folder = StudyFolder(tmp_path / "left" / "small")
    with (
        pytest.raises(hpsearch.errors.HpsearchError, match=r"trial \d was cancelled: its executor"),
        open_search(hpsearch.study.studyfile.load(study), folder, Budget(9), Leaving(2)) as leaving,
    ):
        for _ in leaving:
            pass
    assert search(study, tmp_path / "left", 9) == whole


def connect_when_ready(slots_class, address, n_workers):
    """Connects to a cluster once all its workers are there."""
    deadline = time.monotonic() + 60
    while True:
        try:
            slots = slots_class(address)
        except hpsearch.errors.CallError:
            slots = None
        if slots is not None and slots.size == n_workers:
            return slots
        assert time.monotonic() < deadline
        if slots is not None:
            slots.close()
        time.sleep(0.2)


@pytest.mark.slow
def test_any_executor_of_processes_will_do(conditional_record, tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        hpsearch.run(study, trials=6, jobs=2, executor=executor, out=tmp_path / "pool")
    pool = canonical_dump(read_records(tmp_path / "pool" / "small" / "journal.log"))
    assert pool == conditional_record(6)


def test_an_executor_of_somebody_elses_has_no_time_limit_a_trial(tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    with (
        ProcessPoolExecutor(1) as executor,
        pytest.raises(hpsearch.errors.CallError, match="trial_timeout: needs"),
    ):
        hpsearch.run(study, executor=executor, trial_timeout=3.0, out=tmp_path)


def test_an_executor_of_threads_is_refused(tmp_path):
    with (
        ThreadPoolExecutor(2) as executor,
        pytest.raises(hpsearch.errors.CallError, match="expected one of processes"),
    ):
        hpsearch.run(write_study(tmp_path, CONDITIONAL), executor=executor, out=tmp_path)


@pytest.mark.slow
def test_a_search_that_is_stopped_after_every_trial_ends_with_the_same_record(conditional_record, tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    whole = conditional_record(9)
    loaded = hpsearch.study.studyfile.load(study)
    folder = StudyFolder(tmp_path / "parts" / "small")
    for n_recorded in range(1, 10):
        with open_search(loaded, folder, Budget(9), LokySlots(2)) as stopped:
            for status in stopped:
                if status.recorded >= n_recorded:
                    break  # its workers are killed at once
    assert canonical_dump(read_records(folder.journal)) == whole


@pytest.mark.slow
def test_the_hash_seed_of_python_changes_nothing(tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    records = []
    for seed in ("0", "1"):
        out = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        assert start(study, out, "--trials", "14", stdout=subprocess.DEVNULL, env=environment).wait(120) == 0
        records.append(canonical_dump(read_records(out / "small" / "journal.log")))
    assert records[0] == records[1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_a_search_that_is_killed_again_and_again_ends_with_the_same_record(
    slow_study, slow_record, tmp_path, seed
):
    rng = np.random.default_rng(seed)
    for _ in range(25):
        run = start(slow_study, tmp_path, stdout=subprocess.DEVNULL)
        wait_for(lambda run=run: workers_of(run.pid) or run.poll() is not None)
        time.sleep(rng.uniform(0.0, 1.2))
        victims = [run.pid] if rng.random() < 0.5 else [*workers_of(run.pid), run.pid]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run.wait()
        assert_no_process_is_left(run.pid)
    assert finish(slow_study, tmp_path) == slow_record


@pytest.mark.slow
def test_a_full_disk_stops_the_run_with_one_line_and_costs_no_finished_trial(
    conditional_record, small_disk, tmp_path
):
    study = write_study(tmp_path, CONDITIONAL)
    whole = conditional_record(14)
    with pytest.raises(hpsearch.errors.FolderError, match=f"{small_disk}.*No space left on device"):
        search(study, small_disk, 14, jobs=2)
    recorded = canonical_dump(read_records(small_disk / "small" / "journal.log"))
    assert whole.startswith(recorded)
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert search(study, small_disk, 14) == whole


def run_as(study, out, limit):
    """Runs `hpsearch run` in a process that first calls `limit`; returns status and error output."""
    command = [sys.executable, "-m", "hpsearch", "run", "--study", str(study), "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    run = subprocess.run(
        [*command, "--trials", "14", "--out", str(out)],
        preexec_fn=limit,
        cwd=study.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return run.returncode, run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("limit", [2_000, 12_000])
def test_a_file_that_may_not_grow_stops_the_run_with_one_line_and_costs_no_finished_trial(
    conditional_record, tmp_path, limit
):
    study = write_study(tmp_path, CONDITIONAL)
    whole = conditional_record(14)
    limit_files = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
    status, message = run_as(study, tmp_path / "limited", limit_files)
    assert status == 1
    assert re.fullmatch(rf"hpsearch: {tmp_path}/limited/small.*: File too large\n", message)
    recorded = canonical_dump(read_records(tmp_path / "limited" / "small" / "journal.log"))
    assert whole.startswith(recorded)
    assert search(study, tmp_path / "limited", 14) == whole


@pytest.mark.slow
def test_a_folder_that_this_user_may_not_write_is_named_and_can_be_read(tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    search(study, tmp_path, 2)
    for path in [tmp_path, *tmp_path.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    status, message = run_as(study, tmp_path, obey_modes)
    assert status == 1
    assert re.fullmatch(rf"hpsearch: {tmp_path}/small.*: Permission denied\n", message)
    assert len(read_study(tmp_path / "small").trials) == 2


def obey_modes():
    """Gives up root's right to write everywhere; other users have none to give up."""
    drop_capability, may_override_modes = 24, 1
    ctypes.CDLL(None).prctl(drop_capability, may_override_modes)


def test_a_disk_that_cannot_be_written_is_named_and_can_be_read(small_disk, tmp_path):
    study = write_study(tmp_path, CONDITIONAL)
    search(study, small_disk, 2)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(hpsearch.errors.FolderError, match=f"{small_disk}/small: .*Read-only file system"):
        search(study, small_disk, 4)
    assert len(read_study(small_disk / "small").trials) == 2


class Stillborn(LokySlots):
    """Processes of which the first few die while they start."""

    n_left = 5

    def _start(self, slot):
        self.n_left -= 1
        task = (os.getpid,) if self.n_left < 0 else (os._exit, 1)
        self._started[slot] = self._submit(slot, *task)


@pytest.mark.slow
def test_a_process_that_dies_while_it_starts_is_no_death_of_its_trial(conditional_record, tmp_path):
    study = hpsearch.study.studyfile.load(write_study(tmp_path, CONDITIONAL))
    folder, slots = StudyFolder(tmp_path / "small"), Stillborn(1)
    with open_search(study, folder, Budget(9), slots) as unlucky:
        for _ in unlucky:
            if slots.n_left > 0 and folder.trial(0).path.exists():
                (folder.trial(0).path / ".checkpoint.1.tmp").touch()  # as if killed while writing
    assert canonical_dump(read_records(folder.journal)) == conditional_record(9)
    assert not list(folder.path.rglob("*.tmp"))


@pytest.mark.slow
def test_processes_that_always_die_while_they_start_end_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(deaths, "STARTS_ALLOWED", Stillborn.n_left)
    study = hpsearch.study.studyfile.load(write_study(tmp_path, CONDITIONAL))
    with (
        pytest.raises(hpsearch.errors.HpsearchError, match="5 worker processes in a row died while starting"),
        open_search(study, StudyFolder(tmp_path / "small"), Budget(9), Stillborn(1)) as doomed,
    ):
        list(doomed)
