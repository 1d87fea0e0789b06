"""The end of a command that found something out: the page is drawn again, and it is said what comes next.

draw_again(folder)     the page
next_step(frames)      the next sensible thing, as lines
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpsearch.cli.lines import say
from hpsearch.disk.folder import StudyFolder

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def draw_again(folder: StudyFolder) -> None:
    """Draws the page of a study again, and says where it lies and what comes next."""
    from hpsearch.report import write_report
    from hpsearch.results.frames import read_study

    frames = read_study(folder.path)
    say("drawing the report ...")
    page = write_report(frames)
    say(f"report  {page}", [page])
    if frames.answered is None:
        say(next_step(frames))


def next_step(frames: StudyFrames) -> str:
    """Returns the next sensible thing to do with a study, and below it the command that does it."""
    from hpsearch.results.advice import advice

    advised = advice(frames)
    command = [f"        {advised.command}"] if advised.command else []
    return "\n".join([f"next    {advised.sentence}", *command])
