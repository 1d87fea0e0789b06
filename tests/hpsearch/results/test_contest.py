"""Two searches against each other: paired where they can be, with each one's luck taken off."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter
from hpsearch.hits import pack, to_file
from hpsearch.records import Cost, Epoch, TrialOutcome, TrialRecord
from hpsearch.results.contest import UNSURE_LUCK, Found, Z, difference, found_within
from hpsearch.results.frames import StudyFrames
from hpsearch.results.luck import corrected_winner_of, hits_of
from hpsearch.results.paired import difference_interval, mean_difference_interval
from hpsearch.results.stats import wilson_interval
from hpsearch.results.tables import curves_frame, trials_frame

N_VAL = 200


def found(hits, luck=0.0, images="same", unsure=0.0):
    return Found(float(np.mean(hits)), luck, unsure, hits, images, len(hits), is_corrected=True)


def drawn(n_runs, accuracy=0.9, seed=0):
    """Returns what runs got right; some images are hard for all."""
    rng = np.random.default_rng(seed)
    hard = np.random.default_rng(9).normal(size=N_VAL)
    return [found(hard + rng.normal(size=N_VAL) < 2 * accuracy) for _ in range(n_runs)]


def test_two_runs_on_the_same_images_have_the_paired_interval():
    (a,), (b,) = drawn(1, seed=1), drawn(1, 0.7, seed=2)
    assert difference([a], [b]) == pytest.approx(_symmetric(a, b))
    assert difference([b], [a]).mean == -difference([a], [b]).mean


def _symmetric(a, b):
    """Returns the paired interval, moved to the observed difference."""
    mean, low, high = difference_interval(a.hits, b.hits)
    half = (high - low) / 2
    return (mean, mean - half, mean + half)


def test_luck_is_taken_off_and_makes_less_certain():
    (a,), (b,) = drawn(1, seed=1), drawn(1, seed=2)
    sober, lucky = difference([a], [b]), difference([replace(a, luck=0.03)], [b])
    assert lucky.mean == pytest.approx(sober.mean - 0.03)
    half, wider = ((one.high - one.low) / 2 for one in (sober, lucky))
    assert wider == pytest.approx(np.hypot(half, Z * UNSURE_LUCK * 0.03))


def test_other_images_or_no_hits_make_the_interval_that_of_two_samples():
    (a,), (b,) = drawn(1, seed=1), drawn(1, seed=2)
    paired = difference([a], [b])
    low_a, high_a = wilson_interval(a.value, N_VAL)
    low_b, high_b = wilson_interval(b.value, N_VAL)
    below, above = np.hypot(a.value - low_a, high_b - b.value), np.hypot(high_a - a.value, b.value - low_b)
    wanted = (a.value - b.value, a.value - b.value - below, a.value - b.value + above)
    for other in (replace(b, images="others"), replace(b, hits=None)):
        assert difference([a], [other]) == pytest.approx(wanted)
    assert difference([replace(a, images="")], [replace(b, images="")]) == pytest.approx(wanted)
    assert below + above > paired.high - paired.low


def test_seeds_that_differ_widen_the_interval():
    a = drawn(4, seed=1)
    alike, apart = drawn(4, seed=2), [replace(run, luck=luck) for run, luck in
                                      zip(drawn(4, seed=2), (-0.1, 0.1, -0.1, 0.1), strict=True)]  # fmt: skip
    narrow, wide = difference(a, alike), difference(a, apart)
    assert wide.mean == pytest.approx(narrow.mean)
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_seeds_alone_give_students_interval():
    """Nets that are right on so many images, whatever the image: all of the difference is the seeds'."""
    a, b = ([found(np.ones(N_VAL, bool), luck) for luck in lucks] for lucks in ((0.1, 0.2, 0.3), (0.4, 0.6)))
    accuracies = [[run.accuracy for run in side] for side in (a, b)]
    pooled = (2 * np.var(accuracies[0], ddof=1) + np.var(accuracies[1], ddof=1)) / 3
    half = t.ppf(0.975, 3) * np.sqrt(pooled * (1 / 3 + 1 / 2))
    interval = difference(a, b)
    assert interval.mean == pytest.approx(0.3)
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=1e-3)


