"""What was handed in holds, or the first thing that does not is named; foreign code is not run."""

import errno
import io
import itertools
import json
import re
import shutil
import sys
import zipfile
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from in_one_thread import OneThread

import hpsearch
from hpsearch import hits, npy, strata
from hpsearch.checks import answer, claims, confirm, final_test
from hpsearch.checks.audit import audit_pruning
from hpsearch.checks.pack import pack
from hpsearch.checks.replay import Replay
from hpsearch.checks.verify import Terms, verify
from hpsearch.disk import atomic, package
from hpsearch.disk.audited import Audited
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.ensemble import Ensemble
from hpsearch.disk.folder import LEDGER, StudyFolder
from hpsearch.disk.identity import Identity
from hpsearch.disk.journal import read_records
from hpsearch.errors import (
    CallError,
    DataError,
    FolderError,
    NothingYetError,
    UnwritableError,
    WorkerDiedError,
)
from hpsearch.records import digest, ranking
from hpsearch.results import stats
from hpsearch.study.studyfile import load_resolved
from hpsearch.worker import environment, worker
from nets.training.state import load_state, save_state

STUDY = """
[study]
seed = 8
[training]
epochs = 2
batch_size = 100
num_train_samples = 50
[space]
hidden_dims = { choices = [[12], [24]] }
learning_rate = { low = 1e-2, high = 1e-1, log = true }
"""
OWN_NET = """
import pathlib
import numpy as np
from .drawing import normal

pathlib.Path({marker!r}).touch()

class Net:
    def __init__(self, input_dim=64, num_classes=10, width=1.0, rng=None):
        self.params = {{"W": width * normal(rng, (input_dim, num_classes))}}

    def loss(self, X, y=None):
        scores = X.reshape(len(X), -1) @ self.params["W"]
        return scores if y is None else (1.0, {{"W": np.ones_like(self.params["W"])}})
"""
DRAWING = """
import numpy as np

def normal(rng, size):
    return np.random.default_rng(rng).normal(size=size)
"""
NUMBERS = itertools.count()
ALL = Terms(n_drawn=10, draw=0)
NONE = Terms(n_drawn=0, draw=0)


def searched(out, text=STUDY, name="one"):
    """Searches a study of four trials, and returns it with its folder."""
    (out / f"{name}.toml").write_text(text)
    with OneThread() as executor:
        hpsearch.run(out / f"{name}.toml", trials=4, jobs=1, executor=executor, out=out / "reports")
    folder = StudyFolder(out / "reports" / name)
    return load_resolved(folder.study_file, name), folder


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Trains where the test is: a process costs more than the trials."""

    def run_all(function, calls, jobs, when_one_dies):
        return [function(*call) for call in calls]

    monkeypatch.setattr("hpsearch.checks.retrain.run_all", run_all)
    monkeypatch.setattr("hpsearch.checks.fresh_seeds.run_each", run_all)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A study of four trials with a look at the test split, packed."""
    tmp_path = tmp_path_factory.mktemp("packed")
    study, folder = searched(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "hpsearch.checks.fresh_seeds.run_each", lambda f, calls, *_: [f(*call) for call in calls]
        )
        final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None)
    pack(study, folder, tmp_path / "one.zip")
    return tmp_path / "one.zip"


def contents(path):
    """Returns the files of an archive by name, without its manifest."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != package.MANIFEST}


def repacked(path, files):
    """Packs files as a forger would, with a manifest that suits them."""
    journal = path.parent / "journal.log"
    journal.write_bytes(files["one/journal.log"])
    package.write(path, "one", digest(read_records(journal)), files)
    return path


def changed_trial(files, number, change):
    """Returns the files with a trial's line of the journal changed."""
    lines = files["one/journal.log"].decode().splitlines(keepends=True)
    line = json.loads(lines[number + 1])
    change(line)
    lines[number + 1] = json.dumps(line) + "\n"
    return {**files, "one/journal.log": "".join(lines).encode()}


def changed_look(files, **changes):
    """Returns the files with the look changed."""
    return {**files, LEDGER: json.dumps(json.loads(files[LEDGER]) | changes).encode() + b"\n"}


def winner(files, folder):
    """Returns the winner's record."""
    (folder / "read.log").write_bytes(files["one/journal.log"])
    return ranking(read_records(folder / "read.log"))[0]


def test_what_was_packed_holds(archive):
    verdict = verify(archive, ALL)
    assert verdict.is_good
    *_, trials, look, data, weights, asked, again = verdict.holds
    assert trials.startswith("4 trials, digest ")
    assert look == "1 look at the test split in its ledger"
    assert (data, weights) == ("the same data", "weights that get right what the record says")
    assert asked == "each proposal is the sampler's and each stop the pruner's"
    assert re.fullmatch(
        r"trial \d, the winner, trained again to the same bits, as trials \d, \d and \d \(--draw 0\)", again
    )


@pytest.mark.parametrize("was_elsewhere", [True, False])
def test_other_bits_are_put_down_to_where_their_trial_was_trained(archive, tmp_path, was_elsewhere):
    files = contents(archive)
    identity = json.loads(files["one/identity.json"])
    here = identity["environment"]
    elsewhere = {**here, "blas": "another"}
    first, later = (here, elsewhere) if was_elsewhere else (elsewhere, here)
    identity |= {"environment": first, "later_environments": [later]}
    files["one/identity.json"] = json.dumps(identity).encode()

    def change(line):
        other_loss(line)
        line["user_attrs"]["hpsearch"]["environment"] = environment.fingerprint(later)

    verdict = verify(repacked(tmp_path / "two.zip", changed_trial(files, 0, change)), ALL)
    if not was_elsewhere:
        assert verdict.broken.startswith("trial 0, trained again: loss of epoch 1 was")
        return
    assert not verdict.broken
    value = read_records(tmp_path / "journal.log")[0].value
    assert verdict.unchecked == (
        f"trained again in another environment (blas was another, is {here['blas']}), whose bits may differ: "
        f"trial 0 {value:.4f} in the record, {value:.4f} here"
    )


