"""Training: minibatches -> loss -> update, an epoch at a time.

    solver = Solver(net, data, epochs=10, update_rule="adam", optim_config={"learning_rate": 1e-3}, rng=0)
    for result in solver.epochs():
        print(result.epoch, result.val_accuracy)
    solver.restore_best()

The caller owns the loop and may leave it, save `state()` and go on later with the same bits.
"""

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nets import checks
from nets.arrays import FlatArrays, Floats, Ints, Numbers
from nets.inspect.watch import LayerWatch
from nets.models.network import Network, Seed, spawned
from nets.trained import SCORED_AT_A_TIME, dtype_of, net_scores
from nets.training import optim
from nets.training.minibatches import SAMPLINGS, Minibatches
from nets.training.net_state import is_ours, load_net_state, net_state, whole_net_state
from nets.training.schedules import SCHEDULES, rising
from nets.training.training_data import TrainingData, check_labels, hits_among
from nets.training.updater import Updater


@dataclass(frozen=True)
class EpochResult:
    """What one epoch of training brought.

    Attributes:
        epoch: its number, from 1.
        loss: mean of the training loss over its images, penalty included.
        train_accuracy: fraction of the fixed training subset that is right at its end; NaN if diverged.
        val_accuracy: fraction of the validation images that are right at its end; NaN if diverged.
        learning_rate: the rate that it was trained with.
        num_examples: how many images it saw, at most the training split (fewer if it diverged on the way).
        diverged: whether loss, parameters or scores became NaN or infinite; no epoch follows.
    """

    epoch: int
    loss: float
    train_accuracy: float
    val_accuracy: float
    learning_rate: float
    num_examples: int
    diverged: bool


