"""What the search itself gives the constructor of a net: what the data and the trial's seed say.

    given_names(kind)                  what a study file need not say of a net
    reserved_names(kind)               what it must not say
    given_values(cls, shape, ...)      the values for one net
    FOR_HPSEARCH                       keys that hpsearch alone reads of a user's own net, with their checks
    is_said(kind, name)                whether a key of [net] is one of these

Our nets take their shapes from the data and their generators from the seed, always. A user's own net may be
told another `input_dim`, `input_size`, `num_classes` or `seed`, and `D` and `output_size` are given where
its constructor has no default for them.

Keys of a net of the user's own:
    flatten: whether images come to your own net as rows, (N, D), not as (N, C, H, W); by default if it is
        given `input_size`, `D` or an integer `input_dim`.
    dropout_means: whether the dropout of your own net is the probability to "keep" a unit (1 = off) or to
        "drop" it (0 = off); terminal and page say so. An argument with "keep" in its name always keeps. The
        net is not given it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

from hpsearch.study import passedon
from hpsearch.study.netclass import net_class
from hpsearch.study.owncode import is_own
from nets import checks

FLATTEN = "flatten"
DROPOUT_MEANS = "dropout_means"
FOR_HPSEARCH: Mapping[str, checks.Check] = {
    FLATTEN: checks.boolean,
    DROPOUT_MEANS: checks.one_of(["keep", "drop"]),
}
GENERATORS = ("rng", "dropout_rng")
_FROM_DATA = ("input_dim", "num_classes")
_IF_NEEDED = ("D", "output_size")  # a default may mean something else
_ROW_SIZES = ("input_size", "D")


def given_names(kind: str) -> set[str]:
    """Returns the arguments of a net that it is given unless its study file says otherwise."""
    return _given(net_class(kind))


def reserved_names(kind: str) -> set[str]:
    """Returns the arguments of a net that a study file must not say."""
    return set(GENERATORS) if is_own(kind) else {*GENERATORS, *_FROM_DATA}


def is_said(kind: str, name: str) -> bool:
    """Says whether a key of [net] is for hpsearch alone: an own net has no argument of this name."""
    return name in FOR_HPSEARCH and is_own(kind) and name not in passedon.parameters(net_class(kind))


def wants_rows(kind: str, arguments: Mapping[str, Any]) -> bool:
    """Says whether images come to a net as rows: its study file says so, or it was given a row's size."""
    if not is_said(kind, FLATTEN):
        return False
    cls = net_class(kind)
    sizes = {*_ROW_SIZES, *(["input_dim"] if has_integer_input_dim(cls) else [])}
    return bool(arguments.get(FLATTEN, bool(_given(cls) & sizes - set(arguments))))


def given_values(
    cls: type, image_shape: Sequence[int], num_classes: int, generators: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the arguments that a net is given, by name.

    Args:
        cls: its class.
        image_shape: (C, H, W).
        num_classes: how many classes.
        generators: values of `rng`, `dropout_rng` and `seed`.
    """
    row = math.prod(image_shape)
    values = {
        **generators,
        "input_dim": row if has_integer_input_dim(cls) else tuple(image_shape),
        "num_classes": num_classes,
        **dict.fromkeys(_ROW_SIZES, row),
        "output_size": num_classes,
    }
    return {name: values[name] for name in values if name in _given(cls)}


def _given(cls: type) -> set[str]:
    taken = passedon.parameters(cls)
    always = {name for name in (*_FROM_DATA, "input_size", *GENERATORS, "seed") if name in taken}
    needed = {name for name in _IF_NEEDED if name in taken and taken[name].default is inspect.Parameter.empty}
    return always | needed


def has_integer_input_dim(cls: type) -> bool:
    """Says whether its `input_dim` is an integer: by its default, without one by its annotation."""
    parameter = passedon.parameters(cls).get("input_dim")
    if parameter is None:
        return False
    if parameter.default is inspect.Parameter.empty:
        return parameter.annotation in (int, "int")
    return isinstance(parameter.default, int)
