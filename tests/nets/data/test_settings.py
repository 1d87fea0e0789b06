"""Settings: what may stand in [data], and what is said of what may not."""

from __future__ import annotations

from typing import Any

import pytest

from nets.data import SettingError, SplitSettings, check_settings


def test_a_source_alone_is_enough() -> None:
    assert check_settings({"source": "cifar10"}) == SplitSettings("cifar10")


def test_nothing_means_the_embedded_digits() -> None:
    assert check_settings({}).source == "digits"


def test_a_table_of_settings_gives_the_same_settings_again() -> None:
    settings = SplitSettings("folder", num_val=3, split_seed=9, stratified=False, path="photos")
    assert settings.to_table() == {
        "source": "folder",
        "num_val": 3,
        "split_seed": 9,
        "stratified": False,
        "path": "photos",
    }
    assert check_settings(settings.to_table()) == settings


def test_no_image_set_aside_is_what_is_meant_by_default() -> None:
    assert check_settings({"num_estimate": 0}).to_table() == check_settings({}).to_table()
    assert check_settings({"num_estimate": 7}).to_table()["num_estimate"] == 7


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"source": "cifar"}, "source: must be one of cifar10, cifar100, "),
        ({"source": 3}, "source: must be one of arrays, .*, digits, .*, but got 3"),
        ({"num_vall": 3}, "num_vall: unknown key; there are num_val, "),
        ({"num_val": 0}, "num_val: must be an integer from 1 up, but got 0"),
        ({"num_val": True}, "num_val: must be an integer from 1 up, but got True"),
        ({"num_train": 1.5}, "num_train: must be an integer from 1 up, but got 1.5"),
        ({"num_train": None}, "num_train: must be an integer from 1 up, but got None"),
        ({"num_estimate": -1}, "num_estimate: must be an integer from 0 up, but got -1"),
        ({"num_test": -1}, "num_test: must be an integer from 0 up, but got -1"),
        ({"split_seed": -1}, "split_seed: must be an integer from 0 up, but got -1"),
        ({"split_seed": "7"}, "split_seed: must be an integer from 0 up, but got '7'"),
        ({"stratified": 1}, "stratified: must be true or false, but got 1"),
        ({"path": "x"}, "path: source 'digits' takes no path, but got 'x'"),
        ({"source": "folder"}, "path: must be given: source 'folder' reads"),
        ({"source": "folder", "path": ""}, "path: must be a text that is not empty, but got ''"),
        ({"source": "folder", "path": 3}, "path: must be a text that is not empty, but got 3"),
        ({"source": "folder", "path": "x", "label": "y"}, "label: source 'folder' takes no label"),
    ],
)
def test_what_is_wrong_is_named_with_key_rule_and_value(mapping: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message) as caught:
        check_settings(mapping)
    assert str(caught.value).startswith(f"{caught.value.key}: ")
