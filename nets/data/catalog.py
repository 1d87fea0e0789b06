"""The table of all sources that nets knows, with their defaults; hpsearch adds those that need pandas.

Readers are imported when they read: a worker opens what was prepared and needs none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nets.data.published import locate_own, locate_published
from nets.data.source import RawData, Source

if TYPE_CHECKING:
    from nets.data.settings import SplitSettings


def _digits(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.digits import read_digits

    return read_digits()


def _cifar10(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.cifar import CIFAR10, read_cifar

    return read_cifar(path, CIFAR10)


def _cifar100(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.cifar import CIFAR100, read_cifar

    return read_cifar(path, CIFAR100)


def _mnist(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.idx import read_mnist

    return read_mnist(path, "mnist")


def _fashion_mnist(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.idx import read_mnist

    return read_mnist(path, "fashion-mnist")


def _tiny_imagenet(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.tiny_imagenet import read_tiny_imagenet

    return read_tiny_imagenet(path)


def _arrays(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.arrays import read_arrays

    return read_arrays(path)


def _folder(path: Path, settings: SplitSettings) -> RawData:
    from nets.data.folder import read_folder

    return read_folder(path)


_ALL = (
    Source(
        name="digits",
        summary="1797 handwritten digits of 8 x 8 pixels in 10 classes; comes with scikit-learn",
        read=_digits,
        locate=lambda settings: None,
        takes_path=False,
        num_val=500,
        num_test=500,
    ),
    Source(
        name="cifar10",
        summary="60000 colour photographs of 32 x 32 pixels in 10 classes",
        read=_cifar10,
        locate=locate_published,
        num_val=1000,
        stratified=False,
    ),
    Source(
        name="cifar100",
        summary="60000 colour photographs of 32 x 32 pixels in 100 classes",
        read=_cifar100,
        locate=locate_published,
        num_val=5000,
    ),
    Source(
        name="mnist",
        summary="70000 handwritten digits of 28 x 28 pixels in 10 classes",
        read=_mnist,
        locate=locate_published,
        num_val=5000,
    ),
    Source(
        name="fashion-mnist",
        summary="70000 pieces of clothing of 28 x 28 pixels in 10 classes",
        read=_fashion_mnist,
        locate=locate_published,
        num_val=5000,
    ),
    Source(
        name="tiny-imagenet",
        summary="110000 labelled colour photographs of 64 x 64 pixels in 200 classes",
        read=_tiny_imagenet,
        locate=locate_published,
        num_val=10_000,
    ),
    Source(
        name="arrays",
        summary="your own arrays X and y in an .npz file",
        read=_arrays,
        locate=locate_own,
        needs_path=True,
    ),
    Source(
        name="folder",
        summary="your own PNG or JPEG images, in one folder a class; EXIF orientation is not applied",
        read=_folder,
        locate=locate_own,
        needs_path=True,
    ),
)

SOURCES: dict[str, Source] = {source.name: source for source in _ALL}