@pytest.mark.parametrize(
    ("n_own", "said"),
    [
        (1, "1 look at the test split in its ledger, and 2 looks of"),
        (0, "no look at the test split, and 2 looks of"),
    ],
)
def test_looks_of_other_studies_at_the_same_test_split_are_told(archive, tmp_path, n_own, said):
    files = contents(archive)
    other = changed_look(files, study="other", identity="0" * 64)[LEDGER]
    path = repacked(tmp_path / "more.zip", {**files, LEDGER: files[LEDGER] * n_own + 2 * other})
    assert any(one.startswith(f"{said} other studies") for one in verify(path, ALL).holds)


def test_the_same_study_makes_the_same_archive(archive, tmp_path):
    folder = StudyFolder(archive.parent / "reports/one")
    pack(load_resolved(folder.study_file, "one"), folder, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_an_archive_is_a_reports_folder(archive, tmp_path):
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(tmp_path)
    digits = np.zeros((3, 1, 8, 8))
    assert hpsearch.load_net(tmp_path / "one").predict(digits).shape == (3,)


def test_other_draws_train_other_trials_and_the_same_draw_the_same(archive):
    said = {draw: verify(archive, Terms(1, draw)).holds[-1] for draw in range(4)}
    assert verify(archive, Terms(1, 3)).holds[-1] == said[3]
    assert len({text.partition(" (--draw")[0] for text in said.values()}) > 1
    assert verify(archive, NONE).holds[-1].endswith(", the winner, trained again to the same bits")
    assert verify(archive, Terms(1)).holds == verify(archive, Terms(1)).holds


def raised(line):
    values = line["user_attrs"]["hpsearch"]
    values["curve"]["val_accuracy"][-1] = 0.998
    line["intermediate_values"][str(len(values["curve"]["val_accuracy"]))] = 0.998
    line["values" if line.get("values") else "value"] = [0.998] if line.get("values") else 0.998


def other_loss(line):
    line["user_attrs"]["hpsearch"]["curve"]["loss"][0] += 1e-12


def test_test_accuracies_are_measured_again_only_when_asked(archive, tmp_path):
    asked = replace(NONE, test=True)
    assert "the same test accuracies" in verify(archive, asked).holds
    assert "the same test accuracies" not in verify(archive, NONE).holds
    low, high = stats.mean_accuracy_interval(np.arange(500) > np.zeros((2, 1)))[1:]  # both err on one image
    better = changed_look(contents(archive), accuracies=[0.998, 0.998], accuracy=0.998, low=low, high=high)
    repacked(tmp_path / "forged.zip", better)
    assert verify(tmp_path / "forged.zip", NONE).is_good
    broken = verify(tmp_path / "forged.zip", asked).broken
    assert re.fullmatch(r"the test accuracies of [-0-9T:+]+ do not come out again", broken)


def with_array(files, name, change):
    """Returns the files of an archive with the first of a name changed."""
    path = next(path for path in sorted(files) if path.endswith(name))
    return {**files, path: change(files[path])}


def with_layers(files, change):
    """Returns the files with what the layers of a trial did changed in place."""

    def changed(content):
        table = npy.from_content(content)
        change(table)
        return npy.to_content(table)

    return with_array(files, "layers.npy", changed)


def one_hit_moved(content):
    """Returns the hits of a trial's epochs with those of two images of its worst epoch exchanged."""
    epochs = hits.from_file(content, 500)
    worst = epochs[epochs.sum(axis=1).argmin()]
    worst[[worst.argmax(), worst.argmin()]] = False, True
    return hits.to_file(epochs)


def nudged(content, name):
    """Returns weights of which one array is changed by what no prediction shows."""
    state = load_state(io.BytesIO(content))
    *outer, last = name.split("/")
    found = reduce(lambda values, key: values[key], outer, state)
    found[last] = np.nextafter(found[last], 1)
    buffer = io.BytesIO()
    save_state(buffer, state)
    return buffer.getvalue()


ALL_OF_CLASS_0 = strata.pack(np.zeros(500, np.int64))


def changed_facts(files, change):
    """Returns the files of an archive with other facts of the data."""
    identity = json.loads(files["one/identity.json"])
    change(identity["data"])
    return {**files, "one/identity.json": json.dumps(identity).encode()}


def test_an_archive_of_before_tells_no_classes_and_holds(archive, tmp_path):
    files = changed_facts(contents(archive), lambda facts: facts.pop("val_classes"))
    repacked(tmp_path / "before.zip", files)
    assert verify(tmp_path / "before.zip", ALL).is_good


def picked_by_hand(line):
    """Makes a trial one whose learning rate nobody proposed."""
    line["params"]["learning_rate"] = 0.05


FORGERIES = {
    "a parameter": (
        lambda files: changed_trial(files, 2, picked_by_hand),
        " for trial 2, not 0.05",
    ),
    "a loss": (
        lambda files: changed_trial(files, 0, other_loss),
        "trial 0, trained again: loss of epoch 1 was",
    ),
    "a cost": (
        lambda files: changed_trial(
            files, 0, lambda line: line["user_attrs"]["hpsearch"]["cost"].update(examples=7)
        ),
        "trial 0, trained again: it had cost 7 examples, now 1",
    ),
    "an accuracy": (
        lambda files: changed_trial(files, 1, raised),
        "the hits of trial 1 are not those of its",
    ),
    "a test accuracy": (lambda files: changed_look(files, accuracy=0.99), "is not the mean of its seeds"),
    "accuracies": (
        lambda files: changed_look(files, accuracies=[0.9999, 0.9999], accuracy=0.9999),
        "line 1: an accuracy that 500 images cannot give",
    ),
    "a trial": (lambda files: changed_look(files, trial=77), "line 1: not the parameters of trial 77"),
    "a split": (lambda files: changed_look(files, split="x"), "line 1: a look at another test split"),
    "a second look": (
        lambda files: {**files, LEDGER: files[LEDGER] * 2},
        f"{LEDGER}: line 2: a second look without a reason",
    ),
    "the seed": (
        lambda files: {**files, "one/study.toml": files["one/study.toml"].replace(b"seed = 8", b"seed = 9")},
        "one/identity.json: not the identity of the study in study.toml",
    ),
    "no identity": (
        lambda files: {name: files[name] for name in files if name != "one/identity.json"},
        "one/identity.json: not the identity",
    ),
    "an interval": (
        lambda files: changed_look(files, low=json.loads(files[LEDGER])["low"] + 1e-4),
        "is not the interval of these accuracies",
    ),
    "a layer": (
        lambda files: with_layers(files, lambda table: table["W1"]["update"].__imul__(1.001)),
        "layers.npy is not the file that it leaves now",
    ),
    "an epoch": (
        lambda files: with_layers(files, lambda table: table["epoch"].__iadd__(1)),
        "layers.npy: tells of an epoch that the trial has not",
    ),
    "hits of an epoch": (
        lambda files: with_array(files, "hits.npy", one_hit_moved),
        "hits.npy is not the file that it leaves now",
    ),
    "a weight": (
        lambda files: with_array(files, "weights.npz", lambda content: nudged(content, "params/b2")),
        "weights.npz is not the file that it leaves now",
    ),
    "a range": (lambda files: changed_look(files, low=-1), "lies outside of its interval"),
    "no numbers": (lambda files: changed_look(files, accuracies=["x", [1]]), "that 500 images cannot give"),
    "no images": (lambda files: changed_look(files, n_test=2**62), "line 1: an accuracy that"),
    "a huge count": (lambda files: changed_look(files, n_test=10**400), "line 1 is damaged: n_test"),
    "members": (lambda files: changed_look(files, members=[[], 77]), "line 1: not an ensemble of trial"),
    "a deep ledger": (lambda files: {**files, LEDGER: b"[" * 10**5 + b"\n"}, "line 1 is damaged"),
    "an odd line": (
        lambda files: changed_trial(files, 0, lambda line: line.update(user_attrs={"hpsearch": "x"})),
        "one/journal.log: not as hpsearch writes the record of a study",
    ),
    "hits": (
        lambda files: {
            name: content.replace(b"'descr'", b"('(scr'") if name.endswith("hits.npy") else content
            for name, content in files.items()
        },
        "hits.npy: damaged: the .npy file is damaged",
    ),
    "facts": (
        lambda files: {
            **files,
            "one/identity.json": files["one/identity.json"].replace(
                b'"num_train": 797', b'"num_train": 9000'
            ),
        },
        "has other contents here than the archive says (num_train)",
    ),
    "classes": (
        lambda files: changed_facts(files, lambda facts: facts.update(val_classes=ALL_OF_CLASS_0)),
        "has other contents here than the archive says (val_classes)",
    ),
    "swapped lines": (
        lambda files: {
            **files,
            "one/journal.log": b"".join(
                np.array(files["one/journal.log"].splitlines(keepends=True), object)[[0, 2, 1, 3, 4]]
            ),
        },
        "the line of trial 1 stands where that of 0 belongs",
    ),
    "a journal": (
        lambda files: changed_trial(files, 2, lambda line: line.pop("user_attrs")),
        "one/journal.log: not as hpsearch writes the record of a study",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_was_forged_with_a_manifest_that_suits_is_named(archive, tmp_path, forgery):
    change, words = FORGERIES[forgery]
    files = change(contents(archive))
    path = tmp_path / "forged.zip"
    if forgery in ("a journal", "an odd line", "swapped lines"):
        package.write(path, "one", "0" * 64, files)
    else:
        repacked(path, files)
    verdict = verify(path, ALL)
    assert words in verdict.broken
    assert not verdict.is_good
    assert "/tmp" not in verdict.broken


def later(files, folder):
    """Returns what the checks after a search would leave, by the names of their files."""
    best = winner(files, folder)
    other = next(one for one in ranking(read_records(folder / "read.log")) if one.number != best.number)
    finalist = Finalist(best.number, best.value, 0.5, 0.4, 0.6, best.value - 0.5)
    members = (best.number, other.number)
    return {
        "confirm.json": Confirmation(2, (finalist,), best.number, best.number, n_trials=4),
        "ensemble.json": Ensemble(members, "another", 2, 500, 0.9, 0.8, 0.95, 0.85, 0.05, 0.0, 0.1),
        "audit.json": Audited(4, 0, 0, 0, 0, 0, 0.0, (0.0, 0.0)),
    }


def with_later(files, folder, name=None, **changes):
    """Returns the files of an archive with those of the later checks, one of them changed."""
    found = dict(files)
    for its_name, content in later(files, folder).items():
        changed = replace(content, **changes) if its_name == name else content
        changed.write(folder / its_name)
        found[f"one/{its_name}"] = (folder / its_name).read_bytes()
    return found


def test_what_later_checks_left_is_packed_and_fits_the_record(archive, tmp_path):
    verdict = verify(repacked(tmp_path / "all.zip", with_later(contents(archive), tmp_path)), NONE)
    assert verdict.is_good
    assert "confirm.json, ensemble.json and audit.json of this record" in verdict.holds


@pytest.mark.parametrize(("n", "is_good"), [(2, True), (1, False)])
def test_an_ensemble_is_led_by_the_winner_or_by_a_finalist(archive, tmp_path, n, is_good):
    """Whoever ran confirm, ensemble and pack was told that the own archive does not hold."""
    files = contents(archive)
    left = later(files, tmp_path)
    records = read_records(tmp_path / "read.log")
    first, second = ranking(records)[:2]
    race = [Finalist(one.number, one.value, 0.5, 0.4, 0.6, one.value - 0.5) for one in (first, second)]
    members = (second.number, first.number)
    replace(left["confirm.json"], finalists=tuple(race[:n])).write(tmp_path / "confirm.json")
    replace(left["ensemble.json"], members=members, digest=digest(records)).write(tmp_path / "ensemble.json")
    found = {f"one/{name}": (tmp_path / name).read_bytes() for name in ("confirm.json", "ensemble.json")}
    verdict = verify(repacked(tmp_path / "all.zip", files | found), NONE)
    assert verdict.is_good == is_good
    assert is_good or f"neither trial {first.number}, the winner, nor a finalist" in verdict.broken


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("confirm.json", {"n_trials": 5}, "of 5 trials, but 4 are recorded"),
        (
            "confirm.json",
            {"finalists": (Finalist(9, 0.5, 0.5, 0.4, 0.6, 0),), "winner": 9, "cheapest": 9},
            "trial 9 is not a complete trial of the record",
        ),
        ("confirm.json", {"accuracy": 0.7}, "the accuracy of what was taken lies outside of its interval"),
        ("confirm.json", {"n_images": 10**6}, "measured on 1000000 images, but the study has 500"),
        ("ensemble.json", {"members": (0, 9)}, "a member is not a complete trial of the record"),
        ("ensemble.json", {"members": (0, [])}, "members: expected at least two numbers of trials"),
        ("ensemble.json", {"mean": 0.99, "gain": 0.14}, "its accuracy lies outside of its interval"),
        ("ensemble.json", {"alone": 0.8}, "its gain is not what it is ahead of the winner alone"),
        ("ensemble.json", {"alone": 10**400}, "alone: expected a finite number"),
        ("ensemble.json", {"gain_low": 0.06}, "its gain lies outside of its interval"),
        ("ensemble.json", {"n_val": 501}, "measured on 501 images, but the study has 500"),
        ("audit.json", {"n_trials": 3, "n_pruned": 1}, "1 of 3 trials pruned, which is not so"),
        ("audit.json", {"n_audited": 1}, "0 of 1 audited trials better, of 0 pruned ones"),
        ("audit.json", {"most": 1}, "0 to 1 pruned trials better, but 0 to 0 can be"),
        ("audit.json", {"fewest": 1}, "1 to 0 pruned trials better, but 0 to 0 can be"),
        ("audit.json", {"regret": 0.01}, "a regret of 0.01, but 0 audited trials better"),
        ("audit.json", {"interval": (0.01, 0.0)}, "a regret of 0.0, but 0 audited trials better"),
    ],
)
def test_what_later_checks_left_is_named_where_it_does_not_fit(archive, tmp_path, name, changes, words):
    forged = repacked(tmp_path / "forged.zip", with_later(contents(archive), tmp_path, name, **changes))
    broken = verify(forged, NONE).broken
    assert broken.startswith(f"one/{name}: ")
    assert words in broken


@pytest.mark.parametrize(("retries", "is_good"), [([], False), ([[4, [0.5]]], True)])
def test_an_audit_need_not_know_as_pruned_who_had_failed_before(archive, tmp_path, retries, is_good):
    def prune(line):
        line["state"] = 2
        line["user_attrs"]["hpsearch"] |= {"state": "pruned", "reason": "too low"}
        line["system_attrs"] = {"retried": retries}

    files = with_later(contents(archive), tmp_path)
    worst = ranking(read_records(tmp_path / "read.log"))[-1].number
    files = changed_trial(files, worst, prune)
    broken = verify(repacked(tmp_path / "forged.zip", files), NONE).broken
    assert broken.startswith("one/audit.json: 0 of 4 trials pruned") != is_good


def test_what_an_audit_says_of_all_pruned_trials_follows_from_those_that_it_trained(tmp_path):
    """Of one audited trial that was no better it might have said that no other one was."""
    text = f'{STUDY}[pruner]\nname = "threshold"\nlower = 0.25\nwarmup_epochs = 0\n'
    study, folder = searched(tmp_path, text)
    audit_pruning(study, folder, n_trials=1, jobs=1)
    found = Audited.read(folder.audit_file)
    assert verify(folder.path, NONE).is_good
    for changes in ({"fewest": found.fewest + 1}, {"most": found.most - 1}):
        replace(found, **changes).write(folder.audit_file)
        broken = verify(folder.path, NONE).broken
        assert broken.endswith(f"but the interval is {found.fewest} to {found.most}")


@pytest.mark.parametrize(
    ("taken", "changes", "words"),
    [
        (0, {}, None),
        (1, {}, "trial {1} is taken, but another unbeaten one has a higher mean"),
        (0, {"standing": "beaten"}, "trial {0} is taken, but beaten in the race"),
        (0, {"mean": 0.7}, "the mean of trial {0} lies outside of its interval"),
        (0, {"luck": 0.1}, "the luck of trial {0} is not what it lost on fresh seeds"),
        (0, {"searched": 1.5}, "the accuracy of trial {0} in the search is not that of the record"),
        (0, {"n_seeds": 3}, "trial {0} was trained on 3 fresh seeds, of 2"),
        (0, {"unlearned": 3}, "trial {0} did not learn on 3 of 2 fresh seeds"),
        (0, {"ahead": 0.2}, "what trial {0} is ahead by lies outside of its interval"),
        (0, {"ahead": 0.01}, "what trial {0} is ahead by is not the difference of the means"),
    ],
)
def test_a_race_that_did_not_end_as_it_says_is_named(archive, tmp_path, taken, changes, words):
    files = contents(archive)
    race = later(files, tmp_path)["confirm.json"]
    best = ranking(read_records(tmp_path / "read.log"))[:2]
    ran = [
        Finalist(one.number, one.value, mean, 0.4, 0.6, one.value - mean, 2, "unbeaten")
        for one, mean in zip(best, (0.51, 0.5), strict=True)
    ]
    behind = {"ahead": -0.01, "ahead_low": -0.1, "ahead_high": 0.1}
    ran = [replace(ran[0], ahead_low=-0.1, ahead_high=0.1), replace(ran[1], **behind)]
    numbers = [one.number for one in ran]
    ran[0] = replace(ran[0], **changes)
    changed = replace(race, finalists=tuple(ran), winner=numbers[taken], cheapest=numbers[0])
    changed.write(tmp_path / "confirm.json")
    found = {"one/confirm.json": (tmp_path / "confirm.json").read_bytes()}
    broken = verify(repacked(tmp_path / "all.zip", files | found), NONE).broken
    assert broken == ("" if words is None else f"one/confirm.json: {words.format(*numbers)}")


def test_members_of_an_ensemble_of_this_record_are_its_best(archive, tmp_path):
    files = contents(archive)
    best = winner(files, tmp_path).number
    records = read_records(tmp_path / "read.log")
    worst = ranking(records)[-1].number
    chosen = {"members": (best, worst), "digest": digest(records)}
    forged = repacked(tmp_path / "forged.zip", with_later(files, tmp_path, "ensemble.json", **chosen))
    expected = f"one/ensemble.json: its members are not trial {best} and the best of the others"
    assert verify(forged, NONE).broken == expected


@pytest.fixture(scope="module")
def confirmed(tmp_path_factory):
    """A study of four trials that are nearly alike, of which the best raced, packed."""
    tmp_path = tmp_path_factory.mktemp("confirmed")
    alike = STUDY.replace("[[12], [24]]", "[[24], [25]]").replace("low = 1e-2", "low = 9.9e-2")
    alike = alike.replace("epochs = 2", "epochs = 6").replace("[space]", '[pruner]\nname = "none"\n[space]')
    study, folder = searched(tmp_path, alike)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "hpsearch.checks.fresh_seeds.run_each", lambda f, calls, *_: [f(*call) for call in calls]
        )
        confirm.confirm(study, folder, top=3, n_seeds=4, jobs=1)
    pack(study, folder, tmp_path / "one.zip")
    return tmp_path / "one.zip"


