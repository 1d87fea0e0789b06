"""What all nets here have in common: their arguments, parameters, L2 penalty, running statistics and state.

A net keeps the CS231n contract: `net.params` (name -> array), `net.loss(X)` -> scores in test mode, and
`net.loss(X, y)` -> (loss, gradients by name) in training mode. A subclass says in `_stages` what it consists
of; forward pass, backward pass and activations follow from that.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from nets import checks
from nets.arrays import FlatArrays, Floats, Ints, Numbers, parts
from nets.fast.scratch import Scratch
from nets.layers.activations import ACTIVATIONS
from nets.layers.losses import LOSSES
from nets.models.fusion import fused
from nets.models.initial_weights import INITIAL_WEIGHTS
from nets.models.normalizations import NORMALIZATIONS
from nets.models.stages import Context, Shape, Stage

BATCH = 128
"""Images that are tested at a time, so that testing many needs no more memory than testing some."""

Seed = np.random.Generator | int | None


class Observer(Protocol):
    """Who looks at a training pass; what it is shown it must leave alone."""

    def see_output(self, name: str, x: Floats) -> None:
        """Takes in what a named stage put out, (N, ...)."""

    def see_gradients(self, grads: FlatArrays) -> None:
        """Takes in the gradients of the loss without its penalty, by name."""


@dataclass(kw_only=True, eq=False, repr=False)
class Network:
    """A net made of stages; its biases and betas begin with 0, its gammas with 1.

    Args:
        num_classes: number of scores.
        dropout: probability of DROPPING a unit while training, in [0, 1), 0 = off.
        normalization: "none", "batchnorm", "layernorm" or "groupnorm", before each activation; None means
            "none".
        num_groups: groups of channels (or units) of "groupnorm"; where it does not divide them, the largest
            smaller number that does.
        activation: "relu", "leaky_relu", "sigmoid" or "tanh".
        loss_function: "softmax" (cross entropy) or "hinge" (multiclass SVM).
        weight_init: "gaussian" or "truncated" (deviation `weight_scale`), "he" or "xavier" (their own
            deviation).
        reg: strength of the L2 penalty, >= 0; the loss adds reg / 2 * sum(w**2) over the weights.
        weight_scale: deviation of the initial weights, >= 0.
        dtype: float32 or float64; images are cast to it, and everything stays in it.
        rng: generator (or seed) of the weights.
        dropout_rng: generator (or seed) of the dropout masks; spawned from `rng` by default.

    Raises:
        ValueError, TypeError: if an argument is wrong, with its name, what was wanted, and its value.

    Attributes:
        params: the parameters by name, views of one vector. Assigning copies into place.
        statistics: running statistics of the normalization, by name.
        observer: whom training passes are shown; None = nobody.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        "num_classes": checks.positive_integer,
        "dropout": checks.dropout,
        "normalization": checks.optional(checks.one_of(("none", *NORMALIZATIONS))),
        "num_groups": checks.positive_integer,
        "activation": checks.one_of(ACTIVATIONS),
        "loss_function": checks.one_of(LOSSES),
        "weight_init": checks.one_of(INITIAL_WEIGHTS),
        "reg": checks.not_negative,
        "weight_scale": checks.not_negative,
        "dtype": checks.floating_dtype,
    }

    num_classes: int = 10
    dropout: float = 0.0
    normalization: str | None = "none"
    num_groups: int = 4
    activation: str = "relu"
    loss_function: str = "softmax"
    weight_init: str = "gaussian"
    reg: float = 0.0
    weight_scale: float = 1e-2
    dtype: Any = np.float32
    rng: InitVar[Seed] = None
    dropout_rng: InitVar[Seed] = None
    statistics: dict[str, Floats] = field(init=False)

    def __post_init__(self, rng: Seed, dropout_rng: Seed) -> None:
        """Checks the arguments and draws the weights."""
        checks.run(self.ARGUMENT_CHECKS, vars(self))
        self.dtype = np.dtype(self.dtype)
        self.reg, self.dropout = float(self.reg), float(self.dropout)
        weights_rng = np.random.default_rng(rng)
        self._dropout_rng = spawned(weights_rng, dropout_rng)
        self._scratch = Scratch()
        self.observer: Observer | None = None
        stages = [stage for stage in self._stages() if stage.is_needed]
        self._image_shape = self._shape_of_images()
        self._train_stages = fused(stages, "train", self._image_shape)
        self._test_stages = fused(stages, "test", self._image_shape)
        shapes, statistics = _walked(stages, self._image_shape)
        self.statistics = {name: array.astype(self.dtype) for name, array in statistics.items()}
        self._params = FlatArrays(self._initial_params(shapes, weights_rng), self.dtype)
        self._n_penalized = sum(self._params[name].size for name in shapes if name.startswith("W"))

    def _stages(self) -> Sequence[Stage]:
        """Returns what the net consists of, from the images to the scores."""
        raise NotImplementedError

    def _shape_of_images(self) -> Shape:
        """Returns the shape of an image, (C, H, W) or (D,)."""
        raise NotImplementedError

    @property
    def params(self) -> FlatArrays:
        """The parameters; assigning a mapping copies its values into place."""
        return self._params

    @params.setter
    def params(self, arrays: Mapping[str, Numbers]) -> None:
        self._params.assign(arrays)

    @property
    def multiply_adds(self) -> int:
        """Multiplications of one prediction, each with an addition: every weight at every place of its use.

        Biases, normalization, activations and pooling are left out; they cost little beside these.
        """
        total, shape = 0, self._image_shape
        for stage in self._stages():
            sizes = stage.param_shapes(shape).items()
            shape = stage.out_shape(shape)
            n_places = math.prod(shape[1:])
            total += n_places * sum(math.prod(size) for name, size in sizes if _kind(name) == "W")
        return total

    def loss(self, X: Numbers, y: Ints | None = None, out: FlatArrays | None = None) -> Any:
        """Returns class scores, or with labels the loss and its gradients.

        Args:
            X: images, (N, ...), of any integer or floating dtype; cast to the net's.
            y: labels, (N,) integers. Without them the net is tested: running statistics, no dropout.
            out: from `params.zeros()`; the gradients are written into it, overwritten. Fresh by default.

        Returns:
            Scores (N, K) in the net's dtype; or (loss as a float, gradients by name).

        Raises:
            ValueError: if the shape of X does not fit, X is empty or holds NaN, or a label is out of range.
            TypeError: if X holds no numbers or y no integers.
        """
        x = self._images(X)
        if y is None:
            scores = np.concatenate([self._scores(x[i : i + BATCH]) for i in range(0, len(x), BATCH)])
            if not np.isfinite(scores).all():
                _blame_images(x)
            return scores
        grads = self._params.zeros() if out is None else out
        loss = self._gradients(x, np.asarray(y), grads)
        if not math.isfinite(loss):
            _blame_images(x)
        return loss + self._add_penalty(grads), grads

    def activations(self, X: Numbers) -> dict[str, Floats]:
        """Returns what each hidden layer puts out in test mode, (N, ...) by name."""
        x, context, outputs = self._images(X), self._context("test", {}), {}
        for stage in self._test_stages:
            x, _ = stage.forward(x, context)
            if stage.name:
                outputs[stage.name] = x
        return outputs

    def state(self) -> dict[str, Any]:
        """Returns copies of all that training changes: parameters, statistics, the generator of masks."""
        return {
            "params": {name: array.copy() for name, array in self._params.items()},
            "statistics": {name: array.copy() for name, array in self.statistics.items()},
            "dropout_rng": copy.deepcopy(dict(self._dropout_rng.bit_generator.state)),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restores what `state` returned, bit for bit.

        Raises:
            ValueError: if the state is that of another net or another kind of generator.
        """
        if set(state["statistics"]) != set(self.statistics):
            raise ValueError("the state is that of a net with another normalization")
        self._params.assign(state["params"])
        self.statistics = {name: np.array(array, self.dtype) for name, array in state["statistics"].items()}
        self._dropout_rng.bit_generator.state = copy.deepcopy(state["dropout_rng"])

    def _scores(self, x: Floats) -> Floats:
        """Returns the scores in test mode."""
        context = self._context("test", {})
        for stage in self._test_stages:
            x, _ = stage.forward(x, context)
        return x

    def _gradients(self, x: Floats, y: Ints, grads: FlatArrays) -> float:
        """Returns the loss without its penalty, and writes its gradients into `grads`, overwritten."""
        context = self._context("train", grads)
        caches = []
        for stage in self._train_stages:
            x, cache = stage.forward(x, context)
            caches.append(cache)
            if self.observer is not None and stage.name:
                self.observer.see_output(stage.name, x)
        loss, dout = LOSSES[self.loss_function](x, y)
        for place in range(len(caches) - 1, -1, -1):
            stage = self._train_stages[place]
            dout = stage.backward(dout, caches.pop(), context, input_gradient=place > 0)
        if self.observer is not None:
            self.observer.see_gradients(grads)
        return loss

    def _context(self, mode: str, grads: Mapping[str, Floats]) -> Context:
        """Returns what the stages share in one pass."""
        return Context(self._params, self.statistics, mode, self._dropout_rng, self._scratch, grads)

    def _images(self, X: Numbers) -> Floats:
        """Returns the images in the net's dtype; refuses others than the net's."""
        images = np.asarray(X)
        if images.dtype.kind not in "fiub":
            raise TypeError(f"X must hold numbers, but got {images.dtype}")
        if not images.size:
            raise ValueError(f"X must hold at least one image, but got the shape {images.shape}")
        self._check_shape(images.shape)
        return images.astype(self.dtype, copy=False)

    def _check_shape(self, shape: Shape) -> None:
        """Raises ValueError unless images (N, ...) of this shape are those that the net takes."""
        if shape[1:] != self._image_shape:
            wanted = ", ".join(map(str, self._image_shape))
            raise ValueError(f"X must have the shape (N, {wanted}), but got {shape}")

    def _initial_params(self, shapes: Mapping[str, Shape], rng: np.random.Generator) -> dict[str, Floats]:
        """Returns weights, drawn layer by layer, then biases, gammas and betas, each kind layer by layer."""
        draw = INITIAL_WEIGHTS[self.weight_init]
        values = {"W": None, "b": 0.0, "gamma": 1.0, "beta": 0.0}
        kinds = list(values)
        found: dict[str, Floats] = {}
        for name in sorted(shapes, key=lambda name: kinds.index(_kind(name))):
            value = values[_kind(name)]
            shape = shapes[name]
            found[name] = (
                draw(shape, float(self.weight_scale), rng) if value is None else np.full(shape, value)
            )
        return found

    def _penalties(self) -> list[tuple[slice, float]]:
        """Returns parts of the vector of parameters, in which weights come first, with their penalties."""
        return [(slice(0, self._n_penalized), self.reg)]

    def _add_penalty(self, grads: FlatArrays) -> float:
        """Returns strength / 2 * sum(w**2) over the penalized weights, and adds its gradient."""
        total = 0.0
        for part, strength in self._penalties():
            if strength:
                for few in parts(part.start, part.stop):
                    grads.flat[few] += strength * self._params.flat[few]
                weights = self._params.flat[part]
                total += strength / 2 * float(np.dot(weights, weights))
        return total


def _walked(stages: Sequence[Stage], shape: Shape) -> tuple[dict[str, Shape], dict[str, Floats]]:
    """Returns the shapes of all parameters and the first running statistics, for images of one shape."""
    shapes: dict[str, Shape] = {}
    statistics: dict[str, Floats] = {}
    for stage in stages:
        shapes |= stage.param_shapes(shape)
        statistics |= stage.initial_statistics(shape)
        shape = stage.out_shape(shape)
    return shapes, statistics


def _kind(name: str) -> str:
    """Returns the name of a parameter without the number of its layer."""
    return name.rstrip("0123456789")


def _blame_images(x: Floats) -> None:
    """Refuses images that are not finite; asked only when a result is not, so that good ones cost nothing."""
    if not np.isfinite(x).all():
        raise ValueError("X must hold finite numbers, but holds NaN or infinity")


def spawned(parent: np.random.Generator, seed: Seed) -> np.random.Generator:
    """Returns the generator that a seed asks for; without a seed a child of the parent."""
    return parent.spawn(1)[0] if seed is None else np.random.default_rng(seed)
