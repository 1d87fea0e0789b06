"""Times what each idea in the nets brought, and the peak of memory.

    OPENBLAS_NUM_THREADS=1 PYTHONPATH=. python tests/benchmarks/nets_ideas.py

CPU milliseconds of forward and backward pass together (without the gradient of the images), medians over
turns, so that a noisy machine disturbs all alike. The last line of each table is what to compare with.
"""

import os
import statistics
import time
import tracemalloc
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from nets import FullyConnectedNet, ThreeLayerConvNet, fast, layers
from nets.fast import blocks, spectral
from nets.fast.scratch import Scratch
from nets.training import optim

Pass = Callable[[], object]
CONV, POOL = {"stride": 1, "pad": "same"}, {"pool_height": 2, "pool_width": 2, "stride": 2}


def medians(passes: dict[str, Pass], turns: int, repeats: int = 1) -> dict[str, float]:
    """Returns CPU milliseconds of each pass, medians over turns in which all of them run."""
    times: dict[str, list[float]] = {name: [] for name in passes}
    for _ in range(turns):
        for name, run in passes.items():
            start = time.process_time()
            for _ in range(repeats):
                run()
            times[name].append((time.process_time() - start) * 1e3 / repeats)
    return {name: statistics.median(own) for name, own in times.items()}


def show(title: str, times: dict[str, float]) -> None:
    """Prints a table, with each time as a multiple of the last."""
    print(f"\n{title}")
    *_, last = times.values()
    for name, milliseconds in times.items():
        print(f"  {name:56} {milliseconds:9.2f} ms {milliseconds / last:7.2f}")


def convolution_passes() -> dict[str, Pass]:
    """Returns conv - ReLU - pool, forward and backward, in four ways, and its matrix products alone."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, 3, 32, 32)).astype(np.float32)
    w = (0.1 * rng.standard_normal((32, 3, 7, 7))).astype(np.float32)
    b, scratch = np.zeros(32, np.float32), Scratch()
    dout = rng.standard_normal((32, 16, 16, 100)).astype(np.float32).transpose(3, 0, 1, 2)
    gradients = np.empty_like(w), np.empty_like(b)

    def textbook() -> None:
        a, conv_cache = layers.conv_forward(x, w, b, CONV)
        r, relu_cache = layers.relu_forward(a)
        _, pool_cache = layers.max_pool_forward(r, POOL)
        da = layers.relu_backward(layers.max_pool_backward(dout, pool_cache), relu_cache)
        layers.conv_backward(da, conv_cache, input_gradient=False)

    def by_slabs() -> None:
        a, conv_cache = fast.conv_forward(x, w, b, CONV, scratch=scratch)
        p, pool_cache = fast.max_pool_forward(a, POOL, scratch=scratch)
        _, relu_cache = layers.relu_forward(p)
        da = fast.max_pool_backward(layers.relu_backward(dout, relu_cache), pool_cache, scratch=scratch)
        fast.conv_backward(da, conv_cache, input_gradient=False, out=gradients, scratch=scratch)

    def in_one_pass(memory: Scratch | None = None) -> None:
        memory = memory or Scratch()
        _, cache = fast.conv_relu_pool_forward(x, w, b, CONV, POOL, scratch=memory)
        fast.conv_relu_pool_backward(dout, cache, input_gradient=False, out=gradients, scratch=memory)

    def in_one_block() -> None:
        kept, blocks.SLAB_SIZE = blocks.SLAB_SIZE, 10**9
        in_one_pass(scratch)
        blocks.SLAB_SIZE = kept

    slab = rng.standard_normal((147, 25 * 32)).astype(np.float32)
    maps = rng.standard_normal((25 * 32, 32)).astype(np.float32)
    filters = np.ascontiguousarray(w.reshape(32, 147).T)

    def products() -> None:
        for _ in range(4 * 32):
            np.dot(slab.T, filters)
            np.dot(slab, maps)

    return {
        "textbook pairs: im2col of the whole batch": textbook,
        "slabs, the whole map, 2x2 pooling with masks": by_slabs,
        "slabs, fused, all images in one block": in_one_block,
        "slabs, fused, blocks in the L2 cache, fresh memory": in_one_pass,
        "slabs, fused, blocks in the L2 cache, kept memory": lambda: in_one_pass(scratch),
        "the matrix products alone": products,
    }


def batchnorm_passes() -> dict[str, Pass]:
    """Returns conv - batchnorm - ReLU - pool, forward and backward, stage by stage and in one pass."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, 3, 32, 32)).astype(np.float32)
    w = (0.1 * rng.standard_normal((32, 3, 7, 7))).astype(np.float32)
    b, gamma, scratch = np.zeros(32, np.float32), np.ones(32, np.float32), Scratch()
    dout = rng.standard_normal((32, 16, 16, 100)).astype(np.float32).transpose(3, 0, 1, 2)
    param = {"mode": "train"}

    def by_stages() -> None:
        a, conv_cache = fast.conv_forward(x, w, b, CONV, scratch=scratch)
        n, norm_cache = layers.spatial_batchnorm_forward(a, gamma, b, param)
        p, pool_cache = fast.max_pool_forward(n, POOL, scratch=scratch)
        _, relu_cache = layers.relu_forward(p)
        dn = fast.max_pool_backward(layers.relu_backward(dout, relu_cache), pool_cache, scratch=scratch)
        da, _, _ = layers.spatial_batchnorm_backward(dn, norm_cache)
        fast.conv_backward(da, conv_cache, input_gradient=False, scratch=scratch)

    def in_one_pass() -> None:
        arguments = (x, w, b, gamma, b, CONV, param, POOL)
        _, cache = fast.conv_batchnorm_relu_pool_forward(*arguments, scratch=scratch)
        fast.conv_batchnorm_relu_pool_backward(dout, cache, input_gradient=False, scratch=scratch)

    def without() -> None:
        _, cache = fast.conv_relu_pool_forward(x, w, b, CONV, POOL, scratch=scratch)
        fast.conv_relu_pool_backward(dout, cache, input_gradient=False, scratch=scratch)

    return {
        "stage by stage": by_stages,
        "in one pass": in_one_pass,
        "in one pass, without the normalization": without,
    }


