"""Frames and records as text and files: what `status`, `trials`, `best` and `test` print."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hpsearch.checks.audit import Audit
from hpsearch.checks.gradients import GradientError
from hpsearch.checks.plan import Plan
from hpsearch.checks.replay import Replay
from hpsearch.cli.datacmd import Description
from hpsearch.disk import atomic
from hpsearch.disk.confirmation import Confirmation
from hpsearch.disk.ledger import Look
from hpsearch.errors import CallError, FolderError
from hpsearch.records import STATES, TrialRecord
from hpsearch.results.frames import TRIAL_COLUMNS, StudyFrames
from hpsearch.space import Parameter, to_arguments
from hpsearch.study.studyfile import Study
from hpsearch.words import counted, duration

_WIDTH = 20


def trials(frames: StudyFrames) -> pd.DataFrame:
    """Returns the trials with the columns that people and programs are promised."""
    params = [f"params.{parameter.name}" for parameter in frames.parameters]
    return frames.trials[[*TRIAL_COLUMNS, *params]]


def render(table: pd.DataFrame, style: str) -> str:
    """Returns a table of trials as text: "table", "csv" or "json"."""
    if style == "csv":
        return str(table.to_csv(index=False)).rstrip("\n")
    if style == "json":
        return json.dumps([_plain(row) for row in table.to_dict("records")], indent=1)
    short = table.rename(columns=lambda name: name.removeprefix("params."))
    formats = {"value": "{:.4f}".format, "seconds": "{:.2f}".format}
    shown = {
        name: [_cell(value, formats.get(str(name), "{:.4g}".format)) for value in short[name]]
        for name in short
    }
    return str(pd.DataFrame(shown).to_string(index=False)) if len(table) else "no trials yet"


def write(table: pd.DataFrame, style: str, path: Path | None) -> None:
    """Writes a table of trials to a file; a link stays a link, and a pipe or device is written to.

    Raises:
        CallError: Parquet without a file or without its library.
        FolderError: the file cannot be written.
    """
    if path is None:
        raise CallError("--format parquet writes no text; expected --output FILE")
    content = _parquet(table) if style == "parquet" else _text(render(table, style))
    if not os.path.exists(path) or os.path.isfile(path):
        atomic.write_bytes(Path(os.path.realpath(path)), content)
        return
    try:
        path.write_bytes(content)  # renaming a file to its place would remove the device
    except OSError as error:
        raise FolderError(f"{path}: cannot be written: {error.strerror or error}") from error


def _text(rendered: str) -> bytes:
    """Returns a rendered table as a file's content; what UTF-8 cannot hold is written as an escape."""
    return f"{rendered}\n".encode("utf-8", "backslashreplace")


def _parquet(table: pd.DataFrame) -> bytes:
    """Returns a table as Parquet, whose columns have one kind each: choices of several become text."""
    plain = {
        str(name): column.map(str, na_action="ignore") for name, column in table.items() if _is_mixed(column)
    }
    try:
        return bytes(table.assign(**plain).to_parquet(index=False))
    except ImportError as error:
        raise CallError("--format parquet needs pyarrow: pip install 'hpsearch[parquet]'") from error


def _is_mixed(column: pd.Series) -> bool:
    return len({type(value) for value in column.dropna()}) > 1


def status(frames: StudyFrames, style: str) -> str:
    """Returns where a study stands, as text or JSON."""
    counts = {state: int((frames.trials["state"] == state).sum()) for state in STATES}
    complete = frames.trials[frames.trials["state"] == "complete"]
    facts: dict[str, Any] = {
        "study": frames.name,
        "trials": len(frames.trials),
        **counts,
        "waiting": frames.waiting,
        "running": frames.running,
        "best": None if complete.empty else float(complete["value"].max()),
        "epochs": int(frames.trials["epochs"].sum()),
        "looks_at_test": int((frames.ledger["study"] == frames.name).sum()),
        "digest": frames.digest,
    }
    if style == "json":
        return json.dumps(facts, indent=1)
    states = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    first = f"{frames.name}: {len(frames.trials)} trials recorded{f': {states}' if states else ''}"
    if frames.waiting or frames.running:
        first += f"; {frames.waiting} waiting for trial {len(frames.trials)}, {frames.running} unfinished"
    best = "none yet" if facts["best"] is None else f"{facts['best']:.4f}"
    return "\n".join([first, f"best    {best}", f"epochs  {facts['epochs']}", f"digest  {frames.digest}"])


def best(record: TrialRecord, style: str) -> str:
    """Returns the winner as TOML, JSON or a Python dict of arguments."""
    values = {"trial": record.number, "value": record.value, "params": dict(record.params)}
    if style == "json":
        return json.dumps(values, indent=1)
    if style == "python":
        lines = [f"    {name!r}: {value!r}," for name, value in to_arguments(record.params).items()]
        return "\n".join([f"# trial {record.number}: validation accuracy {record.value}", "{", *lines, "}"])
    import tomli_w

    return tomli_w.dumps(values).rstrip("\n")


