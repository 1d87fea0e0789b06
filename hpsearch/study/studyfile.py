"""Study files: TOML on disk -> a frozen, checked `Study`.

`load` reads and checks a file with its `--set` overrides. Every mistake is one `StudyFileError` that names
file, key and what was expected; later code does not check again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from hpsearch.errors import StudyFileError
from hpsearch.space import Parameter, Params
from hpsearch.strategies import pruners, pruning, samplers, stopping
from hpsearch.strategies.options import Strategy
from hpsearch.strategies.question import Question, parse_question
from hpsearch.study import about, arguments, enqueue, functions, otherdata, own_data
from hpsearch.study.fork import Fork
from hpsearch.study.overrides import Override, Overrides, parse_overrides, plain
from hpsearch.study.places import check_name, name_of
from hpsearch.study.spacetable import parse_space
from hpsearch.study.study import Study, StudySettings
from hpsearch.study.table_source import SOURCES
from hpsearch.words import is_text
from nets import data as nets_data
from nets.names import nearest_first

_RESOLVED = (
    "study",
    "data",
    "training",
    "net",
    "space",
    "sampler",
    "pruner",
    "stop",
    "question",
    "enqueue",
    "fork",
)
_SECTIONS = (*_RESOLVED, about.SECTION, otherdata.SECTION)
_STRATEGIES: Mapping[str, Mapping[str, Strategy]] = {"sampler": samplers.SAMPLERS, "pruner": pruners.PRUNERS}


def load(path: Path, overrides: Overrides = (), data: str | None = None) -> Study:
    """Reads and checks a study file.

    Args:
        path: the file; its stem is the study's name.
        overrides: `section.key=value` texts, with values as in TOML (bare words are text), or values by
            `section.key`. One that names another sampler or pruner leaves out the file's options that the
            new one does not have.
        data: a data set other than the file's own: its `[on.NAME]` is merged over the file before the
            overrides, and its name is added to the study's.

    Raises:
        StudyFileError: what is wrong, with file and key.
        CallError: there is no such data set.
    """
    return _overridden(_read(path), name_of(path), str(path), overrides, data)


def from_mapping(
    sections: Mapping[str, Any], name: str, overrides: Overrides = (), data: str | None = None
) -> Study:
    """Checks a study that Python gives as nested mappings, with None, classes and NumPy's numbers in them.

    Args:
        sections: as a study file has them.
        name: the study's name.
        overrides, data: as for `load`.

    Raises:
        StudyFileError: what is wrong, with name and key.
        CallError: the name is no study's, or a value is none that a study file could have.
    """
    check_name(name, "name")
    table = {str(section): plain(f"{name}: {section}", entries) for section, entries in sections.items()}
    return _overridden(table, name, name, overrides, data)


def _overridden(
    table: dict[str, Any], name: str, where: str, overrides: Overrides, data: str | None
) -> Study:
    """Checks a study on a data set after its overrides were put into its table."""
    remark = ""
    with _named(where):
        _check_sections(table)
    if data is not None and data != otherdata.own_source(table):
        table, remark = otherdata.on_other_data(table, where, data)
        name = f"{name}-{data}"
        check_name(name, f"{where}: --data {data}")
    table = {section: entries for section, entries in table.items() if section != otherdata.SECTION}
    for override in sorted(parse_overrides(overrides), key=lambda one: _renamed_strategy(one) is None):
        override.apply_to(table, _RESOLVED)
        section = _renamed_strategy(override)
        if section is not None:
            _leave_out_unknown_options(table, section)
    return replace(from_table(table, name, where), remark=remark)


def _renamed_strategy(override: Override) -> str | None:
    """Returns "sampler" or "pruner" if the override names another one."""
    section, _, key = override.target.partition(".")
    return section if section in _STRATEGIES and key == "name" else None


def _leave_out_unknown_options(table: dict[str, Any], section: str) -> None:
    """Takes the options out that belong to the strategy that the file names, not to the new one."""
    entries = table[section]
    named = _STRATEGIES[section].get(str(entries["name"]))
    if named is not None:
        table[section] = {key: entries[key] for key in entries if key == "name" or key in named.options}


def load_resolved(path: Path, name: str) -> Study:
    """Reads the resolved study of a study folder, without importing a user's own net.

    Raises:
        StudyFileError: what is wrong, with file and key.
    """
    return from_table(_read(path), name, str(path), resolved=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StudyFileError(f"{path}: not UTF-8 text: {error}") from error
    except (ValueError, RecursionError) as error:  # tomllib raises more than its TOMLDecodeError
        raise StudyFileError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise StudyFileError(f"{path}: cannot be read: {error.strerror}") from error


def from_table(table: Mapping[str, Any], name: str, where: str, *, resolved: bool = False) -> Study:
    """Checks a study given as nested mappings.

    Args:
        table: sections and their entries.
        name: the study's name.
        where: names the table's origin in messages.
        resolved: whether the arguments of net and solver were checked before.

    Raises:
        StudyFileError: what is wrong.
    """
    with _named(where):
        return _from_table(table, name, resolved)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Turns what the checks raise into a `StudyFileError` that names the file."""
    try:
        yield
    except ValidationError as error:
        raise StudyFileError(f"{where}: {_first_error(error)}") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise StudyFileError(f"{where}: {error}") from error


