"""A Dask cluster whose workers come late: the first is waited for, and those that follow are used."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import wait
from pathlib import Path

import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.journal import read_records
from hpsearch.errors import CallError, HpsearchError
from hpsearch.search import clusters
from hpsearch.search.clusters import DaskSlots
from hpsearch.search.options import RunOptions
from hpsearch.search.running import open_run

STUDY = """
[training]
epochs = 2
[net]
hidden_dims = [20]
[space]
learning_rate = { low = 1e-3, high = 1e-2, log = true }
"""
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.fixture
def scheduler(tmp_path):
    """A real scheduler without workers: its address, and a function that starts one."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    quiet = {**QUIET, "env": {**os.environ, "PYTHONPATH": str(Path.cwd())}}
    options = ["--host", "127.0.0.1", "--no-dashboard"]
    call = [sys.executable, "-m", "distributed.cli.dask_scheduler", *options, "--port", "0"]
    with contextlib.ExitStack() as processes:

        def started(call, folder=None):
            process = processes.enter_context(subprocess.Popen(call, cwd=folder, **quiet))
            processes.callback(process.terminate)
            return process

        running = started([*call, "--scheduler-file", file])
        while not (file.exists() and file.read_text().rstrip().endswith("}")):
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, *options]

        def start_worker(n_threads=1, folder=None, nanny="--no-nanny"):
            return started([*worker, nanny, "--nthreads", str(n_threads)], folder)

        start_worker.scheduler = running
        yield address, start_worker


@pytest.mark.slow
def test_the_first_worker_is_waited_for_and_later_ones_are_used(tmp_path, scheduler):
    address, start_worker = scheduler
    (tmp_path / "small.toml").write_text(STUDY)
    said = []

    def say(text):
        said.append(text)
        start_worker()

    options = RunOptions(trials=5000, executor="dask", scheduler=address, out=tmp_path)
    with open_run(tmp_path / "small.toml", options, say=say) as run:
        assert run.n_workers == 1
        n_started = 1
        for status in run.search:
            if status.recorded >= 2 and n_started == 1:
                start_worker()
                n_started += 1
            if len({record.outcome.worker for record in run.search.records}) > 1:
                run.search.request_stop()
    assert said == [f"waiting up to 60 s for the first worker of {address}"]
    records = read_records(StudyFolder(tmp_path / "small").journal)
    assert len({record.outcome.worker for record in records}) > 1


@pytest.mark.slow
def test_trials_of_workers_that_all_died_wait_for_the_next_one_without_a_limit_of_time(tmp_path, scheduler):
    address, start_worker = scheduler
    (tmp_path / "small.toml").write_text(STUDY.replace("epochs = 2", "epochs = 20"))
    worker, died = start_worker(), None
    options = RunOptions(trials=12, trial_timeout=3, executor="dask", scheduler=address, out=tmp_path)
    with open_run(tmp_path / "small.toml", options) as run:
        for status in run.search:
            if status.recorded and died is None:
                worker.kill()
                died = time.monotonic()
            elif died is not None and worker.poll() is not None and time.monotonic() > died + 5:
                worker = start_worker()
    records = read_records(StudyFolder(tmp_path / "small").journal)
    assert {record.state for record in records} <= {"complete", "pruned"}
    assert len({record.outcome.worker for record in records}) == 2


@pytest.mark.slow
def test_a_cluster_without_workers_is_one_line_after_a_while(scheduler, monkeypatch):
    address, start_worker = scheduler
    monkeypatch.setattr(clusters, "_SECONDS_TO_WAIT", 0.2)
    with pytest.raises(CallError) as caught:
        DaskSlots(address)
    assert str(caught.value) == (
        f"--scheduler {address}: no worker came within 0.2 s; expected dask worker {address} --nthreads 1"
    )
    monkeypatch.undo()
    start_worker(n_threads=2)
    with pytest.raises(CallError, match=r"worker .* has 2 threads; expected dask worker --nthreads 1"):
        DaskSlots(address)


@pytest.mark.slow
def test_a_worker_that_hangs_holds_up_nobody(scheduler, monkeypatch):
    address, start_worker = scheduler
    worker = start_worker()
    with contextlib.closing(DaskSlots(address)) as slots:
        worker.send_signal(signal.SIGSTOP)
        time.sleep(clusters._SECONDS_BETWEEN_LOOKS)
        began = time.monotonic()
        assert (slots.at_work(), slots.at_work(), slots.size) == ([], [], 1)
        assert time.monotonic() - began < 5
    monkeypatch.setattr(clusters, "_SECONDS_TO_WAIT", 1)
    with pytest.raises(CallError, match=r"none of 1 workers answered within 1 s; expected dask worker"):
        DaskSlots(address)
    worker.kill()


@pytest.mark.slow
def test_a_worker_that_restarts_is_not_waited_for(scheduler):
    address, start_worker = scheduler
    start_worker(nanny="--nanny")
    with contextlib.closing(DaskSlots(address)) as slots:
        slots.submit(0, time.sleep, 600)
        while not slots.at_work():
            time.sleep(0.1)
        began = time.monotonic()
        slots.renew(0)
        assert time.monotonic() - began < 1
        slots.submit(0, os.getpid).result(timeout=60)
        slots.submit(0, time.sleep, 600)
        while not slots.at_work():
            time.sleep(0.1)
        slots.renew(0)  # and it is ended though nobody stays
    with contextlib.closing(DaskSlots(address)) as slots:
        slots.submit(0, os.getpid).result(timeout=60)


@pytest.mark.slow
def test_a_worker_without_hpsearch_is_one_line(tmp_path, scheduler):
    address, start_worker = scheduler
    (tmp_path / "hpsearch.py").write_text("raise ImportError('none is installed')")
    start_worker(folder=tmp_path)
    with pytest.raises(CallError) as caught:
        DaskSlots(address)
    assert re.fullmatch(
        rf"--scheduler {address}: worker tcp://\S+ cannot run hpsearch; expected the one of here to be "
        r"installed there: .*none is installed.*",
        str(caught.value),
    )


@pytest.mark.slow
def test_a_scheduler_that_is_gone_is_one_line_whatever_it_is_asked(scheduler, capfd):
    address, start_worker = scheduler
    start_worker()
    slots = DaskSlots(address)
    with contextlib.closing(slots):
        future = slots.submit(0, time.sleep, 60)
        start_worker.scheduler.kill()
        wait([future], timeout=30)
        assert future.cancelled()
        time.sleep(clusters._SECONDS_BETWEEN_LOOKS)
        for ask in (lambda: slots.size, slots.at_work, lambda: slots.submit(0, time.sleep, 1)):
            with pytest.raises(HpsearchError) as caught:
                ask()
            assert str(caught.value) == (
                f"{address}: the Dask scheduler is gone; run the same command again to continue"
            )
    assert capfd.readouterr().err == ""
