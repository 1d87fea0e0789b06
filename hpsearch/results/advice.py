"""What to do next with a study: one sentence and one command, the same in terminal and page.

advice(frames)              go on, mend, confirm, test, or done
while_it_searches(frames)   where a search stands that goes on
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpsearch.disk.folder import StudyFolder
from hpsearch.results import commands
from hpsearch.results.doctor import findings
from hpsearch.results.finding import Finding
from hpsearch.results.stats import best_trial
from hpsearch.results.winner import taken_trial
from hpsearch.space import params_in_words
from hpsearch.words import counted, listed

if TYPE_CHECKING:
    from hpsearch.disk.ensemble import Ensemble
    from hpsearch.results.enough import Enough
    from hpsearch.results.frames import StudyFrames
    from hpsearch.strategies.question import Question

YOUNG = 20
"""A search with fewer trials is young, whatever it found."""
HOPELESS = 10
"""Where none of so many trials ran to its end, going on as it is would be no advice."""
SETTLED = 1 / 3
"""A search is over when nothing was better beyond noise in this share of its trials, the last ones."""
IN_THE_WAY = ("edge", "more-epochs")
"""Findings that would change the winner: they are mended before it is confirmed."""


@dataclass(frozen=True)
class Advice:
    """What to do next.

    Attributes:
        kind: "go on", "mend", "confirm", "test", "done" or "answered".
        sentence: what and why; the answer of a study whose question is answered.
        command: the command line that does it, "" if none does.
    """

    kind: str
    sentence: str
    command: str


def advice(frames: StudyFrames) -> Advice:
    """Returns what to do next."""
    n, wanted = frames.n_recorded, frames.study.trials
    if frames.test is not None:
        # `hpsearch best` tells the search's best, which need not be the one that was tested.
        command = f"{commands.command('report', StudyFolder(frames.folder))} --format markdown"
        return Advice("done", "Done: report the test accuracy.", command)
    all_wait = frames.study.pruner.pauses and bool((frames.trials["state"] == "pruned").any())
    if n >= HOPELESS and best_trial(frames.trials) is None and not all_wait:
        return _mend_all(frames)
    if n == 0 and (failed := _failed_at_once(frames)) is not None:
        return failed
    if n < wanted and not frames.ended_by:
        return Advice("go on", f"Go on: {_recorded(frames)}.", _go_on_to(frames))
    if frames.study.question is not None:
        return _answer(frames, frames.study.question)
    if _best_has_raced(frames):
        if frames.ensemble is not None and _is_better(frames.ensemble, frames):
            return _test_together(frames.ensemble, frames)
        seeds = "the best trials have met fresh seeds"
        return Advice(
            "test",
            f"Test it, once: {seeds}.",
            _command(frames, "test"),
        )
    if best_trial(frames.trials) is None:
        return _go_on_with_paused(frames) if all_wait else _mend_all(frames)
    return _mend(frames) or _go_on(frames) or _confirm(frames)


def while_it_searches(frames: StudyFrames) -> Advice:
    """Returns what to do while a search goes on: nothing."""
    return Advice("go on", f"The search goes on: {_recorded(frames)}.", "")


def _recorded(frames: StudyFrames) -> str:
    n = frames.n_recorded
    return f"{n} of {counted(frames.study.trials, 'trial')} {'is' if n == 1 else 'are'} recorded"


def _is_better(found: Ensemble, frames: StudyFrames) -> bool:
    """Says whether trials of this record are beyond chance better together than the one that confirm took."""
    return found.digest == frames.digest and found.members[0] == taken_trial(frames) and found.gain_low > 0


def _test_together(found: Ensemble, frames: StudyFrames) -> Advice:
    together = f"trials {listed(found.members)} are better together than trial {found.members[0]} alone"
    return Advice("test", f"Test them, once: {together}.", f"{_command(frames, 'test')} --ensemble")


def _best_has_raced(frames: StudyFrames) -> bool:
    """Says whether the best trial was in the race of confirm; one that was recorded since was not."""
    best, race = best_trial(frames.trials), frames.confirmation
    if best is None or race is None:
        return False
    value = frames.trials.loc[frames.trials["number"] == best, "value"].iloc[0]
    return (best, value) in set(zip(race["number"], race["searched"], strict=True))


def _answer(frames: StudyFrames, question: Question) -> Advice:
    """Returns the answer of the study's question, or how to get it."""
    if frames.answered is not None:
        return Advice("answered", frames.answered.sentences[0], "")
    values = frames.trials[f"params.{question.compare}"]
    complete = set(values[frames.trials["state"] == "complete"])
    missing = [value for value in question.values if value not in complete]
    if missing:
        those = f"with {params_in_words({question.compare: missing[0]})}"
        ended = frames.trials.loc[values == missing[0], "state"]
        if len(ended) >= HOPELESS and ended.isin(["diverged", "failed"]).all():
            why = f"all {len(ended)} trials {those} diverged or failed, so that it cannot be compared"
            return Advice("mend", f"Mend this first: {why}.", "")
        why = f"no trial {those} is complete"
        return Advice(
            "go on",
            f"Go on: {why}.",
            _go_on_to(frames, 2 * frames.n_recorded),
        )
    return Advice(
        "go on",
        "Answer the question on fresh seeds.",
        _command(frames, "answer"),
    )


