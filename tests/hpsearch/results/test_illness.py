"""Each illness is told by its own symptom, by nets that did not learn alone."""

import pandas as pd
import pytest
from made_up_layers import LAYER_OF, LOOKS, looks

from hpsearch.results.illness import ILLNESSES, chance_level, diagnosed

ILL = [name for name in LOOKS if name]


def diagnosis(illness, value=0.1, train=0.1, state="complete", loss=None, best=0.95, rate=0.01):
    """Returns illness and layer of the first of two trials, the other of which is sane; None without one."""
    losses = [1e6 if illness == "too-fast" else 2.3] * 4 if loss is None else loss
    trials = pd.DataFrame({"number": [0, 1], "state": [state, "complete"], "value": [value, best]})
    trials["learning_rate"] = rate
    curves = pd.DataFrame({"number": 0, "loss": losses, "train_accuracy": train, "val_accuracy": value})
    layers = pd.concat([looks(illness), looks("", number=1)], ignore_index=True)
    found = diagnosed(layers, trials, curves, n_train=1000, n_val=500)
    return None if found.empty else tuple(found[["illness", "layer"]].iloc[0])


def test_every_illness_has_looks_here():
    assert set(ILL) == set(ILLNESSES)


@pytest.mark.parametrize("illness", ILL)
def test_a_net_that_learned_nothing_has_the_illness_that_it_shows(illness):
    assert diagnosis(illness) == (illness, LAYER_OF[illness])


@pytest.mark.parametrize("illness", ILL)
def test_a_net_that_learned_is_not_ill(illness):
    assert diagnosis(illness, value=0.9, train=0.95) is None


def test_a_net_without_a_symptom_has_no_illness():
    assert diagnosis("") is None


@pytest.mark.parametrize("illness", ["weak-gradients", "vanishing", "too-slow"])
def test_what_only_slows_a_net_down_is_no_illness_once_it_got_beyond_chance(illness):
    assert diagnosis(illness, value=0.3) is None
    assert diagnosis(illness, value=0.1, train=1.0) is None  # a few images, known by heart


@pytest.mark.parametrize("illness", ["dead", "saturated", "exploding"])
def test_what_cripples_a_net_is_an_illness_below_half_of_what_others_gained(illness):
    assert diagnosis(illness, value=0.4) == (illness, LAYER_OF[illness])
    assert diagnosis(illness, value=0.6) is None


def test_a_net_that_diverged_by_large_steps_is_named_so():
    assert diagnosis("too-fast", value=float("nan"), state="diverged", loss=[float("nan")]) == ("too-fast", 1)
    assert diagnosis("", value=float("nan"), state="diverged", loss=[float("nan")]) is None


@pytest.mark.parametrize(("first", "found"), [(0.09, ("weak-gradients", 1)), (0.11, None), (0.9, None)])
def test_a_gradient_that_is_only_somewhat_smaller_has_not_vanished(monkeypatch, first, found):
    seen = {"gradient": [first, 0.5, 0.8, 1.0], "saturated": 0.0, "dead": float("nan")}
    monkeypatch.setitem(LOOKS, "weak-gradients", seen)
    assert diagnosis("weak-gradients") == found


def test_failed_trials_are_not_judged():
    assert diagnosis("dead", state="failed") is None


@pytest.mark.parametrize(
    ("chance", "n_images", "level"), [(0.1, 300, 0.169), (0.1, 10_000, 0.15), (0.01, 1000, 0.0226)]
)
def test_the_level_of_chance(chance, n_images, level):
    assert chance_level(chance, n_images) == pytest.approx(level, abs=5e-4)


@pytest.mark.parametrize(
    ("update", "gradient", "rate", "found"),
    [
        (1e-9, 0.05, 1e-9, "too-slow"),  # strong gradients, sgd: 0.05 is half of the weights' mean size
        (0.0, 0.05, 1e-12, "too-slow"),  # steps that float32 lost
        (1e-6, 1e-4, 1e-9, "too-slow"),  # Adam makes up for weak ones
        (1e-9, 1e-4, 1e-9, "vanishing"),
        (1e-6, 1e-4, 0.1, "vanishing"),
        (1e-6, 1e-4, float("nan"), "vanishing"),
        (1e-4, 0.05, 1e-4, "too-slow"),  # a tenth of usual steps, which strong gradients would allow
        (2e-3, 0.05, 1e-4, "vanishing"),
        (1e-2, 0.05, 0.1, "vanishing"),
    ],
)
def test_small_weights_are_blamed_where_a_usual_learning_rate_would_not_help(
    monkeypatch, update, gradient, rate, found
):
    shows = {"update": update, "gradient": gradient, "spread": 1e-3}
    monkeypatch.setitem(LOOKS, "vanishing", shows)
    told = diagnosis("vanishing", rate=rate)
    assert (told and told[0]) == found
