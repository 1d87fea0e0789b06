"""Data sets for nets: read safely, split once, cached as memory maps, preprocessed a minibatch at a time.

    settings = check_settings({"source": "digits", "num_val": 500})
    prepared = prepare(settings)                     # reads and splits, or finds it in the cache
    data = open_train_val(prepared.train_val)        # what a trial is given
    X_test, y_test = open_test(prepared.test)        # for the final evaluation alone

May import: nothing else of nets; alone in nets it may import scikit-learn, Pillow and platformdirs.
"""

from nets.data.cache import Prepared, prepare
from nets.data.catalog import SOURCES
from nets.data.errors import DataFileError, SettingError
from nets.data.opened import TrainVal, open_estimate, open_test, open_train_val
from nets.data.places import cache_root, expanded
from nets.data.preprocessing import DEFAULT_PREPROCESSING, PREPROCESSINGS, Preprocessing
from nets.data.settings import SplitSettings, check_settings
from nets.data.source import Labelled, RawData, Source
from nets.data.split import is_stratified

__all__ = [
    "DEFAULT_PREPROCESSING",
    "PREPROCESSINGS",
    "SOURCES",
    "DataFileError",
    "Labelled",
    "Prepared",
    "Preprocessing",
    "RawData",
    "SettingError",
    "Source",
    "SplitSettings",
    "TrainVal",
    "cache_root",
    "check_settings",
    "expanded",
    "is_stratified",
    "open_estimate",
    "open_test",
    "open_train_val",
    "prepare",
]
