"""How many processes suit this machine, and what is to be said if they and their threads are too many."""

from __future__ import annotations


def physical_cores() -> int:
    """Returns how many cores this process may use, those that share one counted once."""
    from joblib import cpu_count

    return int(cpu_count(only_physical_cores=True))


def suitable_jobs(jobs: int | None, n_threads: int) -> int:
    """Returns how many processes to start: as many as asked for, else one for each `n_threads` cores."""
    return jobs or max(1, physical_cores() // n_threads)


def advice(n_jobs: int, n_threads: int) -> str | None:
    """Returns what is to be said of processes of several threads if they must wait for each other."""
    from joblib import cpu_count

    n_processors = int(cpu_count())
    if n_threads == 1 or n_jobs * n_threads <= n_processors:
        return None
    most = n_processors // n_threads
    expected = f"--jobs {most} or fewer" if most else f"--threads {n_processors} or fewer"
    processes = "one process" if n_jobs == 1 else f"{n_jobs} processes"
    return (
        f"{processes} of {n_threads} threads on {n_processors} processors will wait for each other; expected "
        f"{expected}"
    )
