"""The cache: built once, shared, checked, and rebuilt when it is damaged."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nets.data import (
    SOURCES,
    DataFileError,
    RawData,
    Source,
    SplitSettings,
    open_estimate,
    open_test,
    open_train_val,
    prepare,
)
from nets.data.cache import identify
from nets.data.places import only_one


def counting(builds: list[int]) -> dict[str, Source]:
    """Returns the sources, with digits that count how often they are read."""
    digits = SOURCES["digits"]

    def read(path: Path, settings: SplitSettings) -> RawData:
        builds.append(os.getpid())
        return digits.read(path, settings)

    return {"digits": replace(digits, read=read)}


def test_digits_are_split_797_500_500_and_stratified() -> None:
    prepared = prepare(SplitSettings())
    data = open_train_val(prepared.train_val)
    x_test, y_test = open_test(prepared.test)
    assert data.X_train.shape == (797, 1, 8, 8)
    assert data.X_val.shape == x_test.shape == (500, 1, 8, 8)
    assert data.X_train.dtype == np.uint8
    assert data.X_train.max() == 16
    assert data.y_train.dtype == np.int64
    assert data.image_shape == (1, 8, 8)
    assert data.num_classes == 10
    assert data.class_names == tuple("0123456789")
    for y in (data.y_train, data.y_val, y_test):
        assert np.ptp(np.bincount(y)) <= 4


def test_together_the_splits_are_all_digits_once() -> None:
    from sklearn.datasets import load_digits

    prepared = prepare(SplitSettings())
    data, (x_test, _) = open_train_val(prepared.train_val), open_test(prepared.test)
    together = np.concatenate([data.X_train, data.X_val, x_test]).reshape(-1, 64)
    assert sorted(map(bytes, together)) == sorted(map(bytes, load_digits().data.astype(np.uint8)))


def test_what_trials_are_given_has_no_test_split() -> None:
    prepared = prepare(SplitSettings())
    assert not [name for name in vars(open_train_val(prepared.train_val)) if "test" in name]
    assert not [file.name for file in prepared.train_val.iterdir() if "test" in file.name]
    assert "test" not in (prepared.train_val / "header.json").read_text()


def test_images_set_aside_lie_in_a_folder_of_their_own() -> None:
    without = prepare(SplitSettings())
    prepared = prepare(SplitSettings(num_estimate=100))
    assert without.estimate is None
    assert prepared.estimate is not None
    x, y = open_estimate(prepared.estimate)
    data = open_train_val(prepared.train_val)
    assert x.shape == (100, 1, 8, 8)
    assert len(y) == 100
    assert len(data.y_train) == 697
    np.testing.assert_array_equal(data.X_val, open_train_val(without.train_val).X_val)
    assert prepared.test_hash == without.test_hash
    assert not [file.name for file in prepared.train_val.iterdir() if "estimate" in file.name]


def test_images_set_aside_that_are_gone_or_changed_are_made_anew_or_refused() -> None:
    prepared = prepare(SplitSettings(num_estimate=100))
    assert prepared.estimate is not None
    damage(prepared.estimate / "X_estimate.npy", "a bit flipped")
    with pytest.raises(DataFileError, match=r"X_estimate\.npy: is damaged: its contents have changed"):
        open_estimate(prepared.estimate)
    (prepared.estimate / "header.json").unlink()
    assert prepare(SplitSettings(num_estimate=100)) == prepared
    assert len(open_estimate(prepared.estimate)[1]) == 100


def test_an_entry_made_before_images_could_be_set_aside_is_still_found() -> None:
    assert "num_estimate" not in identify(SplitSettings(), None)
    assert identify(SplitSettings(num_estimate=5), None)["num_estimate"] == 5


def test_the_hash_is_that_of_the_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = prepare(SplitSettings())
    monkeypatch.setenv("HPSEARCH_DATA", str(tmp_path / "elsewhere"))
    there = prepare(SplitSettings())
    other = prepare(SplitSettings(split_seed=1))
    assert here.train_val != there.train_val
    assert (here.train_val_hash, here.test_hash) == (there.train_val_hash, there.test_hash)
    assert here.train_val_hash != other.train_val_hash
    assert here.test_hash != other.test_hash
    assert len(here.train_val_hash) == 64


def test_a_second_call_reads_the_source_no_more() -> None:
    builds: list[int] = []
    sources = counting(builds)
    assert prepare(SplitSettings(), sources) == prepare(SplitSettings(), sources)
    assert len(builds) == 1


def test_arrays_are_read_only_views_of_the_files() -> None:
    data = open_train_val(prepare(SplitSettings()).train_val)
    with pytest.raises(ValueError, match="read-only"):
        data.X_train[0] = 1


def prepare_in_a_process(queue: multiprocessing.Queue[tuple[str, int]], barrier: object) -> None:
    """Prepares the digits with others at the same moment; reports hash and number of builds."""
    builds: list[int] = []
    barrier.wait()  # type: ignore[attr-defined]
    prepared = prepare(SplitSettings(), counting(builds))
    queue.put((prepared.train_val_hash, len(builds)))


def test_two_processes_at_once_build_it_once() -> None:
    context = multiprocessing.get_context("fork")
    queue, barrier = context.Queue(), context.Barrier(3)
    processes = [context.Process(target=prepare_in_a_process, args=(queue, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    results = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert len({found for found, _ in results}) == 1
    assert sum(builds for _, builds in results) == 1


def damage(file: Path, how: str) -> None:
    """Damages a file of the cache."""
    contents = file.read_bytes()
    middle = len(contents) // 2
    if how == "absent":
        file.unlink()
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    else:
        changed = bytes([contents[middle] ^ 1])
        file.write_bytes(
            {
                "empty": b"",
                "cut off": contents[:middle],
                "a bit flipped": contents[:middle] + changed + contents[middle + 1 :],
                "longer": contents + b"x",
            }[how]
        )


@pytest.mark.parametrize("how", ["absent", "empty", "cut off", "a bit flipped", "longer", "a folder"])
@pytest.mark.parametrize("name", ["X_train.npy", "y_val.npy", "mean_image.npy", "header.json"])
def test_a_damaged_cache_is_noticed_and_rebuilt(name: str, how: str) -> None:
    before = prepare(SplitSettings())
    good = np.array(open_train_val(before.train_val).X_train)
    damage(before.train_val / name, how)
    after = prepare(SplitSettings())
    assert after == before
    np.testing.assert_array_equal(open_train_val(after.train_val).X_train, good)


@pytest.mark.parametrize("how", ["absent", "empty", "cut off", "a bit flipped", "longer"])
def test_a_damaged_cache_is_not_opened(how: str) -> None:
    prepared = prepare(SplitSettings())
    damage(prepared.train_val / "header.json", how)
    with pytest.raises((DataFileError, FileNotFoundError), match=r"header\.json"):
        open_train_val(prepared.train_val)


@pytest.mark.parametrize("how", ["empty", "cut off", "longer"])
def test_an_array_of_another_size_is_not_opened(how: str) -> None:
    prepared = prepare(SplitSettings())
    damage(prepared.train_val / "X_val.npy", how)
    with pytest.raises(DataFileError, match=r"X_val\.npy: is damaged: it should have 32128 bytes"):
        open_train_val(prepared.train_val)


def test_a_changed_test_split_is_not_opened() -> None:
    prepared = prepare(SplitSettings())
    damage(prepared.test / "X_test.npy", "a bit flipped")
    with pytest.raises(DataFileError, match=r"X_test\.npy: is damaged: its contents have changed"):
        open_test(prepared.test)


def test_a_header_that_was_edited_is_noticed() -> None:
    prepared = prepare(SplitSettings())
    header = prepared.train_val / "header.json"
    header.write_text(header.read_text().replace('"num_classes": 10', '"num_classes": 11'))
    with pytest.raises(DataFileError, match=r"header\.json: is damaged: its checksum differs"):
        open_train_val(prepared.train_val)
    prepare(SplitSettings())
    assert open_train_val(prepared.train_val).num_classes == 10


def test_a_header_of_another_program_is_not_taken_for_ours() -> None:
    prepared = prepare(SplitSettings())
    (prepared.train_val / "header.json").write_text(json.dumps({"format": "other", "arrays": {}}))
    with pytest.raises(DataFileError, match=r"not of the format 'nets\.data "):
        open_train_val(prepared.train_val)
    assert prepare(SplitSettings()) == prepared


def test_what_a_killed_process_left_is_removed(cache: Path) -> None:
    entry = prepare(SplitSettings()).train_val.parent
    left_over = entry.with_name(f".{entry.name}.killed.tmp")
    left_over.mkdir()
    (left_over / "X_train.npy").write_bytes(b"half")
    damage(entry / "train_val" / "header.json", "empty")
    prepare(SplitSettings())
    assert not left_over.exists()
    assert {path.name for path in entry.parent.iterdir()} == {entry.name, f".{entry.name}.lock"}


def test_a_source_that_fails_leaves_no_entry(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"no zip file")
    with pytest.raises(DataFileError, match=r"data\.npz"):
        prepare(SplitSettings("arrays", path=str(tmp_path / "data.npz")))
    assert [path.suffix for path in (cache / "prepared").iterdir()] == [".lock"]


def test_an_open_data_set_outlives_its_replacement() -> None:
    prepared = prepare(SplitSettings())
    data = open_train_val(prepared.train_val)
    expected = np.array(data.X_train)
    damage(prepared.train_val / "y_val.npy", "empty")
    prepare(SplitSettings())
    np.testing.assert_array_equal(data.X_train, expected)


def test_no_test_split_is_said_when_it_is_opened(tmp_path: Path) -> None:
    prepared = prepare(SplitSettings(num_test=0))
    with pytest.raises(DataFileError, match="holds no test image"):
        open_test(prepared.test)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere: there is no such file or folder"):
        prepare(SplitSettings("arrays", path=str(tmp_path / "nowhere")))


def test_a_class_whose_name_is_no_utf8_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", X=np.eye(9, 4), y=np.array(["a", "by\udcffte", "c"] * 3))
    with pytest.raises(DataFileError, match=r"has a class 'by\\udcffte'; expected its name in UTF-8"):
        prepare(SplitSettings("arrays", path=str(tmp_path / "data.npz")))


def test_a_link_to_nowhere_beside_the_files_does_no_harm(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.mnist(tmp_path / "set")
    (tmp_path / "set" / ".#notes.txt").symlink_to("me@machine.1:2")  # Emacs's mark of a file that is open
    prepare(SplitSettings("mnist", path=str(tmp_path / "set"), num_val=5))


def test_a_device_is_no_source() -> None:
    with pytest.raises(FileNotFoundError, match="/dev/zero: there is no such file or folder"):
        prepare(SplitSettings("arrays", path="/dev/zero"))


def test_an_error_without_a_path_is_given_that_of_the_entry(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"No space left on device.*/entry'"), only_one(tmp_path / "entry"):
        raise OSError(28, "No space left on device")


def test_a_cache_that_cannot_be_written_is_said_to_have_another_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = "cannot be written: Not a directory; HPSEARCH_DATA may name another folder"
    with pytest.raises(OSError, match=words), only_one(tmp_path / "file" / "prepared" / "entry"):
        pass


def test_a_worker_needs_neither_scikit_learn_nor_pillow(cache: Path) -> None:
    prepared = prepare(SplitSettings())
    program = (
        "import sys, nets.data; from pathlib import Path; "
        f"data = nets.data.open_train_val(Path({str(prepared.train_val)!r})); "
        "data.preprocess(data.X_val, 'f4'); "
        "print({'sklearn', 'scipy', 'PIL', 'pandas', 'platformdirs', 'pickletools'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
