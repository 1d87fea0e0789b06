"""optuna-dashboard shows a study's record and cannot change it."""

import json
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from hpsearch.cli.dashboard import serve
from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter
from hpsearch.errors import FolderError, HpsearchError
from hpsearch.records import Proposal

pytest.importorskip("optuna_dashboard")


@pytest.fixture
def folder(make_study, make_up, tmp_path):
    """A study folder with four trials."""
    study = make_study()
    folder = StudyFolder(tmp_path / "reports" / "tiny")
    folder.path.mkdir(parents=True)
    folder.study_file.write_text(study.to_toml())
    writer = RecordWriter(folder.journal, study.space)
    for number in range(4):
        writer.append(make_up(number, Proposal({"learning_rate": 0.01 * (number + 1)}, {})))
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, method="GET"):
    with urlopen(Request(url, method=method), timeout=10) as answer:
        return json.loads(answer.read())


@pytest.mark.slow
def test_the_record_is_shown_and_cannot_be_deleted(folder):
    port = free_port()
    before = folder.journal.read_bytes()
    command = [sys.executable, "-m", "hpsearch", "dashboard", "--study", "tiny", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--out", str(folder.path.parent)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/api/studies"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                studies = get(url)["study_summaries"]
                break
            except URLError:
                assert time.monotonic() < deadline
                assert server.poll() is None
                time.sleep(0.1)
        assert [study["study_name"] for study in studies] == ["tiny"], "its journal says hpsearch"
        trials = get(f"{url}/{studies[0]['study_id']}?after=0")["trials"]
        assert [trial["number"] for trial in trials] == [0, 1, 2, 3]
        with pytest.raises(HTTPError):
            get(f"{url}/{studies[0]['study_id']}", method="DELETE")
    finally:
        server.kill()
        server.wait()
    assert folder.journal.read_bytes() == before


def test_a_port_in_use_is_named(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(HpsearchError, match=f"--port {taken.getsockname()[1]}: Address already in use"):
            serve(folder, taken.getsockname()[1])


def test_a_damaged_record_is_named(folder):
    folder.journal.write_bytes(b"nonsense\n" + folder.journal.read_bytes())
    with pytest.raises(FolderError, match=str(folder.journal)):
        serve(folder, free_port())
