"""What to do next with a study: one sentence and one command, the same in terminal and page.

advice(frames, wanted)   go on, mend, confirm, test, or done
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpsearch.results.commands import command
from hpsearch.results.doctor import findings
from hpsearch.results.stats import best_trial
from hpsearch.words import counted

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

YOUNG = 20
"""A search with fewer trials is young, whatever it found."""
STALE = 1 / 3
"""A search is over when nothing improved beyond noise for this share of its trials."""


@dataclass(frozen=True)
class Advice:
    """What to do next.

    Attributes:
        kind: "go on", "mend", "confirm", "test" or "done".
        sentence: what and why.
        command: the command line that does it.
    """

    kind: str
    sentence: str
    command: str


def advice(frames: StudyFrames, wanted: int | None = None) -> Advice:
    """Returns what to do next.

    Args:
        wanted: how many trials the search was to have, if not as many as its study says.
    """
    n, n_wanted = len(frames.trials), wanted or frames.study.trials
    if n < n_wanted:
        return Advice(
            "go on",
            f"Go on: {n} of {counted(n_wanted, 'trial')} {'is' if n == 1 else 'are'} recorded.",
            command(frames, "run", *_trials(frames, n_wanted)),
        )
    if frames.test is not None:
        return Advice("done", "Done: the test accuracy is the number to report.", command(frames, "best"))
    if frames.confirmation is not None:
        return Advice("test", "Test it, once: the best trials have met fresh seeds.", command(frames, "test"))
    return _mend(frames) or _go_on(frames) or _confirm(frames)


def _mend(frames: StudyFrames) -> Advice | None:
    """Returns the finding that stands in the way, if one does."""
    noticed = findings(frames)
    has_winner = best_trial(frames.trials) is not None
    for finding in noticed:
        if finding.rule in {"edge", "more-epochs"} or not has_winner:
            return Advice("mend", f"Mend this first: {finding.sentence}", finding.command(frames.name))
    return None


def _go_on(frames: StudyFrames) -> Advice | None:
    """Returns that the search is young, if it is."""
    n, since = len(frames.trials), frames.unimproved
    if n >= YOUNG and since >= STALE * n:
        return None
    why = (
        f"{counted(n, 'trial')} are few"
        if n < YOUNG
        else f"the best improved beyond noise only {counted(since, 'trial')} ago"
    )
    return Advice("go on", f"Go on: {why}.", command(frames, "run", "--trials", str(2 * n)))


def _confirm(frames: StudyFrames) -> Advice:
    others = int(frames.near_best.sum()) - 1
    rivals = f" Which of the {others + 1} trials within noise is best, fresh seeds tell." if others else ""
    return Advice(
        "confirm",
        f"Stop here: nothing improved beyond noise in the last {frames.unimproved} of {len(frames.trials)} "
        f"trials.{rivals}",
        command(frames, "confirm"),
    )


def _trials(frames: StudyFrames, n_wanted: int) -> tuple[str, ...]:
    return () if n_wanted == frames.study.trials else ("--trials", str(n_wanted))
