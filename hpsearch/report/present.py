"""The figures of a study one to a screen, for a projector: one HTML file beside the report.

write_present(frames)    folder/present.html
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.report.firstscreen import first_screen
from hpsearch.report.gallery import gallery
from hpsearch.report.page import Shown, template, theme_variables
from hpsearch.report.painters import Painters
from hpsearch.report.verdict import beyond_first
from hpsearch.report.write import draw

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def write_present(frames: "StudyFrames") -> Path:
    """Writes the presentation into the study's folder and returns its path."""
    folder = StudyFolder(frames.folder)
    sections = gallery(frames, frames.importances)
    shown = draw(sections, folder.figures, frames.importances, Painters(0))
    atomic.write_text(folder.presentation, render_present(frames, shown))
    return folder.presentation


def render_present(frames: "StudyFrames", shown: Shown) -> str:
    """Returns the text of the presentation: the answer, what was found, then a figure a screen."""
    return template("present.html").render(
        title=frames.title,
        first=replace(first_screen(frames), toml=""),  # parameters are for the page, where they are copied
        verdict=beyond_first(frames, shown.importances),
        sections=shown.sections,
        inlined=shown.inlined,
        **theme_variables(),
    )
