"""Objects of derived classes are pickled and copied, also where their class says how."""

import copy
import pickle

import pytest

from hpsearch.worker.derived import derived, itself


class Plain:
    def __init__(self, size=3):
        self.size = size

    def word(self):
        return "plain"


class Slots:
    __slots__ = ("size",)

    def __init__(self, size=3):
        self.size = size

    def word(self):
        return "plain"


class Reduces(Plain):
    def __reduce__(self):
        return type(self), (self.size,)


class NewArguments(Plain):
    def __new__(cls, size):
        return super().__new__(cls)

    def __getnewargs__(self):
        return (self.size,)


def other(cls):
    return derived(cls, {"word": lambda self: f"not {cls.word(self)}"}, again=other)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("cls", [Plain, Slots, Reduces, NewArguments])
def test_an_object_is_the_same_again(cls, protocol):
    made = other(cls)(5)
    for again in (pickle.loads(pickle.dumps(made, protocol)), copy.deepcopy(made), copy.copy(made)):
        assert (again.size, again.word(), isinstance(again, cls)) == (5, "not plain", True)


def test_an_object_may_be_a_plain_one_again():
    watched = derived(Plain, {"word": lambda self: "watched"}, again=itself)
    assert type(pickle.loads(pickle.dumps(watched(4)))) is Plain
    assert watched.__name__ == "Plain"
