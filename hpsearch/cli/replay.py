"""`hpsearch replay`: a recorded trial, trained again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hpsearch.checks.replay import Replay, replay
from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.results.winner import find_winner
from hpsearch.search.ranges import RANGES
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import counted

_SHOWN = 10


@click.command("replay", epilog=examples("replay --study convnet", "replay --study convnet --trial 17"))
@study_option
@out_option
@click.option("--trial", type=int, help="Which trial.  [default: the best]")
@click.option(
    "--threads",
    type=click.IntRange(*RANGES["threads"]),
    help="Threads of its process.  [default: as many as it had]",
)
def command(study: str, out: Path, trial: int | None, threads: int | None) -> None:
    """Train a recorded trial again and compare it bit for bit."""
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    number = find_winner(folder).number if trial is None else trial
    replayed = replay(resolved, folder, number, threads)
    say(as_text(replayed))
    sys.exit(1 if replayed.differences else 0)


def as_text(replay: Replay) -> str:
    """Returns how a trial that was trained again compares with its record."""
    outcome = replay.recorded
    first = f"trial {outcome.number}: {outcome.state}, {counted(len(outcome.curve), 'epoch')}"
    if not replay.differences:
        return "\n".join([f"{first}; the same bits again", *_environment(replay)])
    phrases = [f"  {phrase}" for phrase in replay.differences[:_SHOWN]]
    return "\n".join([f"{first}; not the same:", *phrases, *_environment(replay)])


def _environment(replay: Replay) -> list[str]:
    """Returns what is to be said of the environment, a line each: the likely cause where bits differ."""
    changes, is_same = replay.environment_changes, not replay.differences
    if changes is None:
        return [] if is_same else ["the record does not say in which environment it was trained"]
    if not changes:
        return []
    told = "though it was trained in another environment" if is_same else "likely cause, another environment"
    return [f"{told}: {'; '.join(changes)}"]
