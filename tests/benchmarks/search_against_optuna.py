"""A whole search on digits: hpsearch against the same search written with Optuna and PyTorch.

Both have two processes, 100 trials of at most 15 epochs, TPE and a median pruner, the same split, nets,
batches and space; one BLAS thread a process. They run in turns; the times are to the last trial told. With
--page ours are those of the whole command `hpsearch run`, from its start to its page.

    python tests/benchmarks/search_against_optuna.py [--study convnet|fcnet] [--rounds 3] [--page]

PyTorch is a dependency of this program alone: pip install torch.
"""

import argparse
import itertools
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np

N_TRIALS, N_EPOCHS, BATCH = 100, 15, 64


def splits(split_seed=0):
    """Returns the prepared digits: images in the study's preprocessing, and labels."""
    from nets.data import SplitSettings, open_train_val, prepare

    data = open_train_val(prepare(SplitSettings("digits", split_seed=split_seed)).train_val)
    images = [data.preprocess(x, np.float32) for x in (data.X_train, data.X_val)]
    return (*images, data.y_train, data.y_val)


def build(torch, kind, trial):
    """Returns a PyTorch net with the trial's parameters, and its weight decay."""
    nn = torch.nn
    dropout = trial.suggest_float("dropout", 0.0, 0.6, step=0.1)
    normalization = trial.suggest_categorical("normalization", ["none", "batchnorm", "layernorm"])
    scale = trial.suggest_float("weight_scale", 1e-3, 1e-1 if kind == "convnet" else 3e-1, log=True)

    def norm(size, convolution=False):
        if normalization == "none":
            return []
        if normalization == "layernorm":
            return [nn.GroupNorm(1, size) if convolution else nn.LayerNorm(size)]
        return [nn.BatchNorm2d(size) if convolution else nn.BatchNorm1d(size)]

    def hidden(wide_in, wide_out):
        return [nn.Linear(wide_in, wide_out), *norm(wide_out), nn.ReLU(), nn.Dropout(dropout)]

    if kind == "convnet":
        width = trial.suggest_int("hidden_dim", 32, 256, log=True)
        layers = [nn.Conv2d(1, 16, 3, padding=1), *norm(16, convolution=True), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Flatten(), *hidden(16 * 4 * 4, width), nn.Linear(width, 10)]
    else:
        widths = [64]
        for i in range(trial.suggest_int("depth", 1, 3)):
            widths.append(trial.suggest_int(f"width{i}", 32, 256, log=True))
        layers = [nn.Flatten()]
        for wide_in, wide_out in itertools.pairwise(widths):
            layers += hidden(wide_in, wide_out)
        layers.append(nn.Linear(widths[-1], 10))
    net = nn.Sequential(*layers)
    for module in net:
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.normal_(module.weight, std=scale)
            nn.init.zeros_(module.bias)
    return net


def train(torch, kind, data, trial):
    """Trains a net with a trial's parameters; yields it with its validation accuracy after each epoch.

    It ends early where the loss is not finite.
    """
    x, x_val, y, y_val = data
    net = build(torch, kind, trial)
    rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
    reg = trial.suggest_float("reg", 1e-6, 1e-1, log=True)
    weights = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim == 1]
    groups = [{"params": weights, "weight_decay": reg}, {"params": others}]
    if trial.suggest_categorical("update_rule", ["sgd_momentum", "adam"]) == "adam":
        rule = torch.optim.Adam(groups, lr=rate)
    else:
        rule = torch.optim.SGD(groups, lr=rate, momentum=trial.suggest_float("momentum", 0.8, 0.99))
    for _ in range(N_EPOCHS):
        net.train()
        for batch in torch.randperm(len(y)).split(BATCH):
            loss = torch.nn.functional.cross_entropy(net(x[batch]), y[batch])
            if not torch.isfinite(loss):
                return
            rule.zero_grad()
            loss.backward()
            rule.step()
        net.eval()
        with torch.no_grad():
            accuracy_of(net, x[:200], y[:200])
            accuracy = accuracy_of(net, x_val, y_val)
        yield net, accuracy


