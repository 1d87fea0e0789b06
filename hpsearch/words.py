"""Numbers, times and lists as people read them, the same in terminal and page.

counted(2, "trial")     2 trials
listed(["a", "b"])      a and b
duration(130)           2 min 10 s
clock(130)              2:10, for a time that runs
percent(0.985)          98.5 %
"""

from __future__ import annotations

from collections.abc import Iterable


def counted(n: int, noun: str) -> str:
    """Returns a number with its noun: 1 trial, 2 trials."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def listed(things: Iterable[object]) -> str:
    """Returns at least one thing as a list in a sentence: a, b and c."""
    *first, last = map(str, things)
    return f"{', '.join(first)} and {last}" if first else last


def duration(seconds: float) -> str:
    """Returns a time span in at most two units, as people would say it."""
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def clock(seconds: float) -> str:
    """Returns a time that runs as a clock shows it: 0:05, 2:10, 1:02:10."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(accuracy: float) -> str:
    """Returns a fraction as percent with as many digits as tell neighbours apart near 100 %."""
    digits = 0 if accuracy == 1 else 1 if accuracy < 0.9995 else 2
    return f"{100 * accuracy:.{digits}f}\u00a0%"  # no line break before the sign
