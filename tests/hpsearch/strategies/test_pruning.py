"""Pruners decide as Optuna's do on the same curves, keep no state, and say why with the numbers."""

import math
import pickle
import warnings

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial

from hpsearch.records import Epoch, History, TrialOutcome
from hpsearch.strategies import pruners
from hpsearch.strategies.pruners import PRUNERS
from hpsearch.strategies.pruning import PrunerSettings, parse_settings

N_EPOCHS = 6
NAN = math.nan
STATES = ["complete", "complete", "complete", "pruned", "diverged", "failed"]


def made_up_curve(rng):
    """Returns accuracies of which many tie."""
    return (rng.integers(0, 9, rng.integers(1, N_EPOCHS + 1)) / 8).tolist()


def made_up_trials(seed):
    """Returns trials in every state; complete ones may be shorter than others (searched epochs, patience)."""
    rng, made = np.random.default_rng(seed), []
    for number in range(rng.integers(0, 13)):
        state = str(rng.choice(STATES))
        curve = [Epoch(accuracy, 0.5, 1.0) for accuracy in made_up_curve(rng)]
        if state == "diverged":
            curve[-1] = Epoch(NAN, NAN, NAN)
        made.append(TrialOutcome(number, state, tuple(curve)))
    return made


seeds = st.integers(0, 2**32 - 1)
trials_of_many_kinds = seeds.map(made_up_trials)
curves = seeds.map(lambda seed: made_up_curve(np.random.default_rng(seed)))
percentiles = st.sampled_from([0.0, 10.0, 25.0, 50.0, 90.0, 100.0])


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


@settings(max_examples=50)
@given(trials_of_many_kinds, curves, st.integers(1, 5), st.integers(0, 4))
def test_median_stops_what_optunas_median_pruner_stops(earlier, curve, startup, warmup):
    pruner = PrunerSettings("median", {"startup_trials": startup, "warmup_epochs": warmup})
    reason = pruner.decide(curve, History.of(earlier, N_EPOCHS), len(earlier), 0)
    oracle = optuna.pruners.MedianPruner(n_startup_trials=startup, n_warmup_steps=warmup)
    assert (reason is not None) == optunas_decision(oracle, curve, earlier)


@given(
    trials_of_many_kinds,
    curves,
    st.integers(1, 5),
    st.integers(0, 4),
    percentiles,
)
def test_percentile_stops_what_optunas_percentile_pruner_stops(earlier, curve, startup, warmup, percentile):
    options = {"startup_trials": startup, "warmup_epochs": warmup, "percentile": percentile}
    reason = PrunerSettings("percentile", options).decide(curve, History.of(earlier, N_EPOCHS), 0, 0)
    oracle = optuna.pruners.PercentilePruner(percentile, n_startup_trials=startup, n_warmup_steps=warmup)
    assert (reason is not None) == optunas_decision(oracle, curve, earlier)


def reached_rungs(curve, min_epochs, factor, first_rung):
    """Returns the attributes by which Optuna knows which rungs a trial has reached, and with what."""
    steps = ((rung, min_epochs * factor ** (first_rung + rung)) for rung in range(9))
    return {f"completed_rung_{rung}": curve[step - 1] for rung, step in steps if step <= len(curve)}


def optunas_halving(curve, earlier, min_epochs, factor, first_rung):
    """Returns whether Optuna's successive halving stops a trial, with steps that count from 1."""
    study, options = optuna.create_study(direction="maximize"), (min_epochs, factor, first_rung)
    for trial in earlier:
        shown = [] if trial.state == "diverged" else [epoch.val_accuracy for epoch in trial.curve]
        attributes = reached_rungs(shown, *options)
        study.add_trial(create_trial(state=TrialState.PRUNED, system_attrs=attributes))
    study.add_trial(
        create_trial(
            state=TrialState.RUNNING,
            intermediate_values=dict(enumerate(curve, start=1)),
            system_attrs=reached_rungs(curve[:-1], *options),
        )
    )
    pruner = optuna.pruners.SuccessiveHalvingPruner(
        min_resource=min_epochs, reduction_factor=factor, min_early_stopping_rate=first_rung
    )
    return pruner.prune(study, study.trials[-1])


@settings(max_examples=50)
@given(trials_of_many_kinds, curves, st.integers(1, 3), st.integers(2, 4))
def test_successive_halving_stops_what_optunas_does(earlier, curve, min_epochs, factor):
    pruner = PrunerSettings("successive_halving", {"min_epochs": min_epochs, "reduction_factor": factor})
    reason = pruner.decide(curve, History.of(earlier, N_EPOCHS), len(earlier), 0)
    assert (reason is not None) == optunas_halving(curve, earlier, min_epochs, factor, 0)


HYPERBAND = PrunerSettings(
    "hyperband", {"min_epochs": 1, "reduction_factor": 2}
)  # rungs at 1, 2, 4 of 6 epochs
PERFECT = History.of(
    [TrialOutcome(i, "complete", (Epoch(1.0, 1.0, 0.0),) * N_EPOCHS) for i in range(400)], N_EPOCHS
)


