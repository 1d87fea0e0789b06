"""The figures of a study one to a screen, for a projector: one HTML file beside the report.

write_present(frames)    folder/present.html
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.report.exhibit import Exhibit
from hpsearch.report.firstscreen import first_screen
from hpsearch.report.gallery import gallery
from hpsearch.report.page import Shown, rendered, theme_variables
from hpsearch.report.style import house_style
from hpsearch.report.svg import inline, picture
from hpsearch.report.verdict import beyond_first

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

PROJECTED = (9.2, 3.9)
"""Width and height in inches of what fills a screen: the fewer they are, the larger is the text there."""


def write_present(frames: "StudyFrames") -> Path:
    """Writes the presentation into the study's folder and returns its path."""
    folder = StudyFolder(frames.folder)
    sections = gallery(frames, frames.importances)
    with house_style():
        inlined = {one.name: projected(one) for section in sections for one in section.exhibits}
    atomic.write_text(
        folder.presentation, render_present(frames, Shown(sections, inlined, {}, frames.importances))
    )
    return folder.presentation


def projected(exhibit: Exhibit) -> str:
    """Returns an exhibit's figure as an element of a screen, in the house's style, with large text."""
    figure = exhibit.draw(size=PROJECTED) if exhibit.wide else exhibit.draw()
    width, height = figure.get_size_inches()
    if figure.get_layout_engine() is not None and height > PROJECTED[1]:
        figure.set_size_inches(width, PROJECTED[1])
    return inline(picture(figure), exhibit.name, exhibit.alt)


def render_present(frames: "StudyFrames", shown: Shown) -> str:
    """Returns the text of the presentation: the answer, what was found, then a figure a screen."""
    return rendered(
        "present.html",
        title=frames.title,
        first=replace(first_screen(frames), toml=""),  # parameters are for the page, where they are copied
        verdict=beyond_first(frames, shown.importances),
        sections=shown.sections,
        inlined=shown.inlined,
        **theme_variables(),
    )
