"""The best trials together: averaged probabilities, validated before they may be tested."""

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from in_one_thread import OneThread

import hpsearch
from hpsearch.checks import ensemble, final_test
from hpsearch.checks.ensemble import correct_together
from hpsearch.checks.pack import pack
from hpsearch.checks.verify import Terms, verify
from hpsearch.cli import cli
from hpsearch.cli import final_test as test_command
from hpsearch.cli.ensemble import as_text
from hpsearch.cli.ensemble import command as ensemble_command
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.ensemble import Ensemble
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError, FolderError, HpsearchError, NothingYetError
from hpsearch.records import digest, ranking
from hpsearch.results.crossfit import epochs_of_others
from hpsearch.results.winner import find_chosen
from hpsearch.study.studyfile import load_resolved

STUDY = """
[study]
seed = 8
[training]
epochs = 3
batch_size = 100
num_train_samples = 50
[space]
hidden_dims = { choices = [[12], [24]] }
learning_rate = { low = 1e-2, high = 1e-1, log = true }
"""
FOUND = Ensemble((3, 0), "d", 2, 500, 0.9, 0.88, 0.92, 0.89, 0.01, 0.002, 0.018)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Trains where the test is: a process costs more than the nets."""

    def run_all(function, calls, jobs, when_one_dies):
        return [function(*call) for call in calls]

    for name in ("ensemble.run_all", "fresh_seeds.run_each", "retrain.run_all"):
        monkeypatch.setattr(f"hpsearch.checks.{name}", run_all)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A folder with a study of four trials."""
    folder = tmp_path_factory.mktemp("together")
    (folder / "one.toml").write_text(STUDY)
    with OneThread() as executor:
        hpsearch.run(folder / "one.toml", trials=4, jobs=1, executor=executor, out=folder / "reports")
    return folder / "reports"


@pytest.fixture
def folder(reports, tmp_path):
    """The study, with a ledger and an ensemble of its own."""
    folder = StudyFolder(tmp_path / "one")
    folder.path.mkdir()
    for name in ("study.toml", "identity.json", "journal.log", "trials"):
        (folder.path / name).symlink_to(reports / "one" / name)
    return folder


@pytest.fixture
def study(folder):
    return load_resolved(folder.study_file, "one")


def test_the_best_trials_are_trained_on_fresh_seeds_and_answer_together(study, folder):
    found = ensemble.check(study, folder, top=3, n_seeds=2, jobs=1)
    assert found == Ensemble.read(folder.ensemble_file)
    best = ranking(read_records(folder.journal))[:3]
    assert found.members == tuple(record.number for record in best)
    assert (found.n_seeds, found.n_val) == (2, 500)
    assert found.gain == pytest.approx(found.mean - found.alone)
    assert found.low < found.mean < found.high
    assert found.gain_low < found.gain < found.gain_high
    assert ensemble.check(study, folder, top=3, n_seeds=2, jobs=1) == found


def test_the_winner_alone_has_the_fresh_seeds_of_confirm_and_no_two_nets_share_one(study, folder):
    best = ranking(read_records(folder.journal))[:2]
    todo = ensemble.fresh_tasks(study, None, best, ensemble.Purpose.CONFIRM, 3)
    assert [(task.number, task.key[-1]) for task in todo] == [
        (best[0].number, 0),
        (best[0].number, 1),
        (best[0].number, 2),
        (best[1].number, 3),
        (best[1].number, 4),
        (best[1].number, 5),
    ]


def test_an_image_is_judged_in_the_epoch_that_the_others_choose():
    hits = np.zeros((2, 20), bool)
    hits[0, [0, 10, 1]] = True  # all of the first epoch's lead is on fold 0
    hits[1, [2, 3]] = True
    np.testing.assert_array_equal(epochs_of_others(hits), [1, *[0] * 9] * 2)
    np.testing.assert_array_equal(epochs_of_others(np.ones((3, 7), bool)), np.zeros(7))


@pytest.mark.parametrize("n_images", [100, 500])
def test_epochs_that_name_one_class_each_have_what_is_true_where_each_class_has_its_share(n_images):
    """Of a class that a fold has too much of the other folds, which choose for it, have too little."""
    classes = np.random.default_rng(0).permutation(np.arange(n_images) % 10)
    hits = np.arange(5)[:, None] == classes
    judged = hits[epochs_of_others(hits, classes), np.arange(n_images)]
    assert judged.mean() == pytest.approx(0.1)
    assert hits[epochs_of_others(hits), np.arange(n_images)].mean() < 0.07


