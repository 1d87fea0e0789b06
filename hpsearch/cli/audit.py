"""`hpsearch audit-pruning`: what pruning saved and what it cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpsearch.checks.audit import Audit, audit_pruning
from hpsearch.cli.closing import draw_again
from hpsearch.cli.lines import say
from hpsearch.cli.options import examples, format_option, jobs_option, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.search.processors import physical_cores
from hpsearch.strategies.pruners import PRUNERS
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import counted, either, fraction

if TYPE_CHECKING:
    import pandas as pd


@click.command("audit-pruning", epilog=examples("audit-pruning --study convnet --trials 20"))
@study_option
@out_option
@jobs_option
@click.option("--trials", type=click.IntRange(1), default=10, show_default=True, help="How many of them.")
@format_option("text", "json")
def command(study: str, out: Path, jobs: int | None, trials: int, style: str) -> None:
    """Train pruned trials to their end: what did pruning cost?

    And what did it save?
    """
    folder = find_folder(out, study)
    resolved = load_resolved(folder.study_file, folder.name)
    with folder.locked():  # a folder that cannot be written is better known before all the training
        audit = audit_pruning(resolved, folder, n_trials=trials, jobs=jobs or physical_cores())
        if style == "json":
            click.echo(json.dumps(facts(audit), indent=1))
        else:
            say(as_text(audit))
            draw_again(folder)


def facts(audit: Audit) -> dict[str, Any]:
    """Returns an audit as JSON values."""
    return {
        "trials": _rows(audit.trials),
        "n_pruned": audit.n_pruned,
        "best": audit.best,
        "n_epochs": audit.epochs.spent,
        "n_planned": audit.epochs.planned,
        "n_saved": audit.epochs.saved,
        "winners": list(audit.winners),
        "regret": audit.regret.mean,
        "regret_interval": None if audit.regret.low is None else [audit.regret.low, audit.regret.high],
        "pruners": _rows(audit.pruners),
        "n_known": audit.n_known,
    }


def as_text(audit: Audit) -> str:
    """Returns an audit for people, a line a trial and a line a pruner."""
    saved, planned = audit.epochs.saved, counted(audit.epochs.planned, "epoch")
    lines = [
        *_cost(audit),
        f"saved   {saved} of {planned}, {audit.epochs.percent_saved}",
        f"{len(audit.trials)} of {counted(audit.n_pruned, 'pruned trial')}, trained to their end",
    ]
    for row in audit.trials.to_dict("records"):
        value = fraction(row["value"], 4)
        end = f"{value} at its end" if row["state"] == "complete" else f"{row['state']} later"
        mark = "  <- better than the best" if row["wins"] else ""
        lines.append(
            f"  trial {row['number']:>4}   {fraction(row['pruned_value'], 4)} when pruned after "
            f"{counted(row['pruned_at'], 'epoch')}, {end}{mark}"
        )
    return "\n".join([*lines, *_other_pruners(audit)])


def _cost(audit: Audit) -> list[str]:
    """Returns how many of all pruned trials would have won, and how much better the best of them is."""
    n_winners, those = int(audit.trials["wins"].sum()), counted(len(audit.trials), "pruned trial")
    lines = [f"cost    {n_winners} of {those} would have beaten the best ({fraction(audit.best, 4)})"]
    if len(audit.trials) < audit.n_pruned:
        low, high = (round(share * audit.n_pruned) for share in audit.winners)
        lines.append(f"        of all {audit.n_pruned} pruned trials {low} to {high} would (95 % interval)")
    regret = audit.regret
    if regret.mean == 0:
        return [*lines, "regret  0: with these trained to their ends the best would have been no better"]
    lines.append(f"regret  {regret.mean:.4f} on the same images: trial {regret.number} would have won")
    if regret.low is not None:
        lines.append(f"        in truth {regret.low:.4f} to {regret.high:.4f} (95 % interval)")
    return lines


def _other_pruners(audit: Audit) -> list[str]:
    scaled = ", scaled up to all" if len(audit.trials) < audit.n_pruned else ""
    n_known = counted(audit.n_known, "trial")
    heading = (
        f"What other pruners would have done, with their defaults, with the {n_known} whose ends are"
        f" known{scaled} (a sampler that learns would then have asked for other trials):"
    )
    lines = [
        heading,
        f"  {'pruner':<20} {'pruned':>6} {'epochs':>7} {'saved':>6}   best",
    ]
    for row in audit.pruners.to_dict("records"):
        name = f"{row['pruner']} (own)" if row["own"] else row["pruner"]
        saved = f"{100 * row['saved'] / max(row['saved'] + row['spent'], 1):.0f} %"
        best = "none" if row["best"] != row["best"] else f"{fraction(row['best'], 4)}"
        lines.append(f"  {name:<20} {row['pruned']:>6} {row['spent']:>7} {saved:>6}   {best}")
    pausing = [name for name, pruner in PRUNERS.items() if pruner.pauses]
    lines.append(
        f"  not {either(pausing)}: what it stops goes on among later trials, which these curves do not tell"
    )
    return lines


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
