"""An improvement is seldom chance, and is the same whoever asks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from hpsearch.hits import pack
from hpsearch.improvement import LastImprovement, chance_of, discordant
from hpsearch.records import Epoch, TrialOutcome, TrialRecord

N_VAL = 200


def trial(number, right, state="complete", with_hits=True):
    """Returns a trial that got the first `right` images right, or those of an array."""
    hits = np.arange(N_VAL) < right if np.ndim(right) == 0 else right
    packed = pack(hits) if with_hits else ""
    return TrialRecord(
        {}, {}, TrialOutcome(number, state, (Epoch(float(hits.mean()), 0.5, 1.0),), hits=packed)
    )


def after(trials, n_trials=5):
    found = LastImprovement(n_trials, N_VAL)
    for one in trials:
        found.take(one)
    return found.record.number, found.n_since


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_chance_is_scipys(more, fewer):
    if more >= fewer > 0:
        expected = binomtest(more, more + fewer, alternative="greater").pvalue
        assert chance_of(more, fewer) == pytest.approx(expected, rel=1e-9)


def test_small_steps_count_when_they_add_up_to_more_than_noise():
    assert after(trial(i, right) for i, right in enumerate([150, 153, 156])) == (0, 2)
    assert after(trial(i, right) for i, right in enumerate([150, 153, 156, 159, 162])) == (3, 1)


def test_the_same_gain_on_other_images_proves_less():
    before, elsewhere = np.arange(N_VAL) < 160, np.roll(np.arange(N_VAL) < 160, 40)
    elsewhere[:10] = True
    assert after([trial(0, before), trial(1, 170)]) == (1, 0)
    assert after([trial(0, before), trial(1, elsewhere)]) == (0, 1)
    assert after([trial(0, 160), trial(1, 170)]) == (1, 0)
    assert after([trial(0, 160, with_hits=False), trial(1, 170, with_hits=False)]) == (0, 1)


@pytest.mark.parametrize("with_hits", [(True, False), (False, True)])
def test_beside_a_record_of_before_the_worst_case_decides(with_hits):
    trials = [
        trial(i, right, with_hits=own)
        for i, (right, own) in enumerate(zip((160, 170), with_hits, strict=True))
    ]
    assert discordant(trials[1], trials[0], N_VAL) == (40, 30)
    assert after(trials) == (0, 1)


def test_only_complete_trials_improve():
    states = [("failed", 190), ("complete", 100), ("pruned", 190), ("diverged", 190)]
    assert after(trial(i, right, state) for i, (state, right) in enumerate(states)) == (1, 2)