def _mend(frames: StudyFrames) -> Advice | None:
    """Returns the first finding that stands in the way; None if none does.

    Where even a net without errors could not be told from the best, none that it would find stands there.
    """
    enough = frames.enough
    in_the_way = () if enough is not None and enough.n_since and enough.needed is None else IN_THE_WAY
    for finding in findings(frames):
        if finding.rule in in_the_way or finding.is_widespread:
            return _mended(finding, frames)
    return None


def _failed_at_once(frames: StudyFrames) -> Advice | None:
    """Returns what to mend where the first trials failed alike, which ends a run without a record."""
    error = StudyFolder(frames.folder).trial(0).path / "error.txt"
    if frames.running or frames.waiting or not error.is_file():
        return None
    failed = "the only trial failed" if frames.study.trials == 1 else "the first trials failed alike"
    return Advice("mend", f"Mend this first: {failed}, and the traceback is in {error}.", _go_on_to(frames))


def _mend_all(frames: StudyFrames) -> Advice:
    """Returns what is to be done where no trial is complete."""
    for finding in findings(frames):
        return _mended(finding, frames)
    return Advice("mend", "No trial ran to its end: search elsewhere.", "")


def _go_on_with_paused(frames: StudyFrames) -> Advice:
    """Returns that more trials are needed until one of those that paused has gone on to its end."""
    if frames.ended_by:
        why = f"[stop] ended the search before a trial was complete ({frames.ended_by})"
        return Advice("mend", f"Mend this first: {why}.", "")
    n_waiting = counted(int((frames.trials["state"] == "pruned").sum()), "paused trial")
    return Advice(
        "go on",
        f"Go on: no trial is complete yet, but {n_waiting} may still go on.",
        _go_on_to(frames, max(2 * frames.n_recorded, YOUNG)),
    )


def _mended(finding: Finding, frames: StudyFrames) -> Advice:
    command = ""
    if finding.settings:
        folder, there = StudyFolder(frames.folder), frames.study.needs_its_script
        command = commands.changed_study(folder, finding.settings, there=there)
    return Advice("mend", f"Mend this first: {finding.sentence}", command)


def _go_on(frames: StudyFrames) -> Advice | None:
    """Returns that the search is young, or improved not long ago; None if neither, or if a rule ended it."""
    if frames.ended_by:
        return None
    n = len(frames.trials)
    enough = frames.enough
    if n < YOUNG:
        why = f"{counted(n, 'trial')} {'is' if n == 1 else 'are'} few to judge by"
    elif enough is None:
        why = f"too few of {n} trials ran to their end to judge by"
    elif enough.n_settled >= SETTLED * n:
        return None
    else:
        last = _last_better(enough)
        came = f"only {enough.n_settled} of {n} trials came after"
        why = f"{came} {last}" if enough.n_settled else f"the last of {n} trials is {last}"
    return Advice(
        "go on",
        f"Go on: {why}.",
        _go_on_to(frames, max(2 * frames.n_recorded, YOUNG)),
    )


def _last_better(enough: Enough) -> str:
    if enough.earliest is not None:
        return "the best" if enough.earliest.n_near == 1 else "the earliest of those within noise of the best"
    return "the first complete one" if enough.is_first else "the last improvement beyond noise"


def _confirm(frames: StudyFrames) -> Advice:
    if frames.study.is_function:
        return _done_with_function(frames)
    others = int(frames.near_best.sum()) - 1
    rivals = f" Fresh seeds tell more of the {others + 1} trials within noise of the best." if others else ""
    return Advice(
        "confirm",
        f"{_why_stop(frames)}{rivals}",
        _command(frames, "confirm"),
    )


def _done_with_function(frames: StudyFrames) -> Advice:
    """Returns what is left to do with a training function, which hpsearch cannot test."""
    own = "Call the function with these parameters on seeds of your own, and test what it trains."
    return Advice("done", f"{_why_stop(frames)} {own}", commands.command("best", StudyFolder(frames.folder)))


def _why_stop(frames: StudyFrames) -> str:
    if frames.ended_by:
        return f"Stop here, as [stop] says ({frames.ended_by})."
    assert frames.enough is not None, "else the search would go on"
    since = f"the last {frames.enough.n_settled} of {len(frames.trials)} trials"
    return f"Stop here: {since} improved nothing beyond noise."


def _command(frames: StudyFrames, name: str) -> str:
    """Returns the call of a command that trains for the study."""
    return commands.command(name, StudyFolder(frames.folder), there=frames.study.needs_its_script)


def _go_on_to(frames: StudyFrames, n_trials: int | None = None) -> str:
    """Returns the call that goes on with the search, up to so many trials."""
    return commands.go_on(StudyFolder(frames.folder), n_trials, there=frames.study.needs_its_script)
