"""The command line: parse, call, print. Each command is a module that is imported when it is called.

A command's module holds its options and its words; its `command` is what click runs.
May import: all rooms before it, in the modules of the commands.
"""

from __future__ import annotations

import importlib
import os
import sys
from difflib import get_close_matches

import click

from hpsearch.cli import shortages
from hpsearch.cli.helpfulgroup import HelpfulGroup
from hpsearch.cli.interrupts import interrupt_on_signals
from hpsearch.cli.lines import complain
from hpsearch.cli.output import show_what_is_harmful
from hpsearch.cli.pipes import open_what_is_closed
from hpsearch.errors import INTERRUPTED, CallError, HpsearchError

GROUPS = {
    "Search": {
        "studies": "The study files that there are, and what each asks.",
        "init": "Write a commented study file to begin with.",
        "plan": "Dry run: the space, and the time, memory and disk needed.",
        "run": "Search; run the same command again to continue.",
        "fork": "A new study file from a study, begun with its best trials.",
    },
    "Look": {
        "status": "Where the study stands, and what to do next.",
        "trials": "All recorded trials, a line each.",
        "best": "The winner: the complete trial with the best accuracy.",
        "report": "Build the report again, or print it in short.",
        "compare": "Several studies side by side, at equal budget.",
        "note": "Write a note on a trial or on the study, or show them all.",
        "dashboard": "Show the record in optuna-dashboard, until Ctrl-C.",
    },
    "Judge": {
        "confirm": "Let the best trials race on fresh seeds: who is really best?",
        "answer": "Answer the question of a study on fresh seeds.",
        "ensemble": "The best trials together: better than the winner alone?",
        "test": "The final evaluation on the test split, with its ledger.",
        "audit-pruning": "Train pruned trials to their end: what did pruning cost?",
    },
    "Hand in": {
        "pack": "Pack a study into one archive to hand in.",
        "verify": "Check a pack or a study folder; train some trials again.",
        "replay": "Train a recorded trial again and compare it bit for bit.",
    },
    "Tools": {
        "gradcheck": "Compare the gradients of a net with numeric ones.",
        "data": "List, describe, fetch and import data sets.",
        "export": "The record as a study of Optuna, MLflow or TensorBoard.",
        "import-optuna": "A page of any Optuna study, ours or not.",
    },
}
"""What each command does, by the job that people have for it; its own help begins with the same line."""

COMMANDS = {name: summary for group in GROUPS.values() for name, summary in group.items()}

_MODULES = {"test": "final_test", "audit-pruning": "audit", "import-optuna": "import_optuna"}
"""Commands whose module has another name; pytest would take test.py for its own."""


class _Commands(HelpfulGroup):
    """The commands, each imported when it is called: `hpsearch --help` must not wait for pandas."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"hpsearch.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Returns the command that a call begins with.

        Raises:
            CallError: there is none of this name.
        """
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = get_close_matches(name, COMMANDS)
            meant = f"did you mean {' or '.join(near)}?" if near else "hpsearch --help lists them"
            raise CallError(f"no such command '{name}'; {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS)) + 2
        for group, commands in GROUPS.items():
            with formatter.section(group):
                for name, summary in commands.items():
                    formatter.write(f"  {name:<{width}}{summary}\n")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hpsearch")
def cli() -> None:
    """Finds good hyperparameters for NumPy neural networks, and says honestly how good they are.

    \b
    hpsearch run --study convnet --trials 100     search
    open reports/convnet/index.html               look
    hpsearch confirm --study convnet              the best few on fresh seeds
    hpsearch test --study convnet                 one honest final number

    The --help of each command has examples. In bash this line completes commands and options with
    the tab key (in zsh and fish: zsh_source and fish_source):

    \b
    eval "$(_HPSEARCH_COMPLETE=bash_source hpsearch)"
    """


def main() -> None:
    """Runs the command line; errors become one line and an exit status."""
    open_what_is_closed()
    show_what_is_harmful()
    interrupt_on_signals()
    # figures go to files, and a name that Matplotlib does not know would end the command
    if "MPLBACKEND" in os.environ:
        os.environ["MPLBACKEND"] = "agg"
    try:
        _look_here_for_code()
        # color=True: click would cut escapes out
        status = cli.main(prog_name="hpsearch", standalone_mode=False, color=True)
        sys.stdout.flush()
    except click.ClickException as error:
        status = _say(error.format_message(), 2)
    except HpsearchError as error:
        status = _say(str(error), error.exit_status)
    except (OSError, MemoryError) as error:
        status = _say(shortages.in_words(error), 1)
    except ImportError as error:
        if not shortages.is_shortage(error):
            raise
        status = _say(shortages.in_words(error), 1)
    except (KeyboardInterrupt, click.Abort):
        status = _say("interrupted", INTERRUPTED)
    sys.exit(status)


def _look_here_for_code() -> None:
    """Lets a user's own net, `kind = "module:Class"`, be found in the current folder.

    Raises:
        CallError: somebody has removed that folder.
    """
    try:
        sys.path.insert(0, os.getcwd())
    except FileNotFoundError as error:
        raise CallError(
            "the current folder was removed; expected to be called in one that is there"
        ) from error


def _say(message: str, status: int) -> int:
    complain(" ".join(message.split()))
    return status
