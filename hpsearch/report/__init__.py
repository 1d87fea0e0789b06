"""The report of a study, made from its frames.

    write_report(frames)            the page, the tables and the figures in the study's folder
    is_current(folder)              whether a study's page shows all that is there
    write_present(frames)           its figures one to a screen
    Painters, painters_beside       processes that draw figures beside this one
    write_compare(studies, path)    several studies side by side, as one page
    markdown_summary(frames)        the report in short, as Markdown

Pandas, Matplotlib and seaborn take seconds to import: they are imported when one of these is called.

May import: vocabulary, strategies, disk, study, worker, search, results.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hpsearch.report.age import is_current
from hpsearch.report.painters import Painters, painters_beside

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

__all__ = [
    "Painters",
    "is_current",
    "markdown_summary",
    "painters_beside",
    "write_compare",
    "write_present",
    "write_report",
]


def write_report(frames: "StudyFrames", *, painters: Painters | None = None, live: bool = False) -> Path:
    """Writes the report into the study's folder and returns the page's path.

    Args:
        painters: who helps to draw it, without them this process draws alone.
        live: whether the page shall renew itself in the browser, for a search that goes on.

    Raises:
        FolderError: a file cannot be written.
    """
    from hpsearch.report.write import write_report as write

    return write(frames, painters or Painters(0), live=live)


def write_present(frames: "StudyFrames") -> Path:
    """Writes the figures of a study, one to a screen, into its folder and returns the file's path.

    Raises:
        FolderError: a file cannot be written.
    """
    from hpsearch.report.present import write_present as write

    return write(frames)


def write_compare(studies: Sequence["StudyFrames"], path: Path) -> Path:
    """Writes the comparison of at least two studies into one HTML file and returns its path.

    Raises:
        FolderError: it cannot be written.
    """
    from hpsearch.report.compare import write_compare as write

    return write(studies, path)


def markdown_summary(frames: "StudyFrames") -> str:
    """Returns the verdict, the best trials as a table and what to do next, as Markdown."""
    from hpsearch.report.markdown import markdown_summary as summarize

    return summarize(frames)