class Solver:
    """Trains a net, keeps its histories and its best epoch, and can be saved and restored between epochs.

    Attributes:
        net: the net in training.
        results: one `EpochResult` for each epoch so far.
        loss_history: the loss of every step.
        val_hits: which validation images the net got right at the end of each epoch, (N,) bool each; none for
            an epoch that diverged.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        "epochs": checks.positive_integer,
        "batch_size": checks.positive_integer,
        "update_rule": optim.name_or_function,
        "learning_rate_decay": checks.positive,
        "schedule": checks.one_of(SCHEDULES),
        "final_momentum": checks.optional(checks.fraction),
        "sampling": checks.one_of(SAMPLINGS),
        "clip_norm": checks.number("a number above 0, inf = off", lambda value: value > 0),
        "patience": checks.optional(checks.positive_integer),
        "flip": checks.number(
            "a probability of mirroring an image, in [0, 1]", lambda value: 0 <= value <= 1
        ),
        "crop_pad": checks.integer(0),
        "num_train_samples": checks.positive_integer,
    }

    def __init__(
        self,
        net: Any,
        data: Any,
        *,
        epochs: int = 10,
        batch_size: int = 100,
        update_rule: str | optim.Rule = "sgd",
        optim_config: Mapping[str, Any] | None = None,
        learning_rate_decay: float = 1.0,
        schedule: str = "exponential",
        final_momentum: float | None = None,
        sampling: str = "shuffled",
        clip_norm: float = math.inf,
        patience: int | None = None,
        flip: float = 0.0,
        crop_pad: int = 0,
        num_train_samples: int = 1000,
        rng: Seed = None,
        augmentation_rng: Seed = None,
        subset_rng: Seed = None,
    ) -> None:
        """Takes a net and data; trains nothing yet.

        Args:
            net: anything with `.params` (name -> array) and `.loss(X, y=None)`.
            data: an object (or dict) with X_train, y_train, X_val, y_val, and perhaps preprocess(X, dtype)
                and num_classes, the least number of scores that the net must give each image.
            epochs: how often the training images are gone through.
            batch_size: images a step; the last batch of an epoch may be smaller.
            update_rule: how a step changes the parameters: a name in `nets.training.optim.RULES`, or a
                function (w, dw, config) -> (next_w, config).
            optim_config: hyperparameters of the rule that are not its defaults, such as learning_rate, which
                a function must be given.
            learning_rate_decay: factor of the learning rate after each epoch, above 0.
            schedule: "exponential" (learning_rate_decay alone) or "cosine" (falling to 0 besides).
            final_momentum: momentum of the last epoch, to which it goes evenly from `momentum` in the first;
                None = it stays.
            sampling: "shuffled" (each image once an epoch) or "with_replacement" (as many independent draws).
            clip_norm: gradients whose norm, over all parameters, is larger are scaled down to it; inf = off.
            patience: stop after this many epochs without a better validation accuracy; None = never.
            flip: probability of mirroring a training image left to right.
            crop_pad: training images are moved by up to this many pixels, with zeros moved in; 0 = off.
            num_train_samples: images of the training split that train_accuracy is measured on; a fixed
                subset.
            rng: generator (or seed) of the minibatches.
            augmentation_rng: generator (or seed) of flips and crops; spawned from `rng` by default.
            subset_rng: generator (or seed) of that subset; spawned from `rng` by default.

        Raises:
            ValueError, TypeError: if an argument is wrong, with its name, what was wanted, and its value.
        """
        checks.run(self.ARGUMENT_CHECKS, locals())
        check_optim_config(update_rule, optim_config or {})
        self.net = net
        self.n_epochs = int(epochs)
        self.learning_rate_decay = float(learning_rate_decay)
        self.patience = patience
        self.results: list[EpochResult] = []
        self.loss_history: list[float] = []
        self.val_hits: list[NDArray[np.bool_]] = []
        self._schedule = SCHEDULES[schedule]
        self._splits = TrainingData.of(data)
        self._num_classes: int | None = (
            data.get("num_classes") if isinstance(data, Mapping) else getattr(data, "num_classes", None)
        )
        generator = np.random.default_rng(rng)
        self._minibatches = Minibatches(
            self._splits,
            batch_size=batch_size,
            sampling=sampling,
            flip=flip,
            crop_pad=crop_pad,
            rng=generator,
            augmentation_rng=spawned(generator, augmentation_rng),
        )
        self._train_subset = _draw_subset(
            len(self._splits.y_train), int(num_train_samples), spawned(generator, subset_rng)
        )
        self._updater = Updater(net, update_rule, optim_config or {}, float(clip_norm))
        self._momentum = _rising_momentum(self._updater.hyperparameters, final_momentum, update_rule)
        self._best: tuple[int, dict[str, Any]] | None = None
        watchable = isinstance(net, Network) and is_ours(type(net))
        self._watch = LayerWatch(net) if watchable else None

    @property
    def layers(self) -> NDArray[Any] | None:
        """What each layer did in the first step of all, epoch 0, and in the last of each; see `LayerWatch`.

        None for nets that were not written in this package.
        """
        return None if self._watch is None else self._watch.table()

    @property
    def train_accuracy_history(self) -> list[float]:
        """Training accuracy at the end of every epoch."""
        return [result.train_accuracy for result in self.results]

    @property
    def val_accuracy_history(self) -> list[float]:
        """Validation accuracy at the end of every epoch."""
        return [result.val_accuracy for result in self.results]

    @property
    def best_epoch(self) -> int | None:
        """The epoch (from 1) with the best validation accuracy, the first of equals; None before any."""
        return None if self._best is None else self._best[0]

    @property
    def best_val_accuracy(self) -> float:
        """The validation accuracy of the best epoch; NaN before any."""
        return math.nan if self._best is None else self.results[self._best[0] - 1].val_accuracy

    def epochs(self) -> Iterator[EpochResult]:
        """Trains the epochs that are left, and yields the result of each; the caller may stop at any.

        The last result is that of the last epoch, of one that diverged, or of the one at which patience
        ended.
        """
        while not self._finished():
            yield self._epoch()

    def train(self) -> None:
        """Trains the epochs that are left, and then restores the best."""
        for _ in self.epochs():
            pass
        if self._best is not None:
            self.restore_best()

    def restore_best(self) -> None:
        """Puts the best epoch's parameters, and the statistics that belong to them, into the net.

        Raises:
            ValueError: if there is none: nothing was trained, or the first epoch diverged.
        """
        load_net_state(self.net, self.best_state())

    def best_state(self) -> dict[str, Any]:
        """Returns a copy of the state of the net at the end of the best epoch.

        Raises:
            ValueError: if there is none: nothing was trained, or the first epoch diverged.
        """
        if self._best is None:
            raise ValueError("there is no best epoch: none was finished without diverging")
        return copy.deepcopy(self._best[1])

    def scores(self, X: Numbers, batch_size: int = SCORED_AT_A_TIME) -> Floats:
        """Returns the scores of images, preprocessed as the training images are, batch by batch.

        Raises:
            ValueError: if there is no image, or the net's scores are not one row an image with one number a
                class.
        """
        return net_scores(self.net, X, self._splits.preprocess, self._num_classes or 1, batch_size)

    def accuracy(self, X: Numbers, y: Ints, batch_size: int = SCORED_AT_A_TIME) -> float:
        """Returns the fraction of images whose best score is their label's; NaN if a score is not finite.

        Raises:
            ValueError, TypeError: as `hits`.
        """
        hits = self.hits(X, y, batch_size)
        return math.nan if hits is None else float(np.count_nonzero(hits)) / len(y)

    def hits(self, X: Numbers, y: Ints, batch_size: int = SCORED_AT_A_TIME) -> NDArray[np.bool_] | None:
        """Returns for which images the best score is their label's, (N,); None if a score is not finite.

        Raises:
            ValueError: if there is no image, the scores are none (see `scores`), y is not of shape (N,), or a
                label has no score.
            TypeError: if y holds no integers.
        """
        y = np.asarray(y)
        check_labels("y", y, len(X))
        scores = self.scores(X, batch_size)
        return hits_among(scores, y) if np.isfinite(scores).all() else None

    def state(self) -> dict[str, Any]:
        """Returns a copy of everything that the next epochs depend on, and of what the last ones brought.

        Raises:
            UnsavableNetError: the net has attributes that cannot be saved.
        """
        best = None if self._best is None else {"epoch": self._best[0], "net": copy.deepcopy(self._best[1])}
        return {
            "net": whole_net_state(self.net),
            "rule": self._updater.state(),
            "minibatches": self._minibatches.state(),
            "train_subset": self._train_subset.copy(),
            "results": [asdict(result) for result in self.results],
            "loss_history": np.array(self.loss_history),
            "val_hits": np.array(self.val_hits, bool).reshape(len(self.val_hits), len(self._splits.y_val)),
            "best": best,
            "layers": self.layers,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restores what `state` returned: the next epoch is the one that would have followed, bit for bit."""
        load_net_state(self.net, state["net"])
        self._updater.load_state(state["rule"])
        self._minibatches.load_state(state["minibatches"])
        self._train_subset = np.array(state["train_subset"])
        self.results = [EpochResult(**result) for result in state["results"]]
        self.loss_history = np.asarray(state["loss_history"]).tolist()
        self.val_hits = list(np.array(state["val_hits"]))
        if self._watch is not None:
            self._watch.restore(state["layers"])
        best = state["best"]
        self._best = None if best is None else (best["epoch"], copy.deepcopy(best["net"]))

    def _finished(self) -> bool:
        """Whether there is no epoch left to train."""
        if not self.results:
            return False
        waited = len(self.results) - (self.best_epoch or 0)
        out_of_patience = self.patience is not None and waited >= self.patience
        return len(self.results) >= self.n_epochs or self.results[-1].diverged or out_of_patience

    def _epoch(self) -> EpochResult:
        """Trains one epoch, measures it, and remembers the net if it is the best so far."""
        epoch = len(self.results) + 1
        base = self._updater.hyperparameters["learning_rate"]
        rate = self._schedule(base, self.learning_rate_decay, epoch, self.n_epochs)
        if self._momentum is not None:
            self._updater.hyperparameters["momentum"] = rising(*self._momentum, epoch, self.n_epochs)
        with np.errstate(over="ignore", invalid="ignore"):
            loss, num_examples = self._train_epoch(rate)
        train_accuracy, hits = self._measured() if math.isfinite(loss) else (math.nan, None)
        if hits is None:
            result = EpochResult(epoch, loss, math.nan, math.nan, rate, num_examples, diverged=True)
            self.results.append(result)
            return result
        val_accuracy = float(np.count_nonzero(hits)) / len(hits)
        is_best = self._best is None or val_accuracy > self.best_val_accuracy
        result = EpochResult(epoch, loss, train_accuracy, val_accuracy, rate, num_examples, diverged=False)
        self.results.append(result)
        self.val_hits.append(hits)
        if is_best:
            self._best = (epoch, net_state(self.net))
        return result

    def _measured(self) -> tuple[float, NDArray[np.bool_] | None]:
        """Returns training accuracy and validation hits; NaN and None if anything is not finite."""
        if self._params_are_finite():
            train_accuracy = self._train_accuracy()
            hits = self.hits(self._splits.X_val, self._splits.y_val)
            if not math.isnan(train_accuracy) and hits is not None:
                return train_accuracy, hits
        return math.nan, None

    def _train_epoch(self, rate: float) -> tuple[float, int]:
        """Returns an epoch's mean loss and number of images; ends at the first loss that is not finite."""
        total, seen, last = 0.0, 0, self._minibatches.n_steps - 1
        for step, (images, labels) in enumerate(self._minibatches.epoch(dtype_of(self.net))):
            if self._watch is None or (self.loss_history and step < last):
                loss = self._updater.step(images, labels, rate)
            else:
                with self._watch.step(len(self.results) + 1 if step == last else 0):
                    loss = self._updater.step(images, labels, rate)
            self.loss_history.append(loss)
            total += loss * len(labels)
            seen += len(labels)
            if not math.isfinite(loss):
                break
        return total / seen, seen

    def _train_accuracy(self) -> float:
        """Returns the accuracy on the training subset; all images of a split are not copied for it."""
        X, y, subset = self._splits.X_train, self._splits.y_train, self._train_subset
        return self.accuracy(X, y) if len(subset) == len(y) else self.accuracy(X[subset], y[subset])

    def _params_are_finite(self) -> bool:
        """Whether no parameter is NaN or infinite."""
        params = self.net.params
        arrays = [params.flat] if isinstance(params, FlatArrays) else params.values()
        return all(np.isfinite(array).all() for array in arrays)


