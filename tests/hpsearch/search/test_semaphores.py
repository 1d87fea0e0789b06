"""What a killed run leaves in shared memory is removed by the next; a killed tracker is no error."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hpsearch.disk import lock
from hpsearch.disk.folder import StudyFolder
from hpsearch.system import semaphores as of_system

STUDY = """
[study]
trials = 2
[training]
epochs = 200
[net]
hidden_dims = [100]
[space]
learning_rate = { low = 1e-3, high = 1e-2, log = true }
"""
KILLED_TRACKERS = """
import os, signal
from multiprocessing import resource_tracker
from joblib.externals.loky.backend import resource_tracker as of_loky
from hpsearch.search.executors import LokySlots
if __name__ == "__main__":
    slots = LokySlots(2)
    slots.warm_up()
    for kill in ("before a process is renewed", "before the end"):
        assert all(slots.submit(slot, os.getpid).result() for slot in range(2))
        for tracker in (resource_tracker, of_loky):
            os.kill(tracker._resource_tracker._pid, signal.SIGKILL)
            os.waitid(os.P_PID, tracker._resource_tracker._pid, os.WEXITED | os.WNOWAIT)
        if kill.endswith("renewed"):
            slots.renew(0)
    slots.close()
"""
KILLED = """
import os, signal
from hpsearch.search.executors import LokySlots
if __name__ == "__main__":
    slots = LokySlots(1)
    slots.submit(0, os.getpid).result()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def of(pid):
    return list(Path("/dev/shm").glob(f"sem.loky-{pid}-*"))


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_only_what_a_dead_process_of_this_machine_left_is_removed(tmp_path, monkeypatch, dead):
    monkeypatch.setattr(of_system, "SHARED_MEMORY", tmp_path)
    kept = [f"sem.loky-{os.getpid()}-a", f"sem.loky-{dead}1-a", f"sem.mp-{dead}-a", f"loky-{dead}-a"]
    for name in [*kept, f"sem.loky-{dead}-a", f"sem.loky-{dead}-b"]:
        (tmp_path / name).touch()
    here, since = socket.gethostname(), "since 2026-01-05 10:00:00"
    for owner in (
        "",
        "another process",
        f"process {os.getpid()} on {here} {since}",
        f"process {dead} on x {since}",
    ):
        lock.remove_semaphores(owner)
        assert len(list(tmp_path.iterdir())) == 6
    lock.remove_semaphores(f"process {dead} on {here} {since}")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_who_locks_a_folder_next_removes_the_semaphores_of_its_dead_owner(tmp_path, monkeypatch, dead):
    """Those of a confirm that was killed whole stayed, if the next command was another one than run."""
    shared = tmp_path / "shm"
    shared.mkdir()
    monkeypatch.setattr(of_system, "SHARED_MEMORY", shared)
    folder = StudyFolder(tmp_path)
    for owner in (dead, os.getpid()):
        (shared / f"sem.loky-{owner}-a").touch()
    folder.lock_file.write_text(f"process {dead} on {socket.gethostname()} since 2026-01-05 10:00:00\n")
    with folder.locked():
        assert [path.name for path in shared.iterdir()] == [f"sem.loky-{os.getpid()}-a"]


@pytest.mark.slow
def test_the_next_run_removes_the_semaphores_of_one_that_was_killed_whole(tmp_path):
    (tmp_path / "small.toml").write_text(STUDY)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    call = [sys.executable, "-m", "hpsearch", "run", "--study", "small.toml", "--jobs", "1"]
    quiet = {"cwd": tmp_path, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    killed = subprocess.Popen(call, start_new_session=True, **quiet)
    deadline = time.monotonic() + 60
    while not (of(killed.pid) and (tmp_path / "reports/small/trials").exists()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert of(killed.pid)
    assert subprocess.run([*call, "--timeout", "0.1"], **quiet, check=False).returncode == 0
    assert not of(killed.pid)


@pytest.mark.slow
def test_a_killed_tracker_leaves_neither_errors_nor_semaphores(tmp_path):
    file = tmp_path / "slots.py"
    file.write_text(KILLED_TRACKERS)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    run = subprocess.Popen(
        [sys.executable, file], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said, _ = run.communicate(timeout=60)  # to the end of the trackers too, which hold its stderr
    assert (run.returncode, said) == (0, "")
    assert not of(run.pid)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere semaphores are no files")
def test_the_trackers_of_a_killed_process_clean_up_and_say_nothing(tmp_path):
    (tmp_path / "killed.py").write_text(KILLED)
    killed = subprocess.Popen([sys.executable, tmp_path / "killed.py"], stderr=subprocess.PIPE, text=True)
    said = killed.communicate(timeout=60)[1]  # all that it started has ended, too
    assert killed.returncode == -signal.SIGKILL
    assert said == ""
    assert not of(killed.pid)
