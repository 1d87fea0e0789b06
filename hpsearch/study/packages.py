"""Installed packages that code of the user's own imports: with other versions it may train to other bits.

packages_of(kind)    their versions, by the names of their modules
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from hpsearch.study.owncode import imported_by, is_users

_TOLD_ANYWAY = ("hpsearch", "nets", "numpy")


def packages_of(kind: str) -> dict[str, str]:
    """Returns the versions of the packages that a kind's code imports, "absent" of what is not installed.

    What these packages import is their own affair; Python's modules go with its version; of a module that no
    package brought, nothing is known.

    Args:
        kind: "package.module:Name".

    Raises:
        OwnCodeError: there is no such thing.
    """
    names = imported_by(kind) - sys.stdlib_module_names - set(_TOLD_ANYWAY)
    found = {name: _version(name) for name in sorted(names) if not is_users(name)}
    return {name: version for name, version in found.items() if version}


@cache
def _version(module: str) -> str:
    """Returns the version of what an import of this name finds; "" if there is none."""
    try:
        return version(module)
    except PackageNotFoundError:  # sklearn is scikit-learn's
        names = packages_distributions().get(module, ())
    is_there = module in sys.modules or importlib.util.find_spec(module) is not None
    return " ".join(version(name) for name in sorted(set(names))) or ("" if is_there else "absent")
