"""What the search says about its ranges and choices: where nets diverge, and where the best trials crowd.

divergence(frames)    which range to cut, and where; which choices to leave out
edges(frames)         which range to widen, since the best trials lie at its end
rising(frames)        which range to widen, since trials are the better the nearer they are to its end
what_is_common(...)   what all of some trials have, as those that failed, and most others do not

That the best trials lie at an end does not tell an optimum just inside of it from one beyond: of a hundred
trials too few lie there, whatever is asked of them (tests/benchmarks/README.md). So both are said to be
possible.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.results.border import Part
from hpsearch.results.finding import Finding, as_written, best_few, is_valid, of_the_best
from hpsearch.results.importance import mattered
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter
from hpsearch.words import counted, either, visible

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

MIN_ALIKE = 3
EDGE = 0.05
"""Share of a range that counts as its end."""
CHANCE = 0.05
"""The chance that nets which diverge at random are blamed on a parameter, shared out over the borders; and
that the best crowd at an end of some range that mattered, shared out over these ends."""
SURE = 0.95
"""How probable it must be that trials are better at the end of a range than before it, to widen it."""
OUTER = 1 / 3
"""Share of a range, next to an end, in which most of the best trials must lie."""
STEP = 0.15
"""Share of a range over which they must still get better toward the end."""
SANE_HIGHEST = {"learning_rate": 1.0, "weight_scale": 1.0}
"""Above these values hardly any net can be trained."""


_END = {"low": "lower", "high": "upper"}


class _Border(NamedTuple):
    """All trials that are alike, as those that diverged, lie beyond it, or have one of some choices.

    Attributes:
        share: of the trials that have the parameter, those that lie beyond it, or have such a choice.
        chance: how probable that is if what is alike in them has nothing to do with its value.
        name, end, limit: which parameter, which end of its range, and from which value on; "is" and choices.
    """

    share: float
    chance: float
    name: str
    end: str
    limit: Any


def divergence(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for the threshold above or below which all trials that diverged lie, or for their choices."""
    told = frames.trials[frames.trials["state"] != "failed"]
    n_diverged = int((told["state"] == "diverged").sum())
    if n_diverged and n_diverged == len(told):
        yield _all_diverged(frames, told)
    elif n_diverged >= MIN_ALIKE:
        found = _border_of(frames, told, told["state"] == "diverged")
        count = f"{counted(n_diverged, 'trial')} diverged"
        if found is not None:
            blame = _advice_on_choices if found.end == "is" else _advice_on_border
            yield blame(frames, told, count, found)
        else:
            yield Finding("divergence", f"{count}; no end of a range and no single choice stands out.", {})


def what_is_common(frames: "StudyFrames", alike: pd.Series) -> str | None:
    """Returns what all of some trials have and most others do not, in words; None if nothing stands out.

    Args:
        alike: which trials these are, with the index of frames.trials.
    """
    found = _border_of(frames, frames.trials, alike) if alike.sum() >= MIN_ALIKE else None
    if found is None:
        return None
    those = _those_that_have(frames, frames.trials, found.name)
    return f"{_in_words(found)}, as {100 * found.share:.0f} % of {those} had"


def _border_of(frames: "StudyFrames", told: pd.DataFrame, alike: pd.Series) -> _Border | None:
    """Returns what those that are alike all lie beyond, and most others do not; None if by chance."""
    borders = [border for parameter in frames.parameters for border in _borders(told, alike, parameter)]
    n_possible = sum(len(parameter.choices) or 2 for parameter in frames.parameters)
    clear = [border for border in borders if border.chance * n_possible <= CHANCE]
    return min((border for border in clear if border.share <= 0.6), default=None)


def _in_words(border: _Border) -> str:
    _, _, name, end, limit = border
    if end != "is":
        return f"{name} at or {'above' if end == 'high' else 'below'} {limit:.3g}"
    if len(limit) == 1:
        return Part(name, "is", limit[0]).in_words()
    return f"{name} {either(visible(choice) for choice in limit)}"


