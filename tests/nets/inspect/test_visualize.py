"""The grid of images."""

import numpy as np
import pytest

from nets.inspect.visualize import visualize_grid


def test_images_lie_in_a_square_with_black_between_them():
    images = np.arange(3 * 2 * 2 * 3, dtype=float).reshape(3, 2, 2, 3)
    grid = visualize_grid(images, padding=3)
    assert grid.shape == (7, 7, 3)
    assert not grid[2:5].any()
    assert not grid[5:, 5:].any(), "a fourth image that is not there"
    np.testing.assert_allclose(grid[:2, :2], 255 * images[0] / 11)
    np.testing.assert_allclose(grid[5:, :2], grid[:2, :2])


def test_an_image_of_one_colour_is_black_and_not_nan():
    assert not visualize_grid(np.full((1, 2, 2, 1), 7.0)).any()


def test_filters_of_float32_and_pixels_of_uint8_will_do():
    assert visualize_grid(np.array([0, 255], np.uint8).reshape(1, 1, 2, 1), ubound=1.0).ravel().tolist() == [
        0,
        1,
    ]
    assert visualize_grid(np.ones((4, 2, 2, 1), np.float32)).dtype == np.float64


def test_grey_images_stand_in_rows_of_any_number_on_any_background():
    grid = visualize_grid(np.arange(20.0).reshape(5, 2, 2), ubound=1.0, n_columns=3, background=np.nan)
    assert grid.shape == (5, 8)
    assert np.isnan(grid[2]).all()
    assert np.isnan(grid[3:, 6:]).all(), "a sixth image that is not there"
    np.testing.assert_allclose(grid[3:, 3:5], [[0, 1 / 3], [2 / 3, 1]])


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3, 1, 1), (0, 3, 3, 1)])
def test_what_is_no_list_of_images_is_refused(shape):
    with pytest.raises(
        ValueError, match=r"images must have the shape \(N, H, W\) or \(N, H, W, C\) with N above 0"
    ):
        visualize_grid(np.ones(shape))
