"""The doctor notices what a study says about its own space, and nothing that it does not say."""

import shlex
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.results.commands import changed_study
from hpsearch.results.doctor import findings
from hpsearch.results.finding import combined
from hpsearch.results.selection import Winner
from hpsearch.results.stats import Interval
from hpsearch.space import Parameter
from hpsearch.strategies.question import Question
from hpsearch.study.functions import KEY
from hpsearch.study.studyfile import from_table, load
from hpsearch.words import percent, percents


def found(frames, rule):
    return [finding for finding in findings(frames) if finding.rule == rule]


def with_trials(frames, **columns):
    return replace(frames, trials=frames.trials.assign(**columns))


@pytest.fixture
def plain(make):
    """Twenty complete trials that differ in nothing but their accuracy."""
    space = {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
        "dropout": {"low": 0.0, "high": 0.9},
        "normalization": {"choices": ["none", "batchnorm"]},
    }
    frames = make(20, space=space, only="complete")
    last = frames.curves["epoch"].max()
    reached = np.linspace(0.5, 0.99, 20)[frames.curves["number"]] - (last - frames.curves["epoch"]) * 1e-4
    return with_trials(
        replace(frames, curves=frames.curves.assign(val_accuracy=reached)),
        value=np.linspace(0.5, 0.99, 20),
        best_epoch=10.0,
        train_accuracy=np.linspace(0.5, 0.99, 20),
        **{
            "params.learning_rate": 0.003,
            "params.dropout": 0.3,
            "params.normalization": ["none", "batchnorm"] * 10,
        },
    )


def test_plain_study_is_told_nothing(plain):
    assert findings(plain) == []


def won(frames, expected, low, high):
    vars(frames)["corrected"] = Winner(0, expected, expected, Interval(low, high), 0.0)
    return frames


@pytest.mark.parametrize(
    ("expected", "low", "high", "is_told", "is_first"),
    [
        (0.09, 0.07, 0.12, True, True),
        (0.12, 0.08, 0.16, True, False),  # better, as it seems, and not surely
        (0.14, 0.11, 0.18, False, False),
    ],
)
def test_winner_that_may_know_nothing_is_told(plain, expected, low, high, is_told, is_first):
    frames = won(plain, expected, low, high)
    told = found(frames, "at-chance")
    assert [finding.is_widespread for finding in told] == ([is_first] if is_told else [])
    for finding in told:
        assert finding.sentence.startswith(
            f"The best trial is not shown to be better than chance, which is 10.0\u00a0%: {percent(expected)}"
            f" is what to expect of it (95 % interval {percents(low, high)}). "
        )


def test_a_function_s_own_data_have_no_chance_that_is_known(plain):
    data = replace(plain.study.data, source="own")
    frames = won(replace(plain, study=replace(plain.study, data=data)), 0.01, 0.0, 0.03)
    assert found(frames, "at-chance") == []


def test_own_net_that_says_the_same_in_each_epoch_may_not_use_its_params(plain):
    still = replace(plain, curves=plain.curves.assign(val_accuracy=0.1, train_accuracy=0.2))
    assert found(still, "unmoved") == []  # nets of this package are ill of something else
    own = replace(still, study=replace(still.study, net_kind="no_such_module:Net"))
    [finding] = found(own, "unmoved")
    assert "does loss(X, y) use the arrays that are in params" in finding.sentence
    assert finding.is_widespread
    moved = own.curves["val_accuracy"].where(own.curves.index != own.curves.index[-1], 0.11)
    assert found(replace(own, curves=own.curves.assign(val_accuracy=moved)), "unmoved") == []
    short = own.curves[own.curves["epoch"] == 1]
    assert found(replace(own, curves=short), "unmoved") == []


def at_the_best(usual, special):
    """Returns a column of `plain` in which the ten best trials have a value of their own."""
    return [usual] * 10 + [special] * 10


@pytest.mark.parametrize(("value", "end", "wider"), [(0.095, "high", 1.0), (0.00011, "low", 1e-5)])
def test_best_trials_at_the_end_of_a_range_ask_for_a_wider_one(plain, value, end, wider):
    frames = with_trials(plain, **{"params.learning_rate": at_the_best(0.003, value)})
    [finding] = found(frames, "edge")
    assert finding.settings == {f"space.learning_rate.{end}": wider}
    side = {"high": "upper", "low": "lower"}[end]
    assert f"The best 10 trials have learning_rate within 5 % of its {side} end" in finding.sentence


