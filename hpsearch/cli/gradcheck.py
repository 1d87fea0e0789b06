"""`hpsearch gradcheck`: numeric gradients of a study's net."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence

import click

from hpsearch.checks import gradients
from hpsearch.checks.gradients import GradientError
from hpsearch.cli.lines import say
from hpsearch.cli.options import data_option, examples, set_option, study_file_option
from hpsearch.study import places, studyfile


@click.command(
    "gradcheck",
    epilog=examples("gradcheck --study convnet", "gradcheck --study my-study.toml --set net.reg=0.1"),
)
@study_file_option
@data_option
@set_option("net.reg=0.1")
def command(study: str, data: str | None, overrides: tuple[str, ...]) -> None:
    """Compare the gradients of a net with numeric ones.

    The net is that of a study file, also one of your own.
    """
    errors = gradients.check(studyfile.load(places.find(study), overrides, data))
    say(as_text(errors))
    sys.exit(1 if any(error.is_wrong for error in errors) else 0)


def as_text(errors: Sequence[GradientError]) -> str:
    """Returns the relative errors of a net's gradients, two lines a setting."""
    lines = []
    for setting, group in itertools.groupby(errors, key=lambda error: error.setting):
        shown = [
            f"{error.parameter} {error.relative:.0e}{'(!)' if error.is_wrong else ''}" for error in group
        ]
        lines += [setting, f"  {'  '.join(shown)}"]
    n_wrong = sum(error.is_wrong for error in errors)
    verdict = f"{n_wrong} of {len(errors)} gradients are wrong (!)" if n_wrong else "all gradients are right"
    return "\n".join(["relative errors of the gradients:", *lines, verdict])
