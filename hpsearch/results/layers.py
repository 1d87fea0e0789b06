"""What the layers of all trials' nets did: the files `layers.npy` of a study as one frame.

read_layers(folder, numbers)    a row a look, layer and trial
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import FolderError
from hpsearch.layers import from_file, layer_names
from nets.inspect.watch import LAYER

COLUMNS = ("number", "chance", "epoch", "layer", *(LAYER.names or ()))


def read_layers(folder: StudyFolder, numbers: Iterable[int]) -> pd.DataFrame:
    """Returns what the layers of these trials did, trial by trial, look by look.

    Columns: number, of the trial; chance, the accuracy of who always names the commonest class; epoch (0: the
    first step of all, else the last step of the epoch); layer, counted from 1; and those of
    `nets.inspect.watch.LAYER`. Trials that left no such file have no rows: those of before, of nets of the
    user's own, and failed ones.

    Raises:
        FolderError: a file is damaged.
    """
    found = [_of_trial(folder, number) for number in numbers if folder.trial(number).layers.exists()]
    columns: dict[str, Any] = {
        name: np.concatenate([part[name] for part in found]) if found else [] for name in COLUMNS
    }
    kinds = dict.fromkeys(("number", "epoch", "layer"), "int64")
    return pd.DataFrame(columns, columns=pd.Index(COLUMNS)).astype(kinds)


def _of_trial(folder: StudyFolder, number: int) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """Returns the columns of one trial."""
    path = folder.trial(number).layers
    try:
        table = from_file(path.read_bytes())
    except OSError as error:
        raise FolderError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise FolderError(
            f"{path}: damaged: {error}; remove it, and this trial's layers are not shown"
        ) from error
    names = layer_names(table)
    n_looks, n_layers = len(table), len(names)
    seen = np.stack([table[name] for name in names], axis=1).ravel() if names else np.empty(0, LAYER)
    return {
        "number": np.full(n_looks * n_layers, number),
        "chance": np.repeat(table["chance"], n_layers).astype(np.float64),
        "epoch": np.repeat(table["epoch"], n_layers),
        "layer": np.tile(np.arange(1, n_layers + 1), n_looks),
        **{name: seen[name].astype(np.float64) for name in LAYER.names or ()},
    }
