"""Update rules of the contract (w, dw, config) -> (next_w, config)."""

import numpy as np


def plain(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


def heavy_ball(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    speed = config.get("velocity", np.zeros_like(w))
    speed = config["momentum"] * speed - config["learning_rate"] * dw
    config["velocity"] = speed
    return w + speed, config


def counted(w, dw, config=None):
    config = {} if config is None else config
    config["t"] = np.int64(config.get("t", 0) + 1)
    return w - config["learning_rate"] / np.sqrt(config["t"]) * dw, config
