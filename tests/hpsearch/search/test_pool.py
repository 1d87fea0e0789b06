"""Calls in processes of their own: results in order, and one sentence for a process that died."""

import os
import time

import pytest

from hpsearch.errors import WorkerDiedError
from hpsearch.search.pool import run_all


def later(seconds, answer):
    time.sleep(seconds)
    return answer


def end_unless(number, good):
    if number != good:
        os._exit(1)
    return number


def test_results_come_in_the_order_of_the_calls():
    assert run_all(later, [(0.1, "a"), (0.0, "b"), (0.0, "c")], 2, str) == ["a", "b", "c"]


def test_the_death_of_a_process_is_told_by_the_call_that_died():
    with pytest.raises(WorkerDiedError, match=r"^call 1 died$"):
        run_all(end_unless, [(0, 0), (1, 0), (2, 0)], 1, "call {} died".format)


def test_what_a_call_raises_is_raised():
    with pytest.raises(ValueError, match="invalid literal"):
        run_all(int, [("1",), ("one",)], 1, str)
