"""BLAS threads: one unless asked for, here and in the processes that are started."""

import pytest
from threadpoolctl import threadpool_info

from hpsearch.errors import CallError
from hpsearch.search.pool import run_all
from hpsearch.worker import threads


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    monkeypatch.delenv(threads.VARIABLE, raising=False)


def blas_threads(libraries):
    return {library["num_threads"] for library in libraries if library["user_api"] == "blas"}


def test_so_many_are_wanted_as_long_as_was_said():
    assert threads.wanted() == 1
    with threads.used(3):
        assert threads.wanted() == 3
        with threads.used(2):
            assert threads.wanted() == 2
        assert threads.wanted() == 3
    assert threads.wanted() == 1


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "many", "", "1025"])
def test_a_variable_that_holds_no_number_is_refused(monkeypatch, text):
    monkeypatch.setenv(threads.VARIABLE, text)
    with pytest.raises(
        CallError, match=f"HPSEARCH_THREADS: expected an integer from 1 to 1024, but got '{text}'"
    ):
        threads.wanted()


def test_the_blas_of_this_process_has_as_many_as_are_wanted():
    with threads.used(2):
        threads.limit()
        assert blas_threads(threadpool_info()) == {2}
    threads.limit()
    assert blas_threads(threadpool_info()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_blas_of_a_process_that_trains_has_as_many_as_are_wanted(n_threads):
    with threads.used(n_threads):
        [libraries] = run_all(threadpool_info, [()], 1, str)
    assert blas_threads(libraries) == {n_threads}
