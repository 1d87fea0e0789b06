"""Times and amounts of memory, as the command line and Python take them."""

import math

import pytest

from hpsearch.quantities import n_bytes, seconds


@pytest.mark.parametrize(
    ("given", "expected"),
    [(90, 90), ("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), (0.5, 0.5), ("1e2", 100)],
)
def test_a_time_is_read_in_seconds(given, expected):
    assert seconds(given) == expected


@pytest.mark.parametrize("given", ["", "m", "ten", "-1", 0, math.inf, math.nan, "1d", True])
def test_what_is_no_time_is_refused(given):
    with pytest.raises(ValueError, match=r"expected a time above 0 like 90, 90s, 10m or 1\.5h, but got"):
        seconds(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("500M", 500 * 2**20),
        ("1M", 2**20),
        ("2G", 2**31),
        ("2gb", 2**31),
        (2**21, 2**21),
        ("2048K", 2**21),
        (3e8, 300_000_000),
    ],
)
def test_an_amount_of_memory_is_read_in_bytes(given, expected):
    assert n_bytes(given) == expected


@pytest.mark.parametrize("given", ["", "G", "much", "500", "-2G", 0, math.inf, math.nan, "9000000000G"])
def test_what_is_no_amount_of_memory_is_refused(given):
    with pytest.raises(ValueError, match="expected an amount of at least 1M like 500M or 2G, but got"):
        n_bytes(given)
