"""Which setting belongs to the net, the solver or the update rule, and whether each may have its values.

Any argument of the net, the Solver or the update rule may stand in `[net]`, `[training]` or `[space]`;
`owners` says whose it is. A net whose constructor takes `**kwargs` is given all that is not the training's,
unchecked. `check_all` checks a whole study before anything is built; `for_trial` hands a trial's values to
their owners.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpsearch.space import Parameter, Params, is_none, to_arguments, without_none
from hpsearch.study import functions, ownsolver, rules
from hpsearch.study.given import FOR_HPSEARCH, GENERATORS, given_names, is_said, reserved_names
from hpsearch.study.netclass import net_class
from hpsearch.study.owncode import is_own
from hpsearch.study.owners import (
    net_names,
    net_parameters,
    owners_of,
    solver_names,
    solver_parameters,
    takes_more,
)
from nets.names import nearest_first
from nets.training.solver import Solver

DEFAULT_KIND = "FullyConnectedNet"
_FIXED = {ownsolver.KEY, functions.KEY}

Check = Callable[[str, object], None]


@dataclass(frozen=True)
class TrialArguments:
    """The arguments of one trial by their owners; JSON values only, Python's None among them.

    Attributes:
        net: of the net, or of the training function that has its place.
        solver: of the Solver, `epochs` among them.
        rule: of the update rule; for a Solver of the user's own its `optim_config`.
        own_solver: "package.module:Class" of that Solver; "" for ours.
        is_function: whether a training function is called.
    """

    net: dict[str, Any]
    solver: dict[str, Any]
    rule: dict[str, Any]
    own_solver: str = ""
    is_function: bool = False


def split_fixed(
    net_section: Mapping[str, Any], training_section: Mapping[str, Any], space: Sequence[Parameter]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Returns the net's kind (or the training function's), its fixed arguments, and those of solver and rule.

    Epochs, batch size and update rule are written out where neither section nor space has them.
    """
    net, training = dict(net_section), dict(training_section)
    for key in (functions.KEY, ownsolver.KEY):
        if key in training and not isinstance(training[key], str):
            raise ValueError(f'training.{key}: expected "package.module:name", but got {training[key]!r}')
    if functions.KEY in training:
        if net:
            raise ValueError(f"net.{next(iter(net))}: a training function has no net; expected no [net]")
        return training[functions.KEY], {}, training
    kind = net.pop("kind", DEFAULT_KIND)
    if not isinstance(kind, str):
        raise ValueError(f"net.kind: expected the name of a net, but got {kind!r}")
    searched = {parameter.name for parameter in space}
    own = ownsolver.KEY in training  # whose defaults are its own
    for name in ("epochs",) if own else ("epochs", "batch_size", "update_rule"):
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
    for name in sorted(searched & _FIXED):
        raise ValueError(f"space.{name}: cannot be searched; expected it in [training]")
    if functions.KEY in training:
        functions.check(kind, training, space)
        return
    _refuse_given(kind, [*net, *searched])
    owners = owners_of(kind, training, space)
    rules.require_rate(owners.rules, {*training, *searched})
    for name in () if owners.net_is_open else net:
        _check_name(kind, "net", name, owners.net, owners.rules)
    for name in () if owners.training_is_open else training:
        _check_name(kind, "training", name, owners.training | _FIXED, owners.rules)
    for name in () if owners.net_is_open or owners.training_is_open else sorted(searched):
        _check_name(kind, "space", name, owners.net | owners.training, owners.rules)
    of_both = owners.net & owners.training
    for name in sorted(searched & of_both - set(net)):
        raise ValueError(
            f"space.{name}: both {kind} and the training take an argument of this name; "
            f"expected the net's in [net], or another name in the net"
        )
    for section, entries in (("net", set(net) - of_both), ("training", set(training))):
        for name in searched & entries:
            raise ValueError(f"space.{name}: stands in [{section}] too; expected it in one of them")
    _refuse_unrecordable("net", net)
    _refuse_unrecordable("training", training)
    _refuse_momentum_of_none(training, space, owners.rules)
    _check_values(kind, net, training, space, owners.rules)
    _check_required(kind, set(net) | searched)
    if ownsolver.KEY in training:
        ownsolver.check_required(training[ownsolver.KEY], {*training, *searched})


def _refuse_given(kind: str, names: Iterable[str]) -> None:
    for name in names:
        if name in reserved_names(kind) & given_names(kind):
            source = "trial's seed" if name in GENERATORS else "data"
            raise ValueError(f"net.{name}: {kind} is given it, from the {source}; expected no such key")


