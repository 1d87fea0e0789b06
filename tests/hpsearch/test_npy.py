"""An array goes through a file and comes back; what is no such file is refused, whatever its header says."""

import numpy as np
import pytest

from hpsearch import npy


def with_header(text):
    """Returns a file with such a header and no data."""
    header = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


def test_an_array_comes_back():
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    np.testing.assert_array_equal(npy.from_content(npy.to_content(array)), array)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
def test_a_file_of_another_kind_is_refused(content):
    with pytest.raises(ValueError, match=r"^expected a \.npy file$"):
        npy.from_content(content)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("{1: 2, 'shape': 3}", "damaged"),  # keys that cannot be sorted
        ("{", "Cannot parse header|damaged"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (9000000000000000,)}", "damaged|reshape|large"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "allow_pickle=False"),
    ],
)
def test_a_header_of_nonsense_is_refused(header, words):
    with pytest.raises(ValueError, match=words):
        npy.from_content(with_header(header))
