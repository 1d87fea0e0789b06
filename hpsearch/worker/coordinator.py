"""What a worker must know of its coordinator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hpsearch.disk import lock


@dataclass(frozen=True)
class Coordinator:
    """What a worker must know of the process that gives it trials.

    Attributes:
        lock_file: the file that names it.
        owner: its name there. A worker that does not find it sees another file system, or works for a
            coordinator that is gone.
        stop_file: the file that is there when trials shall stop at the end of their epoch.
        environment: what training depends on there; it must be the same here.
        fingerprint: of its whole environment, which its trials bear.
    """

    lock_file: Path
    owner: str
    stop_file: Path
    environment: Mapping[str, str]
    fingerprint: str

    def holds_its_lock(self) -> bool:
        """Says whether its lock file is seen from here and still names it."""
        return lock.owner(self.lock_file) == self.owner

    def wants_a_stop(self) -> bool:
        """Says whether trials shall stop at the end of their epoch."""
        return self.stop_file.exists()