def changed_race(files, **changes):
    """Returns the files with confirm.json changed."""
    race = json.loads(files["one/confirm.json"]) | changes
    return {**files, "one/confirm.json": json.dumps(race).encode()}


def one_seed_changed(files):
    """Returns the files with the hits of one net of the race changed, and what confirm makes of them."""
    lines = [json.loads(line) for line in files["one/fresh-seeds.jsonl"].splitlines()]
    right = hits.unpack(lines[0]["right"], 500)
    right[right.argmin()] = True
    lines[0]["right"] = hits.pack(right)
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    return {**files, "one/fresh-seeds.jsonl": text.encode()}


def consistently(path, files, folder):
    """Packs the files with the confirm.json that `confirm` would make of them; returns the archive."""
    package.write(path, "one", json.loads(zipfile.ZipFile(path).read(package.MANIFEST))["digest"], files)
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(folder)
    own = StudyFolder(folder / "one")
    study, found = load_resolved(own.study_file, "one"), Confirmation.read(own.confirmation_file)
    again, _ = confirm.as_kept(study, own, read_records(own.journal), found)
    again.write(own.confirmation_file)
    return repacked(path, {**files, "one/confirm.json": own.confirmation_file.read_bytes()})


def test_a_race_is_made_again_by_what_its_nets_got_right_and_some_are_trained_again(confirmed):
    verdict = verify(confirmed, ALL)
    assert verdict.is_good
    assert re.fullmatch(r"confirm.json as its race makes it, \d+ nets of it trained again", verdict.holds[-1])
    assert verify(confirmed, NONE).holds[-1] == "confirm.json as its race makes it"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"search_luck": 0.004}, "search_luck is not what the nets of its race make of it"),
        ({"low": 0.1}, "low is not what the nets of its race make of it"),
        ({"ended_by": "epochs"}, "ended_by is not what"),
        ({"top": 2}, "finalists is not what"),
        ({"top": 0}, "a race of the best 0 of 4 trials on 4 fresh seeds"),
        ({"n_seeds": 10**9}, f"a race of the best 3 of 4 trials on {10**9} fresh seeds"),
        ({"n_trials": 0}, "a race of the best 3 of 0 trials on 4 fresh seeds"),
        ({"n_trials": -1}, "of -1 trials, but 4 are recorded"),
        ({"environment": {"BLAS threads": "x"}}, "BLAS threads: expected an integer from 1 to 1024, but got"),
        ({"environment": {"numpy": 2}}, "environment: expected texts alone"),
        ({"n_seeds": 9}, "fresh-seeds.jsonl: nothing of trial "),
    ],
)
def test_a_race_that_its_nets_do_not_make_is_named(confirmed, tmp_path, changes, words):
    files = changed_race(contents(confirmed), **changes)
    assert words in verify(repacked(tmp_path / "forged.zip", files), NONE).broken


