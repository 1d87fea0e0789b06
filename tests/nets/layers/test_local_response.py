"""Local response normalization against its formula."""

import numpy as np
import pytest

from nets.layers import lrn_backward, lrn_forward
from nets.layers.local_response import channel_sums


@pytest.mark.parametrize("channels", [1, 3, 9, 12])
@pytest.mark.parametrize("radius", [0, 1, 4])
def test_each_pixel_is_divided_by_its_neighbours_in_channels(channels, radius, rng):
    x = rng.standard_normal((2, channels, 3, 4))
    param = {"radius": radius, "bias": 2.0, "alpha": 0.7, "beta": 0.6}
    out, _ = lrn_forward(x, param)
    for image, channel, row, column in np.ndindex(x.shape):
        near = x[image, max(channel - radius, 0) : channel + radius + 1, row, column]
        expected = x[image, channel, row, column] / (2.0 + 0.7 * np.sum(near**2)) ** 0.6
        assert out[image, channel, row, column] == pytest.approx(expected, rel=1e-12)


def test_the_defaults_are_those_of_the_course(rng):
    x = rng.standard_normal((1, 12, 2, 2))
    out, _ = lrn_forward(x, {})
    np.testing.assert_allclose(out, x / (1 + 0.001 / 9 * channel_sums(x * x, 4)) ** 0.75, rtol=1e-12)


def test_without_alpha_it_only_scales(rng):
    x, dout = rng.standard_normal((2, 3, 2, 2)), rng.standard_normal((2, 3, 2, 2))
    out, cache = lrn_forward(x, {"alpha": 0.0, "bias": 16.0, "beta": 0.5})
    np.testing.assert_allclose(out, x / 4)
    np.testing.assert_allclose(lrn_backward(dout, cache), dout / 4)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"x must have the shape \(N, C, H, W\), but got \(2, 3\)"):
        lrn_forward(np.ones((2, 3)), {})
    with pytest.raises(ValueError, match=r"bias must be above 0, but got 0\.0"):
        lrn_forward(np.ones((1, 1, 1, 1)), {"bias": 0.0})
    with pytest.raises(ValueError, match="radius must be an integer of at least 0, but got -1"):
        lrn_forward(np.ones((1, 1, 1, 1)), {"radius": -1})
    with pytest.raises(TypeError, match=r"radius must be an integer of at least 0, but got 2\.5"):
        lrn_forward(np.ones((1, 1, 1, 1)), {"radius": 2.5})
