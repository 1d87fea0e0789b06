"""The accuracies of the first screen as strips on one scale, drawn by HTML alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hpsearch.results.accuracies import Accuracy
from hpsearch.words import percent


@dataclass(frozen=True)
class Strip:
    """An accuracy in words, with its places on the common scale in percent of the strip's width.

    Attributes:
        accuracy: what is shown.
        shown: the accuracy in words; "not yet" if it is not known.
        between: its interval in words, "" without one.
        dot, left, width: places of the accuracy and of its interval; None if they are not known.
        hollow: place of the accuracy on the images that chose the winner; None where there is none.
    """

    accuracy: Accuracy
    shown: str
    between: str
    dot: float | None
    left: float | None
    width: float | None
    hollow: float | None


def accuracy_strips(accuracies: Sequence[Accuracy]) -> list[Strip]:
    """Returns the accuracies with their places on one scale, which holds all of them."""
    place = _scale([end for one in accuracies for end in (one.value, one.raw, *(one.interval or ()))])
    return [_strip(one, place) for one in accuracies]


def _scale(ends: Sequence[float | None]) -> Callable[[float | None], float | None]:
    """Returns the function from an accuracy to its place, with a margin on both sides."""
    known = [end for end in ends if end is not None] or [0.0, 1.0]
    margin = max(0.06 * (max(known) - min(known)), 0.002)
    low, high = min(known) - margin, max(known) + margin

    def place(value: float | None) -> float | None:
        return None if value is None else round(100 * (value - low) / (high - low), 1)

    return place


def _strip(one: Accuracy, place: Callable[[float | None], float | None]) -> Strip:
    left, right = (place(end) for end in one.interval or (None, None))
    return Strip(
        accuracy=one,
        shown="not yet" if one.value is None else percent(one.value),
        between="" if one.interval is None else " to ".join(map(percent, one.interval)),
        dot=place(one.value),
        left=left,
        width=None if left is None or right is None else round(right - left, 1),
        hollow=place(one.raw),
    )
