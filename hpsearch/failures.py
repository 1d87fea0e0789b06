"""The text of an exception that a user's net raised, which may be of any class, size and manners."""

from __future__ import annotations

MAX_CHARACTERS = 500


def in_words(error: BaseException) -> str:
    """Returns the class of an exception and what it says, cut off where it gets too long for a record."""
    try:
        said = str(error)
    except BaseException as other:  # noqa: BLE001 - __str__ is the user's code too, and may raise or exit
        said = f"(its text cannot be had: __str__ raises {type(other).__name__})"
    if len(said) > MAX_CHARACTERS:
        said = said[:MAX_CHARACTERS] + "..."
    return f"{type(error).__name__}: {said}"
