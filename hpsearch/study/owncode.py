"""Code of the user's own that a study names: "package.module:Name", which may be a script's or a notebook's.

find(kind, key)       the class or function
kind_of(thing)        what a study file calls it
source_of(kind)       the code of its module
sources_of(kind)      the code that the bits of a trial depend on: that of the modules it uses too
files_of(kind)        the same, file by file
imported_by(kind)     what this code imports
imports(kind, name)   whether it imports a package
carried(kinds)        what of `__main__` goes along to a process whose `__main__` is another
asked_errors(kind)    what its module asks NumPy to do with overflow and the like
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import inspect
import pickle
import re
import sys
import sysconfig
from collections.abc import Iterable
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

import numpy as np

import nets
from hpsearch.errors import CallError
from hpsearch.failures import in_words
from hpsearch.study.maincode import code_of, modules_of

_MAIN = "__main__"
_OURS = ("nets", "hpsearch")
_STANDARD = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
_INSTALLED = {"site-packages", "dist-packages"}
_KIND = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_asked_errors: dict[str, dict[str, Any]] = {}  # by module: what it said to `np.seterr` when it was imported
_received: dict[str, tuple[Any, str, list[str]]] = {}  # another process's __main__: things, code, modules


class OwnCodeError(CallError, ValueError):
    """There is no such thing: a wrong value in a study file, which adds its name, or one line by itself."""


def is_own(kind: str) -> bool:
    """Says whether a kind names code of the user's own."""
    return ":" in kind


def find(kind: str, key: str, what: str = "class or function") -> Any:
    """Returns what a module has under a name.

    Args:
        kind: "package.module:Name".
        key: the key of the study file that says so, for messages; the kind where it is not known.
        what: "class" or "function", for messages.

    Raises:
        OwnCodeError: there is no such thing.
    """
    if not _KIND.fullmatch(kind):
        raise OwnCodeError(f"{key}: expected {pattern(what)}, but got {kind!r}")
    return _received[kind][0] if kind in _received else _imported(kind, key, what)


def require_names(thing: Any, kind: str, key: str) -> None:
    """Raises OwnCodeError if a class or function needs an argument that cannot be given by its name."""
    for one in inspect.signature(thing).parameters.values():
        if one.kind is one.POSITIONAL_ONLY and one.default is one.empty:
            raise OwnCodeError(
                f"{key}: {kind!r} takes {one.name} by its place alone; expected arguments that are given by "
                f"name"
            )


def asked_errors(kind: str) -> dict[str, Any]:
    """Returns what the module of a kind asks NumPy to do with overflow and the like, as `np.seterr` takes it.

    A trial is trained so. The search itself is not: what underflows in its statistics is no error.
    """
    return _asked_errors.get(kind.partition(":")[0], {})


def pattern(what: str) -> str:
    """Returns how a kind is written, as messages say it."""
    return f"package.module:{'Class' if what == 'class' else what}"


def kind_of(thing: Any) -> str:
    """Returns what a study file calls a class or function.

    Raises:
        OwnCodeError: it cannot be found by a name.
    """
    kind = f"{thing.__module__}:{thing.__qualname__}"
    if thing in nets.NETS.values():
        return str(thing.__name__)
    held = getattr(sys.modules.get(thing.__module__), thing.__qualname__, None)
    if held is not thing:
        remedy = (
            "define it outside of functions and classes"
            if held is None
            else "it has another one there now, as after a cell was run again: name that one in the study"
        )
        raise OwnCodeError(
            f"{kind}: expected a class or function that its module has under its name; {remedy}"
        )
    return kind


def source_of(kind: str) -> str:
    """Returns the code of what a kind names: that of its module, or of `__main__` what it uses there.

    Raises:
        OwnCodeError: there is no such thing.
    """
    if kind in _received:
        return _received[kind][1]
    thing = find(kind, kind)
    if is_of_main(kind):
        return code_of(thing)
    try:
        return inspect.getsource(inspect.getmodule(thing) or thing)
    except (OSError, TypeError) as error:  # compiled, or made by other code
        raise OwnCodeError(f"{kind}: has no source that can be read; expected it in a .py file") from error


def sources_of(kind: str) -> str:
    """Returns the code of what a kind names, and of the modules of the user's own that its module uses.

    Raises:
        OwnCodeError: there is no such thing.
    """
    return "\n".join(files_of(kind).values())


def files_of(kind: str) -> dict[str, str]:
    """Returns the same file by file, its own module first; names are those that an import looks for.

    What a module imports is read from its code, so that it does not depend on what else was imported. Of
    `__main__` only what the thing uses there counts, with the modules that this names.
    Installed packages are told by their versions, if at all.

    Raises:
        OwnCodeError: there is no such thing.
    """
    found, _ = _followed(kind)
    return found or {f"{find(kind, kind).__module__}.py": source_of(kind)}


def imported_by(kind: str) -> set[str]:
    """Returns the first names of all that this code imports, the user's own modules included.

    Raises:
        OwnCodeError: there is no such thing.
    """
    _, modules = _followed(kind)
    return {module.partition(".")[0] for module in modules}


