"""The Solver that notebooks of the course know: change the import, and the rest runs as it is.

    from nets.course import Solver
    solver = Solver(model, data, update_rule="adam", optim_config={"learning_rate": 1e-3}, num_epochs=10)
    solver.train()
    solver.best_val_acc, solver.loss_history, solver.check_accuracy(data["X_test"], data["y_test"])

Minibatches are drawn with replacement, from the generator that `np.random.seed` seeds. Entry 0 of the
accuracy histories is measured after the first step, each other at an epoch's end. At the end the net is that
of the best validation accuracy, with the running statistics that belong to its parameters.
"""

import math
import pickle
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from nets import checks
from nets.arrays import Floats, Ints, Numbers
from nets.trained import dtype_of, net_scores
from nets.training import optim, solver
from nets.training.net_state import load_net_state, net_state
from nets.training.training_data import TrainingData, as_type, check_labels, hits_among
from nets.training.updater import Updater


class Solver:
    """Trains a net by minibatches and keeps the best of it.

    Attributes:
        model: the net.
        epoch: how many epochs are over, those of earlier calls of `train` too.
        loss_history: the loss of every step.
        train_acc_history, val_acc_history: accuracies, see the module.
        best_val_acc: the best validation accuracy; 0 before any.
        best_params: copies of the parameters that had it.
    """

    ARGUMENT_CHECKS: ClassVar[Mapping[str, checks.Check]] = {
        "update_rule": optim.name_or_function,
        "lr_decay": checks.positive,
        "batch_size": checks.positive_integer,
        "num_epochs": checks.positive_integer,
        "num_train_samples": checks.optional(checks.positive_integer),
        "num_val_samples": checks.optional(checks.positive_integer),
        "print_every": checks.positive_integer,
    }

    def __init__(
        self,
        model: Any,
        data: Mapping[str, Numbers],
        *,
        update_rule: str | optim.Rule = "sgd",
        optim_config: Mapping[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        print_every: int = 10,
        verbose: bool = True,
        checkpoint_name: str | None = None,
    ) -> None:
        """Takes a net and data; trains nothing yet.

        Args:
            model: anything with `.params` (name -> array) and `.loss(X, y=None)`.
            data: a dict with X_train, y_train, X_val, y_val.
            update_rule: a name in `nets.training.optim.RULES`, or a function
                (w, dw, config) -> (next_w, config).
            optim_config: hyperparameters of the rule that are not its defaults, such as learning_rate.
            lr_decay: factor of the learning rate after each epoch.
            batch_size: images a step.
            num_epochs: epochs that `train` trains.
            num_train_samples: images that training accuracy is measured on, drawn anew each time; None = all.
            num_val_samples: the same of validation accuracy.
            print_every: a line with the loss after so many steps.
            verbose: whether anything is printed.
            checkpoint_name: how the files begin that are written after each epoch; None for none. They are
                pickles of a dict, `NAME_epoch_1.pkl` and so on, as the course's are.

        Raises:
            ValueError, TypeError: if an argument is wrong, with its name, what was wanted, and its value.
        """
        checks.run(self.ARGUMENT_CHECKS, locals())
        solver.check_optim_config(update_rule, optim_config or {})
        self.model = model
        self.num_epochs, self.batch_size, self.lr_decay = num_epochs, batch_size, lr_decay
        self.num_train_samples, self.num_val_samples = num_train_samples, num_val_samples
        self.print_every, self.verbose, self.checkpoint_name = print_every, verbose, checkpoint_name
        self.update_rule, self.optim_config = update_rule, dict(optim_config or {})
        self._data = TrainingData.of(data)
        self.X_train, self.y_train = self._data.X_train, self._data.y_train
        self.X_val, self.y_val = self._data.X_val, self._data.y_val
        self._updater = Updater(model, update_rule, optim_config or {}, math.inf)
        self._rate = float(self._updater.hyperparameters["learning_rate"])
        self._best: dict[str, Any] | None = None
        self.epoch, self._last_epoch = 0, num_epochs
        self.best_val_acc = 0.0
        self.best_params: dict[str, Floats] = {}
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []

    def train(self) -> None:
        """Trains `num_epochs` epochs more, and then gives the net the parameters that validated best.

        A loss that is NaN or infinite ends it: what follows would be as useless.
        """
        steps = max(len(self._data.y_train) // self.batch_size, 1)
        total = self.num_epochs * steps
        self._last_epoch = self.epoch + self.num_epochs
        for step in range(1, total + 1):
            loss = self._step()
            if self.verbose and (step - 1) % self.print_every == 0:
                print(f"step {step} of {total}: loss {loss:.6f}")
            if not math.isfinite(loss):
                print(
                    f"step {step} of {total}: the loss is {loss}, so training ends (smaller learning rate?)"
                )
                if step == 1:
                    self._measure()
                break
            if step % steps == 0:
                self.epoch += 1
                self._rate *= self.lr_decay
            if step == 1 or step % steps == 0:
                self._measure()
            if step % steps == 0 and self.checkpoint_name is not None:
                self._save_checkpoint(f"{self.checkpoint_name}_epoch_{self.epoch}.pkl")
        if self._best is not None:
            load_net_state(self.model, self._best)

    def check_accuracy(
        self, X: Numbers, y: Ints, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """Returns the fraction of images whose best score is their label's; NaN if a score is not finite.

        Args:
            X: images.
            y: their labels.
            num_samples: measure on so many of them, drawn at random; None = all.
            batch_size: images at a time.

        Raises:
            ValueError: if there is no image, y is not of shape (N,), or a label has no score.
            TypeError: if y holds no integers.
        """
        X, y = np.asarray(X), np.asarray(y)
        check_labels("y", y, len(X))
        if num_samples is not None and num_samples < len(y):
            drawn = _drawn(len(y), num_samples)
            X, y = X[drawn], y[drawn]
        scores = net_scores(self.model, X, np.array, 1, batch_size)  # copies: a net may write into them
        return float(np.mean(hits_among(scores, y))) if np.isfinite(scores).all() else math.nan

    def _step(self) -> float:
        drawn = _drawn(len(self._data.y_train), self.batch_size)
        images = as_type(self._data.X_train[drawn], dtype_of(self.model))
        with np.errstate(over="ignore", invalid="ignore"):
            loss = self._updater.step(images, self._data.y_train[drawn], self._rate)
        self.loss_history.append(loss)
        return loss

    def _measure(self) -> None:
        """Measures both accuracies, and remembers the net if it validates better than before."""
        train = self.check_accuracy(self._data.X_train, self._data.y_train, self.num_train_samples)
        val = self.check_accuracy(self._data.X_val, self._data.y_val, self.num_val_samples)
        self.train_acc_history.append(train)
        self.val_acc_history.append(val)
        if self.verbose:
            print(
                f"epoch {self.epoch} of {self._last_epoch}: {train:.3f} of training, {val:.3f} of validation"
            )
        if val > self.best_val_acc:
            self.best_val_acc, self._best = val, net_state(self.model)
            self.best_params = {name: array.copy() for name, array in self.model.params.items()}

    def _save_checkpoint(self, path: str) -> None:
        names = ("model", "update_rule", "lr_decay", "optim_config", "batch_size", "num_train_samples")
        more = ("num_val_samples", "epoch", "loss_history", "train_acc_history", "val_acc_history")
        with open(path, "wb") as file:
            pickle.dump({name: getattr(self, name) for name in names + more}, file)


def _drawn(size: int, n: int) -> Ints:
    """Returns `n` numbers below `size`, drawn with replacement from the generator that notebooks seed."""
    return np.random.randint(0, size, n)  # noqa: NPY002
