"""Tiny ImageNet and sets of its structure: 64 x 64 photographs in 200 classes.

    wnids.txt                     one class (WordNet number) a line
    words.txt                     WordNet number, tab, names
    train/WNID/images/*.JPEG      the pool that training and validation are taken from
    val/images/, val/val_annotations.txt      file, tab, WNID, tab, box
    test/images/, test/test_annotations.txt   the published set has no such labels

The boxes are passed over and greyscale images become colour. The test split is `test` where it has labels, or
else, as in the published set, `val`; it is never what trials are validated on.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from nets.data.errors import DataFileError
from nets.data.files import damage_named
from nets.data.pictures import read_pictures
from nets.data.source import Labelled, RawData


def read_tiny_imagenet(path: Path) -> RawData:
    """Returns the set that lies in the folder, or in the only folder in it.

    Raises:
        DataFileError: a file is damaged or absent, or has an unknown class.
        OSError: something cannot be read.
    """
    if not path.is_dir():
        raise DataFileError(path, "is no folder: unpack it, or bring it in by hpsearch data import")
    root = path if (path / "wnids.txt").exists() else path / "tiny-imagenet-200"
    if not (root / "wnids.txt").is_file():
        raise DataFileError(path, "holds no wnids.txt and no tiny-imagenet-200/wnids.txt")
    wnids = read_lines(root / "wnids.txt")
    if not wnids or len(set(wnids)) != len(wnids):
        raise DataFileError(root / "wnids.txt", f"must list different classes, but has {len(wnids)} lines")
    if astray := [wnid for wnid in wnids if not is_name(wnid)]:
        raise DataFileError(root / "wnids.txt", f"must list the names of folders, but has {astray[0]!r}")
    (pool, train_files), (test, test_files) = read_train(root, wnids), read_test(root, wnids)
    if pool.x.shape[1:] != test.x.shape[1:]:
        raise DataFileError(
            root, f"has training images {pool.x.shape[2:]} and test images {test.x.shape[2:]}"
        )
    lists = (root / "wnids.txt", root / "words.txt")
    return RawData(pool, test, class_names(root, wnids), files=(*lists, *train_files, *test_files))


def read_train(root: Path, wnids: list[str]) -> tuple[Labelled, list[Path]]:
    """Returns all images below train/, and their files."""
    by_class = [sorted((root / "train" / wnid / "images").glob("*.JPEG")) for wnid in wnids]
    empty = [wnid for wnid, of_class in zip(wnids, by_class, strict=True) if not of_class]
    if empty:
        raise DataFileError(root / "train" / empty[0] / "images", "holds no .JPEG image")
    labels = np.repeat(np.arange(len(wnids)), [len(of_class) for of_class in by_class])
    files = [file for of_class in by_class for file in of_class]
    return Labelled(read_pictures(files, grey=False), labels), files


def read_test(root: Path, wnids: list[str]) -> tuple[Labelled, list[Path]]:
    """Returns the images of test/ if they are labelled, else those of val/, and the files that were read."""
    part = "test" if (root / "test" / "test_annotations.txt").exists() else "val"
    annotations = root / part / f"{part}_annotations.txt"
    rows = [line.split("\t") for line in read_lines(annotations)]
    number = {wnid: index for index, wnid in enumerate(wnids)}
    if not rows:
        raise DataFileError(annotations, "is empty")
    for row in rows:
        if len(row) < 2 or row[1] not in number or not is_name(row[0]):
            raise DataFileError(
                annotations, f"must have an image and a class of wnids.txt a line, but has {row[:2]}"
            )
    labels = np.array([number[row[1]] for row in rows], dtype=np.int64)
    files = [root / part / "images" / row[0] for row in rows]
    return Labelled(read_pictures(files, grey=False), labels), [annotations, *files]


def is_name(text: str) -> bool:
    """Returns whether a text names something in a folder, and nothing elsewhere."""
    return "/" not in text and text not in ("", ".", "..")


def class_names(root: Path, wnids: list[str]) -> tuple[str, ...]:
    """Returns the first name of each class in words.txt, with its number where two share the name."""
    words = dict(line.split("\t", 1) for line in read_lines(root / "words.txt") if "\t" in line)
    names = [words.get(wnid, wnid).split(",")[0].strip() for wnid in wnids]
    count = Counter(names)
    return tuple(
        name if count[name] == 1 else f"{name} {wnid}" for name, wnid in zip(names, wnids, strict=True)
    )


def read_lines(path: Path) -> list[str]:
    """Returns the lines of a text file that are not empty.

    Raises:
        DataFileError: it is no UTF-8 text.
        OSError: it cannot be read.
    """
    with damage_named(path):
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
