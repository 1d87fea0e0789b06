"""A Solver as the course has had it since 2016: everything but model and data comes in **kwargs."""

# ruff: noqa: NPY002 - such code draws from numpy.random

import numpy as np
import rules


class Solver:
    def __init__(self, model, data, **kwargs):
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.update_rule = kwargs.pop("update_rule", "plain")
        self.optim_config = kwargs.pop("optim_config", {})
        self.lr_decay = kwargs.pop("lr_decay", 1.0)
        self.batch_size = kwargs.pop("batch_size", 100)
        self.num_epochs = kwargs.pop("num_epochs", 10)
        self.num_train_samples = kwargs.pop("num_train_samples", 1000)
        self.print_every = kwargs.pop("print_every", 10)
        self.verbose = kwargs.pop("verbose", True)
        if kwargs:
            raise ValueError(f"what is {sorted(kwargs)}?")
        self.update_rule = getattr(rules, self.update_rule)
        self._reset()

    def _reset(self):
        self.epoch = 0
        self.best_val_acc, self.best_params = 0, {}
        self.loss_history, self.train_acc_history, self.val_acc_history = [], [], []
        self.optim_configs = {name: dict(self.optim_config) for name in self.model.params}

    def _step(self):
        chosen = np.random.choice(len(self.y_train), self.batch_size)
        loss, grads = self.model.loss(self.X_train[chosen], self.y_train[chosen])
        self.loss_history.append(loss)
        for name, w in self.model.params.items():
            new, config = self.update_rule(w, grads[name], self.optim_configs[name])
            self.model.params[name] = new
            self.optim_configs[name] = config

    def check_accuracy(self, X, y, num_samples=None, batch_size=100):
        if num_samples and len(X) > num_samples:
            chosen = np.random.choice(len(X), num_samples)
            X, y = X[chosen], y[chosen]
        found = [
            np.argmax(self.model.loss(X[start : start + batch_size]), axis=1)
            for start in range(0, len(X), batch_size)
        ]
        return np.mean(np.hstack(found) == y)

    def train(self):
        steps = max(len(self.y_train) // self.batch_size, 1)
        for t in range(self.num_epochs * steps):
            self._step()
            if self.verbose and t % self.print_every == 0:
                print(t + 1, self.loss_history[-1])
            at_end = (t + 1) % steps == 0
            if at_end:
                self.epoch += 1
                for config in self.optim_configs.values():
                    config["learning_rate"] *= self.lr_decay
            if t == 0 or t == self.num_epochs * steps - 1 or at_end:
                self.train_acc_history.append(
                    self.check_accuracy(self.X_train, self.y_train, num_samples=self.num_train_samples)
                )
                accuracy = self.check_accuracy(self.X_val, self.y_val)
                self.val_acc_history.append(accuracy)
                if accuracy > self.best_val_acc:
                    self.best_val_acc = accuracy
                    self.best_params = {name: w.copy() for name, w in self.model.params.items()}
        self.model.params = self.best_params
