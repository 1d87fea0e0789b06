"""Thousands of damaged files: each gives sound data or one error that names it, and nothing else happens."""

from __future__ import annotations

import contextlib
import io
import resource
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from nets.data import DataFileError, RawData
from nets.data.archive import unpack
from nets.data.arrays import read_arrays
from nets.data.cifar import CIFAR10, read_cifar
from nets.data.folder import read_folder
from nets.data.idx import read_mnist

Read = Callable[[Path], RawData]


def damaged(good: bytes, rng: np.random.Generator) -> bytes:
    """Returns the bytes after one of six kinds of accident."""
    contents = bytearray(good)
    start, stop = sorted(rng.integers(0, len(good) + 1, 2).tolist())
    kind = rng.integers(6)
    if kind == 0:
        return good[:start]
    if kind == 1:
        return good[:start] + good[stop:]
    if kind == 2:
        return good[:stop] + good[start:]
    for position in (
        rng.integers(0, min(len(good), 400), rng.integers(1, 4)) if kind < 5 else [start % len(good)]
    ):
        contents[position] = rng.integers(256)
    return bytes(contents)


def cifar_python(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.cifar10(folder, "python", n=2, n_batches=1)
    return folder / "data_batch_1", lambda file: read_cifar(folder, CIFAR10)


def cifar_names(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.cifar10(folder, "python", n=2, n_batches=1)
    return folder / "batches.meta", lambda file: read_cifar(folder, CIFAR10)


def cifar_binary(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.cifar10(folder, "binary", n=2, n_batches=1)
    return folder / "data_batch_1.bin", lambda file: read_cifar(folder, CIFAR10)


def cifar_archive(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.cifar10(folder / "set", "python", n=2, n_batches=1)
    with tarfile.open(folder / "set.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(folder / "set", "set")
    return folder / "set.tar.gz", lambda file: read_cifar(file, CIFAR10)


def cifar_xz(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.cifar10(folder / "set", "python", n=2, n_batches=1)
    with tarfile.open(folder / "set.tar.xz", "w:xz", preset=0) as archive:
        archive.add(folder / "set", "set")
    return folder / "set.tar.xz", lambda file: read_cifar(file, CIFAR10)


def cifar_tar(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.cifar10(folder / "set", "python", n=2, n_batches=1)
    with tarfile.open(folder / "set.tar", "w") as archive:
        archive.add(folder / "set", "set")
    return folder / "set.tar", lambda file: read_cifar(file, CIFAR10)


def mnist_images(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.mnist(folder)
    return folder / "train-images-idx3-ubyte", lambda file: read_mnist(folder, "mnist")


def mnist_compressed(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    tiny.mnist(folder, compressed=True)
    return folder / "train-labels-idx1-ubyte.gz", lambda file: read_mnist(folder, "mnist")


def npz(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    np.savez(
        folder / "data.npz", X=np.arange(12.0).reshape(6, 2), y=[0, 1, 0, 1, 0, 1], class_names=["a", "b"]
    )
    return folder / "data.npz", read_arrays


def npz_compressed(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    np.savez_compressed(folder / "data.npz", X=np.arange(12.0).reshape(6, 2), y=[0, 1, 0, 1, 0, 1])
    return folder / "data.npz", read_arrays


def pictures(folder: Path, kind: str) -> tuple[Path, Read]:
    """Writes two images of noise, one a class; the second is to be damaged."""
    for number, name in enumerate(("cat", "dog")):
        pixels = np.random.default_rng(number).integers(0, 256, (6, 5, 3), dtype=np.uint8)
        (folder / name).mkdir()
        Image.fromarray(pixels).save(folder / name / f"0.{kind}")
    return folder / "dog" / f"0.{kind}", lambda file: read_folder(folder)


def png(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    return pictures(folder, "png")


def jpeg(folder: Path, tiny: SimpleNamespace) -> tuple[Path, Read]:
    return pictures(folder, "jpeg")


FORMATS = [
    cifar_python,
    cifar_names,
    cifar_binary,
    cifar_archive,
    cifar_xz,
    cifar_tar,
    mnist_images,
    mnist_compressed,
    npz,
    npz_compressed,
    png,
    jpeg,
]


def read_damaged(
    write: Callable[..., tuple[Path, Read]], folder: Path, tiny: SimpleNamespace, times: int
) -> int:
    """Damages a file many times and reads it; returns how often that was an error, which must name a path."""
    rng = np.random.default_rng(17)
    file, read = write(folder, tiny)
    good, n_errors = file.read_bytes(), 0
    for _ in range(times):
        file.write_bytes(damaged(good, rng))
        error = error_of(read, file, tiny.check)
        if error is not None:
            assert Path(error.path).is_relative_to(folder)
            assert "\n" not in str(error)
            n_errors += 1
    return n_errors


def error_of(read: Read, file: Path, check: Callable[[RawData], None]) -> DataFileError | None:
    """Returns the error that reading gives, or None after a check of what it gives instead."""
    try:
        check(read(file))
    except DataFileError as error:
        return error
    return None


@pytest.mark.parametrize("write", FORMATS)
def test_a_damaged_file_gives_sound_data_or_one_error(
    write: Callable[..., tuple[Path, Read]], tmp_path: Path, tiny: SimpleNamespace
) -> None:
    assert read_damaged(write, tmp_path, tiny, times=150) > 20


@pytest.mark.slow
@pytest.mark.parametrize("write", FORMATS)
def test_twelve_thousand_damaged_files_take_no_memory(
    write: Callable[..., tuple[Path, Read]], tmp_path: Path, tiny: SimpleNamespace
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read_damaged(write, tmp_path, tiny, times=1000)
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
    )  # kilobytes: XZ may take 128 MB


def some_tar() -> bytes:
    """Returns a .tar of three files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for number in range(3):
            info = tarfile.TarInfo(f"set/file{number}")
            info.size = 700
            archive.addfile(info, io.BytesIO(bytes(700)))
    return stream.getvalue()


def test_a_damaged_archive_is_unpacked_inside_its_folder_or_refused(tmp_path: Path) -> None:
    rng, good = np.random.default_rng(3), some_tar()
    for number in range(300):
        (tmp_path / "a.tar").write_bytes(damaged(good, rng))
        (tmp_path / "in").mkdir(exist_ok=True)
        with contextlib.suppress(DataFileError):
            unpack(tmp_path / "a.tar", tmp_path / "in" / str(number))
        assert {path.name for path in tmp_path.iterdir()} == {"a.tar", "in"}
