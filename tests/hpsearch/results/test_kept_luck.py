"""Luck with images is kept by nets that answer as before."""

import numpy as np
import pytest

from hpsearch.results.kept_luck import share_kept


def test_settings_that_answer_as_before_keep_all_of_their_luck_and_others_none():
    before = np.random.default_rng(0).random((4, 200)) < 0.7
    assert share_kept(before, before) == pytest.approx(1)
    assert share_kept(before, before.astype(float)) == pytest.approx(1)
    assert share_kept(before, ~before) == 0
    assert share_kept(before, 1.0 - before) == 0
    assert share_kept(before[[0, 0]], before[[0, 0]]) == 0


@pytest.mark.parametrize("kept", [0.25, 0.5])
def test_a_share_of_images_on_which_they_answer_as_before_is_the_share_kept(kept):
    rng = np.random.default_rng(0)
    before, fresh = rng.random((2, 20, 4000)) < 0.7
    again = np.where(rng.random((20, 4000)) < kept, before, fresh)
    assert share_kept(before, again) == pytest.approx(kept, abs=0.02)
