"""The doctor notices what a study says about its own space, and nothing that it does not say."""

import shlex
from dataclasses import replace

import numpy as np
import pytest

from hpsearch.results.doctor import findings
from hpsearch.study.studyfile import load


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
    return with_trials(
        frames,
        value=np.linspace(0.5, 0.99, 20),
        best_epoch=10.0,
        train_accuracy=np.linspace(0.5, 0.99, 20),
        **{
            "params.learning_rate": 0.003,
            "params.dropout": 0.3,
            "params.normalization": ["none", "batchnorm"] * 10,
        },
    )


def test_plain_study_is_only_told_of_its_few_distinct_trials(plain):
    assert {finding.rule for finding in findings(plain)} <= {"no-difference"}


@pytest.mark.parametrize(("value", "end", "wider"), [(0.095, "high", 1.0), (0.00011, "low", 1e-5)])
def test_best_trials_at_the_end_of_a_range_ask_for_a_wider_one(plain, value, end, wider):
    [finding] = found(with_trials(plain, **{"params.learning_rate": value}), "edge")
    assert finding.settings == {f"space.learning_rate.{end}": wider}
    side = {"high": "upper", "low": "lower"}[end]
    assert f"10 of the best 10 trials have learning_rate within 5 % of its {side} end" in finding.sentence


def test_range_is_not_widened_beyond_what_the_net_takes(plain):
    assert found(with_trials(plain, **{"params.dropout": 0.89}), "edge") == []
    assert found(with_trials(plain, **{"params.dropout": 0.0}), "edge") == []


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


def test_divergence_everywhere_blames_no_parameter(plain):
    frames = with_trials(
        plain, state=["complete", "diverged"] * 10, **{"params.dropout": np.linspace(0, 0.9, 20)}
    )
    frames = with_trials(frames, **{"params.learning_rate": np.geomspace(1e-4, 1e-1, 20)})
    [finding] = found(frames, "divergence")
    assert "no single parameter sets them apart" in finding.sentence
    assert finding.settings == {}


def test_choice_that_never_came_close_is_to_be_left_out(plain):
    values = np.where(np.arange(20) % 2, 0.99, 0.5)
    frames = with_trials(plain, value=values)
    [finding] = found(frames, "poor-choice")
    assert "normalization none" in finding.sentence


def test_choices_within_noise_made_no_difference(plain):
    [finding] = found(with_trials(plain, value=0.98), "no-difference")
    assert finding.sentence == (
        "normalization made no difference beyond noise:"
        " the best trials with none and batchnorm are within it."
    )


def test_improving_at_the_last_epoch_asks_for_more(plain):
    [finding] = found(with_trials(plain, best_epoch=15.0), "more-epochs")
    assert finding.settings == {"training.epochs": 30}


def test_early_best_epochs_ask_for_fewer(plain):
    [finding] = found(with_trials(plain, best_epoch=4.0), "fewer-epochs")
    assert finding.settings == {"training.epochs": 6}


def test_gap_to_training_accuracy_is_named(plain):
    [finding] = found(with_trials(plain, train_accuracy=1.0), "overfitting")
    assert "better on training images" in finding.sentence


def test_failures_name_the_commonest_reason(plain):
    states = ["complete"] * 15 + ["failed"] * 5
    reasons = [""] * 15 + ["ValueError: b", "ValueError: a", "ValueError: a", "OSError", "OSError"]
    [finding] = found(with_trials(plain, state=states, reason=reasons), "failures")
    assert finding.sentence == "5 trials failed, 2 of them with: OSError."


def test_indistinct_trials_ask_for_more_images(plain):
    [finding] = found(with_trials(plain, value=0.98), "few-images")
    assert (
        "20 of 20 complete trials cannot be told from the best on 500 validation images" in finding.sentence
    )


@pytest.mark.parametrize("n", [0, 1, 2, 60])
@pytest.mark.parametrize("only", [None, "complete", "pruned", "diverged", "failed"])
def test_no_study_is_too_odd_for_the_doctor(make, n, only):
    frames = make(n, only=only)
    for finding in findings(frames):
        assert finding.sentence.endswith(".")


def test_every_command_is_a_valid_study(make, plain):
    studies = [make(100, seed=seed, name=f"s{seed}") for seed in range(5)]
    studies.append(with_trials(plain, best_epoch=15.0, **{"params.learning_rate": 0.099}))
    commands = [(frames, finding) for frames in studies for finding in findings(frames) if finding.settings]
    assert commands
    for frames, finding in commands:
        words = shlex.split(finding.command("convnet"))
        assert words[:4] == ["hpsearch", "run", "--study", "convnet"]
        settings = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
        assert len(settings) == len(finding.settings)
        path = frames.folder / "convnet.toml"
        path.write_text(frames.study.to_toml())
        assert load(path, settings).table != load(path).table