def test_nets_of_a_race_that_are_not_there_are_missed(confirmed, tmp_path):
    files = {name: content for name, content in contents(confirmed).items() if "fresh-seeds" not in name}
    broken = verify(repacked(tmp_path / "forged.zip", files), NONE).broken
    assert re.fullmatch(r"one/fresh-seeds.jsonl: nothing of trial \d on fresh seed 1", broken)


def test_hits_of_a_race_that_were_made_up_do_not_come_out_again(confirmed, tmp_path):
    shutil.copy(confirmed, tmp_path / "forged.zip")
    forged = consistently(
        tmp_path / "forged.zip", one_seed_changed(contents(confirmed)), tmp_path / "scratch"
    )
    assert verify(forged, NONE).is_good
    broken = verify(forged, replace(NONE, n_drawn=100)).broken
    assert re.fullmatch(
        r"trial \d on fresh seed \d, trained again, does not do what one/fresh-seeds.jsonl says", broken
    )


def test_a_race_holds_in_another_build_of_the_same_python(confirmed, tmp_path):
    race = json.loads(contents(confirmed)["one/confirm.json"])
    version = race["environment"]["python"].rpartition(".")[0]
    files = changed_race(contents(confirmed), environment=race["environment"] | {"python": f"{version}.99"})
    verdict = verify(repacked(tmp_path / "same.zip", files), NONE)
    assert verdict.is_good
    assert verdict.holds[-1] == "confirm.json as its race makes it"


