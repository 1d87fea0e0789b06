"""What layers did survives its file, and a file of something else is refused."""

import io

import numpy as np
import pytest

from hpsearch.layers import from_file, layer_names, to_file
from nets.inspect.watch import LAYER


@pytest.fixture
def table():
    found = np.zeros(3, [("epoch", "<i4"), ("W1", LAYER), ("W2", LAYER)])
    found["epoch"] = [0, 1, 2]
    found["W2"]["update"] = [0.5, np.nan, np.inf]
    return found


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_a_file_gives_the_table_back(table):
    content = to_file(table, 0.25)
    found = from_file(content)
    assert layer_names(found) == ["W1", "W2"]
    assert found["chance"].tolist() == [0.25] * 3
    for name in table.dtype.names:
        assert found[name].tobytes() == table[name].tobytes()
    assert to_file(table, 0.25) == content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected a .npy file"),
        (npy(np.zeros(3)), "expected a row a look with its epoch"),
        (npy(np.zeros(2, [("epoch", "<i4"), ("chance", "<f4"), ("W1", "<f4")])), "of each layer"),
    ],
)
def test_another_file_is_refused(content, words):
    with pytest.raises(ValueError, match=words):
        from_file(content)


def test_a_torn_file_is_refused(table):
    content = to_file(table, 0.1)
    for length in (8, 60, len(content) - 10):
        with pytest.raises(ValueError, match=r"damaged|cannot reshape|EOF"):
            from_file(content[:length])
