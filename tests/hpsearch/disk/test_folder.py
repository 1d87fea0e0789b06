"""The study folder: one writer at a time, whom the lock names; removal takes only what is ours."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.errors import CallError, FolderError

HOLD = dedent(
    """
    import sys, time
    from pathlib import Path
    from hpsearch.disk.folder import StudyFolder
    with StudyFolder(Path(sys.argv[1])).locked():
        print("held", flush=True)
        time.sleep(60)
    """
)


@pytest.fixture
def folder(tmp_path):
    return StudyFolder(tmp_path / "reports" / "mine")


@contextlib.contextmanager
def held_by_another(folder):
    """Lets another process hold the folder; yields it."""
    code = [sys.executable, "-c", HOLD, str(folder.path)]
    with subprocess.Popen(code, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline() == "held\n"
            yield other
        finally:
            other.kill()


def listing(path):
    return sorted(str(one.relative_to(path)) for one in path.rglob("*"))


def test_paths_are_where_the_documentation_says(folder):
    assert folder.name == "mine"
    assert folder.journal == folder.path / "journal.log"
    assert folder.study_file == folder.path / "study.toml"
    assert folder.trial(17).path == folder.path / "trials" / "00017"
    assert folder.ledger == folder.path.parent / "test-ledger.jsonl"
    assert folder.identity_file == folder.path / "identity.json"
    assert folder.confirmation_file == folder.path / "confirm.json"


def test_naming_a_folder_makes_nothing(folder, tmp_path):
    assert not folder.exists()
    assert folder.trial(3).read_task() is None
    with pytest.raises(
        CallError, match="there is no study; expected a folder that 'hpsearch run --study mine' made"
    ):
        folder.require()
    assert listing(tmp_path) == []


def test_a_lock_can_be_taken_again_and_again(folder):
    for _ in range(3):
        with folder.locked():
            assert (folder.path / "lock").read_text().startswith(f"process {os.getpid()} on ")


def test_a_lock_ends_with_an_error_inside_it(folder):
    with pytest.raises(ZeroDivisionError), folder.locked():
        raise ZeroDivisionError
    with folder.locked():
        pass


def test_a_second_holder_is_refused_and_told_who_the_first_is(folder):
    with folder.locked():
        message = rf"mine: in use by process {os.getpid()} on .*; wait for it or end it"
        with pytest.raises(FolderError, match=message), StudyFolder(folder.path).locked():
            pytest.fail("two hold the folder")
        assert (folder.path / "lock").read_text().startswith(f"process {os.getpid()}")


def test_a_folder_that_is_read_whole_waits_for_no_writer_and_lets_none_in(folder):
    with folder.locked(), pytest.raises(FolderError, match="in use by"), StudyFolder(folder.path).at_rest():
        pytest.fail("it is being written")
    with folder.at_rest(), pytest.raises(FolderError, match="in use by"), StudyFolder(folder.path).locked():
        pytest.fail("it is being read")


def test_the_lock_of_another_process_names_it_and_vanishes_with_it(folder):
    with held_by_another(folder) as other:
        with pytest.raises(FolderError, match=f"in use by process {other.pid} on "), folder.locked():
            pytest.fail("two hold the folder")
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with folder.locked():
            assert (folder.path / "lock").read_text().startswith(f"process {os.getpid()} on ")


def test_a_process_that_was_started_meanwhile_does_not_inherit_the_lock(folder):
    sleep = [sys.executable, "-c", "import time; print('runs', flush=True); time.sleep(60)"]
    with folder.locked():
        child = subprocess.Popen(sleep, close_fds=False, stdout=subprocess.PIPE, text=True)
        assert child.stdout.readline() == "runs\n"
    try:
        with folder.locked():
            assert child.poll() is None
    finally:
        child.kill()
        child.communicate()


def test_taking_the_lock_clears_what_a_killed_run_left(folder):
    with folder.locked():
        folder.stop_file.write_text("")
        (folder.path / ".study.toml.99999.tmp").write_text("half")
        (folder.path / "notes.txt").write_text("mine")
    with folder.locked():
        assert listing(folder.path) == ["lock", "notes.txt"]


@pytest.mark.parametrize("obstacle", ["reports", "reports/mine"])
def test_a_file_in_the_way_of_the_folder_is_named(folder, tmp_path, obstacle):
    (tmp_path / obstacle).parent.mkdir(exist_ok=True)
    (tmp_path / obstacle).write_text("")
    with pytest.raises(FolderError, match=f"{folder.path}: cannot be made"), folder.locked():
        pytest.fail("there is no folder")


def test_a_lock_file_that_cannot_be_opened_is_an_error_that_names_the_folder(folder):
    (folder.path / "lock").mkdir(parents=True)
    with pytest.raises(FolderError, match=f"{folder.path}: cannot be written"), folder.locked():
        pytest.fail("there is no lock")


OURS = [
    "study.toml", "identity.json", "journal.log", "index.html", "present.html", "trials.csv", "curves.csv",
    "stop", "trials/00000/task.json", "trials/00000/checkpoint", "trials/00012/weights.npz",
    "figures/curves.svg", "imported.json", "reports.csv",
]  # fmt: skip
FOREIGN = ["notes.txt", "mine/deep/data.csv", "study.toml.bak", "../test-ledger.jsonl", "../other/study.toml"]


def test_removing_a_study_takes_what_is_ours_and_nothing_else(folder, tmp_path):
    for name in [*OURS, *FOREIGN]:
        path = folder.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    with folder.locked():
        folder.remove_study()
    left = {path for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"}
    assert left == {(folder.path / name).resolve() for name in FOREIGN}
    assert not folder.exists()
    assert not (folder.path / "trials").exists()


def test_removing_a_study_that_is_not_there_does_nothing(folder):
    with folder.locked():
        folder.remove_study()
        assert listing(folder.path) == ["lock"]


def test_removing_a_study_never_follows_a_link(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "00000").mkdir(parents=True)
    (elsewhere / "00000" / "precious").write_text("")
    folder.path.mkdir(parents=True)
    (folder.path / "trials").symlink_to(elsewhere)
    with folder.locked(), contextlib.suppress(FolderError):
        folder.remove_study()
    assert (elsewhere / "00000" / "precious").exists()


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """Studies in two folders of studies, of which one is the usual one."""
    monkeypatch.chdir(tmp_path)
    for name in ("reports/convnet", "reports/fcnet", "reports-next/convnet"):
        Path(name).mkdir(parents=True)
        (Path(name) / "study.toml").touch()


@pytest.mark.parametrize(
    ("study", "found"),
    [
        ("convnet", "reports/convnet"),
        ("convnet.toml", "reports/convnet"),
        ("studies/convnet.toml", "reports/convnet"),
        ("reports/convnet", "reports/convnet"),
        ("reports-next/convnet/", "reports-next/convnet"),
        ("reports-next/convnet/study.toml", "reports-next/convnet"),
    ],
)
def test_a_study_is_found_by_its_name_its_file_and_its_folder(begun, study, found):
    assert find_folder(Path("reports"), study).path == Path(found)


def test_a_study_is_found_from_inside_its_folder(begun, monkeypatch):
    folder = Path("reports/convnet").resolve()
    monkeypatch.chdir(folder)
    assert find_folder(Path("reports"), ".").path == folder


@pytest.mark.parametrize(
    ("study", "words"),
    [
        ("convnt", "reports/convnt: there is no study; did you mean convnet"),
        (
            "other",
            "reports/other: there is no study; expected a folder that 'hpsearch run",
        ),
        ("reports/other", "--study reports/other: expected the name of a study, a folder in reports"),
        ("..", "--study ..: expected the name of a study, a folder in reports"),
    ],
)
def test_a_study_that_is_not_there_is_a_clear_line(begun, study, words):
    with pytest.raises(CallError) as caught:
        find_folder(Path("reports"), study)
    assert words in str(caught.value)
