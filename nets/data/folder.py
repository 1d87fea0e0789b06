"""A folder of one's own: one folder a class, PNG or JPEG files in it.

photos/cat/*.png  photos/dog/*.png               split by the settings
photos/train/cat/*.png ... photos/test/cat/*.png   with a test split of its own
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nets.data.errors import DataFileError
from nets.data.pictures import SUFFIXES, is_grey, read_pictures
from nets.data.source import Labelled, RawData


def read_folder(path: Path) -> RawData:
    """Returns the images of a folder of class folders; the classes are in the order of their names.

    Raises:
        DataFileError: a class is empty, or a file is no sound image of the same size.
        OSError: something cannot be read.
    """
    has_test = (path / "train").is_dir() and (path / "test").is_dir()
    if has_test:
        check_alone(path)
    pool_files = files_by_class(path / "train" if has_test else path)
    class_names = tuple(pool_files)
    test_files = files_by_class(path / "test") if has_test else {}
    if has_test and tuple(test_files) != class_names:
        apart = sorted(set(class_names) ^ set(test_files))[0]
        where = "train" if apart in class_names else "test"
        raise DataFileError(
            path, f"must hold the same classes in train and test, but {apart} is in {where} alone"
        )
    grey = all(is_grey(file) for files in (*pool_files.values(), *test_files.values()) for file in files)
    pool = labelled(pool_files, grey)
    test = labelled(test_files, grey) if has_test else None
    if test is not None and test.x.shape[1:] != pool.x.shape[1:]:
        raise DataFileError(path, f"has images {pool.x.shape[2:]} in train and {test.x.shape[2:]} in test")
    return RawData(pool, test, class_names)


def check_alone(path: Path) -> None:
    """Raises DataFileError if another folder lies beside train and test: no image is passed over unsaid."""
    other = sorted(one.name for one in folders_in(path) if one.name not in ("train", "test"))
    if other:
        raise DataFileError(
            path,
            f"holds {other[0]} beside train and test, but only these two are read, and what validates is "
            f"drawn from train; expected no other folder there",
        )


def folders_in(path: Path) -> list[Path]:
    """Returns the folders in a folder; hidden ones are passed over."""
    return [folder for folder in sorted(path.iterdir()) if folder.is_dir() and folder.name[0] != "."]


def files_by_class(path: Path) -> dict[str, list[Path]]:
    """Returns the image files of each class folder; hidden files are passed over.

    Raises:
        DataFileError: there is no class folder, an empty one, or a file of another kind in one.
    """
    if not path.is_dir():
        raise DataFileError(path, "is no folder")
    folders = folders_in(path)
    found = {folder.name: [f for f in sorted(folder.iterdir()) if f.name[0] != "."] for folder in folders}
    if not found:
        raise DataFileError(path, "holds no folder; there should be one for each class, with its images")
    for folder, files in zip(folders, found.values(), strict=True):
        deeper = next((file.name for file in files if file.is_dir()), None)
        if deeper is not None:
            raise DataFileError(
                folder,
                f"holds the folder {deeper}, but a class has images only; expected a folder for each class, "
                "or two that are called train and test, with one for each class in them",
            )
        other = [file for file in files if file.suffix.lower() not in SUFFIXES]
        if other or not files:
            what = f"holds {other[0].name}, which" if other else "is empty: it"
            raise DataFileError(folder, f"{what} must be PNG or JPEG images ({', '.join(SUFFIXES)})")
    return found


def labelled(files: dict[str, list[Path]], grey: bool) -> Labelled:
    """Returns the images of the files with the numbers of their classes."""
    labels = np.repeat(np.arange(len(files)), [len(of_class) for of_class in files.values()])
    return Labelled(read_pictures([file for of_class in files.values() for file in of_class], grey), labels)
