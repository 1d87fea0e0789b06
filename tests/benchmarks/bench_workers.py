"""How well are workers used, and what do two bring against one?

Trials of CIFAR-10's size (made-up images, a ThreeLayerConvNet) run on one worker and on two in turns: the
rates, the share of the workers' time that is training, and how long they are idle between two trials. Then
100 trials of `convnet` and of `fcnet` on digits: what a trial costs its worker outside training.

    python tests/benchmarks/bench_workers.py [--rounds 3]
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

import hpsearch
from hpsearch.disk.journal import read_records

STUDY = """
[study]
trials = {trials}
[data]
source = "arrays"
path = "{path}"
num_val = 500
num_test = 0
[net]
kind = "ThreeLayerConvNet"
num_filters = 32
filter_size = 7
[training]
epochs = 2
batch_size = 100
num_train_samples = 500
[space]
learning_rate = {{ low = 1e-4, high = 1e-2, log = true }}
hidden_dim = {{ low = 90, high = 110 }}
[pruner]
name = "none"
"""


def measure(study, out, jobs):
    """Returns trials a second, the share of training in the workers' time, and seconds outside it a trial.

    A worker's time is from the beginning of its first trial to the end of its last.
    """
    folder = hpsearch.run(study, jobs=jobs, out=out).folder
    outcomes = [record.outcome for record in read_records(folder / "journal.log")]
    workers = {outcome.worker for outcome in outcomes}
    spans = [
        max(one.finished for one in outcomes if one.worker == worker)
        - min(one.started for one in outcomes if one.worker == worker)
        for worker in workers
    ]
    training = sum(outcome.cost.seconds for outcome in outcomes)
    span = max(one.finished for one in outcomes) - min(one.started for one in outcomes)
    return len(outcomes) / span, training / sum(spans), (sum(spans) - training) / len(outcomes)


def main():
    """Prints ratios of rates, and medians of the rounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=24)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (3000, 3, 32, 32), dtype=np.uint8)
        np.savez(folder / "images.npz", X=images, y=np.arange(3000) % 10)
        study = folder / "large.toml"
        study.write_text(STUDY.format(path=folder / "images.npz", trials=options.trials))
        ratios, shares = [], []
        for i in range(options.rounds):
            one, two = (measure(study, folder / f"{i}-{jobs}", jobs) for jobs in (1, 2))
            ratios.append(two[0] / one[0])
            shares.append(two[1])
            print(f"  two workers {ratios[-1]:.2f} times one, {100 * shares[-1]:.1f} % training", flush=True)
        print(f"large images: {statistics.median(ratios):.2f} times, {100 * statistics.median(shares):.1f} %")
        for name in ("convnet", "fcnet"):
            outside = [measure(name, folder / f"digits-{i}", 2)[2] for i in range(options.rounds)]
            print(f"{name} on digits: {1000 * statistics.median(outside):.1f} ms a trial outside training")


if __name__ == "__main__":
    main()