def brackets(seed, n_trials):
    """Returns the brackets that Hyperband draws for the first trials of a study."""
    situation = pruners.Situation([0.0], PERFECT, len(PERFECT.complete), seed, HYPERBAND.options)
    return pruners._brackets(situation, n_trials).tolist()


@settings(max_examples=50)
@given(trials_of_many_kinds, curves, st.integers(0, 50))
def test_hyperband_halves_among_the_trials_of_its_own_bracket(earlier, curve, seed):
    *others, own = brackets(seed, len(earlier) + 1)
    fellows = [trial for trial, bracket in zip(earlier, others, strict=True) if bracket == own]
    reason = HYPERBAND.decide(curve, History.of(earlier, N_EPOCHS), len(earlier), seed)
    assert (reason is not None) == optunas_halving(curve, fellows, 1, 2, own)


@settings(max_examples=30)
@given(trials_of_many_kinds, curves, seeds, st.integers(1, 3))
def test_every_kth_trial_is_pruned_as_in_a_study_of_these_trials_alone(earlier, curve, seed, k):
    number = len(earlier)
    alone = earlier[number % k :: k]
    seen = History.of(earlier, N_EPOCHS).turn(number, k)
    for name in PRUNERS:
        pruner = parse_settings({"name": name})
        expected = pruner.decide(curve, History.of(alone, N_EPOCHS), len(alone), seed)
        assert pruner.decide(curve, seen, number, seed) == expected


@pytest.mark.parametrize("number", range(400, 420))
def test_a_hopeless_trial_is_stopped_at_the_first_rung_of_its_bracket(number):
    stops = [HYPERBAND.decide([0.0] * epoch, PERFECT, number, 3) for epoch in (1, 2, 4)]
    first = next(i for i, reason in enumerate(stops) if reason is not None)
    assert first == brackets(3, number + 1)[number]
    assert f"of bracket {first} have 1" in stops[first]


def test_brackets_are_drawn_in_proportion_to_optunas_budgets_and_by_the_seed():
    oracle = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=N_EPOCHS, reduction_factor=2)
    oracle._try_initialization(optuna.create_study())
    budgets = np.array(oracle._trial_allocation_budgets)
    counts = np.bincount(brackets(0, 400))
    assert len(counts) == len(budgets) == 3
    assert np.abs(counts / 400 - budgets / budgets.sum()).max() < 0.08
    assert brackets(1, 30) != brackets(0, 30) == brackets(0, 400)[:30]


def test_budgets_of_brackets_are_rounded_up():
    situation = pruners.Situation([0.0], History.of([], 9), 0, 0, {"min_epochs": 1, "reduction_factor": 3})
    shares = np.bincount(pruners._brackets(situation, 20_000)) / 20_000
    np.testing.assert_allclose(shares, np.array([9, 5, 3]) / 17, atol=0.01)  # 5 is 4.5 rounded up


@settings(max_examples=50)
@given(curves, st.floats(0, 1), st.floats(0, 1), st.integers(0, 4))
def test_threshold_stops_what_optunas_threshold_pruner_stops(curve, lower, upper, warmup):
    lower, upper = sorted((lower, upper))
    options = {"lower": lower, "upper": upper, "warmup_epochs": warmup}
    reason = PrunerSettings("threshold", options).decide(curve, PERFECT, 0, 0)
    oracle = optuna.pruners.ThresholdPruner(lower=lower, upper=upper, n_warmup_steps=warmup)
    assert (reason is not None) == optunas_decision(oracle, curve, [])


