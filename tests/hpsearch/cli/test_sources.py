"""`hpsearch data`: what it lists, describes, fetches and imports, and its errors in one line."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from hpsearch.cli import sources
from hpsearch.cli.data import as_text
from hpsearch.errors import CallError, DataError
from nets.data import published
from nets.data.published import Download


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's root: a folder that does not exist yet; and no set that the system has."""
    monkeypatch.setenv("HPSEARCH_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(published, "SYSTEM_PLACES", {})
    return tmp_path / "cache"


def write_mnist(folder: Path) -> Path:
    """Writes 40 images of 5 x 4 pixels for each part, compressed."""
    folder.mkdir()
    for part in ("train", "t10k"):
        images = np.zeros((40, 5, 4), np.uint8)
        images[:, 0, 0] = np.arange(40)  # a set whose images are all alike is refused
        labels = (np.arange(40) % 10).astype(np.uint8)
        for name, array in ((f"{part}-images-idx3", images), (f"{part}-labels-idx1", labels)):
            header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
            (folder / f"{name}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))
    return folder


def test_each_source_is_listed_with_its_place(tmp_path: Path, cache: Path) -> None:
    sources.import_files("mnist", write_mnist(tmp_path / "mnist"))
    place = {row.name: row.place for row in sources.list_sources()}
    assert place["digits"] == "built in"
    assert place["mnist"] == str(cache / "raw" / "mnist")
    assert place["cifar10"] == "hpsearch data fetch cifar10"
    assert place["table"] == place["folder"] == place["arrays"] == "set data.path"
    assert all(row.summary for row in sources.list_sources())


def test_a_source_is_described_as_it_is_split() -> None:
    found = sources.describe({"source": "digits", "num_val": 100})
    assert found.image_shape == (1, 8, 8)
    assert sum(found.counts["train"]) == 1197
    assert sum(found.counts["validation"]) == 100
    assert found.class_names == tuple("0123456789")
    assert found.folder.is_dir()
    assert found.train_val_hash != found.test_hash


def test_what_is_to_be_known_of_a_set_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rows.npz"
    np.savez(path, X=np.arange(90.0)[:, None], y=np.repeat([0, 1], 45))
    text = as_text(sources.describe({"source": "arrays", "path": str(path)}))
    assert "\nnote        feature 1 of 1 (" in text


def test_an_imported_set_is_a_source(tmp_path: Path) -> None:
    assert sources.import_files("mnist", write_mnist(tmp_path / "mnist")) == (40, 40)
    assert sources.describe({"source": "mnist", "num_val": 10}).image_shape == (1, 5, 4)


def test_what_cannot_be_fetched_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Download("http://127.0.0.1:1/train.gz", 5, "md5:0")
    monkeypatch.setitem(published.PUBLISHED, "mnist", (nowhere,))
    with pytest.raises(
        DataError, match=r"http://127\.0\.0\.1:1/train\.gz: no connection .* Download it by hand"
    ):
        sources.fetch("mnist")


@pytest.mark.parametrize("command", [sources.fetch, lambda name: sources.import_files(name, Path("x"))])
def test_only_published_sets_can_be_had(command) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CallError, match="cifar: no such published data set; expected one of cifar10"):
        command("cifar")


@pytest.mark.parametrize(
    ("section", "kind", "message"),
    [
        ({"source": "cifar"}, CallError, "data.source: must be one of"),
        ({"source": "digits", "num_train": 5000}, CallError, "data.num_train: 5000 wanted beside"),
        ({"source": "mnist"}, DataError, "mnist is not on this machine"),
        ({"source": "table", "path": "/nowhere.csv"}, DataError, "/nowhere.csv: there is no such file"),
    ],
)
def test_errors_are_one_line(section: dict[str, object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        sources.describe(section)
    assert "\n" not in str(caught.value)


def test_an_import_of_nothing_names_the_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"{tmp_path}/nothing: No such file or directory"):
        sources.import_files("mnist", tmp_path / "nothing")
