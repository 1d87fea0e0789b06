"""Lines on terminals and in pipes: wrapped at words, coloured and linked where that is wanted."""

import io
import re
import shlex
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.cli.lines import complain, dressed, has_colours, say
from hpsearch.cli.progress import Progress, progress_line
from hpsearch.search.status import Status


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def colours(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)


def plain(text):
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]|\x1b\]8;;.*?\x1b\\", "", text)


WORD = st.text("abcé%=", min_size=1, max_size=9)


@given(st.lists(WORD, min_size=1, max_size=40), st.sampled_from(["", "next    ", "  "]))
def test_wrapped_lines_fit_and_hold_all_words_whole(words, start):
    lines = plain(dressed(start + " ".join(words), 30)).split("\n")
    assert max(map(len, lines)) <= 30
    assert " ".join(lines).split() == [*start.split(), *words]


def test_later_lines_stand_below_the_text_behind_a_label():
    assert plain(dressed("next    one two three four", 16)) == "next    one two\n        three\n        four"


def test_a_label_may_have_numbers_and_a_parameter_with_its_value_is_none():
    told = plain(dressed("cifar10-net    How far does one layer get?", 30))
    assert told == "cifar10-net    How far does\n               one layer get?"
    assert plain(dressed("reg 0   momentum 0.9   dropout 0.5", 24)) == "reg 0   momentum 0.9\n  dropout 0.5"


def test_a_parameter_stays_with_its_value_and_a_number_with_its_unit():
    assert plain(dressed("        reg 0.1   momentum 0.9", 24)) == "        reg 0.1\n        momentum 0.9"
    assert plain(dressed("it is just about 48 % saved", 20)) == "it is just about\n  48 % saved"
    assert plain(dressed("10 trials in about 14 s.", 22)) == "10 trials in about\n  14 s."
    assert plain(dressed("it takes just about 3 seeds", 22)) == "it takes just about 3\n  seeds"


def test_a_command_that_is_too_long_is_still_one_command():
    command = "hpsearch run --study 'my runs/k/study.toml' --set space.reg.low=1e-8 --out 'my runs-next'"
    lines = plain(dressed(f"        {command}", 50)).split("\n")
    assert max(map(len, lines)) <= 50
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(command)  # as a shell joins them


def test_terminals_are_sent_bold_labels_and_links_and_no_controls_of_the_users():
    path = Path("reports/k/index.html")
    text = dressed("report  reports/k/index.html\x1b[1m", 80, [path])
    assert text.startswith("\x1b[1mreport\x1b[0m  \x1b]8;;file:///")
    assert r"\x1b[1m" in text
    assert plain(text) == r"report  reports/k/index.html\x1b[1m"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour_is_sent_to_those_who_want_none(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    assert dressed("report  a.html", 80, [Path("a.html")]) == "report  a.html"


def test_pipes_get_whole_lines_and_terminals_wrapped_ones(monkeypatch):
    line = "next    " + "word " * 40
    for stream, n_lines in ((io.StringIO(), 1), (Terminal(), 3)):
        monkeypatch.setattr(sys, "stdout", stream)
        say(line.rstrip())
        assert stream.getvalue().count("\n") == n_lines


def test_errors_begin_with_the_program(monkeypatch):
    for stream in (io.StringIO(), Terminal()):
        monkeypatch.setattr(sys, "stderr", stream)
        complain("no such thing")
        assert plain(stream.getvalue()) == "hpsearch: no such thing\n"
        assert ("\x1b" in stream.getvalue()) == stream.isatty()


def test_the_bar_shows_the_time_that_is_left_whole_and_leaves_nothing_behind(monkeypatch, make_study):
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    status = Status(
        1000, Counter(complete=300, pruned=500, diverged=20, failed=10), 7, 2, None, 9, 36000.0, 830
    )
    with Progress(make_study()) as progress:
        progress.show(status)
    shown = plain(stream.getvalue()).replace("\r", "\n").split("\n")
    assert any(line.endswith("830/1000   10:00:00, 2:02:53 left") for line in map(str.rstrip, shown))
    assert max(map(len, shown)) <= 80
    assert stream.getvalue().endswith("\x1b[2K")


def test_an_empty_no_color_asks_for_nothing(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    for value, expected in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", value)
        assert has_colours() is expected


@pytest.mark.parametrize("width", range(20, 40))
def test_the_backslash_of_a_wrapped_command_fits_too(monkeypatch, width):
    monkeypatch.setenv("NO_COLOR", "1")
    text = "        hpsearch run --study a --jobs 2 --trials 20 --out b --seed 3"
    assert max(map(len, dressed(text, width).split("\n"))) <= width


def test_a_search_that_is_over_has_no_time_left():
    status = Status(4, Counter(complete=3), 0, 1, None, 9, 6.0, 3)
    assert progress_line(status) == "3/4   3 complete   0:06, 0:02 left"
    over = Status(4, Counter(complete=4), 0, 0, None, 9, 6.0, 4)
    assert progress_line(over) == "4/4   4 complete   0:06"
