"""Marks of trials in an SVG: joined into a few paths, which say whose they are.

    trials_gid(numbers)          the gid of an artist that draws one mark a trial
    note_gid(text)               the gid of an artist that shows something else, which a tooltip says
    join_marks(group, shapes)    rewrites what Matplotlib made of marks of trials

A joined path has one "M" a trial and the attribute data-trials with their numbers in that order. A
thousand trials take a tenth of the bytes, and the script finds the place of each.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

from hpsearch.report.style import clean

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
GID = "trials:"
NOTE = "note:"
N_LAYERS = 12
"""See-through lines are joined into so many paths: within one, crossings would not look denser."""


def trials_gid(numbers: Iterable[int]) -> str:
    """Returns the gid of an artist whose marks belong to these trials, in their order."""
    return GID + " ".join(str(int(number)) for number in numbers)


def note_gid(text: str) -> str:
    """Returns the gid of an artist of which a tooltip says this."""
    return NOTE + clean(text, 200)


def rounded(numbers: str) -> str:
    """Returns text with its decimal fractions rounded to a tenth of a point."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{round(float(found[0]), 1):g}", numbers)


def join_marks(group: ET.Element, shapes: Mapping[str, str]) -> None:
    """Rewrites one element a trial into one path a look, in place.

    Args:
        group: the element of an artist with a gid of trials_gid.
        shapes: the outline of each marker that the SVG defines, by its id.
    """
    numbers = group.attrib.pop("id")[len(GID) :].split()
    marks = list(group.iter(f"{SVG}use"))
    kept = [child for child in group if child.tag == f"{SVG}defs"]  # others may use these shapes too
    looks: dict[tuple[str, int], list[tuple[str, str]]] = {}
    if marks:
        drawn = [_marker(mark, shapes) for mark in marks]
    else:
        drawn = [(path.get("style", ""), _line(path)) for path in group.iter(f"{SVG}path")]
    for place, (number, (style, outline)) in enumerate(zip(numbers, drawn, strict=True)):
        layer = place % N_LAYERS if "stroke-opacity" in style and not marks else 0
        looks.setdefault((style, layer), []).append((number, outline))
    group[:] = kept + [_joined(style, held) for (style, _), held in looks.items()]


def _joined(style: str, held: list[tuple[str, str]]) -> ET.Element:
    numbers, outlines = zip(*held, strict=True)
    return ET.Element(
        f"{SVG}path", {"data-trials": " ".join(numbers), "d": "".join(outlines), "style": style}
    )


def _line(path: ET.Element) -> str:
    """Returns the outline of a line or bar in as few characters as half a point allows."""
    outline = rounded(path.get("d", "")).replace("\n", " ")
    return re.sub(r" *([MLz]) *", r"\1", outline)


def _marker(mark: ET.Element, shapes: Mapping[str, str]) -> tuple[str, str]:
    """Returns the style and the outline of a marker; a dot is the round end of an empty line."""
    shape, style = shapes[mark.get(HREF, "")[1:]], mark.get("style", "")
    place = f"M{rounded(mark.get('x', '0'))} {rounded(mark.get('y', '0'))}"
    dot = re.match(r"M 0 ([\d.]+)\s+C", shape)
    if dot is None:
        return style, place + _relative(shape)
    colour = dict(part.split(": ") for part in style.split("; ")).get("fill", "none")
    opacity = re.search(r"fill-opacity: ([\d.]+)", style)
    style = f"fill: none; stroke: {colour}; stroke-width: {2 * float(dot[1]):.2f}; stroke-linecap: round"
    return style + (f"; stroke-opacity: {opacity[1]}" if opacity else ""), f"{place}h0"


def _relative(shape: str) -> str:
    """Returns a marker of straight lines as moves relative to its centre."""
    at, moves = (0.0, 0.0), []
    for command, x, y in re.findall(r"([ML]) (-?[\d.]+) (-?[\d.]+)", shape):
        to = round(float(x), 1), round(float(y), 1)
        moves.append(f"{command.lower()}{to[0] - at[0]:.3g} {to[1] - at[1]:.3g}")
        at = to
    return "".join(moves) + ("z" if "z" in shape else "")
