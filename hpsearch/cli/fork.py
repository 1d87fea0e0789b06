"""`hpsearch fork`: a new study file from a study, begun with its best trials."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, out_option, set_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.search import forking
from hpsearch.search.ranges import RANGES
from hpsearch.study.places import name_of
from hpsearch.words import counted, shell_word


@click.command(
    "fork",
    epilog=examples(
        "fork --study convnet wider.toml --set space.learning_rate.high=1.0",
        "fork --study convnet other.toml --set data.source=fashion-mnist",
        "fork --study convnet deeper.toml --with my-deeper-net.toml",
    ),
)
@study_option
@click.argument("path", metavar="NEW.toml", type=click.Path(dir_okay=False, path_type=Path))
@set_option("space.learning_rate.high=1.0")
@click.option(
    "--with",
    "base",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A study file of its own.  [default: that of the study]",
)
@click.option(
    "--top",
    type=click.IntRange(*RANGES["top"]),
    default=10,
    show_default=True,
    help="At most so many trials are carried over.",
)
@out_option
def command(
    study: str, path: Path, overrides: tuple[str, ...], base: Path | None, top: int, out: Path
) -> None:
    """A new study file from a study, begun with its best trials.

    The new study has another space or other data. The best trials of the old one that fit are its first
    trials, trained anew and counted as its own. The file says what chose them: how many trials and epochs, on
    which images, and how often their test split had been looked at, which `hpsearch test` and the page tell.
    """
    folder = find_folder(out, study)
    forked = forking.forked(folder, name_of(path), overrides=overrides, base=base, top=top)
    forking.write(forked, path)
    n_first = len(forked.enqueued)
    say(
        f"written {path}: begins with {counted(n_first, 'trial')} of {folder.name}\n"
        f"next    hpsearch run --study {shell_word(str(path))}",
        [path],
    )
