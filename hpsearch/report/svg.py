"""Figures as SVG: a plain picture for a file, and a themed, compact one for the page.

picture(figure)               the bytes of a self-contained SVG file
ruler(figure)                 where the units of its axes lie in it
inline(picture, name, alt)    the same as an element of the page, in the page's colours
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from matplotlib.figure import Figure

from hpsearch.report.style import THEME
from hpsearch.report.trialmarks import GID, HREF, NOTE, SVG, join_marks, rounded
from hpsearch.words import harmless

_NAMES = {light: name for name, (light, _) in THEME.items()}


def picture(figure: Figure) -> bytes:
    """Returns the figure, laid out for good, as an SVG file; the same figure gives the same bytes."""
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine(None)  # saving would lay it out again, and draw it twice
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", facecolor="none", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def ruler(figure: Figure) -> dict[str, list[float]]:
    """Returns where the first axes of a figure lie in its SVG, once picture laid it out.

    Returns:
        For x and y: the place of the lower and the upper end in points, and the units there. Units are those
        of the axis' scale, so that places between are in proportion.
    """
    axes = figure.axes[0]
    height = figure.get_figheight() * 72
    box = axes.get_window_extent()
    left, bottom, right, top = (72 / figure.dpi * edge for edge in box.extents)
    x, y = (
        axes.xaxis.get_transform().transform(axes.get_xlim()),
        axes.yaxis.get_transform().transform(axes.get_ylim()),
    )
    ends = {"x": [left, right, *x], "y": [height - bottom, height - top, *y]}
    return {name: [round(float(end), 4) for end in found] for name, found in ends.items()}


def inline(svg: bytes, name: str, alt: str) -> str:
    """Returns a Matplotlib SVG as an element for the page.

    Args:
        svg: what picture returned.
        name: unique in the page; keeps the ids of two figures apart.
        alt: what the figure shows, for those who do not see it.
    """
    root = ET.fromstring(svg)
    for ignored in (root.find(f"{SVG}metadata"), root.find(f"{SVG}defs")):
        if ignored is not None:
            root.remove(ignored)
    shapes = {path.get("id", ""): path.get("d", "") for path in root.iter(f"{SVG}path")}
    for group in [g for g in root.iter(f"{SVG}g") if g.get("id", "").startswith(GID)]:
        join_marks(group, shapes)
    for group in [g for g in root.iter(f"{SVG}g") if g.get("id", "").startswith(NOTE)]:
        group.set("data-note", group.attrib.pop("id")[len(NOTE) :])
    used = {match for element in root.iter() for match in _references(element)}
    for element in root.iter():
        _simplify(element, name, used)
    _drop_empty(root)
    frame = ET.Element(
        "svg", {"viewBox": root.get("viewBox", ""), "role": "img", "aria-label": harmless(alt)}
    )
    frame.extend(root)
    return ET.tostring(frame, encoding="unicode")


def _references(element: ET.Element) -> Iterable[str]:
    """Yields the ids that an element refers to."""
    for value in (element.get("clip-path"), element.get(HREF)):
        if value is not None:
            yield value.removeprefix("url(").removesuffix(")").removeprefix("#")


def _simplify(element: ET.Element, name: str, used: set[str]) -> None:
    """Drops what the page does not need from an element, in place; colours become variables."""
    element.tag = element.tag.removeprefix(SVG)
    identifier = element.attrib.pop("id", None)
    if identifier in used:
        element.set("id", f"{name}-{identifier}")
    if HREF in element.attrib:
        reference = element.attrib.pop(HREF)
        element.set("href", reference if reference.startswith("data:") else f"#{name}-{reference[1:]}")
    if "clip-path" in element.attrib:
        element.set("clip-path", element.attrib["clip-path"].replace("#", f"#{name}-"))
    if "style" in element.attrib:
        element.set("style", _themed(element.attrib["style"]))
    if element.tag == "path" and "data-trials" not in element.attrib:
        element.set("d", " ".join(rounded(element.get("d", "")).split()))
    if element.tag == "use":
        element.set("x", rounded(element.get("x", "0")))
        element.set("y", rounded(element.get("y", "0")))
    if element.get("transform", "").startswith("rotate(-0 "):
        element.attrib.pop("transform")
    element.text = element.text if element.tag == "text" else None
    element.tail = None


def _themed(style: str) -> str:
    """Returns a style in the page's font and colours."""
    style = re.sub(r"font-family: [^;]+;? ?", "", style)
    return re.sub(r"#[0-9a-f]{6}", lambda found: _variable(found[0]), style)


def _variable(colour: str) -> str:
    return f"var(--{_NAMES[colour]})" if colour in _NAMES else colour


def _drop_empty(element: ET.Element) -> None:
    """Removes groups and definitions that hold nothing, from the inside out."""
    for child in list(element):
        _drop_empty(child)
        if child.tag in ("g", "defs") and len(child) == 0:
            element.remove(child)
