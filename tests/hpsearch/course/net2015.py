"""2015: sizes by name, images as rows, an L2 penalty in `loss`, biases as rows."""

# ruff: noqa: NPY002 - such code draws from numpy.random

import numpy as np


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-4, reg=0.0):
        self.reg = reg
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros((1, hidden_size))
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros((1, output_size))

    def loss(self, X, y=None):
        N, _ = X.shape
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        loss = -np.log(odds[np.arange(N), y]).mean() + 0.5 * self.reg * ((W1**2).sum() + (W2**2).sum())
        odds[np.arange(N), y] -= 1
        odds /= N
        back = odds.dot(W2.T) * (hidden > 0)
        return loss, {
            "W1": X.T.dot(back) + self.reg * W1,
            "b1": back.sum(axis=0),
            "W2": hidden.T.dot(odds) + self.reg * W2,
            "b2": odds.sum(axis=0),
        }
