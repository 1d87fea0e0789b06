"""`hpsearch best`: the winner, as text that programs read; it needs the record alone, and no pandas."""

from __future__ import annotations

import json
from pathlib import Path

import click
import tomli_w

from hpsearch.cli.options import examples, format_option, out_option, study_option
from hpsearch.cli.output import put
from hpsearch.disk import atomic
from hpsearch.disk.folder import find_folder
from hpsearch.errors import FolderError
from hpsearch.records import TrialRecord
from hpsearch.results.luck import corrected_winner_in, winner_facts
from hpsearch.results.selection import Winner
from hpsearch.results.winner import find_winner
from hpsearch.space import to_arguments
from hpsearch.words import as_python, fraction


@click.command(
    "best",
    epilog=examples(
        "best --study convnet", "best --study convnet --format python", "best --study convnet --save net.npz"
    ),
)
@study_option
@out_option
@format_option("toml", "json", "python")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also copy its trained net there, for hpsearch.load_net.",
)
def command(study: str, out: Path, style: str, save: Path | None) -> None:
    """The winner: the complete trial with the best accuracy.

    The accuracy, `value`, is that of its best epoch on the validation images, which also chose it;
    `corrected_accuracy`, with its 95 % interval, is what it is expected to have on other images.
    """
    folder = find_folder(out, study)
    winner = find_winner(folder)
    if save is not None:
        from hpsearch.study.studyfile import load_resolved  # pydantic takes a fifth of a second

        load_resolved(folder.study_file, folder.name).require_net("best --save")
        _save_net(folder.trial(winner.number).weights, save)
    put(render(winner, corrected_winner_in(folder), style))


def _save_net(weights: Path, path: Path) -> None:
    """Copies a trained net, as it is.

    Raises:
        FolderError: there is none, or it cannot be copied.
    """
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise FolderError(f"{weights}: the winner's net cannot be read: {error.strerror or error}") from error
    atomic.write_bytes(path, content)


def render(record: TrialRecord, corrected: Winner | None, style: str) -> str:
    """Returns the winner as TOML, JSON or a Python dict of arguments."""
    values = winner_facts(record, corrected)
    if style == "json":
        return json.dumps(values, indent=1)
    if style == "toml":  # which has no null
        known = {name: value for name, value in values.items() if value is not None}
        return tomli_w.dumps(known).rstrip("\n")
    said = f"# trial {record.number}: validation accuracy {record.value}"
    if corrected is not None:
        said += f", {fraction(corrected.corrected_accuracy, 4)} without the luck of being chosen"
    return f"{said}\n{as_python(to_arguments(record.params))}"
