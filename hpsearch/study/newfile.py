"""A study file to begin with: the commented example, or one made from the constructor of a net.

write_example(path)       the example
write_for(kind, path)     a study of a net of the user's own, which runs as it is on digits

What an argument means is known by its name alone, so the ranges are suggestions; a default that has no
place in a study file is left to the net.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpsearch.disk import atomic
from hpsearch.errors import CallError
from hpsearch.space import NONE
from hpsearch.study.given import DROPOUT_MEANS, given_names, has_integer_input_dim
from hpsearch.study.netclass import net_class
from hpsearch.study.owncode import is_own, pattern
from hpsearch.study.owners import net_parameters, takes_more
from hpsearch.study.places import EXAMPLE, require_new
from hpsearch.words import listed

_REFERENCE = "# every key, with its default and meaning, stands in studies/README.md of hpsearch's sources"
# By name: what is searched. The first that fits is taken.
_RANGES = (
    (r"reg(ularization)?|l2|weight_decay", "{ low = 1e-6, high = 1e-1, log = true }"),
    (r"weight_scale|std|init_scale", "{ low = 1e-3, high = 3e-1, log = true }"),
    (r"hidden_(dim|size|units)|(num|n)_hidden", "{ low = 16, high = 256, log = true }"),
    (r"hidden_dims", "{ depth = [1, 3], width = [16, 256], log = true }"),
    (r"(num_)?filters", "{ low = 8, high = 64, log = true }"),
    (r"filter_size", "{ choices = [3, 5] }"),
    (r"normalization", f'{{ choices = [{NONE}, "batchnorm", "layernorm"] }}'),
    (r"(use_)?batch_?norm", "{ choices = [false, true] }"),
)
_DROPOUT = re.compile(r".*dropout.*|.*keep.*")
_KEEP = "{ low = 0.4, high = 1.0, step = 0.1 }"
_DROP = "{ low = 0.0, high = 0.6, step = 0.1 }"


@dataclass
class _Draft:
    """What becomes of a constructor's arguments, as lines of the file.

    Attributes:
        searched: of [space].
        fixed: of [net], with their defaults.
        left: comments on those whose defaults stay.
        missing: names of those that must be given and are not.
        given: names of those that hpsearch gives.
        dropouts: what is searched of probabilities of dropout, by name.
    """

    searched: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    dropouts: dict[str, str] = field(default_factory=dict)


def write_example(path: Path) -> None:
    """Writes a commented study file.

    Raises:
        CallError: there is a file already, or its name is no study's.
    """
    require_new(path)
    atomic.write_text(path, EXAMPLE.read_text(encoding="utf-8"))


def write_for(kind: str, path: Path) -> list[str]:
    """Writes a study file for a net of the user's own; returns the arguments that still must be given.

    Raises:
        CallError: there is no such net or a file already, or its name is no study's.
    """
    if not is_own(kind):
        raise CallError(f"--net {kind}: expected your own {pattern('class')}")
    draft = _draft(kind)
    require_new(path)
    atomic.write_text(path, "\n".join(_lines(kind, draft)) + "\n")
    return draft.missing


def _draft(kind: str) -> _Draft:
    draft = _Draft()
    for name, parameter in net_parameters(kind).items():
        entry, default = _entry(name, parameter.default), parameter.default
        if name in given_names(kind):
            draft.given.append(name)
        elif name == "kind":
            draft.left.append("# kind keeps its default, since this file says by that key which net it is")
        elif entry is not None:
            draft.searched.append(f"{name} = {entry}")
            if entry in (_KEEP, _DROP):
                draft.dropouts[name] = entry
        elif default is inspect.Parameter.empty:
            draft.missing.append(name)
            draft.left.append(f"# {name} =        # must be given, here or in [space]")
        elif _as_toml(default) is not None:
            draft.fixed.append(f"{name} = {_as_toml(default)}")
        else:
            draft.left.append(f"# {name} keeps its default, for which a study file has no word")
    if draft.dropouts:
        draft.fixed.append(_meaning(draft.dropouts))
    return draft


def _entry(name: str, default: Any) -> str | None:
    """Returns what is searched of an argument; None if its name says nothing, or its default is unlike it."""
    if _DROPOUT.fullmatch(name) and _is_number(default):
        return _KEEP if "keep" in name or default == 1 else _DROP
    for names, entry in _RANGES:
        if re.fullmatch(names, name):
            return entry if _fits(entry, default) else None
    return None


def _meaning(dropouts: dict[str, str]) -> str:
    """Returns the line that says which probability a net's dropout is; a comment where it has both kinds."""
    off = {name: 1 if entry == _KEEP else 0 for name, entry in dropouts.items()}
    if len(set(off.values())) > 1:
        each = listed([f"{name} for off at {value}" for name, value in off.items()])
        return f"# is it so? here is taken {each}"
    means = "keep" if 1 in off.values() else "drop"
    where = (
        f"{listed(list(off))} {'is' if len(off) == 1 else 'are'} here taken for off at {min(off.values())}"
    )
    return f'{DROPOUT_MEANS} = "{means}"    # is it so? {where}'


def _fits(entry: str, default: Any) -> bool:
    """Says whether a default is of the kind that an entry draws; one that must be given may be anything."""
    if default is inspect.Parameter.empty:
        return True
    if "none" in entry:
        return default is None or isinstance(default, str)
    if "depth" in entry:
        return isinstance(default, list | tuple)
    return isinstance(default, bool) if "false" in entry else _is_number(default)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_toml(value: Any) -> str | None:
    """Returns a default as a study file writes it; None where it has no word for it."""
    if value is None:
        return NONE
    try:
        return json.dumps(value, allow_nan=False) if not isinstance(value, dict) else None
    except (TypeError, ValueError):
        return None


def _lines(kind: str, draft: _Draft) -> Iterator[str]:
    """Yields the lines of the file."""
    yield f"# {kind}, from the arguments of its constructor: ranges are suggestions by name;"
    yield _REFERENCE
    yield from ("", "[study]", "seed = 0", "trials = 50")
    yield from ("", "[data]", 'source = "digits"             # `hpsearch data list` shows all sources')
    yield from ("num_val = 500", "", "[net]", f'kind = "{kind}"', *draft.fixed, *draft.left)
    if draft.given:
        yield f"# given by hpsearch from data and seed, unless they stand here: {', '.join(draft.given)}"
    if "input_dim" in draft.given and not has_integer_input_dim(net_class(kind)):
        yield "# input_dim is the shape of an image, (C, H, W); for rows say input_dim = 64, flatten = true"
    if takes_more(kind):
        yield "# any other key is given to the net as **kwargs, and nobody checks it"
    yield from ("", "[training]", "epochs = 10", "batch_size = 64")
    yield 'update_rule = "sgd_momentum"  # or "adam", ..., or your own: "module:function"'
    yield from ("", "[space]", "learning_rate = { low = 1e-4, high = 1e-1, log = true }", *draft.searched)
