"""Sets that are published on the web: their files, checksums, and where they may lie on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nets.data.errors import SettingError
from nets.data.places import expanded, raw_folder

if TYPE_CHECKING:
    from nets.data.settings import SplitSettings


@dataclass(frozen=True)
class Download:
    """A file to be fetched.

    Attributes:
        url: where from.
        size: its bytes.
        checksum: "md5:..." or "sha256:...", as published.
        unpack: whether it is an archive to be unpacked.
    """

    url: str
    size: int
    checksum: str
    unpack: bool = False

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.url.rpartition("/")[2]


_CIFAR = "https://www.cs.toronto.edu/~kriz/"
_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_STANFORD = "http://cs231n.stanford.edu/"

PUBLISHED: dict[str, tuple[Download, ...]] = {
    "cifar10": (
        Download(_CIFAR + "cifar-10-python.tar.gz", 170498071, "md5:c58f30108f718f92721af3b95e74349a", True),
    ),
    "cifar100": (
        Download(_CIFAR + "cifar-100-python.tar.gz", 169001437, "md5:eb9058c3a382ffc7106e4002c42a8d85", True),
    ),
    "mnist": (
        Download(_MNIST + "train-images-idx3-ubyte.gz", 9912422, "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        Download(_MNIST + "train-labels-idx1-ubyte.gz", 28881, "md5:d53e105ee54ea40749a09fcbcd1e9432"),
        Download(_MNIST + "t10k-images-idx3-ubyte.gz", 1648877, "md5:9fb629c4189551a2d022fa330f9573f3"),
        Download(_MNIST + "t10k-labels-idx1-ubyte.gz", 4542, "md5:ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    "fashion-mnist": (
        Download(_FASHION + "train-images-idx3-ubyte.gz", 26421880, "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        Download(_FASHION + "train-labels-idx1-ubyte.gz", 29515, "md5:25c81989df183df01b3e8a0aad5dffbe"),
        Download(_FASHION + "t10k-images-idx3-ubyte.gz", 4422102, "md5:bef4ecab320f06d8554ea6380940ec79"),
        Download(_FASHION + "t10k-labels-idx1-ubyte.gz", 5148, "md5:bb300cfdad3c16e7a12a480ee83cd310"),
    ),
    "tiny-imagenet": (
        Download(
            _STANFORD + "tiny-imagenet-200.zip", 248100043, "md5:90528d7ca1a48142e341f4ef8d21d0de", True
        ),
    ),
}

SYSTEM_PLACES = {"fashion-mnist": Path("/usr/share/datasets/fashion-mnist")}
"""Where Debian's packages put data sets."""


def locate_published(settings: SplitSettings) -> Path:
    """Returns where the files of a set lie: the setting `path`, else the cache, else the system's place.

    Raises:
        FileNotFoundError: nowhere; the message says what to do.
    """
    if settings.path is not None:
        return locate_own(settings)
    name = settings.source
    places = [raw_folder(name), *([SYSTEM_PLACES[name]] if name in SYSTEM_PLACES else [])]
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"{name} is not on this machine: fetch it from {PUBLISHED[name][0].url.rpartition('/')[0]}/ "
        f"(hpsearch data fetch {name}), put its files into {places[0]}, or set data.path"
    )


def locate_own(settings: SplitSettings) -> Path:
    """Returns the setting `path`, from the current folder, as an absolute one.

    Raises:
        FileNotFoundError: nothing is there.
        SettingError: it was not given.
    """
    if settings.path is None:
        raise SettingError("path", f"source {settings.source!r} needs one")
    path = expanded(settings.path)
    if not path.is_file() and not path.is_dir():
        raise FileNotFoundError(f"{path}: there is no such file or folder")
    return path
