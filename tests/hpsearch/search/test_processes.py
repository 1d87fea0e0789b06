"""Trials in slots that die, hang and end on command: what comes back of each, and in which order."""

import time
from concurrent.futures import BrokenExecutor, Future

import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import HpsearchError
from hpsearch.records import STOPPED, Cost, TrialOutcome
from hpsearch.search import deaths, processes
from hpsearch.search.budget import Budget
from hpsearch.search.processes import Lost, Processes
from hpsearch.worker.worker import Finished


class Slots:
    """Two slots whose tasks end as the test says."""

    size = 2
    n_waiting = 1

    def __init__(self):
        self.futures, self.places, self.attempts, self.renewed = {}, {}, [], []
        self.have_started = True
        self.idle = set()

    def submit(self, slot, function, task, *rest):
        self.futures[task.number], self.places[task.number] = Future(), slot
        self.attempts.append(task.attempt)
        return self.futures[task.number]

    def is_ready(self, slot):
        return self.have_started

    def at_work(self):
        return {0, 1} - self.idle

    def is_death(self, error):
        return isinstance(error, BrokenExecutor)

    def renew(self, slot):
        self.renewed.append(slot)

    def end(self, number, state="complete", seconds=0.1):
        self.futures[number].set_result(
            Finished(TrialOutcome(number, state, (), cost=Cost(1, 1, 1, seconds)))
        )

    def die(self, *numbers):
        for number in numbers:
            self.futures[number].set_exception(BrokenExecutor())


@pytest.fixture
def slots():
    return Slots()


@pytest.fixture
def trials(slots, make_task, tmp_path, monkeypatch):
    """Returns a function that puts trials into the slots, with limits."""
    monkeypatch.setattr(processes, "_SECONDS_BETWEEN_LOOKS", 0.0)

    def put(*numbers, **limits):
        made = Processes(slots, StudyFolder(tmp_path), None, Budget(100, **limits))
        for number in numbers:
            made.submit(make_task(number=number))
        return made

    put.task = lambda number: make_task(number=number)
    return put


def fill(trials, slots):
    """Puts a short trial through, so that others may wait in the slots, and then four."""
    made = trials(0)
    slots.end(0)
    list(made.collect())
    for number in (1, 2, 3, 4):
        made.submit(trials.task(number))
    return made


def test_a_slot_has_room_for_one_trial_until_trials_are_known_to_be_short(trials, slots):
    made = trials(0, 1)
    assert not made.have_room()
    assert slots.places == {0: 0, 1: 1}
    slots.end(0)
    slots.end(1)
    assert [ending.outcome.number for ending in made.collect()] == [0, 1]
    for number in (2, 3, 4, 5):
        made.submit(trials.task(number))
    assert not made.have_room()
    assert (len(made), made.n_at_work) == (4, 2)


@pytest.mark.parametrize(("state", "seconds"), [("complete", 2.0), (STOPPED, 0.1)])
def test_behind_long_or_stopped_trials_none_waits_in_a_slot(trials, slots, state, seconds):
    made = trials(0)
    slots.end(0, state, seconds)
    list(made.collect())
    made.submit(trials.task(1))
    made.submit(trials.task(2))
    assert not made.have_room()


def test_with_a_process_those_are_lost_that_wait_behind_the_one_at_work_which_comes_last(trials, slots):
    made = fill(trials, slots)
    first, second = (number for number in (1, 2, 3, 4) if slots.places[number] == 0)
    slots.die(first, second)
    assert list(made.collect()) == [Lost(second), Lost(first)]
    assert slots.renewed == [0]
    assert len(made) == 2


def test_a_trial_whose_processes_die_without_another_epoch_fails(trials, slots):
    made = trials()
    for _ in range(deaths.DEATHS_ALLOWED):
        made.submit(trials.task(7))
        slots.die(7)
        [ending] = made.collect()
    assert slots.attempts == [0, 1, 2]
    assert ending.outcome.state == "failed"
    assert ending.outcome.reason.startswith("its process died 3 times in a row")


