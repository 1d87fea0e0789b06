"""A search's luck with its images stays where a setting has it again on fresh seeds, and goes otherwise."""

import numpy as np
import pytest

from hpsearch.hits import pack
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


@pytest.mark.parametrize("own_share", [0.0, 0.5, 1.0])
def test_what_is_taken_off_is_what_finalists_are_too_good_by(own_share):
    rng, too_high, taken_off = np.random.default_rng(0), [], []
    for _ in range(60):
        records, fresh = drawn(rng, own_share)
        too_high.append(fresh.mean() - 0.7881)  # the normal distribution at 0.8
        taken_off.append(luck_of_finalists(records, records[:3], list(fresh)))
    error = np.std(too_high) / np.sqrt(60)
    assert np.mean(taken_off) == pytest.approx(np.mean(too_high), abs=3 * error)
    assert (np.mean(taken_off) > 0.005) == (own_share > 0)


def test_one_finalist_or_a_record_without_hits_cannot_tell():
    records, fresh = drawn(np.random.default_rng(0), 0.5)
    assert luck_of_finalists(records, records[:1], list(fresh[:1])) is None
    old = [TrialRecord({}, {}, TrialOutcome(one.number, one.state, one.outcome.curve)) for one in records]
    assert luck_of_finalists(old, old[:3], list(fresh)) is None
