"""A study that goes on elsewhere is refused, or each trial says where it was trained."""

import json

import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks.final_test import comes_out_again
from hpsearch.checks.replay import Replay, replay
from hpsearch.cli.replay import as_text
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.disk.trialfolder import Checkpoint
from hpsearch.errors import CallError
from hpsearch.records import Cost, Epoch, TrialOutcome, digest
from hpsearch.results.environments import trained_elsewhere
from hpsearch.results.frames import read_study
from hpsearch.search.identity import environment_changes
from hpsearch.study.studyfile import load
from hpsearch.worker import environment, worker

STUDY = """
[study]
seed = 3
[training]
epochs = 1
batch_size = 100
num_train_samples = 100
[net]
hidden_dims = [4]
[space]
learning_rate = { low = 1e-3, high = 1.0, log = true }
"""
FAILING = """
class Net:
    def __init__(self, width=1):
        raise ValueError("no")
    def loss(self, X, y=None):
        pass
"""


@pytest.fixture
def numpy_finds(monkeypatch):
    """Pretends that NumPy found other SIMD features, from now on."""

    def pretend(features):
        worker._own_environment.cache_clear()
        monkeypatch.setattr(environment, "simd_features", lambda: features)

    yield pretend
    worker._own_environment.cache_clear()


@pytest.fixture
def search(tmp_path):
    """Searches so many trials and returns the study's folder."""
    study = tmp_path / "small.toml"
    study.write_text(STUDY)

    def searched(n_trials, **options):
        with OneThread() as executor:
            result = hpsearch.run(study, trials=n_trials, jobs=1, executor=executor, out=tmp_path, **options)
        return StudyFolder(result.folder)

    return searched


def test_another_environment_is_refused_and_nothing_is_changed(search, numpy_finds):
    numpy_finds("A")
    folder = search(2)
    before = {
        path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file() and path.name != "lock"
    }
    numpy_finds("B")
    with pytest.raises(CallError) as caught:
        search(3)
    assert str(caught.value) == (
        f"{folder.path}: the trials were trained in another environment, new ones may have other bits: "
        f"simd was A, is B. Expected the same environment, other_environment=True to go on, or fresh=True"
    )
    assert {path: path.read_bytes() for path in before} == before
    numpy_finds("A")
    assert len(read_records(search(3).journal)) == 3


def test_a_study_that_goes_on_elsewhere_says_which_trials_are_whose(search, numpy_finds):
    numpy_finds("A")
    folder = search(2)
    numpy_finds("B")
    search(4, other_environment=True)
    search(5)  # where the last run was, nothing need be asked for
    names = [record.outcome.environment for record in read_records(folder.journal)]
    assert len(set(names[:2])) == len(set(names[2:])) == 1
    assert len(set(names)) == 2
    frames = read_study(folder.path)
    assert list(frames.trials["environment"]) == names
    [group] = trained_elsewhere(frames.trials, frames.environments)
    assert group.in_words() == "trials 2 to 4 (simd was A, is B)"
    assert environment_changes(load(folder.path.parent / "small.toml"), folder) == ["simd was A, is B"]
    numpy_finds("A")
    with pytest.raises(CallError, match="simd was B, is A"):
        search(6)


def test_a_trial_that_was_begun_elsewhere_starts_over(search, numpy_finds):
    numpy_finds("A")
    folder = search(2)
    begun = folder.trial(2)
    begun.write_checkpoint(Checkpoint({"learning_rate": 0.1}, (Epoch(0.5, 0.5, 1.0),), Cost(), {}))
    search(2)
    assert begun.checkpoint_epoch() == 1
    numpy_finds("B")
    search(2, other_environment=True)
    assert begun.checkpoint_epoch() == 0


