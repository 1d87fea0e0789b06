"""A net's class is found by its name, and one of a script or notebook is known by the code that it uses."""

import py_compile
import subprocess
import sys
import zipfile
from pathlib import Path
from textwrap import dedent

import pytest

from hpsearch.errors import CallError
from hpsearch.study.maincode import code_of
from hpsearch.study.netclass import net_class
from hpsearch.study.owncode import carried, files_of, kind_of, sources_of
from hpsearch.worker.task import build_net, open_data
from nets import FullyConnectedNet

SCRIPT = """
    import sys
    import hpsearch
    import numpy as np

    WIDTH = 10
    UNUSED = 1

    def start(rows):
        "weights"
        return np.zeros((rows, WIDTH))

    class Base:
        def loss(self, X, y=None):
            if y is None:
                return X @ self.params["w"]
            self.calls = getattr(self, "calls", 0) + 1
            return 1.0, {"w": np.ones_like(self.params["w"])}

    class Net(Base):
        def __init__(self, input_size):
            self.params = {"w": start(input_size)}
"""
RUN = """
    study = {
        "data": {"source": "digits", "num_train": 50, "num_val": 20, "num_test": 10},
        "net": {"kind": Net}, "training": {"epochs": 1, "num_train_samples": 20},
        "space": {"learning_rate": {"low": 0.1, "high": 1.0}},
    }
    "others"
    result = hpsearch.run(study, name="mine", trials=2, jobs=1, out=sys.argv[1])
    assert list(result.trials["state"]) == ["complete", "complete"], result.trials["reason"]
    print(hpsearch.load("mine", out=sys.argv[1]).confirm(top=1, seeds=2, jobs=1).n_seeds)
"""


def code(source):
    space = {"__name__": "a_script"}
    exec(dedent(source), space)
    return code_of(space["Net"])


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ("WIDTH = 10", "WIDTH = 11", True),
        ("np.zeros", "np.ones", True),
        ("return 1.0", "return 2.0", True),
        ('self.params = {"w": start(input_size)}', 'self.params = {"v": start(input_size)}', True),
        ("UNUSED = 1", "UNUSED = 2", False),
        ("UNUSED = 1", "def unused(): pass", False),
    ],
)
def test_the_code_of_a_class_is_what_it_uses_and_nothing_else(before, after, differs):
    assert (code(SCRIPT) != code(SCRIPT.replace(before, after))) is differs


def test_a_class_is_named_as_study_files_name_it(own_net):
    cls = net_class(own_net("class Net:\n    def loss(self, X, y=None): ..."))
    assert net_class(kind_of(cls)) is cls
    assert kind_of(FullyConnectedNet) == "FullyConnectedNet"
    assert carried([kind_of(cls), "FullyConnectedNet"]) == ()
    assert len(carried(["__main__:Net", kind_of(cls)])) == 1

    class Inner: ...

    with pytest.raises(CallError, match="define it outside of functions and classes"):
        kind_of(Inner)


def test_a_class_whose_cell_was_run_again_is_not_called_one_of_a_function(monkeypatch):
    """A study that was made before still holds the class of before."""
    before, after = (type("Net", (), {"__module__": "__main__"}) for _ in range(2))
    monkeypatch.setattr(sys.modules["__main__"], "Net", after, raising=False)
    assert kind_of(after) == "__main__:Net"
    with pytest.raises(
        CallError, match="another one there now, as after a cell was run again: name that one"
    ):
        kind_of(before)


def test_a_missing_module_says_where_modules_are_looked_for_and_a_missing_colon_where_it_belongs():
    with pytest.raises(CallError, match="looked for in the current folder, PYTHONPATH and the installed"):
        net_class("no_such_module_anywhere:Net")
    with pytest.raises(CallError, match=r"expected package\.module:Class \(as in my\.nets:Net\) or one of"):
        net_class("my.nets.Net")


def test_a_training_function_of_a_script_is_not_called_a_class_elsewhere():
    """`pack` of such a study said "__main__:train: '__main__:train' is a class of a script"."""
    with pytest.raises(CallError, match=r"^__main__:absent is a class or function of a script or notebook;"):
        files_of("__main__:absent")


@pytest.mark.parametrize(
    ("constructor", "loss", "words"),
    [
        ("self, width, /", "self, X, y=None", "takes width by its place alone; expected arguments that are"),
        ("self", "self, X, y", r"must have a method loss\(X, y=None\), .* missing a required argument: 'y'"),
        ("self", "self", r"must have a method loss\(X, y=None\), .* too many positional arguments"),
    ],
)
def test_a_class_that_no_trial_could_call_is_refused(own_net, constructor, loss, words):
    kind = own_net(f"class Net:\n    def __init__({constructor}): ...\n    def loss({loss}): ...")
    with pytest.raises(CallError, match=words):
        net_class(kind)


@pytest.mark.parametrize("loss", ["def loss(self, X, y=None, /): ...", "loss = staticmethod(print)"])
def test_an_argument_by_its_place_alone_keeps_its_default(own_net, make_task, loss):
    body = "def __init__(self, input_dim=5, /, seed=None): self.given = (input_dim, type(seed))"
    task = make_task(own_net(f"class Net:\n    {body}\n    {loss}"))
    assert build_net(task, open_data(task)).given == (5, int)


