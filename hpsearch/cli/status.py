"""`hpsearch status`: where a study stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hpsearch.cli.options import format_option, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.records import STATES
from hpsearch.results.frames import StudyFrames, read_study
from hpsearch.words import counted


@click.command("status")
@study_option
@out_option
@format_option("table", "json")
def command(study: str, out: Path, style: str) -> None:
    """Where the study stands, and the digest of its record."""
    frames = read_study(find_folder(out, study).path)
    click.echo(json.dumps(facts(frames), indent=1) if style == "json" else as_text(frames))


def facts(frames: StudyFrames) -> dict[str, Any]:
    """Returns where a study stands, as JSON values."""
    trials = frames.trials
    complete = trials[trials["state"] == "complete"]
    return {
        "study": frames.name,
        "trials": len(trials),
        **{state: int((trials["state"] == state).sum()) for state in STATES},
        "waiting": frames.waiting,
        "running": frames.running,
        "ended_by": frames.ended_by or None,
        "best": None if complete.empty else float(complete["value"].max()),
        "epochs": int(trials["epochs"].sum()),
        "looks_at_test": int((frames.ledger["study"] == frames.name).sum()),
        "digest": frames.digest,
    }


def as_text(frames: StudyFrames) -> str:
    """Returns where a study stands, for people."""
    found = facts(frames)
    states = ", ".join(f"{found[state]} {state}" for state in STATES if found[state])
    first = f"{frames.name}: {counted(found['trials'], 'trial')} recorded{f': {states}' if states else ''}"
    if frames.waiting or frames.running:
        first += f"; {frames.waiting} waiting for trial {found['trials']}, {frames.running} unfinished"
    best = "none yet" if found["best"] is None else f"{found['best']:.4f}"
    ended = [f"ended   by [stop] {frames.ended_by}"] if frames.ended_by else []
    return "\n".join(
        [first, *ended, f"best    {best}", f"epochs  {found['epochs']}", f"digest  {frames.digest}"]
    )
