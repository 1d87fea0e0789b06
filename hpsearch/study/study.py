"""A checked study: what the trials depend on, and what follows from it.

`studyfile` makes one from a file, `Study.to_toml` writes the resolved study that the study folder keeps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hpsearch.errors import CallError
from hpsearch.space import Parameter, Params
from hpsearch.strategies import pruning, samplers, stopping
from hpsearch.strategies.question import Question
from hpsearch.study import functions, own_data, ownsolver, rules
from hpsearch.study.fork import Fork
from hpsearch.study.notes import notes
from hpsearch.study.owncode import is_of_main, is_own
from nets import data as nets_data


class StudySettings(BaseModel):
    """`[study]`: the seed and how the search goes on.

    Attributes:
        title: what the report is called; part of nothing else.
        seed: seed of all random numbers of the study; another seed, other trials.
        trials: how many trials there shall be; `--trials` overrides it, and more can be added later.
        lookahead: how many trials are asked for ahead of the slowest one; it is part of the study, so that
            the number of workers is not. Use at most lookahead / 2 workers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(default="", max_length=300)
    seed: int = Field(default=0, ge=0, lt=2**63)
    trials: int = Field(default=100, ge=1, le=1_000_000)
    lookahead: int = Field(default=4, ge=1, le=1024)


@dataclass(frozen=True)
class Study:
    """A checked study: what `trials = f(study, seed, data)` calls `study`.

    Attributes:
        name: names its folder; the stem of its file.
        title, seed, trials, lookahead: as in `[study]`.
        data: where the images come from and how they are split.
        preprocessing: how the images are shifted and scaled, measured on the training split alone.
        net_kind: the class of the net; any other key of [net] is one of its arguments.
        net, training: the fixed arguments of the net, and of Solver and update rule.
        space: the searched parameters, parents before children.
        sampler, pruner: their settings.
        stop: what ends the search before it has all its trials.
        question: the parameter in question, whose values take turns; None if none is.
        enqueued: values of the first trials, given by hand.
        fork: which studies' best trials these are; None if it was not forked.
        table: the resolved study file, which `from_table` turns back into this study.
        remark: what whoever runs the study should know of how its file was read; "" if nothing.
    """

    name: str
    title: str
    seed: int
    trials: int
    lookahead: int
    data: nets_data.SplitSettings
    preprocessing: str
    net_kind: str
    net: Mapping[str, Any]
    training: Mapping[str, Any]
    space: tuple[Parameter, ...]
    sampler: samplers.SamplerSettings
    pruner: pruning.PrunerSettings
    stop: stopping.StopSettings
    question: Question | None
    enqueued: tuple[Params, ...]
    fork: Fork | None
    table: Mapping[str, Any] = field(repr=False)
    remark: str = ""

    @property
    def is_function(self) -> bool:
        """Whether a training function of the user's has the place of net and Solver."""
        return functions.KEY in self.training

    @property
    def example(self) -> str:
        """What one of its validation examples is called: "image", of a function's own data "example"."""
        return own_data.example_noun(self.data.source)

    @property
    def code(self) -> tuple[str, ...]:
        """What of the user's own it names, "package.module:Name": net or function, Solver, update rules."""
        solver = [self.training[ownsolver.KEY]] if ownsolver.KEY in self.training else []
        own = () if solver else rules.own_rules(self.training, self.space)
        return tuple(kind for kind in (self.net_kind, *solver, *own) if is_own(kind))

    @property
    def needs_its_script(self) -> bool:
        """Whether some of its code is a script's or notebook's, where alone it can be trained."""
        return any(is_of_main(kind) for kind in self.code)

    @property
    def notes(self) -> list[str]:
        """What terminal and page say of it beside its ranges."""
        return notes(self)

    def require_net(self, command: str) -> None:
        """Raises CallError if a training function has the place of the net that a command would train."""
        if self.is_function:
            raise CallError(
                f"{command}: {self.name} searches the training function {self.net_kind}; expected a study of "
                f"a net, which hpsearch can train on other seeds and ask about other images"
            )

    @property
    def max_epochs(self) -> int:
        """The number of epochs that no trial exceeds."""
        for parameter in self.space:
            if parameter.name == "epochs":
                return int(max(parameter.ends()))
        return int(self.training["epochs"])

    @property
    def n_turns(self) -> int:
        """How many values of a parameter in question take turns; 1 if none is in question."""
        return 1 if self.question is None else len(self.question.values)

    def identity_table(self) -> dict[str, Any]:
        """Returns what the trials depend on: the resolved file without budgets, rules that end the search,
        name, title, paths and what it was forked from.

        The data itself is known by its hash, wherever it lies.
        """
        identity = {
            section: dict(entries) if isinstance(entries, Mapping) else entries
            for section, entries in self.table.items()
        }
        identity["data"].pop("path", None)
        identity.pop("stop", None)
        identity.pop("fork", None)
        identity["study"] = {key: identity["study"][key] for key in ("seed", "lookahead")}
        identity["space"]["(order)"] = list(self.table["space"])  # samplers draw in the order of the file
        return identity

    def identity(self) -> str:
        """Returns the hash of `identity_table`, as hex digits."""
        text = json.dumps(self.identity_table(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_toml(self) -> str:
        """Returns the resolved study as the text of a study file."""
        import tomli_w

        return tomli_w.dumps(dict(self.table))