def test_as_many_seeds_each_are_near_the_interval_of_paired_seeds():
    a, b = drawn(8, 0.9, seed=1), drawn(8, 0.6, seed=2)
    paired = mean_difference_interval(*(np.array([run.hits for run in side]) for side in (a, b)))
    own = difference(a, b)
    assert own.mean == pytest.approx(paired.mean)
    assert own.high - own.low == pytest.approx(paired.high - paired.low, rel=0.25)


@pytest.fixture
def searched(tmp_path, make_study):
    """A study's frames and records: five trials of three epochs, the fourth pruned, the last the best."""
    study, rng = make_study(), np.random.default_rng(0)
    folder, records = StudyFolder(tmp_path / "study"), []
    folder.path.mkdir()
    writer = RecordWriter(folder.journal, study.space)
    for number in range(5):
        hits = rng.random((3, N_VAL)) < 0.7 + 0.05 * number
        curve = tuple(Epoch(float(row.mean()), 0.9, 0.1) for row in hits)
        outcome = TrialOutcome(number, "pruned" if number == 3 else "complete", curve, cost=Cost(3))
        outcome = replace(outcome, hits=pack(hits[outcome.best_epoch - 1]))
        records.append(TrialRecord({"learning_rate": 0.01}, {}, outcome))
        writer.append(records[-1])
        folder.trial(number).put_hits(to_file(list(hits)))
    return folder, records, study


def frames_of(folder, records, study):
    nothing = {"waiting": 0, "running": 0, "weights": None, "test": None, "digest": "", "num_train": 9}
    return StudyFrames(
        name="study",
        folder=folder.path,
        study=study,
        trials=trials_frame(records, study.space),
        curves=curves_frame(records),
        num_val=N_VAL,
        image_shape=(8,),
        class_names=("a",),
        ledger=pd.DataFrame(),
        hits=hits_of(records, N_VAL),
        train_val_hash="these",
        **nothing,
    )


@pytest.mark.parametrize(("n_epochs", "n_trials"), [(3, 1), (8, 2), (9, 3), (14, 4), (15, 5), (99, 5)])
def test_within_a_budget_a_search_has_what_its_first_trials_found(searched, n_epochs, n_trials):
    folder, records, study = searched
    complete = [record for record in records[:n_trials] if record.state == "complete"]
    best = max(complete, key=lambda record: record.value)
    one = found_within(frames_of(folder, records, study), n_epochs)
    winner = corrected_winner_of(folder, records[:n_trials], N_VAL)
    assert (one.value, one.luck, one.unsure) == (best.value, winner.luck, winner.unsure)
    assert pack(one.hits) == best.outcome.hits
    assert (one.images, one.n_val, one.is_corrected) == ("these", N_VAL, True)


def test_nothing_is_found_before_the_first_trial_ends(searched):
    assert found_within(frames_of(*searched), 2) is None


def test_the_luck_of_pruning_is_said_to_be_in_it_where_it_is_not_known(searched):
    folder, records, study = searched
    assert not found_within(frames_of(folder, records, study), 15).has_pruners_luck
    pruned = next(record for record in records if record.state == "pruned")
    folder.trial(pruned.number).hits.unlink()
    one = found_within(frames_of(folder, records, study), 15)
    assert (one.is_corrected, one.has_pruners_luck) == (True, True)


def test_trials_that_left_no_hits_are_not_corrected(searched):
    folder, records, study = searched
    folder.trial(0).hits.unlink()
    one = found_within(frames_of(folder, records, study), 15)
    assert (one.luck, one.is_corrected) == (0.0, False)
