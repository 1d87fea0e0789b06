"""`hpsearch plan`: a dry run."""

from __future__ import annotations

from collections.abc import Iterable

import click

from hpsearch.checks.plan import Plan, make_plan
from hpsearch.cli.lines import say
from hpsearch.cli.options import data_option, examples, jobs_option, set_option, study_file_option
from hpsearch.search.budget import Budget
from hpsearch.search.processors import physical_cores
from hpsearch.search.ranges import RANGES
from hpsearch.space import Parameter, Value
from hpsearch.study import places, studyfile
from hpsearch.study.own_data import source_in_words
from hpsearch.study.study import Study
from hpsearch.words import counted, duration, one_line

_NAME_WIDTH = 20


@click.command("plan", epilog=examples("plan --study convnet --trials 500 --jobs 4"))
@study_file_option
@click.option("--trials", type=click.IntRange(*RANGES["trials"]), help="How many trials in all.")
@jobs_option
@data_option
@set_option("training.epochs=5")
def command(
    study: str, trials: int | None, jobs: int | None, data: str | None, overrides: tuple[str, ...]
) -> None:
    """Dry run: the space, and the time, memory and disk needed."""
    loaded = studyfile.load(places.find(study), overrides, data)
    if loaded.remark:
        say(loaded.remark)
    made = make_plan(loaded, Budget(trials or loaded.trials), jobs or physical_cores())
    say(as_text(loaded, made))


def as_text(study: Study, plan: Plan) -> str:
    """Returns a dry run's findings: the space, then time, memory and disk."""
    fastest, slowest = (_two_digits(end(plan.epoch_seconds)) for end in (min, max))
    trials, probes = counted(plan.trials, "trial"), counted(len(plan.epoch_seconds), "trial")
    epochs, workers = counted(plan.max_epochs, "epoch"), counted(plan.jobs, "worker")
    source = source_in_words(study.data.source)
    supposing = "of training, if all trials are like these and none is pruned"
    lines = [
        f"{study.name}: {study.net_kind} on {source}, {trials}, seed {study.seed}",
        *(f"  {parameter.name:<{_NAME_WIDTH}}  {range_in_words(parameter)}" for parameter in study.space),
        f"time    an epoch takes {fastest} to {slowest} s on {probes}",
        f"        {epochs} on {workers}: {duration(plan.seconds)} {supposing}",
        f"memory  {_memory(plan.worker_bytes)}",
        f"disk    {plan.disk_bytes / 2**20:.1f} MB in the study folder",
    ]
    lines += [f"note    {note}" for note in plan.notes]
    if plan.advice is not None:
        lines.append(f"advice  {plan.advice}")
    return "\n".join(lines)


def _two_digits(seconds: float) -> str:
    """Returns seconds with two digits, or all that are before the point."""
    return f"{seconds:.2g}" if seconds < 99.5 else f"{seconds:.0f}"


def _memory(worker_bytes: int | None) -> str:
    return "not known on this system" if worker_bytes is None else f"{worker_bytes / 2**20:.0f} MB a worker"


def range_in_words(parameter: Parameter) -> str:
    """Returns a parameter's values in words."""
    when = "".join(f", when {name} is {_listed(' or ', values)}" for name, values in parameter.when.items())
    if parameter.kind == "choice":
        return _listed(", ", parameter.choices) + when
    step = f", step {parameter.step:g}" if parameter.step else ""
    kind = ", integers" if parameter.kind == "int" else ""
    return f"{parameter.low:g} to {parameter.high:g}{', log' if parameter.log else ''}{step}{kind}{when}"


def _listed(between: str, values: Iterable[Value]) -> str:
    return between.join(one_line(str(value)) for value in values)
