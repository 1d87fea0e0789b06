"""Suggested arguments: a shell gets back, byte for byte, what was quoted."""

import os
import shutil
import subprocess

import pytest

from hpsearch.shell import quoted
from hpsearch.words import one_line


@pytest.mark.parametrize(
    ("argument", "typed"), [("reports", "reports"), ("my reports", "'my reports'"), ("o\udcff", r"$'o\xff'")]
)
def test_what_can_be_shown_is_quoted_as_ever(argument, typed):
    assert quoted(argument) == typed


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    "argument",
    ["caf\u00e9 1", "o\udcff", "a\udcffb'c\\d", "line\nfeed\tand\x1b[31m", "$HOME `x`\u202e", "", "'"],
)
def test_a_shell_reads_what_was_meant(argument):
    typed = quoted(argument)
    assert one_line(typed) == typed
    read = subprocess.run(
        ["bash", "-c", f"printf %s {typed}"],
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert read.stdout == os.fsencode(argument)
