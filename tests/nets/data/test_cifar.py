"""CIFAR-10 and CIFAR-100: both layouts give the same; whatever is wrong is said with the file."""

from __future__ import annotations

import pickle
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nets.data import DataFileError, RawData, SplitSettings, open_train_val, prepare
from nets.data.cifar import CIFAR10, CIFAR100, read_cifar


def read10(path: Path) -> RawData:
    return read_cifar(path, CIFAR10)


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_images_and_labels_are_the_originals_in_the_order_of_the_batches(
    layout: str, tmp_path: Path, tiny: SimpleNamespace
) -> None:
    written = tiny.cifar10(tmp_path / "set", layout, n_batches=5)
    raw = read10(tmp_path / "set")
    np.testing.assert_array_equal(raw.pool.x, written.x)
    np.testing.assert_array_equal(raw.pool.y, written.y)
    np.testing.assert_array_equal(raw.test.x, written.x_test)
    np.testing.assert_array_equal(raw.test.y, written.y_test)
    assert raw.class_names[:2] == ("airplane", "automobile")
    tiny.check(raw)


def test_both_layouts_give_the_same_hashes(tmp_path: Path, tiny: SimpleNamespace) -> None:
    hashes = set()
    for layout in ("python", "binary"):
        tiny.cifar10(tmp_path / layout, layout)
        prepared = prepare(SplitSettings("cifar10", num_val=10, path=str(tmp_path / layout)))
        hashes.add((prepared.train_val_hash, prepared.test_hash))
    assert len(hashes) == 1


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w"])
@pytest.mark.parametrize("layout", ["python", "binary"])
def test_the_archive_is_read_as_it_is(mode: str, layout: str, tmp_path: Path, tiny: SimpleNamespace) -> None:
    written = tiny.cifar10(tmp_path / "cifar-10-batches", layout)
    with tarfile.open(tmp_path / "archive", mode) as archive:  # type: ignore[call-overload]
        archive.add(tmp_path / "cifar-10-batches", "cifar-10-batches")
    raw = read10(tmp_path / "archive")
    np.testing.assert_array_equal(raw.pool.x, written.x)
    np.testing.assert_array_equal(raw.test.y, written.y_test)


def test_the_folder_above_will_do(tmp_path: Path, tiny: SimpleNamespace) -> None:
    written = tiny.cifar10(tmp_path / "download" / "cifar-10-batches-py", "python")
    np.testing.assert_array_equal(read10(tmp_path / "download").pool.y, written.y)


def test_fewer_batches_and_records_than_usual_will_do(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path / "set", "python", n=10, n_batches=1)
    assert len(read10(tmp_path / "set").pool) == 10


def test_without_class_names_the_classes_are_numbers(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path / "set", "python")
    (tmp_path / "set" / "batches.meta").unlink()
    assert read10(tmp_path / "set").class_names == tuple("0123456789")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_batches_pickled_again_by_python_3_will_do(
    protocol: int, tmp_path: Path, tiny: SimpleNamespace
) -> None:
    tiny.cifar10(tmp_path / "set", "python", n_batches=1)
    x, y = tiny.images(12, seed=3), [number % 10 for number in range(12)]
    (tmp_path / "set" / "data_batch_1").write_bytes(tiny.python_batch(x, y, protocol=protocol))
    np.testing.assert_array_equal(read10(tmp_path / "set").pool.x, x)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_empty_text_in_a_pickle_is_no_code(protocol: int, tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path / "set", "python", n_batches=1)
    batch = {b"batch_label": b"", b"data": tiny.images(1).reshape(1, -1), b"labels": [3]}
    (tmp_path / "set" / "data_batch_1").write_bytes(pickle.dumps(batch, protocol))
    assert read10(tmp_path / "set").pool.y.tolist() == [3]


