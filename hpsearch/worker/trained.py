"""A trial's trained net in a file that says itself which net it is, and the net back from it.

    to_state(task, data, net_state)   what `weights.npz` holds
    load_net(path)                    a `TrainedNet`; study file, data and record are not needed

Beside the state of the net the file holds its class, arguments, shapes, names and preprocessing, and which
trial and which hpsearch made it.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np

from hpsearch.disk.forms import checked
from hpsearch.errors import CallError, FolderError, HpsearchError
from hpsearch.failures import in_words
from hpsearch.seeds import Purpose, integer
from hpsearch.study.netclass import net_class
from hpsearch.study.owncode import is_own
from hpsearch.worker import global_generators
from hpsearch.worker.task import TrialTask, construct_net
from nets.data import Preprocessing, TrainVal
from nets.trained import TrainedNet
from nets.training.net_state import load_net_state
from nets.training.state import load_state

_DESCRIPTION = "hpsearch"  # beside what the net's own state holds
_FORM = {
    "kind": str,
    "arguments": dict,
    "seed": int,
    "key": list,
    "image_shape": list,
    "class_names": list,
}
# What NumPy and zipfile raise for a damaged archive, and a net for a state that is not its own.
DAMAGES = (
    OSError,
    EOFError,
    BadZipFile,
    zlib.error,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    SyntaxError,
    TokenError,
    MemoryError,
    OverflowError,
)


def to_state(task: TrialTask, data: TrainVal, net_state: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a trained net's state together with what it takes to build the net again."""
    description = {
        "version": version("hpsearch"),
        "trial": task.number,
        "kind": task.net_kind,
        "arguments": task.arguments.net,
        "seed": task.seed,
        "key": list(task.key),
        "image_shape": list(data.image_shape),
        "class_names": list(data.class_names),
        "shift": data.preprocessing.shift,
        "scale": data.preprocessing.scale,
    }
    return {**net_state, _DESCRIPTION: description}


def load_net(path: Path, *, run_code: bool = False) -> TrainedNet:
    """Returns the net that a trial left, ready to be asked.

    Args:
        path: its `weights.npz`.
        run_code: whether a net of a user's own may be loaded: that imports its module and reads a pickle,
            both of which run code.

    Raises:
        FolderError: the file cannot be read, is damaged, holds NaN or infinity, or does not say which net it
            holds.
        CallError: the net is a user's own and `run_code` is false; or there is no class of its name.
    """
    state = _read(path)
    try:
        described = state.pop(_DESCRIPTION, None)
        made = checked(described, _FORM) | {name: _array(described, name) for name in ("shift", "scale")}
    except ValueError as error:
        raise FolderError(
            f"{path}: does not say which net it holds ({error}); expected weights that "
            f"hpsearch 0.2 or newer kept"
        ) from error
    broken = next(_not_finite({**state, "shift": made["shift"], "scale": made["scale"]}), None)
    if broken is not None:
        raise FolderError(f"{path}: {broken} is not finite everywhere; expected weights of a trained net")
    if is_own(made["kind"]) and not run_code:
        raise CallError(
            f"{path}: holds a net of the class {made['kind']}, and loading it runs code; "
            f"expected run_code=True, for a file that you trust"
        )
    with global_generators.left_alone():
        return _rebuilt(path, made, state)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = io.BytesIO(path.read_bytes())  # NumPy would leave the file of a torn archive open
    except OSError as error:
        raise FolderError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        return load_state(content)
    except DAMAGES as error:
        raise FolderError(f"{path}: holds no trained net ({in_words(error)})") from error


def _array(values: Mapping[str, Any], name: str) -> np.ndarray[Any, Any]:
    found = values.get(name)
    if not isinstance(found, np.ndarray):
        raise ValueError(f"{name}: expected an array, but got {found!r}")
    return found


def _not_finite(state: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names of arrays that hold NaN or infinity."""
    for name, value in state.items():
        if isinstance(value, Mapping):
            yield from _not_finite(value)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "fc" and not np.isfinite(value).all():
            yield name


def _rebuilt(path: Path, made: Mapping[str, Any], state: Mapping[str, Any]) -> TrainedNet:
    """Returns the net that a file describes."""
    try:
        key = tuple(made["key"])
        net_class(made["kind"])  # whose module may seed them too
        global_generators.seed(integer(made["seed"], Purpose.LEGACY, *key))
        names = tuple(map(str, made["class_names"]))
        shape = tuple(made["image_shape"])
        net = construct_net(made["kind"], made["arguments"], made["seed"], key, shape, len(names))
        load_net_state(net, state)
        preprocessing = Preprocessing(made["shift"], made["scale"])
    except HpsearchError:
        raise
    except DAMAGES as error:
        raise FolderError(f"{path}: its net cannot be built again ({in_words(error)})") from error
    return TrainedNet(net, preprocessing, shape, names)
