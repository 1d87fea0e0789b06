"""The minibatches of an epoch: which images in which order, preprocessed and augmented."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nets.arrays import Floats, Ints
from nets.training.augmentation import random_crops, random_flips
from nets.training.training_data import TrainingData

SAMPLINGS = ("shuffled", "with_replacement")


class Minibatches:
    """Draws minibatches from the training split; the arguments are those of `Solver`."""

    def __init__(
        self,
        splits: TrainingData,
        *,
        batch_size: int,
        sampling: str,
        flip: float,
        crop_pad: int,
        rng: np.random.Generator,
        augmentation_rng: np.random.Generator,
    ) -> None:
        """Takes its settings; draws nothing yet."""
        self._splits = splits
        self._batch_size = int(batch_size)
        self._sampling = sampling
        self._flip = float(flip)
        self._crop_pad = int(crop_pad)
        self._rng = rng
        self._augmentation_rng = augmentation_rng

    @property
    def n_steps(self) -> int:
        """How many an epoch has."""
        return -(-len(self._splits.y_train) // self._batch_size)

    def epoch(self, dtype: Any) -> Iterator[tuple[Floats, Ints]]:
        """Yields images, (N, ...) in `dtype`, and labels, (N,); the last batch may be smaller."""
        order = self._draw_order()
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            images = self._splits.preprocess(self._splits.X_train.take(batch, axis=0), dtype)
            yield self._augmented(images), self._splits.y_train.take(batch)

    def state(self) -> dict[str, Any]:
        """Returns a copy of the states of both generators."""
        generators = {"order": self._rng, "augmentation": self._augmentation_rng}
        return {name: copy.deepcopy(dict(rng.bit_generator.state)) for name, rng in generators.items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restores what `state` returned."""
        self._rng.bit_generator.state = copy.deepcopy(state["order"])
        self._augmentation_rng.bit_generator.state = copy.deepcopy(state["augmentation"])

    def _draw_order(self) -> Ints:
        """Returns the numbers of the training images in the order of an epoch."""
        size = len(self._splits.y_train)
        if self._sampling == "shuffled":
            return self._rng.permutation(size)
        return self._rng.integers(0, size, size)

    def _augmented(self, images: Floats) -> Floats:
        """Returns the images flipped and cropped at random, if so set."""
        if self._flip:
            images = random_flips(images, self._flip, self._augmentation_rng)
        if self._crop_pad:
            images = random_crops(images, self._crop_pad, self._augmentation_rng)
        return images
