"""What the tests of the search share: a tiny data set, study tables, made-up outcomes, users' own nets."""

import copy
import itertools
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import optuna
import pytest

from hpsearch.records import Cost, Epoch, History, TrialOutcome, TrialRecord
from hpsearch.space import suggest
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study import arguments
from hpsearch.study.prepared import DataPlace
from hpsearch.study.studyfile import from_table
from hpsearch.worker.task import TrialTask
from nets.data import SplitSettings, prepare

NAN = float("nan")
NUMBERS = itertools.count()

optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture(scope="session")
def tiny_data(data_cache, tmp_path_factory):
    """Three classes of 8x8 images that a net can learn: 48 train, 24 validate, 8 are kept apart."""
    rng = np.random.default_rng(0)
    y = np.arange(80) % 3
    x = rng.integers(0, 90, (80, 1, 8, 8))
    for image, label in zip(x, y, strict=True):
        image[0, 2 * label : 2 * label + 3] += 150
    path = tmp_path_factory.mktemp("tiny") / "tiny.npz"
    np.savez(path, X=x.astype(np.uint8), y=y)
    settings = SplitSettings("arrays", num_val=24, num_test=8, path=str(path))
    prepared = prepare(settings)
    return DataPlace(str(prepared.train_val), settings, prepared.train_val_hash)


@pytest.fixture(scope="session")
def draw():
    """Returns a random trial's values of a space."""

    def drawn(space, seed=0):
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
        return suggest(study.ask(), space)

    return drawn


@pytest.fixture
def study_table():
    """Returns the smallest study file as a table, with entries `section__key=value` changed or added."""

    def make(**changes):
        table = {
            "net": {"kind": "FullyConnectedNet", "hidden_dims": [10]},
            "space": {"learning_rate": {"low": 1e-4, "high": 1e-1, "log": True}},
        }
        for name, value in changes.items():
            section, key = name.split("__")
            table.setdefault(section, {})[key] = copy.deepcopy(value)
        return table

    return make


@pytest.fixture
def make_study(study_table):
    """Returns a checked study from the smallest table with changes."""
    return lambda name="tiny", **changes: from_table(study_table(**changes), name, f"{name}.toml")


@pytest.fixture
def make_up():
    """Returns a trial's record that is a pure function of number and proposal, in any of the four states."""

    def make(number, proposal, states=("complete", "complete", "pruned", "diverged", "failed"), n_epochs=5):
        rng = np.random.default_rng(number)
        state = str(rng.choice(states))
        length = n_epochs if state == "complete" else int(rng.integers(state != "failed", n_epochs))
        level = sum(np.log(abs(v) + 1e-3) for v in proposal.params.values() if isinstance(v, (int, float)))
        curve = [
            Epoch(float(np.tanh(level / 50) / 2 + 0.4 - 0.2 / i + rng.normal(0, 0.01)), 0.5, 1 / i)
            for i in range(1, length + 1)
        ]
        if state == "diverged":
            curve[-1] = Epoch(NAN, NAN, NAN)
        outcome = TrialOutcome(
            number,
            state,
            tuple(curve),
            reason="" if state == "complete" else f"{state} for the test's sake",
            cost=Cost(length, 48 * length, 0.1, 0.2),
            error={"place": "here", "traceback": "there"} if state == "failed" else None,
            worker="host:1",
            started=1000.0 + number,
            finished=1001.5 + number,
        )
        return TrialRecord(proposal.params, proposal.attributes, outcome)

    return make


@pytest.fixture
def own_net(tmp_path, monkeypatch):
    """Writes a module with a net of the user's and returns the kind "module:Class" that names it."""
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    def write(source, class_name="Net"):
        module = f"own_net_{next(NUMBERS)}"
        (tmp_path / f"{module}.py").write_text(dedent(source))
        written.append(module)
        return f"{module}:{class_name}"

    yield write
    for module in written:
        sys.modules.pop(module, None)


@pytest.fixture
def make_task(tiny_data):
    """Returns a task of four epochs on the tiny data."""

    def make(kind="FullyConnectedNet", net=None, training=None, params=None, **changes):
        fixed = {"epochs": 4, "batch_size": 16, "update_rule": "sgd", "num_train_samples": 24}
        net = {"hidden_dims": [6]} if net is None and kind == "FullyConnectedNet" else net or {}
        params = {"learning_rate": 0.01} if params is None else params
        task = {
            "number": 3,
            "params": params,
            "net_kind": kind,
            "arguments": arguments.for_trial(kind, net, {**fixed, **(training or {})}, params),
            "seed": 0,
            "key": (3,),
            "data": tiny_data,
            "preprocessing": "mean_std",
            "pruner": PrunerSettings("none"),
            "history": History.of([], 4),
            "code": tuple(one for one in (kind, *(training or {}).values()) if ":" in str(one)),
        }
        return TrialTask(**{**task, **changes})

    return make


@pytest.fixture
def course(monkeypatch):
    """Lets the nets, rules and Solver of the folder `course` be imported, as from a folder of one's own."""
    folder = Path(__file__).parent / "course"
    monkeypatch.syspath_prepend(folder)
    yield folder
    for path in folder.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 80 kB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mount.returncode != 0:
        pytest.skip("this user may not mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # a failed database is still open
