"""A PostgreSQL cluster of the tests' own, and studies to export."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import RecordWriter
from hpsearch.records import CONTINUES, Cost, Epoch, Proposal, TrialOutcome, TrialRecord

USER = "tester"


def programs():
    """Returns the folder of PostgreSQL's programs, the newest; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).parent


def as_somebody():
    """Returns how a command is begun that must not run as root."""
    return ["runuser", "-u", "nobody", "--"] if os.getuid() == 0 else []


@pytest.fixture(scope="session")
def postgres():
    """The address of an empty database in a cluster that lives as long as the tests."""
    pytest.importorskip("psycopg", reason="hpsearch[postgres] is not installed")
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="hpsearch-pg-"))
    cluster = folder / "cluster"
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
    begin = as_somebody()
    subprocess.run(
        [*begin, bin_folder / "initdb", "-D", cluster, "-U", USER, "-A", "trust", "--no-sync"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories={folder}"
    control = [*begin, bin_folder / "pg_ctl", "-D", cluster, "-w", "-t", "120", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], cwd=folder, check=True, capture_output=True)
        shutil.rmtree(folder)


@pytest.fixture
def folder(make_study, make_up, tmp_path):
    """A study folder with twelve trials in all states."""
    study = make_study()
    folder = StudyFolder(tmp_path / "reports" / "tiny")
    folder.path.mkdir(parents=True)
    folder.study_file.write_text(study.to_toml())
    writer = RecordWriter(folder.journal, study.space, "tiny")
    for number in range(12):
        writer.append(make_up(number, Proposal({"learning_rate": 0.001 * (number + 1)}, {"tpe:a": number})))
    return folder


@pytest.fixture
def paused_folder(make_study, tmp_path):
    """A study folder in which trial 2 went on with trial 0, and trial 3 with that; trial 1 is another."""
    study = make_study()
    folder = StudyFolder(tmp_path / "reports" / "paused")
    folder.path.mkdir(parents=True)
    folder.study_file.write_text(study.to_toml())
    writer = RecordWriter(folder.journal, study.space, "paused")
    rates = {"learning_rate": 0.01}, {"learning_rate": 0.02}
    for params, attributes, outcome in (
        (rates[0], {}, TrialOutcome(0, "pruned", (Epoch(0.5, 0.5, 1.0),), cost=Cost(1, 48, 0.1, 0.2))),
        (rates[1], {}, TrialOutcome(1, "complete", (Epoch(0.6, 0.5, 1.0),) * 3, cost=Cost(3, 144, 0.3, 0.4))),
        (
            rates[0],
            {CONTINUES: 0},
            TrialOutcome(2, "pruned", (Epoch(0.5, 0.5, 1.0),) * 2, cost=Cost(1, 48, 0.1, 0.2)),
        ),
        (
            rates[0],
            {CONTINUES: 2},
            TrialOutcome(3, "complete", (Epoch(0.7, 0.5, 1.0),) * 3, cost=Cost(1, 48, 0.1, 0.2)),
        ),
    ):
        writer.append(TrialRecord(params, attributes, outcome))
    return folder