def look(look: Look, frames: StudyFrames, style: str) -> str:
    """Returns the outcome of a final evaluation, as text or JSON."""
    from dataclasses import asdict

    if style == "json":
        return json.dumps(asdict(look), indent=1)
    singles = "  ".join(f"{accuracy:.4f}" for accuracy in look.accuracies)
    others = len(frames.ledger) - 1
    times = "once" if others == 1 else f"{others} times"
    looks = "nobody looked at them before" if not others else f"they were looked at {times} before"
    return (
        f"test accuracy {look.accuracy:.4f}   95 % interval {look.low:.4f} to {look.high:.4f}\n"
        f"  mean of {look.n_seeds} fresh seeds of trial {look.trial}: {singles}\n"
        f"  {look.n_test} test images; {looks} ({frames.folder.parent / 'test-ledger.jsonl'})"
    )


def description(described: Description) -> str:
    """Returns what `hpsearch data info` says of a data set."""
    shape = "x".join(map(str, described.image_shape))
    lines = [f"{described.settings['source']}: {shape}, {len(described.class_names)} classes"]
    names = ", ".join(described.class_names[:12]) + (", ..." if len(described.class_names) > 12 else "")
    lines.append(f"classes     {names}")
    for split, counts in described.counts.items():
        lines.append(f"{split:<10}  {sum(counts)} examples, {min(counts)} to {max(counts)} a class")
    lines += [f"cached in   {described.folder}", f"splits      train+val {described.train_val_hash}"]
    return "\n".join([*lines, f"            test      {described.test_hash}"])


def plan(study: Study, plan: Plan) -> str:
    """Returns a dry run's findings: the space, then time, memory and disk."""
    fastest, slowest = min(plan.epoch_seconds), max(plan.epoch_seconds)
    wall = f"{plan.max_epochs} epochs on {plan.jobs} workers: {duration(plan.seconds)}"
    lines = [
        f"{study.name}: {study.net_kind} on {study.data.source}, {plan.trials} trials, seed {study.seed}",
        *(f"  {parameter.name:<{_WIDTH}}  {_range(parameter)}" for parameter in study.space),
        f"time    an epoch takes {fastest:.2g} to {slowest:.2g} s on {len(plan.epoch_seconds)} trials",
        f"        {wall}, less what is pruned",
        f"memory  {plan.worker_bytes / 2**20:.0f} MB a worker",
        f"disk    {plan.disk_bytes / 2**20:.1f} MB in the study folder",
    ]
    if plan.jobs > plan.n_workers_busy:
        lines.append(
            f"advice  lookahead {plan.lookahead} keeps about {plan.n_workers_busy} workers busy; "
            f"for {plan.jobs} set study.lookahead to {4 * plan.jobs}"
        )
    return "\n".join(lines)


def gradients(errors: Sequence[GradientError]) -> str:
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


def finalists(confirmation: Confirmation) -> str:
    """Returns what `confirm` found, a line a finalist."""
    lines = [f"mean validation accuracy on {confirmation.n_seeds} fresh seeds, with its 95 % interval"]
    for one in confirmation.finalists:
        mark = "  <- best" if one.mean == confirmation.best_mean else ""
        lines.append(
            f"  trial {one.number:>4}   {one.mean:.4f}   {one.low:.4f} to {one.high:.4f}   "
            f"in the search {one.searched:.4f}, of which luck {one.luck:+.4f}{mark}"
        )
    return "\n".join(lines)


def audited(audit: Audit, style: str) -> str:
    """Returns what pruning saved and cost, a line a trial."""
    if style == "json":
        return json.dumps(audit.to_json(), indent=1)
    lines = [f"{len(audit.trials)} of {audit.n_pruned} pruned trials, trained to their end"]
    for row in audit.trials.to_dict("records"):
        end = f"{row['value']:.4f} at its end" if row["state"] == "complete" else f"{row['state']} later"
        mark = "  <- better than the best" if row["wins"] else ""
        lines.append(
            f"  trial {row['number']:>4}   {row['pruned_value']:.4f} when pruned after {row['pruned_at']} "
            f"epochs, {end}{mark}"
        )
    low, high = audit.winners
    saved, planned = audit.epochs.saved, counted(audit.epochs.planned, "epoch")
    lines.append(f"saved   {saved} of {planned}, {audit.epochs.percent_saved}")
    lines.append(
        f"cost    {int(audit.trials['wins'].sum())} of the {len(audit.trials)} would have beaten the best "
        f"({audit.best:.4f}); 95 % interval {100 * low:.0f} to {100 * high:.0f} % of pruned trials"
    )
    return "\n".join(lines)


def replayed(replay: Replay) -> str:
    """Returns how a trial that was trained again compares with its record."""
    outcome = replay.recorded
    first = f"trial {outcome.number}: {outcome.state}, {len(outcome.curve)} epochs"
    if not replay.differences:
        return f"{first}; the same bits again"
    return "\n".join([f"{first}; not the same:", *(f"  {phrase}" for phrase in replay.differences[:10])])


def _range(parameter: Parameter) -> str:
    """Returns a parameter's values in words."""
    when = "".join(
        f", when {name} is {' or '.join(map(str, values))}" for name, values in parameter.when.items()
    )
    if parameter.kind == "choice":
        return ", ".join(map(str, parameter.choices)) + when
    step = f", step {parameter.step:g}" if parameter.step else ""
    kind = ", integers" if parameter.kind == "int" else ""
    return f"{parameter.low:g} to {parameter.high:g}{', log' if parameter.log else ''}{step}{kind}{when}"


def _cell(value: object, number_format: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return number_format(value) if isinstance(value, float) else str(value)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Returns a row with JSON values, null for what is absent."""
    absent = {name for name, value in row.items() if isinstance(value, float) and math.isnan(value)}
    return {str(name): None if name in absent else value for name, value in row.items()}
