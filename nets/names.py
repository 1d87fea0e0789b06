"""Names in error messages: what there is, those most like the wrong one first."""

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest_first(names: Iterable[str], like: str, most: int | None = None) -> str:
    """Returns the names as a list for people, those most like `like` first, equally near ones by name.

    Of more than `most` names the others are counted.

    >>> nearest_first(["adam", "sgd", "rmsprop"], "rmsprob")
    'rmsprop, sgd, adam'
    >>> nearest_first(["adam", "sgd", "rmsprop"], "rmsprob", most=1)
    'rmsprop and 2 others'
    """

    def distance(name: str) -> tuple[float, str]:
        return -SequenceMatcher(None, like.lower(), name.lower()).ratio(), name

    ordered = sorted(names, key=distance)
    left_out = len(ordered) - len(ordered[:most])
    return ", ".join(ordered[:most]) + (f" and {left_out} others" if left_out else "")
