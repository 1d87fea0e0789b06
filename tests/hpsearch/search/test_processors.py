"""How many processes suit a machine, and what is said of too many."""

import joblib
import pytest

from hpsearch.search import processors


@pytest.mark.parametrize(
    ("jobs", "n_threads", "n_jobs"), [(None, 1, 8), (None, 3, 2), (None, 16, 1), (5, 4, 5), (1, 1, 1)]
)
def test_each_process_gets_the_cores_of_its_threads(monkeypatch, jobs, n_threads, n_jobs):
    monkeypatch.setattr(processors, "physical_cores", lambda: 8)
    assert processors.suitable_jobs(jobs, n_threads) == n_jobs


@pytest.mark.parametrize(
    ("n_jobs", "n_threads", "said"),
    [
        (16, 1, None),
        (4, 2, None),
        (5, 2, "5 processes of 2 threads on 8 processors will wait for each other; expected --jobs 4"),
        (1, 9, "one process of 9 threads on 8 processors will wait for each other; expected --threads 8"),
    ],
)
def test_more_threads_than_processors_are_named(monkeypatch, n_jobs, n_threads, said):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 8)
    assert processors.advice(n_jobs, n_threads) == (said and f"{said} or fewer")
