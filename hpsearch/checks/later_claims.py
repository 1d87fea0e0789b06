"""What confirm, ensemble, audit and answer left in a folder that was handed in, checked against its record.

check_later(claimed)     the files that are there, each of which fits the record

Nothing is trained or computed again here: they are checked for being of one piece.
"""

from __future__ import annotations

import math
from itertools import pairwise

from hpsearch.checks.claims import Claimed
from hpsearch.checks.race import chosen_epoch
from hpsearch.disk.answer import FreshAnswer
from hpsearch.disk.audited import Audited
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.ensemble import Ensemble
from hpsearch.errors import FolderError
from hpsearch.records import digest, ranking, settled
from hpsearch.results.stats import ROUNDING, share_interval
from hpsearch.search.ranges import FRESH_SEEDS


def check_later(claimed: Claimed) -> list[str]:
    """Checks what came after the search; returns the names of the files that were there.

    Raises:
        FolderError: one is damaged, or says what the record does not.
    """
    folder = claimed.folder
    checks = {
        folder.confirmation_file: _confirmation,
        folder.ensemble_file: _ensemble,
        folder.audit_file: _audit,
        folder.answer_file: _answer,
    }
    there = [path for path in checks if path.exists()]
    for path in there:
        wrong = checks[path](claimed)
        if wrong:
            raise FolderError(f"{path}: {wrong}")
    return [path.name for path in there]


def _confirmation(claimed: Claimed) -> str:
    """Returns what is wrong with confirm.json; "" if nothing is."""
    found = Confirmation.read(claimed.folder.confirmation_file)
    assert found is not None, "it is there"
    if not 0 <= found.n_trials <= len(claimed.records):
        return f"of {found.n_trials} trials, but {len(claimed.records)} are recorded"
    least, most = FRESH_SEEDS
    if found.environment and not (found.n_trials and found.top >= 1 and least <= found.n_seeds <= most):
        return f"a race of the best {found.top} of {found.n_trials} trials on {found.n_seeds} fresh seeds"
    then = claimed.records[: found.n_trials or None]  # 0 in files of version 0.1
    values = {record.number: record.value for record in ranking(then)}
    wrong = next(filter(None, (_finalist(one, found, values) for one in found.finalists)), "")
    return wrong or ("" if found.taken is None else _race(found, found.taken, claimed))


def _race(found: Confirmation, taken: Finalist, claimed: Claimed) -> str:
    """Returns what is wrong with who was taken, and with the accuracy that page and terminal tell of it."""
    if taken.standing not in ("unbeaten", ""):
        return f"trial {taken.number} is taken, but {taken.standing} in the race"
    best = max((one.mean for one in found.finalists if one.standing == taken.standing), default=0.0)
    if found.images == "validation" and taken.mean < best - ROUNDING:  # images set aside choose nothing
        return f"trial {taken.number} is taken, but another unbeaten one has a higher mean"
    if not _is_inside(found.low, found.accuracy, found.high):
        return "the accuracy of what was taken lies outside of its interval"
    n_images = _n_images(claimed, found.images)
    if found.n_images not in (n_images, 0):  # 0 in files of before
        return f"measured on {found.n_images} images, but the study has {n_images}"
    return next(filter(None, (_lead(one, taken) for one in found.finalists)), "")


def _finalist(one: Finalist, race: Confirmation, values: dict[int, float | None]) -> str:
    if one.number not in values:
        return f"trial {one.number} is not a complete trial of the record"
    if one.searched != values[one.number]:
        return f"the accuracy of trial {one.number} in the search is not that of the record"
    if not _is_inside(one.low, one.mean, one.high):
        return f"the mean of trial {one.number} lies outside of its interval"
    if not math.isclose(one.luck, one.searched - one.mean, abs_tol=ROUNDING):
        return f"the luck of trial {one.number} is not what it lost on fresh seeds"
    if one.n_seeds > race.n_seeds:
        return f"trial {one.number} was trained on {one.n_seeds} fresh seeds, of {race.n_seeds}"
    if not 0 <= one.unlearned <= one.n_seeds:
        return f"trial {one.number} did not learn on {one.unlearned} of {one.n_seeds} fresh seeds"
    return ""


def _lead(one: Finalist, taken: Finalist) -> str:
    """Returns what is wrong with how far a finalist is ahead of the one that was taken."""
    if not _is_ordered(-1.0, one.ahead_low, one.ahead, one.ahead_high, 1.0):
        return f"what trial {one.number} is ahead by lies outside of its interval"
    same_seeds = one.n_seeds == taken.n_seeds
    if same_seeds and not math.isclose(one.ahead, one.mean - taken.mean, abs_tol=ROUNDING):
        return f"what trial {one.number} is ahead by is not the difference of the means"
    return ""


