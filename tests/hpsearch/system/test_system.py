"""What each operating system has its own way for, and what it comes to where that way is missing."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from hpsearch.disk import lines
from hpsearch.errors import HpsearchError
from hpsearch.search import running
from hpsearch.search.options import RunOptions
from hpsearch.system import files, interrupts, memory, parent, processes, semaphores
from hpsearch.worker import worker


def run(code):
    """Returns how a process ends that does this."""
    return subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


FOLLOWER = """
import os, sys, time
from hpsearch.system import parent
{}
parent.follow_parent(os.getppid())
print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("way", ["", "parent._kernel_ends_it = lambda: False"], ids=["kernel", "thread"])
def test_a_follower_ends_soon_after_its_parent(way):
    code = f"import subprocess, sys; subprocess.call([sys.executable, '-c', {FOLLOWER.format(way)!r}])"
    middle = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with middle:
        follower = int(middle.stdout.readline())
        middle.kill()
        middle.stdout.read()  # the follower has it too: this returns when it has ended
    while is_there(follower):
        time.sleep(0.01)


def test_a_follower_of_a_parent_that_is_gone_ends_at_once():
    assert run("from hpsearch.system.parent import follow_parent; follow_parent(1)") == 1


def test_who_follows_nobody_is_no_orphan():
    parent.exit_if_orphaned()


WINDOWS = """
from hpsearch.system import parent
class Function:
    def __init__(self, result): self.result = result
    def __call__(self, *arguments):
        print(*arguments, flush=True)
        return self.result
class Kernel:
    OpenProcess, WaitForSingleObject = Function({handle}), Function(0)
parent._end_with(Kernel, 17)
"""


@pytest.mark.parametrize(
    ("handle", "asked"), [(5, ["1048576 False 17", "5 4294967295"]), (None, ["1048576 False 17"])]
)
def test_on_windows_a_thread_waits_for_the_parents_handle(handle, asked):
    code = [sys.executable, "-c", WINDOWS.format(handle=handle)]
    done = subprocess.run(code, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (1, asked)


def test_the_peak_of_memory_is_in_bytes_on_each_system(monkeypatch, tmp_path):
    assert 10 * 2**20 < memory.peak() < 2**40
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "absent")
    counters = SimpleNamespace(RUSAGE_SELF=0, getrusage=lambda who: SimpleNamespace(ru_maxrss=3072))
    monkeypatch.setitem(sys.modules, "resource", counters)
    assert memory.peak() == 3072 * 1024
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.peak() == 3072
    monkeypatch.setitem(sys.modules, "resource", None)
    assert memory.peak() is None


