"""Times and amounts of memory as people write them: 90, 10m, 1.5h; 500M, 2G."""

from __future__ import annotations

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_BYTES = {"K": 2**10, "M": 2**20, "G": 2**30}


def seconds(value: float | str) -> float:
    """Returns a time in seconds, given as a number of them or as a text, with a unit or without.

    >>> seconds(90), seconds("10m"), seconds("1.5h")
    (90.0, 600.0, 5400.0)

    Raises:
        ValueError: it is no time above 0.
    """
    text = str(value)
    number = _times_unit(text, _SECONDS)
    if not 0 < number < float("inf"):
        raise ValueError(f"expected a time above 0 like 90, 90s, 10m or 1.5h, but got {text!r}")
    return number


def n_bytes(value: float | str) -> int:
    """Returns an amount of memory in bytes, given as a number of them or as a text, with a unit or without.

    >>> n_bytes("1M"), n_bytes("2GB")
    (1048576, 2147483648)

    Raises:
        ValueError: it is no amount from a megabyte up.
    """
    number = _times_unit(str(value).upper().removesuffix("B"), _BYTES)
    if not 2**20 <= number < 2**50:
        raise ValueError(f"expected an amount of at least 1M like 500M or 2G, but got {value!r}")
    return int(number)


def _times_unit(text: str, units: dict[str, int]) -> float:
    """Returns the number times the unit that may follow; NaN if it is no number."""
    unit = units.get(text[-1:])
    try:
        return float(text) if unit is None else float(text[:-1]) * unit
    except ValueError:
        return float("nan")
