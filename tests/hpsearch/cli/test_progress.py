"""How a run tells in a pipe where it stands: ten lines, and only of what it did itself."""

import io
import sys
from collections import Counter

import pytest

from hpsearch.cli.progress import Progress, progress_line
from hpsearch.search.status import Status


def status(recorded, trials, n_new=None, waiting=0, seconds=6.0):
    n = recorded if n_new is None else n_new
    return Status(trials, Counter(complete=recorded), waiting, 0, None, 9, seconds, n)


@pytest.mark.parametrize(
    ("recorded", "trials", "told"),
    [
        (range(1, 101), 100, [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        ([12, 21, 22, 30, 39], 100, [12, 21, 30]),
        ([1, 2, 2, 3, 4], 4, [1, 2, 3, 4]),
    ],
)
def test_in_a_pipe_each_tenth_of_the_trials_has_a_line(make_study, capsys, recorded, trials, told):
    progress = Progress(make_study())
    for n in recorded:
        progress.show(status(n, trials))
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("/")[0] for line in lines] == [str(n) for n in told]


def test_a_run_that_has_recorded_nothing_yet_has_no_line(make_study, capsys):
    progress = Progress(make_study())
    progress.show(status(40, 100, n_new=0))
    assert capsys.readouterr().out == ""
    progress.show(status(41, 100, n_new=1))
    assert capsys.readouterr().out == "41/100   41 complete   0:06, 5:54 left\n"


@pytest.mark.parametrize(("waiting", "said"), [(0, ""), (1, ""), (2, "   2 waiting for trial 3")])
def test_trials_that_wait_for_a_slow_one_are_told_with_its_number(waiting, said):
    assert progress_line(status(3, 4, waiting=waiting)) == f"3/4   3 complete{said}   0:06, 0:02 left"


def test_a_reader_that_is_gone_ends_the_words_and_not_the_search(make_study, monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    silenced = []
    monkeypatch.setattr("hpsearch.cli.progress.silence", silenced.append)
    monkeypatch.setattr(sys, "stdout", gone := Gone())
    Progress(make_study()).show(status(3, 4))
    assert silenced == [gone]
