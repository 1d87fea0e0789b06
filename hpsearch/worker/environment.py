"""What beside study, seed and data the bits of a trial depend on: versions, BLAS kernel, the user's code.

`describe` is for the record. `describe_worker` is the part that training depends on, which must be the
same wherever trials of a study run.
"""

from __future__ import annotations

import hashlib
import inspect
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from hpsearch.study.arguments import net_class


def describe(net_kind: str) -> dict[str, str]:
    """Returns the environment of this process by what it consists of."""
    found = {"python": platform.python_version(), "optuna": version("optuna"), "scipy": version("scipy")}
    return found | describe_worker(net_kind)


def describe_worker(net_kind: str) -> dict[str, str]:
    """Returns what the training of a net depends on in a process that imports it now."""
    found = {"blas": blas_kernel(), "hpsearch": version("hpsearch"), "numpy": version("numpy")}
    if ":" in net_kind:
        source = inspect.getsource(inspect.getmodule(net_class(net_kind)) or net_class(net_kind))
        found[net_kind] = source_hash(source)
    return found


def source_hash(source: str) -> str:
    """Returns what the environment says of the source of a user's own net."""
    return "sha256 " + hashlib.sha256(source.encode()).hexdigest()[:16]


def blas_kernel() -> str:
    """Returns the BLAS that NumPy uses, its version and its kernel: other kernels, other bits."""
    import numpy  # noqa: F401 - its BLAS must be loaded to be found
    from threadpoolctl import threadpool_info

    libraries: list[dict[str, Any]] = [one for one in threadpool_info() if one["user_api"] == "blas"]
    for library in sorted(libraries, key=lambda one: "numpy" not in one["filepath"]):  # SciPy has its own
        return f"{library['internal_api']} {library['version']} {library.get('architecture', '')}".strip()
    return "unknown"


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Returns what changed, a phrase each."""
    return [
        f"{name} was {before.get(name, 'absent')}, is {now.get(name, 'absent')}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]
