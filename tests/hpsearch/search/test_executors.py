import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
    file = tmp_path / "slots.py"
    file.write_text(SLOW_FEEDER)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    call = [sys.executable, file]
    run = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
