"""Names in error messages: what there is, those most like the wrong one first."""

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest_first(names: Iterable[str], like: str) -> str:
    """Returns the names as a list for people, those most like `like` first, equally near ones by name.

    >>> nearest_first(["adam", "sgd", "rmsprop"], "rmsprob")
    'rmsprop, sgd, adam'
    """

    def distance(name: str) -> tuple[float, str]:
        return -SequenceMatcher(None, like.lower(), name.lower()).ratio(), name

    return ", ".join(sorted(names, key=distance))
