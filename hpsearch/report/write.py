"""Writes the report of a study into its folder: page, tables, figures.

write_report(frames)    folder/index.html, trials.csv, curves.csv and figures/
"""

from pathlib import Path
from typing import TYPE_CHECKING

from hpsearch import atomic
from hpsearch.report.gallery import Section, gallery
from hpsearch.report.page import render
from hpsearch.report.style import house_style
from hpsearch.report.svg import inline, picture

if TYPE_CHECKING:
    from hpsearch.frames import StudyFrames

PNG_DPI = 160


def write_report(frames: "StudyFrames") -> Path:
    """Writes the report into the study's folder and returns the page's path."""
    with house_style():
        sections = gallery(frames)
        inlined = _write_figures(sections, frames.folder / "figures")
    frames.trials.to_csv(frames.folder / "trials.csv", index=False)
    frames.curves.to_csv(frames.folder / "curves.csv", index=False)
    page = frames.folder / "index.html"
    atomic.write_text(page, render(frames, sections, inlined))
    return page


def _write_figures(sections: list[Section], folder: Path) -> dict[str, str]:
    """Writes each figure as SVG and PNG and returns it as an element of the page, by its name."""
    atomic.make_folder(folder)
    inlined = {}
    for section in sections:
        for exhibit in section.exhibits:
            svg = picture(exhibit.figure)
            atomic.write_bytes(folder / f"{exhibit.name}.svg", svg)
            exhibit.figure.savefig(folder / f"{exhibit.name}.png", dpi=PNG_DPI, metadata={"Software": None})
            inlined[exhibit.name] = inline(svg, exhibit.name, exhibit.alt)
    return inlined
