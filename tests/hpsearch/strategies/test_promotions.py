"""Which paused trial goes on, on made-up trials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resumed import take_up

from hpsearch.errors import StudyFileError
from hpsearch.records import CONTINUES, Epoch, History, Proposal, TrialOutcome, TrialRecord
from hpsearch.strategies.promotions import next_to_go_on
from hpsearch.strategies.pruning import parse_settings
from hpsearch.strategies.samplers import parse_settings as sampler_settings
from hpsearch.strategies.sampling import Proposer

ASHA = parse_settings({"name": "asha"})
BY_TWO = parse_settings({"name": "asha", "min_epochs": 2, "reduction_factor": 2})


def trial(number, *curve, continues=None, state="pruned"):
    attributes = {} if continues is None else {CONTINUES: continues}
    outcome = TrialOutcome(number, state, tuple(Epoch(accuracy, 0.0, 0.0) for accuracy in curve))
    return TrialRecord({"reg": float(number)}, attributes, outcome)


def goes_on(known, taken=(), pruner=ASHA):
    found = next_to_go_on(known, {*taken, *(one.continues for one in known)}, pruner)
    return None if found is None else found.number


def test_one_of_three_goes_on_the_best():
    known = [trial(0, 0.3), trial(1, 0.5), trial(2, 0.4)]
    assert [goes_on(known[:n]) for n in range(4)] == [None, None, None, 1]
    assert goes_on(known, taken=[1]) is None
    assert goes_on([*known, *(trial(n, 0.1) for n in (3, 4, 5))], taken=[1]) == 2


def test_of_equals_the_first_goes_on():
    assert goes_on([trial(0, 0.3), trial(1, 0.5), trial(2, 0.5)]) == 1


def test_a_trial_and_those_that_went_on_with_it_count_as_one():
    known = [trial(0, 0.5), trial(1, 0.3), trial(2, 0.2), trial(3, 0.5, 0.6, 0.7, continues=0)]
    assert goes_on(known) is None
    assert goes_on([*known, trial(4, 0.1)]) is None
    assert goes_on([*known, trial(4, 0.1), trial(5, 0.0), trial(6, 0.0)]) == 1


def test_the_highest_rung_goes_first():
    one_epoch = [trial(n, 0.1 * n) for n in range(3)]
    three_epochs = [trial(n, 0.6, 0.7, 0.1 * n) for n in (3, 4, 5)]
    assert goes_on(one_epoch) == 2
    assert goes_on(one_epoch + three_epochs) == 5
    assert goes_on(one_epoch + three_epochs, taken=[5]) is None, "three that trained on were better there"
    best_so_far = trial(6, 0.9)
    assert goes_on([*one_epoch, *three_epochs, best_so_far]) == 5
    assert goes_on([*one_epoch, *three_epochs, best_so_far], taken=[5]) == 6


def test_a_paused_trial_goes_on_once_enough_others_are_behind_it():
    known = [trial(0, 0.5), trial(1, 0.6), trial(2, 0.7)]
    assert goes_on(known, taken=[2]) is None
    assert goes_on([*known, *(trial(n, 0.1) for n in range(3, 9))], taken=[2, 1]) == 0


def test_diverged_trials_do_not_count_and_complete_ones_do_not_go_on():
    nan = float("nan")
    assert goes_on([trial(0, 0.5), trial(1, 0.3), trial(2, 0.9, nan, state="diverged")]) is None
    assert goes_on([trial(0, 0.9, state="complete"), trial(1, 0.5), trial(2, 0.4)]) is None


def test_trials_are_compared_where_they_paused():
    known = [trial(0, 0.9, 0.3), trial(1, 0.1, 0.4)]
    assert goes_on(known, pruner=BY_TWO) == 1


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), max_size=40))
def test_whatever_goes_on_is_paused_not_taken_and_among_the_best_third(accuracies):
    known = [trial(n, accuracy) for n, accuracy in enumerate(accuracies)]
    taken = []
    while (found := goes_on(known, taken)) is not None:
        assert found not in taken
        taken.append(found)
    assert len(taken) == len(known) // 3
    left = [accuracy for n, accuracy in enumerate(accuracies) if n not in taken]
    assert all(accuracies[n] >= max(left, default=0) for n in taken)


@pytest.mark.parametrize(
    ("epochs", "n_before", "pauses"),
    [(1, 0, True), (2, 0, False), (3, 0, True), (3, 3, False), (4, 3, False), (9, 3, True), (27, 9, True)],
)
def test_a_trial_pauses_at_the_first_rung_after_those_that_it_went_on_with(epochs, n_before, pauses):
    reason = ASHA.decide([0.25] * epochs, History.of([], 81), 0, 0, n_before)
    assert (reason is not None) == pauses
    if reason:
        assert reason == f"paused with 0.25 at epoch {epochs}, to go on when among the best 1/3 there"


@pytest.mark.parametrize("sampler", ["random", "qmc", "tpe"])
def test_points_and_trials_by_hand_wait_for_a_new_trial(make_study, sampler):
    space = make_study().space
    enqueued = [{"learning_rate": 0.01}, {"learning_rate": 0.02}]

    def proposer():
        return Proposer(sampler_settings({"name": sampler}), 7, space, enqueued)

    plain, other = proposer(), proposer()
    new = [plain.ask(number).params for number in range(3)]
    first = other.ask(0)
    other.tell(TrialRecord(first.params, first.attributes, trial(0, 0.5).outcome))
    went_on = Proposal(first.params, {CONTINUES: 0})
    other.take_up(1, went_on)
    asked = [other.ask(2).params, other.ask(3).params]
    assert [first.params, asked[0]] == new[:2] == enqueued
    assert sampler != "qmc" or asked[1] == new[2]

    again = proposer()
    known = TrialRecord(first.params, first.attributes, trial(0, 0.5).outcome)
    take_up(again, [known], [went_on])
    assert [again.ask(2).params, again.ask(3).params] == asked


def test_a_grid_is_refused(make_study):
    space = {"values": [0.01, 0.1]}
    expected = "pruner.name: 'asha' takes paused trials up again while new ones come.*or sampler 'qmc'"
    with pytest.raises(StudyFileError, match=expected):
        make_study(space__learning_rate=space, sampler__name="grid", pruner__name="asha")
