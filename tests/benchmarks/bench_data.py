"""What data cost, as ratios: opening, normalizing a minibatch, one more worker's memory.

python tests/benchmarks/bench_data.py                          # random images of CIFAR-10's size
python tests/benchmarks/bench_data.py --source cifar10 --path cifar-10-batches-py
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from nets.data import SplitSettings, check_settings, open_train_val, prepare
from nets.models.convnet import ThreeLayerConvNet

BATCH = 100


def seconds(action: Callable[[], object], times: int) -> float:
    """Returns the median duration of an action."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return float(np.median(durations))


def settings_from(arguments: argparse.Namespace, folder: Path) -> SplitSettings:
    """Returns the settings of the set to measure; random images if none was named."""
    if arguments.source is not None:
        section = {"source": arguments.source, "path": arguments.path}
        return check_settings({key: value for key, value in section.items() if value is not None})
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (50_000, 3, 32, 32), dtype=np.uint8)
    np.savez(folder / "images.npz", X=images, y=np.arange(50_000) % 10)
    return SplitSettings(
        "arrays", num_train=49_000, num_val=1000, num_test=0, path=str(folder / "images.npz")
    )


def own_memory() -> float:
    """Returns this process's proportional share of its memory (PSS), in MB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:"))


def work(folder: Path, pipe: Connection) -> None:
    """Goes over all training images as a trial does; then tells its memory each time it is asked."""
    data = open_train_val(folder)
    order = np.random.default_rng(0).permutation(len(data.y_train))
    for start in range(0, len(order), BATCH):
        data.preprocess(data.X_train[order[start : start + BATCH]], np.float32)
    pipe.send("ready")
    while pipe.recv() == "memory":
        pipe.send(own_memory())


def memory_of_workers(folder: Path, n_workers: int) -> float:
    """Returns the sum of the PSS of so many workers, in MB."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(n_workers):
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(folder, theirs))
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    total = 0.0
    for pipe in pipes:
        pipe.send("memory")
        total += pipe.recv()
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send("end")
        process.join()
    return total


def main() -> None:
    """Prints the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source")
    parser.add_argument("--path")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("HPSEARCH_DATA", folder)
        settings = settings_from(parser.parse_args(), Path(folder))
        build = seconds(lambda: prepare(settings), 1)
        prepared = prepare(settings)
        find = seconds(lambda: prepare(settings), 5)
        opening = seconds(lambda: open_train_val(prepared.train_val), 50)
        print(f"build the cache {build:.2f} s, find and verify it {1000 * find:.0f} ms")
        print(f"open it {1000 * opening:.2f} ms")

        data = open_train_val(prepared.train_val)
        batch = np.random.default_rng(0).choice(len(data.y_train), BATCH, replace=False)
        net = ThreeLayerConvNet(data.image_shape, num_classes=data.num_classes, rng=0)
        x = data.preprocess(data.X_train[batch], np.float32)
        step = seconds(lambda: net.loss(x, data.y_train[batch]), 10)
        taking = seconds(lambda: data.preprocess(data.X_train[batch], np.float32), 50)
        print(f"normalize a minibatch {1000 * taking:.2f} ms = {100 * taking / step:.1f} % of a conv step")

        one, two = (memory_of_workers(prepared.train_val, n) for n in (1, 2))
        print(f"workers' memory (PSS): one {one:.0f} MB, one more adds {two - one:.0f} MB")


if __name__ == "__main__":
    main()
