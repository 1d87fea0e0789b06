"""Writes the report of a study into its folder: page, tables, figures.

write_report(frames)    folder/index.html, trials.csv, curves.csv and figures/
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.report.exhibit import Exhibit, Section
from hpsearch.report.gallery import gallery
from hpsearch.report.page import Shown, render
from hpsearch.report.style import house_style
from hpsearch.report.svg import inline, picture, ruler

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

PNG_DPI = 144


def write_report(frames: "StudyFrames", *, live: bool = False) -> Path:
    """Writes the report into the study's folder and returns the page's path."""
    folder = StudyFolder(frames.folder)
    with house_style():
        shown = draw(gallery(frames, frames.importances), folder.figures, frames.importances)
    _write_csv(folder.trials_csv, frames.trials)
    _write_csv(folder.curves_csv, frames.curves)
    atomic.write_text(folder.page, render(frames, shown, live=live))
    return folder.page


def draw(sections: Sequence[Section], folder: Path, mattered: pd.DataFrame) -> Shown:
    """Writes each figure as SVG and PNG into a folder, and returns all that the page shows."""
    atomic.make_folder(folder)
    exhibits = [exhibit for section in sections for exhibit in section.exhibits]
    inlined = {exhibit.name: _write_figure(exhibit, folder) for exhibit in exhibits}
    rulers = {exhibit.name: ruler(exhibit.figure) for exhibit in exhibits if exhibit.ruled}
    return Shown(sections, inlined, rulers, mattered)


def _write_figure(exhibit: Exhibit, folder: Path) -> str:
    """Writes one figure's files, unless they are there, and returns it as an element of the page."""
    svg = picture(exhibit.figure)
    drawn, painted = folder / f"{exhibit.name}.svg", folder / f"{exhibit.name}.png"
    if not (
        painted.exists() and drawn.exists() and drawn.read_bytes() == svg
    ):  # a PNG takes as long as all else
        atomic.write_bytes(painted, _png(exhibit.figure))
        atomic.write_bytes(drawn, svg)
    return inline(svg, exhibit.name, exhibit.alt)


def _png(figure: Figure) -> bytes:
    """Returns the figure as PNG on white, since the viewers of files may be dark."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, facecolor="white", pil_kwargs={"compress_level": 3})
    return buffer.getvalue()


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    atomic.write_text(path, table.to_csv(index=False))
