"""A trial's outcome as JSON values, which outcome.json and the lines of the journal hold.

to_json(outcome)     the values
from_json(values)    the outcome again, bit for bit
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hpsearch.disk.forms import Said, checked
from hpsearch.records import STATES, STOPPED, Cost, Epoch, TrialOutcome

_FORM = {
    "number": int,
    "state": str,
    "curve": list,
    "reason": Said,
    "cost": dict,
    "worker": str,
    "started": float,
    "finished": float,
}
_LATER_FORM = {"hits": str, "environment": str}  # absent from records of before
_COST_FORM = {"epochs": int, "examples": int, "cpu_seconds": float, "seconds": float}
_ERROR_FORM = {"place": Said, "traceback": Said}
_ENDINGS = (*STATES, STOPPED)


def to_json(outcome: TrialOutcome) -> dict[str, Any]:
    """Returns an outcome as JSON values."""
    values = asdict(outcome)
    return {**values, "curve": list(values["curve"])}


def from_json(values: Any) -> TrialOutcome:
    """Returns the outcome that `to_json` was given.

    Raises:
        ValueError: the values are not those of an outcome.
    """
    found = checked(values, _FORM)
    if found["state"] not in _ENDINGS:
        raise ValueError(f"state: expected one of {', '.join(_ENDINGS)}, but got {found['state']!r}")
    found["error"] = values.get("error")
    if found["error"] is not None:
        checked(found["error"], _ERROR_FORM)
    found |= checked({"hits": "", "environment": "", **values}, _LATER_FORM)
    found["curve"] = _to_curve(found["curve"])
    found["cost"] = Cost(**checked(found["cost"], _COST_FORM))
    return TrialOutcome(**found)


def _to_curve(rows: list[Any]) -> tuple[Epoch, ...]:
    """Returns a curve; where a net diverged, its numbers may be NaN or infinite."""
    try:
        curve = tuple([Epoch(**row) for row in rows])
        kinds = {type(number) for row in rows for number in row.values()}
    except TypeError as error:
        raise ValueError(f"curve: expected epochs, but got {rows!r}") from error
    if not kinds <= {float, int}:
        raise ValueError(f"curve: expected numbers, but got {rows!r}")
    return curve
