"""Any study of Optuna -> frames: its trials, what they reported, and the ranges that they were drawn from.

read_optuna(address, name)    an `Imported`

Optuna knows nothing of what a value is, so nothing is taken for an accuracy, an epoch or an image here. A
trial's value and its last report need not be of one kind; they are kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from hpsearch.errors import CallError
from hpsearch.exchange.storages import shown, to_read
from hpsearch.space import Parameter
from nets.names import nearest_first

STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}
LARGEST = 1e100
"""What is beyond, such as the largest number of a computer, stands for an infinite value."""
_KINDS = {"number": "int64", "reports": "int64"} | dict.fromkeys(
    ("value", "last_report", "seconds"), "float64"
)


@dataclass(frozen=True)
class Imported:
    """A study of Optuna's with one objective.

    Attributes:
        name: what it is called there.
        address: where it was read, without a password.
        minimize: whether lower values are better.
        objective: what is measured, as the study calls it; "objective value" if it does not.
        parameters: one a name that a trial has, with the range of all trials together.
        trials: one row a trial: number; state, one of `STATES`; value, what it was told at its end; feasible,
            whether it keeps all constraints; reports, how many it made; last_report; seconds; started and
            finished; and params.NAME, choices as text.
        reports: one row a report: number, step, value.
        is_constrained: whether a trial has constraints.
        best_params: what the best trial was given, as it was; empty without one.
        attributes: what users wrote on the study.
    """

    name: str
    address: str
    minimize: bool
    objective: str
    parameters: tuple[Parameter, ...]
    trials: pd.DataFrame
    reports: pd.DataFrame
    is_constrained: bool
    best_params: Mapping[str, Any]
    attributes: Mapping[str, Any]

    @property
    def ranked(self) -> pd.DataFrame:
        """The complete trials that keep all constraints and have a value, the best first."""
        return _ranked(self.trials, self.minimize)

    @property
    def best(self) -> int | None:
        """The number of the best trial, of equals the first; None without one."""
        ranked = self.ranked
        return None if ranked.empty else int(ranked["number"].iloc[0])


def _ranked(trials: pd.DataFrame, minimize: bool) -> pd.DataFrame:
    done = trials[(trials["state"] == "complete") & trials["feasible"] & trials["value"].notna()]
    return done.sort_values(["value", "number"], ascending=[minimize, True])


def read_optuna(address: str, name: str | None = None) -> Imported:
    """Reads a study; nothing is changed.

    Args:
        address: of its storage.
        name: what it is called there; not needed where there is only one.

    Raises:
        CallError: there is no such storage or study, or the study has several objectives.
        HpsearchError: it cannot be read.
    """
    with to_read(address) as storage:
        study = optuna.load_study(study_name=_name_in(storage, shown(address), name), storage=storage)
        directions = study.directions
        if len(directions) > 1:
            raise CallError(
                f"{shown(address)}: study {study.study_name!r} has {len(directions)} objectives;"
                " expected one, by which trials can be ranked"
            )
        trials = study.get_trials(deepcopy=False)
        names = storage.get_study_system_attrs(study._study_id).get("study:metric_names")
        minimize, frame = directions[0] != StudyDirection.MAXIMIZE, _trials_frame(trials)
        ranked = _ranked(frame, minimize)["number"]
        return Imported(
            name=study.study_name,
            address=shown(address),
            minimize=minimize,
            objective=names[0] if names else "objective value",
            parameters=_parameters(trials),
            trials=frame,
            reports=_reports_frame(trials),
            is_constrained=any(trial.constraints for trial in trials),
            best_params={} if ranked.empty else trials[ranked.iloc[0]].params,
            attributes=study.user_attrs,
        )


def folder_name(name: str) -> str:
    """Returns the name of a folder for a study of any name."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip(".-")[:64] or "optuna"


def _name_in(storage: BaseStorage, address: str, name: str | None) -> str:
    """Returns which study of a storage is meant.

    Raises:
        CallError: there is none of this name, or it has to be said.
    """
    names = [study.study_name for study in storage.get_all_studies()]
    if not names:
        raise CallError(f"{address}: holds no study")
    if name is None and len(names) > 1:
        raise CallError(
            f"{address}: holds {len(names)} studies; expected --study and one of {nearest_first(names, '')}"
        )
    if name is not None and name not in names:
        raise CallError(f"--study {name}: not in {address}; expected one of {nearest_first(names, name)}")
    return name or names[0]


