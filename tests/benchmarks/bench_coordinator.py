"""What the coordinator costs a trial beyond the sampler's own work, and how long it takes to resume.

Workers are replaced by made-up outcomes, so that only asking, recording and telling is timed; the random
sampler costs next to nothing.

    python tests/benchmarks/bench_coordinator.py [--trials 1000] [--resume 10000]
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import Future
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from hpsearch.disk.folder import StudyFolder
from hpsearch.records import Cost, Epoch, History, TrialOutcome
from hpsearch.search.budget import Budget
from hpsearch.search.order import Search
from hpsearch.study import studyfile
from hpsearch.study.prepared import DataPlace
from hpsearch.worker.worker import Finished
from nets.data import SplitSettings

N_EPOCHS = 20
TABLE = {
    "training": {"epochs": N_EPOCHS},
    "space": {
        "hidden_dims": {"depth": [1, 3], "width": [32, 256], "log": True},
        "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
        "reg": {"low": 1e-6, "high": 1e-1, "log": True},
        "dropout": {"low": 0.0, "high": 0.6, "step": 0.1},
        "normalization": {"choices": ["none", "batchnorm", "layernorm"]},
    },
    "sampler": {"name": "random"},
}


class MadeUp:
    """Slots whose trials are finished as soon as they are submitted."""

    size = 2
    n_waiting = 1

    def submit(self, slot, function, task, *rest):
        """Returns a future with an outcome that depends on the trial's number alone."""
        rng = np.random.default_rng(task.number)
        n_epochs = N_EPOCHS if task.number % 3 else 4
        curve = tuple(Epoch(float(accuracy), 0.5, 1.0) for accuracy in rng.random(n_epochs))
        state = "complete" if n_epochs == N_EPOCHS else "pruned"
        future = Future()
        now = time.time()
        outcome = TrialOutcome(task.number, state, curve, "", Cost(n_epochs), started=now, finished=now)
        future.set_result(Finished(outcome))
        return future

    def is_death(self, error):
        """Nobody dies here."""
        return False

    def renew(self, slot):
        """Nothing to renew."""


def search(folder, n_trials):
    """Searches to a number of trials and returns the CPU seconds of that."""
    study = studyfile.from_table(TABLE, "bench", "bench")
    study_folder = StudyFolder(folder / "bench")
    place = DataPlace("nowhere", SplitSettings("digits"), "")
    with study_folder.locked():
        began = time.process_time()
        for _ in Search(study, study_folder, place, MadeUp(), Budget(n_trials), n_val=1):
            pass
        return time.process_time() - began


def main():
    """Prints CPU a trial, resume times, and the time of a pruning decision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--resume", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        search(folder, options.trials)
        extra = 100
        seconds = search(folder, options.trials + extra) - search(folder, options.trials + extra)
        print(f"coordinator  {1000 * seconds / extra:.1f} ms of CPU a trial at {options.trials} trials")
        for n_trials in (options.trials + extra, options.resume):
            search(folder, n_trials)
            print(f"resume       {search(folder, n_trials):.2f} s of CPU at {n_trials} trials")
    from hpsearch.strategies.pruning import parse_settings

    history = History(np.random.default_rng(0).random((1000, N_EPOCHS)), np.ones(1000, dtype=bool), N_EPOCHS)
    pruner = parse_settings({"name": "percentile"})
    began = time.perf_counter()
    for _ in range(100):
        pruner.decide([0.9] * 10, history, 1000, 0)
    print(f"pruning      {10 * (time.perf_counter() - began):.3f} ms a decision among 1000 trials")


if __name__ == "__main__":
    main()