def test_end_where_all_trials_lie_says_nothing_of_the_best(plain):
    assert found(with_trials(plain, **{"params.learning_rate": 0.095}), "edge") == []


def test_range_is_not_widened_beyond_what_the_net_takes(plain):
    assert found(with_trials(plain, **{"params.dropout": at_the_best(0.3, 0.89)}), "edge") == []
    assert found(with_trials(plain, **{"params.dropout": at_the_best(0.3, 0.0)}), "edge") == []


def test_fractions_of_an_own_net_are_not_widened_beyond_0_and_1(plain):
    """Nobody here knows what it takes, but a probability of keeping is none above 1."""
    own = replace(plain, study=replace(plain.study, net_kind="no_such_module:Net"))
    assert found(with_trials(own, **{"params.dropout": at_the_best(0.3, 0.0)}), "edge") == []
    [finding] = found(with_trials(own, **{"params.learning_rate": at_the_best(0.003, 0.095)}), "edge")
    assert finding.settings == {"space.learning_rate.high": 1.0}


def test_divergence_names_the_threshold_and_moves_the_end(plain):
    rates = np.r_[np.full(16, 0.003), 0.04, 0.05, 0.06, 0.09]
    states = ["complete"] * 16 + ["diverged"] * 4
    frames = with_trials(
        plain,
        state=states,
        **{"params.learning_rate": rates, "params.dropout": np.linspace(0, 0.9, 20) % 0.5},
    )
    [finding] = found(frames, "divergence")
    assert finding.sentence.startswith(
        "4 trials diverged, all with learning_rate at or above 0.04, where 20 % of the trials lay"
    )
    assert finding.settings == {"space.learning_rate.high": 0.04}


@pytest.mark.parametrize(
    ("space", "name", "values", "settings"),
    [
        (
            {"hidden_dims": {"depth": [1, 5], "width": [8, 16]}},
            "hidden_dims.depth",
            [1, 2, 3, 4, 5],
            {"space.hidden_dims.depth": [1, 3]},
        ),
        ({"batch_size": {"low": 8, "high": 300}}, "batch_size", [8, 60, 120, 254, 280], {"high": 253}),
        (
            {"dropout": {"low": 0.0, "high": 0.4, "step": 0.1}},
            "dropout",
            [0.0, 0.1, 0.2, 0.3, 0.4],
            {"high": 0.2},
        ),
    ],
)
def test_end_that_diverges_is_cut_to_a_value_that_the_range_has(make, space, name, values, settings):
    """Depths are written as a pair, whole numbers stay whole, and of steps the next one inside is the end."""
    table = {"net": {"kind": "FullyConnectedNet"}, "training": {"epochs": 15}, "space": space}
    if name != "hidden_dims.depth":
        table["net"]["hidden_dims"] = [8]
        settings = {f"space.{name}.{end}": value for end, value in settings.items()}
    study = from_table(table, "fcnet", "fcnet.toml")
    state = ["complete", "complete", "complete", "diverged", "diverged"] * 4
    plain = replace(make(20, space=study.space, only="complete"), study=study)
    frames = with_trials(plain, state=state, **{f"params.{name}": values * 4})
    [finding] = found(frames, "divergence")
    assert finding.settings == settings
    assert [*map(type, finding.settings.values())] == [*map(type, settings.values())]


def test_end_that_diverges_is_cut_beyond_the_winner(plain):
    rates = np.r_[np.full(15, 0.003), 0.0123, np.full(4, 0.01249)]
    value = np.r_[np.full(15, 0.9), 0.95, np.full(4, 0.1)]
    state = ["complete"] * 16 + ["diverged"] * 4
    frames = with_trials(plain, state=state, value=value, **{"params.learning_rate": rates})
    [finding] = found(frames, "divergence")
    assert finding.settings == {"space.learning_rate.high": 0.0125}  # and not 0.012


def with_momentum(plain, state):
    """Returns `plain` with a momentum that every second trial has, the later the more."""
    momentum = Parameter("momentum", "float", 0.5, 0.99, when={"normalization": ("batchnorm",)})
    table = {**plain.study.table, "space": {"momentum": {"low": 0.5, "high": 0.99}}}
    study = replace(plain.study, space=(*plain.study.space, momentum), table=table)
    values = np.where(np.arange(20) % 2, 0.5 + 0.02 * np.arange(20), np.nan)
    return with_trials(replace(plain, study=study), state=state, **{"params.momentum": values})


