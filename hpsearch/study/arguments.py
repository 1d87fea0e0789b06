"""Which setting belongs to the net, the solver or the update rule, and whether each may have its values.

The names come from the signatures of the net class and of `nets.training.solver.Solver` and from
`nets.training.optim.DEFAULTS`, so that any of their arguments may stand in `[net]`, `[training]` or
`[space]`. `check_all` checks a whole study before anything is built; `for_trial` hands a trial's
values to their owners.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hpsearch.space import Parameter, Params, is_none, to_arguments, without_none
from hpsearch.study.given import FLATTEN, GENERATORS, given_names, reserved_names, takes_flatten
from hpsearch.study.netclass import net_class
from nets import checks
from nets.names import nearest_first
from nets.training import optim
from nets.training.solver import Solver

GIVEN_TO_SOLVERS = ("self", "net", "data", "optim_config", "rng", "augmentation_rng", "subset_rng")
DEFAULT_KIND = "FullyConnectedNet"

Check = Callable[[str, object], None]


@dataclass(frozen=True)
class TrialArguments:
    """The arguments of one trial by their owners; JSON values only, Python's None among them."""

    net: dict[str, Any]
    solver: dict[str, Any]
    rule: dict[str, Any]


def takes(kind: str, name: str) -> bool:
    """Says whether a net's constructor has an argument."""
    return name in inspect.signature(net_class(kind)).parameters


