"""`[question]` of a study file: a parameter in question, whose values take turns; all others are nuisance.

Each value is tuned by itself, as a study of its own would be: trial n has value n mod k of k, and sampler
and pruner see the trials of the same value alone. So each gets as many trials as any other.

Keys of the section:
    compare: the parameter in question; each of its values is tuned by itself, with equally many trials.
    values: which of its values are compared, at least two; by default all choices, or the `values` of a
        range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hpsearch.space import Parameter, Params, Value, as_written, to_arguments
from hpsearch.words import listed
from nets.names import nearest_first

KEYS = ("compare", "values")


@dataclass(frozen=True)
class Question:
    """Which parameter is in question.

    Attributes:
        compare: its name.
        values: those of its values that are compared, as trials record them, in the order of their turns.
    """

    compare: str
    values: tuple[Value, ...]

    def to_table(self) -> dict[str, Any]:
        """Returns the question as the section has it, its values written out."""
        values = as_written(to_arguments({str(i): value for i, value in enumerate(self.values)}))
        return {"compare": self.compare, "values": list(values.values())}

    def spaces(self, space: Sequence[Parameter]) -> list[tuple[Parameter, ...]]:
        """Returns what is searched beside each value: the other parameters, where they exist."""
        return [self._space_beside(value, space) for value in self.values]

    def common_space(self, space: Sequence[Parameter]) -> tuple[Parameter, ...]:
        """Returns what is searched beside every value."""
        first, *others = self.spaces(space)
        return tuple(parameter for parameter in first if all(parameter in other for other in others))

    def _space_beside(self, value: Value, space: Sequence[Parameter]) -> tuple[Parameter, ...]:
        found: dict[str, Parameter] = {}
        for parameter in space:  # parents before children
            when = {parent: allowed for parent, allowed in parameter.when.items() if parent != self.compare}
            exists = value in parameter.when.get(self.compare, (value,)) and when.keys() <= found.keys()
            if exists and parameter.name != self.compare:
                found[parameter.name] = replace(parameter, when=when)
        return tuple(found.values())

    def check_trials(self, key: str, n_trials: int) -> None:
        """Raises ValueError, `key: what was expected`, unless each value gets as many trials."""
        n_values = len(self.values)
        if n_trials % n_values:
            fewer = n_trials - n_trials % n_values
            near = [n for n in (fewer, fewer + n_values) if n]
            raise ValueError(
                f"{key}: {n_values} values of {self.compare} take turns; expected a multiple of {n_values}, "
                f"as {' or '.join(map(str, near))}, but got {n_trials}"
            )

    def check_enqueued(self, enqueued: Sequence[Params]) -> None:
        """Raises ValueError if a trial by hand has a value that is not compared."""
        for i, params in enumerate(enqueued, start=1):
            value = params.get(self.compare)
            if value is not None and value not in self.values:
                raise ValueError(
                    f"enqueue[{i}].{self.compare}: expected one of the compared values "
                    f"{list(self.values)}, but got {value!r}"
                )


def parse_question(section: Mapping[str, Any], space: Sequence[Parameter]) -> Question:
    """Checks `[question]`.

    Raises:
        ValueError: `key: what is wrong`.
    """
    for key in section:
        if key not in KEYS:
            raise ValueError(f"{key}: unknown key; expected one of {nearest_first(KEYS, key)}")
    by_name = {parameter.name: parameter for parameter in space}
    compare = section.get("compare")
    if not isinstance(compare, str) or compare not in by_name:
        known = nearest_first(by_name, str(compare))
        raise ValueError(f"compare: expected a parameter of [space], one of {known}, but got {compare!r}")
    parameter = by_name[compare]
    if parameter.when:
        raise ValueError(
            f"compare: expected a parameter that every trial has, but {compare} exists only beside some "
            f"values of {listed(parameter.when)}"
        )
    question = Question(compare, compared_values(parameter, section.get("values")))
    for value, beside in zip(question.values, question.spaces(space), strict=True):
        if not beside:
            raise ValueError(
                f"compare: there is nothing else in [space] to tune beside {compare} = {value!r}"
            )
    return question


def compared_values(parameter: Parameter, given: object) -> tuple[Value, ...]:
    """Returns the compared values as trials record them.

    Args:
        parameter: the one in question.
        given: as the section has them; None if it has none.

    Raises:
        ValueError: `key: what is wrong`.
    """
    if given is None:
        found = parameter.choices or parameter.points
        if not found:
            raise ValueError(
                f"compare: {parameter.name} is a range; expected values = [...], those to compare"
            )
    elif isinstance(given, list):
        try:
            found = tuple(parameter.recorded(value) for value in given)
        except ValueError as error:
            raise ValueError(f"values: {error}") from error
    else:
        found = ()
    if len(set(found)) < len(found) or len(found) < 2:
        what = list(found) if given is None else given
        raise ValueError(f"values: expected a list of at least two different values, but got {what!r}")
    return found
