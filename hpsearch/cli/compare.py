"""`hpsearch compare`: several studies on one page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, format_option, out_option
from hpsearch.disk.folder import find_folder
from hpsearch.errors import CallError
from hpsearch.report import write_compare
from hpsearch.results.frames import read_study


@click.command(
    "compare", epilog=examples("compare convnet fcnet", "compare convnet fcnet --output both.html")
)
@click.argument("studies", nargs=-1, required=True, metavar="STUDY STUDY...")
@out_option
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The page to write.")
@format_option("text", "json")
def command(studies: tuple[str, ...], out: Path, output: Path | None, style: str) -> None:
    """Several studies side by side, at equal budget.

    Says which is ahead, by how much, and whether noise could explain that; writes a page with the figures. A
    study is named, or given by its folder, as reports-next/convnet.
    """
    from hpsearch.report.compare import compared
    from hpsearch.report.standings import sentences

    found = [find_folder(out, study, "compare") for study in studies]
    folders = list({folder.path.resolve(): folder for folder in found}.values())
    if len(folders) < 2:
        raise CallError(f"compare {' '.join(studies)}: expected at least two studies")
    page = output or out / f"compare-{'-'.join(folder.name for folder in folders)}.html"
    frames = [read_study(folder.path) for folder in folders]
    written = write_compare(frames, page)
    if style == "json":
        rows = compared(frames).astype(object)
        facts = {"studies": rows.where(rows.notna(), None).to_dict("records"), "answer": sentences(frames)}
        click.echo(json.dumps({**facts, "report": str(written)}, indent=1))
    else:
        say("\n".join([*sentences(frames), f"report  {written}"]), [written])
