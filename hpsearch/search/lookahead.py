"""How far a search asks ahead of its slowest trial, and how many workers that keeps busy."""

from __future__ import annotations


def n_known(lookahead: int, number: int) -> int:
    """Returns how many trials are known to have ended when trial `number` is asked for."""
    return max(0, number - lookahead + 1)


def workers_kept_busy(lookahead: int) -> int:
    """Returns how many workers hardly ever wait; with more of them, some begin to idle."""
    return max(1, lookahead // 4)


def advice(lookahead: int, n_workers: int) -> str | None:
    """Returns what to say of more workers than the lookahead keeps busy; None if it keeps them all."""
    if n_workers <= workers_kept_busy(lookahead):
        return None
    return (
        f"use at most lookahead / 4 workers, or some idle: lookahead {lookahead} keeps "
        f"{workers_kept_busy(lookahead)} busy, {n_workers} need study.lookahead = {4 * n_workers}"
    )
