"""`hpsearch studies`: the study files that there are, and what each asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, format_option
from hpsearch.study.shelf import Listed, studies
from hpsearch.words import counted


@click.command("studies", epilog=examples("studies", "studies --format json"))
@format_option("text", "json")
def command(style: str) -> None:
    """The study files that there are, and what each asks.

    Those of ./studies come before those of the package with the same name. `hpsearch run --study NAME`
    searches one; `--data SET` takes another of the data sets that are listed.
    """
    found = studies()
    say(as_json(found) if style == "json" else as_text(found))


def as_text(found: Sequence[Listed]) -> str:
    """Returns a few lines a study: the question beside its name, then time, data sets and course."""
    width = max((len(one.name) for one in found), default=0) + 2
    lines = []
    for one in found:
        first, *others = _facts(one)
        lines += [f"{one.name:<{width}}{first}", *(" " * width + other for other in others)]
    return "\n".join(lines)


def _facts(one: Listed) -> list[str]:
    """Returns what is known of a study, a line each."""
    trials = "" if one.trials is None else counted(one.trials, "trial")
    lines = [
        one.question,
        "; ".join(fact for fact in (one.time, trials, f"{one.net} on {one.data}") if fact),
        f"--data {', '.join(one.other_data)}" if one.other_data else "",
        one.course,
    ]
    return [line for line in lines if line]


def as_json(found: Sequence[Listed]) -> str:
    """Returns the studies as a JSON list of objects."""
    return json.dumps([{**asdict(one), "path": str(one.path)} for one in found], indent=1, ensure_ascii=False)
