"""A plan's measurement of the first epochs."""

import pytest

from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.worker import probe as measurement
from hpsearch.worker.trial import train_trial


@pytest.mark.parametrize(("long", "epochs", "n_measured"), [(60.0, 4, 2), (0.0, 4, 1), (60.0, 1, 1)])
def test_two_epochs_are_measured_or_one_if_it_is_long_or_the_last(
    make_task, tmp_path, monkeypatch, long, epochs, n_measured
):
    trained = []

    def remembered(*arguments):
        trained.append(train_trial(*arguments))
        return trained[-1]

    monkeypatch.setattr(measurement, "train_trial", remembered)
    monkeypatch.setattr(measurement, "LONG", long)
    found = measurement.probe(make_task(training={"epochs": epochs}), str(tmp_path / "scratch"))
    assert [len(outcome.curve) for outcome in trained] == [n_measured]
    assert found.epoch_seconds == trained[0].cost.seconds / n_measured


@pytest.mark.parametrize("update_rule", ["sgd", "adam"])
@pytest.mark.parametrize("epochs", [1, 4])
def test_what_a_trial_leaves_is_neither_less_nor_far_more_than_was_measured(
    make_task, tmp_path, update_rule, epochs
):
    """Kept weights were counted by the checkpoint, and checkpoints four times: fifteen times too much."""
    task = make_task(net={"hidden_dims": [300, 300]}, training={"epochs": epochs, "update_rule": update_rule})
    found = measurement.probe(task, str(tmp_path / "scratch"))
    whole = TrialFolder(tmp_path / "whole")
    train_trial(task, whole, lambda: False)
    weights = whole.weights.stat().st_size
    assert 0.9 * weights < found.weights_bytes < 2.2 * weights
    assert 1.8 * weights < found.checkpoint_bytes < 4.5 * weights
