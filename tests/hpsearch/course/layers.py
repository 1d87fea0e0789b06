"""Layers that both fully connected nets use; batch normalization keeps its averages in a dict of its own."""

import numpy as np


def affine_forward(x, w, b):
    return x.reshape(len(x), -1).dot(w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout.dot(w.T).reshape(x.shape), x.reshape(len(x), -1).T.dot(dout), dout.sum(axis=0)


def batchnorm_forward(x, gamma, beta, bn_param):
    momentum, eps = bn_param.get("momentum", 0.9), bn_param.get("eps", 1e-5)
    mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    var = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if bn_param["mode"] == "test":
        return (x - mean) / np.sqrt(var + eps) * gamma + beta, None
    here, spread = x.mean(axis=0), x.var(axis=0)
    bn_param["running_mean"] = momentum * mean + (1 - momentum) * here
    bn_param["running_var"] = momentum * var + (1 - momentum) * spread
    scale = np.sqrt(spread + eps)
    unit = (x - here) / scale
    return unit * gamma + beta, (unit, gamma, scale)


def batchnorm_backward(dout, cache):
    unit, gamma, scale = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - unit * (d * unit).mean(axis=0)) / scale
    return dx, (dout * unit).sum(axis=0), dout.sum(axis=0)


def layernorm_forward(x, gamma, beta, ln_param):
    scale = np.sqrt(x.var(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))
    unit = (x - x.mean(axis=1, keepdims=True)) / scale
    return unit * gamma + beta, (unit, gamma, scale)


def layernorm_backward(dout, cache):
    unit, gamma, scale = cache
    d = dout * gamma
    inner = d.mean(axis=1, keepdims=True) + unit * (d * unit).mean(axis=1, keepdims=True)
    return (d - inner) / scale, (dout * unit).sum(axis=0), dout.sum(axis=0)


def softmax_loss(x, y):
    odds = np.exp(x - x.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    loss = -np.log(odds[np.arange(len(x)), y]).mean()
    odds[np.arange(len(x)), y] -= 1
    return loss, odds / len(x)