def channel_passes(n_channels: int, side: int) -> dict[str, Pass]:
    """Returns a convolution of many channels, with all gradients, by slabs and in the frequency domain."""
    rng = np.random.default_rng(0)
    shape = (16, n_channels, 16, 64)
    x, dout = (rng.standard_normal(shape).astype(np.float32).transpose(3, 1, 0, 2) for _ in range(2))
    w = rng.standard_normal((n_channels, n_channels, side, side)).astype(np.float32)
    b, scratch = np.zeros(n_channels, np.float32), Scratch()

    def with_advantage(advantage: float) -> None:
        kept, spectral.ADVANTAGE = spectral.ADVANTAGE, advantage
        _, cache = fast.conv_forward(x, w, b, CONV, scratch=scratch)
        spectral.ADVANTAGE = kept
        fast.conv_backward(dout, cache, scratch=scratch)

    return {
        "by slabs": lambda: with_advantage(np.inf),
        "in the frequency domain": lambda: with_advantage(0),
    }


def rule_passes() -> dict[str, Pass]:
    """Returns one step of Adam on a digits net: array by array, fresh or in place, and on the flat vector."""
    net = FullyConnectedNet([100, 100], input_dim=64, rng=0)
    grads = net.params.zeros()
    grads.flat += 0.01
    configs: dict[str, optim.Config] = {}

    def array_by_array(in_place: bool) -> None:
        for name, w in net.params.items():
            _, configs[name] = optim.adam(w, grads[name], configs.get(name), out=w if in_place else None)

    def flat() -> None:
        w = net.params.flat
        _, configs["flat"] = optim.adam(w, grads.flat, configs.get("flat"), out=w)

    return {
        "Adam, array by array, fresh results": lambda: array_by_array(False),
        "Adam, array by array, in place": lambda: array_by_array(True),
        "Adam, one vector, in place": flat,
    }


def peak_megabytes(run: Pass) -> float:
    """Returns the most memory that NumPy held at one time during a run, beyond what it held before."""
    run()
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def memory() -> None:
    """Prints the peak of memory of a training step and of the evaluation of many images."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((10_000, 3, 32, 32)).astype(np.float32)
    y = rng.integers(0, 10, 100)
    print("\nPeak of memory beyond data, parameters and kept scratch")
    for normalization in ("none", "batchnorm", "layernorm"):
        net = ThreeLayerConvNet(normalization=normalization, rng=0)
        grads = net.params.zeros()
        step = peak_megabytes(lambda net=net, grads=grads: net.loss(X[:100], y, out=grads))
        test = peak_megabytes(lambda net=net: net.loss(X))
        scratch = sum(buffer.nbytes for buffer in net._scratch._buffers.values()) / 1e6
        print(
            f"  {normalization:12} step {step:6.1f} MB  10000 images{test:6.1f} MB  scratch {scratch:5.1f} MB"
        )


def main() -> None:
    """Prints all tables."""
    show("conv - ReLU - pool, forward and backward", medians(convolution_passes(), turns=9))
    show("conv - batchnorm - ReLU - pool, 32 filters 7x7", medians(batchnorm_passes(), turns=9))
    for n_channels, side in ((64, 5), (64, 3), (32, 5)):
        title = f"64 images 16x16 of {n_channels} channels, {n_channels} filters {side}x{side}, all gradients"
        show(title, medians(channel_passes(n_channels, side), turns=9))
    show("one step of Adam, 64-100-100-10", medians(rule_passes(), turns=15, repeats=200))
    memory()


if __name__ == "__main__":
    main()
