"""Every key that a study file takes: section, key, what it takes, default, meaning.

Nothing is written down twice: names and defaults come from signatures and option tables, meanings from
docstrings, and what a key takes from the words with which its check refuses a wrong value.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import nets
from hpsearch.space import Parameter
from hpsearch.strategies import pruners, question, samplers, stopping
from hpsearch.strategies.options import Strategy
from hpsearch.strategies.pruners import PRUNERS
from hpsearch.strategies.samplers import SAMPLERS
from hpsearch.study import (
    about,
    arguments,
    enqueue,
    fork,
    functions,
    given,
    otherdata,
    owners,
    ownsolver,
    spacetable,
)
from hpsearch.study.docstrings import entries, meanings, summary
from hpsearch.study.owncode import pattern
from hpsearch.study.study import Study, StudySettings
from hpsearch.study.table_source import SOURCES
from nets import data as nets_data
from nets.models.initial_weights import INITIAL_WEIGHTS
from nets.training import optim
from nets.training.schedules import SCHEDULES
from nets.training.solver import Solver

REQUIRED = inspect.Parameter.empty
_REFUSAL = re.compile(r"(?:must be|expected) (.+), but got ", re.DOTALL)


@dataclass(frozen=True)
class Key:
    """One key of a study file, or of an entry of its space.

    Attributes:
        section: its section, without brackets.
        name: the key.
        takes: type, range or choices, in words.
        defaults: its default by owner (a net, an update rule, a strategy; "" where there is but one).
        meaning: one sentence.
    """

    section: str
    name: str
    takes: str
    defaults: Mapping[str, object]
    meaning: str


@dataclass(frozen=True)
class Choices:
    """The values of a key that has a list of them.

    Attributes:
        key: "section.key".
        meanings: choice -> one sentence.
    """

    key: str
    meanings: Mapping[str, str]


class _Wrong:
    """A value that no key takes."""

    def __repr__(self) -> str:
        return "?"


def all_keys() -> list[Key]:
    """Returns all keys, section by section in the order of a study file."""
    return [
        *_study_keys(),
        *_data_keys(),
        *_net_keys(),
        *_training_keys(),
        *_space_keys(),
        *_strategy_keys("sampler", SAMPLERS, samplers.DEFAULT, "which one proposes the next trial."),
        *_strategy_keys(
            "pruner", PRUNERS, pruners.DEFAULT, "which one decides after each epoch whether to stop."
        ),
        *_stop_keys(),
        *_question_keys(),
        *_enqueue_keys(),
        *_fork_keys(),
        *_about_keys(),
        *_on_keys(),
    ]


def all_choices() -> list[Choices]:
    """Returns the keys whose values are names, with what each name stands for."""
    samplers_by_name = {name: row.design or row.make for name, row in SAMPLERS.items()}
    pruners_by_name = {name: row.decide for name, row in PRUNERS.items()}
    return [
        Choices("data.source", {name: source.summary for name, source in SOURCES.items()}),
        Choices("data.preprocessing", _summaries(nets_data.PREPROCESSINGS)),
        Choices("net.kind", _summaries(nets.NETS)),
        Choices("net.weight_init", _summaries(INITIAL_WEIGHTS)),
        Choices("training.update_rule", _summaries(optim.RULES)),
        Choices("training.schedule", _summaries(SCHEDULES)),
        Choices("sampler.name", _summaries(samplers_by_name)),
        Choices("pruner.name", _summaries(pruners_by_name)),
    ]


def _summaries(table: Mapping[str, object]) -> dict[str, str]:
    return {name: summary(thing.__doc__) for name, thing in table.items()}


def wanted(ask: Callable[[Any], object]) -> str:
    """Returns in words what a check wants, which is what it says when it is asked about a wrong value."""
    try:
        ask(_Wrong())
    except (ValueError, TypeError) as error:
        found = _REFUSAL.search(str(error))
        if found:
            return found[1]
        raise
    raise ValueError("a check must refuse a value that is neither text nor number nor list")


def _wanted_in(parse: Callable[[Mapping[str, Any]], object], entries: Mapping[str, object], key: str) -> str:
    """Returns in words what a section's parser wants for a key, beside the entries that it needs."""
    return wanted(lambda wrong: parse({**entries, key: wrong}))


