"""A race trains only what may still win, in an order that nothing but its entries decides."""

import numpy as np
import pytest

from hpsearch.checks import rounds
from hpsearch.checks.rounds import Runner
from hpsearch.disk.fresh_results import SeedResult
from hpsearch.errors import CallError
from hpsearch.records import Epoch, TrialOutcome, TrialRecord

N_IMAGES = 1000


def record(number):
    outcome = TrialOutcome(number, "complete", (Epoch(0.9, 0.9, 0.1),))
    return TrialRecord({}, {}, outcome)


@pytest.fixture
def train():
    """Returns a trainer of made-up settings, by number: accuracy, or the seed on which it diverges.

    Its attribute `asked` keeps the entries of each round.
    """

    def make(settings):
        difficulty = np.random.default_rng(9).random(N_IMAGES)

        def result(one, seed):
            quality = settings[one.number]
            if quality == f"diverges on seed {seed + 1}":
                return SeedResult(np.zeros(N_IMAGES, bool), np.zeros(0, bool), 1, 0, diverged=True)
            accuracy = quality if isinstance(quality, float) else 0.9
            own = np.random.default_rng([one.number, seed]).random(N_IMAGES)
            right = 0.8 * difficulty + 0.2 * own < accuracy
            return SeedResult(right, np.zeros(0, bool), 5, 100, diverged=False)

        def train_round(entries):
            train_round.asked.append([(one.number, seed) for one, seed in entries])
            return [result(one, seed) for one, seed in entries]

        train_round.asked = []
        return train_round

    return make


def finish(trainer, numbers, n_seeds, **options):
    return rounds.run(
        [record(number) for number in numbers], trainer, n_seeds=n_seeds, epochs_of=lambda one: 5, **options
    )


def standings(found):
    return {runner.record.number: (len(runner.seeds), runner.unbeaten) for runner in found.runners}


def test_who_is_beaten_trains_no_further_and_equals_train_on(train):
    trainer = train({4: 0.8, 7: 0.8, 2: 0.5})
    found = finish(trainer, [4, 7, 2], 6)
    assert standings(found) == {4: (6, True), 7: (6, True), 2: (3, False)}
    assert found.ended_by == "seeds"
    assert trainer.asked == [
        [(number, seed) for number in (4, 7, 2) for seed in range(3)],
        [(4, 3), (7, 3)],
        [(4, 4), (4, 5), (7, 4), (7, 5)],
    ]


def test_all_settings_train_on_all_seeds_where_nobody_is_dropped(train):
    found = finish(train({4: 0.8, 2: 0.5, 3: "diverges on seed 2"}), [4, 2, 3], 6, drop=False)
    assert standings(found) == {4: (6, True), 2: (6, True), 3: (3, False)}


def test_the_race_ends_when_one_is_left(train):
    found = finish(train({1: 0.5, 2: 0.8}), [1, 2], 30)
    assert standings(found) == {1: (3, False), 2: (3, True)}
    assert found.ended_by == "one left"


def test_a_single_finalist_trains_on_all_seeds(train):
    found = finish(train({1: 0.8}), [1], 6)
    assert standings(found) == {1: (6, True)}
    assert found.ended_by == "seeds"


def test_who_diverged_is_out_however_good_it_was_before(train):
    found = finish(train({1: "diverges on seed 4", 2: 0.9, 3: 0.9}), [1, 2, 3], 6)
    assert standings(found) == {1: (4, False), 2: (6, True), 3: (6, True)}
    assert [runner.diverged_on for runner in found.runners] == [4, None, None]


def test_nothing_is_taken_where_all_diverged(train):
    found = finish(train(dict.fromkeys((1, 2), "diverges on seed 2")), [1, 2], 6)
    assert standings(found) == {1: (3, False), 2: (3, False)}
    assert rounds.winner(found.runners) is None


@pytest.mark.parametrize(
    ("max_epochs", "n_seeds", "ended_by"),
    [(30, 3, "epochs"), (39, 3, "epochs"), (40, 4, "epochs"), (60, 6, "seeds"), (None, 6, "seeds")],
)
def test_no_round_is_begun_that_might_exceed_the_epochs(train, max_epochs, n_seeds, ended_by):
    found = finish(train({1: 0.8, 2: 0.8}), [1, 2], 6, max_epochs=max_epochs)
    assert standings(found) == {1: (n_seeds, True), 2: (n_seeds, True)}
    assert found.ended_by == ended_by


def test_too_few_epochs_for_the_first_round_are_refused_before_anything_is_trained(train):
    trainer = train({1: 0.8, 2: 0.8})
    with pytest.raises(
        CallError, match=r"^--epochs 29: expected at least 30, which 2 finalists may need for 3 seeds each$"
    ):
        finish(trainer, [1, 2], 6, max_epochs=29)
    assert trainer.asked == []


def test_the_highest_mean_wins_and_the_cheapest_of_its_equals_is_named():
    rng = np.random.default_rng(0)
    base = rng.random((4, N_IMAGES)) < 0.8

    def runner(number, n_more, work, *, unbeaten=True):
        right = base.copy()
        right[:, np.flatnonzero(~base.any(axis=0) | ~base.all(axis=0))[:n_more]] = True
        seeds = [SeedResult(one, np.zeros(0, bool), 5, work, diverged=False) for one in right]
        return Runner(record(number), tuple(seeds), unbeaten)

    best, alike, worse = runner(1, 302, 90), runner(2, 301, 50), runner(3, 0, 10)
    beaten = runner(4, 302, 1, unbeaten=False)
    assert rounds.winner([worse, alike, best, beaten]) is best
    assert rounds.cheapest([worse, alike, best, beaten], best) is alike
    assert rounds.cheapest([best], best) is best
    twin = runner(5, 302, 80)
    assert rounds.winner([best, twin]) is twin


def test_work_is_that_of_a_prediction_whatever_the_number_of_seeds():
    right, aside = np.ones(2, bool), np.ones(1, bool)
    seeds = [SeedResult(right, aside, 3, 100, diverged=False)] * 2
    runner = Runner(record(0), (*seeds, SeedResult(right, aside, 3, 0, diverged=True)))
    assert (runner.work, runner.n_epochs) == (100, 9)
    assert (runner.right.shape, runner.aside.shape) == ((3, 2), (3, 1))
