"""studies/README.md: the gallery of study files and the reference of their keys, as Markdown.

    python -m hpsearch.study.reference                      # prints both
    python -m hpsearch.study.reference studies/README.md    # renews them in the file

What is generated stands between two comments of the file, of which the rest is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import groupby
from pathlib import Path

from hpsearch.disk import atomic
from hpsearch.errors import CallError
from hpsearch.study import shelf
from hpsearch.study.keys import REQUIRED, Choices, Key, all_choices, all_keys
from hpsearch.study.places import STUDIES_OF_CHECKOUT


def gallery(folder: Path) -> str:
    """Returns a table of the study files in a folder: what each asks, of what, and how long it takes."""
    rows = []
    for one in shelf.studies([folder]):
        command = f"[`hpsearch run --study {one.name}`]({one.path.name})"
        others = f"; `--data` {', '.join(f'`{name}`' for name in one.other_data)}" if one.other_data else ""
        searched = ", ".join(f"`{name}`" for name in one.searches)
        data = f"`{one.net}` on `{one.data}`{others}"
        rows.append([command, one.question, one.time, data, searched, str(one.trials), one.course])
    head = ["command", "question", "on two cores", "net and data", "searches", "trials", "course"]
    return _table(head, rows)


def reference(keys: Iterable[Key], choices: Sequence[Choices]) -> str:
    """Returns a table of the keys of each section, and below it those of the choices of its keys."""
    parts = []
    for section, group in groupby(keys, key=lambda key: key.section):
        name = f"[[{section}]]" if section == "enqueue" else f"[{section}]"
        parts.append(f"### `{name}`")
        members = list(group)
        owners = {owner for key in members for owner in key.defaults if owner}
        rows = [[f"`{key.name}`", key.takes, _default(key, owners), key.meaning] for key in members]
        parts.append(_table(["key", "takes", "default", "meaning"], rows))
        for one in choices:
            if one.key.partition(".")[0] == section:
                parts.append(_table([f"`{one.key}`", "is"], [[f"`{n}`", m] for n, m in one.meanings.items()]))
    return "\n\n".join(parts)


def _default(key: Key, owners: Set[str]) -> str:
    """Returns the default in words, with those that have it unless all in the section do."""
    by_value: dict[str, list[str]] = {}
    for owner, default in key.defaults.items():
        by_value.setdefault(_value(default), []).append(owner)
    is_everyones = len(owners) > 1 and key.defaults.keys() == owners
    if len(by_value) == 1 and (is_everyones or "" in key.defaults):
        return next(iter(by_value))
    return "; ".join(f"{value} ({', '.join(names)})" for value, names in by_value.items())


def _value(default: object) -> str:
    """Returns a default as a study file writes it."""
    if default is REQUIRED:
        return "must be given"
    if default is None:
        return "not set"
    if isinstance(default, type):
        return f'"{default.__name__}"'
    return f'"{default}"' if isinstance(default, str) else str(default).lower()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    escaped = [[cell.replace("|", r"\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


PARTS: Mapping[str, Callable[[Path], str]] = {
    "gallery": gallery,
    "reference": lambda folder: reference(all_keys(), all_choices()),
}


def renewed(text: str, folder: Path) -> str:
    """Returns a document with its generated parts made anew.

    Args:
        text: the document; each part stands between `<!-- NAME -->` and `<!-- end of NAME -->`.
        folder: where the study files lie.

    Raises:
        CallError: a part's comments are not there.
    """
    for name, make in PARTS.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        head, found, rest = text.partition(begin)
        _, found_end, tail = rest.partition(end)
        if not found or not found_end:
            raise CallError(f"expected a part between {begin} and {end}")
        text = f"{head}{begin}\n\n{make(folder)}\n\n{end}{tail}"
    return text


def main(arguments: Sequence[str]) -> None:
    """Prints the generated parts, or renews them in the file that is named."""
    if arguments:
        path = Path(arguments[0])
        atomic.write_text(path, renewed(path.read_text(encoding="utf-8"), path.parent))
    else:
        print("\n\n".join(make(STUDIES_OF_CHECKOUT) for make in PARTS.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
