"""The text of an exception that a user's net raised, which may be of any class, size and manners."""

from __future__ import annotations

from hpsearch.words import as_text

MAX_CHARACTERS = 500


def in_words(error: BaseException) -> str:
    """Returns the class of an exception and what it says, cut off where it gets too long for a record.

    It is text that files can hold: a path whose bytes are no UTF-8 may stand in what an exception says.
    """
    try:
        said = as_text(str(error))
    except BaseException as other:  # noqa: BLE001 - __str__ is the user's code too, and may raise or exit
        said = f"(its text cannot be had: __str__ raises {type(other).__name__})"
    if len(said) > MAX_CHARACTERS:
        said = said[:MAX_CHARACTERS] + "..."
    return f"{type(error).__name__}: {said}"
