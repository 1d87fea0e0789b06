"""The generators of random, numpy.random and PyTorch: a user's own net may draw from them; ours never do.

PyTorch's counts where the process has imported it, which is not done here.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

PYTORCH = "torch"


def seed(number: int) -> None:
    """Seeds them."""
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002
    if PYTORCH in sys.modules:
        sys.modules[PYTORCH].manual_seed(number)


def state() -> dict[str, Any]:
    """Returns where they are."""
    version, internal, gauss = random.getstate()
    numpy_state: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    kept = {"random": [version, list(internal), gauss], "numpy": numpy_state}
    if PYTORCH in sys.modules:
        kept[PYTORCH] = sys.modules[PYTORCH].get_rng_state().numpy()
    return kept


def restore(kept: dict[str, Any]) -> None:
    """Puts them where they were when `state` returned this."""
    version, internal, gauss = kept["random"]
    random.setstate((version, tuple(internal), gauss))
    np.random.set_state(kept["numpy"])  # noqa: NPY002
    if PYTORCH in kept and PYTORCH in sys.modules:
        torch = sys.modules[PYTORCH]
        torch.set_rng_state(torch.from_numpy(np.array(kept[PYTORCH])))


@contextmanager
def left_alone() -> Iterator[None]:
    """Puts them back where they were at its end, and what NumPy does with overflow and the like.

    For nets of the user's own that are built in the process of the command, or of who calls from Python.
    """
    kept = state()
    try:
        with np.errstate():
            yield
    finally:
        restore(kept)
