"""Pickles read without calling what they name: `load` knows containers, texts, integers, arrays of bytes.

A pickle is a program for a small stack machine, and `pickle.load` lets it call any function. This reader
is another machine for the same programs, with no instruction that calls anything: the few names that a NumPy
array needs are marks on its stack, and an array becomes `PickledArray`, which is data. Everything else is
refused when it is met. (Python's own machine can also be made to take gigabytes by one false memo number.)
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nets.data.pickled_array import PickledArray, PickledDtype, described, name_of

FREE_STEPS = 10_000
BYTES_A_STEP = 100  # the CIFAR files have more than 600
MARK = object()


@dataclass
class Machine:
    """Stack and memo of a running pickle."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def push(self, value: object) -> None:
        """Puts a value on the stack."""
        self.stack.append(value)

    def pop_to_mark(self) -> list[Any]:
        """Removes everything down to the last mark, and the mark; returns what was above it."""
        position = len(self.stack) - 1
        while self.stack[position] is not MARK:
            position -= 1
            if position < 0:
                raise ValueError("there is no mark")
        items = self.stack[position + 1 :]
        del self.stack[position:]
        return items

    def tuple_of(self, size: int) -> None:
        """Replaces the upper `size` values by a tuple."""
        if len(self.stack) < size:
            raise ValueError("the stack is too short for a tuple")
        items = tuple(self.stack[len(self.stack) - size :])
        del self.stack[len(self.stack) - size :]
        self.push(items)

    def put(self, number: int) -> None:
        """Remembers the upper value."""
        self.memo[number] = self.stack[-1]

    def append(self, items: list[Any]) -> None:
        """Appends the items to the list on top."""
        if not isinstance(self.stack[-1], list):
            raise ValueError("something is appended to what is no list")
        self.stack[-1].extend(items)

    def set_items(self, items: list[Any]) -> None:
        """Puts keys and values, in turn, into the dict on top."""
        keys, values = items[::2], items[1::2]
        if not isinstance(self.stack[-1], dict) or len(keys) != len(values):
            raise ValueError("keys and values are put into what is no dict")
        if not all(isinstance(key, str | bytes | int) for key in keys):
            raise ValueError("a key is neither text nor number")
        self.stack[-1].update(zip(keys, values, strict=True))

    def push_dict(self, items: list[Any]) -> None:
        """Puts a dict of keys and values, in turn, on the stack."""
        self.push({})
        self.set_items(items)

    def reduce(self) -> None:
        """Stands for a call: replaces name and arguments by what they describe."""
        arguments, name = self.stack.pop(), self.stack.pop()
        self.push(described(name, arguments))

    def build(self) -> None:
        """Gives an array or a type its state."""
        state = self.stack.pop()
        if not isinstance(self.stack[-1], PickledArray | PickledDtype):
            raise ValueError("a state is given to what is no array")
        self.stack[-1].state = state


def stack_global(machine: Machine) -> None:
    """Replaces module and name by the name."""
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.push(name_of(f"{module} {name}"))


Step = Callable[[Machine, Any], object]
INTEGERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4")
STRINGS = ("STRING", "BINSTRING", "SHORT_BINSTRING")
TEXTS = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8")
STEPS: Mapping[str, Step] = {
    **dict.fromkeys((*INTEGERS, *STRINGS, *TEXTS, *BYTES), Machine.push),
    **{name: lambda machine, _: None for name in ("PROTO", "FRAME")},
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), Machine.put),
    **{
        name: lambda machine, number: machine.push(machine.memo[number])
        for name in ("GET", "BINGET", "LONG_BINGET")
    },
    "MEMOIZE": lambda machine, _: machine.put(len(machine.memo)),
    "BYTEARRAY8": lambda machine, contents: machine.push(bytes(contents)),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MARK": lambda machine, _: machine.push(MARK),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "DICT": lambda machine, _: machine.push_dict(machine.pop_to_mark()),
    "LIST": lambda machine, _: machine.push(machine.pop_to_mark()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.pop_to_mark())),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "APPEND": lambda machine, _: machine.append([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.pop_to_mark()),
    "SETITEM": lambda machine, _: machine.set_items([machine.stack.pop(-2), machine.stack.pop()]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_to_mark()),
    "GLOBAL": lambda machine, qualified: machine.push(name_of(qualified)),
    "STACK_GLOBAL": lambda machine, _: stack_global(machine),
    "REDUCE": lambda machine, _: machine.reduce(),
    "BUILD": lambda machine, _: machine.build(),
}


def load(pickle: bytes) -> Any:
    """Returns what a pickle holds: dicts, lists, tuples, texts, bytes, integers, None, `PickledArray`.

    Python 2 byte strings come as texts, one character a byte (latin-1).

    Raises:
        ValueError: the pickle is damaged, or holds or does something else; nothing of it has been run.
    """
    with warnings.catch_warnings(action="ignore"):  # of odd escapes in the texts of protocol 0
        return run(pickle)


def run(pickle: bytes) -> Any:
    """Returns what a pickle leaves on the stack."""
    machine = Machine()
    steps_left = FREE_STEPS + len(pickle) // BYTES_A_STEP
    for opcode, argument, position in pickletools.genops(pickle):
        if opcode.name == "STOP":
            return final_value(machine)
        steps_left -= 1
        if opcode.name not in STEPS or steps_left < 0:
            reason = "too many instructions" if steps_left < 0 else f"the instruction {opcode.name}"
            raise ValueError(f"the pickle has {reason} at byte {position}: refused")
        try:
            STEPS[opcode.name](machine, argument)
        except (IndexError, KeyError) as error:
            raise ValueError(f"the pickle is damaged at byte {position}") from error
    raise AssertionError("genops ends at STOP or raises")


def final_value(machine: Machine) -> Any:
    """Returns the one value that a finished pickle leaves.

    Raises:
        ValueError: there is none, or more.
    """
    if len(machine.stack) != 1 or machine.stack[0] is MARK:
        raise ValueError("the pickle ends with something unfinished")
    return machine.stack[0]