def test_a_folder_of_before_goes_on_without_a_word(search, numpy_finds):
    numpy_finds("A")
    folder = search(2)
    values = json.loads(folder.identity_file.read_text())
    del values["environment"]["simd"]
    folder.identity_file.write_text(json.dumps(values))
    folder.journal.write_text(folder.journal.read_text().replace(',"environment":', ',"was_absent":'))
    search(3)
    frames = read_study(folder.path)
    assert list(frames.trials["environment"])[:2] == ["", ""]
    assert trained_elsewhere(frames.trials, frames.environments) == []
    assert [one.get("simd") for one in Identity.read(folder.identity_file).environments] == [None, "A"]


def test_nothing_is_refused_while_all_trials_failed(own_net, tmp_path, monkeypatch):
    """Else a mended net would need the option."""
    kind = own_net(FAILING)
    file = tmp_path / "small.toml"
    file.write_text(STUDY.replace("hidden_dims = [4]", f'kind = "{kind}"'))
    words = ["sha256 broken", "sha256 mended"]
    for word in words:
        monkeypatch.setattr(
            environment,
            "describe_worker",
            lambda code=(), word=word: environment.describe_arithmetic() | dict.fromkeys(code, word),
        )
        monkeypatch.setattr(worker, "_own_environment", environment.describe_worker)
        with OneThread() as executor, pytest.raises(hpsearch.errors.NetError):
            hpsearch.run(file, trials=6, jobs=1, executor=executor, out=tmp_path)
    [now] = Identity.read(StudyFolder(tmp_path / "small").identity_file).environments
    assert now[kind] == "sha256 mended"


@pytest.mark.slow
def test_a_study_stays_with_its_threads_and_so_does_a_replay(tmp_path):
    study = tmp_path / "small.toml"
    study.write_text(STUDY)
    told = {"jobs": 1, "threads": 2}
    first, again = (hpsearch.run(study, trials=2, out=tmp_path / name, **told) for name in "ab")
    folder = StudyFolder(first.folder)
    both = [digest(read_records(StudyFolder(result.folder).journal)) for result in (first, again)]
    assert both[0] == both[1]
    with pytest.raises(CallError, match="BLAS threads was 2, is 1"):
        hpsearch.run(study, trials=3, jobs=1, threads=1, out=tmp_path / "a")
    hpsearch.run(study, trials=3, jobs=1, out=tmp_path / "a")
    [kept] = Identity.read(folder.identity_file).environments
    assert kept["BLAS threads"] == "2"
    assert as_text(replay(load(study), folder, 0)) == "trial 0: complete, 1 epoch; the same bits again"
    assert "BLAS threads was 2, is 1" in as_text(replay(load(study), folder, 0, n_threads=1))
    looked = first.test(seeds=2, **told)
    assert looked.threads == 2
    assert comes_out_again(load(study), read_records(folder.journal), looked, jobs=1)


@pytest.mark.slow
def test_a_replay_names_the_environment(search):
    folder = search(1)
    study = load(folder.path.parent / "small.toml")
    assert as_text(replay(study, folder, 0)) == "trial 0: complete, 1 epoch; the same bits again"
    identity = Identity.read(folder.identity_file)
    elsewhere = {**identity.environments[0], "blas": "another"}
    Identity(identity.study, identity.data, (elsewhere,)).write(folder.identity_file)
    held = environment.fingerprint(identity.environments[0])
    folder.journal.write_text(folder.journal.read_text().replace(held, environment.fingerprint(elsewhere)))
    assert (
        as_text(replay(study, folder, 0))
        .splitlines()[1]
        .startswith("though it was trained in another environment: blas was another, is ")
    )


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        (
            ("numpy was 1, is 2", "simd was A, is B"),
            ["likely cause, another environment: numpy was 1, is 2; simd was A, is B"],
        ),
        ((), []),
        (None, ["the record does not say in which environment it was trained"]),
    ],
)
def test_other_bits_have_a_likely_cause(changes, last):
    outcome = TrialOutcome(7, "complete", (Epoch(0.5, 0.5, 1.0),))
    told = as_text(Replay(outcome, outcome, ("loss of epoch 1 was 1.0, is 1.5",), changes))
    assert told.splitlines() == [
        "trial 7: complete, 1 epoch; not the same:",
        "  loss of epoch 1 was 1.0, is 1.5",
        *last,
    ]
