"""2021: `dropout_keep_ratio` is the probability of keeping, 1 is off, and normalization is None or a name."""

# ruff: noqa: NPY002 - such code draws from numpy.random

from itertools import pairwise

import layers
import numpy as np


class FullyConnectedNet:
    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.normalization, self.use_dropout = normalization, dropout_keep_ratio != 1
        self.reg, self.num_layers, self.dtype = reg, 1 + len(hidden_dims), dtype
        self.params = {}
        sizes = [input_dim, *hidden_dims, num_classes]
        for i, (rows, columns) in enumerate(pairwise(sizes), start=1):
            self.params[f"W{i}"] = np.random.normal(scale=weight_scale, size=(rows, columns))
            self.params[f"b{i}"] = np.zeros(columns)
            if normalization and i < self.num_layers:
                self.params[f"gamma{i}"], self.params[f"beta{i}"] = np.ones(columns), np.zeros(columns)
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
            if seed is not None:
                self.dropout_param["seed"] = seed
        kinds = {
            "batchnorm": [{"mode": "train"} for _ in hidden_dims],
            "layernorm": [{} for _ in hidden_dims],
        }
        self.bn_params = kinds.get(normalization, [])
        for name, value in self.params.items():
            self.params[name] = value.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        training = y is not None
        for param in self.bn_params:
            param["mode"] = "train" if training else "test"
        forward = getattr(layers, f"{self.normalization}_forward", None)
        backward = getattr(layers, f"{self.normalization}_backward", None)
        x, tape = X, []
        for i in range(1, self.num_layers):
            x, affine = layers.affine_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])
            norm = None
            if forward:
                gamma, beta = self.params[f"gamma{i}"], self.params[f"beta{i}"]
                x, norm = forward(x, gamma, beta, self.bn_params[i - 1])
            factor = (x > 0).astype(self.dtype)
            if self.use_dropout and training:
                if "seed" in self.dropout_param:
                    np.random.seed(self.dropout_param["seed"])
                keep = self.dropout_param["p"]
                factor *= (np.random.rand(*x.shape) < keep) / keep
            x = x * factor
            tape.append((affine, norm, factor))
        last = self.num_layers
        scores, affine = layers.affine_forward(x, self.params[f"W{last}"], self.params[f"b{last}"])
        if not training:
            return scores
        loss, d = layers.softmax_loss(scores, y)
        grads = {}
        d, grads[f"W{last}"], grads[f"b{last}"] = layers.affine_backward(d, affine)
        for i in reversed(range(1, last)):
            affine, norm, factor = tape[i - 1]
            d = d * factor
            if norm is not None:
                d, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(d, norm)
            d, grads[f"W{i}"], grads[f"b{i}"] = layers.affine_backward(d, affine)
        for i in range(1, last + 1):
            w = self.params[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(w * w)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * w
        return loss, grads
