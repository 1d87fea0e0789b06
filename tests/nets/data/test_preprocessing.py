"""Preprocessing: what each name promises, in the statistics of the training split alone."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from nets.data import DEFAULT_PREPROCESSING, PREPROCESSINGS, SplitSettings, TrainVal, open_train_val, prepare
from nets.data import preprocessing as module
from nets.data.preprocessing import measure


def opened(tmp_path: Path, preprocessing: str, x: np.ndarray, n_train: int) -> TrainVal:  # type: ignore[type-arg]
    """Returns examples, the first of which train, after a journey through the cache."""
    np.savez(tmp_path / "data.npz", X=x, y=np.arange(len(x)) % 2)
    settings = SplitSettings(
        "arrays", num_val=len(x) - n_train, num_test=0, stratified=False, path=str(tmp_path / "data.npz")
    )
    return open_train_val(prepare(settings).train_val, preprocessing)


IMAGES = np.random.default_rng(0).integers(0, 200, (30, 3, 5, 4), dtype=np.uint8)
ROWS = np.random.default_rng(0).normal(5, 3, (30, 6))


@pytest.mark.parametrize("x", [IMAGES, ROWS], ids=["images", "rows"])
def test_mean_std_gives_each_channel_mean_0_and_deviation_1(x: np.ndarray, tmp_path: Path) -> None:  # type: ignore[type-arg]
    data = opened(tmp_path, "mean_std", x, 20)
    axes = (0, *range(2, x.ndim))
    train = data.preprocess(data.X_train, np.float64)
    np.testing.assert_allclose(train.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose(train.std(axis=axes), 1)


def test_mean_image_subtracts_the_mean_of_the_training_images(tmp_path: Path) -> None:
    data = opened(tmp_path, "mean_image", IMAGES, 20)
    np.testing.assert_allclose(
        data.preprocess(data.X_val, np.float64), IMAGES[20:] - IMAGES[:20].mean(axis=0)
    )


def test_mean_image_std_gives_each_pixel_mean_0_and_each_channel_deviation_1(tmp_path: Path) -> None:
    data = opened(tmp_path, "mean_image_std", IMAGES, 20)
    train = data.preprocess(data.X_train, np.float64)
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(train.std(axis=(0, 2, 3)), 1)


def test_mean_image_std_of_rows_is_mean_std(tmp_path: Path) -> None:
    image, plain = (opened(tmp_path, name, ROWS, 20).preprocessing for name in ("mean_image_std", "mean_std"))
    np.testing.assert_allclose(image.shift, plain.shift)
    np.testing.assert_allclose(image.scale, plain.scale)


def test_mean_image_std_only_shifts_where_all_training_images_are_alike(tmp_path: Path) -> None:
    images = np.repeat(np.random.default_rng(0).normal(5, 3, (1, 3, 5, 4)), 30, axis=0)
    images[:, 1] += np.arange(30)[:, np.newaxis, np.newaxis]
    scale = opened(tmp_path, "mean_image_std", images, 20).preprocessing.scale
    np.testing.assert_allclose(scale.ravel(), [1, 1 / np.arange(20).std(), 1])


def test_unit_maps_what_occurs_in_training_to_0_and_1(tmp_path: Path) -> None:
    data = opened(tmp_path, "unit", ROWS, 20)
    train = data.preprocess(data.X_train, np.float64)
    np.testing.assert_allclose(train.min(axis=0), 0)
    np.testing.assert_allclose(train.max(axis=0), 1)


def test_unit_maps_the_range_of_digits_not_of_bytes() -> None:
    data = open_train_val(prepare(SplitSettings()).train_val, "unit")
    np.testing.assert_array_equal(data.preprocess(data.X_val, np.float64), data.X_val / 16)


def test_none_leaves_the_values_as_they_are(tmp_path: Path) -> None:
    data = opened(tmp_path, "none", ROWS, 20)
    np.testing.assert_array_equal(data.preprocess(data.X_val, np.float64), ROWS[20:])


@pytest.mark.parametrize("name", PREPROCESSINGS)
def test_validation_examples_have_no_influence(name: str, tmp_path: Path) -> None:
    changed = np.concatenate([IMAGES[:20], 199 - IMAGES[20:]])
    before = opened(tmp_path, name, IMAGES, 20).preprocessing
    after = opened(tmp_path, name, changed, 20).preprocessing
    np.testing.assert_array_equal(before.shift, after.shift)
    np.testing.assert_array_equal(before.scale, after.scale)


@pytest.mark.parametrize("name", PREPROCESSINGS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_minibatch_is_fresh_and_of_the_wanted_type(name: str, dtype: type, tmp_path: Path) -> None:
    data = opened(tmp_path, name, IMAGES, 20)
    batch = data.X_train[:4]
    out = data.preprocess(batch, dtype)
    assert out.dtype == dtype
    assert out.shape == batch.shape
    assert not np.shares_memory(out, data.X_train)
    np.testing.assert_array_equal(data.X_train, IMAGES[:20])


@pytest.mark.parametrize("name", ["mean_std", "mean_image", "mean_image_std", "unit"])
@pytest.mark.parametrize("constant", [7, 0.1, -1e9 / 3])
def test_a_constant_column_becomes_0(constant: float, name: str, tmp_path: Path) -> None:
    x = ROWS.copy()
    x[:, 1] = constant
    data = opened(tmp_path, name, x, 20)
    np.testing.assert_allclose(
        data.preprocess(data.X_val, np.float64)[:, 1] / max(1, abs(constant)), 0, atol=1e-14
    )


def test_small_differences_of_large_numbers_are_kept_in_float32(tmp_path: Path) -> None:
    x = 1.6e9 + np.arange(30.0)[:, np.newaxis]
    data = opened(tmp_path, "mean_std", x, 20)
    expected = (np.arange(20) - 9.5) / np.arange(20).std()
    np.testing.assert_allclose(data.preprocess(data.X_train, np.float32)[:, 0], expected, rtol=1e-6)


def test_statistics_do_not_depend_on_the_size_of_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure(IMAGES, None)
    monkeypatch.setattr(module, "CHUNK_VALUES", 7 * 60)
    pieces = measure(IMAGES, None)
    for field in fields(whole):
        np.testing.assert_allclose(getattr(pieces, field.name), getattr(whole, field.name), rtol=1e-14)


def test_statistics_are_those_of_numpy_in_float64() -> None:
    found = measure(IMAGES, (0.0, 255.0))
    np.testing.assert_allclose(found.mean, IMAGES.mean(axis=(0, 2, 3), dtype=np.float64), rtol=1e-14)
    np.testing.assert_allclose(found.std, IMAGES.std(axis=(0, 2, 3), dtype=np.float64), rtol=1e-14)
    np.testing.assert_allclose(found.mean_image, IMAGES.mean(axis=0, dtype=np.float64), rtol=1e-14)
    assert found.low.tolist() == [0, 0, 0]
    assert found.high.tolist() == [255, 255, 255]


def test_the_default_is_one_of_the_names() -> None:
    assert DEFAULT_PREPROCESSING in PREPROCESSINGS