@pytest.mark.parametrize("layout", ["python", "binary"])
def test_cifar100_takes_the_fine_labels(layout: str, tmp_path: Path, tiny: SimpleNamespace) -> None:
    x, fine = tiny.images(100), list(range(100))
    for name in ("train", "test"):
        if layout == "python":
            (tmp_path / name).write_bytes(tiny.python_batch(x, fine, key="fine_labels"))
        else:
            (tmp_path / f"{name}.bin").write_bytes(tiny.binary_batch(x, [7] * 100, fine))
    raw = read_cifar(tmp_path, CIFAR100)
    np.testing.assert_array_equal(raw.pool.y, fine)
    np.testing.assert_array_equal(raw.test.x, x)


BATCH = "data_batch_1"
WRONG = {
    "cut off": (lambda tiny, good: good[:-1000], "is damaged"),
    "empty": (lambda tiny, good: b"", "is damaged"),
    "a text file": (lambda tiny, good: b"<html>not found</html>", "is damaged"),
    "label out of range": (
        lambda tiny, good: tiny.python_batch(tiny.images(2), [3, 10]),
        "label is 10.*0 to 9",
    ),
    "label below zero": (lambda tiny, good: tiny.python_batch(tiny.images(2), [3, -1]), "label is -1"),
    "labels missing": (lambda tiny, good: tiny.python_batch(tiny.images(2), [1]), "2 images and 1 labels"),
    "no image": (lambda tiny, good: tiny.python_batch(tiny.images(0), [], protocol=4), "0 images"),
    "images of another size": (
        lambda tiny, good: tiny.python_batch(tiny.images(2, (3, 8, 8)), [0, 1]),
        r"\(N, 3072\)",
    ),
    "labels that are no list": (
        lambda tiny, good: pickle.dumps({"data": None, "labels": 3}),
        "no array 'data'",
    ),
    "a list": (lambda tiny, good: pickle.dumps([1, 2]), "holds no dict"),
    "floats": (
        lambda tiny, good: pickle.dumps({"data": np.zeros((1, 3072)), "labels": [0]}, 2),
        "not of bytes",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_batch_is_one_error_with_its_path(case: str, tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path, "python")
    make, reason = WRONG[case]
    (tmp_path / BATCH).write_bytes(make(tiny, (tmp_path / BATCH).read_bytes()))
    with pytest.raises(DataFileError, match=reason) as caught:
        read10(tmp_path)
    assert caught.value.path == tmp_path / BATCH


def test_records_cut_in_the_middle_are_an_error(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path, "binary")
    file = tmp_path / "data_batch_2.bin"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataFileError, match="no whole number of records of 3073 bytes"):
        read10(tmp_path)


@pytest.mark.parametrize(
    ("absent", "named"), [("test_batch", "test_batch"), ("data_batch_1", "data_batch_1")]
)
def test_an_absent_batch_is_named(absent: str, named: str, tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path, "python", n_batches=1)
    (tmp_path / absent).unlink()
    with pytest.raises(DataFileError, match=f"holds no {named}"):
        read10(tmp_path)


def test_both_layouts_in_one_folder_are_refused(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path, "python")
    tiny.cifar10(tmp_path, "binary")
    with pytest.raises(DataFileError, match="both layouts"):
        read10(tmp_path)


def test_class_names_must_be_as_many_as_classes(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path, "binary")
    (tmp_path / "batches.meta.txt").write_text("cat\ndog\n")
    with pytest.raises(DataFileError, match="10 different class names"):
        read10(tmp_path)


def test_a_truncated_archive_is_an_error(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path / "set", "python")
    with tarfile.open(tmp_path / "archive.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "set", "set")
    whole = (tmp_path / "archive.tar.gz").read_bytes()
    (tmp_path / "archive.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataFileError, match=r"archive\.tar\.gz: is damaged"):
        read10(tmp_path / "archive.tar.gz")


def test_a_changed_source_file_is_another_cache_entry(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.cifar10(tmp_path / "set", "python")
    settings = SplitSettings("cifar10", num_val=10, path=str(tmp_path / "set"))
    before = prepare(settings)
    shutil.copyfile(tmp_path / "set" / "data_batch_2", tmp_path / "set" / "data_batch_1")
    after = prepare(settings)
    assert before.train_val_hash != after.train_val_hash
    assert open_train_val(before.train_val).X_train.shape == open_train_val(after.train_val).X_train.shape
