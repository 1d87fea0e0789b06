"""Random numbers by purpose: `generator(seed, purpose, number)` is the only way to get some.

Each purpose has a number of its own in the spawn key, so that two purposes, two trials or two
neighbouring study seeds never share a stream. The table is part of every study's identity: numbers
are never changed or used again.
"""

from __future__ import annotations

import enum

import numpy as np


class Purpose(enum.IntEnum):
    """What random numbers are for."""

    SAMPLING = 1
    WEIGHTS = 2
    MINIBATCHES = 3
    DROPOUT = 4
    AUGMENTATION = 5
    TEST = 6  # fresh seeds of the final evaluation
    LEGACY = 7  # numpy.random's and random's global state, for nets that draw from it
    BRACKET = 8  # of Hyperband
    CONFIRM = 9  # fresh seeds of the finalists
    AUDIT = 10  # which pruned trials are trained to their end
    TRAIN_SUBSET = 11  # the images that training accuracy is measured on
    SELECTION = 12  # bootstrap samples of images that say how much luck is in a winner
    VERIFY = 17  # which trials of an archive are trained again
    IMPORTANCE = 18  # bootstrap samples of trials that say how stable importances are


def sequence(seed: int, purpose: Purpose, *key: int) -> np.random.SeedSequence:
    """Returns the seed sequence of a purpose; `key` is a trial number or longer."""
    return np.random.SeedSequence(seed, spawn_key=(int(purpose), *key))


def generator(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """Returns a fresh generator, a pure function of the arguments.

    >>> draws = [generator(0, Purpose.SAMPLING, number).random() for number in (7, 7, 8)]
    >>> draws[0] == draws[1], draws[0] == draws[2]
    (True, False)
    """
    return np.random.default_rng(sequence(seed, purpose, *key))


def integer(seed: int, purpose: Purpose, *key: int) -> int:
    """Returns an integer in [0, 2**32), for libraries that take only such a seed."""
    return int(sequence(seed, purpose, *key).generate_state(1)[0])
