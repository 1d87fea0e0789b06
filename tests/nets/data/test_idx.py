"""IDX files: read as written, plain or compressed; a lie in the header is one error."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nets.data import DataFileError, RawData, SplitSettings, published
from nets.data.idx import FIRST_LABELS, read_idx, read_mnist


def read(path: Path) -> RawData:
    return read_mnist(path, "mnist")


@pytest.mark.parametrize("compressed", [False, True])
def test_images_and_labels_are_the_originals(compressed: bool, tmp_path: Path, tiny: SimpleNamespace) -> None:
    written = tiny.mnist(tmp_path, compressed)
    raw = read(tmp_path)
    np.testing.assert_array_equal(raw.pool.x[:, 0], written.x)
    np.testing.assert_array_equal(raw.pool.y, written.y)
    np.testing.assert_array_equal(raw.test.x[:, 0], written.x_test)
    np.testing.assert_array_equal(raw.test.y, written.y_test)
    tiny.check(raw)


def test_the_other_name_in_use_will_do(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.mnist(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").rename(tmp_path / "train-images.idx3-ubyte")
    assert len(read(tmp_path).pool) == 30


IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"
WRONG = {
    "wrong magic": (IMAGES, lambda good: b"PK\3\4" + good[4:], "two zero bytes"),
    "values that are no bytes": (IMAGES, lambda good: b"\0\0\x0d\3" + good[4:], "type 13"),
    "cut off": (IMAGES, lambda good: good[:-1], r"shape is \(30, 5, 4\), but holds 599 bytes"),
    "too long": (IMAGES, lambda good: good + b"\0", "holds 601 bytes"),
    "empty": (IMAGES, lambda good: b"", "is no IDX file"),
    "header cut off": (IMAGES, lambda good: good[:9], "is cut off: 3 axes need 16 bytes, but it has 9"),
    "a shape beyond all memory": (
        IMAGES,
        lambda good: good[:4] + b"\xff" * 12 + good[16:],
        "holds 600 bytes",
    ),
    "no image": (IMAGES, lambda good: good[:4] + struct.pack(">3I", 0, 5, 4), r"shape \(0, 5, 4\)"),
    "labels for images": (
        IMAGES,
        lambda good: good[:3] + b"\1" + struct.pack(">I", 600) + good[16:],
        "N, H, W",
    ),
    "a label too few": (
        LABELS,
        lambda good: good[:4] + struct.pack(">I", 29) + good[8:-1],
        r"\(29,\) for 30",
    ),
    "a label out of range": (LABELS, lambda good: good[:-1] + b"\x0a", "label 10.*go to 9"),
    "broken compression": (IMAGES, lambda good: gzip.compress(good)[:-9], "is damaged"),
    "a wrong check sum": (IMAGES, lambda good: gzip.compress(good)[:-8] + bytes(8), "is damaged"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_one_error_with_its_path(case: str, tmp_path: Path, tiny: SimpleNamespace) -> None:
    name, make, reason = WRONG[case]
    tiny.mnist(tmp_path)
    (tmp_path / name).write_bytes(make((tmp_path / name).read_bytes()))
    with pytest.raises(DataFileError, match=reason) as caught:
        read(tmp_path)
    assert caught.value.path == tmp_path / name


def test_an_archive_in_the_place_of_the_folder_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "mnist.zip").write_bytes(b"PK")
    with pytest.raises(DataFileError, match=r"mnist\.zip: is no folder: unpack it"):
        read(tmp_path / "mnist.zip")


@pytest.mark.parametrize(("name", "other"), [("mnist", "fashion-mnist"), ("fashion-mnist", "mnist")])
def test_a_set_is_not_taken_for_the_other_whose_files_have_the_same_names(
    name: str, other: str, tmp_path: Path, tiny: SimpleNamespace
) -> None:
    tiny.mnist(tmp_path)
    labels = bytearray((tmp_path / LABELS).read_bytes())
    labels[8:28] = bytes(FIRST_LABELS[other])
    (tmp_path / LABELS).write_bytes(labels)
    read_mnist(tmp_path, other)
    with pytest.raises(DataFileError, match=rf"holds {other}, .* expected {name}$"):
        read_mnist(tmp_path, name)


def test_an_absent_file_is_named(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataFileError, match="holds no t10k-labels-idx1-ubyte"):
        read(tmp_path)


def test_training_and_test_images_must_be_of_one_size(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.mnist(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(tiny.idx(tiny.images(30, (4, 4))))
    with pytest.raises(DataFileError, match=r"\(5, 4\).*\(4, 4\)"):
        read(tmp_path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    shape = (22_000, 28, 28)
    header = b"\0\0\x08\3" + struct.pack(">3I", *shape)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(header + bytes(22_000 * 28 * 28)))
    with pytest.raises(DataFileError, match=r"bomb\.gz: unpacks to more than"):
        read_idx(tmp_path / "bomb.gz")


def test_a_set_that_the_system_has_is_found(
    tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.mnist(tmp_path / "system")
    monkeypatch.setitem(published.SYSTEM_PLACES, "fashion-mnist", tmp_path / "system")
    assert published.locate_published(SplitSettings("fashion-mnist")) == tmp_path / "system"


def test_a_set_that_is_nowhere_is_an_error_with_address_and_folder(cache: Path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"https://.*hpsearch data fetch mnist.*{cache}/raw/mnist"):
        published.locate_published(SplitSettings("mnist"))


DEBIAN = Path("/usr/share/datasets/fashion-mnist")


@pytest.mark.slow
@pytest.mark.skipif(not DEBIAN.is_dir(), reason="needs Debian's package dataset-fashion-mnist")
def test_the_real_fashion_mnist_is_read_from_where_debian_puts_it() -> None:
    assert published.locate_published(SplitSettings("fashion-mnist")) == DEBIAN
    raw = read_mnist(DEBIAN, "fashion-mnist")
    with pytest.raises(DataFileError, match="holds fashion-mnist"):
        read_mnist(DEBIAN, "mnist")
    assert raw.pool.x.shape == (60000, 1, 28, 28)
    assert np.bincount(raw.pool.y).tolist() == [6000] * 10
    assert np.bincount(raw.test.y).tolist() == [1000] * 10
    assert raw.class_names[int(raw.pool.y[0])] == "Ankle boot"
