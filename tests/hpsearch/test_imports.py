"""The arrows point one way: studies -> hpsearch -> nets -> numpy, and nothing heavy where it must not be."""

import ast
import graphlib
import json
import pickle
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import hpsearch
import nets

ROOTS = {package.__name__: Path(package.__file__).parent for package in (hpsearch, nets)}
HEAVY = ["matplotlib", "numpy", "optuna", "pandas", "pydantic", "scipy", "seaborn", "sklearn", "jinja2"]


def modules_of(package):
    """Returns the modules of a package by dotted name, with their files."""
    root = ROOTS[package]
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = [package, *path.relative_to(root).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = {name: path for package in ROOTS for name, path in modules_of(package).items()}


def is_for_types_only(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


@cache
def parsed(module):
    """Returns the syntax tree of a module."""
    return ast.parse(MODULES[module].read_text("utf-8"))


def import_statements(node, lazily):
    """Yields the imports below a node: those that run when it is imported, or also those inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not lazily:
            continue
        elif not is_for_types_only(child):
            yield from import_statements(child, lazily)


@cache
def imported(module, lazily=True):
    """Returns the dotted names that a module imports; of `from package import module` the module."""
    found = set()
    for statement in import_statements(parsed(module), lazily):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
            continue
        assert statement.level == 0, f"{module}: imports are absolute"
        whole = {f"{statement.module}.{alias.name}" for alias in statement.names}
        found |= {name if name in MODULES else statement.module for name in whole}
    return found


def reached(module, lazily):
    """Returns all modules of ours that a module imports, directly or not."""
    waiting, seen = [module], set()
    while waiting:
        for name in imported(waiting.pop(), lazily) & set(MODULES):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen


def test_nets_know_nothing_of_the_search_nor_of_its_libraries():
    allowed = {"nets", "numpy", "sklearn", "PIL", "platformdirs"} | sys.stdlib_module_names
    for module in modules_of("nets"):
        for name in imported(module):
            assert name.split(".")[0] in allowed, f"{module} imports {name}"
            if name.split(".")[0] not in {"nets", "numpy"} | sys.stdlib_module_names:
                assert module.startswith("nets.data."), f"{module} imports {name}"


def test_the_search_knows_no_tests_and_no_studies():
    for module in modules_of("hpsearch"):
        for name in imported(module):
            assert name.split(".")[0] not in {"tests", "studies"}, f"{module} imports {name}"


def test_no_modules_import_each_other_in_a_circle():
    lazy_doors = {"hpsearch", "nets"}  # `hpsearch.run` is imported when it is used
    graph = {module: imported(module) & set(MODULES) for module in MODULES if module not in lazy_doors}
    order = list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError with the circle
    assert set(graph) <= set(order)


DOORS = {
    "hpsearch",
    "hpsearch.__main__",
    "hpsearch.api",
    "hpsearch.notebook",
    "hpsearch.result",
}  # they open the last rooms
ROOMS = [
    "system",
    "strategies",
    "disk",
    "study",
    "worker",
    "search",
    "results",
    "report",
    "checks",
    "exchange",
    "cli",
]


def room_of(module):
    """Returns the folder of hpsearch that a module lies in; "" for the vocabulary."""
    package, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    return room if package == "hpsearch" and room in ROOMS else ""


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_a_room_imports_only_from_those_before_it_in_the_flow(room):
    later = set(ROOMS[ROOMS.index(room) + 1 :] if room else ROOMS)
    for module in modules_of("hpsearch"):
        if module not in DOORS and room_of(module) == room:
            wrong = {name for name in imported(module) & set(MODULES) if room_of(name) in later}
            assert not wrong, f"{module} imports {wrong}"


@pytest.mark.parametrize(
    "module",
    [
        "strategies.samplers",
        "strategies.sampling",
        "disk.journal",
        "disk.folder",
        "study.studyfile",
        "search",
        "results",
        "checks",
        "report",
    ],
)
def test_a_worker_knows_neither_record_nor_sampler_nor_page(module):
    known = reached("hpsearch.worker.worker", lazily=True)
    assert not [name for name in known if f"{name}.".startswith(f"hpsearch.{module}.")]


@pytest.mark.parametrize("room", ["results", "report", "checks"])
def test_who_reads_or_trains_again_does_not_drag_the_coordinator_along(room):
    coordinator = {"hpsearch.search.session", "hpsearch.search.order", "hpsearch.search.running"}
    for module in modules_of("hpsearch"):
        if room_of(module) == room:
            assert not reached(module, lazily=True) & coordinator, module


OF_ONE_SYSTEM = {
    **dict.fromkeys(["fcntl", "msvcrt"], "nets.locks"),
    "resource": "hpsearch.system.memory",
    "ctypes": "hpsearch.system.parent",
    **dict.fromkeys(
        ["_winapi", "grp", "posix", "pty", "pwd", "syslog", "termios", "tty", "winreg"], "nobody"
    ),
}
WORDS_OF_ONE_SYSTEM = re.compile(
    r"^/proc\b|^/dev/|\b(?:os\.fork|getppid|killpg|nice|pthread_sigmask|sched_\w+|setsid|start_new_session"
    r"|process_group|creationflags|SIGKILL|O_BINARY|getuid|uname|os\.name|sys\.platform)\b"
)


def test_what_one_system_alone_has_is_used_in_one_place():
    for module in MODULES:
        for name in imported(module) & set(OF_ONE_SYSTEM):
            assert module == OF_ONE_SYSTEM[name], f"{module} imports {name}"


def test_no_other_room_asks_which_system_it_is_on():
    for module in MODULES:
        found = {word for text in names_and_texts(module) for word in WORDS_OF_ONE_SYSTEM.findall(text)}
        assert not found or room_of(module) == "system", f"{module}: {found}"


def names_and_texts(module):
    """Yields the attributes, keywords and constants of a module's code."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.Constant) and str(node.value).startswith("/"):
            yield str(node.value)


def test_optuna_is_used_by_the_coordinators_modules_alone():
    users = {module for module in MODULES if any(name.split(".")[0] == "optuna" for name in imported(module))}
    sampling = {
        f"hpsearch.strategies.{module}" for module in ("automatic", "gaussian", "samplers", "sampling")
    }
    others = {
        "hpsearch.space",
        "hpsearch.disk.journal",
        "hpsearch.cli.dashboard",
        "hpsearch.exchange.optuna_export",
        "hpsearch.exchange.optuna_import",
        "hpsearch.exchange.storages",
    }
    assert users == sampling | others


@pytest.mark.parametrize(
    ("opener", "module"),
    [("open_test", "hpsearch.checks.final_test"), ("open_estimate", "hpsearch.checks.race")],
)
def test_one_module_alone_opens_the_images_that_choose_nothing(opener, module):
    users = {
        name
        for name in MODULES
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.Attribute | ast.Name | ast.alias)
        and opener in (getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "name", ""))
    }
    assert {name for name in users if not name.startswith("nets.data")} == {module}


