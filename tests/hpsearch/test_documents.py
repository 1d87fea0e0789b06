"""What the documents say of the sources is so, and every file says its one job."""

import ast
import re
import sys
import tomllib
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hpsearch.records import History
from hpsearch.study.studyfile import from_table
from nets.inspect import gradcheck

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / name
    for name in (
        "README.md",
        "hpsearch/README.md",
        "nets/README.md",
        "studies/README.md",
        ".github/CONTRIBUTING.md",
        "tests/benchmarks/README.md",
    )
]
MODULES = sorted(path for package in ("hpsearch", "nets") for path in (ROOT / package).rglob("*.py"))
ROOMS = [path for path in MODULES if path.name == "__init__.py" and path.parent.parent != ROOT]
MADE_LATER = ("reports/", "figures/", "trials/", ".venv/", "lib/")  # folders that a run or a user makes


def named_by(path):
    """Returns the path as a test's name."""
    return str(path.relative_to(ROOT))


def docstring(path):
    """Returns the docstring of a module."""
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


@pytest.mark.parametrize("module", MODULES, ids=named_by)
def test_a_file_says_its_one_job_in_its_first_line(module):
    first = docstring(module).partition("\n")[0]
    assert first.endswith((".", "?", ":")), first


@pytest.mark.parametrize("room", ROOMS, ids=named_by)
def test_a_room_says_what_it_may_import(room):
    assert "May import: " in docstring(room)


def paths_in(text):
    """Returns the files and folders that a document names: those in backticks, and those it links to."""
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w./-]+/[\w.-]+\.(?:py|md|toml))`", text)
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    return {path for path in [*named, *linked] if not path.startswith(MADE_LATER)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named_by)
def test_every_path_that_a_document_names_is_there(document):
    for path in paths_in(document.read_text("utf-8")):
        places = [document.parent / path, ROOT / path]
        assert any(place.exists() for place in places), path


def test_the_architecture_lists_the_rooms_in_the_order_that_imports_keep():
    order = re.findall(r"^\| `(\w+)/` \|", (ROOT / "hpsearch" / "README.md").read_text("utf-8"), re.MULTILINE)
    tested = (ROOT / "tests" / "hpsearch" / "test_imports.py").read_text("utf-8")
    assert order == re.findall(r'"(\w+)"', re.search(r"ROOMS = \[(.*?)\]", tested, re.DOTALL)[1])


@pytest.mark.parametrize("document", ["README.md", "studies/README.md"])
def test_the_study_files_that_documents_show_are_sound(document):
    shown = re.findall(r"```toml\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)
    assert shown
    for text in shown:
        from_table(tomllib.loads(text), "shown", document)


PRELUDE = """
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from optuna.samplers import BaseSampler, CmaEsSampler

from hpsearch.report.exhibit import Exhibit
from hpsearch.report.style import colour, new_tile
from hpsearch.results.frames import StudyFrames
from hpsearch.space import Parameter
from hpsearch.strategies.options import Option
from hpsearch.strategies.pruners import Pruner, Situation
from hpsearch.strategies.samplers import Sampler, SamplerSettings
from nets import checks
from nets.arrays import Floats
from nets.data.published import locate_published
from nets.data.source import Source
from nets.models.network import Network
from nets.models.stages import Activation, Affine, Convolution, MaxPool, Normalization, Shape, Stage
from nets.training.optim import _less, _settled
"""


def defined_in(document, **given):
    """Returns what the Python code in a document defines, beside what it is given."""
    names = {"__name__": "sketch", **given}
    code = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)
    exec(PRELUDE + "\n".join(code), names)
    return names


@pytest.fixture
def sketches(monkeypatch):
    """Returns `defined_in`, and a module for the code: dataclasses look for the one that they are in."""
    monkeypatch.setitem(sys.modules, "sketch", types.ModuleType("sketch"))
    return defined_in


def test_the_sketches_of_the_search_run(sketches):
    names = sketches("hpsearch/README.md")
    now = names["Situation"]([0.5, 0.7, 0.7], History.of([], 5), 0, 0, {"window": 2})
    assert names["plateau"](now) == "0.7 in each of the last 2 epochs up to epoch 3"
    assert names["plateau"](replace(now, curve=[0.7])) is None
    assert names["epochs_trained"](names["pd"].DataFrame({"epochs": [1, 2, 2]})).axes


def test_the_sketches_of_the_nets_have_right_gradients(sketches):
    rng = np.random.default_rng(0)
    digits = {"X_train": rng.random((20, 1, 8, 8)), "y_train": np.arange(20) % 10}
    digits |= {"X_val": digits["X_train"], "y_val": digits["y_train"]}
    names = sketches("nets/README.md", data=digits)

    x, w, dout = rng.standard_normal((4, 3)), rng.standard_normal(3), rng.standard_normal((4, 3))
    _, cache = names["scale_forward"](x, w)
    dx, dw = names["scale_backward"](dout, cache)
    assert gradcheck.projection_error(lambda x: float(np.sum(x * w * dout)), x, dx, rng) < 1e-7
    assert gradcheck.projection_error(lambda w: float(np.sum(x * w * dout)), w, dw, rng) < 1e-7

    net = names["OneConvNet"](input_dim=(1, 8, 8), normalization="batchnorm", dtype="float64", rng=0)
    images, labels = digits["X_train"], digits["y_train"]
    assert max(gradcheck.net_errors_by_projection(net, images, labels, rng).values()) < 1e-5
    assert names["sgd"](w, dw)[0] == pytest.approx(w - 0.01 * dw)
