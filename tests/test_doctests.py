"""The examples in docstrings are true, and the functions that people meet first have one."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in ("hpsearch", "nets")
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)
HAVE_ONE = {
    "hpsearch.hits",
    "hpsearch.improvement",
    "hpsearch.quantities",
    "hpsearch.seeds",
    "hpsearch.words",
    "nets",
    "nets.inspect.gradcheck",
    "nets.layers.affine",
    "nets.layers.losses",
    "nets.names",
    "nets.training.schedules",
}


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_true(module):
    done = doctest.testmod(importlib.import_module(module))
    assert done.attempted > 0
    assert done.failed == 0


def test_the_modules_that_people_meet_first_have_examples():
    assert set(MODULES) >= HAVE_ONE
