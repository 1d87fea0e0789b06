"""Optuna's storages by their addresses, each closed at the end of a context.

    with to_read(address) as storage: ...     that of somebody else, in which nothing is changed
    with to_write(address) as storage: ...    where a study is to go; it is made if it is not there
    shown(address)                            the address without its password

An address is that of a database, as `sqlite:///FILE` and `postgresql://USER@HOST/NAME`, or the path of one of
Optuna's journal files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.one_at_a_time import own_turn
from hpsearch.errors import CallError, HpsearchError
from hpsearch.words import is_text

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from sqlalchemy.engine import URL

FORMS = "sqlite:///FILE, postgresql://USER@HOST/NAME or the path of a journal file"
_SCHEME = re.compile(r"([A-Za-z][\w+.-]+):")
_SQLITE = b"SQLite format 3\0"
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""SQLAlchemy 2.0 means another driver where none is named."""
_PACKAGES = {"psycopg": "psycopg: pip install 'hpsearch[postgres]'"}


@contextmanager
def to_read(address: str) -> Iterator[BaseStorage]:
    """Opens a storage in which nothing is to be changed.

    Raises:
        CallError: there is none at this address, or a driver is missing.
        HpsearchError: it cannot be read.
    """
    _check_kind(address, FORMS)
    with _opened(address, is_new=False) as storage:
        yield storage


@contextmanager
def to_write(address: str) -> Iterator[BaseStorage]:
    """Opens a storage to write a study into, and makes it if there is none.

    Raises:
        CallError: the address is none, a driver is missing, or it is the record of a study of hpsearch.
        HpsearchError: it cannot be written.
    """
    _check_kind(address, f"mlflow:PLACE, tensorboard:FOLDER, {FORMS}")  # other tools take an export too
    path = Path(address).resolve()
    folder = StudyFolder(path.parent)
    if path == folder.journal and folder.exists():
        raise CallError(f"{address}: is the record of a study, which run alone writes; expected another file")
    try:
        file = _file_of(address)
        with own_turn(file), removed_if_it_fails(file), _opened(address, is_new=True) as storage:
            yield storage
    except OSError as error:
        raise HpsearchError(f"{shown(address)}: cannot be written: {error.strerror or error}") from error


@contextmanager
def removed_if_it_fails(file: Path | None) -> Iterator[None]:
    """Removes a file again that was not there before, if what is done in the context does not succeed."""
    was_there = file is None or file.exists()
    try:
        yield
    except BaseException:
        if file is not None and not was_there:
            file.unlink(missing_ok=True)
        raise


def _file_of(address: str) -> Path | None:
    """Returns the file that an address names, if it names one."""
    if "://" not in address:
        return Path(address)
    url = _parsed(address)
    return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None


def shown(address: str) -> str:
    """Returns an address as it may be printed: without its password."""
    return _parsed(address).render_as_string() if "://" in address else address


def _check_kind(address: str, forms: str) -> None:
    scheme = _SCHEME.match(address)
    if scheme is not None and "://" not in address and not Path(address).exists():
        raise CallError(f"{address}: unknown kind of storage {scheme[1]!r}; expected {forms}")


@contextmanager
def _opened(address: str, *, is_new: bool) -> Iterator[BaseStorage]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if "://" in address:
        with _database(address, is_new=is_new) as storage:
            yield storage
    else:
        yield _journal(Path(address), is_new=is_new)


def _journal(path: Path, *, is_new: bool) -> JournalStorage:
    if not is_new and not path.is_file():
        raise CallError(f"{path}: no such file; expected {FORMS}")
    if path.is_file() and _begins_with(path, _SQLITE):
        raise CallError(f"{path}: is an SQLite database; expected sqlite:///{path}")
    try:
        return JournalStorage(JournalFileBackend(str(path)))
    except OSError as error:
        raise HpsearchError(f"{path}: cannot be opened: {error.strerror or error}") from error
    except (json.JSONDecodeError, UnicodeDecodeError, LookupError, TypeError, AssertionError) as error:
        raise CallError(f"{path}: not one of Optuna's journal files; expected {FORMS}") from error


def _begins_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


@contextmanager
def _database(address: str, *, is_new: bool) -> Iterator[RDBStorage]:
    from sqlalchemy.exc import SQLAlchemyError

    url = _parsed(address)
    if not is_new and url.drivername.startswith("sqlite") and not Path(url.database or "").is_file():
        raise CallError(f"{url.database}: no such file; expected the file of an SQLite database")
    name = shown(address)
    try:
        storage = optuna.storages.RDBStorage(
            _with_driver(url).render_as_string(hide_password=False), skip_table_creation=not is_new
        )
    except ImportError as error:
        driver = getattr(error.__cause__, "name", None) or url.drivername
        raise CallError(f"{name}: needs {_PACKAGES.get(driver, f'the package {driver}')}") from error
    except (StorageInternalError, SQLAlchemyError, RuntimeError) as error:
        raise HpsearchError(f"{name}: {database_says(error)}") from error
    try:
        yield storage
    except (StorageInternalError, SQLAlchemyError) as error:
        raise HpsearchError(f"{name}: {database_says(error)}") from error
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _parsed(address: str) -> URL:
    """Returns the address of a database in parts.

    Raises:
        CallError: it is none, no text, or of a kind that SQLAlchemy does not know.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    scheme = address.partition(":")[0]
    if not is_text(address):
        raise CallError(f"{scheme}://...: not UTF-8 text, as the address of a database must be")
    try:
        url = make_url(address)
        _with_driver(url).get_dialect()
    except (ArgumentError, ValueError) as error:
        raise CallError(f"{scheme}://...: not the address of a database; expected {FORMS}") from error
    except ImportError:
        return url  # its driver is missing, which is said when it is opened
    return url


def _with_driver(url: URL) -> URL:
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def database_says(error: Exception) -> str:
    """Returns what a database says of an error, without SQLAlchemy's advice."""
    cause = error if error.__cause__ is None else error.__cause__
    cause = getattr(cause, "orig", None) or cause
    said = " ".join(str(cause).split())
    return f"holds no studies of Optuna ({said})" if "version_info" in said else said