def test_a_race_of_an_earlier_record_is_not_made_again(confirmed, tmp_path):
    """As where trials that had failed then were tried again since, and race with the best."""
    files = changed_race(contents(confirmed), digest="another")
    verdict = verify(repacked(tmp_path / "earlier.zip", files), NONE)
    assert verdict.is_good
    assert verdict.holds[-1] == "confirm.json of an earlier record, which was not made again"


def test_a_race_whose_pruned_trials_lost_their_hits_is_not_blamed_for_it(confirmed, tmp_path, monkeypatch):
    monkeypatch.setattr("hpsearch.checks.confirm.luck_of_finalists", lambda *_: None)
    verdict = verify(confirmed, NONE)
    assert verdict.is_good
    without = "but for the luck of the search, of which trials left no hits"
    assert verdict.holds[-1] == f"confirm.json as its race makes it, {without}"
    forged = repacked(tmp_path / "forged.zip", changed_race(contents(confirmed), n_epochs=99))
    assert "n_epochs is not what the nets of its race make of it" in verify(forged, NONE).broken


def test_a_race_of_another_environment_is_not_made_again(confirmed, tmp_path):
    race = json.loads(contents(confirmed)["one/confirm.json"])
    other = race["environment"] | {"scipy": "9.1"}
    files = changed_race(contents(confirmed), environment=other, search_luck=0.004)
    verdict = verify(repacked(tmp_path / "other.zip", files), NONE)
    assert verdict.is_good
    told = verdict.holds[-1]
    assert told.startswith(
        "confirm.json of another environment, which was not made again (scipy was 9.1, is "
    )


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    """A study with a question, answered and packed."""
    tmp_path = tmp_path_factory.mktemp("question")
    study, folder = searched(tmp_path, f'{STUDY}[question]\ncompare = "hidden_dims"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "hpsearch.checks.fresh_seeds.run_each", lambda f, calls, *_: [f(*call) for call in calls]
        )
        answer.answer(study, folder, n_seeds=2, jobs=1)
    pack(study, folder, tmp_path / "one.zip")
    return tmp_path / "one.zip"


