"""What to do next with a study: one sentence and one command, the same in terminal and page.

advice(frames)   go on, mend, confirm, test, or done
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpsearch.disk.folder import StudyFolder
from hpsearch.results import commands
from hpsearch.results.doctor import findings
from hpsearch.results.stats import best_trial
from hpsearch.words import counted

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

YOUNG = 20
"""A search with fewer trials is young, whatever it found."""
SETTLED = 1 / 3
"""A search is over when nothing was better beyond noise in this share of its trials."""
IN_THE_WAY = ("edge", "more-epochs")
"""Findings that would change the winner: they are mended before it is confirmed."""


@dataclass(frozen=True)
class Advice:
    """What to do next.

    Attributes:
        kind: "go on", "mend", "confirm", "test" or "done".
        sentence: what and why.
        command: the command line that does it, "" if none does.
    """

    kind: str
    sentence: str
    command: str


def advice(frames: StudyFrames) -> Advice:
    """Returns what to do next."""
    n, wanted, folder = len(frames.trials), frames.study.trials, StudyFolder(frames.folder)
    if n < wanted and not frames.ended_by:
        recorded = f"{n} of {counted(wanted, 'trial')} {'is' if n == 1 else 'are'} recorded"
        return Advice("go on", f"Go on: {recorded}.", commands.go_on(folder))
    if frames.study.question is not None:
        return _answer(frames, folder)
    if frames.test is not None:
        return Advice("done", "Done: report the test accuracy.", commands.command("best", folder))
    if frames.confirmation is not None:
        seeds = "the best trials have met fresh seeds"
        return Advice("test", f"Test it, once: {seeds}.", commands.command("test", folder))
    return _mend(frames, folder) or _go_on(frames, folder) or _confirm(frames, folder)


def _answer(frames: StudyFrames, folder: StudyFolder) -> Advice:
    """Returns the answer of the study's question, or how to get it."""
    if frames.answered is None:
        return Advice("go on", "Answer the question on fresh seeds.", commands.command("answer", folder))
    return Advice("done", frames.answered.sentences[0], "")


def _mend(frames: StudyFrames, folder: StudyFolder) -> Advice | None:
    """Returns the first finding that stands in the way; any finding where no trial is complete."""
    no_winner = best_trial(frames.trials) is None
    for finding in findings(frames):
        if no_winner or finding.rule in IN_THE_WAY:
            command = commands.changed_study(folder, finding.settings) if finding.settings else ""
            return Advice("mend", f"Mend this first: {finding.sentence}", command)
    return Advice("mend", "No trial ran to its end: search elsewhere.", "") if no_winner else None


def _go_on(frames: StudyFrames, folder: StudyFolder) -> Advice | None:
    """Returns that the search is young, or improved not long ago; None if neither, or if a rule ended it."""
    if frames.ended_by:
        return None
    n = len(frames.trials)
    since = None if frames.enough is None else frames.enough.n_since
    if since is not None and n >= YOUNG and since >= SETTLED * n:
        return None
    if since is None or n < YOUNG:
        why = f"{counted(n, 'trial')} {'is' if n == 1 else 'are'} few to judge by"
    else:
        why = f"only {since} of {counted(n, 'trial')} came after the last improvement beyond noise"
    return Advice("go on", f"Go on: {why}.", commands.go_on(folder, 2 * n))


def _confirm(frames: StudyFrames, folder: StudyFolder) -> Advice:
    others = int(frames.near_best.sum()) - 1
    rivals = f" Fresh seeds tell more of the {others + 1} trials within noise of the best." if others else ""
    since = 0 if frames.enough is None else frames.enough.n_since
    n = counted(len(frames.trials), "trial")
    why = f"Stop here: the last {since} of {n} improved nothing beyond noise."
    if frames.ended_by:
        why = f"Stop here, as [stop] says ({frames.ended_by})."
    return Advice("confirm", f"{why}{rivals}", commands.command("confirm", folder))
