"""Random numbers by purpose: no two streams meet, and none depends on what was drawn before."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.seeds import Purpose, generator, integer, sequence

keys = st.lists(st.integers(0, 2**32 - 1), max_size=3).map(tuple)
addresses = st.tuples(st.integers(0, 2**63 - 1), st.sampled_from(Purpose), keys)


def test_no_two_of_many_neighbouring_streams_share_their_first_draws():
    seen = {}
    for seed, purpose, number in itertools.product(range(6), Purpose, range(20)):
        for key in [(number,), (number, 0), (number, 1)]:
            draws = generator(seed, purpose, *key).integers(0, 2**63, 2).tobytes()
            assert draws not in seen, f"{(seed, purpose, key)} draws what {seen[draws]} draws"
            seen[draws] = (seed, purpose, key)


@given(addresses, addresses)
def test_different_addresses_are_different_streams(one, other):
    draws = [generator(seed, purpose, *key).bytes(16) for seed, purpose, key in (one, other)]
    assert (draws[0] == draws[1]) == (one == other)


@given(addresses)
def test_generator_is_a_pure_function_whatever_was_drawn(address):
    seed, purpose, key = address
    first = generator(seed, purpose, *key)
    before = first.random(5)
    first.random(100)
    np.random.default_rng(seed).random(3)
    np.testing.assert_array_equal(generator(seed, purpose, *key).random(5), before)


@given(addresses)
def test_integer_suits_libraries_that_take_32_bits(address):
    seed, purpose, key = address
    assert 0 <= integer(seed, purpose, *key) < 2**32
    assert integer(seed, purpose, *key) == int(sequence(seed, purpose, *key).generate_state(1)[0])


def test_integers_of_many_trials_are_nearly_all_different():
    found = {integer(seed, Purpose.SAMPLING, number) for seed in range(10) for number in range(300)}
    assert len(found) >= 10 * 300 - 3


def test_seed_is_not_read_as_its_neighbour_with_another_number():
    assert generator(0, Purpose.WEIGHTS, 1).random() != generator(1, Purpose.WEIGHTS, 0).random()


def test_purposes_have_numbers_that_never_change():
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        "SAMPLING": 1,
        "WEIGHTS": 2,
        "MINIBATCHES": 3,
        "DROPOUT": 4,
        "AUGMENTATION": 5,
        "TEST": 6,
        "LEGACY": 7,
        "BRACKET": 8,
        "CONFIRM": 9,
        "AUDIT": 10,
        "TRAIN_SUBSET": 11,
        "SELECTION": 12,
        "VERIFY": 17,
        "IMPORTANCE": 18,
    }


def test_a_seed_below_zero_is_refused():
    with pytest.raises(ValueError, match="negative"):
        sequence(-1, Purpose.WEIGHTS, 0)
