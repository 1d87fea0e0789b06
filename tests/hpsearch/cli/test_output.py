"""What would steer a terminal is shown, in every command and on both streams, and not sent."""

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hpsearch.cli import main
from hpsearch.cli.output import put, show_what_is_harmful, terminal
from hpsearch.cli.pipes import silence
from hpsearch.words import harmless, one_line

TITLE = "\x1b]0;taken\x07"
TITLE_SHOWN = r"\x1b]0;taken\x07\u202e"
HARMFUL = [TITLE, "\x1b[31m", "\r", "\x9b1m", "\u202e", "\u2066", "\u200f", "\u2028", "\udcff", "\x7f"]

NET = """
import numpy as np
class Net:
    def __init__(self, mode="a", input_dim=64, num_classes=10):
        if mode.startswith("b"):
            raise ValueError(f"{mode} is no mode")
        self.params = {"W": np.zeros((input_dim, num_classes))}
    def loss(self, X, y=None):
        scores = X.reshape(len(X), -1) @ self.params["W"]
        return scores if y is None else (1.0, {"W": 0 * self.params["W"]})
"""
STUDY = """
[study]
trials = 2
title = TITLE
[training]
epochs = 1
num_train_samples = 20
[net]
kind = "harmful:Net"
[sampler]
name = "grid"
[space]
mode = { choices = ["a MODE", "b MODE"] }
"""


def is_harmful(character):
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and character not in "\n\t"


@given(st.text())
@example("\u202eabc\u061c")
def test_harmless_text_holds_no_controls_and_all_else_as_it_was(text):
    shown = harmless(text)
    assert not any(is_harmful(character) or character in "\u202e\u061c" for character in shown)
    assert harmless(shown) == shown
    if not any(is_harmful(character) or unicodedata.bidirectional(character) for character in text):
        assert shown == text


def test_a_cell_of_a_table_stays_one_line():
    assert one_line("a\n\tb\x1b") == r"a\n\tb\x1b"
    assert harmless("a\n\tb\x1b") == "a\n\tb\\x1b"


@pytest.mark.parametrize("text", HARMFUL)
def test_what_is_printed_is_shown_on_both_streams(text, monkeypatch):
    streams = {
        name: io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True) for name in ("stdout", "stderr")
    }
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    show_what_is_harmful()
    print(f"ü{text}")
    print(text, file=sys.stderr)
    terminal(sys.stdout).write("\x1b[2K")  # as a progress bar does
    put("\x1b")
    out, err = (stream.buffer.getvalue().decode() for stream in streams.values())
    assert out == f"\\xfc{harmless(text)}\n\x1b[2K\x1b\n"
    assert err == f"{harmless(text)}\n"


def _pipe():
    reader, writer = os.pipe()
    return reader, writer


@pytest.mark.skipif(sys.platform == "win32", reason="it has no terminals of this kind")
@pytest.mark.parametrize("opened", [_pipe, pty.openpty])
def test_what_nobody_reads_any_more_is_thrown_away(opened, monkeypatch):
    reader, writer = opened()
    with open(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        show_what_is_harmful()
        print("read", flush=True)
        os.close(reader)
        print("not read", flush=True)
        terminal(sys.stdout).write("neither is this")
        put("nor this")
        sys.stdout.flush()


@pytest.mark.skipif(sys.platform == "win32", reason="it has no /dev/full")
def test_a_full_disk_is_not_taken_for_a_reader_that_left(monkeypatch):
    with open("/dev/full", "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        show_what_is_harmful()
        with pytest.raises(OSError, match="No space"):
            print("lost", flush=True)
        silence(stream)  # which ends with what it could not write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a study whose title, choices and reasons would steer a terminal."""
    folder = tmp_path_factory.mktemp("harmful")
    (folder / "harmful.py").write_text(NET)
    mode = json.dumps(TITLE + "\u202e\n")[1:-1]
    study = STUDY.replace("TITLE", json.dumps(TITLE)).replace("MODE", mode)
    (folder / "harmful.toml").write_text(study)
    (folder / "other.toml").write_text(study)
    return folder


CALLS = [
    "run --study harmful.toml --jobs 1",
    "run --study other.toml --jobs 1",
    "run --study harmful.toml --jobs 1 --seed 9",
    "run --study harmful.toml --set HARM=1",
    "run --study HARM",
    "run --study harmful.toml --out HARM",
    "HARM",
    "status --study HARM --out HARM",
    "--HARM",
    "plan --study harmful.toml --jobs 1",
    "status --study harmful",
    "trials --study harmful",
    "trials --study harmful --format json",
    "best --study harmful --format json",
    "best --study harmful --format python",
    "best --study harmful --format HARM",
    "report --study harmful",
    "report --study harmful --format markdown",
    "compare harmful other",
    "replay --study harmful --trial 1",
    "confirm --study harmful --jobs 1 --seeds 2",
    "test --study harmful --jobs 1 --seeds 2 --again HARM",
    "audit-pruning --study harmful",
    "gradcheck --study harmful.toml",
    "data show HARM",
    "data fetch HARM",
    "init HARM",
]


@pytest.mark.slow
def test_no_command_sends_anything_that_steers_the_terminal(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr("hpsearch.report.write_report", lambda frames, **how: frames.folder / "index.html")
    said = ""
    for call in CALLS:
        monkeypatch.setattr(
            sys, "argv", ["hpsearch", *(word.replace("HARM", f"x{TITLE}\u202e") for word in call.split())]
        )
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit):
            main()
        for text in (out.getvalue(), err.getvalue()):
            assert harmless(text) == text, call
        assert "Traceback" not in err.getvalue(), call
        said += f"== {call}\n" + out.getvalue() + err.getvalue()
    assert said.count(TITLE_SHOWN) > len(CALLS) / 2


@pytest.mark.slow
def test_data_for_programs_keeps_its_characters_in_a_pipe_but_not_on_a_terminal(folder):
    environment = {**os.environ, "PYTHONPATH": f"{Path.cwd()}:{folder}", "COLUMNS": "200"}
    hpsearch = [sys.executable, "-m", "hpsearch"]
    given = {"cwd": folder, "env": environment, "check": True}
    reader, writer = pty.openpty()
    subprocess.run([*hpsearch, "run", "--study", "other.toml", "--jobs", "1"], stdout=writer, **given)
    for style in ("csv", "toml"):
        call = [*hpsearch, "trials" if style == "csv" else "best", "--study", "other", "--format", style]
        piped = subprocess.run(call, stdout=subprocess.PIPE, **given).stdout.decode()
        assert (TITLE if style == "csv" else "\u202e") in piped  # TOML escapes controls itself
        subprocess.run(call, stdout=writer, **given)
    os.close(writer)
    shown = b""
    with contextlib.suppress(OSError):  # the end of what the terminal was sent
        while part := os.read(reader, 65536):
            shown += part
    os.close(reader)
    assert TITLE.encode() not in shown
    assert "\u202e".encode() not in shown
    assert TITLE_SHOWN.encode() in shown
