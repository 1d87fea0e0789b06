"""Forms of JSON objects: which keys a file must have, and what may stand under each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from hpsearch.errors import FolderError
from hpsearch.words import is_text

Found = TypeVar("Found")


class Said(str):
    """What people or exceptions said: in files of version 0.1 it may hold bytes that were no UTF-8."""


_WORDS = {str: "a text", int: "an integer", float: "a finite number", list: "a list", dict: "an object"}
_WORDS[Said] = _WORDS[str]
_LARGEST = 2**63 - 1  # what columns of integers hold


def read_json_file(path: Path) -> Any:
    """Returns the content of a JSON file.

    Raises:
        FileNotFoundError: there is no file.
        FolderError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FolderError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise FolderError(f"{path}: cannot be read: {error}") from error


def read_left(path: Path, parse: Callable[[Any], Found], command: str) -> Found | None:
    """Returns what a command left in a JSON file; None if there is no file.

    Args:
        path: the file.
        parse: makes it of the file's content; raises ValueError, `key: what is wrong`.
        command: the command that writes the file.

    Raises:
        FolderError: it cannot be read, or is not as it was written.
    """
    try:
        return parse(read_json_file(path))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise FolderError(f"{path}: damaged ({error}); remove it, or run hpsearch {command} again") from error


def checked(values: Any, form: Mapping[str, type]) -> dict[str, Any]:
    """Returns those entries of a JSON object that a form names: key -> str, Said, int, float, list or dict.

    Raises:
        ValueError: one is missing or of another kind; an integer is a number too, true and NaN are none.
    """
    if not isinstance(values, dict):
        raise ValueError(f"expected an object, but got {_shown(values)}")
    for key, kind in form.items():
        if key not in values:
            raise ValueError(f"{key}: missing")
        if not _is_a(values[key], kind):
            is_too_large = kind is int and type(values[key]) is int
            expected = f"{_WORDS[kind]} below 2**63" if is_too_large else _WORDS[kind]
            raise ValueError(f"{key}: expected {expected}, but got {_shown(values[key])}")
    return {key: values[key] for key in form}


def _is_a(value: Any, kind: type) -> bool:
    if kind is float:
        return type(value) in (int, float) and abs(value) <= sys.float_info.max
    if type(value) is int:
        return kind is int and abs(value) <= _LARGEST
    if kind is str:
        return type(value) is str and is_text(value)
    if kind is Said:
        return type(value) is str
    return type(value) is kind


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
