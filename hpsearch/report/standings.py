"""Which of several studies is ahead at equal budget, and whether chance could explain it: in sentences.

sentences(studies)      the answer
equal_budget(studies)   the epochs that every study has spent
seed_groups(studies)    the studies by label, those that differ in their seed alone together, a record a seed
labels(studies)         a name for each
"""

import json
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

from hpsearch.results.contest import Found, are_paired, difference, found_within
from hpsearch.results.forked import begun_with
from hpsearch.results.paired import SMALL_EFFECT, images_needed
from hpsearch.study.own_data import OWN_DATA
from hpsearch.words import counted, listed, percent, subtracted, told_apart

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames


def sentences(studies: Sequence["StudyFrames"]) -> list[str]:
    """Returns which study was ahead at equal budget, by how much, and whether chance could explain it.

    Studies that differ in their seed alone are one, with the mean over their seeds.
    """
    budget = equal_budget(studies)
    if budget == 0:
        idle = [label for label, one in zip(labels(studies), studies, strict=True) if spent_epochs(one) == 0]
        trained = "has trained" if len(idle) == 1 else "have trained"
        return [f"{listed(idle)} {trained} no epoch yet, so there is nothing to compare."]
    told = [f"Every study has spent at least {counted(budget, 'epoch')}; this is the equal budget."]
    told += _begun_elsewhere(studies)
    groups = seed_groups(studies)
    if len(groups) < 2:
        return [*told, "They are one study, with other seeds at most, so there is nothing to compare."]
    sources = {_task(frames) for frames in studies}
    if len(sources) > 1:
        return [*told, "They learn different things (data or classes differ): accuracies cannot be compared."]
    found = {label: _found(runs, budget) for label, runs in groups.items()}
    # The mean over some seeds alone would be that of the lucky ones.
    ranked = sorted(
        ((label, runs) for label, runs in found.items() if runs), key=lambda one: -_accuracy(one[1])
    )
    if len(ranked) < 2:
        return [
            *told,
            "Fewer than two have a complete trial in every seed by then, so there is nothing to compare.",
        ]
    (first, ahead), (second, behind) = ranked[:2]
    told.append(_leader(first, ahead, second, behind))
    told += _difference(first, ahead, second, behind, studies[0].study.example)
    return [*told, *_own_data([*groups[first], *groups[second]])]


def _begun_elsewhere(studies: Sequence["StudyFrames"]) -> list[str]:
    """Says of forks what their first trials had cost, and that these had been chosen before."""
    named = zip(labels(studies), studies, strict=True)
    return [sentence for label, frames in named for sentence in begun_with(frames, label)]


def _own_data(studies: Sequence["StudyFrames"]) -> list[str]:
    """Says of functions that bring their own data that only their users know whether it is the same."""
    functions = {frames.study.net_kind for frames in studies if frames.study.data.source == OWN_DATA}
    if len(functions) < 2:
        return []
    same = "both validate on the same examples, in the same order"
    return [f"Each function brings its own data: this holds only if {same}."]


def equal_budget(studies: Sequence["StudyFrames"]) -> int:
    """Returns the epochs that every one of the studies has spent."""
    return min(map(spent_epochs, studies))


def spent_epochs(frames: "StudyFrames") -> int:
    """Returns the epochs that all recorded trials of a study have taken."""
    return int(frames.trials["epochs"].sum())


def seed_groups(studies: Sequence["StudyFrames"]) -> Mapping[str, list["StudyFrames"]]:
    """Returns the studies by label; those that differ in their seed alone are one group.

    Two records of one seed hold the same trials and are no two draws: the longer one stands for both.
    """
    groups: dict[str, dict[int, StudyFrames]] = {}
    first_of: dict[str, str] = {}
    for label, frames in zip(labels(studies), studies, strict=True):
        table = frames.study.identity_table()
        table["study"] = {key: value for key, value in table["study"].items() if key != "seed"}
        name = first_of.setdefault(json.dumps(table, sort_keys=True, default=str), label)
        runs = groups.setdefault(name, {})
        before = runs.get(frames.study.seed)
        if before is None or len(before.trials) < len(frames.trials):
            runs[frames.study.seed] = frames
    return {
        label if len(runs) == 1 else f"{label} ({len(runs)} seeds)": list(runs.values())
        for label, runs in groups.items()
    }


def labels(studies: Sequence["StudyFrames"]) -> list[str]:
    """Returns the studies' names, with as much of their folders as tells those of one name apart."""
    named: dict[str, set[Path]] = {}
    for frames in studies:
        named.setdefault(frames.name, set()).add(frames.folder.resolve())
    return [_label(frames.folder.resolve(), named[frames.name]) for frames in studies]