def _trials_frame(trials: Sequence[FrozenTrial]) -> pd.DataFrame:
    names, choices = _parameter_names(trials), _choice_names(trials)
    first = [
        "number",
        "state",
        "value",
        "feasible",
        "reports",
        "last_report",
        "seconds",
        "started",
        "finished",
    ]
    rows = [_row(trial, names, choices) for trial in trials]
    frame = pd.DataFrame(rows, columns=pd.Index([*first, *(f"params.{name}" for name in names)]))
    frame = frame.astype({**_KINDS, "feasible": "bool"})
    for name in ("started", "finished"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _row(trial: FrozenTrial, names: Sequence[str], choices: Container[str]) -> list[Any]:
    """Returns a trial's row; a pruned trial has no value, whatever Optuna shows for one."""
    is_done = trial.state == TrialState.COMPLETE
    last = trial.intermediate_values[max(trial.intermediate_values)] if trial.intermediate_values else None
    return [
        trial.number,
        STATES[trial.state],
        trial.value if is_done else None,
        all(value <= 0 for value in trial.constraints.values()),
        len(trial.intermediate_values),
        last,
        None if trial.duration is None else trial.duration.total_seconds(),
        trial.datetime_start,
        trial.datetime_complete,
        *(_recorded(trial, name, name in choices) for name in names),
    ]


def _recorded(trial: FrozenTrial, name: str, is_choice: bool) -> Any:
    if name not in trial.params:
        return None
    return choice_text(trial.params[name]) if is_choice else trial.params[name]


def choice_text(choice: object) -> str:
    """Returns a choice as text, so that 1, True and "1" are three."""
    return choice if isinstance(choice, str) and not _looks_other(choice) else repr(choice)


def _looks_other(text: str) -> bool:
    """Says whether a text reads like a choice that is none: "1", "None", "'a'"."""
    try:
        float(text)
    except ValueError:
        return text in ("None", "True", "False") or text[:1] in "'\""
    return True


def _reports_frame(trials: Sequence[FrozenTrial]) -> pd.DataFrame:
    rows = [
        (trial.number, step, value)
        for trial in trials
        for step, value in sorted(trial.intermediate_values.items())
    ]
    kinds = {"number": "int64", "step": "int64", "value": "float64"}
    return pd.DataFrame(rows, columns=pd.Index(list(kinds))).astype(kinds)


def _parameter_names(trials: Sequence[FrozenTrial]) -> list[str]:
    """Returns the names in the order in which trials had them first."""
    return list(dict.fromkeys(name for trial in trials for name in trial.distributions))


def _choice_names(trials: Sequence[FrozenTrial]) -> set[str]:
    """Returns the parameters that are choices in any trial: what others drew from a range is one more."""
    return {
        name
        for trial in trials
        for name, drawn_from in trial.distributions.items()
        if isinstance(drawn_from, CategoricalDistribution)
    }


def _parameters(trials: Sequence[FrozenTrial]) -> tuple[Parameter, ...]:
    choices = _choice_names(trials)
    having = {name: [one for one in trials if name in one.params] for name in _parameter_names(trials)}
    return tuple(
        _choice(name, ones) if name in choices else _range(name, [one.distributions[name] for one in ones])
        for name, ones in having.items()
    )


def _choice(name: str, trials: Sequence[FrozenTrial]) -> Parameter:
    """Returns one parameter with the choices of all trials, which need not have had the same."""
    found: dict[str, None] = {}
    for trial in trials:
        drawn_from = trial.distributions[name]
        values = (
            drawn_from.choices if isinstance(drawn_from, CategoricalDistribution) else (trial.params[name],)
        )
        found |= dict.fromkeys(map(choice_text, values))
    return Parameter(name, "choice", choices=tuple(found))


def _range(name: str, drawn_from: Sequence[BaseDistribution]) -> Parameter:
    """Returns one parameter with the ranges of all trials, which may have drawn from several."""
    last = drawn_from[-1]
    ranges = [one for one in drawn_from if isinstance(one, FloatDistribution | IntDistribution)]
    steps = {one.step for one in ranges}
    return Parameter(
        name,
        "int" if isinstance(last, IntDistribution) else "float",
        low=min(one.low for one in ranges),
        high=max(one.high for one in ranges),
        log=all(one.log for one in ranges),
        step=steps.pop() if len(steps) == 1 else None,
    )


def drawable(values: pd.Series) -> pd.Series:
    """Returns which values an axis can hold: they are there, and neither infinite nor nearly so."""
    return values.abs() <= LARGEST
