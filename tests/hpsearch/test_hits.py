"""Hits go through text and file and come back; what is not theirs is named."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch import hits

rows = st.integers(1, 40).flatmap(
    lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=4)
)


@given(rows)
def test_hits_come_back_from_text_and_from_a_file(rows):
    given_hits = np.array(rows, bool)
    n_images = given_hits.shape[1]
    np.testing.assert_array_equal(hits.unpack(hits.pack(given_hits[0]), n_images), given_hits[0])
    np.testing.assert_array_equal(hits.from_file(hits.to_file(list(given_hits)), n_images), given_hits)


@given(
    st.integers(1, 40).flatmap(lambda n: st.tuples(*[st.lists(st.booleans(), min_size=n, max_size=n)] * 2))
)
def test_images_that_just_one_got_right_are_counted(pair):
    one, other = (np.array(row, bool) for row in pair)
    counts = hits.discordant(hits.pack(one), hits.pack(other))
    assert counts == (np.sum(one & ~other), np.sum(other & ~one))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!", "hits: expected base64, but got '!'"),
        ("AAAA", "hits: expected those of 9 images, but got 3 bytes"),
    ],
)
def test_a_text_of_something_else_is_refused(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        hits.unpack(text, 9)


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_file_of_another_kind_is_refused(content):
    with pytest.raises(ValueError, match=r"^expected a \.npy file$"):
        hits.from_file(content, 3)


@given(st.integers(6, 128))
def test_a_torn_file_is_refused(n_bytes):
    content = hits.to_file([np.ones(3, bool)])
    with pytest.raises(ValueError):  # noqa: PT011 - in NumPy's words, whatever they are
        hits.from_file(content[:n_bytes], 3)


def test_a_file_of_another_number_of_images_is_refused():
    with pytest.raises(ValueError, match="expected bits of 9 images an epoch"):
        hits.from_file(hits.to_file([np.ones(3, bool)]), 9)
