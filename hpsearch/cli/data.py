"""`hpsearch data`: the data sets that a study file may name."""

from __future__ import annotations

from pathlib import Path

import click

from hpsearch.cli import sources
from hpsearch.cli.helpfulgroup import HelpfulGroup
from hpsearch.cli.options import examples
from hpsearch.cli.sources import Description
from hpsearch.study import overrides
from hpsearch.words import one_line

_NAMES_SHOWN = 12


@click.group(
    "data",
    cls=HelpfulGroup,
    epilog=examples("data list", "data info digits --set num_val=300", "data fetch cifar10"),
)
def command() -> None:
    """List, describe, fetch and import data sets."""


@command.command("list", epilog=examples("data list"))
def list_() -> None:
    """The sources that a study file may name, and where they are."""
    rows = sources.list_sources()
    width = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{width}}  {row.summary} [{row.place}]")


@command.command(epilog=examples("data info digits", "data info cifar10 --set num_val=1000"))
@click.argument("source")
@click.option("--set", "texts", multiple=True, metavar="KEY=VALUE", help="As in num_val=500 or path=FILE.")
def info(source: str, texts: tuple[str, ...]) -> None:
    """Shapes, classes and splits of a source."""
    click.echo(as_text(sources.describe({"source": source, **overrides.parse(texts)})))


@command.command(epilog=examples("data fetch cifar10"))
@click.argument("source")
def fetch(source: str) -> None:
    """Download a published set, check it, and put it into the cache."""
    click.echo(sources.fetch(source))


@command.command("import", epilog=examples("data import cifar10 cifar-10-python.tar.gz"))
@click.argument("source")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def import_(source: str, path: Path) -> None:
    """Import a published set that was downloaded by hand.

    PATH is a folder or an archive; the set's files in it are checked and copied into the cache.
    """
    n_train, n_test = sources.import_files(source, path)
    click.echo(f"{source}: {n_train} training and {n_test} test images imported")


def as_text(described: Description) -> str:
    """Returns a description of a data set for people."""
    shape = "x".join(map(str, described.image_shape))
    names = described.class_names
    more = ", ..." if len(names) > _NAMES_SHOWN else ""
    lines = [
        f"{described.settings['source']}: {shape}, {len(names)} classes",
        f"classes     {', '.join(map(one_line, names[:_NAMES_SHOWN]))}{more}",
    ]
    for split, counts in described.counts.items():
        lines.append(f"{split:<10}  {sum(counts)} examples, {min(counts)} to {max(counts)} a class")
    if described.num_estimate:
        lines.append(f"estimate    {described.num_estimate} examples that neither train nor choose")
    lines += [f"note        {note}" for note in described.notes]
    lines += [f"cached in   {described.folder}", f"splits      train+val {described.train_val_hash}"]
    return "\n".join([*lines, f"            test      {described.test_hash}"])
