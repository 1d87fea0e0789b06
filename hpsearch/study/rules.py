"""The update rules that a study may use: ours by their names, the user's own as "package.module:rule".

find_rule(name)                    what the Solver is given
reachable(training, space)         those that a trial may have
takes(rule, name)                  whether a rule has a hyperparameter
refusals(rule, name)               the checks of its values

An own rule has the contract `rule(w, dw, config) -> (next_w, config)`. Its config has `learning_rate`, and
those keys of [training] and [space] that its module's code names in quotation marks, as `config["momentum"]`
does; it checks their values itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from hpsearch.space import Parameter
from hpsearch.study.owncode import OwnCodeError, find, is_own, pattern, source_of
from nets import checks
from nets.names import nearest_first
from nets.training import optim

_KEY = "training.update_rule"
RATE = "learning_rate"


def find_rule(name: str) -> str | Callable[..., Any]:
    """Returns what the Solver takes: the name of one of ours, or the user's own function.

    Raises:
        OwnCodeError: there is no such function.
    """
    if not is_own(name):
        return name
    found = find(name, _KEY, "function")
    if not callable(found) or isinstance(found, type):
        raise OwnCodeError(f"{_KEY}: {name!r} must be a function (w, dw, config) -> (next_w, config)")
    return found  # type: ignore[no-any-return]


def reachable(training: Mapping[str, Any], space: Sequence[Parameter]) -> list[str]:
    """Returns the update rules that a trial may have.

    Raises:
        ValueError: one is unknown.
        OwnCodeError: an own one cannot be had.
    """
    searched = [parameter.choices for parameter in space if parameter.name == "update_rule"]
    section, rules = ("space", searched[0]) if searched else ("training", (training.get("update_rule"),))
    for rule in rules:
        if not isinstance(rule, str) or not (is_own(rule) or rule in optim.RULES):
            raise ValueError(
                f"{section}.update_rule: expected one of {nearest_first(optim.RULES, str(rule))} or your own "
                f"{pattern('function')}, but got {rule!r}"
            )
        find_rule(rule)
    return [str(rule) for rule in rules]


def require_rate(rules: Sequence[str], said: Iterable[str]) -> None:
    """Raises ValueError if an own rule is given no learning rate, of which nobody knows a default."""
    own = next((rule for rule in rules if is_own(rule)), None)
    if own is not None and RATE not in said:
        raise ValueError(f"training.{RATE}: missing; {own} needs it in [training] or [space]")


def own_rules(training: Mapping[str, Any], space: Sequence[Parameter]) -> tuple[str, ...]:
    """Returns the rules of the user's own that a trial may have; imports nothing."""
    choices = [choice for p in space if p.name == "update_rule" for choice in p.choices]
    rules = [str(rule) for rule in (training.get("update_rule"), *choices)]
    return tuple(rule for rule in rules if is_own(rule))


def takes(rule: str, name: str) -> bool:
    """Says whether a rule has a hyperparameter of this name."""
    if is_own(rule):
        return name == RATE or name in _quoted(rule)
    return name in optim.DEFAULTS[rule]


def known_names(rules: Sequence[str]) -> set[str]:
    """Returns the hyperparameters of our rules among these, and what the code of own ones names."""
    ours = {name for rule in rules if not is_own(rule) for name in optim.DEFAULTS[rule]}
    return ours.union({RATE}, *(_quoted(rule) for rule in rules if is_own(rule)))


def refusals(rule: str, name: str) -> list[checks.Check]:
    """Returns the checks of a hyperparameter's values; an own rule has none."""
    if is_own(rule) or name not in optim.DEFAULTS[rule]:
        return []
    return [optim.ARGUMENT_CHECKS[rule][name]]


def takers(name: str) -> list[str]:
    """Returns our rules that have a hyperparameter."""
    return [rule for rule in optim.RULES if name in optim.DEFAULTS[rule]]


def _quoted(rule: str) -> frozenset[str]:
    """Returns the names that the code of an own rule has in quotation marks."""
    return _quoted_in(source_of(rule))


@cache
def _quoted_in(source: str) -> frozenset[str]:
    return frozenset(re.findall(r"""["']([A-Za-z_]\w*)["']""", source))
