"""Tiny files in the published formats, written here; and a cache of each test's own."""

from __future__ import annotations

import gzip
import pickle
import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from nets.data import RawData

CIFAR10_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's root: a folder that does not exist yet."""
    monkeypatch.setenv("HPSEARCH_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


def some_images(n: int, shape: tuple[int, ...] = (3, 32, 32), seed: int = 0) -> NDArray[np.uint8]:
    """Returns random images (n, C, H, W)."""
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def python_batch(
    images: NDArray[np.uint8], labels: list[int], key: str = "labels", protocol: int = 2
) -> bytes:
    """Returns a pickled CIFAR batch as Python 2 wrote it: keys and names are byte strings."""
    rows = images.reshape(len(images), int(np.prod(images.shape[1:])))
    names = [f"image_{number}.png".encode() for number in range(len(images))]
    return pickle.dumps({b"data": rows, key.encode(): labels, b"filenames": names}, protocol=protocol)


def binary_batch(images: NDArray[np.uint8], *labels: list[int]) -> bytes:
    """Returns CIFAR records: label bytes, pixels."""
    columns = [np.array(of_kind, np.uint8)[:, np.newaxis] for of_kind in labels]
    return np.concatenate([*columns, images.reshape(len(images), -1)], axis=1).tobytes()


def write_cifar10(folder: Path, layout: str, n: int = 20, n_batches: int = 2) -> SimpleNamespace:
    """Writes a small CIFAR-10 in the layout "python" or "binary"; returns its images and labels."""
    folder.mkdir(parents=True, exist_ok=True)
    x = some_images(n * (n_batches + 1))
    y = [number % 10 for number in range(len(x))]
    names = [f"data_batch_{number}" for number in range(1, n_batches + 1)] + ["test_batch"]
    for number, name in enumerate(names):
        part = slice(n * number, n * (number + 1))
        if layout == "python":
            (folder / name).write_bytes(python_batch(x[part], y[part]))
        else:
            (folder / f"{name}.bin").write_bytes(binary_batch(x[part], y[part]))
    if layout == "python":
        meta = {b"label_names": [name.encode() for name in CIFAR10_NAMES], b"num_vis": 3072}
        (folder / "batches.meta").write_bytes(pickle.dumps(meta, protocol=2))
    else:
        (folder / "batches.meta.txt").write_text("\n".join(CIFAR10_NAMES) + "\n\n")
    last = n * n_batches
    return SimpleNamespace(x=x[:last], y=np.array(y[:last]), x_test=x[last:], y_test=np.array(y[last:]))


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    """Returns an array as an IDX file."""
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_mnist(folder: Path, compressed: bool = False, n: int = 30) -> SimpleNamespace:
    """Writes a small MNIST of 5 x 4 pixels; returns its images and labels."""
    folder.mkdir(parents=True, exist_ok=True)
    x, y = some_images(2 * n, (5, 4)), np.arange(2 * n, dtype=np.uint8) % 10
    for part, chosen in (("train", slice(n)), ("t10k", slice(n, None))):
        for name, array in (
            (f"{part}-images-idx3-ubyte", x[chosen]),
            (f"{part}-labels-idx1-ubyte", y[chosen]),
        ):
            packed = gzip.compress(idx_bytes(array)) if compressed else idx_bytes(array)
            (folder / (name + ".gz" * compressed)).write_bytes(packed)
    return SimpleNamespace(x=x[:n], y=y[:n], x_test=x[n:], y_test=y[n:])


def check_raw(raw: RawData) -> None:
    """Asserts what every source promises of what it has read."""
    for part in filter(None, (raw.pool, raw.test)):
        assert part.x.ndim in (2, 4)
        assert part.x.shape[1:] == raw.pool.x.shape[1:]
        assert part.x.dtype in (np.uint8, np.float32, np.float64)
        assert part.y.dtype == np.int64
        assert part.y.shape == part.x.shape[:1]
        assert part.y.min() >= 0
        assert part.y.max() < len(raw.class_names)
        assert len(set(raw.class_names)) == len(raw.class_names)


@pytest.fixture
def tiny() -> SimpleNamespace:
    """The writers of tiny files, and the check of what is read from them."""
    return SimpleNamespace(
        images=some_images,
        python_batch=python_batch,
        binary_batch=binary_batch,
        cifar10=write_cifar10,
        idx=idx_bytes,
        mnist=write_mnist,
        check=check_raw,
    )
