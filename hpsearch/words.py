r"""Numbers, times and lists as people read them, and text that harms nothing, the same in terminal and page.

counted(2, "trial")     2 trials
times(1)                once
listed(["a", "b"])      a and b
either(["a", "b"])      a or b
counted_ranges([1, 2, 3, 7], "trial")   trials 1 to 3 and 7
duration(130)           2 min 10 s
clock(130)              2:10, for a time that runs
percent(0.985)          98.5 %
fraction(0.985)         0.985
told_apart(0.98, 0.99)  98.0 % and 99.0 %, two strings
points_between(0.99, 0.98)              1.0, in points of a percent
shows_luck(0.985, 0.981, percent)       True
percents(0.98, 0.99)    98.0 % to 99.0 %
fractions(0.98, 0.99)   0.980 to 0.990
share_in_words(13, 40, "trial")         about a third of the trials
as_python({"reg": 0.1})                 a dict as code, an entry a line
harmless("a\x1bb")      a\x1bb, which moves no cursor
one_line("a\nb")        a\nb, for a cell of a table
visible(" ")            " ", which could not be seen without its quotation marks
is_text("a\udce9")        False: a byte that was no UTF-8
as_text("a\udce9")        a\udce9, which shows it
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

# Controls but for line feed and tab, marks that turn the direction of the text around them, line separators
# that are no line feed, and what is left of bytes that were no text.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SHARES = {
    "a tenth": 1 / 10,
    "a fifth": 1 / 5,
    "a quarter": 1 / 4,
    "a third": 1 / 3,
    "two fifths": 2 / 5,
    "half": 1 / 2,
    "three fifths": 3 / 5,
    "two thirds": 2 / 3,
    "three quarters": 3 / 4,
    "four fifths": 4 / 5,
    "nine tenths": 9 / 10,
}
_ROUNDED = 1e-9  # nearer to 1 or to each other are sums that were rounded: no accuracies of images are
_ABOUT = 0.025  # a share this near is "about" it
BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:%|[mµ]?s|min|h|[kMG]B)(?!\w))")
"""A blank at which no line should break."""
_BREAKS = re.compile("[\t\n]")


def harmless(text: str) -> str:
    r"""Returns text whose harmful characters are shown as Python writes them: `\x1b` for an escape.

    >>> print(harmless("red" + chr(27) + "[31m"))
    red\x1b[31m
    """
    return _HARMFUL.sub(_escaped, text)


def one_line(text: str) -> str:
    """Returns harmless text whose line feeds and tabs are shown too."""
    return _BREAKS.sub(_escaped, harmless(text))


def visible(value: object) -> str:
    """Returns a value as text; one that nobody would see, such as an empty choice, in quotation marks.

    >>> visible("adam"), visible("")
    ('adam', '""')
    """
    text = str(value)
    return text if text.strip() else f'"{text}"'


def is_text(text: str) -> bool:
    """Says whether text can be written as UTF-8; other bytes of a command line arrive as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_text(text: str) -> str:
    """Returns text that can be written as UTF-8: lone surrogates are shown."""
    return text.encode(errors="backslashreplace").decode()


def _escaped(found: re.Match[str]) -> str:
    return ascii(found.group())[1:-1]


def counted(n: int, noun: str) -> str:
    """Returns a number with its noun.

    >>> counted(1, "trial"), counted(2, "trial")
    ('1 trial', '2 trials')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def times(n: int) -> str:
    """Returns how often something was done, at least once.

    >>> times(1), times(2)
    ('once', '2 times')
    """
    return "once" if n == 1 else f"{n} times"


def listed(things: Iterable[object]) -> str:
    """Returns at least one thing as a list in a sentence.

    >>> listed(["reg", "momentum", 3])
    'reg, momentum and 3'
    """
    *first, last = map(str, things)
    return f"{', '.join(first)} and {last}" if first else last


def either(things: Iterable[object]) -> str:
    """Returns at least one thing as alternatives in a sentence.

    >>> either(["reg", "momentum", 3])
    'reg, momentum or 3'
    """
    *first, last = map(str, things)
    return f"{', '.join(first)} or {last}" if first else last


def counted_ranges(numbers: Sequence[int], noun: str) -> str:
    """Returns at least one number with their noun, in ranges: trial 3, trials 1 to 3 and 7.

    Args:
        numbers: ascending.
        noun: what they number.
    """
    there = set(numbers)
    starts = [n for n in numbers if n - 1 not in there]
    ends = [n for n in numbers if n + 1 not in there]
    ranges = [f"{a}" if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True)]
    return f"{noun if len(numbers) == 1 else f'{noun}s'} {listed(ranges)}"


def duration(seconds: float) -> str:
    """Returns a time span in at most two units, as people would say it.

    >>> duration(0.25), duration(7000)
    ('0.2 s', '1 h 56 min')
    """
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def clock(seconds: float) -> str:
    """Returns a time that runs as a clock shows it.

    >>> clock(5), clock(130), clock(3730)
    ('0:05', '2:10', '1:02:10')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(accuracy: float, decimals: int = 3) -> str:
    """Returns a fraction of so many decimals as percent; of more if it would be shown as 100 and is not.

    It is what `fraction` shows, times 100: rounded for themselves, 385 of 400 images are 0.963 and 96.2 %.
    """
    digits = 0 if accuracy == 1 else _decimals(accuracy, decimals) - 2
    return f"{100 * float(fraction(accuracy, decimals)):.{digits}f}\u00a0%"  # no line break before the sign


def fraction(accuracy: float, decimals: int = 3) -> str:
    """Returns an accuracy with so many decimals; with more where it would be shown as 1 and is not.

    >>> fraction(0.985), fraction(0.9997), fraction(1.0)
    ('0.985', '0.9997', '1.000')
    """
    return f"{accuracy:.{_decimals(accuracy, decimals)}f}"


def told_apart(
    one: float, other: float, spelled: Callable[[float, int], str] = percent, decimals: int = 3
) -> tuple[str, str]:
    """Returns two accuracies with so many decimals, or as many as tell them apart if they differ.

    >>> told_apart(0.98512, 0.98531, fraction)
    ('0.9851', '0.9853')
    """
    while abs(one - other) > _ROUNDED and spelled(one, decimals) == spelled(other, decimals):
        decimals += 1
    return spelled(one, decimals), spelled(other, decimals)


def shows_luck(chosen: float, corrected: float, spelled: Callable[[float], str]) -> bool:
    """Says whether an accuracy is seen to be above the same one without the luck of being chosen.

    Chance can put one without it a little above one with it.
    """
    return chosen > corrected and spelled(chosen) != spelled(corrected)


def points_between(one: float, other: float, sign: str = "") -> str:
    """Returns by how many points one accuracy is above another, as `percent` shows both: `subtracted`.

    >>> points_between(0.1267, 0.1232), points_between(1.0, 0.995, "+")
    ('0.4', '+0.5')
    """
    return subtracted(percent(one), percent(other), sign)


def subtracted(one: str, other: str, sign: str = "") -> str:
    """Returns the difference of two percentages that are shown, as their reader finds it.

    The difference of what was rounded, rounded for itself, may be another one.

    Args:
        one, other: as `percent` or `told_apart` write them.
        sign: "+" if a positive difference has its sign too.
    """
    numbers = [text.removesuffix("\u00a0%") for text in (one, other)]
    digits = max(1, *(len(number.partition(".")[2]) for number in numbers))
    return f"{float(numbers[0]) - float(numbers[1]):{sign}z.{digits}f}"


def percents(low: float, high: float) -> str:
    """Returns an interval in percent, with as many digits as tell its ends apart where it is narrow."""
    return " to ".join(told_apart(low, high))


def fractions(low: float, high: float, decimals: int = 3) -> str:
    """Returns an interval with so many decimals, or as many as tell its ends apart.

    >>> fractions(0.98, 0.99), fractions(0.98512, 0.98531)
    ('0.980 to 0.990', '0.9851 to 0.9853')
    """
    return " to ".join(told_apart(low, high, fraction, decimals))


def _decimals(accuracy: float, fewest: int) -> int:
    """Returns how many decimals it takes to show that an accuracy is below 1."""
    decimals = fewest
    while 1 - 0.5 * 10**-decimals <= accuracy < 1 - _ROUNDED:
        decimals += 1
    return decimals


def share_in_words(n: int, total: int, noun: str) -> str:
    """Returns a share as people say it: no trial, about a third of the trials, 22 of 40 trials, all trials.

    Args:
        n: at most total.
        total: above 0.
        noun: what is shared out.
    """
    if n in (0, total):
        return f"all {noun}s" if n else f"no {noun}"
    name, share = min(_SHARES.items(), key=lambda one: abs(n / total - one[1]))
    distance = abs(n / total - share)
    if distance > _ABOUT:
        return f"{n} of {total} {noun}s"
    return f"{name if distance < 1e-9 else f'about {name}'} of the {noun}s"


def as_python(values: Mapping[str, object]) -> str:
    """Returns a dict as Python's code, an entry a line, as long as that may be.

    >>> print(as_python({"reg": 0.1, "update_rule": "adam"}))
    {
        'reg': 0.1,
        'update_rule': 'adam',
    }
    """
    lines = [f"    {name!r}: {value!r}," for name, value in values.items()]
    return "\n".join(["{", *lines, "}"])
