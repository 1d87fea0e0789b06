"""Which values of parameters set some trials of a search apart from the others: the plainest true condition.

set_apart(trials, parameters, chosen)    a Condition; None if none stands out beyond chance
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.space import NONE, Parameter
from hpsearch.words import listed, one_line, visible

CHANCE = 0.05
"""How often trials chosen at random would seem to be set apart by some condition."""
PURE = 0.8
"""So large a share of the trials that meet a condition must be chosen ones."""
MAJORITY = 2 / 3
"""So large a share of the chosen trials must meet it."""
SIMPLER = 0.1
"""A second part must bring in this share of the chosen ones to be worth its words."""
MAX_BORDERS = 100
"""So many borders of a range are tried at most."""


@dataclass(frozen=True)
class Part:
    """One value, or one side of a range.

    Attributes:
        name: the parameter.
        side: "below", "from" or "is".
        limit: the border of a range, or the choice.
    """

    name: str
    side: str
    limit: Any

    def holds(self, trials: pd.DataFrame) -> NDArray[np.bool_]:
        """Returns of which trials it is true; of none that lack the parameter."""
        values = trials[f"params.{self.name}"]
        if self.side == "is":
            return np.asarray(values == self.limit)
        numbers = values.astype(np.float64)
        return np.asarray(numbers < self.limit if self.side == "below" else numbers >= self.limit)

    def in_words(self) -> str:
        """Returns it for people: learning_rate below 0.01, no normalization, activation sigmoid."""
        if self.side == "is":
            return (
                f"no {self.name}"
                if self.limit in ("none", NONE)
                else f"{self.name} {one_line(visible(self.limit))}"
            )
        return f"{self.name} {'below' if self.side == 'below' else 'of at least'} {self.limit:g}"


@dataclass(frozen=True)
class Condition:
    """What the chosen trials have in common and others have not.

    Attributes:
        parts: one or two, of which all are true.
        n_inside: how many trials meet it.
        n_chosen: how many of these are chosen.
    """

    parts: tuple[Part, ...]
    n_inside: int
    n_chosen: int

    def in_words(self) -> str:
        """Returns it for people."""
        return listed([part.in_words() for part in self.parts])

    def holds(self, trials: pd.DataFrame) -> NDArray[np.bool_]:
        """Returns of which trials it is true."""
        first, *others = (part.holds(trials) for part in self.parts)
        return first & others[0] if others else first


def set_apart(
    trials: pd.DataFrame, parameters: Sequence[Parameter], chosen: NDArray[np.bool_]
) -> Condition | None:
    """Returns the condition that holds for the most chosen trials and few others, the plainest of equals.

    Conditions are a value of a choice, a side of a range, or two of these together. One is given only if
    trials chosen at random would seldom meet any of them so well, by Fisher's exact test, shared out over all
    conditions that were tried; or if it separates them wholly where only one parameter varies.

    Args:
        trials: columns params.NAME; all that could have been chosen.
        parameters: the searched ones.
        chosen: which trials, (len(trials),).
    """
    parts = [part for parameter in parameters for part in _parts(trials, parameter, chosen)]
    if not parts or not chosen.any():
        return None
    n_parts = sum(_n_possible(trials, parameter) for parameter in parameters)
    holds = np.array([part.holds(trials) for part in parts]).astype(np.float64)
    inside, hit = holds @ holds.T, (holds * chosen) @ holds.T  # of a part with itself: of the part alone
    n_tried = n_parts * (n_parts + 1) // 2
    size = np.where(np.eye(len(parts), dtype=bool), 0.0, SIMPLER)
    worth = np.where(hit >= PURE * np.maximum(inside, 1), hit / chosen.sum() - size, -math.inf)
    worth += 1e-3 * hit / np.maximum(inside, 1)
    first, second = np.unravel_index(int(np.argmax(worth)), worth.shape)
    found = Condition(
        tuple(dict.fromkeys((parts[first], parts[second]))),
        int(inside[first, second]),
        int(hit[first, second]),
    )
    if worth[first, second] == -math.inf or found.n_chosen < MAJORITY * chosen.sum():
        return None
    alone = len({part.name for part in parts}) == 1 and found.n_inside == found.n_chosen == chosen.sum()
    return found if alone or _chance(len(trials), int(chosen.sum()), found) * n_tried <= CHANCE else None


def _n_possible(trials: pd.DataFrame, parameter: Parameter) -> int:
    """Returns how many parts of conditions a parameter has."""
    n_values = int(trials[f"params.{parameter.name}"].nunique())
    return n_values if parameter.kind == "choice" else 2 * max(n_values - 1, 0)


def _parts(trials: pd.DataFrame, parameter: Parameter, chosen: NDArray[np.bool_]) -> Iterator[Part]:
    """Yields the parts that could be the best: of a range the borders between chosen trials and others."""
    values = trials[f"params.{parameter.name}"].dropna()
    if parameter.kind == "choice":
        present = [choice for choice in parameter.choices if (values == choice).any()]
        yield from (Part(parameter.name, "is", choice) for choice in present if len(present) > 1)
        return
    by_value = pd.Series(chosen, trials.index)[values.index].groupby(values.astype(np.float64)).mean()
    numbers, shares = by_value.index.to_numpy(), by_value.to_numpy()
    places = np.flatnonzero((shares[:-1] != shares[1:]) | ((shares[:-1] > 0) & (shares[:-1] < 1)))
    tried = np.unique(np.linspace(0, len(places) - 1, MAX_BORDERS).round().astype(int))[: len(places)]
    for place in places[tried]:
        border = _round_between(float(numbers[place]), float(numbers[place + 1]), log=parameter.log)
        yield Part(parameter.name, "below", border)
        yield Part(parameter.name, "from", border)


def _round_between(low: float, high: float, *, log: bool) -> float:
    """Returns a number of as few digits as possible, above low and at most high."""
    middle = math.sqrt(low * high) if log else (low + high) / 2
    for digits in range(1, 6):
        number = float(f"{middle:.{digits}g}")
        if low < number <= high:
            return number
    return high


def _chance(n: int, n_chosen: int, found: Condition) -> float:
    """Returns how probable it is that so many of trials chosen at random meet a condition."""
    others = n - n_chosen
    ways = [
        math.comb(n_chosen, k) * math.comb(others, found.n_inside - k)
        for k in range(found.n_chosen, min(n_chosen, found.n_inside) + 1)
    ]
    return sum(ways) / math.comb(n, found.n_inside)
