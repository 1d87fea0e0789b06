"""The page of a running search: written beside it, renewed now and then, and never in its way."""

import time

import pytest
from click.testing import CliRunner

from hpsearch.cli import report
from hpsearch.cli.live import LivePage
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.trialfolder import Checkpoint
from hpsearch.records import Cost, Epoch, Proposal
from hpsearch.report import write_report
from hpsearch.results.frames import read_study

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """The folder of a study with three trials and no page."""
    from in_one_thread import OneThread

    import hpsearch

    hpsearch.run("fcnet", trials=3, set={"training.epochs": 2}, executor=OneThread(), out=tmp_path)
    folder = StudyFolder(tmp_path / "fcnet")
    folder.page.unlink(missing_ok=True)
    return folder


def wait_for(folder, seconds=240):
    """Waits for the page and returns it."""
    end = time.monotonic() + seconds
    while not folder.page.exists():
        assert time.monotonic() < end, "no page was written"
        time.sleep(0.1)
    return folder.page.read_text()


def test_the_page_is_written_beside_the_search_and_renews_itself(folder):
    with LivePage(folder) as page:
        page.renew(3)
        assert 'data-live="10"' in wait_for(folder)
    write_report(read_study(folder.path))
    assert "data-live" not in folder.page.read_text()


def test_nothing_new_and_no_pause_begin_no_page(folder):
    with LivePage(folder) as page:
        page.renew(0)
        page.finish()
        page.renew(3)
        wait_for(folder)
        while page._is_at_work():
            time.sleep(0.05)
        folder.page.unlink()
        page.renew(3)
        page.renew(4)
        page.finish()
    assert not folder.page.exists()


def test_a_process_for_the_first_page_has_its_imports_before_there_is_a_trial(folder):
    with LivePage(folder) as page:
        page.renew(0)
        ready = page._ready
        page.renew(3)
        assert page._process is ready
        wait_for(folder)
    assert ready.returncode is not None


def test_a_run_that_ends_without_a_trial_leaves_no_process_and_no_page(folder):
    with LivePage(folder) as page:
        page.renew(0)
        ready = page._ready
    assert ready.returncode is not None
    arguments = ["--study", folder.name, "--out", str(folder.path.parent), "--live"]
    assert CliRunner().invoke(report.command, arguments, input="").exit_code == 0
    assert not folder.page.exists()


def test_a_page_that_is_being_written_is_given_up_at_the_end(folder):
    with LivePage(folder) as page:
        page.renew(3)
    assert not list(folder.path.glob(".*.tmp"))
    assert page._process is None


def test_trials_that_still_train_are_on_the_page(folder):
    frames = read_study(folder.path)
    trial = folder.trial(3)
    params = {"learning_rate": 0.01}
    trial.write_task(Proposal(params, {}), 0)
    curve = (Epoch(0.25, 0.3, 2.0), Epoch(0.5, 0.6, 1.0))
    trial.write_checkpoint(Checkpoint(params, curve, Cost(), {}))
    frames = read_study(folder.path)
    assert frames.running == 1
    assert frames.running_curves.values.tolist() == [[3, 1, 0.25], [3, 2, 0.5]]
    write_report(frames)
    assert "Dotted ones still train" in folder.page.read_text()


def test_all_pages_but_the_first_yield_to_the_search(folder, monkeypatch):
    yielded = []
    monkeypatch.setattr("hpsearch.cli.report.yield_to_others", lambda: yielded.append(folder.page.exists()))
    arguments = ["--study", folder.name, "--out", str(folder.path.parent), "--live"]
    for expected in ([], [True]):
        assert CliRunner().invoke(report.command, arguments, input="\n").exit_code == 0
        assert yielded == expected
