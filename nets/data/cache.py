"""The cache: `prepare` finds the splits that settings ask for, or makes them once, whoever else wants them.

    CACHE/prepared/SOURCE-KEY/train_val/   X_train, y_train, X_val, y_val, mean, std ..., header.json
    CACHE/prepared/SOURCE-KEY/test/        X_test, y_test, header.json
    CACHE/prepared/SOURCE-KEY/estimate/    X_estimate, y_estimate, header.json; only if num_estimate is set
    CACHE/raw/SOURCE/                      files as they were published

An entry is built beside its place and renamed into it. KEY stands for settings and source files, so that a
changed file is another entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nets.data import store
from nets.data.catalog import SOURCES
from nets.data.errors import DataFileError
from nets.data.places import cache_root, only_one, put_in_place
from nets.data.preprocessing import measure
from nets.data.settings import SplitSettings
from nets.data.source import RawData, Source
from nets.data.split import Splits, split


@dataclass(frozen=True)
class Prepared:
    """Where the splits lie, and the SHA-256 of their contents in hex.

    Attributes:
        train_val: folder of the training and validation splits.
        test: folder of the test split, for the final evaluation alone.
        train_val_hash: of arrays and number of classes; wherever and whatever the source files were.
        test_hash: the same.
        estimate: folder of the images set aside for `hpsearch confirm`; None if none are.
        estimate_hash: of its arrays; "" if there are none.
    """

    train_val: Path
    test: Path
    train_val_hash: str
    test_hash: str
    estimate: Path | None = None
    estimate_hash: str = ""


def prepare(settings: SplitSettings, sources: Mapping[str, Source] = SOURCES) -> Prepared:
    """Returns the splits in the cache, after building them if they are absent or damaged.

    The training and validation splits are read and checked against their hash; the others are left alone
    (`open_test` and `open_estimate` check them).

    Raises:
        DataFileError: a file of the source is not right.
        SettingError: the source does not hold what the settings ask for.
        OSError: a file is absent or the cache cannot be written.
    """
    source = sources[settings.source]
    path = source.locate(settings)
    identity = identify(settings, path)
    entry = cache_root() / "prepared" / f"{source.name}-{store.digest_of(identity)[:20]}"
    found = find(entry, sets_aside=bool(settings.num_estimate))
    if found:
        return found
    with only_one(entry) as workspace:
        found = find(entry, sets_aside=bool(settings.num_estimate))
        if not found:
            raw = source.read(path or Path(), settings)
            check_names(path or Path(), raw.class_names)
            build(workspace / "finished", raw, settings, source)
            put_in_place(workspace / "finished", entry)
            found = find(entry, sets_aside=bool(settings.num_estimate))
    if not found:
        raise DataFileError(entry, "was damaged while it was being written")
    return found


def identify(settings: SplitSettings, path: Path | None) -> dict[str, Any]:
    """Returns what an entry of the cache depends on: settings; names, sizes and times of source files."""
    identity = asdict(settings) | {"format": store.FORMAT, "path": str(path)}
    if settings.num_estimate is None:
        del identity["num_estimate"]  # entries made before there was this setting stay valid
    if path is None:
        return identity
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    there = (file for file in files if file.exists())  # as links to nowhere do not, which Emacs makes
    stats = [(str(file), file.stat()) for file in there]
    return identity | {"files": [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]}


def find(entry: Path, *, sets_aside: bool = False) -> Prepared | None:
    """Returns the splits if the entry is there and sound, with images set aside if it should have them."""
    try:
        train_val = store.verify(entry / "train_val")
        test = store.read_header(entry / "test")
        estimate = store.read_header(entry / "estimate") if sets_aside else None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, DataFileError):
        return None
    parts = (entry / "train_val", entry / "test", train_val["hash"], test["hash"])
    return Prepared(*parts) if estimate is None else Prepared(*parts, entry / "estimate", estimate["hash"])


def check_names(path: Path, class_names: Sequence[str]) -> None:
    """Raises DataFileError if a class has a name that no text file could hold, as folders may have."""
    for name in class_names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise DataFileError(path, f"has a class {name!r}; expected its name in UTF-8") from error


def build(folder: Path, raw: RawData, settings: SplitSettings, source: Source) -> None:
    """Writes both folders of an entry."""
    splits = split(raw, settings, source)
    measured = asdict(measure(splits.train.x, raw.value_range))
    facts = {
        "source": source.name,
        "class_names": list(raw.class_names),
        "num_classes": len(raw.class_names),
        "image_shape": list(raw.pool.x.shape[1:]),
    }
    store.write(folder / "train_val", arrays_of(splits) | measured, facts)
    store.write(folder / "test", {"X_test": splits.test.x, "y_test": splits.test.y}, facts)
    if settings.num_estimate:
        aside = {"X_estimate": splits.estimate.x, "y_estimate": splits.estimate.y}
        store.write(folder / "estimate", aside, facts)


def arrays_of(splits: Splits) -> dict[str, Any]:
    """Returns the arrays of the training and validation splits by name."""
    train, val = splits.train, splits.val
    return {"X_train": train.x, "y_train": train.y, "X_val": val.x, "y_val": val.y}
