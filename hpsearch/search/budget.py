"""How much to search: numbers, times and memory that are no part of a study's identity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """How much to search; no part of a study's identity.

    Attributes:
        trials: how many there shall be in all.
        seconds: after which running trials are stopped at their epoch's end; None = no limit.
        trial_seconds: after which a trial's process is ended and the trial fails; None = no limit.
        trial_memory: bytes beyond those of a fresh worker, above which a trial fails; None = no limit.
    """

    trials: int
    seconds: float | None = None
    trial_seconds: float | None = None
    trial_memory: int | None = None
