"""Who takes which name of a study file: the net, the Solver, or the update rule.

owners_of(kind, training, space)    an Owners
net_parameters(kind)                the arguments of a net that a study file may give
solver_parameters()                 those of our Solver
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hpsearch.space import Parameter
from hpsearch.study import ownsolver, passedon, rules
from hpsearch.study.given import FOR_HPSEARCH, is_said, reserved_names
from hpsearch.study.netclass import net_class
from nets.training import optim
from nets.training.solver import Solver

GIVEN_TO_SOLVERS = ("self", "net", "data", "optim_config", "rng", "augmentation_rng", "subset_rng")


@dataclass(frozen=True)
class Owners:
    """Which names the net takes, and which the training: Solver and update rules.

    Attributes:
        net, training: names that are known.
        net_is_open, training_is_open: whether it takes names that are not known.
        rules: the update rules that a trial may have; none of ours beside a Solver of the user's own.
    """

    net: set[str]
    training: set[str]
    net_is_open: bool
    training_is_open: bool
    rules: list[str]

    def of_net(self, name: str) -> bool:
        """Says whether an argument is the net's."""
        hyperparameters = set().union(*optim.DEFAULTS.values())
        return name in self.net or (self.net_is_open and name not in self.training | hyperparameters)


def owners_of(kind: str, training: Mapping[str, Any], space: Sequence[Parameter] = ()) -> Owners:
    """Returns the owners of a study's settings, or of a trial's.

    Raises:
        ValueError: an update rule is unknown.
        OwnCodeError: code of the user's own cannot be had.
    """
    if ownsolver.KEY in training:
        solver = training[ownsolver.KEY]
        known, is_open = ownsolver.direct_names(solver), ownsolver.takes_config(solver)
        return Owners(net_names(kind), known, takes_more(kind), is_open, [])
    reachable = rules.reachable(training, space)
    known = solver_names() | rules.known_names(reachable)
    return Owners(net_names(kind), known, takes_more(kind), False, reachable)


def takes(kind: str, name: str) -> bool:
    """Says whether a net's constructor has an argument."""
    return name in passedon.parameters(net_class(kind))


def takes_more(kind: str) -> bool:
    """Says whether a net's constructor takes `**kwargs`, so that nothing can be said of a name."""
    return any(one.kind is one.VAR_KEYWORD for one in passedon.parameters(net_class(kind)).values())


def net_parameters(kind: str) -> dict[str, inspect.Parameter]:
    """Returns the arguments of a net's constructor that a study file may give, by name."""
    reserved = {"self", *reserved_names(kind)}
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {
        name: parameter
        for name, parameter in passedon.parameters(net_class(kind)).items()
        if name not in reserved and parameter.kind in named
    }


def net_names(kind: str) -> set[str]:
    """Returns the names of a net's section and of its searched arguments."""
    ours = {name for name in FOR_HPSEARCH if is_said(kind, name)}
    return set(net_parameters(kind)) | ours


@cache
def solver_parameters() -> dict[str, inspect.Parameter]:
    """Returns the arguments of the Solver that a study file may give, by name."""
    parameters = inspect.signature(Solver).parameters
    return {name: p for name, p in parameters.items() if name not in GIVEN_TO_SOLVERS}


def solver_names() -> set[str]:
    """Returns the names of `solver_parameters`."""
    return set(solver_parameters())
