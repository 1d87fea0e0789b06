"""What the documents say of the sources is so, and every file says its one job."""

import ast
import re
from pathlib import Path

import pytest

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
