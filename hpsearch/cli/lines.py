"""Lines as people read them: whole in a pipe; on a terminal wrapped at words, coloured and with links.

say(text)               prints lines for people
complain(message)       the same on stderr, for an error
dressed(text, width)    the same as a terminal is sent them

A line is a sentence, or a label, two blanks or more and what belongs to it. Colours and links follow the
variables NO_COLOR and TERM.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from hpsearch.cli.output import terminal
from hpsearch.words import BEFORE_UNIT, harmless

WIDEST = 100
"""Wider lines are hard to read."""
_PARTS = re.compile(r"((?:[a-z][a-z\d_-]*(?: [a-z][a-z\d_-]*)*(?=  ))?)( *)(.*)")
"""Label, gap and text of a line; each word of a label begins with a letter."""
_SHELL_WORDS = re.compile(r"(?:[^ '\"]|'[^']*'|\"[^\"]*\")+")
_NO_BREAK = "\0"


def say(text: str, links: Sequence[Path] = ()) -> None:
    """Prints lines for people.

    Args:
        text: lines.
        links: files named in them, which can be clicked where the terminal knows how.
    """
    if sys.stdout.isatty():
        print(dressed(text, terminal_width(), links), file=terminal(sys.stdout), flush=True)
    else:
        print(text, flush=True)


def complain(message: str) -> None:
    """Prints an error, in a line on stderr."""
    line = f"hpsearch: {message}"
    if sys.stderr.isatty():
        program, _, rest = dressed(line, terminal_width()).partition(" ")
        red = click.style(program, fg="red", bold=True) if has_colours() else program
        print(f"{red} {rest}", file=terminal(sys.stderr))
    else:
        print(line, file=sys.stderr)


def terminal_width() -> int:
    """Returns how many characters a line for people has at most."""
    return min(shutil.get_terminal_size().columns, WIDEST)


def has_colours() -> bool:
    """Says whether a terminal may be sent colours.

    Source: https://no-color.org
    """
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def dressed(text: str, width: int, links: Sequence[Path] = ()) -> str:
    """Returns lines as a terminal is sent them: none is longer than `width` but for the sake of one word.

    Args:
        text: lines.
        width: in characters.
        links: as in `say`.
    """
    lines = []
    for line in harmless(text).split("\n"):
        parts = list(_wrapped(line, width))
        lines += [_coloured(part, _is_command(line)) for part in parts] if has_colours() else parts
    return _linked("\n".join(lines), links) if has_colours() else "\n".join(lines)


def _split(line: str) -> tuple[str, str, str]:
    found = _PARTS.fullmatch(line)
    assert found is not None, "every line matches"
    label, gap, rest = found.groups()
    return label, gap, rest


def _is_command(line: str) -> bool:
    return _split(line)[2].startswith("hpsearch ")


def _wrapped(line: str, width: int) -> Iterator[str]:
    """Yields a line in parts that fit, the later ones below the text of the first."""
    if len(line) <= width:
        yield line
        return
    label, gap, rest = _split(line)
    begin, hang = label + gap, " " * (len(label + gap) or 2)
    end = ""
    if _is_command(line):  # a shell reads on after a backslash
        words, between, end = _SHELL_WORDS.findall(rest), " ", " \\"
    else:
        between = "   " if "   " in rest else " "
        words = BEFORE_UNIT.sub(_NO_BREAK, rest).split(between)
    some: list[str] = []
    for word in words:
        if some and len(begin + between.join([*some, word]) + end) > width:
            yield begin + between.join(some).replace(_NO_BREAK, " ") + end
            begin, some = hang, []
        some.append(word)
    yield begin + between.join(some).replace(_NO_BREAK, " ")


def _coloured(part: str, is_command: bool) -> str:
    """Returns a line with its label bold, a command in colour."""
    label, gap, rest = _split(part)
    bold = click.style(label, bold=True) if label else ""
    return f"{bold}{gap}{click.style(rest, fg='cyan') if is_command else rest}"


def _linked(text: str, links: Sequence[Path]) -> str:
    """Returns text in which files are links, by the escape sequence OSC 8."""
    for path in links:
        if str(path) == harmless(str(path)):
            text = text.replace(str(path), f"\x1b]8;;{path.absolute().as_uri()}\x1b\\{path}\x1b]8;;\x1b\\")
    return text
