"""The lock of an open file: one holder at a time, by fcntl and, where that is missing, by msvcrt."""

import sys
import threading
from types import ModuleType

import pytest

from nets import locks


class Windows(ModuleType):
    """msvcrt as far as locks go: bytes by their place, locked for one descriptor."""

    LK_NBLCK = 2

    def __init__(self):
        super().__init__("msvcrt")
        self.held = set()

    def locking(self, descriptor, mode, n_bytes):
        import os

        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        assert place > os.fstat(descriptor).st_size, "what is locked cannot be read"
        if place in self.held:
            raise PermissionError(13, "Permission denied")
        self.held.add(place)


@pytest.fixture(params=["posix", "windows"])
def system(request, monkeypatch):
    if request.param == "windows":
        monkeypatch.setitem(sys.modules, "fcntl", None)  # as if it could not be imported
        monkeypatch.setitem(sys.modules, "msvcrt", Windows())
    return request.param


def test_a_file_is_locked_once(system, tmp_path):
    with (tmp_path / "lock").open("a+") as first, (tmp_path / "lock").open("a+") as second:
        assert locks.try_to_lock(first)
        assert not locks.try_to_lock(second)


def test_what_is_locked_is_written_and_read_as_ever(system, tmp_path):
    with (tmp_path / "lock").open("a+") as file:
        assert locks.try_to_lock(file)
        file.truncate(0)
        file.write("mine")
        file.flush()
        assert (tmp_path / "lock").read_text() == "mine"


def test_who_waits_gets_the_lock_when_it_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "_SECONDS_BETWEEN_TRIES", 0.001)
    with (tmp_path / "lock").open("a") as second:
        waiting = threading.Thread(target=locks.lock, args=(second,))
        with (tmp_path / "lock").open("a") as first:
            locks.lock(first)
            waiting.start()
            waiting.join(0.02)
            assert waiting.is_alive()
        waiting.join(5)
        assert not waiting.is_alive()
        with (tmp_path / "lock").open("a") as third:
            assert not locks.try_to_lock(third)


def test_a_file_system_without_locks_is_an_error(tmp_path, monkeypatch):
    import fcntl

    def refuse(file, how):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (tmp_path / "lock").open("a") as file, pytest.raises(OSError, match="No locks available"):
        locks.try_to_lock(file)