LIST_HEAVY = f"import json, sys; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"


def loaded_after(code):
    """Returns which heavy libraries a fresh process has loaded after this code."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LIST_HEAVY}"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_the_command_line_starts_without_anything_heavy():
    assert loaded_after("import hpsearch.cli") == []
    assert loaded_after("import hpsearch") == []


def test_a_worker_loads_numpy_alone():
    assert loaded_after("import hpsearch.worker.worker") == ["numpy"]


def test_nets_load_numpy_alone():
    assert loaded_after("import nets") == ["numpy"]


def test_a_worker_that_trains_loads_numpy_alone(make_task, tmp_path):
    task = tmp_path / "task"
    task.write_bytes(pickle.dumps(make_task()))
    code = f"""
import pickle
from pathlib import Path
from hpsearch.worker import environment, worker
from hpsearch.worker.coordinator import Coordinator
from hpsearch.disk.trialfolder import TrialFolder
task = pickle.loads(Path({str(task)!r}).read_bytes())
nowhere = Path({str(tmp_path)!r}) / "nowhere"
coordinator = Coordinator(nowhere, "nobody", nowhere, environment.describe_worker(task.code), "")
assert worker.run_task(task, TrialFolder(nowhere), coordinator).outcome.state == "complete"
"""
    assert loaded_after(code) == ["numpy"]
