"""`hpsearch pack`: a study as one archive to hand in."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.checks.pack import Packed, pack
from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.shell import quoted
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import counted


@click.command("pack", epilog=examples("pack --study convnet", "pack --study convnet --output homework.zip"))
@study_option
@out_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The archive.  [default: NAME.zip]",
)
def command(study: str, out: Path, output: Path | None) -> None:
    """Pack a study into one archive to hand in.

    It holds the record, the page, the winner's weights, the looks at the test split, and the module of a net
    of your own. Host names of the workers and the path of your data are in it too.
    """
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    path = Path(f"{folder.name}.zip") if output is None else output
    with folder.at_rest():
        packed = pack(resolved, folder, path)
    say(as_text(packed, path), [path])


def as_text(packed: Packed, path: Path) -> str:
    """Returns what was packed, and how it is checked."""
    looks = counted(packed.n_looks, "look") if packed.n_looks else "no look"
    digest = packed.manifest.digest[:8]
    megabytes = path.stat().st_size / 2**20
    trials = counted(packed.n_trials, "trial")
    return (
        f"{path}: {trials}, digest {digest}, {looks} at the test split; {megabytes:.2f} MB\n"
        f"check   hpsearch verify {quoted(str(path))}"
    )