def test_a_question_is_handed_in_with_its_answer(question):
    verdict = verify(question, NONE)
    assert verdict.is_good
    assert "answer.json of this record" in verdict.holds
    assert verify(question, ALL).holds[-1] == "4 nets of answer.json too"


def test_nets_of_an_answer_are_trained_again_only_in_their_environment(question, tmp_path):
    forged = with_answer(question, tmp_path, other_hits)
    assert re.fullmatch(
        r"one/answer.json: trial \d on fresh seed 2, trained again, got other images right than it says",
        verify(forged, ALL).broken,
    )
    verdict = verify(with_answer(question, tmp_path, other_hits, environment="0" * 16), ALL)
    assert verdict.is_good
    assert verdict.holds[-1] == "answer.json of another environment, which was not made again"
    verdict = verify(with_answer(question, tmp_path, other_hits, environment=""), ALL)  # one of before
    assert verdict.is_good
    assert "answer.json" not in verdict.holds[-1]


def other_hits(found):
    """Says that the first setting got everything right on its last seed."""
    found["settings"][0]["hits"][-1] = hits.pack(np.ones(500, bool))


def with_answer(archive, folder, change, **changes):
    """Packs an archive as a forger would, with another answer."""
    files = contents(archive)
    found = json.loads(files["one/answer.json"]) | changes
    change(found)
    return repacked(folder / "forged.zip", {**files, "one/answer.json": json.dumps(found).encode()})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: found["settings"][0].update(number=9), "trial 9 is not the best one with hidden_dims"),
        (lambda found: found["settings"][0].update(turn=1), "turn: expected 0, 1, ... in order"),
        (
            lambda found: found.update(images="test"),
            "images: expected validation or estimate, but got 'test'",
        ),
        (lambda found: found.update(n_epochs=99), "99 epochs trained, but "),
        (lambda found: found.update(n_epochs=1), "1 epochs trained, but "),
        (lambda found: found.update(environment=7), "environment: expected a text"),
        (lambda found: found.update(images="estimate"), "not of the 0 images that the study has"),
        (lambda found: found["settings"].append({**found["settings"][0], "turn": 2}), "not an answer to the"),
    ],
)
def test_a_forged_answer_is_named(question, tmp_path, change, words):
    assert words in verify(with_answer(question, tmp_path, change), NONE).broken


def test_weights_of_another_net_are_not_the_winners(archive, tmp_path):
    files = contents(archive)
    name = f"one/trials/{winner(files, tmp_path).number:05d}/weights.npz"
    other = next(
        path
        for path in sorted((archive.parent / "reports/one/trials").glob("*/weights.npz"))
        if path.read_bytes() != files[name]
    )
    verdict = verify(repacked(tmp_path / "forged.zip", {**files, name: other.read_bytes()}), NONE)
    assert "does not get right what the record says of trial" in verdict.broken


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.pop("one/journal.log"), "one/journal.log: is missing"),
        (lambda files: files.update({"one/more": b"x"}), "one/more: was added after it was packed"),
        (
            lambda files: files.update({"one/study.toml": b"x"}),
            "one/study.toml: was changed after it was packed",
        ),
    ],
)
def test_a_file_that_is_not_as_packed_is_named(archive, tmp_path, change, words):
    files = contents(archive)
    with zipfile.ZipFile(archive) as zipped:
        manifest = zipped.read(package.MANIFEST)
    change(files)
    with zipfile.ZipFile(tmp_path / "changed.zip", "w") as zipped:
        for name, content in {package.MANIFEST: manifest, **files}.items():
            zipped.writestr(name, content)
    assert verify(tmp_path / "changed.zip", NONE).broken == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no archive", r"is neither a \.zip nor a tar archive"),
        ({"../evil": b"x"}, "leaves the folder"),
        ({"other": b"x"}, "is no archive of 'hpsearch pack'; expected manifest.json at its top"),
        (
            {"again/manifest.json": b"{}"},
            "is no archive of 'hpsearch pack'; expected manifest.json at its top",
        ),
        ({"manifest.json": b"[]"}, "is no archive of 'hpsearch pack'"),
        ({"manifest.json": b'{"format": 2, "study": "x", "digest": "", "files": {}}'}, "of the format 2"),
        (None, "there is no such file"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, content, words):
    path = tmp_path / "deep" / "it.zip"
    path.parent.mkdir()
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        with zipfile.ZipFile(path, "w") as zipped:
            for name, text in content.items():
                zipped.writestr(name, text)
    with pytest.raises(FolderError, match=words):
        verify(path, NONE)
    assert [one.name for one in tmp_path.rglob("*")] == ["deep", *(["it.zip"] if content is not None else [])]


@pytest.mark.parametrize("name", ["..", "", "../one", "/one"])
def test_a_study_elsewhere_on_this_machine_is_not_the_one_that_was_handed_in(archive, tmp_path, name):
    package.write(tmp_path / "away.zip", name, "0" * 64, contents(archive))
    with pytest.raises(FolderError, match=f"manifest.json: study: expected a name, but got '{name}'"):
        verify(tmp_path / "away.zip", NONE)


