"""Ctrl-C at the worst of times: while libraries are imported."""

import importlib
import signal
import subprocess
import sys
import time

import pytest

from hpsearch.cli import interrupts

FRAGILE = """
import os, signal, time
try:
    for _ in range({times}):
        os.kill(os.getpid(), signal.SIGINT)
    time.sleep({seconds})
except BaseException as error:
    raise ImportError("initialization failed") from error
"""


@pytest.fixture
def handled():
    """Has Ctrl-C handled as in a command."""
    before = signal.signal(signal.SIGINT, interrupts.Interrupt())
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def fragile(tmp_path, monkeypatch):
    """Makes a module that is interrupted while it is imported, and has no use of it."""

    def make(seconds, times=1):
        (tmp_path / "fragile.py").write_text(FRAGILE.format(seconds=seconds, times=times))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "fragile", raising=False)

    return make


def import_and_wait():
    importlib.import_module("fragile")
    time.sleep(5)


def test_an_import_is_not_interrupted_but_what_follows(handled, fragile):
    fragile(0)
    with pytest.raises(KeyboardInterrupt):
        import_and_wait()
    assert "fragile" in sys.modules


def test_two_of_them_within_an_import_interrupt_once(handled, fragile):
    fragile(0, times=2)
    with pytest.raises(KeyboardInterrupt):
        import_and_wait()
    time.sleep(0.2)  # what cleans up then is not interrupted


def test_an_import_that_hangs_is_interrupted(handled, fragile, monkeypatch):
    monkeypatch.setattr(interrupts, "_PATIENCE_SECONDS", 0.1)
    fragile(60)
    with pytest.raises(ImportError, match="initialization failed") as caught:
        import_and_wait()
    assert isinstance(caught.value.__cause__, KeyboardInterrupt)


def test_each_ctrl_c_has_a_patience_of_its_own(handled, fragile, monkeypatch):
    monkeypatch.setattr(interrupts, "_PATIENCE_SECONDS", 0.5)
    for _ in range(2):
        fragile(0)
        with pytest.raises(KeyboardInterrupt):
            import_and_wait()
        time.sleep(0.6)


def test_what_a_shell_has_ignored_stays_ignored():
    asked = "import signal; from hpsearch.cli import interrupts as i; i.interrupt_on_signals(); "
    asked += (
        "print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, callable(signal.getsignal(signal.SIGTERM)))"
    )
    command = ["sh", "-c", 'trap "" INT; exec "$0" -c "$1"', sys.executable, asked]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "True True\n"