def test_the_members_epochs_are_chosen_by_folds_that_have_each_class_in_proportion(
    study, folder, monkeypatch
):
    given = []
    monkeypatch.setattr(
        ensemble,
        "epochs_of_others",
        lambda hits, classes: given.append(classes) or epochs_of_others(hits, classes),
    )
    ensemble.check(study, folder, top=2, n_seeds=1, jobs=1)
    assert [np.bincount(classes).tolist() for classes in given] == [np.bincount(given[0]).tolist()] * 2
    assert len(given[0]) == 500
    assert min(np.bincount(given[0])) >= 45


def test_a_choice_of_the_epoch_by_luck_is_worth_nothing_to_other_images():
    rng = np.random.default_rng(0)
    picked, others = [], []
    for _ in range(200):
        hits = rng.random((20, 200)) < 0.8
        picked.append(hits.mean(axis=1).max())
        others.append(hits[epochs_of_others(hits), np.arange(200)].mean())
    assert np.mean(picked) > 0.84
    assert np.mean(others) == pytest.approx(0.8, abs=0.005)


def test_nets_that_err_apart_are_right_together_and_equal_ones_gain_nothing():
    y = np.zeros(300, np.int64)
    right, wrong = np.array([0.6, 0.4]), np.array([0.3, 0.7])
    answers = np.broadcast_to(right, (3, 2, 300, 2)).copy()
    members = [type("Member", (), {"number": number}) for number in range(3)]
    for member in range(3):
        answers[member, :, member::10] = wrong
    found = ensemble._compared(members, "d", answers, y)
    assert (found.mean, found.alone) == (1.0, 0.9)
    assert found.gain_low > 0
    same = ensemble._compared(members, "d", np.broadcast_to(answers[:1], answers.shape), y)
    assert same.gain == 0
    assert same.gain_low < 0 < same.gain_high


def test_the_test_split_is_scored_with_averaged_probabilities(monkeypatch):
    scores = {"a": [[2.0, 0.0], [0.0, 0.1]], "b": [[0.0, 1.0], [5.0, 0.0]]}  # a: 0, 1; b: 1, 0

    def given(tasks, states, x):
        return [np.array(scores[task]) for task in tasks]

    monkeypatch.setattr("hpsearch.checks.fresh_seeds.scores", given)
    found = correct_together(["a", "b"], ["a", "b"], 2, np.zeros((2, 1)), np.array([0, 1]))
    np.testing.assert_array_equal(found, [[True, False]])
    alone = correct_together(["a", "b"], ["a", "b"], 1, np.zeros((2, 1)), np.array([0, 1]))
    np.testing.assert_array_equal(alone, [[True, True], [False, False]])


def test_only_a_validated_ensemble_is_tested(study, folder):
    with pytest.raises(CallError, match=r"no ensemble was validated; expected one, from: hpsearch ensemble"):
        final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None, ensemble=True)
    replace(FOUND, gain=-0.004).write(folder.ensemble_file)
    with pytest.raises(CallError, match=r"not better .* than trial 3 alone \(-0\.40 points\)"):
        final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None, ensemble=True)
    now = digest(read_records(folder.journal))
    for other in (FOUND, replace(FOUND, members=(0, 77), digest=now)):
        other.write(folder.ensemble_file)
        with pytest.raises(CallError, match="validated for another record of one; expected one of all its"):
            final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None, ensemble=True)
    assert not folder.ledger.exists()


def test_a_look_of_an_ensemble_names_its_trials_and_is_a_look_like_others(study, folder, tmp_path):
    members = tuple(record.number for record in ranking(read_records(folder.journal))[:2])
    now = digest(read_records(folder.journal))
    replace(FOUND, members=members, digest=now).write(folder.ensemble_file)
    look = final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None, ensemble=True)
    assert (look.members, look.trial) == (members, members[0])
    words = test_command.as_text(look, find_chosen(folder), 0, folder.ledger)
    assert f"fresh seeds of trials {members[0]} and {members[1]} together: " in words
    with pytest.raises(CallError, match="a second look needs --again"):
        final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None)
    alone = final_test.evaluate(study, folder, n_seeds=2, jobs=1, again="alone")
    assert alone.members == ()
    assert alone.accuracies != look.accuracies
    pack(study, folder, tmp_path / "one.zip")
    verdict = verify(tmp_path / "one.zip", Terms(0, 0, test=True))
    assert "2 looks at the test split in its ledger" in verdict.holds
    assert "the same test accuracies" in verdict.holds


