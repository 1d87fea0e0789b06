"""What the end of a run needs, begun while its last trials train.

The libraries of a report take seconds to import, and when the last trials train not all cores are at work.
"""

from __future__ import annotations

import importlib
import threading
from types import TracebackType
from typing import Self

from hpsearch.report import Painters, painters_beside
from hpsearch.search.running import Run
from hpsearch.search.status import Status

_LIBRARIES = "hpsearch.report.write"


class Ahead:
    """Imports and painters of a run's report.

    Args:
        run: the run, which has as many painters as workers that are idle at its end.

    Attributes:
        painters: who helps to draw.
    """

    def __init__(self, run: Run) -> None:
        self._n_last = run.study.lookahead
        self._imports: threading.Thread | None = None
        self.painters = Painters(painters_beside(run.n_workers))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.painters.__exit__(kind, error, trace)

    def begin_in_time(self, status: Status) -> None:
        """Begins once the sampler has no trial left to propose, if this run has trained any."""
        if self._imports is None and status.n_new and status.trials - status.recorded <= self._n_last:
            self._begin()

    def finish(self) -> None:
        """Waits until all is imported: two threads must not import parts of one library at once."""
        if self._imports is None:
            self._begin()
        assert self._imports is not None, "it was just begun"
        self._imports.join()

    def _begin(self) -> None:
        self.painters.start()
        self._imports = threading.Thread(target=importlib.import_module, args=(_LIBRARIES,))
        self._imports.start()
