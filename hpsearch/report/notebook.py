"""A paragraph to copy into one's own report: the numbers, how they were found and what was searched.

notebook_paragraph(frames)   Markdown
judgement(frames)            what fresh seeds and the test split said
taken_parameters(frames)     of the trial that these are about
"""

from typing import TYPE_CHECKING

from hpsearch.results.accuracies import Accuracy, three_accuracies
from hpsearch.results.epochs import EpochsSpent
from hpsearch.results.failing import unlearned_in_words
from hpsearch.results.stats import best_trial
from hpsearch.results.winner import taken_trial
from hpsearch.space import Parameter
from hpsearch.study.own_data import source_in_words, splits_in_words
from hpsearch.words import counted, listed, percent, percents, times, visible

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


_SEARCHES = {"gp": "Gaussian-process", "tpe": "TPE", "qmc": "Sobol"}


def notebook_paragraph(frames: "StudyFrames") -> str:
    """Returns what was searched, what was found and how far it can be trusted; "" without a winner."""
    number = best_trial(frames.trials)
    if number is None:
        return ""
    search, _, test = three_accuracies(frames)
    sentences = [_searched(frames), _found(frames, search, number), *judgement(frames)]
    if test.value is None and not frames.study.is_function:
        sentences.append(_untested(_looks_of_others(frames)))
    listing = ", ".join(f"`{name} = {value}`" for name, value in taken_parameters(frames).items())
    return f"{' '.join(sentences)}\n\nBest parameters (trial {taken_trial(frames)}): {listing}.\n"


def judgement(frames: "StudyFrames") -> list[str]:
    """Returns how the trial that is taken does on fresh seeds and on the test split, if that was asked."""
    _, fresh, test = three_accuracies(frames)
    sentences = []
    if fresh.value is not None:
        sentences.append(f"On fresh seeds ({fresh.note}): {_with_interval(fresh)}.")
        if frames.confirmation is not None and (unlearned := unlearned_in_words(frames.confirmation)):
            sentences.append(unlearned)
    if test.value is not None:
        looks, others = int((frames.ledger["study"] == frames.name).sum()), _looks_of_others(frames)
        seen = f"seen {times(looks)}"
        if others:
            seen += f", and {times(others)} by other studies"
        sentences.append(f"On the test images ({test.note}): {_with_interval(test)}; {seen}.")
    return sentences


def _looks_of_others(frames: "StudyFrames") -> int:
    """Returns how often other studies looked at the test images of this one."""
    return int((frames.ledger["study"] != frames.name).sum())


def _untested(looks_of_others: int) -> str:
    if not looks_of_others:
        return "The test images have not been looked at."
    return f"This study has not looked at the test images; other studies have, {times(looks_of_others)}."


def taken_parameters(frames: "StudyFrames") -> dict[str, str]:
    """Returns the parameters of the trial that confirm took, else of the search's best; there must be one."""
    taken = frames.trials[frames.trials["number"] == taken_trial(frames)].iloc[0]
    given = {parameter.name: taken[f"params.{parameter.name}"] for parameter in frames.parameters}
    return {name: _shown(value) for name, value in given.items() if value is not None and value == value}


def _searched(frames: "StudyFrames") -> str:
    study = frames.study
    source = study.data.source
    splits = splits_in_words(source, frames.num_train, frames.num_val)
    spent = EpochsSpent.of(study, frames.trials).in_words()
    return (
        f"{study.net_kind} on {source_in_words(source)} ({splits}): {counted(frames.n_recorded, 'trial')} of"
        f" {_search(frames)} search {_pruning(study.pruner.name)}, seed {study.seed}, {spent}, over"
        f" {listed(map(_range, study.space))}."
    )


def _search(frames: "StudyFrames") -> str:
    """Returns what kind of search it was; of `auto` that of the samplers that it picked."""
    names = frames.picked or [frames.study.sampler.name]
    return " and ".join(_SEARCHES.get(name, name) for name in names)


def _pruning(name: str) -> str:
    return "without pruning" if name == "none" else f"with {name.replace('_', ' ')} pruning"


def _range(parameter: Parameter) -> str:
    if parameter.kind == "choice":
        return f"{parameter.name} ({', '.join(map(visible, parameter.choices))})"
    scale = ", log scale" if parameter.log else ""
    return f"{parameter.name} ({parameter.low:g} to {parameter.high:g}{scale})"


def _found(frames: "StudyFrames", search: Accuracy, number: int) -> str:
    others = int(frames.near_best.sum()) - 1
    some = f"{counted(others, 'other trial')} {'is' if others == 1 else 'are'}"
    within = f"{some if others else 'no other trial is'} within noise of it"
    assert search.value is not None, "there is a winner"
    if search.raw is None:
        return (
            f"Best validation accuracy: {percent(search.value)} (trial {number}), not corrected for having"
            f" been chosen; {within}."
        )
    is_whole = frames.corrected is None or frames.corrected.of_pruning is not None
    pruned = "" if is_whole else ", not for what pruning chose"
    return (
        f"Best validation accuracy: {percent(search.raw)} (trial {number}); {_with_interval(search)} when the"
        f" choice of epoch and trial on these {frames.study.example}s is corrected for (bootstrap bias"
        f" correction{pruned}); {within}."
    )


def _with_interval(one: Accuracy) -> str:
    assert one.value is not None, "asked of known accuracies only"
    if one.interval is None:
        return percent(one.value)
    return f"{percent(one.value)} (95 % interval {percents(*one.interval)})"


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else visible(value)