def test_processes_that_die_while_they_start_are_not_their_trials_doing(trials, slots, monkeypatch):
    monkeypatch.setattr(deaths, "STARTS_ALLOWED", 5)
    slots.have_started = False
    made = trials()
    for _ in range(4):
        made.submit(trials.task(7))
        slots.die(7)
        assert list(made.collect()) == [Lost(7)]
    assert slots.attempts == [0] * 4
    made.submit(trials.task(7))
    slots.die(7)
    with pytest.raises(HpsearchError, match="5 worker processes in a row died while starting"):
        list(made.collect())


def test_starts_that_were_lost_before_another_process_got_on_are_not_in_a_row():
    counted = deaths.Deaths()
    for _ in range(2):
        for _ in range(deaths.STARTS_ALLOWED - 1):
            counted.count_lost_start()
        counted.count_start()


def test_the_time_does_not_count_in_which_a_trial_whose_worker_died_waits_for_another_one(trials, slots):
    made = trials(1, trial_seconds=0.01)
    assert list(made.collect()) == []
    time.sleep(0.02)
    slots.idle = {0}
    assert list(made.collect()) == []
    slots.idle = set()
    assert list(made.collect()) == []
    time.sleep(0.02)
    [ending] = made.collect()
    assert ending.outcome.reason == "took longer than 0.01 s"


def test_the_time_does_not_count_in_which_the_search_was_stopped_as_by_ctrl_z(trials, slots, monkeypatch):
    made = trials(1, trial_seconds=0.3)
    assert list(made.collect()) == []

    def stopped(futures, **how):
        time.sleep(0.4)
        return set(), set()

    with monkeypatch.context() as patch:
        patch.setattr(processes, "_SECONDS_LATE", 0.2)
        patch.setattr(processes, "wait", stopped)
        assert list(made.collect()) == []
    time.sleep(0.4)
    [ending] = made.collect()
    assert ending.outcome.reason == "took longer than 0.3 s"


def test_a_stop_between_two_looks_does_not_count_but_what_is_computed_there_does(trials, slots, monkeypatch):
    monkeypatch.setattr(processes, "_SECONDS_LATE", 0.2)
    monkeypatch.setattr(processes, "_SECONDS_BETWEEN_LOOKS", 0.0)
    made = trials(1, trial_seconds=0.3)
    assert list(made.collect()) == []
    time.sleep(0.4)
    assert list(made.collect()) == []
    computed = time.process_time()
    while time.process_time() < computed + 0.4:
        pass
    [ending] = made.collect()
    assert ending.outcome.reason == "took longer than 0.3 s"


def test_a_trial_that_takes_too_long_fails_and_the_one_behind_it_is_lost(trials, slots):
    made = trials(0, trial_seconds=0.01)
    slots.end(0)
    list(made.collect())
    for number in (1, 2, 3):
        made.submit(trials.task(number))
    assert list(made.collect()) == []  # the time counts from when it is seen at work
    time.sleep(0.02)
    slots.end(2)
    endings = list(made.collect())
    assert [type(ending) for ending in endings] == [Finished, Lost, Finished]
    assert endings[1] == Lost(3)
    assert endings[2].outcome.reason == "took longer than 0.01 s"


def test_a_trial_that_ends_while_its_time_is_up_is_not_ended_for_it(trials, slots, monkeypatch):
    made = trials(1, trial_seconds=0.01)
    assert list(made.collect()) == []
    time.sleep(0.02)
    looked = processes.wait

    def ended_after(futures, **how):
        found = looked(futures, **how)
        slots.end(1)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(processes, "wait", ended_after)
        assert list(made.collect()) == []
    assert slots.renewed == []
    assert [ending.outcome.state for ending in made.collect()] == ["complete"]


def test_what_is_no_death_ends_the_run(trials, slots):
    made = trials(0)
    slots.futures[0].set_exception(HpsearchError("the worker is not fit"))
    with pytest.raises(HpsearchError, match="not fit"):
        list(made.collect())


def test_a_cancelled_trial_says_how_to_continue(trials, slots):
    made = trials(0)
    slots.futures[0].cancel()
    slots.futures[0].set_running_or_notify_cancel()
    with pytest.raises(HpsearchError, match="run the same command again to continue"):
        list(made.collect())