HELPERS = """
    import sys
    import numpy as np
    import helper_package
    from helper_stars import *
    from helper_unused import never
    from helper_bases import Above
    from helper_values import table

    class Net(Above):
        def loss(self, X, y=None):
            import helper_late
            return affine(X) + helper_package.inner.add(table.sum())
"""
FILES = {
    "helper_package/__init__.py": "import helper_package.inner",
    "helper_package/inner.py": "def add(x): return x + 1",
    "helper_stars.py": "from helper_deep import two\ndef affine(x): return two * x",
    "helper_deep.py": "two = 2",
    "helper_unused.py": "def never(): pass",
    "helper_bases.py": "class Above: pass",
    "helper_values.py": "class Table:\n    def sum(self): return 0\ntable = Table()",
    "helper_late.py": "",
}


def test_modules_that_a_script_uses_for_its_net_belong_to_its_code(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    for name, source in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    main = vars(sys.modules["__main__"])
    for name in ("Net", "helper_package", "affine", "never", "Above", "table", "np"):
        monkeypatch.setitem(main, name, None)
    exec(dedent(HELPERS), main)
    assert set(files_of("__main__:Net")) == {"__main__.py", *FILES} - {"helper_unused.py"}
    before = sources_of("__main__:Net")
    (tmp_path / "helper_deep.py").write_text("two = 3")
    assert sources_of("__main__:Net") != before
    for name in [name for name in sys.modules if name.startswith("helper_")]:
        del sys.modules[name]


CLASS = "class Net:\n    def loss(self, X, y=None): ...\n"


def test_the_code_of_a_zipped_package_is_that_of_its_files(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("zipped_package/__init__.py", f"from zipped_layers import *\n{CLASS}")
        archive.writestr("zipped_layers.py", "def affine(): ...")
    monkeypatch.syspath_prepend(tmp_path / "code.zip")
    found = files_of("zipped_package:Net")
    assert list(found) == ["zipped_package/__init__.py", "zipped_layers.py"]
    assert found["zipped_layers.py"] == "def affine(): ..."
    for name in ("zipped_package", "zipped_layers"):
        del sys.modules[name]


def test_code_that_cannot_be_read_is_named(tmp_path, monkeypatch, own_net):
    kind = own_net(CLASS)
    net_class(kind)
    (tmp_path / f"{kind.partition(':')[0]}.py").write_bytes(b"# caf\xe9\n" + CLASS.encode())
    with pytest.raises(CallError, match=r"\.py: expected a text in UTF-8, or one that names its encoding"):
        sources_of(kind)
    (tmp_path / "compiled_only.py").write_text(CLASS)
    compiled = py_compile.compile(str(tmp_path / "compiled_only.py"), str(tmp_path / "compiled_only.pyc"))
    Path(compiled).with_suffix(".py").unlink()
    with pytest.raises(CallError, match=r"compiled_only:Net: has no source .*; expected it in a \.py file"):
        sources_of("compiled_only:Net")
    del sys.modules["compiled_only"]


def run_script(folder, source):
    script = folder / "script.py"
    script.write_text(dedent(source))
    command = [sys.executable, str(script), str(folder / "out")]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


@pytest.mark.slow
def test_a_script_without_a_guard_searches_its_own_net_and_a_changed_one_is_another_environment(tmp_path):
    first = run_script(tmp_path, SCRIPT + RUN)
    assert (first.returncode, first.stdout, first.stderr) == (0, "2\n", "")
    same = run_script(tmp_path, SCRIPT.replace("UNUSED = 1", "UNUSED = 2") + RUN)
    assert (same.returncode, same.stdout, same.stderr) == (0, "2\n", "")
    other = run_script(tmp_path, SCRIPT.replace("np.zeros", "np.ones") + RUN)
    assert other.returncode == 1
    assert "the trials were trained in another environment" in other.stderr
    command = [sys.executable, "-m", "hpsearch", "replay", "--study", "mine", "--out", str(tmp_path / "out")]
    replay = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert replay.returncode == 2
    assert replay.stderr == (
        "hpsearch: net.kind: '__main__:Net' is a class of a script or notebook; expected the study to be "
        "used from Python where its definition has run, or the class in a module\n"
    )


@pytest.mark.slow
def test_a_script_goes_on_with_a_changed_module_of_its_own_in_another_environment_only(tmp_path):
    start = '    def start(rows):\n        "weights"\n        return np.zeros((rows, WIDTH))\n'
    (tmp_path / "weights.py").write_text("import numpy as np\nWIDTH = 10\n" + dedent(start))
    source = SCRIPT.replace(start, "    from weights import *\n").replace("    WIDTH = 10\n", "") + RUN
    for _ in range(2):
        done = run_script(tmp_path, source)
        assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")
    (tmp_path / "weights.py").write_text("import numpy as np\nWIDTH = 11\n" + dedent(start))
    other = run_script(tmp_path, source)
    assert other.returncode == 1
    assert "the trials were trained in another environment" in other.stderr


@pytest.mark.slow
def test_a_class_of_main_trains_in_processes_that_use_ordinary_pickle(tmp_path):
    """The workers of `spawn` import the script again, so that one needs its guard."""
    executor = """
    if __name__ == "__main__":
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as executor:
            result = hpsearch.run(study, name="mine", trials=2, jobs=1, executor=executor, out=sys.argv[1])
        print(list(result.trials["state"]))
    """
    source = SCRIPT + RUN.partition('    "others"')[0] + executor
    done = run_script(tmp_path, source)
    assert (done.stdout, done.stderr) == ("['complete', 'complete']\n", "")


def test_a_net_that_trains_itself_is_told_of_training_functions(own_net):
    kind = own_net("class Net:\n    def SGD(self, training_data, epochs, eta): ...")
    with pytest.raises(
        CallError, match=r"must be a class with a method loss\(X, y=None\); for what trains otherwise"
    ):
        net_class(kind)