def test_a_study_without_a_winner_is_not_packed(archive, tmp_path):
    folder = StudyFolder(tmp_path / "one")
    folder.path.mkdir()
    folder.study_file.write_text(STUDY)
    study = load_resolved(folder.study_file, "one")
    with pytest.raises(NothingYetError):
        pack(study, folder, tmp_path / "one.zip")


def test_without_its_data_nothing_is_trained_and_it_says_so(tiny_data, tmp_path):
    own = tmp_path / "here.npz"
    own.write_bytes(Path(tiny_data.settings.path).read_bytes())
    data = f'[data]\nsource = "arrays"\npath = "{own}"\nnum_val = 24\nnum_test = 8\n'
    study, folder = searched(tmp_path, data + STUDY)
    pack(study, folder, tmp_path / "one.zip")
    own.rename(tmp_path / "there.npz")
    verdict = verify(tmp_path / "one.zip", NONE)
    assert not verdict.is_good
    assert "no trial was trained again without its data: " in verdict.unchecked
    assert verdict.unchecked.endswith("; see --data")
    assert verify(tmp_path / "one.zip", Terms(0, 0, data=str(tmp_path / "there.npz"))).is_good
    with np.load(tmp_path / "there.npz") as arrays:
        np.savez(tmp_path / "other.npz", X=arrays["X"][::-1], y=arrays["y"])
    other = verify(tmp_path / "one.zip", Terms(0, 0, data=str(tmp_path / "other.npz")))
    assert "has other contents here than the archive says (train_val_hash" in other.broken


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A packed study with a net of the user's, its module, and the file that shows that it was run."""
    marker, package_name = tmp_path / "was-run", f"mine_{next(NUMBERS)}"
    module = tmp_path / "home" / package_name / "handed_in.py"
    module.parent.mkdir(parents=True)
    module.write_text(OWN_NET.format(marker=str(marker)))
    module.with_name("drawing.py").write_text(DRAWING)
    text = STUDY.partition("[space]")[0] + f'[net]\nkind = "{package_name}.handed_in:Net"\n[space]\n'
    text += "width = { low = 0.1, high = 0.2 }\nlearning_rate = { low = 1e-3, high = 1e-1, log = true }\n"
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path / "home")
        study, folder = searched(tmp_path, text)
        pack(study, folder, tmp_path / "one.zip")
    _forget(package_name)
    marker.unlink()
    yield tmp_path / "one.zip", module, marker, study, folder
    _forget(package_name)


def _forget(package_name):
    for name in (package_name, f"{package_name}.handed_in", f"{package_name}.drawing"):
        sys.modules.pop(name, None)
    worker._own_environment.cache_clear()


def test_code_of_an_archive_is_run_only_when_asked(own):
    path, _, marker, _, _ = own
    before = list(sys.path)
    verdict = verify(path, ALL)
    assert not verdict.is_good
    assert "no trial was trained again, since that runs the code of mine_" in verdict.unchecked
    assert not marker.exists()
    asked = verify(path, Terms(n_drawn=1, draw=0, run_code=True))
    assert marker.exists()
    assert asked.is_good
    assert sys.path == before


@pytest.mark.parametrize("file", ["handed_in.py", "drawing.py"])
def test_a_net_that_was_changed_since_is_not_packed(own, tmp_path, monkeypatch, file):
    _, module, _, study, folder = own
    changed = module.with_name(file)
    changed.write_text(changed.read_text() + "\n# tidied\n")
    monkeypatch.syspath_prepend(tmp_path / "home")
    with pytest.raises(CallError, match=r"mine_\d+\.handed_in:Net: was changed since the study's last run"):
        pack(study, folder, tmp_path / "again.zip")


def test_code_that_was_mended_between_two_runs_is_packed_as_in_one_of_them(own, tmp_path, monkeypatch):
    """It was to be put back to that of the first run, and proposals of the others were not made again."""
    _, module, _, _, folder = own
    first = module.read_text()
    module.write_text(f"{first}\n# mended\n")
    _forget(module.parent.name)
    monkeypatch.syspath_prepend(tmp_path / "home")
    with OneThread() as executor:
        hpsearch.run(
            tmp_path / "one.toml",
            trials=6,
            jobs=1,
            executor=executor,
            out=tmp_path / "reports",
            other_environment=True,
        )
    for text in (module.read_text(), first):
        module.write_text(text)
        _forget(module.parent.name)
        path = tmp_path / "again.zip"
        pack(load_resolved(folder.study_file, "one"), folder, path)
        _forget(module.parent.name)
        verdict = verify(path, replace(ALL, run_code=True))
        assert "each proposal is the sampler's and each stop the pruner's" in verdict.holds
        assert verdict.is_good


def test_a_folder_holds_as_its_archive_does_and_is_not_touched(tmp_path):
    _, folder = searched(tmp_path)
    folder.journal.write_bytes(folder.journal.read_bytes() + b'{"op_code": 5')  # a line that is being written
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    verdict = verify(folder.path, ALL)
    assert verdict.is_good
    assert verdict.holds[0].startswith("4 trials, digest ")
    assert verdict.holds[-1].endswith("(--draw 0)")
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before


