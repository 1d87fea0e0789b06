"""A search's luck with its images stays where a setting has it again on fresh seeds, and goes otherwise."""

import numpy as np
import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.hits import pack, to_file
from hpsearch.records import Epoch, TrialOutcome, TrialRecord
from hpsearch.results.search_luck import luck_of_finalists

N_VAL = 300


def drawn(rng, own_share, n_trials=20, n_seeds=5):
    """Returns records of equally good trials, best first, and what fresh seeds of the best three get right.

    own_share: of the luck of a net on an image, what belongs to the setting whatever the seed.
    """
    difficulty = np.sqrt(0.5) * rng.standard_normal(N_VAL)
    of_setting = np.sqrt(0.5 * own_share) * rng.standard_normal((n_trials, 1, N_VAL))
    rest = np.sqrt(0.5 * (1 - own_share)) * rng.standard_normal((n_trials, 1 + n_seeds, N_VAL))
    right = difficulty + of_setting + rest < 0.8
    order = np.argsort(-right[:, 0].mean(axis=1), kind="stable")
    records = []
    for number, hits in enumerate(right[order, 0]):
        curve = (Epoch(float(hits.mean()), 0.9, 0.1),)
        records.append(TrialRecord({}, {}, TrialOutcome(number, "complete", curve, hits=pack(hits))))
    return records, right[order[:3], 1:]


@pytest.fixture
def folder(tmp_path):
    return StudyFolder(tmp_path / "study")


@pytest.mark.parametrize("own_share", [0.0, 0.5, 1.0])
def test_what_is_taken_off_is_what_finalists_are_too_good_by(own_share, folder):
    rng, too_high, taken_off = np.random.default_rng(0), [], []
    for _ in range(60):
        records, fresh = drawn(rng, own_share)
        too_high.append(fresh.mean() - 0.7881)  # the normal distribution at 0.8
        taken_off.append(luck_of_finalists(folder, records, records[:3], list(fresh)))
    error = np.std(too_high) / np.sqrt(60)
    assert np.mean(taken_off) == pytest.approx(np.mean(too_high), abs=3 * error)
    assert (np.mean(taken_off) > 0.005) == (own_share > 0)


def test_one_finalist_or_a_record_without_hits_cannot_tell(folder):
    records, fresh = drawn(np.random.default_rng(0), 0.5)
    assert luck_of_finalists(folder, records, records[:1], list(fresh[:1])) is None
    old = [TrialRecord({}, {}, TrialOutcome(one.number, one.state, one.outcome.curve)) for one in records]
    assert luck_of_finalists(folder, old, old[:3], list(fresh)) is None


def pruned_search(rng, folder, own_share, n_trials=60, n_left=6):
    """Returns the records of a search that left the best few of the first of two epochs, with their hits, its
    best three, what fresh seeds of these get right, and by how much that is more than those of all."""
    difficulty = np.sqrt(0.5) * rng.standard_normal(N_VAL)
    of_setting = np.sqrt(0.5 * own_share) * rng.standard_normal((n_trials, 1, N_VAL))
    rest = np.sqrt(0.5 * (1 - own_share)) * rng.standard_normal((n_trials, 2 + 5, N_VAL))
    right = difficulty + of_setting + rest < 0.8
    is_left = np.isin(np.arange(n_trials), np.argsort(-right[:, 0].mean(axis=1), kind="stable")[:n_left])
    records = []
    for number in range(n_trials):
        hits = right[number, : 2 if is_left[number] else 1]
        curve = tuple(Epoch(float(epoch.mean()), 0.9, 0.1) for epoch in hits)
        outcome = TrialOutcome(number, "complete" if is_left[number] else "pruned", curve)
        best = pack(hits[outcome.best_epoch - 1])
        records.append(TrialRecord({}, {}, TrialOutcome(number, outcome.state, curve, hits=best)))
        folder.trial(number).put_hits(to_file(list(hits)))
    finalists = sorted((one for one in records if one.state == "complete"), key=lambda one: -one.value)[:3]
    fresh = right[[one.number for one in finalists], 2:]
    return records, finalists, fresh, fresh.mean() - right[:, 2:].mean()


@pytest.mark.parametrize("own_share", [0.0, 0.3, 0.6])
def test_the_luck_by_which_pruning_chose_is_taken_off_too(own_share, folder):
    rng, rows = np.random.default_rng(1), []
    for _ in range(25):
        records, finalists, fresh, too_high = pruned_search(rng, folder, own_share)
        complete = [one for one in records if one.state == "complete"]
        asked = [luck_of_finalists(folder, of, finalists, list(fresh)) for of in (records, complete)]
        rows.append([too_high, *asked])
    too_high, taken_off, by_complete_ones = np.mean(rows, axis=0)
    error = np.std([row[0] for row in rows]) / 5
    assert taken_off == pytest.approx(
        too_high, abs=3 * error + 0.2 * taken_off
    )  # a fifth too much where nets
    if own_share == 0.6:  # have so much of their own
        assert by_complete_ones < too_high - 3 * error


def test_where_pruned_trials_left_nothing_it_is_not_known(folder):
    records, finalists, fresh, _ = pruned_search(np.random.default_rng(0), folder, 0.5)
    pruned = next(one for one in records if one.state == "pruned")
    folder.trial(pruned.number).hits.unlink()
    assert luck_of_finalists(folder, records, finalists, list(fresh)) is None
