"""The process of a painter: does the calls that stand on its input, and writes what they return.

    python -m hpsearch.report.painter    ends with its input; `painters.py` starts it

Calls and results are pickles of the process that started it, and of nobody else.
"""

import pickle
import sys
from typing import IO


def paint(calls: IO[bytes], answers: IO[bytes]) -> None:
    """Does one call after the other until there are no more, with everything imported that figures need."""
    import seaborn  # noqa: F401  a second that the first of its figures would take

    from hpsearch.report import write
    from hpsearch.report.style import house_style

    assert write, "it imports all figures"
    with house_style():
        while True:
            try:
                function, arguments = pickle.load(calls)
            except EOFError:
                return
            pickle.dump(function(*arguments), answers)
            answers.flush()


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # no other word may come between the answers
    paint(sys.stdin.buffer, answers)