def test_the_ledger_of_a_linked_folder_lies_beside_the_link(tmp_path):
    study, folder = searched(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    moved = folder.path.rename(tmp_path / "elsewhere/one")
    folder.path.symlink_to(moved)
    final_test.evaluate(study, folder, n_seeds=2, jobs=1, again=None)
    assert "1 look at the test split in its ledger" in verify(folder.path, NONE).holds


def test_a_changed_folder_does_not_hold(tmp_path):
    _, folder = searched(tmp_path)
    text = folder.journal.read_text()
    best = ranking(read_records(folder.journal))[0]
    folder.journal.write_text(text.replace(str(best.value), str(best.value - 0.002)))
    assert verify(folder.path, NONE).broken
    folder.identity_file.unlink()
    folder.journal.write_text(text)
    assert "identity.json: is missing" in verify(folder.path, NONE).broken


def test_a_folder_without_a_complete_trial_is_not_blamed_for_it(tmp_path):
    """The error names the folder, and what it says to call finds the study there."""
    threshold = '[pruner]\nname = "threshold"\nlower = 1.0\nwarmup_epochs = 0\n'
    _, folder = searched(tmp_path, STUDY + threshold)
    with pytest.raises(NothingYetError) as caught:
        verify(folder.path, NONE)
    assert str(caught.value).startswith(f"{folder.path}: no trial is complete yet")
    assert str(caught.value).endswith(f"hpsearch status --study one --out {folder.path.parent}")


def full_disk(monkeypatch, name):
    """Lets the disk be full as soon as a file of this name is written."""
    really = atomic.replace

    def replace_unless_full(source, target):
        if target.name == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        really(source, target)

    monkeypatch.setattr(atomic, "replace", replace_unless_full)


@pytest.mark.parametrize("name", ["outcome.json", "one.zip"])
def test_a_folder_is_not_blamed_for_a_full_disk(tmp_path, monkeypatch, name):
    _, folder = searched(tmp_path)
    full_disk(monkeypatch, name)
    with pytest.raises(FolderError, match=rf"{name}: cannot be written: No space left on device$"):
        verify(folder.path, NONE)


def test_a_folder_of_which_files_cannot_be_read_is_one_line_on_the_first(tmp_path):
    _, folder = searched(tmp_path)
    for name in ("a", "b"):
        (folder.path / name).symlink_to(name)
    with pytest.raises(FolderError, match=r"cannot be (read|copied): .*") as caught:
        verify(folder.path, NONE)
    assert str(caught.value).count("symbolic links") == 1


def test_a_folder_whose_search_goes_on_may_lose_files_meanwhile(tmp_path):
    _, folder = searched(tmp_path)
    (folder.trial(0).path / "checkpoint").symlink_to("removed")  # listed, and gone when it is read
    assert verify(folder.path, NONE).is_good


@pytest.mark.parametrize(
    "failure",
    [
        WorkerDiedError("a worker process died in trial 0 (was memory short?)"),
        UnwritableError("weights.npz: cannot be written: No space left on device"),
        DataError("the prepared data cannot be opened: Too many open files"),
    ],
)
def test_an_archive_is_not_blamed_for_what_fails_on_this_machine(archive, monkeypatch, failure):
    def failing(*arguments):
        raise failure

    monkeypatch.setattr("hpsearch.checks.made_again.replay", failing)
    verdict = verify(archive, NONE)
    assert not verdict.broken
    assert verdict.unchecked == f"the rest could not be checked here: {failure}"
    assert verdict.holds[-1] == "each proposal is the sampler's and each stop the pruner's"


def test_proposals_are_made_again_with_other_code_of_the_nets_too(archive, monkeypatch):
    monkeypatch.setattr("hpsearch.worker.environment.hash_of_nets", lambda folder: "sha256 changed")
    assert "each proposal is the sampler's and each stop the pruner's" in verify(archive, NONE).holds


def test_an_archive_is_not_blamed_where_memory_is_short(archive, monkeypatch):
    def short(study, folder, number):
        recorded = read_records(folder.journal)[number].outcome
        again = replace(recorded, state="failed", reason="MemoryError: Unable to allocate 3 GiB")
        return Replay(recorded, again, ("it ended complete (), now failed (MemoryError)",), None)

    monkeypatch.setattr("hpsearch.checks.made_again.replay", short)
    verdict = verify(archive, NONE)
    assert not verdict.broken
    assert verdict.unchecked.startswith("memory is too short here to train trial ")


def test_a_folder_without_its_journal_does_not_hold(tmp_path):
    _, folder = searched(tmp_path)
    folder.journal.unlink()
    assert verify(folder.path, NONE).broken == "journal.log is missing"


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(CallError, match="there is no study"):
        verify(tmp_path, NONE)


def test_code_of_ones_own_is_not_run_for_a_folder_either(own, tmp_path, monkeypatch):
    _, _, marker, _, folder = own
    monkeypatch.syspath_prepend(tmp_path / "home")
    verdict = verify(folder.path, NONE)
    assert "runs the code of" in verdict.unchecked
    assert not marker.exists()
    assert verify(folder.path, replace(NONE, run_code=True)).is_good


def test_a_folder_is_not_blamed_for_code_that_is_not_here_or_was_changed(own, monkeypatch):
    """From another folder than that of the code it said that the study does not hold."""
    _, module, _, _, folder = own
    code = replace(NONE, run_code=True)
    with pytest.raises(CallError, match=r"module '.*handed_in' cannot be imported"):
        verify(folder.path, code)
    monkeypatch.syspath_prepend(module.parents[1])
    module.write_text(module.read_text() + "\n# changed\n")
    with pytest.raises(CallError, match=r"handed_in:Net: was changed since the study's last run"):
        verify(folder.path, code)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda params: params.update(learning_rate=0.5),
            r"learning_rate: expected a number in \[0.01, 0.1\]",
        ),
        (lambda params: params.update(learning_rate="x"), "learning_rate: expected a number"),
        (lambda params: params.pop("hidden_dims"), "expected the parameters .* but got"),
    ],
)
def test_a_trial_outside_of_the_space_does_not_hold(archive, tmp_path, change, words):
    files = contents(archive)
    (tmp_path / "read.log").write_bytes(files["one/journal.log"])
    records = [replace(one, params=dict(one.params)) for one in read_records(tmp_path / "read.log")]
    change(records[1].params)
    folder = StudyFolder(archive.parent / "reports/one")
    study = load_resolved(folder.study_file, "one")
    claimed = claims.Claimed(study, folder, Identity.read(folder.identity_file), records, records[0])
    with pytest.raises(FolderError, match=f"trial 1: {words}"):
        claims.check_params(claimed)


def test_a_study_that_was_put_under_the_record_of_another_does_not_hold(archive, tmp_path):
    other = searched(tmp_path, STUDY.replace("high = 1e-1", "high = 1.02e-2"))[1]
    made = shutil.copytree(archive.parent / "reports/one", tmp_path / "forged/one")
    for name in ("study.toml", "identity.json"):
        shutil.copy(other.path / name, made)
    assert "learning_rate: expected a number in [0.01, 0.0102]" in verify(made, NONE).broken
