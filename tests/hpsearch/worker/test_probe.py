"""A plan's measurement of the first epochs."""

import pytest

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