def _all_diverged(frames: "StudyFrames", diverged: pd.DataFrame) -> Finding:
    """Names the parameters that are too large to train any net, else the usual one."""
    n = len(diverged)
    count = {1: "The only trial", 2: "Both trials"}.get(n, f"All {n} trials")
    count += " that did not fail" if n < len(frames.trials) else ""
    wild = {p.name: p for p in frames.parameters if p.kind != "choice"}
    known = [name for name in SANE_HIGHEST if name in wild]
    above = [name for name in known if float(wild[name].low or 0) >= SANE_HIGHEST[name]]
    for name, value in [] if above else _fixed_above(frames):
        return Finding("divergence", f"{count} diverged, with {name} {value:g}: lower it first.", {})
    for name in (above or known)[:1]:
        values = diverged[f"params.{name}"].astype(np.float64)
        spread = " to ".join(dict.fromkeys(f"{value:.3g}" for value in (values.min(), values.max())))
        # One or two nets may diverge by chance: their range is no reason for another study.
        settings = _lowered(wild[name], float(values.min())) if len(diverged) >= MIN_ALIKE else {}
        sentence = f"{count} diverged, with {name} {spread}: lower {name} first."
        return Finding("divergence", sentence, settings if is_valid(frames, settings) else {})
    first = "lower the learning rate first"
    if frames.study.is_function:  # which may know no such thing
        first = "see first why the function yields what is not finite"
    return Finding("divergence", f"{count} diverged: {first}.", {})


def _fixed_above(frames: "StudyFrames") -> list[tuple[str, float]]:
    """Returns the fixed values that are too large to train any net, by their names."""
    fixed = {**frames.study.net, **frames.study.training}
    known = [(name, fixed.get(name), highest) for name, highest in SANE_HIGHEST.items()]
    return [
        (name, value)
        for name, value, highest in known
        if isinstance(value, (int, float)) and value >= highest
    ]


def _lowered(parameter: Parameter, lowest: float) -> dict[str, Any]:
    """Returns a range below a value that was too large: one that can be trained, or the old one's end."""
    highest, low = SANE_HIGHEST[parameter.name], float(parameter.low or 0)
    ends = {"low": highest / 10_000, "high": highest / 10}
    if low < highest:
        ends = {"low": float(f"{low / 10:.2g}"), "high": float(f"{min(lowest, highest):.2g}")}
    return {f"space.{parameter.name}.{end}": value for end, value in ends.items()}


def _advice_on_border(frames: "StudyFrames", told: pd.DataFrame, count: str, border: _Border) -> Finding:
    share, _, name, end, limit = border
    verb = "lower" if end == "high" else "raise"
    those = _those_that_have(frames, told, name)
    sentence = f"{count}, all with {_in_words(border)}, where {100 * share:.0f} % of {those} lay"
    best = _winners(frames, name)
    won = math.nan if best.empty else float(best.iloc[0])
    if won >= limit if end == "high" else won <= limit:
        return Finding("divergence", f"{sentence}, but so did the best one.", {})
    [parameter] = [one for one in frames.parameters if one.name == name]
    settings = _range_setting(parameter, end, _cut_end(parameter, end, limit, won))
    advice = f"{sentence}: {verb} its {end} end."
    return Finding("divergence", advice, settings if is_valid(frames, settings) else {})


def _advice_on_choices(frames: "StudyFrames", told: pd.DataFrame, count: str, border: _Border) -> Finding:
    share, _, name, _, choices = border
    those = _those_that_have(frames, told, name)
    sentence = f"{count}, all with {_in_words(border)}, as {100 * share:.0f} % of {those} had"
    if _winners(frames, name).isin(choices).any():
        return Finding("divergence", f"{sentence}, but so did the best one.", {})
    [parameter] = [one for one in frames.parameters if one.name == name]
    question = frames.study.question
    is_compared = question is not None and question.compare == name
    values = told[f"params.{name}"]
    shares = [(told.loc[values == choice, "state"] == "diverged").mean() for choice in choices]
    if is_compared or min(shares) <= 0.5:
        return Finding("divergence", f"{sentence}.", {})
    kept = [one for one in parameter.choices if one not in choices]
    settings = {f"space.{name}.choices": as_written(frames, parameter, kept)}
    them = "it" if len(choices) == 1 else "them"
    advice = f"{sentence}: leave {them} out."
    return Finding("divergence", advice, settings if is_valid(frames, settings) else {})


