"""First trials by hand: `[[enqueue]]` of a study file, and the best of another study as such.

    [[enqueue]]
    learning_rate = 1e-3
    hidden_dims = [100, 50]

Keys of an entry:
    NAME: of any parameter in [space], with its value in this trial; the sampler draws what an entry does not
        give. `hidden_dims` takes a list of widths. Enqueued trials count towards the study's trials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hpsearch.records import TrialRecord, ranking
from hpsearch.space import Parameter, Params, Value, as_written, to_arguments
from nets.names import nearest_first


def parse_entries(entries: object, space: Sequence[Parameter]) -> tuple[Params, ...]:
    """Returns the values that each `[[enqueue]]` entry gives, by parameter name.

    Raises:
        ValueError: `enqueue[1].NAME: what is wrong`.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise ValueError(f"enqueue: expected [[enqueue]] tables, but got {entries!r}")
    found = []
    for i, entry in enumerate(entries, start=1):
        try:
            found.append(_parse_entry(entry, {parameter.name: parameter for parameter in space}))
        except ValueError as error:
            raise ValueError(f"enqueue[{i}].{error}") from error
    return tuple(found)


def best_of(records: Iterable[TrialRecord], top: int, space: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Returns `[[enqueue]]` entries of the best complete trials of another study that fit this space."""
    by_name = {parameter.name: parameter for parameter in space}
    names = {name.partition(".")[0] for name in by_name}
    entries: list[dict[str, Any]] = []
    for record in ranking(records)[:top]:
        given = as_written(to_arguments(record.params))
        entry = {name: value for name, value in given.items() if name in names}
        if entry and entry not in entries and _fits(entry, by_name):
            entries.append(entry)
    return entries


def _fits(entry: Mapping[str, Any], space: Mapping[str, Parameter]) -> bool:
    try:
        _parse_entry(entry, space)
    except ValueError:
        return False
    return True


def _parse_entry(entry: Mapping[str, Any], space: Mapping[str, Parameter]) -> Params:
    given = dict(entry)
    if "hidden_dims" in given and "hidden_dims.width1" in space:
        for name in given:
            if name.startswith("hidden_dims."):
                raise ValueError(f"{name}: expected it or hidden_dims, but got both")
        given = {**_widths(given.pop("hidden_dims"), space), **given}
    for name in given:
        if name not in space:
            known = nearest_first({known.partition(".")[0] for known in space}, name)
            raise ValueError(f"{name}: not in [space]; expected one of {known}")
    params = {name: space[name].recorded(given[name]) for name in space if name in given}
    for name in params:
        if not space[name].is_active(params):
            raise ValueError(f"{name}: exists only when {_words(space[name].when)}, which is not given")
    return params


def _widths(value: object, space: Mapping[str, Parameter]) -> dict[str, Any]:
    """Returns a list of widths as depth and widths."""
    if not isinstance(value, list) or not value:
        raise ValueError(f"hidden_dims: expected a list of widths, but got {value!r}")
    widths = {f"hidden_dims.width{i}": width for i, width in enumerate(value, start=1)}
    if "hidden_dims.depth" in space:
        return {"hidden_dims.depth": len(value), **widths}
    n_layers = sum(name.startswith("hidden_dims.width") for name in space)
    if len(value) != n_layers:
        raise ValueError(f"hidden_dims: expected {n_layers} widths, but got {value!r}")
    return widths


def _words(when: Mapping[str, tuple[Value, ...]]) -> str:
    return " and ".join(f"{name} is {' or '.join(map(str, values))}" for name, values in when.items())