def _ensemble(claimed: Claimed) -> str:
    """Returns what is wrong with ensemble.json; "" if nothing is."""
    found = Ensemble.read(claimed.folder.ensemble_file)
    assert found is not None, "it is there"
    complete = [record.number for record in ranking(claimed.records)]
    if not set(found.members) <= set(complete):
        return "a member is not a complete trial of the record"
    if found.digest == digest(claimed.records):
        first, *others = found.members
        race = Confirmation.read(claimed.folder.confirmation_file)
        # either one may have been first: an ensemble before confirm, after it, or between two
        leaders = {complete[0], *(one.number for one in (race.finalists if race else ()))}
        if first not in leaders:
            return f"its first member is neither trial {complete[0]}, the winner, nor a finalist of confirm"
        if others != [number for number in complete if number != first][: len(others)]:
            return f"its members are not trial {first} and the best of the others"
    if not _is_inside(found.low, found.mean, found.high):
        return "its accuracy lies outside of its interval"
    if not math.isclose(found.gain, found.mean - found.alone, abs_tol=ROUNDING):
        return "its gain is not what it is ahead of the winner alone"
    if not _is_ordered(-1.0, found.gain_low, found.gain, found.gain_high, 1.0):
        return "its gain lies outside of its interval"
    if found.n_val != claimed.identity.data.num_val:
        return f"measured on {found.n_val} images, but the study has {claimed.identity.data.num_val}"
    return ""


def _audit(claimed: Claimed) -> str:
    """Returns what is wrong with audit.json; "" if nothing is."""
    found = Audited.read(claimed.folder.audit_file)
    assert found is not None, "it is there"
    pruned = [one for one in settled(claimed.records[: found.n_trials]) if one.state == "pruned"]
    perhaps_later = sum(bool(one.retries) for one in pruned)  # they had failed before
    is_so = len(pruned) - perhaps_later <= found.n_pruned <= len(pruned)
    if found.n_trials > len(claimed.records) or not is_so:
        return f"{found.n_pruned} of {found.n_trials} trials pruned, which is not so in the record"
    if not 0 <= found.n_better <= found.n_audited <= found.n_pruned:
        return f"{found.n_better} of {found.n_audited} audited trials better, of {found.n_pruned} pruned ones"
    most = found.n_pruned - found.n_audited + found.n_better
    if not _is_ordered(found.n_better, found.fewest, found.most, most):
        return f"{found.fewest} to {found.most} pruned trials better, but {found.n_better} to {most} can be"
    if found.n_audited:
        share = share_interval(found.n_better, found.n_audited, found.n_pruned)
        fewest, most = (round(end * found.n_pruned) for end in share)
        if (found.fewest, found.most) != (fewest, most):
            told = f"{found.fewest} to {found.most} pruned trials better"
            return f"{told}, but the interval is {fewest} to {most}"
    if (found.regret > 0) != (found.n_better > 0) or not _is_ordered(*found.interval):
        return f"a regret of {found.regret}, but {found.n_better} audited trials better"
    return ""


def _answer(claimed: Claimed) -> str:
    """Returns what is wrong with answer.json; "" if nothing is, or if it is of an earlier record."""
    found = FreshAnswer.read(claimed.folder.answer_file)
    assert found is not None, "it is there"
    question = claimed.study.question
    if question is None or len(found.settings) != len(question.values):
        return "not an answer to the question in study.toml"
    if found.digest != digest(claimed.records):
        return ""
    n_images = _n_images(claimed, found.images)
    if found.settings[0].right.shape[1] != n_images:
        return f"not of the {n_images} images that the study has"
    for one, value in zip(found.settings, question.values, strict=True):
        mine = ranking(record for record in claimed.records if record.params[question.compare] == value)
        if not mine or mine[0].number != one.number:
            return f"trial {one.number} is not the best one with {question.compare} = {value!r}"
    n_seeds = len(found.settings[0].right)
    epochs = [chosen_epoch(claimed.records[one.number]) for one in found.settings]
    most = n_seeds * sum(epochs)
    if not len(epochs) <= found.n_epochs <= most:
        return f"{found.n_epochs} epochs trained, but {most} are the most for {n_seeds} seeds"
    return ""


def _n_images(claimed: Claimed, images: str) -> int:
    """Returns how many images the study has that fresh seeds are measured on: "validation" or "estimate"."""
    return (claimed.study.data.num_estimate or 0) if images == "estimate" else claimed.identity.data.num_val


def _is_inside(low: float, middle: float, high: float) -> bool:
    """Says whether an accuracy lies in its interval, and that in [0, 1], but for rounding."""
    return _is_ordered(0.0, low, middle, high, 1.0)


def _is_ordered(*numbers: float) -> bool:
    """Says whether none is larger than the next, but for rounding."""
    return all(a <= b + ROUNDING for a, b in pairwise(numbers))
