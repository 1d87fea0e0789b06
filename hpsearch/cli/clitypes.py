"""Quantities on the command line: times and amounts of memory with their units."""

from __future__ import annotations

from typing import Any

import click


class Duration(click.ParamType[float]):
    """Seconds, or minutes and hours with a suffix: 90, 90s, 10m, 1.5h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Returns the duration in seconds."""
        text = str(value)
        unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
        try:
            seconds = float(text[:-1]) * unit if unit else float(text)
        except ValueError:
            seconds = float("nan")
        if not 0 < seconds < float("inf"):
            self.fail(f"expected a time above 0 like 90, 90s, 10m or 1.5h, but got {text!r}", param, ctx)
        return seconds


class Memory(click.ParamType[int]):
    """Bytes with a suffix: 500M, 2G."""

    name = "memory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Returns the amount in bytes."""
        text = str(value).upper().removesuffix("B")
        unit = {"K": 2**10, "M": 2**20, "G": 2**30}.get(text[-1:], 0)
        try:
            size = float(text[:-1]) * unit
        except ValueError:
            size = float("nan")
        if not 2**20 <= size < 2**50:
            self.fail(f"expected an amount of at least 1M like 500M or 2G, but got {value!r}", param, ctx)
        return int(size)
