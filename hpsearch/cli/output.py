"""What the commands print goes through here: text of the user's must not steer the terminal.

Names, choices, reasons and paths may hold escape sequences, other controls and marks of text direction. On
both streams they are shown and not sent, whoever prints them.
"""

from __future__ import annotations

import sys
from typing import Any, TextIO, cast

from hpsearch.cli.pipes import Lasting
from hpsearch.words import harmless


class _Shown:
    """A stream in which harmful characters are shown; all else is as with the stream behind it."""

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind

    def write(self, text: str) -> int:
        """Writes text and returns its length."""
        self.behind.write(harmless(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


def show_what_is_harmful() -> None:
    """Has stdout and stderr show harmful characters from now on, and those that their encoding lacks.

    And both outlive their readers.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, _Shown(cast("TextIO", Lasting(stream))))


def terminal(stream: TextIO) -> TextIO:
    """Returns the stream that takes control sequences of our own, as a progress bar needs them."""
    return stream.behind if isinstance(stream, _Shown) else stream


def put(text: str) -> None:
    """Prints what programs read: to a pipe or a file with every character as it is."""
    print(text, file=sys.stdout if sys.stdout.isatty() else terminal(sys.stdout))
