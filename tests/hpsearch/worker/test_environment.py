"""What bits depend on beside study, seed and data: what counts as a difference, and that it is one."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import nets
from hpsearch.study.owncode import files_of, source_of, sources_of
from hpsearch.worker import threads
from hpsearch.worker.environment import (
    describe,
    describe_worker,
    difference,
    difference_from_record,
    fingerprint,
    hash_of_nets,
    n_threads,
    simd_features,
)

HERE = describe()


def test_the_environment_names_all_that_bits_depend_on():
    assert sorted(HERE) == ["blas", "hpsearch", "nets", "numpy", "optuna", "python", "scipy", "simd"]
    assert HERE["numpy"] == np.__version__
    assert HERE.items() > describe_worker().items()


@pytest.mark.parametrize("part", sorted(HERE))
def test_a_part_that_changes_can_change_bits(part):
    other = {**HERE, part: "1.0"}
    [told] = difference(other, HERE)
    assert told.startswith(f"{part} was 1.0, is ")
    assert fingerprint(other) != fingerprint(HERE)


def test_the_third_number_of_pythons_version_changes_none():
    first, second, third = ({**HERE, "python": version} for version in ("3.11.2", "3.11.14", "3.12.2"))
    assert difference(first, second) == []
    assert fingerprint(first) == fingerprint(second) != fingerprint(third)
    assert difference(first, third) == ["python was 3.11, is 3.12"]


def test_what_a_record_of_before_says_nothing_of_is_no_difference():
    before = {name: value for name, value in HERE.items() if name != "simd"}
    assert difference_from_record(before, HERE) == []
    assert difference_from_record({**before, "numpy": "1.0"}, HERE) == difference(
        {**HERE, "numpy": "1.0"}, HERE
    )
    assert difference(before, HERE) == [f"simd was absent, is {HERE['simd']}"]


def test_other_threads_are_another_environment_and_one_is_that_of_before():
    with threads.used(1):
        assert describe() == HERE
    with threads.used(2):
        two = describe()
    assert fingerprint(two) != fingerprint(HERE)
    assert difference(HERE, two) == difference_from_record(HERE, two) == ["BLAS threads was 1, is 2"]
    assert difference(two, HERE) == difference_from_record(two, HERE) == ["BLAS threads was 2, is 1"]
    assert (n_threads(HERE), n_threads(two)) == (1, 2)


def test_code_of_the_nets_that_was_changed_is_another_environment(tmp_path):
    installed = Path(nets.__file__).parent
    same, windows, changed = (tmp_path / name for name in ("same", "windows", "changed"))
    for copy in (same, windows, changed):
        shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("__pycache__"))
    edited = "training/optim.py"
    code = (installed / edited).read_text()
    (same / "training" / ".ipynb_checkpoints").mkdir()
    (same / "training" / ".ipynb_checkpoints" / "optim-checkpoint.py").write_text("# of before")
    (same / "training" / ".#optim.py").symlink_to("somebody@somewhere")  # as Emacs locks a file
    (windows / edited).write_bytes(code.replace("\n", "\r\n").encode())
    (changed / edited).write_text(code.replace("0.9", "0.8", 1))
    hashes = [hash_of_nets(folder) for folder in (installed, same, windows, changed)]
    assert hashes[:3] == 3 * [HERE["nets"]]
    assert hashes[3] != HERE["nets"]


def test_a_record_of_before_says_nothing_of_the_nets():
    before = {name: value for name, value in HERE.items() if name != "nets"}
    assert difference(before, HERE) == difference_from_record(before, HERE) == []


@pytest.mark.slow
def test_numpy_without_its_simd_features_is_another_environment_with_other_bits():
    if simd_features() == "baseline":
        pytest.skip("NumPy found none beyond its baseline")
    code = (
        "import json, numpy as np; from hpsearch.worker.environment import describe\n"
        "x = np.random.default_rng(0).normal(size=10**5).astype(np.float32)\n"
        "print(json.dumps([describe(), np.exp(x).tobytes().hex()]))"
    )
    found = []
    for disabled in ("", simd_features()):
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": disabled}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        found.append(json.loads(run.stdout))
    (with_them, bits), (without, other_bits) = found
    assert difference(with_them, without) == [f"simd was {simd_features()}, is baseline"]
    assert bits != other_bits


def test_code_that_a_net_imports_from_files_of_ones_own_belongs_to_it(own_net, tmp_path):
    (tmp_path / "deep.py").write_text("def power(x):\n    return x**2\n")
    (tmp_path / "shared_layers.py").write_text(
        "import numpy as np\nimport deep\ndef relu(x):\n    return x * (x > 0)\n"
    )
    kind = own_net("from shared_layers import *\nclass Net:\n    pass\n")
    alone = own_net("import numpy\nfrom nets import FullyConnectedNet\nclass Net:\n    pass\n")
    try:
        code = sources_of(kind)
    finally:
        for name in ("deep", "shared_layers"):
            sys.modules.pop(name, None)
    assert code.startswith(source_of(kind))
    assert "x * (x > 0)" in code
    assert "x**2" in code
    assert "def array" not in code
    assert sources_of(alone) == source_of(alone)


IMPORTING = """
import json
import numpy as np
from sklearn.linear_model import SGDClassifier
try:
    import some_accelerator