def test_a_parameter_is_not_blamed_for_what_trials_without_it_are_spared(plain):
    """Half of the nets with batchnorm diverge, whatever their momentum; the others have none."""
    state = ["diverged" if number % 4 == 1 else "complete" for number in range(20)]
    [finding] = found(with_momentum(plain, state), "divergence")
    assert finding.sentence == "5 trials diverged; no end of a range and no single choice stands out."


def test_the_best_trial_is_not_beyond_the_border_of_a_parameter_that_it_lacks(plain):
    state = ["diverged" if number in (11, 13, 15, 17, 19) else "complete" for number in range(20)]
    [finding] = found(with_momentum(plain, state), "divergence")
    assert finding.sentence == (
        "5 trials diverged, all with momentum at or above 0.72, where 50 % of the trials that have it lay:"
        " lower its high end."
    )


@pytest.mark.parametrize(
    ("every", "advice", "settings"),
    [
        (1, ": leave it out.", {"space.normalization.choices": ["none"]}),
        (3, ".", {}),  # most nets with it do well
    ],
)
def test_a_choice_without_which_no_net_diverges_is_named(plain, every, advice, settings):
    twice = pd.concat([plain.trials, plain.trials.assign(number=plain.trials["number"] + 20)])
    diverges = (np.arange(40) % 2 == 1) & (np.arange(40) // 2 % every == 0)
    trials = twice.reset_index(drop=True).assign(state=np.where(diverges, "diverged", "complete"))
    [finding] = found(replace(plain, trials=trials.assign(value=0.9)), "divergence")
    n = diverges.sum()
    assert finding.sentence == (
        f"{n} trials diverged, all with normalization batchnorm, as 50 % of the trials had{advice}"
    )
    assert finding.settings == settings


@pytest.mark.parametrize(
    ("spared", "advice", "kept"),
    [
        (0, ": leave them out.", [["relu"]]),
        (12, ".", []),  # most nets with one of them do well
    ],
)
def test_choices_without_which_no_net_diverges_are_named_together(make, spared, advice, kept):
    """Three choices of four with which all nets diverged: none is single, so nothing stood out."""
    choices = ["relu", "leaky_relu", "tanh", "sigmoid"]
    values = np.array(["relu"] * 20 + ["leaky_relu", "tanh", "sigmoid"] * 4 + ["sigmoid"] * spared)
    state = np.where((np.arange(len(values)) >= 20) & (np.arange(len(values)) < 32), "diverged", "complete")
    space = {"reg": {"low": 1e-6, "high": 0.1}, "activation": {"choices": choices}}
    plain = make(len(values), space=space, only="complete")
    frames = with_trials(plain, state=state, value=0.9, **{"params.activation": values})
    [finding] = found(frames, "divergence")
    share = f"{100 * (12 + spared) / len(values):.0f} %"
    assert finding.sentence == (
        "12 trials diverged, all with activation leaky_relu, tanh or sigmoid,"
        f" as {share} of the trials had{advice}"
    )
    assert list(finding.settings.values()) == kept


def test_a_choice_that_the_best_trial_has_too_is_not_left_out(plain):
    state = ["diverged" if number % 2 and number != 19 else "complete" for number in range(20)]
    frames = with_trials(plain, state=state, value=np.arange(20) / 20)
    [finding] = found(frames, "divergence")
    assert finding.sentence.endswith(
        "normalization batchnorm, as 50 % of the trials had, but so did the best one."
    )
    assert finding.settings == {}


def test_divergence_everywhere_blames_no_parameter(plain):
    frames = with_trials(
        plain,
        state=["complete", "complete", "diverged", "diverged"] * 5,
        **{"params.dropout": np.linspace(0, 0.9, 20)},
    )
    frames = with_trials(frames, **{"params.learning_rate": np.geomspace(1e-4, 1e-1, 20)})
    [finding] = found(frames, "divergence")
    assert finding.sentence == "10 trials diverged; no end of a range and no single choice stands out."
    assert finding.settings == {}


@pytest.mark.parametrize("n", [1, 2, 12])
def test_trials_that_all_diverge_name_the_parameter_that_is_too_large(make, n):
    space = {
        "reg": {"low": 1e-6, "high": 1e-1, "log": True},
        "learning_rate": {"low": 1e7, "high": 1e8, "log": True},
    }
    [finding] = findings(make(n, space=space, only="diverged"))
    who = {1: "The only trial", 2: "Both trials", 12: "All 12 trials"}[n]
    assert finding.sentence.startswith(f"{who} diverged, with learning_rate ")
    assert finding.sentence.endswith("e+07: lower learning_rate first.")
    ends = {"space.learning_rate.low": 1e-4, "space.learning_rate.high": 0.1}
    assert finding.settings == (ends if n == 12 else {})


def test_trials_that_all_diverge_name_the_fixed_value_that_is_too_large(make):
    space = {"learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}}
    frames = make(4, space=space, only="diverged")
    frames = replace(frames, study=replace(frames.study, net={"weight_scale": 1e300}))
    [finding] = findings(frames)
    assert finding.sentence == "All 4 trials diverged, with weight_scale 1e+300: lower it first."


def decided_by_normalization(plain, values):
    """Returns `plain` with an accuracy for "none" and one for "batchnorm", which take turns."""
    curves = plain.curves.assign(
        val_accuracy=np.where(plain.curves["number"] % 2, values[1], values[0])
        + plain.curves["number"] * 1e-6  # no two are equal
    )
    value = curves.groupby("number")["val_accuracy"].max()
    return replace(with_trials(plain, value=value.to_numpy()), curves=curves)


def test_choices_are_compared_by_all_their_trials_and_the_poor_one_may_go(plain):
    frames = decided_by_normalization(plain, (0.5, 0.99))
    [told] = found(frames, "choice")
    assert told.sentence.replace("\u00a0", " ") == (
        "normalization mattered: half of the trials reached 99.0 % with batchnorm and 50.0 % with none."
    )
    [finding] = found(frames, "poor-choice")
    assert finding.sentence.startswith(
        "None of the 10 trials with normalization none came within noise of the best, of the others 100 % did"
    )
    assert finding.settings == {"space.normalization.choices": ["batchnorm"]}


def test_choices_whose_trials_were_stopped_are_said_to_be(plain):
    """They may have been slow, and better in the end."""
    frames = decided_by_normalization(plain, (0.5, 0.99))
    stopped = ["pruned" if number in (2, 4, 6) else "complete" for number in range(20)]
    frames = with_trials(frames, state=stopped)
    [told] = found(frames, "choice")
    assert told.sentence.endswith("50.0\u00a0% with none, where 3 of 20 were pruned on the way.")
    [finding] = found(frames, "poor-choice")
    assert finding.sentence.startswith(
        "None of the 10 trials with normalization none (3 of them pruned) came"
    )


def test_no_value_of_a_question_is_to_be_left_out(plain):
    frames = decided_by_normalization(plain, (0.5, 0.99))
    question = Question("normalization", ("none", "batchnorm"))
    asked = replace(frames, study=replace(frames.study, question=question))
    assert found(asked, "choice") != []
    assert found(asked, "poor-choice") == []


def test_choice_that_reaches_the_top_is_not_to_be_left_out_although_most_of_its_trials_do_not(plain):
    frames = decided_by_normalization(plain, (0.5, 0.99))
    fragile = frames.trials["value"].where(frames.trials["number"] != 0, 0.99)
    curves = frames.curves.assign(
        val_accuracy=frames.curves["val_accuracy"].where(frames.curves["number"] != 0, 0.99)
    )
    frames = replace(with_trials(frames, value=fragile), curves=curves)
    [told] = found(frames, "choice")
    assert "50.0\u00a0% with none" in told.sentence
    assert told.sentence.endswith("Well tuned, both have trials within noise of the best.")
    assert found(frames, "poor-choice") == []


def test_choices_that_show_no_difference_are_not_said_to_make_none(plain):
    assert findings(decided_by_normalization(plain, (0.98, 0.98))) == []


def test_improving_at_the_last_epoch_asks_for_more(plain):
    [finding] = found(with_trials(plain, best_epoch=15.0), "more-epochs")
    assert finding.settings == {"training.epochs": 30}


def test_a_function_must_yield_more_epochs_itself(plain):
    study = replace(plain.study, training={**plain.study.training, "function": "mine:train"})
    [finding] = found(with_trials(replace(plain, study=study), best_epoch=15.0), "more-epochs")
    assert finding.sentence.endswith("train longer, if the function yields as many epochs.")


def test_early_best_epochs_ask_for_fewer(plain):
    [finding] = found(with_trials(plain, best_epoch=4.0), "fewer-epochs")
    assert finding.settings == {"training.epochs": 6}


def test_of_few_epochs_none_is_to_be_saved(plain):
    """The best of 4 epochs may be the second by chance."""
    study = replace(plain.study, training={**plain.study.training, "epochs": 4})
    assert found(with_trials(replace(plain, study=study), best_epoch=2.0), "fewer-epochs") == []


def test_gap_to_training_accuracy_is_named(plain):
    [finding] = found(with_trials(plain, train_accuracy=1.0), "overfitting")
    assert "points or more better on training than on validation images" in finding.sentence


def test_a_gap_is_rounded_down_to_what_half_of_the_trials_have(plain):
    value = plain.trials["value"].to_numpy()
    [finding] = found(with_trials(plain, train_accuracy=value + 0.056), "overfitting")
    assert finding.sentence.startswith("Half of the best 10 trials are 5 points or more better on training")


def test_trials_that_failed_are_none_of_all_that_diverged(plain, make):
    rates = np.geomspace(1e-4, 0.1, 20)
    states = ["complete"] * 6 + ["failed"] * 6 + ["diverged"] * 8
    other = {"params.learning_rate": rates, "params.dropout": np.linspace(0, 0.9, 20) % 0.5}
    [finding] = found(with_trials(plain, state=states, **other), "divergence")
    assert "where 57 % of the trials that did not fail lay" in finding.sentence
    half = make(6, space=(Parameter("width", "int", 1, 9),), only="diverged")
    half = with_trials(half, state=["failed"] * 3 + ["diverged"] * 3)
    [finding] = found(half, "divergence")
    assert finding.sentence.startswith("All 3 trials that did not fail diverged: ")


def test_a_function_all_of_whose_trials_diverge_may_know_no_learning_rate(make):
    frames = make(6, space=(Parameter("width", "int", 1, 9),), only="diverged")
    [finding] = found(frames, "divergence")
    assert finding.sentence == "All 6 trials diverged: lower the learning rate first."
    function = replace(frames.study, training={**frames.study.training, KEY: "mine:train"})
    [finding] = found(replace(frames, study=function), "divergence")
    assert finding.sentence == (
        "All 6 trials diverged: see first why the function yields what is not finite."
    )


def test_failures_name_the_commonest_reason(plain):
    states = ["complete"] * 15 + ["failed"] * 5
    reasons = [""] * 15 + ["ValueError: b", "ValueError: a", "ValueError: a", "OSError", "OSError"]
    [finding] = found(with_trials(plain, state=states, reason=reasons), "failures")
    assert finding.sentence == "5 trials failed, 2 of them with: OSError."
    [finding] = found(with_trials(plain, state=states, reason="ValueError: is x right?"), "failures")
    assert finding.sentence == "5 trials failed with: ValueError: is x right?"


def test_failures_tell_what_those_of_one_kind_have_in_common(plain):
    rates, dropout = np.geomspace(1e-4, 0.1, 20), np.linspace(0, 0.9, 20) % 0.5
    states, reasons = ["complete"] * 13 + ["failed"] * 7, [""] * 13 + ["ValueError: too fast"] * 7
    columns = {"state": states, "reason": reasons, "params.dropout": dropout}
    [finding] = found(with_trials(plain, **columns, **{"params.learning_rate": rates}), "failures")
    assert finding.sentence == (
        "7 trials failed with: ValueError: too fast. All had learning_rate at or above 0.0113, as 35 % of the"
        " trials had."
    )
    columns["state"][0], columns["reason"][0] = "failed", "OSError"
    [finding] = found(with_trials(plain, **columns, **{"params.learning_rate": rates}), "failures")
    assert "7 of them with: ValueError: too fast. These had learning_rate at or above" in finding.sentence


def test_failures_by_chance_have_nothing_in_common(plain):
    told = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        states = rng.permutation(["complete"] * 14 + ["failed"] * 6)
        rates, dropout = np.geomspace(1e-4, 0.1, 20), rng.random(20) / 2
        other = {"params.learning_rate": rates, "params.dropout": dropout}
        [finding] = found(with_trials(plain, state=states, reason="OSError", **other), "failures")
        told += "had" in finding.sentence
    assert told <= 3


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ([], "3 trials failed, all like this one: MemoryError: 128 MiB for (64, 115)."),
        (["OSError"], "4 trials failed, 3 of them like this one: MemoryError: 128 MiB for (64, 115)."),
    ],
)
def test_failures_that_differ_in_numbers_alone_are_of_one_kind(plain, others, sentence):
    """Of 19 trials that failed for one cause the page showed one "2 of them with"."""
    reasons = [f"MemoryError: {size} MiB for (64, {size - 13})" for size in (32, 128, 16)] + others
    n_complete = 20 - len(reasons)
    states = ["complete"] * n_complete + ["failed"] * len(reasons)
    [finding] = found(with_trials(plain, state=states, reason=[""] * n_complete + reasons), "failures")
    assert finding.sentence == sentence


