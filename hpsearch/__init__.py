"""Hyperparameter search for neural networks written from scratch in NumPy.

    import hpsearch
    result = hpsearch.run("convnet", trials=100)
    hpsearch.run(train=function, space={...}, epochs=10, num_val=1000)  # yields validation accuracies
    result.best, result.trials, result.curves, result.report(), result.confirm(), result.test()
    hpsearch.load("convnet").compare(hpsearch.load("fcnet"))
    hpsearch.load_net("reports/convnet").predict(images)
    except hpsearch.HpsearchError as error: ...  # whatever goes wrong, in a line

`nets` has the networks; the command `hpsearch` does the same from a shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpsearch.api import Comparison, Page, Result, load, load_net, run
    from hpsearch.errors import HpsearchError

    __version__: str

__all__ = ["Comparison", "HpsearchError", "Page", "Result", "__version__", "load", "load_net", "run"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("hpsearch")
    if name == "HpsearchError":
        from hpsearch.errors import HpsearchError

        return HpsearchError
    if name in __all__:  # imported when used: the command line must start fast
        _import_tqdm()
        from hpsearch import api

        return getattr(api, name)
    raise AttributeError(f"module 'hpsearch' has no attribute {name!r}")


def _import_tqdm() -> None:
    """Imports what Optuna imports for bars that nobody sees here; it warns in a notebook without widgets."""
    import sys
    import warnings
    from importlib import import_module

    if "tqdm.auto" in sys.modules:
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")
        import_module("tqdm.auto")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # what completion offers, imported or not
