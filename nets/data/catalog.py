"""The table of all sources that nets knows; hpsearch adds those that need pandas."""

from __future__ import annotations

from nets.data.arrays import ARRAYS
from nets.data.cifar import CIFAR10, CIFAR100
from nets.data.digits import DIGITS
from nets.data.folder import FOLDER
from nets.data.idx import FASHION_MNIST, MNIST
from nets.data.source import Source
from nets.data.tiny_imagenet import TINY_IMAGENET

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (DIGITS, CIFAR10, CIFAR100, MNIST, FASHION_MNIST, TINY_IMAGENET, ARRAYS, FOLDER)
}
