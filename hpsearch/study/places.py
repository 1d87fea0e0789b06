"""Where study files lie and what they are called: from what `--study` was given to a path, and to a name."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from hpsearch.disk.folder import LEDGER, StudyFolder
from hpsearch.errors import CallError
from hpsearch.study.table_source import SOURCES
from nets.names import nearest_first

NAME_RULE = re.compile(r"[a-z0-9._-]{1,64}")
_NAME_WORDS = f"at most 64 of the characters a-z 0-9 . _ -, and not {LEDGER}"
_RESERVED_NAMES = {".", "..", LEDGER}
EXAMPLE = Path(__file__).parent / "example.toml"
PACKAGED_STUDIES = Path(__file__).parents[1] / "studies"
STUDIES_OF_CHECKOUT = Path(__file__).parents[2] / "studies"


def folders_of_studies() -> list[Path]:
    """Returns where study files are looked for by name, the first first."""
    return [Path("studies"), PACKAGED_STUDIES, STUDIES_OF_CHECKOUT]


def find(study: str, out: Path = Path("reports")) -> Path:
    """Returns the study file that `--study` means: a path, or a name in ./studies or the package.

    Args:
        study: what was given.
        out: where study folders lie, each with a copy of its file.

    Raises:
        CallError: there is none; the message lists the studies that there are.
    """
    if "/" in study or study.endswith(".toml"):
        path = Path(study)
        near: list[str] = []
        try:
            if path.is_file():
                return path
            _refuse_what_is_no_file(path)
            near = _files_like(study)
        except (OSError, ValueError):  # such as a name that no file can have
            pass
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise CallError(f"{study}: no such study file{meant}")
    if not NAME_RULE.fullmatch(study):
        raise CallError(f"no study named {study[:80]!r}; expected {_NAME_WORDS}, or a path to a .toml file")
    for folder in folders_of_studies():
        path = folder / f"{study}.toml"
        if path.is_file():
            return path
    known = {path.stem for folder in folders_of_studies() for path in folder.glob("*.toml")}
    for name in known:
        if study.startswith(f"{name}-") and study.removeprefix(f"{name}-") in SOURCES:
            data = study.removeprefix(f"{name}-")
            raise CallError(f"no study file {study}.toml; expected --study {name} --data {data}")
    if Path(f"{study}.toml").is_file():
        raise CallError(
            f"no study named {study!r} in ./studies or the package; expected --study {study}.toml"
        )
    begun = StudyFolder(out / study)
    if begun.exists():
        expected = f"a path to it, or to its copy {begun.study_file}"
        raise CallError(f"no study file {study}.toml; expected {expected}")
    names = ", ".join([*_files_like(study), nearest_first(known, study)])
    raise CallError(f"no study named {study!r}; expected a path to a .toml file or one of {names}")


def _refuse_what_is_no_file(path: Path) -> None:
    """Raises CallError if something else is there under this path: a folder, a pipe, a link to nothing."""
    if path.is_dir():
        held = StudyFolder(path).study_file
        such_as = f", such as {held}" if held.is_file() else ""
        raise CallError(f"{path}: is a folder; expected a study file{such_as}")
    if path.exists():
        raise CallError(f"{path}: is no regular file; expected a study file")
    if path.is_symlink():
        raise CallError(f"{path}: links to {path.readlink()}, which is not there; expected a study file")


def _files_like(study: str) -> list[str]:
    """Returns the study files in the same folder whose names are like the one that was given."""
    path = Path(study)
    files = {file.stem: str(file) for file in path.parent.glob("*.toml")}
    return [files[stem] for stem in get_close_matches(path.stem, sorted(files))]


def name_of(path: Path) -> str:
    """Returns the study name that a file gives: its stem, or for a study folder's own file the folder's."""
    folder = StudyFolder(path.absolute().parent)
    if path.absolute() == folder.study_file and folder.identity_file.exists():
        return folder.name
    # Python 3.14 takes ...toml for a name without suffix
    name = path.name.removesuffix(".toml") if path.name.endswith(".toml") else path.stem
    if not NAME_RULE.fullmatch(name) or name in _RESERVED_NAMES:
        raise CallError(
            f"{path}: a study's name is its file's name without .toml; "
            f"expected {_NAME_WORDS}, but got {name!r}"
        )
    return name


def require_new(path: Path) -> None:
    """Raises CallError if there is a file already, or its name is no study file's."""
    name_of(path)
    if path.suffix != ".toml":
        raise CallError(f"{path}: expected a name that ends with .toml")
    if path.exists():
        raise CallError(f"{path}: there is such a file already; expected a new one")


def check_name(name: object, where: str) -> None:
    """Raises CallError unless a study may have this name."""
    if not isinstance(name, str) or not NAME_RULE.fullmatch(name) or name in _RESERVED_NAMES:
        raise CallError(f"{where}: expected {_NAME_WORDS}, but got {name!r}")
