"""The best net, built again from its weights and shown the validation images.

open_data(frames)                   the splits that it was trained and judged on
look_inside(frames, data)           a BestNet, or None where there is none that can be built
kept_params(frames)                 its arrays, which can be read without building it
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpsearch.errors import HpsearchError
from hpsearch.results.stats import best_trial
from hpsearch.space import Parameter
from hpsearch.study.arguments import for_net
from hpsearch.study.own_data import OWN_DATA
from hpsearch.study.owncode import is_own
from hpsearch.study.prepared import prepare_data
from hpsearch.study.study import Study
from hpsearch.worker.task import construct_net
from hpsearch.worker.trained import DAMAGES
from nets import data as nets_data
from nets.inspect.statistics import activation_statistics, weight_statistics
from nets.trained import net_scores, softmax
from nets.training.net_state import load_net_state
from nets.training.state import load_state

if TYPE_CHECKING:
    from hpsearch.results.frames import StudyFrames

N_ACTIVATION_IMAGES = 500


@dataclass(frozen=True)
class BestNet:
    """What the best net does with the validation images.

    Attributes:
        filters: first-layer weights as images, (F, H, W) or (F, H, W, 3); None if they are no images.
        weights: columns layer, mean, deviation.
        activations: columns layer, mean, deviation, dead (fraction of units that never change).
        confidence: softmax of the scores, (N, num_classes).
        labels: true classes, (N,).
        images: the images, (N, H, W) or (N, H, W, 3); None for tables.
    """

    filters: NDArray[np.float64] | None
    weights: pd.DataFrame
    activations: pd.DataFrame
    confidence: NDArray[np.float64]
    labels: NDArray[np.int64]
    images: NDArray[Any] | None


def open_data(frames: "StudyFrames") -> nets_data.TrainVal | None:
    """Returns the study's training and validation splits; None where the data is not to be had here."""
    if frames.study.data.source == OWN_DATA:
        return None
    try:
        prepared = prepare_data(frames.study)
    except HpsearchError:
        return None
    return nets_data.open_train_val(prepared.train_val, frames.study.preprocessing)


def look_inside(frames: "StudyFrames", data: nets_data.TrainVal) -> BestNet | None:
    """Returns the best net's inside.

    None where no weights were kept or damage made them unreadable, and for a net of the user's own: drawing a
    report must not run its code.
    """
    number = best_trial(frames.trials)
    if number is None or frames.weights is None or is_own(frames.study.net_kind):
        return None
    params = params_of(frames, number)
    net = _built(frames.study, number, params, data)
    if not _restore(net, frames.weights):
        return None
    some = data.preprocess(data.X_val[:N_ACTIVATION_IMAGES], net.dtype)
    return BestNet(
        filters=first_layer_images(net.params["W1"], data.image_shape),
        weights=weight_table(net.params),
        activations=_table(activation_statistics(net, some)),
        confidence=softmax(net_scores(net, data.X_val, data.preprocess, data.num_classes)),
        labels=np.asarray(data.y_val),
        images=as_pictures(np.asarray(data.X_val)),
    )


def kept_params(frames: "StudyFrames") -> dict[str, NDArray[Any]]:
    """Returns the arrays of the best net, which its file holds in the open; empty where there are none."""
    try:
        found = None if frames.weights is None else _read(frames.weights)
        params = dict(found["params"]) if isinstance(found, dict) else {}
    except DAMAGES:
        return {}
    return {name: array for name, array in params.items() if isinstance(array, np.ndarray)}


def _read(weights: Path) -> Any:
    return load_state(BytesIO(weights.read_bytes()))  # NumPy would leave the file of a torn archive open


def _built(study: Study, number: int, params: dict[str, Any], data: nets_data.TrainVal) -> Any:
    """Returns one of our nets as its trial built it; runs no code of the user's, such as an update rule."""
    arguments = for_net(study.net_kind, study.net, params)
    return construct_net(study.net_kind, arguments, study.seed, (number,), data.image_shape, data.num_classes)


def _restore(net: Any, weights: Path) -> bool:
    """Restores a net from its file and says whether that went well."""
    try:
        load_net_state(net, _read(weights))
    except DAMAGES:
        return False
    return True


def params_of(frames: "StudyFrames", number: int) -> dict[str, Any]:
    """Returns the parameters of a trial as they were drawn, without the absent ones."""
    row = frames.trials[frames.trials["number"] == number].iloc[0]
    drawn = [(p, row[f"params.{p.name}"]) for p in frames.parameters]
    return {p.name: _as_drawn(p, value) for p, value in drawn if not pd.isna(value)}


def _as_drawn(parameter: Parameter, value: Any) -> Any:
    """Returns a value of a column, which may be NumPy's, or a float where some trials do not have it."""
    if parameter.kind == "choice":
        return next(choice for choice in parameter.choices if choice == value)
    return int(value) if parameter.kind == "int" else float(value)


def first_layer_images(weights: NDArray[Any], image_shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """Returns first-layer weights as images, None where they do not belong to images.

    Args:
        weights: W1, (F, C, HH, WW) of a convolution or (D, M) of an affine layer.
        image_shape: (C, H, W) of the input, or (D,).
    """
    if len(image_shape) != 3:
        return None
    if weights.ndim == 2 and len(weights) == np.prod(image_shape):
        weights = weights.T.reshape(-1, *image_shape)
    if weights.ndim != 4 or weights.shape[1] != image_shape[0]:
        return None
    return np.asarray(as_pictures(weights), dtype=np.float64)


def as_pictures(images: NDArray[Any]) -> NDArray[Any] | None:
    """Returns (N, C, H, W) as (N, H, W) for one channel, (N, H, W, 3) for three; None for tables.

    Of other numbers of channels the mean is shown.
    """
    if images.ndim != 4:
        return None
    if images.shape[1] == 3:
        return images.transpose(0, 2, 3, 1)
    return np.asarray(images[:, 0] if images.shape[1] == 1 else images.mean(axis=1))


def weight_table(params: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """Returns mean and deviation of each matrix of weights."""
    return _table(weight_statistics(SimpleNamespace(params=params)))


def _table(statistics: list[Any]) -> pd.DataFrame:
    names = [field.name for field in fields(statistics[0])] if statistics else ["name", "mean", "deviation"]
    rows = [[getattr(one, name) for name in names] for one in statistics]
    return pd.DataFrame(rows, columns=pd.Index(names)).rename(columns={"name": "layer"})
