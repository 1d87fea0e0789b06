"""Learning rates over the epochs."""

import pytest

from nets.training.schedules import cosine, exponential, rising


def test_the_rate_decays_after_each_epoch():
    assert [exponential(0.1, 0.5, epoch, 9) for epoch in (1, 2, 3)] == [0.1, 0.05, 0.025]


def test_a_cosine_starts_at_the_rate_is_half_of_it_in_the_middle_and_ends_near_zero():
    rates = [cosine(0.2, 1.0, epoch, 10) for epoch in range(1, 11)]
    assert rates[0] == 0.2
    assert rates[5] == pytest.approx(0.1)
    assert 0 < rates[-1] < 0.01
    assert rates == sorted(rates, reverse=True)


def test_a_cosine_decays_besides():
    assert cosine(0.2, 0.5, 3, 10) == pytest.approx(cosine(0.2, 1.0, 3, 10) / 4)


def test_momentum_rises_evenly_from_the_first_epoch_to_the_last():
    assert [rising(0.5, 0.9, epoch, 5) for epoch in range(1, 6)] == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])


def test_a_single_epoch_has_the_first_momentum():
    assert rising(0.5, 0.9, 1, 1) == 0.5
