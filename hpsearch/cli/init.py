"""`hpsearch init`: a study file to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples
from hpsearch.words import listed, shell_word


@click.command("init", epilog=examples("init my-study.toml", "init --net mynets:MyNet my-study.toml"))
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--net", metavar="MODULE:CLASS", help="Your own net, from whose constructor it is made.")
def command(path: Path, net: str | None) -> None:
    """Write a commented study file to begin with."""
    from hpsearch.study import newfile

    missing = []
    if net is None:
        newfile.write_example(path)
    else:
        missing = newfile.write_for(net, path)
    study = shell_word(str(path))
    lines = [f"written {path}"]
    if missing:
        lines.append(f"give    {listed(missing)} a value in [net] or a range in [space]")
    elif net is not None:
        lines.append(f"next    hpsearch gradcheck --study {study}")
    lines.append(f"next    hpsearch run --study {study}")
    say("\n".join(lines), [path])
