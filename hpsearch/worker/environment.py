"""What beside study, seed and data bits depend on: versions, BLAS kernel and threads, SIMD, code of nets.

That of the package `nets` counts, which people read and change, and the user's own. Packages that the latter
imports are told by their versions, each under its module's name.

describe(code)                 the environment of a search, for the record
describe_worker(code)          the part that training depends on, the same wherever trials of a study run
fingerprint(description)       its short name, which a trial's outcome bears
difference(before, now)        what differs of that which can change bits
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nets
from hpsearch.errors import HpsearchError
from hpsearch.study.owncode import sources_of
from hpsearch.study.packages import packages_of
from hpsearch.worker import threads

THREADS = "BLAS threads"
PACKAGE = "package "
NETS = "nets"
_UNSAID = {THREADS: "1"}  # what is so where a description does not name it


def describe(code: Iterable[str] = ()) -> dict[str, str]:
    """Returns the environment of this process by what it consists of.

    Args:
        code: what of the user's own the study names, as "package.module:Name".
    """
    return {name: version(name) for name in ("optuna", "scipy")} | describe_worker(code)


def describe_worker(code: Iterable[str] = ()) -> dict[str, str]:
    """Returns what training depends on in a process that imports this code of the user's now."""
    kinds = tuple(code)
    packages = {PACKAGE + name: said for kind in kinds for name, said in packages_of(kind).items()}
    return describe_arithmetic() | packages | {kind: source_hash(sources_of(kind)) for kind in kinds}


def source_hash(source: str) -> str:
    """Returns what the environment says of the source of a user's own code."""
    return "sha256 " + hashlib.sha256(source.encode()).hexdigest()[:16]


@cache
def hash_of_nets(folder: Path) -> str:
    """Returns what the environment says of the package `nets` in a folder, however its lines end.

    What editors and notebooks leave beside its files, with names that begin with a dot, is no part of it.
    """
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    files = {name: (folder / name).read_text("utf-8") for name in names if "/." not in f"/{name}"}
    return source_hash(json.dumps(files, sort_keys=True))


def describe_arithmetic() -> dict[str, str]:
    """Returns what the training of every net depends on."""
    n_threads = threads.wanted()
    several = {} if n_threads == 1 else {THREADS: str(n_threads)}
    return several | {
        "blas": blas_kernel(),
        "hpsearch": version("hpsearch"),
        NETS: hash_of_nets(Path(nets.__file__).parent),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "simd": simd_features(),
    }


def blas_kernel() -> str:
    """Returns the BLAS that NumPy uses, its version and its kernel: other kernels, other bits."""
    import numpy  # noqa: F401 - its BLAS must be loaded to be found
    from threadpoolctl import threadpool_info

    libraries: list[dict[str, Any]] = [one for one in threadpool_info() if one["user_api"] == "blas"]
    for library in sorted(libraries, key=lambda one: "numpy" not in one["filepath"]):  # SciPy has its own
        return f"{library['internal_api']} {library['version']} {library.get('architecture', '')}".strip()
    return "unknown"


def simd_features() -> str:
    """Returns the instructions that NumPy found and uses: sums, exp and tanh round otherwise without them.

    NPY_DISABLE_CPU_FEATURES takes some away.
    """
    import numpy as np

    return " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])) or "baseline"


def fingerprint(description: Mapping[str, str]) -> str:
    """Returns the hash of an environment; equal where nothing differs that can change bits."""
    text = json.dumps(_decisive(description), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Returns what changed that can change bits, a phrase each.

    The same code imports the same packages; only a record of before says nothing of them, nor of the nets.
    """
    before, now = _decisive(before), _decisive(now)
    of_one = {name for name in before.keys() ^ now.keys() if name == NETS or name.startswith(PACKAGE)}
    return [
        f"{name} was {_said(before, name)}, is {_said(now, name)}"
        for name in sorted((before.keys() | now.keys()) - of_one)
        if _said(before, name) != _said(now, name)
    ]


def difference_from_record(recorded: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Returns the difference without what a record of before says nothing of."""
    return difference({**{name: now[name] for name in now if name not in _UNSAID}, **recorded}, now)


def n_threads(description: Mapping[str, str]) -> int:
    """Returns how many BLAS threads an environment has.

    Raises:
        HpsearchError: it does not say so.
    """
    said = _said(description, THREADS)
    if not said.isdecimal() or not 1 <= int(said) <= threads.MOST:
        raise HpsearchError(f"{THREADS}: expected an integer from 1 to {threads.MOST}, but got {said!r}")
    return int(said)


def _said(description: Mapping[str, str], name: str) -> str:
    return description.get(name, _UNSAID.get(name, "absent"))


def _decisive(description: Mapping[str, str]) -> dict[str, str]:
    """Returns an environment without what cannot change bits: the third number of Python's version."""
    shortened = {
        name: ".".join(value.split(".")[:2]) for name, value in description.items() if name == "python"
    }
    return {**description, **shortened}
