"""How a command that trains again uses the processors: the number of its processes and of their threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from hpsearch.search import processors
from hpsearch.worker import threads


@contextmanager
def used_processors(jobs: int | None, n_threads: int) -> Iterator[int]:
    """Yields how many processes to start, each of which has so many threads; says on stderr if too many."""
    n_jobs = processors.suitable_jobs(jobs, n_threads)
    advice = processors.advice(n_jobs, n_threads)
    if advice is not None:
        click.echo(advice, err=True)
    with threads.used(n_threads):
        yield n_jobs
