"""What the search says about its own space, as findings with the command that acts on each.

    findings(frames)    a list of Finding, the most important first

Each finding is a rule of its own: a function of the frames that yields what it noticed.
"""

import copy
import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hpsearch.errors import StudyFileError
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter
from hpsearch.study.studyfile import from_table
from hpsearch.words import counted, listed

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

N_BEST = 10
"""So many of the best complete trials speak for the good region."""
MIN_COMPLETE = 5
"""Below this many complete trials nothing is said about regions and choices."""
NEXT_OUT = "reports-next"
"""Where a changed study goes: in its own folder it would be refused as another study."""
EDGE = 0.05
"""Share of a range that counts as its end."""


@dataclass(frozen=True)
class Finding:
    """One thing noticed.

    Attributes:
        rule: its kind, for programs and tests.
        sentence: what was noticed and what to do.
        settings: overrides for a new study that act on it, as in --set; empty if none does.
    """

    rule: str
    sentence: str
    settings: Mapping[str, Any]

    def command(self, study: str) -> str:
        """Returns the command line that acts on the finding in a study of its own, "" if none does."""
        if not self.settings:
            return ""
        # JSON's numbers, strings and lists are TOML's too.
        settings = [shlex.quote(f"{key}={json.dumps(value)}") for key, value in self.settings.items()]
        return f"hpsearch run --study {study} --set {' --set '.join(settings)} --out {NEXT_OUT}"


def findings(frames: "StudyFrames") -> list[Finding]:
    """Returns what the rules notice in a study."""
    return [finding for rule in _RULES for finding in rule(frames)]


def _best_few(frames: "StudyFrames") -> pd.DataFrame:
    """Returns the best few complete trials, best first; empty if there are too few to say anything."""
    complete = frames.trials[frames.trials["state"] == "complete"]
    if len(complete) < MIN_COMPLETE:
        return complete.head(0)
    return complete.sort_values(["value", "number"], ascending=[False, True]).head(N_BEST)


