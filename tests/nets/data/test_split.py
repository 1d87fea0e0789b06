"""Splits: disjoint, of the wanted sizes, in proportion, and the same whoever asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nets.data import Labelled, RawData, SettingError, Source, SplitSettings
from nets.data.split import Sizes, choose_in_file_order, choose_stratified, share_out, split

labels_and_sizes = st.lists(st.integers(0, 4), min_size=4, max_size=200).flatmap(
    lambda y: st.tuples(
        st.just(np.array(y)),
        st.lists(st.integers(0, len(y) // 4), min_size=4, max_size=4).map(tuple),
        st.integers(0, 2**64),
    )
)


@given(labels_and_sizes)
def test_splits_are_disjoint_and_of_the_wanted_sizes(
    case: tuple[NDArray[np.int64], tuple[int, int, int, int], int],
) -> None:
    y, sizes, seed = case
    for choose in (choose_stratified, choose_in_file_order):
        chosen = choose(y, Sizes(*sizes), seed)
        assert tuple(map(len, chosen)) == sizes
        together = np.concatenate(chosen)
        assert len(set(together.tolist())) == sum(sizes)
        assert all(np.all(np.diff(indices) > 0) for indices in chosen)


@given(labels_and_sizes)
def test_stratified_splits_have_each_class_in_proportion(
    case: tuple[NDArray[np.int64], tuple[int, int, int, int], int],
) -> None:
    y, sizes, seed = case
    test = choose_stratified(y, Sizes(*sizes), seed)[2]
    share = np.bincount(y, minlength=5) * len(test) / len(y)
    assert np.all(np.abs(np.bincount(y[test], minlength=5) - share) < 1)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.data())
def test_shares_add_up_and_no_class_gives_more_than_it_has(counts: list[int], data: st.DataObject) -> None:
    size = data.draw(st.integers(0, sum(counts)))
    if sum(counts) == 0:
        return
    shares = share_out(np.array(counts), size)
    assert shares.sum() == size
    assert np.all(shares <= counts)


def numbered(n: int, n_test: int | None = None) -> RawData:
    """Returns examples that hold their own number, in four classes."""

    def part(start: int, stop: int) -> Labelled:
        return Labelled(np.arange(start, stop)[:, np.newaxis], np.arange(start, stop) % 4)

    test = None if n_test is None else part(1000, 1000 + n_test)
    return RawData(part(0, n), test, ("a", "b", "c", "d"))


SOURCE = Source("numbered", "", read=lambda path, settings: numbered(40), locate=lambda settings: None)
SETTINGS = SplitSettings("numbered", num_val=8, num_test=4)


def test_the_split_depends_on_the_split_seed_alone() -> None:
    first, same, other = (split(numbered(40), replace(SETTINGS, split_seed=s), SOURCE) for s in (3, 3, 4))
    np.testing.assert_array_equal(first.val.x, same.val.x)
    assert not np.array_equal(first.val.x, other.val.x)


def test_what_is_left_over_trains() -> None:
    splits = split(numbered(40), SETTINGS, SOURCE)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (28, 8, 4)


@pytest.mark.parametrize("stratified", [True, False])
def test_fewer_training_examples_leave_the_test_split_as_it_is_when_stratified(stratified: bool) -> None:
    whole = split(numbered(40), replace(SETTINGS, stratified=stratified), SOURCE)
    fewer = split(numbered(40), replace(SETTINGS, stratified=stratified, num_train=8, num_val=4), SOURCE)
    assert not set(fewer.train.x.flat) & set(whole.test.x.flat) or not stratified
    assert np.array_equal(whole.test.x, fewer.test.x) == stratified


def test_in_file_order_training_comes_first_then_validation_then_test() -> None:
    splits = split(numbered(40), replace(SETTINGS, num_train=10, stratified=False), SOURCE)
    assert splits.train.x.ravel().tolist() == list(range(10))
    assert splits.val.x.ravel().tolist() == list(range(10, 18))
    assert splits.test.x.ravel().tolist() == list(range(18, 22))


@pytest.mark.parametrize("stratified", [True, False])
@pytest.mark.parametrize("n_test", [None, 12])
def test_images_set_aside_come_from_those_that_would_train(n_test: int | None, stratified: bool) -> None:
    settings = replace(SETTINGS, stratified=stratified)
    whole = split(numbered(40, n_test), settings, SOURCE)
    aside = split(numbered(40, n_test), replace(settings, num_estimate=8), SOURCE)
    np.testing.assert_array_equal(aside.val.x, whole.val.x)
    np.testing.assert_array_equal(aside.test.x, whole.test.x)
    assert sorted([*aside.train.x.flat, *aside.estimate.x.flat]) == sorted(whole.train.x.flat)
    assert (len(aside.estimate), len(whole.estimate)) == (8, 0)
    if stratified:
        assert np.bincount(aside.estimate.y).tolist() == [2, 2, 2, 2]


def test_a_test_split_of_its_own_is_used_and_the_pool_left_alone() -> None:
    raw = numbered(40, n_test=12)
    splits = split(raw, replace(SETTINGS, num_test=None), SOURCE)
    assert len(splits.test) == 12
    assert len(splits.train) == 32
    assert np.all(splits.test.x >= 1000)
    first = split(raw, replace(SETTINGS, num_test=5, stratified=False), SOURCE)
    assert first.test.x.ravel().tolist() == [1000, 1001, 1002, 1003, 1004]


def test_fractions_are_the_default_of_small_sets() -> None:
    splits = split(numbered(40), SplitSettings("numbered"), SOURCE)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (24, 8, 8)


def test_no_test_split_may_be_wanted() -> None:
    assert len(split(numbered(40), replace(SETTINGS, num_test=0), SOURCE).test) == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_train": 29}, "num_train: 29 wanted beside num_val = 8 and num_test = 4, but there are 40"),
        ({"num_val": 37}, "num_train: at least one wanted beside num_val = 37"),
        ({"num_estimate": 28}, "at least one wanted beside num_val = 8, num_estimate = 28 and num_test = 4"),
        ({"num_train": 3}, "none of the 3 training examples is of class"),
        ({"num_train": 3, "stratified": False}, "is of class d"),
    ],
)
def test_what_cannot_be_had_is_said_with_the_numbers(changes: dict[str, int], reason: str) -> None:
    with pytest.raises(SettingError, match=reason):
        split(numbered(40), replace(SETTINGS, **changes), SOURCE)  # type: ignore[arg-type]


def test_one_class_is_no_task() -> None:
    raw = RawData(Labelled(np.zeros((9, 1)), np.zeros(9, np.int64)), None, ("cat",))
    with pytest.raises(SettingError, match="source: numbered has 1 class there; two are needed"):
        split(raw, SETTINGS, SOURCE)


@pytest.mark.parametrize("key", ["num_val", "num_estimate", "num_test"])
def test_a_split_of_one_class_tells_nothing(key: str) -> None:
    settings = replace(SETTINGS, **{key: 1})  # type: ignore[arg-type]
    with pytest.raises(SettingError, match=f"^{key}: must have .* two classes .* got 1 of class [a-d] alone"):
        split(numbered(40), settings, SOURCE)


def test_training_examples_that_are_all_alike_teach_nothing() -> None:
    raw = numbered(40)
    alike = replace(raw, pool=replace(raw.pool, x=np.ones_like(raw.pool.x)))
    with pytest.raises(SettingError, match="source: the 28 training examples of numbered are all alike"):
        split(alike, SETTINGS, SOURCE)


def test_more_test_images_than_published_cannot_be_had() -> None:
    with pytest.raises(SettingError, match="num_test: must be at most 12, the test images, but got 13"):
        split(numbered(40, n_test=12), replace(SETTINGS, num_test=13), SOURCE)
