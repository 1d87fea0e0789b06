"""Which examples train, validate, test and estimate: one split from the split seed.

The test split is drawn first, the validation split second, and what is set aside to estimate on third, so
that a study with fewer training images never trains on what another one tests on, and one that sets images
aside validates and tests on the same images as one that does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nets.data.errors import SettingError
from nets.data.settings import SplitSettings
from nets.data.source import Labelled, RawData, Source

Indices = NDArray[np.intp]
Chosen = tuple[Indices, Indices, Indices, Indices]


@dataclass(frozen=True)
class Splits:
    """The splits, fresh arrays; `estimate` is empty unless the settings ask for it."""

    train: Labelled
    val: Labelled
    test: Labelled
    estimate: Labelled


def split(raw: RawData, settings: SplitSettings, source: Source) -> Splits:
    """Returns the splits that the settings ask for.

    Raises:
        SettingError: more examples are wanted than there are, or a class would not be trained on, or there
            is but one in all or among those that judge, or the training examples are all alike.
    """
    if len(raw.class_names) < 2:
        raise SettingError("source", f"{source.name} has {len(raw.class_names)} class there; two are needed")
    sizes = resolve_sizes(raw, settings, source)
    pool, own_test = raw.pool, raw.test
    pool_sizes = sizes if own_test is None else replace(sizes, num_test=0)
    choose = choose_stratified if is_stratified(settings, source) else choose_in_file_order
    train, val, test, estimate = choose(pool.y, pool_sizes, settings.split_seed)
    if own_test is not None:
        test = choose(own_test.y, Sizes(0, 0, sizes.num_test, 0), settings.split_seed)[2]
    splits = Splits(pool.take(train), pool.take(val), (own_test or pool).take(test), pool.take(estimate))
    if not source.stands_in:
        check_splits(splits, raw, source)
    return splits


def is_stratified(settings: SplitSettings, source: Source) -> bool:
    """Says whether the splits have each class in proportion."""
    return source.stratified if settings.stratified is None else settings.stratified


def check_splits(splits: Splits, raw: RawData, source: Source) -> None:
    """Refuses splits by which nothing can be learned or judged.

    Raises:
        SettingError: names the split, or the class that is absent.
    """
    check_every_class_is_trained(splits.train.y, raw.class_names)
    check_examples_differ(splits.train, source)
    for key, judges in (
        ("num_val", splits.val),
        ("num_estimate", splits.estimate),
        ("num_test", splits.test),
    ):
        check_classes_differ(key, judges.y, raw.class_names)


@dataclass(frozen=True)
class Sizes:
    """How many examples each split has."""

    num_train: int
    num_val: int
    num_test: int
    num_estimate: int


def resolve_sizes(raw: RawData, settings: SplitSettings, source: Source) -> Sizes:
    """Returns the sizes with every default filled in; by default what is left over trains.

    Raises:
        SettingError: more examples are wanted than there are, or a split would be empty.
    """
    n_pool = len(raw.pool)
    num_val = default_size(settings.num_val, source.num_val, n_pool)
    num_test = default_size(settings.num_test, source.num_test if raw.test is None else len(raw.test), n_pool)
    if raw.test is not None and num_test > len(raw.test):
        raise SettingError(
            "num_test", f"must be at most {len(raw.test)}, the test images, but got {num_test}"
        )
    num_estimate = settings.num_estimate or 0
    n_free = n_pool - num_val - num_estimate - (num_test if raw.test is None else 0)
    num_train = n_free if settings.num_train is None else settings.num_train
    if num_train < 1 or num_val < 1 or num_train > n_free:
        held_back = f"num_val = {num_val}"
        held_back += f", num_estimate = {num_estimate}" if num_estimate else ""
        held_back += f" and num_test = {num_test}" if raw.test is None else ""
        wanted = "at least one" if settings.num_train is None else str(num_train)
        raise SettingError(
            "num_train", f"{wanted} wanted beside {held_back}, but there are {n_pool} examples"
        )
    return Sizes(num_train, num_val, num_test, num_estimate)


def default_size(given: int | None, default: float, n_pool: int) -> int:
    """Returns the given size, or the default; a float below one is a fraction of the pool."""
    if given is not None:
        return given
    return round(default * n_pool) if isinstance(default, float) else default


def choose_in_file_order(y: NDArray[np.int64], sizes: Sizes, split_seed: int) -> Chosen:
    """Returns indices for training, validation, testing and estimating; uses no seed.

    The file's order is: training, estimating, validation, testing.
    """
    in_file = (sizes.num_train, sizes.num_estimate, sizes.num_val, sizes.num_test)
    train, estimate, val, test = np.split(np.arange(sum(in_file)), np.cumsum(in_file)[:-1])
    return train, val, test, estimate


def choose_stratified(y: NDArray[np.int64], sizes: Sizes, split_seed: int) -> Chosen:
    """Returns random indices for training, validation, testing and estimating.

    Each split is in file order and has the classes in proportion.
    """
    rng = np.random.default_rng(np.random.SeedSequence(split_seed))
    left = rng.permutation(len(y))
    test, left = take_proportionally(left, y, sizes.num_test)
    val, left = take_proportionally(left, y, sizes.num_val)
    estimate, left = take_proportionally(left, y, sizes.num_estimate)
    train, _ = take_proportionally(left, y, sizes.num_train)
    return np.sort(train), np.sort(val), np.sort(test), np.sort(estimate)


def take_proportionally(left: Indices, y: NDArray[np.int64], size: int) -> tuple[Indices, Indices]:
    """Returns `size` of the indices `left`, from each class its share, and the indices that remain."""
    if size == 0:
        return left[:0], left
    classes = y[left]
    quotas = share_out(np.bincount(classes), size)
    by_class = np.argsort(classes, kind="stable")
    counts = np.bincount(classes)
    rank = np.empty(len(left), dtype=np.intp)
    rank[by_class] = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    taken = rank < quotas[classes]
    return left[taken], left[~taken]


def share_out(counts: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    """Returns how many of each class make up `size`: in proportion, remainders to the largest fractions.

    Ties go to the lower class. No class gives more than it has.
    """
    whole, fraction = np.divmod(counts * size, counts.sum())
    by_fraction = np.argsort(-fraction, kind="stable")
    whole[by_fraction[: size - whole.sum()]] += 1
    return whole


def check_every_class_is_trained(y_train: NDArray[np.int64], class_names: tuple[str, ...]) -> None:
    """Refuses a training split that lacks a class.

    Raises:
        SettingError: names the class.
    """
    counts = np.bincount(y_train, minlength=len(class_names))
    absent = [class_names[index] for index in np.flatnonzero(counts == 0)]
    if absent:
        raise SettingError(
            "num_train", f"none of the {len(y_train)} training examples is of class {', '.join(absent[:5])}"
        )


def check_examples_differ(train: Labelled, source: Source) -> None:
    """Refuses training examples that nothing can tell apart.

    Raises:
        SettingError: they are all alike.
    """
    if all(np.array_equal(x, train.x[0]) for x in train.x):
        raise SettingError(
            "source", f"the {len(train)} training examples of {source.name} are all alike; they must differ"
        )


def check_classes_differ(key: str, y: NDArray[np.int64], class_names: tuple[str, ...]) -> None:
    """Refuses a split that judges by one class only: who always names it is right on all of them.

    Raises:
        SettingError: names the class.
    """
    if len(y) and (y == y[0]).all():
        raise SettingError(
            key,
            f"must have examples of two classes or more, but got {len(y)} of class {class_names[y[0]]} alone"
            " (take more, or stratified = true)",
        )