def split_fixed(
    net_section: Mapping[str, Any], training_section: Mapping[str, Any], space: Sequence[Parameter]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Returns the net's kind, the fixed arguments of the net, and those of solver and rule.

    Epochs, batch size and update rule are written out where neither section nor space has them.
    """
    net = dict(net_section)
    kind = net.pop("kind", DEFAULT_KIND)
    if not isinstance(kind, str):
        raise ValueError(f"net.kind: expected the name of a net, but got {kind!r}")
    training = dict(training_section)
    searched = {parameter.name for parameter in space}
    for name in ("epochs", "batch_size", "update_rule"):
        if name not in searched:
            training.setdefault(name, solver_parameters()[name].default)
    return kind, net, training


def check_all(
    kind: str, net: Mapping[str, Any], training: Mapping[str, Any], space: Sequence[Parameter]
) -> None:
    """Checks names, values and range ends of a study's settings.

    Raises:
        ValueError: `section.key: what is wrong`.
    """
    searched = {parameter.name.partition(".")[0] for parameter in space}
    _refuse_given(kind, [*net, *searched])
    net_names, rules = _net_names(kind), _reachable_rules(training, space)
    rule_names = {name for rule in rules for name in optim.DEFAULTS[rule]}
    _check_names("net", net, net_names)
    _check_names("training", training, _solver_names() | rule_names)
    for parameter in space:
        _check_names("space", [parameter.name.partition(".")[0]], net_names | _solver_names() | rule_names)
    for name in sorted(searched & net_names & (_solver_names() | rule_names)):
        raise ValueError(
            f"space.{name}: both {kind} and the training take an argument of this name; "
            f"expected one in [net] and one in [training], or another name in the net"
        )
    for section, entries in (("net", net), ("training", training)):
        for name in searched & set(entries):
            raise ValueError(f"space.{name}: stands in [{section}] too; expected it in one of them")
    for section, entries in (("net", net), ("training", training)):
        _refuse_unrecordable(section, entries)
    _refuse_momentum_of_none(training, space, rules)
    _check_values(kind, net, training, space, rules)
    _check_required(kind, set(net) | searched)


def _refuse_given(kind: str, names: Iterable[str]) -> None:
    for name in names:
        if name in reserved_names(kind) & given_names(kind):
            source = "trial's seed" if name in GENERATORS else "data"
            raise ValueError(f"net.{name}: {kind} is given it, from the {source}; expected no such key")


def for_trial(
    kind: str, net: Mapping[str, Any], training: Mapping[str, Any], params: Params
) -> TrialArguments:
    """Hands fixed and drawn values to the net, the solver and the update rule of one trial."""
    drawn = to_arguments(params)
    net_names = _net_names(kind)
    merged = {**training, **{name: value for name, value in drawn.items() if name not in net_names}}
    rule_names = optim.DEFAULTS[merged["update_rule"]]
    return TrialArguments(
        net=without_none({**net, **{name: value for name, value in drawn.items() if name in net_names}}),
        solver=without_none({name: value for name, value in merged.items() if name in _solver_names()}),
        rule={name: value for name, value in merged.items() if name in rule_names},
    )


def net_parameters(kind: str) -> dict[str, inspect.Parameter]:
    """Returns the arguments of a net's constructor that a study file may give, by name."""
    reserved = {"self", *reserved_names(kind)}
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {
        name: parameter
        for name, parameter in _signature(net_class(kind)).items()
        if name not in reserved and parameter.kind in named
    }


@cache
def _signature(cls: type) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(cls).parameters


def _net_names(kind: str) -> set[str]:
    """Returns the names of a net's section and of its searched arguments."""
    return set(net_parameters(kind)) | ({FLATTEN} if takes_flatten(kind) else set())


@cache
def solver_parameters() -> dict[str, inspect.Parameter]:
    """Returns the arguments of the Solver that a study file may give, by name."""
    parameters = inspect.signature(Solver).parameters
    return {name: p for name, p in parameters.items() if name not in GIVEN_TO_SOLVERS}


def _solver_names() -> set[str]:
    return set(solver_parameters())


def _reachable_rules(training: Mapping[str, Any], space: Sequence[Parameter]) -> list[str]:
    """Returns the update rules that a trial may have; an unknown one is refused."""
    searched = [parameter.choices for parameter in space if parameter.name == "update_rule"]
    section, rules = ("space", searched[0]) if searched else ("training", (training.get("update_rule"),))
    for rule in rules:
        if not isinstance(rule, str) or rule not in optim.RULES:
            raise ValueError(
                f"{section}.update_rule: expected one of {nearest_first(optim.RULES, str(rule))}, "
                f"but got {rule!r}"
            )
    return [str(rule) for rule in rules]


def _check_names(section: str, names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name in known:
            continue
        takers = [rule for rule in optim.RULES if name in optim.DEFAULTS[rule]]
        if takers and section != "net":
            raise ValueError(
                f"{section}.{name}: the update rule takes no {name}; those that do are {', '.join(takers)}"
            )
        raise ValueError(f"{section}.{name}: unknown key; expected one of {nearest_first(known, name)}")


def _refuse_unrecordable(section: str, entries: Mapping[str, Any]) -> None:
    """Refuses values that JSON has no word for, or that differ from themselves."""
    for name, value in entries.items():
        try:
            same = json.loads(json.dumps(value)) == value
        except TypeError:
            same = False
        if not same:
            raise ValueError(
                f"{section}.{name}: expected text, a number, true, false or a list, but got {value!r}"
            )


def _check_values(
    kind: str,
    net: Mapping[str, Any],
    training: Mapping[str, Any],
    space: Sequence[Parameter],
    rules: Sequence[str],
) -> None:
    net_checks: Mapping[str, Check] = getattr(net_class(kind), "ARGUMENT_CHECKS", {})
    if takes_flatten(kind):
        net_checks = {**net_checks, FLATTEN: checks.boolean}
    for name, value in net.items():
        _run_check(f"net.{name}", net_checks.get(name), value)
    for name, value in training.items():
        for each in _training_checks(name, rules):
            _run_check(f"training.{name}", each, value)
    for parameter in space:
        owner = parameter.name.partition(".")[0]
        active_rules = _rules_beside(parameter, rules)
        owners_checks = [net_checks.get(owner), *_training_checks(owner, active_rules)]
        _refuse_without_effect(parameter, owner, active_rules, kind)
        for end in parameter.ends():
            value = to_arguments({parameter.name: end})[owner] if "." not in parameter.name else [end]
            for check in owners_checks:
                _run_check(f"space.{parameter.name}", check, value)


def _run_check(where: str, check: Check | None, value: object) -> None:
    if check is None:
        return
    try:
        check(where.rpartition(".")[2], None if is_none(value) else value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{where}: {error}") from error


def _training_checks(name: str, rules: Sequence[str]) -> list[Check]:
    of_solver = [Solver.ARGUMENT_CHECKS[name]] if name in Solver.ARGUMENT_CHECKS else []
    return of_solver + [
        optim.ARGUMENT_CHECKS[rule][name] for rule in rules if name in optim.ARGUMENT_CHECKS[rule]
    ]


def _rules_beside(parameter: Parameter, rules: Sequence[str]) -> list[str]:
    """Returns the update rules under which the parameter exists."""
    wanted = parameter.when.get("update_rule")
    return [rule for rule in rules if wanted is None or rule in wanted]


def _refuse_without_effect(parameter: Parameter, owner: str, rules: Sequence[str], kind: str) -> None:
    if owner in _net_names(kind) | _solver_names():
        return
    for rule in rules:
        if owner not in optim.DEFAULTS[rule]:
            takers = [name for name in optim.RULES if owner in optim.DEFAULTS[name]]
            raise ValueError(
                f"space.{owner}: update_rule {rule!r} takes no {owner}; expected "
                f"when = {{ update_rule = ... }} with one of {', '.join(takers)}"
            )


def _refuse_momentum_of_none(
    training: Mapping[str, Any], space: Sequence[Parameter], rules: Sequence[str]
) -> None:
    """Refuses a final momentum beside an update rule that has no momentum."""
    beside = [("space", _rules_beside(one, rules)) for one in space if one.name == "final_momentum"]
    if "final_momentum" in training:
        beside.append(("training", list(rules)))
    for section, active in beside:
        idle = [rule for rule in active if "momentum" not in optim.DEFAULTS.get(rule, ["momentum"])]
        if idle:
            takers = ", ".join(rule for rule in optim.RULES if "momentum" in optim.DEFAULTS[rule])
            raise ValueError(
                f"{section}.final_momentum: update_rule {idle[0]!r} has no momentum; expected one of {takers}"
            )


def _check_required(kind: str, said: set[str]) -> None:
    known = said | given_names(kind)
    for name, parameter in net_parameters(kind).items():
        if parameter.default is inspect.Parameter.empty and name not in known:
            raise ValueError(f"net.{name}: missing; {kind} needs it in [net] or [space]")