def _those_that_have(frames: "StudyFrames", told: pd.DataFrame, name: str) -> str:
    which = ["have it"] if told[f"params.{name}"].isna().any() else []
    which += ["did not fail"] if len(told) < len(frames.trials) else []
    return f"the trials that {' and '.join(which)}" if which else "the trials"


def _winners(frames: "StudyFrames", name: str) -> pd.Series:
    """Returns the best trial's value of a parameter, in a Series; an empty one without a best trial."""
    return frames.trials.loc[frames.trials["number"] == best_trial(frames.trials), f"params.{name}"]


def _cut_end(parameter: Parameter, end: str, limit: float, won: float) -> float | int:
    """Returns the end of a range of which the values from a limit on are cut off.

    That is the next value before it where there is a next one, else about the limit: a number of few digits
    that leaves the winner's value in.
    """
    step = parameter.step or (1 if parameter.kind == "int" else 0)
    if step:
        before = limit - step if end == "high" else limit + step
        return round(before) if parameter.kind == "int" else float(f"{before:.6g}")
    rounded = (float(f"{limit:.{digits}g}") for digits in range(2, 18))
    return next(one for one in rounded if not (won > one if end == "high" else won < one))


def _borders(told: pd.DataFrame, alike: pd.Series, parameter: Parameter) -> Iterator[_Border]:
    """Yields a border for each end, or the choices, if all trials that are alike have the parameter.

    Trials without it do not count: that they are not alike is no matter of its value.
    """
    every = told[f"params.{parameter.name}"]
    of_alike, values = every[alike], every.dropna()
    if of_alike.notna().all():
        for end, limit, beyond in _beyond(parameter, of_alike, values):
            n_beyond = int(beyond.sum())
            # of all ways to choose the trials that are alike, those beyond the border
            chance = math.comb(n_beyond, len(of_alike)) / math.comb(len(values), len(of_alike))
            if end == "is" and len(limit) > 1:  # one of 2**n sets of choices, where a single one is one of n
                chance *= 2 ** len(parameter.choices) / len(parameter.choices)
            yield _Border(n_beyond / len(values), chance, parameter.name, end, limit)


def _beyond(
    parameter: Parameter, of_alike: pd.Series, values: pd.Series
) -> Iterator[tuple[str, Any, pd.Series]]:
    """Yields the borders of the trials that are alike, and which values lie beyond."""
    if parameter.kind != "choice":
        numbers = values.astype(np.float64)
        low, high = float(of_alike.min()), float(of_alike.max())
        yield "high", low, numbers >= low
        yield "low", high, numbers <= high
    else:
        choices = tuple(choice for choice in parameter.choices if (of_alike == choice).any())
        yield "is", choices, values.isin(choices)


