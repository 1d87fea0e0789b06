"""Writes the report of a study into its folder: page, tables, figures.

write_report(frames)    folder/index.html, trials.csv, curves.csv and figures/

The same study gives the same bytes, whoever draws which figure.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from hpsearch.disk import atomic
from hpsearch.disk.folder import StudyFolder
from hpsearch.report.exhibit import Exhibit, Section
from hpsearch.report.figures import choices, net, progress
from hpsearch.report.gallery import gallery
from hpsearch.report.page import Shown, render
from hpsearch.report.painters import Painters
from hpsearch.report.style import house_style
from hpsearch.report.svg import inline, picture, ruler
from hpsearch.results.tables import with_whole_numbers

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

PNG_DPI = 144
_SECONDS_OF_A_FILE = 60.0  # none takes as long to be written; another report may be drawn at the same time

WITH_SEABORN = (choices.choices_compared, net.confusion_matrix, progress.shares_above)
"""Painters begin with these, so that seaborn, a second to import, is not imported here meanwhile."""


class Drawn(NamedTuple):
    """A figure that has its files.

    Attributes:
        inlined: the same as an element of the page.
        ruler: where its units lie, where the page must know that.
    """

    inlined: str
    ruler: dict[str, list[float]] | None


def write_report(frames: "StudyFrames", painters: Painters, *, live: bool = False) -> Path:
    """Writes the report into the study's folder and returns the page's path."""
    folder = StudyFolder(frames.folder)
    if live and not folder.page.exists():  # somebody waits for it, and figures take longest
        _write_page(frames, Shown((), {}, {}, frames.importances), live=live)
    shown = draw(gallery(frames, frames.importances), folder.figures, frames.importances, painters)
    _write_csv(folder.trials_csv, with_whole_numbers(frames.trials, frames.parameters))
    _write_csv(folder.curves_csv, frames.curves)
    _write_page(frames, shown, live=live)
    return folder.page


def _write_page(frames: "StudyFrames", shown: Shown, *, live: bool) -> None:
    atomic.write_text(StudyFolder(frames.folder).page, render(frames, shown, live=live))


def draw(sections: Sequence[Section], folder: Path, mattered: pd.DataFrame, painters: Painters) -> Shown:
    """Writes each figure as SVG and PNG into a folder, and returns all that the page shows."""
    atomic.make_folder(folder)
    atomic.remove_leftovers(folder, older_than=_SECONDS_OF_A_FILE)
    exhibits = [exhibit for section in sections for exhibit in section.exhibits]
    exhibits.sort(key=lambda exhibit: getattr(exhibit.draw, "func", None) not in WITH_SEABORN)
    with house_style():
        found = painters.share(write_figure, [(exhibit, folder) for exhibit in exhibits])
    drawn = {exhibit.name: one for exhibit, one in zip(exhibits, found, strict=True)}
    inlined = {name: one.inlined for name, one in drawn.items()}
    rulers = {name: one.ruler for name, one in drawn.items() if one.ruler is not None}
    return Shown(sections, inlined, rulers, mattered)


def write_figure(exhibit: Exhibit, folder: Path) -> Drawn:
    """Writes one figure's files, unless they are there, in the house's style."""
    figure = exhibit.draw()
    svg = picture(figure)
    drawn, painted = folder / f"{exhibit.name}.svg", folder / f"{exhibit.name}.png"
    if not (
        painted.exists() and drawn.exists() and drawn.read_bytes() == svg
    ):  # a PNG takes as long as all else
        atomic.write_bytes(painted, _png(figure))
        atomic.write_bytes(drawn, svg)
    return Drawn(inline(svg, exhibit.name, exhibit.alt), ruler(figure) if exhibit.ruled else None)


def _png(figure: Figure) -> bytes:
    """Returns the figure as PNG on white, since the viewers of files may be dark."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, facecolor="white", pil_kwargs={"compress_level": 3})
    return buffer.getvalue()


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    atomic.write_text(path, table.to_csv(index=False))
