"""The data of a study: prepared in the cache by the coordinator, found there by workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpsearch.errors import CallError, DataError
from hpsearch.study.table_source import SOURCES
from nets.data import DataFileError, Prepared, SettingError, SplitSettings, prepare

if TYPE_CHECKING:  # workers know no study file
    from hpsearch.study.study import Study


@dataclass(frozen=True)
class DataPlace:
    """Where a worker finds the training and validation splits.

    Attributes:
        folder: the coordinator's prepared folder.
        settings: what the folder was made from; a worker without that folder makes its own.
        content: hash of the folder's contents, which the worker's own must have too.
    """

    folder: str
    settings: SplitSettings
    content: str


def prepare_data(study: Study) -> Prepared:
    """Returns the study's splits in the cache.

    Raises:
        CallError: a setting of `[data]` does not suit the source.
        DataError: they cannot be prepared; the text names the source.
    """
    try:
        return prepare(study.data, SOURCES)
    except SettingError as error:
        raise CallError(f"{study.name}: data.{error}") from error
    except DataFileError as error:
        raise DataError(f"data source {study.data.source!r}: {error}") from error
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise DataError(f"data source {study.data.source!r}: {reason}") from error


def data_place(study: Study, prepared: Prepared) -> DataPlace:
    """Returns what workers are told of the data: nothing of the test split."""
    return DataPlace(str(prepared.train_val.absolute()), study.data, prepared.train_val_hash)