def test_the_peak_of_memory_is_not_that_of_the_process_which_began_this_one():
    """Linux's getrusage has it: the first plan on some data told the memory of who had prepared these."""
    own = "import hpsearch.system.memory as m; print(m.peak())"
    begin = f"subprocess.run([sys.executable, '-c', {own!r}], check=True)"
    large = f"import subprocess, sys; b'1' * 2**28; {begin}"
    done = subprocess.run([sys.executable, "-c", large], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 2**27


@pytest.mark.parametrize("lacks", ["linux", "resource", "proc"])
def test_a_limit_of_memory_that_nothing_would_keep_is_refused(lacks, monkeypatch, tmp_path):
    assert memory.can_be_limited()
    if lacks == "linux":
        monkeypatch.setattr(sys, "platform", "darwin")
    elif lacks == "resource":
        monkeypatch.setitem(sys.modules, "resource", None)
    else:
        monkeypatch.setattr(memory, "_STATUS", tmp_path / "absent")
    assert not memory.can_be_limited()
    with pytest.raises(
        HpsearchError, match="--trial-memory: nothing would keep a trial to it here; expected"
    ):
        running.open_slots(RunOptions(trial_memory=2**20), print)
    with pytest.raises(HpsearchError, match=r"^worker \d+ on .* cannot keep a trial to --trial-memory"):
        worker._memory_limit(2**20)
    with worker._memory_limit(None):
        pass


def interrupt(reached):
    signal.raise_signal(signal.SIGINT)
    reached.append("after it")


def test_ctrl_c_waits_where_it_can(monkeypatch, request):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupts.interrupts_blocked():
        interrupt(reached)
    assert reached == ["after it"]
    monkeypatch.delattr(signal, "pthread_sigmask")
    with pytest.raises(KeyboardInterrupt), interrupts.interrupts_blocked():
        interrupt(reached)
    assert reached == ["after it"]  # nothing held it back


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_a_signal_that_is_sent_again_reaches_the_main_thread(monkeypatch, request, platform):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    monkeypatch.setattr(sys, "platform", platform)
    threading.Timer(0.05, interrupts.send_to_main, [threading.get_ident(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        [time.sleep(0.01) for _ in range(500)]


def test_a_process_apart_is_in_a_group_of_its_own_and_can_be_killed():
    process = processes.start_apart(
        [sys.executable, "-c", "import os; print(os.getpgid(0), flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert int(process.stdout.readline()) == process.pid
        processes.kill(process.pid)
    assert process.returncode == -signal.SIGKILL


def test_on_windows_such_groups_and_signals_have_other_names(monkeypatch):
    begun, ended = [], []
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: begun.append((command, options)))
    processes.start_apart(["it"], stdin=0)
    assert begun == [(["it"], {"creationflags": 0x200, "stdin": 0})]
    monkeypatch.delattr(signal, "SIGKILL")
    monkeypatch.setattr(os, "kill", lambda *arguments: ended.append(arguments))
    processes.kill(5)
    assert ended == [(5, signal.SIGTERM)]


def test_there_are_cores_and_niceness_even_where_nobody_tells(monkeypatch):
    assert processes.n_cores() >= 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.delattr(os, "nice")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processes.n_cores() == 1
    processes.yield_to_others()


def test_a_file_that_a_reader_has_open_is_replaced_a_moment_later(monkeypatch, tmp_path):
    replace, tries = os.replace, []

    def busy_twice(source, target):
        tries.append(source)
        if len(tries) < 3:
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    monkeypatch.setattr(os, "replace", busy_twice)
    monkeypatch.setattr(files, "_PAUSES", (0.0, 0.0, 0.0))
    files.replace(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_text() == "new"
    tries[:] = [None] * -10
    monkeypatch.setattr(files, "_PAUSES", (0.0,))
    (tmp_path / "new").write_text("newer")
    with pytest.raises(PermissionError):
        files.replace(tmp_path / "new", tmp_path / "old")


def test_lines_are_written_byte_for_byte_where_text_would_get_other_ends(monkeypatch, tmp_path):
    flags, open_ = [], os.open
    monkeypatch.setattr(os, "O_BINARY", 0x8000_0000, raising=False)
    monkeypatch.setattr(
        os,
        "open",
        lambda path, flag, mode=0o777: (flags.append(flag), open_(path, flag & 0x7FFF_FFFF, mode))[1],
    )
    os.close(files.open_to_append(tmp_path / "lines"))
    assert flags[0] & 0x8000_0000


def test_the_name_of_a_new_file_of_lines_is_on_disk_with_its_first_line(monkeypatch, tmp_path):
    synced, fsync = [], os.fsync

    def noted(descriptor):
        synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    path = tmp_path / "lines"
    lines.append(path, ["{}"])
    lines.append(path, ["{}"])
    assert synced == [str(path), str(tmp_path), str(path)]
    files.sync_folder(tmp_path / "absent")  # as on systems that open no folders


def test_semaphores_of_a_process_that_lives_stay(monkeypatch, tmp_path):
    monkeypatch.setattr(semaphores, "SHARED_MEMORY", tmp_path)
    (tmp_path / f"sem.loky-{os.getpid()}-a").touch()
    (tmp_path / "sem.loky-1-a").touch()
    assert [path.name for path in semaphores.of_process(1)] == ["sem.loky-1-a"]
    assert semaphores.left_by_dead(os.getpid()) == semaphores.left_by_dead(1) == []

    def not_ours(pid, number):
        raise PermissionError

    monkeypatch.setattr(os, "kill", not_ours)
    assert semaphores.left_by_dead(1) == []
    monkeypatch.setattr(semaphores, "SHARED_MEMORY", Path("/absent"))
    assert semaphores.left_by_dead(1) == []


def test_windows_has_the_tracker_of_loky_alone(monkeypatch):
    assert len(semaphores.trackers()) == 2
    monkeypatch.setattr(sys, "platform", "win32")
    assert [tracker.__name__ for tracker in semaphores.trackers()] == [
        "joblib.externals.loky.backend.resource_tracker"
    ]
