"""The command line: parse, call, print. Each command is a module that is imported when it is called.

A command's module holds its options and its words; its `command` is what click runs.
May import: all rooms before it, in the modules of the commands.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from hpsearch.cli.pipes import silence_stdout
from hpsearch.errors import INTERRUPTED, HpsearchError

COMMANDS = {
    "run": "Search; run the same command again to continue.",
    "plan": "Dry run: the space, and the time, memory and disk needed.",
    "status": "Where the study stands, and the digest of its record.",
    "trials": "All recorded trials, a line each.",
    "best": "The winner: the complete trial with the best accuracy.",
    "report": "Build the report again, or print it in short.",
    "compare": "Several studies side by side, at equal budget.",
    "confirm": "Race the best trials on fresh seeds: which winner is real?",
    "test": "The final evaluation on the test split, with its ledger.",
    "audit-pruning": "Train pruned trials to their end: what did pruning cost?",
    "replay": "Train a recorded trial again and compare it bit for bit.",
    "gradcheck": "Compare the gradients of a net with numeric ones.",
    "data": "List, describe, fetch and import data sets.",
    "dashboard": "Show the record in optuna-dashboard, until Ctrl-C.",
    "init": "Write a commented study file to begin with.",
}
"""What each command does, in the order in which people need them; its own help begins with the same line."""

_MODULES = {"test": "final_test", "audit-pruning": "audit"}
"""Commands whose module has another name; pytest would take test.py for its own."""


class _Commands(click.Group):
    """The commands, each imported when it is called: `hpsearch --help` must not wait for pandas."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"hpsearch.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hpsearch")
def cli() -> None:
    """Finds good hyperparameters for NumPy neural networks, and says honestly how good they are.

    \b
    hpsearch run --study convnet --trials 100     search
    open reports/convnet/index.html               look
    hpsearch test --study convnet                 one honest final number
    """


def main() -> None:
    """Runs the command line; errors become one line and an exit status."""
    sys.path.insert(0, os.getcwd())  # where a user's own net, `kind = "module:Class"`, is looked for
    try:
        status = cli.main(prog_name="hpsearch", standalone_mode=False)
        if sys.stdout is not None:  # closed by the caller
            sys.stdout.flush()
    except click.ClickException as error:
        status = _say(error.format_message(), 2)
    except HpsearchError as error:
        status = _say(str(error), error.exit_status)
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        silence_stdout()
        status = 0
    except OSError as error:
        status = _say(f"{error.filename or 'input/output'}: {error.strerror or error}", 1)
    except (KeyboardInterrupt, click.Abort):
        status = _say("interrupted", INTERRUPTED)
    sys.exit(status)


def _say(message: str, status: int) -> int:
    click.echo(f"hpsearch: {' '.join(message.split())}", err=True)
    return status