def _from_table(table: Mapping[str, Any], name: str, resolved: bool) -> Study:
    _check_sections(table)
    _in_section(about.SECTION, about.parse_about, table.get(about.SECTION, {}))
    study = _validate(StudySettings, "study", table)
    is_function = functions.KEY in table.get("training", {})
    default_source = {"source": own_data.OWN_DATA} if is_function else {}
    data, preprocessing = _in_section("data", _parse_data, {**default_source, **table.get("data", {})})
    space = _in_section("space", parse_space, table.get("space", {}))
    if not space:
        raise ValueError("space: there is nothing to search; expected at least one parameter")
    net_kind, net, training = arguments.split_fixed(table.get("net", {}), table.get("training", {}), space)
    if not resolved:
        arguments.check_all(net_kind, net, training, space)
        _in_section("data", partial(functions.check_data, net_kind if is_function else None), data)
    sampler = _in_section("sampler", samplers.parse_settings, table.get("sampler", {}))
    pruner = _in_section("pruner", pruning.parse_settings, table.get("pruner", {}))
    stop = _in_section("stop", stopping.parse_settings, table.get("stop", {}))
    enqueued = enqueue.parse_entries(table.get("enqueue", []), space)
    question = _parse_question(table, space, study.trials, enqueued)
    for searched in [space] if question is None else question.spaces(space):
        samplers.check_space(sampler.name, searched)
    if pruner.pauses and sampler.name == "grid":
        raise ValueError(
            f"pruner.name: {pruner.name!r} takes paused trials up again while new ones come, of which a grid "
            f"has so many only; expected another pruner, or sampler 'qmc'"
        )
    written_out = {
        "study": study.model_dump(),
        "data": {**data.to_table(), "preprocessing": preprocessing},
        "training": training,
        **({} if is_function else {"net": {"kind": net_kind, **net}}),
        "space": table["space"],
        "sampler": sampler.to_table(),
        "pruner": pruner.to_table(),
    }
    asked = question and question.to_table()
    fork = _validate(Fork, "fork", table) if "fork" in table else None
    optional = {
        "stop": stop.to_table(),
        "question": asked,
        "enqueue": table.get("enqueue"),
        "fork": fork and fork.model_dump(),
    }
    written_out |= {section: entries for section, entries in optional.items() if entries}
    return Study(
        name=name,
        **study.model_dump(),
        data=data,
        preprocessing=preprocessing,
        net_kind=net_kind,
        net=net,
        training=training,
        space=space,
        sampler=sampler,
        pruner=pruner,
        stop=stop,
        question=question,
        enqueued=enqueued,
        fork=fork,
        table=written_out,
    )


def _check_sections(table: Mapping[str, Any]) -> None:
    for section, entries in table.items():
        if section not in _SECTIONS:
            raise ValueError(
                f"unknown section [{section}]; expected one of {nearest_first(_SECTIONS, section)}"
            )
        if section != "enqueue" and not isinstance(entries, Mapping):
            raise ValueError(f"{section}: expected a section [{section}], but got {entries!r}")
    otherdata.check(table.get(otherdata.SECTION, {}), otherdata.own_source(table), _RESOLVED)


def _parse_question(
    table: Mapping[str, Any], space: Sequence[Parameter], n_trials: int, enqueued: Sequence[Params]
) -> Question | None:
    if "question" not in table:
        return None
    if functions.KEY in table.get("training", {}):
        raise ValueError("question: is answered on fresh seeds, which a training function is not trained on")
    question: Question = _in_section("question", partial(parse_question, space=space), table["question"])
    question.check_trials("study.trials", n_trials)
    question.check_enqueued(enqueued)
    return question


def _parse_data(entries: Mapping[str, Any]) -> tuple[nets_data.SplitSettings, str]:
    """Returns the settings of the split, with an absolute path, and the name of the preprocessing."""
    rest = dict(entries)
    preprocessing = rest.pop("preprocessing", nets_data.DEFAULT_PREPROCESSING)
    if not isinstance(preprocessing, str) or preprocessing not in nets_data.PREPROCESSINGS:
        raise ValueError(
            f"preprocessing: expected one of {nearest_first(nets_data.PREPROCESSINGS, str(preprocessing))}, "
            f"but got {preprocessing!r}"
        )
    split = nets_data.check_settings(rest, SOURCES)
    if split.path is not None:
        try:
            path = str(nets_data.expanded(split.path))
        except FileNotFoundError as error:
            raise ValueError(f"path: {error}") from error
        if not is_text(path):  # of a folder above; the study's own file could not name it
            raise ValueError(f"path: expected a path in UTF-8, but got {path!r}")
        split = replace(split, path=path)
    return split, preprocessing


def _in_section(section: str, parse: Any, entries: Mapping[str, Any]) -> Any:
    """Calls a parser of one section and puts the section before its messages."""
    try:
        return parse(entries)
    except ValidationError as error:
        raise ValueError(f"{section}.{_first_error(error)}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"{section}.{error}") from error


def _validate(model: type[BaseModel], section: str, table: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate(table.get(section, {}))
    except ValidationError as error:
        known = list(model.model_fields)
        raise ValueError(f"{section}.{_first_error(error, known)}") from error


def _first_error(error: ValidationError, known: Sequence[str] = ()) -> str:
    """Returns the first of pydantic's findings as `key: what was expected, but got value`."""
    found = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden":
        return f"{key}: unknown key; expected one of {nearest_first(known, key)}"
    if found["type"] == "missing":
        return f"{key}: missing; expected it beside {', '.join(found['input'])}"
    message = found["msg"].removeprefix("Value error, ")
    rule = message.replace("Input should be", "expected").replace(
        "expected a valid integer", "expected an integer"
    )
    return f"{key}: {rule}, but got {found['input']!r}"