def for_net(kind: str, net: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """Returns the arguments of one of our nets in a trial; imports no code of the user's."""
    own = {name: value for name, value in to_arguments(params).items() if name in net_names(kind)}
    return without_none({**net, **own})


def for_trial(
    kind: str, net: Mapping[str, Any], training: Mapping[str, Any], params: Params
) -> TrialArguments:
    """Hands fixed and drawn values to the net, the solver and the update rule of one trial."""
    drawn = to_arguments(params)
    if functions.KEY in training:
        settings = {name: value for name, value in training.items() if name != functions.KEY} | drawn
        epochs = {"epochs": settings["epochs"]}
        return TrialArguments(without_none(settings), epochs, {}, is_function=True)
    rule = drawn.get("update_rule", training.get("update_rule"))
    owners = owners_of(kind, {**training, "update_rule": rule})
    of_net = {name: value for name, value in drawn.items() if owners.of_net(name) and name not in net}
    merged = {**training, **{name: value for name, value in drawn.items() if name not in of_net}}
    net_arguments = without_none({**net, **of_net})
    if ownsolver.KEY in training:
        own_solver = merged.pop(ownsolver.KEY)
        solver, config = ownsolver.split(own_solver, without_none(merged))
        return TrialArguments(net_arguments, solver, config, own_solver)
    return TrialArguments(
        net=net_arguments,
        solver=without_none({name: value for name, value in merged.items() if name in solver_names()}),
        rule={
            name: value
            for name, value in merged.items()
            if name not in solver_names() and rules.takes(str(rule), name)
        },
    )


def _check_name(kind: str, section: str, name: str, known: set[str], reachable: Sequence[str]) -> None:
    if name in known:
        return
    if is_own(kind) and _is_of_loss(kind, name):
        raise ValueError(
            f"{section}.{name}: an argument of loss, which is called with X and y alone; expected one of the "
            f"constructor of {kind}, which keeps it for loss"
        )
    takers = rules.takers(name) if reachable else []  # a Solver of the user's own has rules of its own
    if takers and section != "net":
        raise ValueError(
            f"{section}.{name}: the update rule takes no {name}; those that do are {', '.join(takers)}"
        )
    raise ValueError(f"{section}.{name}: unknown key; expected one of {nearest_first(known, name)}")


def _is_of_loss(kind: str, name: str) -> bool:
    """Says whether the loss of a net of the user's own has a setting, as those of the first assignment do."""
    loss = inspect.getattr_static(net_class(kind), "loss")
    parameter = inspect.signature(loss).parameters.get(name) if inspect.isfunction(loss) else None
    return parameter is not None and name != "y" and parameter.default is not parameter.empty


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
    reachable: Sequence[str],
) -> None:
    net_checks: Mapping[str, Check] = getattr(net_class(kind), "ARGUMENT_CHECKS", {})
    said = {name: check for name, check in FOR_HPSEARCH.items() if is_said(kind, name)}
    net_checks = {**net_checks, **said}
    for name, value in net.items():
        _run_check(f"net.{name}", net_checks.get(name), value)
    for name, value in training.items():
        for each in _training_checks(name, reachable, training):
            _run_check(f"training.{name}", each, value)
    for parameter in space:
        owner = parameter.name.partition(".")[0]
        active_rules = _rules_beside(parameter, reachable)
        owners_checks = [net_checks.get(owner), *_training_checks(owner, active_rules, training)]
        _refuse_without_effect(owner, active_rules, kind)
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


def _training_checks(name: str, beside: Sequence[str], training: Mapping[str, Any]) -> list[Check]:
    """Returns the checks of a value; a Solver of the user's own checks all but `epochs` itself."""
    if name == "update_rule" or (ownsolver.KEY in training and name != "epochs"):
        return []  # `rules.reachable` looked at our rules' names
    of_solver = [Solver.ARGUMENT_CHECKS[name]] if name in Solver.ARGUMENT_CHECKS else []
    return of_solver + [check for rule in beside for check in rules.refusals(rule, name)]


def _rules_beside(parameter: Parameter, reachable: Sequence[str]) -> list[str]:
    """Returns the update rules under which the parameter exists."""
    wanted = parameter.when.get("update_rule")
    return [rule for rule in reachable if wanted is None or rule in wanted]


def _refuse_without_effect(owner: str, beside: Sequence[str], kind: str) -> None:
    if owner in net_names(kind) | solver_names():
        return
    for rule in beside:
        if not rules.takes(rule, owner) and not takes_more(kind):
            raise ValueError(
                f"space.{owner}: update_rule {rule!r} takes no {owner}; expected "
                f"when = {{ update_rule = ... }} with one of {', '.join(rules.takers(owner))}"
            )


def _refuse_momentum_of_none(
    training: Mapping[str, Any], space: Sequence[Parameter], reachable: Sequence[str]
) -> None:
    """Refuses a final momentum beside an update rule that has no momentum."""
    beside = [("space", _rules_beside(one, reachable)) for one in space if one.name == "final_momentum"]
    if "final_momentum" in training:
        beside.append(("training", list(reachable)))
    for section, active in beside:
        idle = [rule for rule in active if not rules.takes(rule, "momentum")]
        if idle:
            takers = ", ".join(rules.takers("momentum"))
            raise ValueError(
                f"{section}.final_momentum: update_rule {idle[0]!r} has no momentum; expected one of {takers}"
            )


def _check_required(kind: str, said: set[str]) -> None:
    known = said | given_names(kind)
    for name, parameter in net_parameters(kind).items():
        if parameter.default is inspect.Parameter.empty and name not in known:
            raise ValueError(f"net.{name}: missing; {kind} needs it in [net] or [space]")