def accuracy_of(net, x, y):
    """Returns the share of images that a net gets right."""
    return (net(x).argmax(1) == y).float().mean().item()


def objective(torch, optuna, kind, data, trial):
    """Trains one trial, reports each epoch, and returns its best validation accuracy."""
    accuracies = []
    for _, accuracy in train(torch, kind, data, trial):
        trial.report(accuracy, len(accuracies))
        accuracies.append(accuracy)
        if trial.should_prune():
            raise optuna.TrialPruned
    if len(accuracies) < N_EPOCHS:
        raise optuna.TrialPruned
    return max(accuracies)


def open_study(optuna, seed, path=None):
    """Returns the study of the journal, made if it is not there; without a path one in memory."""
    backend = path and optuna.storages.journal.JournalFileBackend(path)
    return optuna.create_study(
        storage=backend and optuna.storages.JournalStorage(backend),
        study_name="torch",
        direction="maximize",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=seed, group=True, multivariate=True),
        pruner=optuna.pruners.MedianPruner(n_warmup_steps=2),
    )


def torch_process(kind, path, seed):
    """One of the two processes of the Optuna search."""
    import optuna
    import torch

    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    data = [torch.from_numpy(np.ascontiguousarray(array)) for array in splits()]
    study = open_study(optuna, seed, path)
    study.optimize(
        lambda trial: objective(torch, optuna, kind, data, trial),
        callbacks=[optuna.study.MaxTrialsCallback(N_TRIALS, states=None)],
    )


def optuna_search(kind, seed):
    """Returns the time, epochs and best accuracy of the search by Optuna and PyTorch."""
    import optuna

    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "journal.log")
        began = time.perf_counter()
        open_study(optuna, seed, path)
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=torch_process, args=(kind, path, seed + i)) for i in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        seconds = time.perf_counter() - began
        trials = open_study(optuna, seed, path).trials
    values = [trial.value for trial in trials if trial.state.name == "COMPLETE"]
    return seconds, sum(len(trial.intermediate_values) for trial in trials), max(values)


def hpsearch_search(kind, seed):
    """Returns the same of hpsearch."""
    import hpsearch

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        found = hpsearch.run(kind, trials=N_TRIALS, jobs=2, out=folder, seed=seed)
        seconds = time.perf_counter() - began
        return seconds, int(found.trials["epochs"].sum()), found.best["value"]


def hpsearch_command(kind, seed):
    """Returns the same of the whole command, page included."""
    from hpsearch.results.frames import read_study

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hpsearch", "run", "--study", kind, "--trials", str(N_TRIALS)]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--jobs", "2", "--seed", str(seed), "--out", folder],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - began
        trials = read_study(Path(folder) / kind).trials
    return seconds, int(trials["epochs"].sum()), trials.loc[trials["state"] == "complete", "value"].max()


def main():
    """Runs both in turns and prints medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", choices=["convnet", "fcnet"], default="convnet")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", action="store_true", help="time the whole command, page included")
    options = parser.parse_args()
    ours = hpsearch_command if options.page else hpsearch_search
    times = {"hpsearch": [], "Optuna and PyTorch": []}
    for seed in range(options.rounds):
        for name, search in (("hpsearch", ours), ("Optuna and PyTorch", optuna_search)):
            seconds, epochs, best = search(options.study, seed)
            times[name].append(seconds)
            print(f"seed {seed}  {name:<20} {seconds:6.1f} s   {epochs} epochs   best {best:.3f}", flush=True)
    mine, theirs = (statistics.median(values) for values in times.values())
    print(f"{options.study}: {mine:.1f} s against {theirs:.1f} s, ratio {mine / theirs:.2f}")


if __name__ == "__main__":
    main()
