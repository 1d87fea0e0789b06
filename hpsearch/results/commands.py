"""Command lines that page and terminal suggest: they run as they are printed, where hpsearch was run.

What trains is suggested as a call from Python (`there=True`) where the study's code is that of a script or
notebook, which the command line does not find.

command("confirm", folder)         what to do with a study
go_on(folder, n_trials)            its search, continued
changed_study(folder, settings)    a search with other settings, in a folder of its own
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpsearch.disk.folder import StudyFolder
from hpsearch.shell import quoted

_DEFAULT_OUT = Path("reports")


def command(name: str, folder: StudyFolder, *, there: bool = False) -> str:
    """Returns the call of a command for the study of a folder."""
    if there:
        return f"hpsearch.load({str(folder.path)!r}).{name}()"
    return f"hpsearch {name} --study {quoted(folder.name)}{_where(folder)}"


def go_on(folder: StudyFolder, n_trials: int | None = None, *, there: bool = False) -> str:
    """Returns the call that goes on with the search of a folder, up to so many trials.

    It names the folder's own study file, which holds what was set on the command line too.
    """
    if there:
        return "hpsearch.run(...)" if n_trials is None else f"hpsearch.run(..., trials={n_trials})"
    trials = "" if n_trials is None else f" --trials {n_trials}"
    return f"hpsearch run --study {quoted(str(folder.study_file))}{trials}{_where(folder)}"


def changed_study(folder: StudyFolder, settings: Mapping[str, Any], *, there: bool = False) -> str:
    """Returns the call that searches the study of a folder with other settings.

    It begins with the folder's own study file, which holds what the first call set on the command line
    too, wherever its study file lies. In the same folder it would be refused as another study.
    """
    if there:
        return f"hpsearch.run(..., set={dict(settings)!r}, out={str(_next_to(folder.path.parent))!r})"
    # JSON's numbers, strings and lists are TOML's too.
    changes = " ".join(f"--set {quoted(f'{key}={json.dumps(value)}')}" for key, value in settings.items())
    study = quoted(str(folder.study_file))
    return f"hpsearch run --study {study} {changes} --out {quoted(str(_next_to(folder.path.parent)))}"


def _where(folder: StudyFolder) -> str:
    """Returns the option that says where a study folder lies; "" where it is looked for anyway."""
    out = folder.path.parent
    return "" if out == _DEFAULT_OUT else f" --out {quoted(str(out))}"


def _next_to(out: Path) -> Path:
    """Returns a folder beside this one, also of one such as `.`, which has no name."""
    named = out if out.name not in ("", "..") else out.absolute()
    return named.with_name(f"{named.name or 'reports'}-next")
