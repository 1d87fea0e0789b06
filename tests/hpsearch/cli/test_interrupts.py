"""A second Ctrl-C ends a run also where Python swallows what a signal's handler raises."""

import signal
import time
import weakref

import pytest

from hpsearch.cli.running import _interrupts


class Nothing:
    """Stands for the search and for its progress."""

    def request_stop(self):
        pass

    def say(self, text):
        pass


def test_a_second_ctrl_c_in_the_callback_of_a_modules_lock_is_not_lost():
    names = {"signal": signal}
    code = "def cb(reference): signal.raise_signal(signal.SIGINT)"
    exec(compile(code, "<frozen importlib._bootstrap>", "exec"), names)
    with _interrupts(Nothing(), Nothing()) as received:
        signal.raise_signal(signal.SIGINT)
        thing = Nothing()
        reference = weakref.ref(thing, names["cb"])
        del thing
        with pytest.raises(KeyboardInterrupt):
            time.sleep(5)
    assert reference() is None
    assert received == [signal.SIGINT] * 3