def test_a_function_s_own_data_are_no_images(plain):
    own = replace(plain.study, data=replace(plain.study.data, source="own"))
    [finding] = found(with_trials(replace(plain, study=own), train_accuracy=1.0), "overfitting")
    assert "than on validation examples: try" in finding.sentence


@pytest.mark.parametrize(("num_val", "is_told"), [(500, True), (50_000, False)])
def test_indistinct_trials_are_told_how_many_images_would_tell(plain, num_val, is_told):
    hits = np.random.default_rng(0).random((20, num_val)) < 0.98
    frames = replace(with_trials(plain, value=hits.mean(axis=1)), hits=hits, num_val=num_val)
    told = found(frames, "few-images")
    assert bool(told) == is_told
    for finding in told:
        assert finding.sentence.startswith(f"{frames.near_best.sum() - 1} of the other 19 complete trials")
        assert finding.sentence.endswith("to see a difference of half a point takes about 8500.")
        frames.__dict__["near_best"] = frames.near_best | True
        [finding] = found(frames, "few-images")
        assert finding.sentence.startswith(
            "None of the other 19 complete trials can be told from the best on"
        )


def test_one_epoch_says_nothing_of_more(plain):
    table = {**plain.study.table, "training": {**plain.study.table["training"], "epochs": 1}}
    study = replace(plain.study, training={**plain.study.training, "epochs": 1}, table=table)
    assert found(replace(with_trials(plain, best_epoch=1.0), study=study), "more-epochs") == []


