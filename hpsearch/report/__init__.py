"""The report of a study, made from its frames.

write_report(frames)    the page, the tables and the figures in the study's folder
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpsearch.frames import StudyFrames


def write_report(frames: "StudyFrames") -> Path:
    """Writes the report into the study's folder and returns the page's path."""
    from hpsearch.report.write import write_report as write  # pandas, seaborn: seconds to import

    return write(frames)
