"""What every call from Python has around it: NumPy's usual arithmetic, and errors in the words of Python.

from_python     decorates what users call: its errors name its arguments where a command's name the options
as_arguments    the text of an error, so changed
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

import numpy as np

from hpsearch.errors import HpsearchError

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")

_COMMAND = r"hpsearch [a-z-]+(?: --[a-z-]+ (?:'[^']*'|[^\s;,]+))*"
_OPTIONS = re.compile(rf'{_COMMAND}|--(?P<option>[a-z-]+)(?P<text> (?="))?')


def from_python(function: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Returns a function that users call, with errors in the words of Python, and NumPy's own `errstate`.

    Where a script says `np.seterr(all="raise")`, what underflows here is no error.
    """
    parameters = inspect.signature(function).parameters

    @functools.wraps(function)
    def called(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        try:
            with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
                return function(*args, **kwargs)
        except HpsearchError as error:
            error.args = (as_arguments(str(error), parameters),)
            raise

    return called


def as_arguments(text: str, parameters: Mapping[str, inspect.Parameter]) -> str:
    """Returns a text whose options are the arguments of their names; commands, and other options, stay.

    >>> def run(fresh: bool = False, jobs: int = 1, again: str = ""): ...
    >>> parameters = inspect.signature(run).parameters
    >>> as_arguments("expected --jobs 2, or to start over with --fresh: hpsearch run --jobs 2", parameters)
    'expected jobs 2, or to start over with fresh=True: hpsearch run --jobs 2'
    >>> as_arguments('needs --again "reason" and --nthreads 1', parameters)
    'needs again="reason" and --nthreads 1'
    """

    def argument(found: re.Match[str]) -> str:
        name = (found["option"] or "").replace("-", "_")
        if name not in parameters:
            return found[0]
        if isinstance(parameters[name].default, bool):
            return f"{name}=True"
        return f"{name}=" if found["text"] else name

    return _OPTIONS.sub(argument, text)
