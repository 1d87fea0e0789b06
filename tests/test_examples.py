"""The notebooks of examples/ run from their first cell to their last, in an empty folder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "examples").glob("*.ipynb"))


def outputs(notebook):
    """Returns the kinds of each cell's outputs, without the warnings that libraries print."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return [
        [sorted(one.get("data", {})) for one in cell.get("outputs", []) if one.get("name") != "stderr"]
        for cell in cells
    ]


def without_outputs(notebook):
    """Returns the text of a notebook that was not run."""
    content = json.loads(notebook.read_text("utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(content)


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_is_stored_in_it(notebook, tmp_path):
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    copy = tmp_path / notebook.name
    copy.write_text(without_outputs(notebook))
    run_notebook = "from nbclient.cli import main; main()"
    command = [sys.executable, "-c", run_notebook, "--inplace", str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert outputs(copy) == outputs(notebook)
    assert "IProgress" not in copy.read_text("utf-8"), "nobody sees a bar of tqdm's"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_notebook_was_run_whole_and_without_an_error(notebook):
    cells = [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert not [one for cell in cells for one in cell["outputs"] if one["output_type"] == "error"]