@pytest.mark.parametrize("confirm_is_first", [True, False])
def test_an_ensemble_and_its_look_hold_where_confirm_took_another_trial(
    study, folder, tmp_path, confirm_is_first
):
    best, taken, *_ = ranking(read_records(folder.journal))
    both = [(one.number, one.value) for one in (best, taken)]
    finalists = tuple(Finalist(number, value, 0.5, 0.4, 0.6, value - 0.5) for number, value in both)
    race = Confirmation(2, finalists, taken.number, taken.number, n_trials=4)
    if confirm_is_first:
        race.write(folder.confirmation_file)
    found = ensemble.check(study, folder, top=3, n_seeds=2, jobs=1)
    first, second = (taken, best) if confirm_is_first else (best, taken)
    assert found.members[:2] == (first.number, second.number)
    race.write(folder.confirmation_file)
    replace(found, alone=found.mean - 0.01, gain=0.01).write(folder.ensemble_file)
    look = final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None, ensemble=True)
    assert (look.trial, look.members) == (found.members[0], found.members)
    pack(study, folder, tmp_path / "one.zip")
    verdict = verify(tmp_path / "one.zip", Terms(0, 0))
    assert not verdict.broken
    assert "1 look at the test split in its ledger" in verdict.holds


def test_the_commands_validate_and_then_test(folder, monkeypatch):
    monkeypatch.setattr("hpsearch.report.write_report", lambda frames: frames.folder / "index.html")
    options = ["--study", "one", "--out", str(folder.path.parent), "--seeds", "2"]

    def said(command, *more):
        return CliRunner().invoke(command, [*options, *more], catch_exceptions=False).output

    assert "mean validation accuracy on 2 fresh seeds" in said(ensemble_command, "--top", "2")
    found = Ensemble.read(folder.ensemble_file)
    replace(found, gain=0.01).write(folder.ensemble_file)
    tested = said(test_command.command, "--ensemble")
    assert f"fresh seeds of trials {found.members[0]} and {found.members[1]} together: " in tested


def test_one_trial_is_no_ensemble(study, folder, monkeypatch):
    monkeypatch.setattr(ensemble, "ranking", lambda records: ranking(records)[:1])
    with pytest.raises(NothingYetError, match="needs two complete trials"):
        ensemble.check(study, folder, top=3, n_seeds=2, jobs=1)


NET = """
    import numpy as np

    class Net:
        def __init__(self, num_classes=3, width=5):
            self.params = {"b": np.zeros(num_classes)}

        def loss(self, X, y=None):
            if y is None:
                return np.zeros((len(X), 3)) + self.params["b"]
            STATEMENT
            return LOSS, {"b": np.ones_like(self.params["b"])}
"""


@pytest.mark.parametrize("raised", ["SystemExit(0)", "ValueError('no')", "KeyboardInterrupt()"])
def test_whatever_a_member_raises_is_one_error(make_task, own_net, raised):
    kind = own_net(NET.replace("STATEMENT", f"raise {raised}").replace("LOSS", "1.0"))
    with pytest.raises(HpsearchError, match=r"^trial 3's net failed on a fresh seed: "):
        ensemble._answers(make_task(kind=kind, net={}), None)


def test_a_member_that_diverges_at_once_is_one_error(make_task, own_net):
    kind = own_net(NET.replace("STATEMENT", "pass").replace("LOSS", "float('nan')"))
    with pytest.raises(
        HpsearchError, match="trial 3's parameters diverged in the first epoch on a fresh seed"
    ):
        ensemble._answers(make_task(kind=kind, net={}), None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "together they are better: +1.00 points (95 % interval +0.20 to +1.80)"),
        ({"gain_low": -0.002}, "no difference that 2 fresh seeds and 500 images can show: +1.00 points"),
        (
            {"gain": -0.01, "gain_low": -0.018, "gain_high": -0.002},
            "together they are worse: -1.00 points (95 % interval -1.80 to -0.20)",
        ),
    ],
)
def test_the_answer_is_what_the_interval_allows(changes, words):
    text = as_text(replace(FOUND, **changes))
    assert (
        "  trials 3 and 0 together: 0.9000, 95 % interval 0.8800 to 0.9200\n  trial 3 alone: 0.8900\n" in text
    )
    assert text.startswith(words)


@pytest.mark.parametrize("damage", ['{"members": [1, 2]}', '{"members": "x"}', "[]"])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "ensemble.json"
    path.write_text(damage)
    with pytest.raises(FolderError, match=r"ensemble\.json: damaged"):
        Ensemble.read(path)
    replace(FOUND, members=(1,)).write(path)
    with pytest.raises(FolderError, match="expected at least two"):
        Ensemble.read(path)


def test_the_command_says_what_it_found_and_draws_the_page_again(study, folder, monkeypatch):
    drawn = []

    def write_report(frames):
        drawn.append(frames.ensemble)
        return frames.folder / "index.html"

    monkeypatch.setattr(ensemble, "check", lambda *_, **__: FOUND.write(folder.ensemble_file) or FOUND)
    monkeypatch.setattr("hpsearch.report.write_report", write_report)
    call = ["ensemble", "--study", folder.name, "--out", str(folder.path.parent)]
    done = CliRunner().invoke(cli, call, catch_exceptions=False)
    assert done.output.startswith(f"{as_text(FOUND)}\ndrawing the report ...\nreport  ")
    assert drawn == [FOUND]
