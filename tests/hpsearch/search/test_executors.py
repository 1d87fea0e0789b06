import os
import signal
import time

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
