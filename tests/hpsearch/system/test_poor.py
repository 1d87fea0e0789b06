"""A whole search where a system has neither fcntl, resource, prctl, /proc nor signal masks (`poor/`)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STUDY = """
[study]
trials = 6
seed = 3
[net]
hidden_dims = [30]
[training]
epochs = 8
[space]
learning_rate = { low = 1e-3, high = 1e-1, log = true }
"""
POOR = Path(__file__).parent / "poor"
pytestmark = pytest.mark.slow


@pytest.fixture
def study(tmp_path):
    (tmp_path / "small.toml").write_text(STUDY)
    return tmp_path


def command(*arguments):
    return [sys.executable, "-m", "hpsearch", *arguments]


def on_poor_system(tmp_path):
    path = os.pathsep.join([str(POOR), str(Path.cwd())])
    return {
        "cwd": tmp_path,
        "env": {**os.environ, "PYTHONPATH": path},
        "text": True,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }


def run(tmp_path, *arguments):
    return subprocess.run(command(*arguments), check=False, **on_poor_system(tmp_path))


def digest(folder):
    return [
        line for line in subprocess.check_output(
            command("status", "--study", "small"), cwd=folder, text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        ).splitlines() if "digest" in line
    ]  # fmt: skip


def test_the_poor_system_lacks_what_it_should(tmp_path):
    code = "import hpsearch.system.memory as m; print(m.can_be_limited(), m.peak())"
    done = subprocess.run([sys.executable, "-c", code], check=True, **on_poor_system(tmp_path))
    assert done.stdout == "False None\n"
    for missing in ("import fcntl", "import resource", "open('/proc/self/status')"):
        done = subprocess.run([sys.executable, "-c", missing], check=False, **on_poor_system(tmp_path))
        assert done.returncode == 1


def test_a_search_and_all_that_follows_give_the_same_there(study):
    done = run(study, "run", "--study", "small.toml", "--jobs", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert (study / "reports/small/index.html").exists()
    poor = digest(study)
    (study / "reports").rename(study / "poor")
    rich = subprocess.run(
        command("run", "--study", "small.toml", "--jobs", "1"),
        cwd=study, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, capture_output=True, check=False,
    )  # fmt: skip
    assert rich.returncode == 0
    assert digest(study) == poor != []


def test_a_plan_says_that_memory_is_not_known_and_a_limit_of_it_is_refused(study):
    assert "\nmemory  not known on this system\n" in run(study, "plan", "--study", "small.toml").stdout
    refused = run(study, "run", "--study", "small.toml", "--trial-memory", "300M")
    assert refused.returncode == 2
    assert refused.stderr == (
        "hpsearch: --trial-memory: nothing would keep a trial to it here; expected Linux with /proc, whose "
        "kernel counts what a process takes\n"
    )


def children(pid):
    """Returns the processes that a process has started."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in found.split()]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def workers_of(pid):
    return [one for one in children(pid) if b"popen_loky" in Path(f"/proc/{one}/cmdline").read_bytes()]


def wait_for(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_workers_end_when_their_coordinator_is_killed_and_the_next_run_goes_on(study):
    (study / "small.toml").write_text(STUDY.replace("epochs = 8", "epochs = 2000"))
    killed = subprocess.Popen(
        command("run", "--study", "small.toml", "--jobs", "2"),
        **{**on_poor_system(study), "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL},
    )
    try:
        wait_for(lambda: list((study / "reports").glob("small/trials/*/checkpoint")))
        refused = run(study, "run", "--study", "small.toml")
        assert refused.returncode == 1
        # the owner's name can be read while the lock is held
        assert f"in use by process {killed.pid} on " in refused.stderr
        workers = workers_of(killed.pid)
        assert len(workers) == 2
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    wait_for(lambda: not any(is_running(one) for one in workers))
    next_run = run(study, "run", "--study", "small.toml", "--timeout", "1")
    assert (next_run.returncode, next_run.stderr) == (0, "")
    assert "run the same command again to continue" in next_run.stdout
