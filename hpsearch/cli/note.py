"""`hpsearch note`: what a person thinks of a trial or a study, kept beside the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, out_option, study_option
from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.disk.journal import read_records
from hpsearch.disk.notes import Notes
from hpsearch.disk.one_at_a_time import own_turn
from hpsearch.errors import CallError, FolderError
from hpsearch.words import counted, is_text, one_line


@click.command(
    "note",
    epilog=examples(
        "note --study convnet --trial 17 'slow, and then the best'",
        "note --study convnet 'for the second exercise'",
        "note --study convnet",
    ),
)
@study_option
@out_option
@click.option("--trial", type=click.IntRange(0), help="On this trial; otherwise on the whole study.")
@click.argument("text", required=False)
def command(study: str, out: Path, trial: int | None, text: str | None) -> None:
    """Write a note on a trial or on the study, or show them all.

    An empty text '' removes a note. Notes lie beside the record in notes.json and change nothing in it;
    the next 'hpsearch report' shows them.
    """
    folder = find_folder(out, study)
    if text is None:
        say("\n".join(_shown(Notes.read(folder.notes_file), trial)))
        return
    if not is_text(text):
        raise CallError(f"note {text!r}: expected UTF-8 text")
    if trial is not None:
        _require(folder, trial)
    try:
        with own_turn(folder.notes_file):
            Notes.read(folder.notes_file).changed(trial, text.strip()).write(folder.notes_file)
    except OSError as error:
        raise FolderError(f"{folder.notes_file}: cannot be written: {error.strerror or error}") from error
    what = "the study" if trial is None else f"trial {trial}"
    say(f"{'noted on' if text.strip() else 'no note any more on'} {what}")


def _require(folder: StudyFolder, trial: int) -> None:
    n = len(read_records(folder.journal))
    if trial >= n:
        recorded = f"{counted(n, 'trial')} {'is' if n == 1 else 'are'} recorded"
        raise CallError(f"--trial {trial}: expected a trial of {folder.name}, of which {recorded}")


def _shown(notes: Notes, trial: int | None) -> Iterator[str]:
    """Yields the notes, a line each."""
    found = [*([("study", notes.study)] if notes.study and trial is None else [])]
    found += [(f"trial {n}", note) for n, note in notes.trials.items() if trial in (None, n)]
    yield from (f"{name}  {one_line(note)}" for name, note in found)
    if not found:
        yield "no notes yet"
