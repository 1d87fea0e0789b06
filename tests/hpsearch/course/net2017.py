"""2017: `dropout` is the probability of dropping, 0 is off, and batch normalization is on or off."""

# ruff: noqa: NPY002 - such code draws from numpy.random

import layers
import numpy as np


class FullyConnectedNet:
    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout=0,
        use_batchnorm=False,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.use_batchnorm, self.use_dropout = use_batchnorm, dropout > 0
        self.reg, self.dtype, self.num_layers = reg, dtype, 1 + len(hidden_dims)
        self.params = {}
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            self.params[f"W{i}"] = weight_scale * np.random.randn(dims[i - 1], dims[i])
            self.params[f"b{i}"] = np.zeros(dims[i])
            if use_batchnorm and i < self.num_layers:
                self.params[f"gamma{i}"], self.params[f"beta{i}"] = np.ones(dims[i]), np.zeros(dims[i])
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self.bn_params = [{"mode": "train"} for _ in hidden_dims] if use_batchnorm else []
        for name, value in self.params.items():
            self.params[name] = value.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        for param in self.bn_params:
            param["mode"] = mode
        p, x, caches = self.params, X, []
        for i in range(1, self.num_layers):
            x, first = layers.affine_forward(x, p[f"W{i}"], p[f"b{i}"])
            norm = None
            if self.use_batchnorm:
                x, norm = layers.batchnorm_forward(x, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
            alive = x > 0
            x, mask = x * alive, None
            if self.use_dropout and mode == "train":
                if "seed" in self.dropout_param:
                    np.random.seed(self.dropout_param["seed"])
                drop = self.dropout_param["p"]
                mask = (np.random.rand(*x.shape) >= drop) / (1 - drop)
                x = (x * mask).astype(self.dtype)
            caches.append((first, norm, alive, mask))
        L = self.num_layers
        scores, last = layers.affine_forward(x, p[f"W{L}"], p[f"b{L}"])
        if mode == "test":
            return scores
        loss, d = layers.softmax_loss(scores, y)
        grads = {}
        d, grads[f"W{L}"], grads[f"b{L}"] = layers.affine_backward(d, last)
        for i in range(L - 1, 0, -1):
            first, norm, alive, mask = caches[i - 1]
            d = d * alive if mask is None else d * mask * alive
            if norm is not None:
                d, grads[f"gamma{i}"], grads[f"beta{i}"] = layers.batchnorm_backward(d, norm)
            d, grads[f"W{i}"], grads[f"b{i}"] = layers.affine_backward(d, first)
        for i in range(1, L + 1):
            loss += 0.5 * self.reg * np.sum(p[f"W{i}"] ** 2)
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * p[f"W{i}"]
        return loss, grads