def _failures(frames: "StudyFrames") -> Iterator[Finding]:
    failed = frames.trials[frames.trials["state"] == "failed"]
    if len(failed):
        counts = failed["reason"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
        reason, count = str(counts.index[0]) or "no reason given", int(counts.iloc[0])
        yield Finding(
            "failures", f"{counted(len(failed), 'trial')} failed, {count} of them with: {reason}.", {}
        )


def _divergence(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for the parameter above or below whose threshold all trials that diverged lie."""
    diverged = frames.trials[frames.trials["state"] == "diverged"]
    if len(diverged) < 3:
        return
    borders = [border for p in frames.parameters if p.kind != "choice" for border in _borders(frames, p)]
    telling = [border for border in borders if border[0] <= 0.6]
    count = f"{counted(len(diverged), 'trial')} diverged"
    if not telling:
        yield Finding("divergence", f"{count}; no single parameter sets them apart.", {})
        return
    yield _advice_on_border(frames, count, *min(telling))


def _advice_on_border(
    frames: "StudyFrames", count: str, share: float, name: str, end: str, limit: float
) -> Finding:
    side, verb = ("at or above", "lower") if end == "high" else ("at or below", "raise")
    sentence = f"{count}, all with {name} {side} {limit:.3g}, where {100 * share:.0f} % of the trials lay"
    best = frames.trials[frames.trials["number"] == best_trial(frames.trials)]
    if best.empty or (best[f"params.{name}"].iloc[0] < limit) == (end == "high"):
        settings = {f"space.{name}.{end}": float(f"{limit:.2g}")}
        advice = f"{sentence}: {verb} its {end} end."
        return Finding("divergence", advice, settings if is_valid(frames, settings) else {})
    return Finding("divergence", f"{sentence}, but so did the best one.", {})


def _borders(frames: "StudyFrames", parameter: Parameter) -> Iterator[tuple[float, str, str, float]]:
    """Yields for each end (share of all trials beyond the border, name, end, border)."""
    values = frames.trials[f"params.{parameter.name}"].astype(np.float64)
    diverged = values[frames.trials["state"] == "diverged"]
    if diverged.notna().all():
        low, high = float(diverged.min()), float(diverged.max())
        yield float((values >= low).mean()), parameter.name, "high", low
        yield float((values <= high).mean()), parameter.name, "low", high


def _edges(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for ranges at whose end most of the best trials lie."""
    best = _best_few(frames)
    for parameter in frames.parameters:
        if parameter.kind == "choice" or best.empty:
            continue
        places = parameter.place(best[f"params.{parameter.name}"])
        for end, near in (("low", places <= EDGE), ("high", places >= 1 - EDGE)):
            if near.sum() * 2 > len(best):
                yield from _widening(frames, parameter, end, int(near.sum()), len(best))


def _widening(
    frames: "StudyFrames", parameter: Parameter, end: str, n_near: int, n_best: int
) -> Iterator[Finding]:
    wider = _wider_end(parameter, end)
    settings = _range_setting(parameter, end, wider)
    if is_valid(frames, settings):
        yield Finding(
            "edge",
            f"{n_near} of the best {n_best} trials have {parameter.name} within {100 * EDGE:.0f} % of its"
            f" {'upper' if end == 'high' else 'lower'} end: widen it to {wider:g}.",
            settings,
        )


def _range_setting(parameter: Parameter, end: str, value: float | int) -> dict[str, Any]:
    """Returns the override that moves one end of a range; depth and widths are written as pairs."""
    name, _, part = parameter.name.partition(".")
    if not part:
        return {f"space.{name}.{end}": value}
    ends = [parameter.low, value] if end == "high" else [value, parameter.high]
    return {f"space.{name}.{'depth' if part == 'depth' else 'width'}": ends}


def _wider_end(parameter: Parameter, end: str) -> float | int:
    """Returns an end ten times as far on a logarithmic scale, half the range further on another."""
    low, high = float(parameter.low or 0), float(parameter.high or 0)
    factor = 2.0 if parameter.kind == "int" else 10.0
    if parameter.log:
        wider = high * factor if end == "high" else low / factor
    else:
        step = (high - low) / 2
        if parameter.step is not None:
            step = max(round(step / parameter.step), 1) * parameter.step
        wider = high + step if end == "high" else low - step
    return max(round(wider), 1) if parameter.kind == "int" else float(f"{wider:.6g}")


def is_valid(frames: "StudyFrames", settings: Mapping[str, Any]) -> bool:
    """Says whether the study file would be accepted with these overrides (dropout = 1.2 would not)."""
    table = copy.deepcopy(dict(frames.study.table))
    for key, value in settings.items():
        *sections, last = key.split(".")
        entries = table
        for section in sections:
            entries = entries[section]
        entries[last] = value
    own_net = ":" in frames.study.net_kind  # its checks would mean importing it
    try:
        from_table(table, frames.name, frames.name, resolved=own_net)
    except StudyFileError:
        return False
    return True


def _choices(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for choices that made no difference, and for those that never came close."""
    near = frames.near_best
    complete = frames.trials["state"] == "complete"
    for parameter in frames.parameters:
        if parameter.kind != "choice" or near.sum() < 2:
            continue
        tried = {choice: frames.trials[f"params.{parameter.name}"] == choice for choice in parameter.choices}
        enough = [choice for choice, mine in tried.items() if (mine & complete).sum() >= MIN_COMPLETE]
        close = [choice for choice, mine in tried.items() if (mine & near).any()]
        yield from _advice_on_choices(frames, parameter, enough, close)


def _advice_on_choices(
    frames: "StudyFrames", parameter: Parameter, enough: list[Any], close: list[Any]
) -> Iterator[Finding]:
    """Judges a parameter by the choices that were tried enough and those that came within noise."""
    far = [choice for choice in enough if choice not in close]
    if len(enough) == len(close) == len(parameter.choices):
        yield Finding(
            "no-difference",
            f"{parameter.name} made no difference beyond noise: the best trials with"
            f" {listed(close)} are within it.",
            {},
        )
    elif far and len(close) + len(far) == len(parameter.choices):
        settings = {f"space.{parameter.name}.choices": close}
        yield Finding(
            "poor-choice",
            f"No complete trial with {parameter.name} {listed(far)} came within noise of the best:"
            " leave it out.",
            settings if is_valid(frames, settings) else {},
        )


def _more_epochs(frames: "StudyFrames") -> Iterator[Finding]:
    best = _best_few(frames)
    late = int((best["best_epoch"] >= frames.max_epochs).sum())
    if late * 2 > len(best):
        yield Finding(
            "more-epochs",
            f"{late} of the best {len(best)} trials were still improving at the last epoch: train longer.",
            {"training.epochs": 2 * frames.max_epochs},
        )
    early = best["best_epoch"].max() if len(best) else np.nan
    if early * 2 <= frames.max_epochs and frames.max_epochs >= 8:
        yield Finding(
            "fewer-epochs",
            f"None of the best {len(best)} trials improved after epoch {early:.0f} of {frames.max_epochs}.",
            {"training.epochs": int(1.5 * early)},
        )


def _overfitting(frames: "StudyFrames") -> Iterator[Finding]:
    best = _best_few(frames)
    gap = float((best["train_accuracy"] - best["value"]).median()) if len(best) else 0.0
    if gap > 0.05:
        yield Finding(
            "overfitting",
            f"The best {len(best)} trials are {100 * gap:.0f} points better on training images than on new"
            " ones: try more regularization (reg, dropout), more training images or augmentation.",
            {},
        )


def _too_few_images(frames: "StudyFrames") -> Iterator[Finding]:
    n_complete = int((frames.trials["state"] == "complete").sum())
    near = int(frames.near_best.sum())
    if n_complete >= N_BEST and near * 2 > n_complete:
        yield Finding(
            "few-images",
            f"{near} of {n_complete} complete trials cannot be told from the best on {frames.num_val}"
            " validation images: more images would tell more of them apart.",
            {},
        )


_RULES: tuple[Callable[["StudyFrames"], Iterator[Finding]], ...] = (
    _failures,
    _divergence,
    _edges,
    _more_epochs,
    _choices,
    _overfitting,
    _too_few_images,
)
