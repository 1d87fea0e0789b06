"""The generators of random and numpy.random: a user's own net may draw from them; ours never do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def seed(number: int) -> None:
    """Seeds both."""
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002


def state() -> dict[str, Any]:
    """Returns where both are."""
    version, internal, gauss = random.getstate()
    numpy_state: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    return {"random": [version, list(internal), gauss], "numpy": numpy_state}


def restore(kept: dict[str, Any]) -> None:
    """Puts both where they were when `state` returned this."""
    version, internal, gauss = kept["random"]
    random.setstate((version, tuple(internal), gauss))
    np.random.set_state(kept["numpy"])  # noqa: NPY002


@contextmanager
def left_alone() -> Iterator[None]:
    """Puts both back where they were at its end, and what NumPy does with overflow and the like.

    For nets of the user's own that are built in the process of the command, or of who calls from Python.
    """
    kept = state()
    try:
        with np.errstate():
            yield
    finally:
        restore(kept)