def test_of_two_findings_for_one_key_the_first_counts(plain):
    rates = np.where(np.arange(20) < 16, 0.003, 0.09)
    states = ["complete"] * 16 + ["diverged"] * 4
    frames = with_trials(plain, state=states, **{"params.learning_rate": rates})
    keys = [key for finding in findings(frames) for key in finding.settings]
    assert keys == ["space.learning_rate.high"]


@pytest.mark.parametrize("n", [0, 1, 2, 60])
@pytest.mark.parametrize("only", [None, "complete", "pruned", "diverged", "failed"])
def test_no_study_is_too_odd_for_the_doctor(make, n, only):
    frames = make(n, only=only)
    for finding in findings(frames):
        assert finding.sentence.endswith(".")


def test_all_that_is_advised_is_one_command_of_a_valid_study(make, plain):
    studies = [make(100, seed=seed, name=f"s{seed}") for seed in range(5)]
    late = {"best_epoch": 15.0, "params.learning_rate": at_the_best(0.003, 0.099)}
    studies.append(with_trials(plain, **late))
    told = [(frames, findings(frames)) for frames in studies]
    assert len(combined(*told[-1])) == 2
    for frames, noticed in told:
        settings = combined(frames, noticed)
        assert settings.keys() == {key for finding in noticed for key in finding.settings}
        words = shlex.split(changed_study(StudyFolder(frames.folder), settings))
        assert words[:4] == ["hpsearch", "run", "--study", str(frames.folder / "study.toml")]
        changes = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
        assert words[-2:] == ["--out", f"{frames.folder.parent}-next"]
        path = frames.folder / "convnet.toml"
        path.write_text(frames.study.to_toml())
        assert (load(path, changes).table != load(path).table) == bool(changes)
