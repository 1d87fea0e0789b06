"""`hpsearch audit-pruning`: what pruning saved and what it cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hpsearch.checks.audit import Audit, audit_pruning
from hpsearch.cli.options import format_option, jobs_option, out_option, study_option
from hpsearch.disk.folder import find_folder
from hpsearch.search.executors import physical_cores
from hpsearch.study.studyfile import load_resolved
from hpsearch.words import counted


@click.command("audit-pruning")
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
    audit = audit_pruning(resolved, folder, n_trials=trials, jobs=jobs or physical_cores())
    click.echo(json.dumps(facts(audit), indent=1) if style == "json" else as_text(audit))


def facts(audit: Audit) -> dict[str, Any]:
    """Returns an audit as JSON values."""
    rows = audit.trials.astype(object).where(audit.trials.notna(), None)
    return {
        "trials": rows.to_dict("records"),
        "n_pruned": audit.n_pruned,
        "best": audit.best,
        "n_epochs": audit.epochs.spent,
        "n_planned": audit.epochs.planned,
        "n_saved": audit.epochs.saved,
        "winners": list(audit.winners),
    }


def as_text(audit: Audit) -> str:
    """Returns an audit for people, a line a trial."""
    lines = [f"{len(audit.trials)} of {audit.n_pruned} pruned trials, trained to their end"]
    for row in audit.trials.to_dict("records"):
        end = f"{row['value']:.4f} at its end" if row["state"] == "complete" else f"{row['state']} later"
        mark = "  <- better than the best" if row["wins"] else ""
        lines.append(
            f"  trial {row['number']:>4}   {row['pruned_value']:.4f} when pruned after "
            f"{counted(row['pruned_at'], 'epoch')}, {end}{mark}"
        )
    saved, planned = audit.epochs.saved, counted(audit.epochs.planned, "epoch")
    n_better = int(audit.trials["wins"].sum())
    low, high = audit.winners
    lines.append(f"saved   {saved} of {planned}, {audit.epochs.percent_saved}")
    lines.append(
        f"cost    {n_better} of the {len(audit.trials)} would have beaten the best ({audit.best:.4f}); "
        f"95 % interval {100 * low:.0f} to {100 * high:.0f} % of pruned trials"
    )
    return "\n".join(lines)
