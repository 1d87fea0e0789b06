"""Do the winners of a search here test as well as those of the same search with Optuna and PyTorch?

For each seed, of the search as of the split, one process searches by TPE with the median pruner, trains the
winner's parameters on five fresh seeds, each to the epoch with the best validation accuracy, and tests these
nets. It writes a line a seed in the format of `defaults.py`, which measures ours and compares:

    export PYTHONPATH=.:tests
    python tests/benchmarks/winners_of_pytorch.py FOLDER/pytorch.jsonl [--study convnet] [--seeds 16]
    python tests/benchmarks/defaults.py measure FOLDER hpsearch [--study convnet] --seeds 16
    python tests/benchmarks/defaults.py compare FOLDER pytorch hpsearch

PyTorch is a dependency of this program alone: pip install torch.
"""

import argparse
import json
import statistics
import warnings
from pathlib import Path

import numpy as np
import optuna
import torch
from defaults import N_FRESH, read
from search_against_optuna import N_TRIALS, accuracy_of, objective, open_study, splits, train

from nets.data import SplitSettings, open_test, open_train_val, prepare


def tensors(arrays):
    """Returns arrays as tensors."""
    return [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]


def test_split(split_seed):
    """Returns the test images in the study's preprocessing, and their labels."""
    prepared = prepare(SplitSettings("digits", split_seed=split_seed))
    x, y = open_test(prepared.test)
    return tensors([open_train_val(prepared.train_val).preprocess(x, np.float32), y])


def test_accuracy(kind, params, data, test):
    """Returns a net's test accuracy at the epoch that validates best, 0 if it diverges at once."""
    best, found = -1.0, 0.0
    for net, accuracy in train(torch, kind, data, optuna.trial.FixedTrial(params)):
        if accuracy > best:
            with torch.no_grad():
                best, found = accuracy, accuracy_of(net, *test)
    return found


def searched(kind, seed):
    """Returns a row of the file: what one search found."""
    data, test = tensors(splits(seed)), test_split(seed)
    torch.manual_seed(seed)
    study = open_study(optuna, seed)
    study.optimize(lambda trial: objective(torch, optuna, kind, data, trial), n_trials=N_TRIALS)
    tests = []
    for fresh in range(N_FRESH):
        torch.manual_seed(1000 * (seed + 1) + fresh)
        tests.append(test_accuracy(kind, study.best_params, data, test))
    return {
        "seed": seed,
        "val": study.best_value,
        "test": statistics.mean(tests),
        "epochs": sum(len(trial.intermediate_values) for trial in study.trials),
        "params": study.best_params,
    }


def main():
    """Searches with the seeds that the file lacks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--study", choices=["convnet", "fcnet"], default="convnet")
    parser.add_argument("--seeds", type=int, default=16)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    torch.set_num_threads(1)
    options.file.parent.mkdir(parents=True, exist_ok=True)
    done = read(options.file.parent, options.file.stem)
    for seed in range(options.seeds):
        if seed not in done:
            row = json.dumps(searched(options.study, seed))
            with open(options.file, "a", encoding="utf-8") as file:
                print(row, file=file)


if __name__ == "__main__":
    main()
