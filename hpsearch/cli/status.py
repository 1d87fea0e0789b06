"""`hpsearch status`: where a study stands."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, format_option, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.records import CONTINUED, STATES, states_in_words
from hpsearch.results.accuracies import Accuracy, possible, three_accuracies
from hpsearch.results.advice import advice
from hpsearch.results.environments import trained_elsewhere
from hpsearch.results.forked import forked_in_words
from hpsearch.results.frames import StudyFrames, read_study
from hpsearch.words import counted, fraction, fractions, shows_luck, times


@click.command("status", epilog=examples("status --study convnet", "status --study convnet --format json"))
@study_option
@out_option
@format_option("table", "json")
def command(study: str, out: Path, style: str) -> None:
    """Where the study stands, and what to do next."""
    frames = read_study(find_folder(out, study).path)
    if style == "json":
        click.echo(json.dumps(facts(frames), indent=1))
    else:
        say(as_text(frames))


def facts(frames: StudyFrames) -> dict[str, Any]:
    """Returns where a study stands, as JSON values."""
    trials = frames.trials
    complete = trials[trials["state"] == "complete"]
    return {
        "study": frames.name,
        "trials": frames.n_recorded,
        "wanted": frames.study.trials,
        **{state: int((trials["state"] == state).sum()) for state in STATES},
        CONTINUED: frames.n_continued,
        "waiting": frames.waiting,
        "running": frames.running,
        "ended_by": frames.ended_by or None,
        "best": None if complete.empty else float(complete["value"].max()),
        "epochs": int(trials["epochs"].sum()),
        "accuracies": {one.kind: _accuracy(one) for one in three_accuracies(frames)},
        "looks_at_test": int((frames.ledger["study"] == frames.name).sum()),
        "digest": frames.digest,
        "trained_elsewhere": [asdict(one) for one in trained_elsewhere(trials, frames.environments)],
        "fork": frames.study.fork and frames.study.fork.model_dump(),
    }


def _accuracy(one: Accuracy) -> dict[str, Any] | None:
    if one.value is None:
        return None
    return {"value": one.value, "interval": None if one.interval is None else list(one.interval)}


def as_text(frames: StudyFrames) -> str:
    """Returns where a study stands, for people."""
    found, trials = facts(frames), frames.trials
    states = states_in_words(found)
    n, wanted = found["trials"], found["wanted"]
    share = counted(n, "trial") if n >= wanted else f"{n} of {counted(wanted, 'trial')}"
    first = f"{frames.name}: {share} recorded{f': {states}' if states else ''}"
    waiting = [f"{frames.waiting} waiting for trial {n}"] if frames.waiting else []
    unfinished = [f"{frames.running} unfinished"] if frames.running else []
    if waiting or unfinished:
        first += f"; {', '.join([*waiting, *unfinished])}"
    ended = [f"ended        by [stop] {frames.ended_by}"] if frames.ended_by else []
    advised = advice(frames)
    label = "answer" if advised.kind == "answered" else "next"
    return "\n".join(
        [
            first,
            *ended,
            *(f"{'forked':<12} {sentence}" for sentence in forked_in_words(frames)),
            *(line for one in possible(frames) for line in accuracy_lines(one)),
            *([_looks(found["looks_at_test"], len(frames.ledger))] if len(frames.ledger) else []),
            f"epochs       {found['epochs']}",
            f"digest       {frames.digest}",
            *(
                f"{'elsewhere':<12} {one.in_words()}"
                for one in trained_elsewhere(trials, frames.environments)
            ),
            f"{label:<12} {advised.sentence}",
            *([f"             {advised.command}"] if advised.command else []),
        ]
    )


def _looks(own: int, all_of_them: int) -> str:
    """Returns how often the test split was looked at, by this study and others on the same images."""
    others = f", {times(all_of_them - own)} by other studies" if own < all_of_them else ""
    return f"{'test split':<12} looked at {times(all_of_them)}{others}"


def accuracy_lines(one: Accuracy) -> list[str]:
    """Returns an accuracy with its interval, and below it what it was measured on."""
    if one.value is None:
        return [f"{one.kind:<12} not yet"]
    between = "" if one.interval is None else fractions(*one.interval, 4)
    interval = f"   95 % interval {between}" if between else ""
    luck = "" if one.raw is None else f"; {_luck(one.raw, one.value)}"
    return [f"{one.kind:<12} {fraction(one.value, 4)}{interval}", f"{'':<12} {one.note}{luck}"]


def _luck(raw: float, corrected: float) -> str:
    """Returns what of an accuracy is luck."""
    spelled = partial(fraction, decimals=4)
    if not shows_luck(raw, corrected, spelled):
        return "no luck of being chosen shows in it"
    return f"{spelled(raw)} with the luck of being chosen"