@settings(max_examples=50)
@given(curves, st.integers(1, 4))
def test_patience_stops_what_optunas_patient_pruner_stops_and_a_plateau(curve, n_epochs):
    reason = PrunerSettings("patience", {"patience": n_epochs, "min_delta": 0.0}).decide(curve, PERFECT, 0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        oracle = optuna.pruners.PatientPruner(None, patience=n_epochs - 1)
    plateau = len(curve) > n_epochs and max(curve[:-n_epochs]) == max(curve[-n_epochs:])
    assert (reason is not None) == (optunas_decision(oracle, curve, []) or plateau)


@pytest.mark.parametrize(("gain", "stops"), [(0.0, True), (0.01, True), (0.02, True), (0.03, False)])
def test_patience_wants_more_than_its_least_gain(gain, stops):
    pruner = parse_settings({"name": "patience", "patience": 2, "min_delta": 0.02})
    curve = [0.5, 0.5, 0.5 + gain]
    assert (pruner.decide(curve, PERFECT, 0, 0) is not None) == stops


@settings(max_examples=50)
@given(trials_of_many_kinds, curves)
def test_none_stops_nothing(earlier, curve):
    assert PrunerSettings("none").decide(curve, History.of(earlier, N_EPOCHS), 0, 0) is None


@settings(max_examples=50)
@given(trials_of_many_kinds, curves, st.integers(0, 7))
def test_a_decision_is_pure(earlier, curve, lookahead):
    history, number = History.of(earlier, N_EPOCHS), len(earlier) + lookahead
    before = pickle.dumps((curve, history))
    for pruner in (parse_settings({"name": name}) for name in PRUNERS):
        first = pruner.decide(curve, history, number, 7)
        same = pickle.loads(pickle.dumps((pruner, curve, history)))
        assert same[0].decide(*same[1:], number, 7) == first
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
    assert (parse_settings({"name": "median"}).decide(curve, history, 9, 0) is not None) == stops, what


def test_pruned_and_diverged_trials_are_no_rivals():
    rivals = [TrialOutcome(i, "complete", (Epoch(0.1, 0.5, 1.0),) * 6) for i in range(5)]
    good = [
        TrialOutcome(i, state, (Epoch(0.9, 0.5, 1.0),) * 3)
        for i, state in enumerate(["pruned", "diverged"] * 5)
    ]
    history = History.of([*rivals, *good], N_EPOCHS)
    assert parse_settings({}).decide([0.2] * 3, history, 15, 0) is None


def test_no_rival_that_got_this_far_means_to_go_on():
    short = [TrialOutcome(i, "complete", (Epoch(0.9, 0.5, 1.0),) * 2) for i in range(5)]
    assert parse_settings({}).decide([0.1] * 4, History.of(short, N_EPOCHS), 5, 0) is None


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ({"name": "median"}, "0.25 at epoch 3, the median of 5 trials is 0.3"),
        ({"name": "percentile"}, "0.25 at epoch 3, the 67th percentile of 5 trials is 0.368"),
        (
            {"name": "percentile", "percentile": 50.0},
            "0.25 at epoch 3, the 50th percentile of 5 trials is 0.3",
        ),
        ({"name": "successive_halving"}, "0.2 at epoch 3, the best 2 of 6 trials have 0.4"),
        ({"name": "threshold", "lower": 0.3}, "0.2 at epoch 3 is below 0.3"),
        ({"name": "threshold", "upper": 0.1}, "0.2 at epoch 3 is above 0.1"),
        (
            {"name": "patience", "patience": 1},
            "0.25 was not bettered in 1 epoch up to epoch 3 (best 0.2)",
        ),
        (
            {"name": "percentile", "percentile": 12.5},
            "0.25 at epoch 3, the 87.5th percentile of 5 trials is 0.45",
        ),
    ],
)
def test_the_reason_tells_the_numbers(section, reason):
    assert parse_settings(section).decide([0.1, 0.25, 0.2], FIVE, 9, 0) == reason


@pytest.mark.parametrize(
    ("section", "table"),
    [
        ({}, {"name": "percentile", "percentile": 33.0, "startup_trials": 3, "warmup_epochs": 2}),
        (
            {"warmup_epochs": 0},
            {"name": "percentile", "percentile": 33.0, "startup_trials": 3, "warmup_epochs": 0},
        ),
        ({"name": "median"}, {"name": "median", "startup_trials": 5, "warmup_epochs": 2}),
        ({"name": "none"}, {"name": "none"}),
        ({"name": "hyperband"}, {"name": "hyperband", "min_epochs": 1, "reduction_factor": 3}),
        ({"name": "threshold"}, {"name": "threshold", "lower": 0.0, "upper": 1.0, "warmup_epochs": 2}),
        (
            {"name": "percentile", "percentile": 10},
            {"name": "percentile", "percentile": 10, "startup_trials": 3, "warmup_epochs": 2},
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
        ({"startup_trials": 0}, "startup_trials: expected an integer from 1 up, but got 0"),
        ({"startup_trials": 2.0}, "startup_trials: expected an integer from 1 up, but got 2.0"),
        ({"warmup_epochs": True}, "warmup_epochs: expected an integer from 0 up, but got True"),
        ({"warmup_epochs": "2"}, "warmup_epochs: expected an integer from 0 up, but got '2'"),
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
    history = History.of(trials, 10**9)
    rows = [[0.1, 0.2, 0.3], [0.4, NAN, NAN], [NAN] * 3, [NAN] * 3]
    np.testing.assert_array_equal(history.curves, np.array(rows))
    np.testing.assert_array_equal(history.at(2), [0.2, NAN, NAN, NAN])
    np.testing.assert_array_equal(history.at(10**9), [NAN] * 4)
    assert history.complete.tolist() == [True, False, False, False]


@settings(max_examples=50)
@given(trials_of_many_kinds, st.integers(0, 12))
def test_a_history_made_in_two_steps_is_the_one_made_at_once(trials, cut):
    once, twice = History.of(trials, N_EPOCHS), History.of(trials[:cut], N_EPOCHS).extended(trials[cut:])
    np.testing.assert_array_equal(once.curves, twice.curves)
    np.testing.assert_array_equal(once.complete, twice.complete)
    assert once.curves.dtype == twice.curves.dtype == np.float64
