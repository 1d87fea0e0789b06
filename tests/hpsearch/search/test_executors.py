import atexit
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hpsearch.errors import HpsearchError
from hpsearch.search import executors
from hpsearch.search.executors import LokySlots


@pytest.fixture
def slots():
    slots = LokySlots(1)
    yield slots
    slots.close()


@pytest.mark.slow
def test_the_death_of_a_process_that_had_nothing_to_do_shows_with_its_next_task(slots):
    os.kill(slots.submit(0, os.getpid).result(), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while (error := slots.submit(0, os.getpid).exception(10)) is None:
        assert time.monotonic() < deadline
    assert slots.is_death(error)
    assert slots.is_death(slots.submit(0, os.getpid).exception(10))  # and stays so until it is renewed
    slots.renew(0)
    assert slots.submit(0, os.getpid).result(10) > 0


def test_a_task_that_waits_for_one_that_kills_its_process_is_lost_with_it(slots):
    slots.submit(0, os.getpid).result()
    futures = [slots.submit(0, os.abort), slots.submit(0, os.getpid)]
    assert all(slots.is_death(future.exception(10)) for future in futures)
    slots.renew(0)
    assert not slots.is_ready(0)
    slots.submit(0, os.getpid).result()
    assert slots.is_ready(0), "else no time limit would hold there"


@pytest.mark.skipif(sys.platform == "win32", reason="loky opens no such pipes there")
def test_a_process_that_needs_more_open_files_than_are_allowed_says_so(slots, monkeypatch):
    def pipe(opened=[], real=os.pipe):  # noqa: B006 - it counts
        if sys._getframe(1).f_code.co_filename.endswith("popen_loky_posix.py"):
            opened.append(real)
        if len(opened) == 2:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real()

    monkeypatch.setattr(os, "pipe", pipe)
    with pytest.raises(OSError, match="Too many open files"):
        slots.submit(0, os.getpid)


def test_a_system_without_room_for_semaphores_is_told_where_they_lie(monkeypatch):
    from joblib.externals.loky.backend import synchronize

    def refused(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(synchronize, "_SemLock", refused)
    with pytest.raises(HpsearchError, match=r"made: No space left on device; expected .*/dev/shm on Linux"):
        LokySlots(1)


COORDINATOR = """
import os, time
from hpsearch.search.executors import LokySlots
if __name__ == "__main__":
    slots = LokySlots(1)
    print(slots.submit(0, os.getpid).result(), flush=True)
    slots.submit(0, time.sleep, 30)
    time.sleep(30)
"""


def test_a_worker_in_the_middle_of_its_task_dies_with_its_coordinator():
    with subprocess.Popen([sys.executable, "-c", COORDINATOR], stdout=subprocess.PIPE) as coordinator:
        worker = int(coordinator.stdout.readline())
        coordinator.kill()
    deadline = time.monotonic() + 10
    while True:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        if time.monotonic() > deadline:
            os.kill(worker, signal.SIGKILL)
            pytest.fail("it lives on")
        time.sleep(0.01)


def test_a_process_that_has_nothing_to_do_keeps_what_was_promised_for_its_end(tmp_path):
    slots = LokySlots(1)
    slots.submit(0, atexit.register, (tmp_path / "farewell").touch).result()
    slots.close()
    assert (tmp_path / "farewell").exists()


@pytest.mark.parametrize("is_at_work", [False, True])
def test_a_process_that_does_not_end_is_killed(monkeypatch, is_at_work):
    monkeypatch.setattr(executors, "_SECONDS_TO_LEAVE", 0.2)
    slots = LokySlots(1)
    pid = slots.submit(0, os.getpid).result()
    if is_at_work:
        slots.submit(0, time.sleep, 60)
    else:
        slots.submit(0, atexit.register, time.sleep, 60).result()
    began = time.monotonic()
    slots.close()
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


NAMED_SEMAPHORE = """
import multiprocessing
from hpsearch.search.executors import LokySlots
kept = []
def make_lock():
    kept.append(multiprocessing.get_context("spawn").RLock())  # as tqdm does
if __name__ == "__main__":
    slots = LokySlots(1)
    slots.submit(0, make_lock).result()
    slots.close()
"""

GROWING = """
import os, time
from hpsearch.search.executors import LokySlots
def grow():
    open("size", "a").write("x")
    time.sleep(1.1)
    return os.getpid()
if __name__ == "__main__":
    slots = LokySlots(1)
    print(len({slots.submit(0, grow).result() for _ in range(3)}))
    slots.close()
"""

PSUTIL = """
import os, types
class Process:
    def __init__(self, pid):
        pass
    def memory_info(self):
        return types.SimpleNamespace(rss=10**9 * os.path.getsize("size"))
"""


SPAWNING = """
import multiprocessing
from hpsearch.search.executors import LokySlots
def spawn():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.map_async(abs, [-3]).get(20), multiprocessing.get_start_method()
if __name__ == "__main__":
    slots = LokySlots(1)
    numbers, method = slots.submit(0, spawn).result()
    print(numbers, method == multiprocessing.get_start_method())
    slots.close()
"""


def run_script(folder, text):
    """Runs a script in a folder, whose modules it finds, and returns exit status, output and errors."""
    (folder / "script.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(Path.cwd())])}
    call = [sys.executable, "script.py"]
    run = subprocess.run(
        call, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return run.returncode, run.stdout, run.stderr


@pytest.mark.slow
def test_a_task_that_keeps_a_lock_makes_nobody_complain_of_leaks(tmp_path):
    assert run_script(tmp_path, NAMED_SEMAPHORE) == (0, "", "")


@pytest.mark.slow
def test_a_process_that_grows_is_not_changed_for_another_one(tmp_path):
    (tmp_path / "psutil.py").write_text(PSUTIL)
    assert run_script(tmp_path, GROWING) == (0, "1\n", "")


@pytest.mark.slow
def test_a_task_can_spawn_processes_of_its_own(tmp_path):
    assert run_script(tmp_path, SPAWNING) == (0, "[3] True\n", "")


SLOW_FEEDER = """
import os, sys, threading, time
import joblib.externals.loky
from hpsearch.search.executors import LokySlots
queues = sys.modules["joblib.externals.loky.backend.queues"]
trackers = sys.modules["joblib.externals.loky.backend.resource_tracker"]
feed, unregister = queues.Queue._feed, trackers.unregister
def late(*queue):
    feed(*queue)
    time.sleep(0.2)
def later(*semaphore):
    if threading.current_thread().name == "QueueFeederThread":
        time.sleep(0.5)
    unregister(*semaphore)
queues.Queue._feed, trackers.unregister = staticmethod(late), later
if __name__ == "__main__":
    slots = LokySlots(1)
    slots.submit(0, os.getpid).result()
    slots.close()
    time.sleep(0.3)
"""


@pytest.mark.slow
def test_a_process_that_ends_early_for_the_thread_that_fed_its_worker_complains_of_no_leaks(tmp_path):
    assert run_script(tmp_path, SLOW_FEEDER) == (0, "", "")
