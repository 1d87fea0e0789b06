"""Processes that draw beside this one: the same results, whoever draws and whatever becomes of them."""

import io
import os
import pickle
import sys
import time

import pytest

from hpsearch.report import painters as module
from hpsearch.report.gallery import gallery
from hpsearch.report.painter import paint
from hpsearch.report.painters import Painters, painters_beside
from hpsearch.report.style import house_style
from hpsearch.report.write import WITH_SEABORN, write_figure

N_CALLS = 4
ANSWERS = """
import pickle, sys
for _ in range({n}):
    function, arguments = pickle.load(sys.stdin.buffer)
    pickle.dump(function(*arguments), sys.stdout.buffer)
    sys.stdout.buffer.flush()
"""
"""A painter that dies after so many answers, the first of which says that it is ready."""


@pytest.fixture
def started(monkeypatch):
    """Starts a painter that runs some code instead, and returns its process."""
    with Painters(1) as painters:

        def start(code):
            monkeypatch.setattr(module, "COMMAND", [sys.executable, "-c", code])
            painters.start()
            return painters._processes[0]

        yield start


def work_of_a_painter(process):
    """Returns which processes did some calls that a painter begins before anybody else."""
    work = module._Work(os.getpid, [()] * N_CALLS)
    module._hand_out(process, work)
    return work.finish()


def test_a_painter_does_what_it_is_given(started):
    process = started(ANSWERS.format(n=N_CALLS + 1))
    assert work_of_a_painter(process) == [process.pid] * N_CALLS


def test_what_a_painter_had_begun_when_it_died_is_done_here(started):
    process = started(ANSWERS.format(n=3))
    assert work_of_a_painter(process) == [process.pid, process.pid, os.getpid(), os.getpid()]


def test_a_painter_that_cannot_start_is_done_without(started):
    assert work_of_a_painter(started("raise SystemExit(1)")) == [os.getpid()] * N_CALLS


def test_a_call_that_cannot_be_sent_is_done_here(started):
    work = module._Work(lambda: "here", [()])
    with pytest.raises((AttributeError, pickle.PicklingError)):
        module._hand_out(started(ANSWERS.format(n=5)), work)
    assert work.finish() == ["here"]


def test_a_painter_that_is_not_ready_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(module, "COMMAND", [sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.monotonic()
    with Painters(1) as painters:
        painters.start()
        assert painters.share(hex, [(16**place,) for place in range(3)]) == ["0x1", "0x10", "0x100"]
    assert time.monotonic() - began < 30


def test_what_a_call_raises_is_raised_here():
    work = module._Work(int, [("one",), ("2",)])
    with pytest.raises(ValueError, match="invalid literal"):
        work.finish()


def test_a_call_that_raises_in_a_painter_raises_here(started):
    work = module._Work(int, [("one",)])
    module._hand_out(started(ANSWERS.format(n=2)), work)
    with pytest.raises(ValueError, match="invalid literal"):
        work.finish()


def test_who_may_use_one_process_has_no_painter():
    assert painters_beside(1) == 0
    assert painters_beside() <= module.MOST


def test_the_process_does_its_calls_until_there_are_no_more():
    calls = io.BytesIO(pickle.dumps((hex, (16,))) + pickle.dumps((hex, (17,))))
    answers = io.BytesIO()
    paint(calls, answers)
    answers.seek(0)
    assert [pickle.load(answers), pickle.load(answers)] == ["0x10", "0x11"]


def test_every_exhibit_can_be_drawn_by_another_process(make):
    frames = make(20)
    exhibits = [e for section in gallery(frames, frames.importances) for e in section.exhibits]
    again = [pickle.loads(pickle.dumps(exhibit)) for exhibit in exhibits]
    assert [exhibit.name for exhibit in again] == [exhibit.name for exhibit in exhibits]
    assert {exhibit.draw.func for exhibit in again} & set(WITH_SEABORN)


@pytest.mark.slow
def test_a_painter_writes_the_bytes_that_this_process_writes(make, tmp_path):
    frames = make(20)
    exhibits = [e for section in gallery(frames, frames.importances) for e in section.exhibits]
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    with house_style():
        drawn = [write_figure(exhibit, here) for exhibit in exhibits]
    with Painters(1) as painters:
        painters.start()
        work = module._Work(write_figure, [(exhibit, there) for exhibit in exhibits])
        module._hand_out(painters._processes[0], work)
        assert len(work._results) == len(exhibits), "the painter drew all of them"
        assert work.finish() == drawn
    names = sorted(path.name for path in here.iterdir())
    assert names == sorted(path.name for path in there.iterdir())
    assert all((here / name).read_bytes() == (there / name).read_bytes() for name in names)
