"""A worker: where its trials leave things, when it stops, and which work it refuses."""

import threading

import numpy as np
import pytest

from hpsearch.disk import lock
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import HpsearchError
from hpsearch.records import TrialOutcome
from hpsearch.system.memory import LIMIT_NEEDS, can_be_limited
from hpsearch.worker import worker
from hpsearch.worker.coordinator import Coordinator


@pytest.fixture
def coordinator(tmp_path):
    """A coordinator that is there."""
    with lock.claim(tmp_path / "lock"):
        owner = lock.owner(tmp_path / "lock")
        here = worker.environment.describe_worker()
        yield Coordinator(tmp_path / "lock", owner, tmp_path / "stop", here, "e1")


def moved(coordinator, **changes):
    """Returns a coordinator with changes."""
    return Coordinator(**{**vars(coordinator), **changes})


@pytest.fixture
def folder(tmp_path):
    return TrialFolder(tmp_path / "trial")


def test_a_trial_leaves_its_weights_in_its_folder(make_task, folder, coordinator):
    finished = worker.run_task(make_task(), folder, coordinator)
    assert finished.outcome.state == "complete"
    assert finished.outcome.environment == "e1"
    assert finished.weights is None
    assert folder.weights.exists()


@pytest.mark.parametrize("change", [{"owner": "process 1 on another machine"}, {"lock_file": "/absent/lock"}])
def test_a_worker_that_does_not_see_its_coordinator_writes_nothing_there(
    make_task, folder, coordinator, tmp_path, change
):
    change = {name: type(getattr(coordinator, name))(value) for name, value in change.items()}
    elsewhere = worker.run_task(make_task(), folder, moved(coordinator, **change))
    assert not folder.path.exists()
    here = worker.run_task(make_task(), folder, coordinator)
    assert elsewhere.outcome.curve == here.outcome.curve
    assert elsewhere.weights == folder.weights.read_bytes()


def test_a_worker_elsewhere_sends_back_no_weights_that_are_not_to_be_kept(make_task, folder, coordinator):
    finished = worker.run_task(make_task(keep_above=1.0), folder, moved(coordinator, owner="another"))
    assert finished.outcome.state == "complete"
    assert finished.weights is None


@pytest.mark.skipif(not can_be_limited(), reason=f"needs {LIMIT_NEEDS}")
@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("MemoryError: too wide", "needed more memory than 8192 MB (--trial-memory): MemoryError: too wide"),
        ("ValueError: wrong", "ValueError: wrong"),
    ],
)
def test_only_a_trial_that_ran_out_of_memory_is_told_of_its_limit(
    make_task, folder, coordinator, monkeypatch, reason, told
):
    outcome = TrialOutcome(0, "failed", (), reason)
    monkeypatch.setattr(worker, "train_trial", lambda *arguments: outcome)
    assert worker.run_task(make_task(), folder, coordinator, 2**33).outcome.reason == told


def test_a_trial_that_waited_when_a_stop_was_asked_for_does_not_begin(make_task, folder, coordinator):
    coordinator.stop_file.touch()
    outcome = worker.run_task(make_task(), folder, coordinator).outcome
    assert (outcome.state, outcome.cost.epochs) == ("stopped", 0)
    assert not folder.path.exists()


def test_a_worker_that_does_not_find_the_code_says_that_it_is_its_own_folder_and_path(
    make_task, folder, coordinator
):
    with pytest.raises(HpsearchError, match=r"^worker \d+ on .*: absent:Net: module 'absent'"):
        worker.run_task(make_task(code=("absent:Net",)), folder, coordinator)


@pytest.mark.parametrize("file", ["stop_file", "lock_file"])
def test_a_trial_stops_at_its_epochs_end_and_goes_on_later(make_task, own_net, folder, coordinator, file):
    """Either a stop is asked for, or another coordinator follows its own, while it trains."""
    kind = own_net(
        f"""
        from pathlib import Path
        import numpy as np
        class Net:
            def __init__(self, input_dim=64, num_classes=3):
                self.params = {{"W": np.zeros((input_dim, num_classes))}}
            def loss(self, X, y=None):
                x = X.reshape(len(X), -1)
                if y is None:
                    return x @ self.params["W"]
                Path({str(getattr(coordinator, file))!r}).write_text("process 2 on here")
                return 1.0, {{"W": x.T @ np.eye(self.params["W"].shape[1])[y] / len(y)}}
        """
    )
    task, coordinator = (
        make_task(kind=kind),
        moved(coordinator, environment=worker.environment.describe_worker([kind])),
    )
    stopped = worker.run_task(task, folder, coordinator).outcome
    assert (stopped.state, stopped.cost.epochs) == ("stopped", 1)
    assert folder.checkpoint_epoch() == 1

    apart = moved(coordinator, owner="another", stop_file=coordinator.stop_file.with_name("none"))
    whole = worker.run_task(task, folder, apart).outcome
    for _ in whole.curve[1:]:
        coordinator.lock_file.write_text(coordinator.owner)
        coordinator.stop_file.unlink(missing_ok=True)
        resumed = worker.run_task(task, folder, coordinator).outcome
    assert (resumed.state, resumed.curve) == ("complete", whole.curve)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("numpy", rf"numpy was 1\.0, is {np.__version__}"),
        ("blas", "blas was 1.0, is "),
        ("python", r"python was 1\.0, is 3\.\d+$"),
        ("simd", "simd was 1.0, is "),
        ("mine:Net", r"mine:Net was 1\.0, is absent"),
    ],
)
def test_a_worker_that_would_give_other_bits_refuses(make_task, folder, coordinator, part, words):
    coordinator = moved(coordinator, environment={**coordinator.environment, part: "1.0"})
    with pytest.raises(HpsearchError, match=f"worker .* would give other bits than its coordinator: {words}"):
        worker.run_task(make_task(), folder, coordinator)
    assert not folder.path.exists()


def test_a_process_trains_one_trial_at_a_time(make_task, own_net, folder, coordinator, tmp_path):
    refusals = []

    def train_another():
        try:
            worker.run_task(make_task(), folder, coordinator)
        except HpsearchError as error:
            refusals.append(str(error))

    with worker._training:
        thread = threading.Thread(target=train_another)
        thread.start()
        thread.join()
    assert "two trials at once in one process" in refusals[0]
    assert worker.run_task(make_task(), folder, coordinator).outcome.state == "complete"
