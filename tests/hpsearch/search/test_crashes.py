"""A search, and a race, is killed before each of its writes in turn, and goes on each time to the same end.

pytest starts this file as a program, which forks what is killed: a process of its own has no other threads.
"""

import itertools
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from hpsearch.checks import confirm, fresh_seeds
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.records import canonical_dump
from hpsearch.search.budget import Budget
from hpsearch.search.session import open_search
from hpsearch.study import studyfile
from hpsearch.worker import trial

STUDY = """
[study]
seed = 3
lookahead = 2
[training]
epochs = 2
batch_size = 100
num_train_samples = 100
[space]
hidden_dims = { depth = [1, 2], width = [8, 16] }
learning_rate = { low = 1e-2, high = 1.0, log = true }
[sampler]
startup_trials = 2
"""
ENDED = """
[question]
compare = "batch_size"
values = [50, 100]
[stop]
epochs = 3
"""
PAUSED = """
[pruner]
name = "asha"
reduction_factor = 2
"""
STUDIES = {
    "all-trials": STUDY,
    "paused": STUDY + PAUSED,
    "ended-by-a-rule": STUDY.replace("batch_size = 100\n", "")
    .replace("[sampler]", "batch_size = { low = 50, high = 200 }\n[sampler]") + ENDED,
}  # fmt: skip
WRITES = ("fsync", "ftruncate", "link", "mkdir", "rename", "replace", "rmdir", "truncate", "unlink", "write")
DEAD = 9


class Inline:
    """A slot that runs its tasks in this process, so that their writes are counted too."""

    size = 1
    n_waiting = 0

    def warm_up(self):
        pass

    def submit(self, slot, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future

    def is_ready(self, slot):
        return True

    def is_death(self, error):
        return False

    def close(self):
        pass


def search(study, out):
    """Searches, or goes on, and returns the record."""
    folder = StudyFolder(out)
    with open_search(studyfile.load(study), folder, Budget(4), Inline()) as opened:
        list(opened)
    return canonical_dump(read_records(folder.journal))


def race(study, out):
    """Lets the finalists of a copy of the study race, or go on, and returns what that leaves."""
    folder = StudyFolder(out)
    if not folder.exists():
        shutil.copytree(study, out)
    with folder.locked():
        resolved = studyfile.load_resolved(folder.study_file, folder.name)
        confirm.confirm(resolved, folder, top=2, n_seeds=3, jobs=1)
    return folder.confirmation_file.read_bytes(), folder.fresh_results_file.read_bytes()


def dies_before(number, act, study, out):
    """Acts in a process that dies before a write, by its number; says whether there were as many."""
    pid = os.fork()
    if pid == 0:
        n_writes = itertools.count(1)
        for name in WRITES:
            setattr(os, name, deadly(getattr(os, name), n_writes, number))
        act(study, out)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, DEAD)
    return status == DEAD


def deadly(write, n_writes, number):
    def write_or_die(*arguments, **options):
        if next(n_writes) == number:
            os._exit(DEAD)
        return write(*arguments, **options)

    return write_or_die


def trials_of(out):
    """Returns the folders of trials."""
    return sorted(path.name for path in (out / "trials").iterdir())


def race_and_kill(folder, text):
    """Prints how many writes a race has, after it was killed before each, and how many nets it trains."""
    fresh_seeds.run_each = lambda train, calls, *_: (train(*one) for one in calls)
    (folder / "small.toml").write_text(text)
    search(folder / "small.toml", folder / "searched")
    undisturbed = race(folder / "searched", folder / "undisturbed")
    for number in itertools.count(1):
        out = folder / str(number)
        shutil.copytree(folder / "searched", out)
        died = dies_before(number, race, folder / "searched", out)
        assert race(folder / "searched", out) == undisturbed, f"killed before write {number}"
        if not died:
            print(number - 1, undisturbed[1].count(b"\n"))
            return


def search_and_kill(folder, text):
    """Prints how many writes a search has, after it was killed before each, and its trials."""
    trial.SECONDS_BETWEEN_CHECKPOINTS = 0.0
    study = folder / "small.toml"
    study.write_text(text)
    undisturbed = search(study, folder / "undisturbed")
    for number in itertools.count(1):
        out = folder / str(number)
        died = dies_before(number, search, study, out)
        assert search(study, out) == undisturbed, f"killed before write {number}"
        assert trials_of(out) == trials_of(folder / "undisturbed"), f"killed before write {number}"
        assert not list(out.rglob("*.tmp")), f"killed before write {number}"
        if not died:
            print(number - 1, len(trials_of(out)))
            return


@pytest.mark.slow
@pytest.mark.parametrize(("name", "n_trials"), [("all-trials", 4), ("paused", 4), ("ended-by-a-rule", 2)])
def test_a_search_that_is_killed_before_any_of_its_writes_goes_on_to_the_same_record(
    tmp_path, name, n_trials
):
    command = [sys.executable, __file__, tmp_path, name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    n_writes, found = map(int, done.stdout.split())
    assert (n_writes > 20 * n_trials / 2, found) == (True, n_trials)


@pytest.mark.slow
def test_a_race_that_is_killed_before_any_of_its_writes_goes_on_to_the_same_end(tmp_path):
    command = [sys.executable, __file__, tmp_path, "race"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    n_writes, n_nets = map(int, done.stdout.split())
    assert (n_writes >= 2 * n_nets + 2, n_nets) == (True, 3)


if __name__ == "__main__":
    if sys.argv[2] == "race":
        race_and_kill(Path(sys.argv[1]), STUDY)
    else:
        search_and_kill(Path(sys.argv[1]), STUDIES[sys.argv[2]])