def _rising_momentum(
    hyperparameters: Mapping[str, float], final: float | None, rule: object
) -> tuple[float, float] | None:
    """Returns the momentum of the first and of the last epoch; None if it stays.

    Raises:
        ValueError: the rule has none.
    """
    if final is None:
        return None
    if "momentum" not in hyperparameters:
        raise ValueError(f"final_momentum must be None with {rule!r}, which has no momentum, but got {final}")
    return hyperparameters["momentum"], float(final)


def _draw_subset(size: int, num_samples: int, rng: np.random.Generator) -> Ints:
    """Returns the numbers of the images that training accuracy is measured on, rising and without repeats."""
    if num_samples >= size:
        return np.arange(size)
    return np.sort(rng.choice(size, num_samples, replace=False))


def check_optim_config(rule: str | optim.Rule, config: Mapping[str, Any]) -> None:
    """Refuses hyperparameters that the rule does not have, or that are wrong; a function checks its own."""
    if not isinstance(rule, str):
        if "learning_rate" not in config:
            raise ValueError("optim_config must have learning_rate for a rule that is a function")
        checks.positive("learning_rate", config["learning_rate"])
        return
    for name in config:
        checks.one_of(optim.DEFAULTS[rule])(f"an argument of {rule}", name)
    checks.run(optim.ARGUMENT_CHECKS[rule], config)