def _one_of(names: Iterable[str]) -> str:
    return f"one of {', '.join(names)}"


def _study_keys() -> list[Key]:
    says = entries(StudySettings.__doc__, "Attributes")
    return [
        Key("study", name, _limits(field.metadata), {"": field.default}, says[name])
        for name, field in StudySettings.model_fields.items()
    ]


def _limits(metadata: Iterable[Any]) -> str:
    """Returns in words what a field of pydantic's takes: a range of integers, or text up to a length."""
    limits = {name: value for one in metadata for name, value in _attributes(one).items()}
    if "max_length" in limits:
        return f"text of at most {limits['max_length']} characters"
    most = limits["le"] if "le" in limits else limits["lt"] - 1
    return f"an integer from {limits['ge']} to {most}"


def _attributes(limit: Any) -> dict[str, Any]:
    names = ("ge", "le", "lt", "max_length")
    return {name: getattr(limit, name) for name in names if hasattr(limit, name)}


def _data_keys() -> list[Key]:
    says = entries(nets_data.SplitSettings.__doc__, "Attributes")
    taker = {"path": "arrays", "label": "table"}
    parse = partial(nets_data.check_settings, sources=SOURCES)
    found = []
    for field in fields(nets_data.SplitSettings):
        takes = _wanted_in(parse, {"source": taker.get(field.name, "digits")}, field.name)
        found.append(Key("data", field.name, takes, {"": field.default}, says[field.name]))
    preprocessing = Key(
        "data",
        "preprocessing",
        _one_of(nets_data.PREPROCESSINGS),
        {"": nets_data.DEFAULT_PREPROCESSING},
        entries(Study.__doc__, "Attributes")["preprocessing"],
    )
    return [*found, preprocessing]


def _net_keys() -> list[Key]:
    kind = Key(
        "net",
        "kind",
        f'{_one_of(nets.NETS)}, or your own "package.module:Class"',
        {"": arguments.DEFAULT_KIND},
        entries(Study.__doc__, "Attributes")["net_kind"],
    )
    taken = {name: owners.net_parameters(name) for name in nets.NETS}
    names = dict.fromkeys(name for parameters in taken.values() for name in parameters)
    return [kind, *(_net_key(name, taken) for name in names), *_own_net_keys()]


def _own_net_keys() -> list[Key]:
    """Returns the keys of a user's own net that its constructor need not have."""
    says = entries(given.__doc__, "Keys of a net of the user's own")
    return [
        Key("net", name, wanted(partial(check, name)), {"": None}, says[name])
        for name, check in given.FOR_HPSEARCH.items()
    ]


def _net_key(name: str, taken: Mapping[str, Mapping[str, inspect.Parameter]]) -> Key:
    takers = [net for net, parameters in taken.items() if name in parameters]
    says = {net: meanings(nets.NETS[net])[name] for net in takers}
    first, *others = dict.fromkeys(says.values())
    asides = [f"`{net}`: {text}" for text in others for net in takers if says[net] == text]
    return Key(
        "net",
        name,
        wanted(partial(nets.NETS[takers[0]].ARGUMENT_CHECKS[name], name)),
        {net: taken[net][name].default for net in takers},
        " ".join([first, *asides]),
    )


def _training_keys() -> list[Key]:
    says = meanings(Solver)
    names = dict.fromkeys(name for defaults in optim.DEFAULTS.values() for name in defaults)
    return [
        *(_solver_key(name, one.default, says[name]) for name, one in owners.solver_parameters().items()),
        *(_rule_key(name) for name in names),
        *_own_training_keys(),
    ]


def _solver_key(name: str, default: object, meaning: str) -> Key:
    takes = wanted(partial(Solver.ARGUMENT_CHECKS[name], name))
    own = f', or your own "{pattern("function")}"' if name == "update_rule" else ""
    return Key("training", name, f"{takes}{own}", {"": default}, meaning)


