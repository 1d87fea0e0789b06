"""An executor that starts no process, for tests of a search that are not about its workers."""

from concurrent.futures import Executor, ThreadPoolExecutor


class OneThread(Executor):
    """Runs one task after the other in a thread of this process, as a worker process would.

    The record does not depend on where trials run, which tests in test_search.py show; a process costs
    half a second before its first trial.
    """

    def __init__(self):
        self._thread = ThreadPoolExecutor(1)

    def submit(self, function, /, *arguments, **options):
        return self._thread.submit(function, *arguments, **options)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._thread.shutdown(wait, cancel_futures=cancel_futures)