except ImportError:
    some_accelerator = None
class Net:
    pass
"""


def test_packages_that_code_of_ones_own_imports_are_told_by_their_versions(own_net, tmp_path):
    (tmp_path / "helpers.py").write_text("def draw():\n    import matplotlib.pyplot\n")
    kind = own_net("import helpers\n" + IMPORTING)
    try:
        described = describe_worker([kind])
    finally:
        sys.modules.pop("helpers")
    assert {name: said for name, said in described.items() if name.startswith("package ")} == {
        "package matplotlib": version("matplotlib"),
        "package sklearn": version("scikit-learn"),
        "package some_accelerator": "absent",
    }
    other = {**described, "package sklearn": "0.1"}
    assert difference(other, described) == [f"package sklearn was 0.1, is {version('scikit-learn')}"]
    assert fingerprint(other) != fingerprint(described)


def test_a_record_of_before_that_says_nothing_of_packages_is_of_no_other_ones(own_net):
    described = describe_worker([own_net(IMPORTING)])
    before = {name: said for name, said in described.items() if not name.startswith("package ")}
    assert difference(before, described) == difference(described, before) == []
    assert difference_from_record(before, described) == []


def test_code_that_imports_numpy_and_python_alone_names_no_package(own_net):
    kind = own_net("import json\nimport numpy\nfrom nets import FullyConnectedNet\nclass Net:\n    pass\n")
    assert describe_worker([kind]).keys() == describe_worker().keys() | {kind}


def test_what_else_was_imported_changes_nothing_of_a_nets_code(tmp_path, monkeypatch):
    package = tmp_path / "some_course"
    (package / "parts").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "net.py": "import some_course.layers\nfrom .parts import more\nclass Net:\n    pass\n",
        "layers.py": "def late():\n    from . import rare\n    from .broken import thing\n",
        "rare.py": "raise SystemExit\n",
        "broken.py": "print 'of another Python'\n",
        "solver.py": "SOLVER = 1\n",
        "parts/__init__.py": "",
        "parts/more.py": "MORE = 1\n",
    }.items():
        (package / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        before = files_of("some_course.net:Net")
        importlib.import_module("some_course.solver")
        assert files_of("some_course.net:Net") == before
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "some_course"]:
            del sys.modules[name]
    names = ["net", "__init__", "layers", "rare", "broken", "parts/__init__", "parts/more"]
    assert next(iter(before)) == "some_course/net.py"
    assert sorted(before) == sorted(f"some_course/{name}.py" for name in names)