def edges(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for ranges at whose end most of the best trials lie, and toward which they get better."""
    best = best_few(frames)
    told = _ranges_that_mattered(frames) if len(best) else []
    for parameter in told:
        places = parameter.place(best[f"params.{parameter.name}"])
        for end, near in (("low", places <= EDGE), ("high", places >= 1 - EDGE)):
            crowded = near.sum() * 2 > len(best) and _outward(frames, parameter, end, OUTER) >= SURE
            chance = _chance_among_all(frames, parameter, end, int(near.sum()), len(best))
            if crowded and chance <= CHANCE / (2 * len(told)):  # of both ends of each
                crowd = f"{of_the_best(int(near.sum()), best)} have {parameter.name} within"
                where = f"{crowd} {100 * EDGE:.0f} % of its {_END[end]} end"
                yield from _widening(frames, parameter, end, where)


def rising(frames: "StudyFrames") -> Iterator[Finding]:
    """Looks for ranges in whose outer third most of the best trials lie, and still get better outward."""
    best = best_few(frames)
    told = _ranges_that_mattered(frames) if len(best) else []
    n_ends = 2 * sum(parameter.kind != "choice" for parameter in frames.parameters)
    for parameter, end in [(parameter, end) for parameter in told for end in _END]:
        near = int((_distance(parameter, end, best) <= OUTER).sum())
        if near * 2 > len(best) and 1 - _outward(frames, parameter, end, STEP) <= CHANCE / n_ends:
            those = of_the_best(near, best)
            where = f"{those} have {parameter.name} in the third of its range at its {_END[end]} end"
            yield from _widening(frames, parameter, end, where)


def _ranges_that_mattered(frames: "StudyFrames") -> list[Parameter]:
    """Returns the ranges that mattered: a sampler crowds at the end of others too."""
    clear = mattered(frames.importances)
    return [one for one in frames.parameters if one.kind != "choice" and one.name in clear]


def _outward(frames: "StudyFrames", parameter: Parameter, end: str, inward: float) -> float:
    """Returns how probable it is that trials are better at the end of a range that mattered than before.

    Between two of few values no trial can be, and what a process, which is smooth, makes of a step there
    goes on at the end.
    """
    assert frames.landscape is not None
    last_step = _last_step(parameter, end)
    if last_step > STEP:
        return frames.landscape.better_at_end(parameter.name, end, last_step)
    return frames.landscape.outward(parameter.name, end, inward)


def _last_step(parameter: Parameter, end: str) -> float:
    """Returns how far before an end the next value is, as a share of the range; 0 where none is the next."""
    step = parameter.step or (1 if parameter.kind == "int" else 0)
    low, high = float(parameter.low or 0), float(parameter.high or 0)
    there, before = (low, low + step) if end == "low" else (high, high - step)
    return float(np.abs(np.diff(parameter.place([there, before]))[0])) if step else 0.0


def _distance(parameter: Parameter, end: str, trials: pd.DataFrame) -> NDArray[np.float64]:
    """Returns how far trials are from an end, as shares of the range; NaN without the parameter."""
    places = parameter.place(trials[f"params.{parameter.name}"])
    return places if end == "low" else 1 - places


def _chance_among_all(
    frames: "StudyFrames", parameter: Parameter, end: str, n_near: int, n_best: int
) -> float:
    """Returns how probable it is that so many of the best lie at an end, if any trials could be the best.

    A sampler crowds somewhere whatever the parameter does, and of few values one is soon the commonest.
    """
    told = frames.trials.loc[frames.trials["state"] != "failed", f"params.{parameter.name}"]
    places = parameter.place(told)
    n, n_there = len(places), int(np.sum(places <= EDGE if end == "low" else places >= 1 - EDGE))
    ways = [math.comb(n_there, k) * math.comb(n - n_there, n_best - k) for k in range(n_near, n_best + 1)]
    return sum(ways) / math.comb(n, n_best)


def _widening(frames: "StudyFrames", parameter: Parameter, end: str, why: str) -> Iterator[Finding]:
    wider = _wider_end(parameter, end)
    if wider is None:
        return
    settings = _range_setting(parameter, end, wider)
    if not (frames.study.code and _leaves_fractions(parameter, wider)) and is_valid(frames, settings):
        both = "the best value may lie there or beyond"
        yield Finding("edge", f"{why}; {both}: widen it to {wider:g}.", settings)


def _leaves_fractions(parameter: Parameter, wider: float) -> bool:
    """Says whether a wider end of fractions is none itself: own code would check it too late, if at all."""
    low, high = float(parameter.low or 0), float(parameter.high or 0)
    return parameter.kind == "float" and low >= 0 and high <= 1 and not 0 <= wider <= 1


def _range_setting(parameter: Parameter, end: str, value: float | int) -> dict[str, Any]:
    """Returns the override that moves one end of a range; depth and widths are written as pairs."""
    name, _, part = parameter.name.partition(".")
    if not part:
        return {f"space.{name}.{end}": value}
    ends = [parameter.low, value] if end == "high" else [value, parameter.high]
    return {f"space.{name}.{'depth' if part == 'depth' else 'width'}": ends}


def _wider_end(parameter: Parameter, end: str) -> float | int | None:
    """Returns an end ten times as far on a logarithmic scale, half the range further on another.

    None where an integer cannot go there: sizes end at 1, and counts that may be 0 at 0.
    """
    low, high = float(parameter.low or 0), float(parameter.high or 0)
    factor = 2.0 if parameter.kind == "int" else 10.0
    if parameter.log:
        wider = high * factor if end == "high" else low / factor
    else:
        step = (high - low) / 2
        if parameter.step is not None:
            step = max(round(step / parameter.step), 1) * parameter.step
        wider = high + step if end == "high" else low - step
    if parameter.kind != "int":
        return float(f"{wider:.6g}")
    whole = max(round(wider), min(round(low), 1)) if low >= 0 else round(wider)
    return whole if (whole > high if end == "high" else whole < low) else None