def _label(folder: Path, of_same_name: Set[Path]) -> str:
    n_parts = 1
    while len({path.parts[-n_parts:] for path in of_same_name}) < len(of_same_name):
        n_parts += 1
    return "/".join(folder.parts[-n_parts:])


def _task(frames: "StudyFrames") -> tuple[object, ...]:
    """Returns what the nets of a study learn: which data, and to tell which classes apart."""
    return (frames.study.data.source, frames.class_names)


def _found(runs: Sequence["StudyFrames"], budget: int) -> list[Found]:
    """Returns what each run of a study found within a budget; nothing if one of them found nothing."""
    found = [found_within(frames, budget) for frames in runs]
    return [one for one in found if one is not None] if None not in found else []


def _accuracy(runs: Sequence[Found]) -> float:
    return sum(run.accuracy for run in runs) / len(runs)


def _leader(first: str, ahead: Sequence[Found], second: str, behind: Sequence[Found]) -> str:
    """Returns who leads, by accuracies without the luck of being chosen where all have them."""
    raw = [percent(sum(run.value for run in runs) / len(runs)) for runs in (ahead, behind)]
    corrected = f", without the luck of being chosen (with it {listed(raw)})"
    how = corrected if _are_corrected(ahead, behind) else ""
    accuracies = told_apart(_accuracy(ahead), _accuracy(behind))
    means = [
        f"{accuracy}{' on average' if len(runs) > 1 else ''}"
        for accuracy, runs in zip(accuracies, (ahead, behind), strict=True)
    ]
    if accuracies[0] == accuracies[1]:
        return f"By then {first} and {second} are level with {means[0]}{how}."
    return f"By then {first} is ahead with {means[0]}, before {second} with {means[1]}{how}."


def _are_corrected(*sides: Sequence[Found]) -> bool:
    return all(run.is_corrected for side in sides for run in side)


def _difference(
    first: str, ahead: Sequence[Found], second: str, behind: Sequence[Found], example: str
) -> list[str]:
    """Returns the difference with its interval, what it rests on, and how many images it would need.

    Args:
        first, ahead: label and winners of the study that leads.
        second, behind: of the next one.
        example: what a validation example of both is called.
    """
    _, low, high = difference(ahead, behind)
    interval = f"{100 * low:+.1f} to {100 * high:+.1f}"
    verdict = "within noise" if low <= 0 <= high else "more than noise"
    points = subtracted(*told_apart(_accuracy(ahead), _accuracy(behind)))
    told = [f"The difference is {points} points (95 % interval {interval}): {verdict}."]
    if verdict == "more than noise" and len(ahead) == len(behind) == 1:
        told.append(
            "That is a difference of these two winners: with other seeds the searches may find others."
        )
    if not _are_corrected(ahead, behind):
        told.append("The luck of being chosen is still in it: some trials left nothing to tell it by.")
    elif any(run.has_pruners_luck for run in (*ahead, *behind)):
        told.append(f"Pruning chose by validation {example}s too: the luck that this brought is still in it.")
    if not are_paired([*ahead, *behind]):
        told.append(
            f"They cannot be compared {example} by {example} (different validation {example}s, or records"
            " without hits): each side brings its own chance, which makes the interval wide."
        )
    elif len(ahead) == len(behind) == 1:
        told += _one_by_one(first, ahead[0], second, behind[0], example, is_noise=low <= 0 <= high)
    return told


def _one_by_one(first: str, a: Found, second: str, b: Found, example: str, *, is_noise: bool) -> list[str]:
    """Returns on which examples two winners differ, and how many would show half a point."""
    assert a.hits is not None
    assert b.hits is not None
    only_a, only_b = (int((one & ~other).sum()) for one, other in ((a.hits, b.hits), (b.hits, a.hits)))
    examples = counted(a.n_val, f"validation {example}")
    told = [f"Of {examples} only {first}'s winner is right on {only_a}, only {second}'s on {only_b}."]
    share = (only_a + only_b) / a.n_val
    if is_noise and share > SMALL_EFFECT:
        needed = images_needed(share, SMALL_EFFECT)
        if needed > a.n_val:
            told.append(
                f"To see half a point between two such nets, four times in five, about {_rounded(needed)}"
                f" {example}s are needed."
            )
    return told


def _rounded(n: int) -> int:
    """Returns a number rounded up to two digits."""
    unit = int(10 ** max(len(str(n)) - 2, 0))
    return -(-n // unit) * unit