def _followed(kind: str) -> tuple[dict[str, str], set[str]]:
    """Returns the files of a kind's code, by name, and all that may be modules that it imports."""
    thing = find(kind, kind)
    found: dict[str, str] = {}
    waiting = [thing.__module__]
    if is_of_main(kind):
        found[f"{_MAIN}.py"] = source_of(kind)
        waiting = _received[kind][2] if kind in _received else modules_of(thing)
    modules = set(waiting)
    while waiting:
        module, *waiting = waiting
        spec = _own_spec(module)
        if spec is not None and (name := _file_of(spec)) not in found:
            found[name] = _text_of(spec)
            imported = _imported_by(found[name], spec)
            waiting += imported
            modules.update(imported)
    return found, modules


def imports(kind: str, package: str) -> bool:
    """Says whether code of the user's own that a kind names has a line that imports a package."""
    pattern = rf"^\s*(import|from)\s+{re.escape(package)}\b"
    return re.search(pattern, sources_of(kind), re.MULTILINE) is not None


def is_users(module: str) -> bool:
    """Says whether a module is one of the user's: not Python's, ours, or installed."""
    return _own_spec(module) is not None


def _own_spec(name: str) -> ModuleSpec | None:
    """Returns where a module's file is, if it is one of the user's: not Python's, ours, or installed."""
    spec = _spec(name)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin)
    is_foreign = _INSTALLED & set(path.parts) or any(map(path.is_relative_to, _STANDARD))
    return None if is_foreign else spec


def _spec(name: str) -> ModuleSpec | None:
    """Returns where a module is, if there is one; it is not imported, which may never be wanted."""
    above = name.rpartition(".")[0]
    if above:
        package = _spec(above)
        folders = None if package is None else package.submodule_search_locations
        return None if folders is None else PathFinder.find_spec(name, folders)
    try:
        return None if name in _OURS else importlib.util.find_spec(name)
    except ValueError:  # a module that has no spec
        return None


def _text_of(spec: ModuleSpec) -> str:
    """Returns the source of a module, also of one in a zip file.

    Raises:
        OwnCodeError: it is no text, though Python may have compiled it.
    """
    try:
        return str(spec.loader.get_source(spec.name))  # type: ignore[union-attr]
    except (ImportError, SyntaxError) as error:
        raise OwnCodeError(
            f"{spec.origin}: expected a text in UTF-8, or one that names its encoding"
        ) from error


def _file_of(spec: ModuleSpec) -> str:
    """Returns the name of a module's file, from the folder where imports look."""
    name = spec.name.replace(".", "/")
    return f"{name}.py" if spec.submodule_search_locations is None else f"{name}/__init__.py"


def _imported_by(source: str, spec: ModuleSpec) -> list[str]:
    """Returns the names of what may be modules that some code imports, with the packages that they are in."""
    names = [spec.name]
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # a file that is imported in a function, and may never be
        nodes = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, spec.parent or "")
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    paths = [name.split(".") for name in names]
    return [".".join(path[:n]) for path in paths for n in range(len(path), 0, -1)]


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Returns what an import is from, seen from a package."""
    parts = package.split(".") if node.level else []
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


class Carried:
    """A class or function of `__main__` for another process, which knows it once this is unpickled there.

    Args:
        kind: "__main__:Name".
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        import cloudpickle

        thing = find(self._kind, self._kind)
        return _receive, (self._kind, cloudpickle.dumps(thing), source_of(self._kind), modules_of(thing))


def carried(kinds: Iterable[str]) -> tuple[Carried, ...]:
    """Returns what a task takes along so that any process finds its code; nothing where modules have it."""
    return tuple(Carried(kind) for kind in kinds if is_of_main(kind))


def _receive(kind: str, code: bytes, source: str, modules: list[str]) -> Carried:
    if kind in _received or not _has(kind, source):
        _received[kind] = (pickle.loads(code), source, modules)
    return Carried(kind)


def _has(kind: str, source: str) -> bool:
    """Says whether `__main__` here has the thing with this code."""
    own = getattr(sys.modules[_MAIN], kind.partition(":")[2], None)
    return callable(own) and code_of(own) == source


def is_of_main(kind: str) -> bool:
    """Says whether a kind names code of a script or notebook."""
    return kind.partition(":")[0] == _MAIN


def _imported(kind: str, key: str, what: str) -> Any:
    module_name, _, name = kind.partition(":")
    try:
        # a module that changes the folder must not move our files, nor its np.seterr stop our statistics
        with contextlib.chdir("."), np.errstate():
            before: dict[str, Any] = {**np.geterr()}
            module = importlib.import_module(module_name)
            asked = {name: what for name, what in np.geterr().items() if what != before[name]}
            _asked_errors.setdefault(module_name, asked)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = in_words(error)
        where = _looked_in(module_name, error)
        raise OwnCodeError(f"{key}: module {module_name!r} cannot be imported: {said}{where}") from error
    found = getattr(module, name, None)
    if found is None and is_of_main(kind):
        named = kind if key == kind else f"{key}: {kind!r}"
        raise OwnCodeError(
            f"{named} is a {what} of a script or notebook; expected the study to be used from Python where "
            f"its definition has run, or the {what} in a module"
        )
    if found is None:
        raise OwnCodeError(f"{key}: module {module_name!r} has no {what} {name!r}")
    return found


def _looked_in(module_name: str, error: BaseException) -> str:
    """Returns where modules are looked for, if the named one was not found."""
    if not isinstance(error, ModuleNotFoundError) or error.name != module_name.partition(".")[0]:
        return ""
    return "; looked for in the current folder, PYTHONPATH and the installed packages"
