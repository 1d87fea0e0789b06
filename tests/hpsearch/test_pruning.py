"""Pruners decide as Optuna's do on the same curves, keep no state, and say why with the numbers."""

import math
import pickle

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial

from hpsearch.pruning import PRUNERS, PrunerSettings, parse_settings
from hpsearch.records import Epoch, History, TrialOutcome

N_EPOCHS = 6
NAN = math.nan
accuracies = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.5000001, 0.75, 1.0]), st.floats(0, 1))
curves = st.lists(accuracies, min_size=1, max_size=N_EPOCHS)


@st.composite
def outcomes(draw):
    """Earlier trials in every state; complete ones may be shorter than others (searched epochs, patience)."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        state = draw(st.sampled_from(["complete", "complete", "complete", "pruned", "diverged", "failed"]))
        curve = [Epoch(accuracy, 0.5, 1.0) for accuracy in draw(curves)]
        if state == "diverged":
            curve[-1] = Epoch(NAN, NAN, NAN)
        made.append(TrialOutcome(number, state, tuple(curve)))
    return made


OPTUNA_STATES = {"complete": TrialState.COMPLETE, "failed": TrialState.FAIL}


def optunas_decision(pruner, curve, earlier):
    """Returns whether an Optuna pruner stops a trial with this curve, with steps that count from 0."""
    study = optuna.create_study(direction="maximize")
    for trial in earlier:
        shown = [] if trial.state == "diverged" else [epoch.val_accuracy for epoch in trial.curve]
        study.add_trial(
            create_trial(
                state=OPTUNA_STATES.get(trial.state, TrialState.PRUNED),
                value=trial.value if trial.state == "complete" else None,
                intermediate_values=dict(enumerate(shown)),
            )
        )
    running = create_trial(state=TrialState.RUNNING, intermediate_values=dict(enumerate(curve)))
    return pruner.prune(study, running)


@given(outcomes(), curves, st.integers(1, 5), st.integers(0, 4))
def test_median_stops_what_optunas_median_pruner_stops(earlier, curve, startup, warmup):
    settings = PrunerSettings("median", {"startup_trials": startup, "warmup_epochs": warmup})
    reason = settings.decide(curve, History.of(earlier, N_EPOCHS), len(earlier))
    oracle = optuna.pruners.MedianPruner(n_startup_trials=startup, n_warmup_steps=warmup)
    assert (reason is not None) == optunas_decision(oracle, curve, earlier)


@given(
    outcomes(),
    curves,
    st.integers(1, 5),
    st.integers(0, 4),
    st.sampled_from([0.0, 10.0, 25.0, 50.0, 90.0, 100.0]),
)
def test_percentile_stops_what_optunas_percentile_pruner_stops(earlier, curve, startup, warmup, percentile):
    options = {"startup_trials": startup, "warmup_epochs": warmup, "percentile": percentile}
    reason = PrunerSettings("percentile", options).decide(curve, History.of(earlier, N_EPOCHS), 0)
    oracle = optuna.pruners.PercentilePruner(percentile, n_startup_trials=startup, n_warmup_steps=warmup)
    assert (reason is not None) == optunas_decision(oracle, curve, earlier)


@given(outcomes(), curves)
def test_none_stops_nothing(earlier, curve):
    assert PrunerSettings("none").decide(curve, History.of(earlier, N_EPOCHS), 0) is None


@pytest.mark.parametrize("name", PRUNERS)
@given(outcomes(), curves, st.integers(0, 99))
def test_a_decision_is_pure(name, earlier, curve, number):
    settings, history = parse_settings({"name": name}), History.of(earlier, N_EPOCHS)
    before = pickle.dumps((curve, history))
    first = settings.decide(curve, history, number)
    again = pickle.loads(pickle.dumps(settings)).decide(list(curve), History.of(earlier, N_EPOCHS), number)
    assert first == again
    assert pickle.dumps((curve, history)) == before


def complete(*levels):
    """Returns the history of complete trials with constant curves."""
    trials = [
        TrialOutcome(i, "complete", (Epoch(level, 0.5, 1.0),) * N_EPOCHS) for i, level in enumerate(levels)
    ]
    return History.of(trials, N_EPOCHS)


FIVE = complete(0.1, 0.2, 0.3, 0.4, 0.5)


@pytest.mark.parametrize(
    ("what", "curve", "history", "stops"),
    [
        ("below the median", [0.1, 0.2, 0.29], FIVE, True),
        ("at the median", [0.1, 0.2, 0.3], FIVE, False),
        ("better before", [0.6, 0.2, 0.1], FIVE, False),
        ("in the warm-up", [0.0, 0.0], FIVE, False),
        ("after the warm-up", [0.0, 0.0, 0.0], FIVE, True),
        ("too few complete trials", [0.0, 0.0, 0.0], complete(0.5, 0.5, 0.5, 0.5), False),
        ("nothing earlier", [0.0, 0.0, 0.0], complete(), False),
        ("all alike", [0.5, 0.5, 0.5], complete(*[0.5] * 9), False),
    ],
)
def test_median_by_hand(what, curve, history, stops):
    assert (parse_settings({}).decide(curve, history, 9) is not None) == stops, what


def test_pruned_and_diverged_trials_are_no_rivals():
    rivals = [TrialOutcome(i, "complete", (Epoch(0.1, 0.5, 1.0),) * 6) for i in range(5)]
    good = [
        TrialOutcome(i, state, (Epoch(0.9, 0.5, 1.0),) * 3)
        for i, state in enumerate(["pruned", "diverged"] * 5)
    ]
    history = History.of([*rivals, *good], N_EPOCHS)
    assert parse_settings({}).decide([0.2] * 3, history, 15) is None


def test_no_rival_that_got_this_far_means_to_go_on():
    short = [TrialOutcome(i, "complete", (Epoch(0.9, 0.5, 1.0),) * 2) for i in range(5)]
    assert parse_settings({}).decide([0.1] * 4, History.of(short, N_EPOCHS), 5) is None


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ({"name": "median"}, "0.25 at epoch 3, the median of 5 trials is 0.3"),
        ({"name": "percentile"}, "0.25 at epoch 3, the 75th percentile of 5 trials is 0.4"),
        ({"name": "percentile", "percentile": 50.0}, "0.25 at epoch 3, the median of 5 trials is 0.3"),
        (
            {"name": "percentile", "percentile": 12.5},
            "0.25 at epoch 3, the 87.5th percentile of 5 trials is 0.45",
        ),
    ],
)
def test_the_reason_tells_the_numbers(section, reason):
    assert parse_settings(section).decide([0.1, 0.25, 0.2], FIVE, 9) == reason


@pytest.mark.parametrize(
    ("section", "table"),
    [
        ({}, {"name": "median", "startup_trials": 5, "warmup_epochs": 2}),
        ({"warmup_epochs": 0}, {"name": "median", "startup_trials": 5, "warmup_epochs": 0}),
        ({"name": "none"}, {"name": "none"}),
        (
            {"name": "percentile", "percentile": 10},
            {"name": "percentile", "percentile": 10, "startup_trials": 5, "warmup_epochs": 2},
        ),
    ],
)
def test_settings_are_written_out(section, table):
    assert parse_settings(section).to_table() == table
    assert parse_settings(table) == parse_settings(section)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"name": "medain"}, "name: expected one of median, .*, but got 'medain'"),
        ({"name": "none", "warmup_epochs": 1}, "warmup_epochs: unknown key; expected one of name"),
        ({"startup_trials": 0}, "startup_trials: expected a whole number from 1 to inf, but got 0"),
        ({"startup_trials": 2.0}, "startup_trials: expected a whole number from 1 to inf, but got 2.0"),
        ({"warmup_epochs": True}, "warmup_epochs: expected a whole number from 0 to inf, but got True"),
        ({"warmup_epochs": "2"}, "warmup_epochs: expected a whole number from 0 to inf, but got '2'"),
        (
            {"name": "percentile", "percentile": 101.0},
            "percentile: expected a number from 0 to 100, but got 101.0",
        ),
        (
            {"name": "percentile", "percentile": NAN},
            "percentile: expected a number from 0 to 100, but got nan",
        ),
    ],
)
def test_wrong_settings_are_refused(section, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        parse_settings(section)


def test_history_is_a_matrix_with_nan_after_each_last_epoch():
    trials = [
        TrialOutcome(0, "complete", (Epoch(0.1, 0, 0), Epoch(0.2, 0, 0), Epoch(0.3, 0, 0))),
        TrialOutcome(1, "pruned", (Epoch(0.4, 0, 0),)),
        TrialOutcome(2, "diverged", (Epoch(0.5, 0, 0), Epoch(NAN, NAN, NAN))),
        TrialOutcome(3, "failed", ()),
    ]
    history = History.of(trials, 3)
    rows = [[0.1, 0.2, 0.3], [0.4, NAN, NAN], [NAN] * 3, [NAN] * 3]
    np.testing.assert_array_equal(history.curves, np.array(rows))
    assert history.complete.tolist() == [True, False, False, False]


@given(outcomes(), st.integers(0, 12))
def test_a_history_made_in_two_steps_is_the_one_made_at_once(trials, cut):
    once, twice = History.of(trials, N_EPOCHS), History.of(trials[:cut], N_EPOCHS).extended(trials[cut:])
    np.testing.assert_array_equal(once.curves, twice.curves)
    np.testing.assert_array_equal(once.complete, twice.complete)
    assert once.curves.dtype == twice.curves.dtype == np.float64