def _own_training_keys() -> list[Key]:
    """Returns the keys that put code of the user's own in the place of the Solver, or of net and Solver."""
    return [
        Key("training", key, f'your own "{pattern(what)}"', {"": None}, entries(module.__doc__, "Keys")[key])
        for key, what, module in ((ownsolver.KEY, "class", ownsolver), (functions.KEY, "function", functions))
    ]


def _rule_key(name: str) -> Key:
    rules = [rule for rule, defaults in optim.DEFAULTS.items() if name in defaults]
    return Key(
        "training",
        name,
        wanted(partial(optim.ARGUMENT_CHECKS[rules[0]][name], name)),
        {rule: optim.DEFAULTS[rule][name] for rule in rules},
        entries(optim.__doc__, "Hyperparameters")[name],
    )


def _space_keys() -> list[Key]:
    says = entries(spacetable.__doc__, "Keys of an entry")
    examples: dict[str, dict[str, object]] = {
        "a range": {"low": 1, "high": 2},
        "choices": {"choices": ["a"]},
        "depth and width": {"depth": [1, 2], "width": [1, 2]},
    }
    found: dict[str, Key] = {}
    for form, keys in spacetable.ENTRY_KEYS.items():
        for key in keys:
            takes = _wanted_in(
                lambda entry: spacetable.parse_space({"hidden_dims": entry}), examples[form], key
            )
            defaults = dict(found[key].defaults) if key in found else {}
            defaults[form] = REQUIRED if key in examples[form] else None
            found[key] = Key("space", key, takes, defaults, says[key])
    return list(found.values())


def _strategy_keys(section: str, table: Mapping[str, Strategy], default: str, chooses: str) -> list[Key]:
    """Returns the keys of `[sampler]` or `[pruner]`: the name, and the options of each strategy."""
    takers: dict[str, list[str]] = {}
    for name, row in table.items():
        for option in row.options:
            takers.setdefault(option, []).append(name)
    found = [Key(section, "name", _one_of(table), {"": default}, chooses)]
    for option, names in takers.items():
        first = table[names[0]].options[option]
        defaults = {name: table[name].options[option].default for name in names}
        found.append(Key(section, option, wanted(first.check), defaults, f"{first.meaning}."))
    return found


def _stop_keys() -> list[Key]:
    return [
        Key("stop", name, wanted(row.check), {"": row.default}, f"{row.meaning}.")
        for name, row in stopping.RULES.items()
    ]


def _question_keys() -> list[Key]:
    says = entries(question.__doc__, "Keys of the section")
    parameter = Parameter("reg", "float", 0.0, 1.0)
    values = wanted(lambda wrong: question.compared_values(parameter, wrong))
    return [
        Key("question", "compare", "the name of a parameter in [space]", {"": REQUIRED}, says["compare"]),
        Key("question", "values", values, {"": None}, says["values"]),
    ]


def _enqueue_keys() -> list[Key]:
    says = entries(enqueue.__doc__, "Keys of an entry")
    return [Key("enqueue", name, "a value that [space] allows", {"": None}, says[name]) for name in says]


def _fork_keys() -> list[Key]:
    says = entries(fork.__doc__, "Keys of the section")
    takes = {"studies": "a list of names", "trials": "an integer >= 1", "images": "text", "split": "text"}
    defaults = {
        name: REQUIRED if field.is_required() else field.default
        for name, field in fork.Fork.model_fields.items()
    }
    return [
        Key("fork", name, takes.get(name, "an integer >= 0"), {"": defaults[name]}, meaning)
        for name, meaning in says.items()
    ]


def _about_keys() -> list[Key]:
    says = entries(about.__doc__, "Keys of the section")
    return [
        Key(about.SECTION, name, _wanted_in(about.parse_about, {}, name), {"": ""}, says[name])
        for name in about.KEYS
    ]


def _on_keys() -> list[Key]:
    says = entries(otherdata.__doc__, "Keys of the section")
    takes = (
        "sections of a study file, as far as they are other there, or the name of a data set that has such"
    )
    return [Key(otherdata.SECTION, name, takes, {"": None}, says[name]) for name in says]
