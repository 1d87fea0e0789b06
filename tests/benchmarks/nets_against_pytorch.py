"""Times a training step of each net against PyTorch eager on the CPU, and prints the ratios.

    python -m venv torch-env && torch-env/bin/pip install numpy torch==2.13.0
    OPENBLAS_NUM_THREADS=1 PYTHONPATH=. torch-env/bin/python tests/benchmarks/nets_against_pytorch.py

Both train the same net on the same images in the same dtype with the same rule, one thread each, in turns, so
that a noisy machine disturbs both alike. Times are CPU milliseconds a step, medians over epochs of 20 steps,
shuffling and the Solver's look at the layers in the last step included; a ratio below 1 means that NumPy is
faster.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch

import nets
from nets.training.solver import Solver

Epoch = Callable[[], None]
N_STEPS = 20


@dataclass(frozen=True)
class Case:
    """One net, batch size and rule; `goal` is the ratio to reach."""

    goal: float
    kind: str
    settings: dict[str, Any]
    image: tuple[int, int, int]
    batch_size: int
    rule: str = "sgd_momentum"


CIFAR, DIGITS = (3, 32, 32), (1, 8, 8)


def convnet(goal: float, **settings: Any) -> Case:
    """Returns a case of a ThreeLayerConvNet on CIFAR-sized images."""
    return Case(goal, "ThreeLayerConvNet", {"input_dim": CIFAR, **settings}, CIFAR, 100)


def digits_convnet(rule: str) -> Case:
    """Returns a case of a small ThreeLayerConvNet on digits."""
    settings = {"input_dim": DIGITS, "num_filters": 16, "filter_size": 3}
    return Case(0.7, "ThreeLayerConvNet", settings, DIGITS, 64, rule)


def fully_connected(goal: float, *hidden_dims: int, **settings: Any) -> Case:
    """Returns a case of a FullyConnectedNet on CIFAR-sized images."""
    return Case(goal, "FullyConnectedNet", {"hidden_dims": list(hidden_dims), **settings}, CIFAR, 100)


def digits_fully_connected(rule: str) -> Case:
    """Returns a case of a small FullyConnectedNet on digits."""
    return Case(0.4, "FullyConnectedNet", {"hidden_dims": [100, 100], "input_dim": 64}, DIGITS, 64, rule)


CASES = {
    "conv 32 7x7": convnet(0.7),
    "conv 32 5x5": convnet(0.7, filter_size=5),
    "conv 32 3x3": convnet(0.7, filter_size=3),
    "conv 64 7x7": convnet(0.7, num_filters=64),
    "conv 64 3x3": convnet(0.7, num_filters=64, filter_size=3),
    "conv 32 7x7 bn": convnet(0.7, normalization="batchnorm"),
    "conv 32 3x3 bn dropout": convnet(
        0.7, filter_size=3, normalization="batchnorm", dropout=0.3, pool_dropout=0.3
    ),
    "fc 100x2": fully_connected(0.9, 100, 100),
    "fc 100x4": fully_connected(0.9, 100, 100, 100, 100),
    "fc 1024-512 bn dropout": fully_connected(0.85, 1024, 512, normalization="batchnorm", dropout=0.3),
    "fc digits": digits_fully_connected("sgd_momentum"),
    "fc digits adam": digits_fully_connected("adam"),
    "conv digits": digits_convnet("sgd_momentum"),
    "conv digits adam": digits_convnet("adam"),
    "lrn 64 5x5": Case(0.9, "LRNConvNet", {"input_dim": CIFAR}, CIFAR, 64, "adam"),
}


def numpy_epoch(case: Case, X: np.ndarray, y: np.ndarray) -> Epoch:
    """Returns a function that trains an epoch as the Solver does."""
    net = nets.NETS[case.kind](**case.settings, rng=0)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    solver = Solver(net, data, batch_size=case.batch_size, update_rule=case.rule, rng=0)

    def epoch() -> None:
        solver._train_epoch(1e-3)

    return epoch


def torch_epoch(case: Case, X: np.ndarray, y: np.ndarray) -> Epoch:
    """Returns a function that trains an epoch of the same net in PyTorch."""
    net = torch_net(case)
    images, labels = torch.from_numpy(X), torch.from_numpy(y)
    if case.rule == "adam":
        optimizer: torch.optim.Optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    else:
        optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9)

    def epoch() -> None:
        for batch in torch.randperm(len(y)).split(case.batch_size):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()

    return epoch


def torch_net(case: Case) -> torch.nn.Module:
    """Returns the net in PyTorch's words."""
    nn, settings = torch.nn, case.settings
    channels, height, width = case.image
    if case.kind == "FullyConnectedNet":
        sizes = [channels * height * width, *settings["hidden_dims"]]
        hidden = [layer for a, b in pairwise(sizes) for layer in torch_hidden(a, b, settings)]
        return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(sizes[-1], 10))
    if case.kind == "ThreeLayerConvNet":
        filters, side = settings.get("num_filters", 32), settings.get("filter_size", 7)
        normalized = [nn.BatchNorm2d(filters)] if "normalization" in settings else []
        dropped = [nn.Dropout(settings["pool_dropout"])] if "pool_dropout" in settings else []
        return nn.Sequential(
            *[nn.Conv2d(channels, filters, side, padding=side // 2), *normalized, nn.ReLU(), nn.MaxPool2d(2)],
            *[*dropped, nn.Flatten(), *torch_hidden(filters * height * width // 4, 100, settings)],
            nn.Linear(100, 10),
        )
    pool = [nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.LocalResponseNorm(9, alpha=0.001, beta=0.75, k=1.0)]
    return nn.Sequential(
        *[nn.Conv2d(channels, 64, 5, padding=2), *pool, nn.Conv2d(64, 64, 5, padding=2), *pool, nn.Flatten()],
        *[nn.Linear(64 * height * width // 16, 256), nn.ReLU(), nn.Linear(256, 10)],
    )


def torch_hidden(n_inputs: int, n_units: int, settings: dict[str, Any]) -> list[torch.nn.Module]:
    """Returns a hidden layer with what the settings say follows it."""
    nn = torch.nn
    normalized = [nn.BatchNorm1d(n_units)] if "normalization" in settings else []
    dropped = [nn.Dropout(settings["dropout"])] if "dropout" in settings else []
    return [nn.Linear(n_inputs, n_units), *normalized, nn.ReLU(), *dropped]


def cpu_milliseconds(epoch: Epoch) -> float:
    """Returns the CPU time of a step, the mean over an epoch."""
    start = time.process_time()
    epoch()
    return (time.process_time() - start) * 1e3 / N_STEPS


def compare(name: str, case: Case, seconds: float) -> None:
    """Prints medians and ratio of one case, measured in turns."""
    rng = np.random.default_rng(0)
    n = N_STEPS * case.batch_size
    X = rng.standard_normal((n, *case.image)).astype(np.float32)
    y = rng.integers(0, 10, n)
    epochs = [numpy_epoch(case, X, y), torch_epoch(case, X, y)]
    for epoch in epochs:
        epoch()  # memory is asked for once
    times: list[list[float]] = [[], []]
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or len(times[0]) < 3:
        for epoch, own in zip(epochs, times, strict=True):
            own.append(cpu_milliseconds(epoch))
    ours, theirs = (statistics.median(own) for own in times)
    print(f"{name:23} {ours:9.3f} {theirs:9.3f} {ours / theirs:7.2f} {case.goal:7.2f}", flush=True)


def main() -> None:
    """Compares the cases named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(CASES)}")
    parser.add_argument("--seconds", type=float, default=10, help="for each case")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'':23} {'NumPy ms':>9} {'torch ms':>9} {'ratio':>7} {'goal':>7}")
    for name in arguments.names or CASES:
        compare(name, CASES[name], arguments.seconds)


if __name__ == "__main__":
    main()
