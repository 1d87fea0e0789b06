"""Own nets that fail outside of a search, on fresh seeds or in the command's own process: one line each."""

import sys

import pytest

from hpsearch.checks import gradients
from hpsearch.checks.fresh_seeds import correct, train_fresh
from hpsearch.checks.plan import make_plan
from hpsearch.errors import HpsearchError
from hpsearch.search.budget import Budget
from hpsearch.study.studyfile import from_table
from hpsearch.worker.task import open_data

NET = """
    import os
    import numpy as np

    class Net:
        def __init__(self, num_classes=3, width=5):
            self.params = {"b": np.zeros(num_classes)}
            "constructor"

        def loss(self, X, y=None):
            if y is None:
                "test"
                return np.zeros((len(X), 1)) + self.params["b"]
            "training"
            return 1.0, {"b": np.ones_like(self.params["b"])}
"""
RAISED = ["SystemExit(0)", "GeneratorExit()", "ValueError('no')", "type('Odd', (BaseException,), {})('no')"]


@pytest.fixture
def failing(own_net):
    """Returns the kind of a net that fails at a place by running a statement."""
    return lambda place, statement: own_net(NET.replace(f'"{place}"', statement))


@pytest.fixture
def own_study(tiny_data):
    """Returns a study of the tiny data with a net of the user's."""

    def make(kind):
        table = {
            "data": {"source": "arrays", "path": tiny_data.settings.path, "num_val": 24, "num_test": 8},
            "net": {"kind": kind},
            "space": {"learning_rate": {"low": 0.1, "high": 0.2}},
        }
        return from_table(table, "tiny", "tiny.toml")

    return make


@pytest.mark.parametrize("raised", [*RAISED, "KeyboardInterrupt()"])
@pytest.mark.parametrize("place", ["constructor", "test", "training"])
def test_whatever_a_net_raises_on_a_fresh_seed_is_one_error(make_task, failing, place, raised):
    task = make_task(kind=failing(place, f"raise {raised}"), net={})
    name = raised.partition("(")[0].replace("type", "Odd")
    with pytest.raises(HpsearchError, match=rf"^trial 3's net failed on fresh seed 4: {name}: "):
        train_fresh(task)


@pytest.mark.parametrize("raised", RAISED)
def test_whatever_a_trained_net_raises_is_one_error(make_task, failing, raised):
    task = make_task(kind=failing("never", ""), net={})
    state = train_fresh(task)
    data = open_data(task)
    assert correct([task], [state], data.X_val, data.y_val).shape == (1, 24)
    broken = make_task(kind=failing("test", f"raise {raised}"), net={})
    with pytest.raises(HpsearchError, match=r"^trial 3's trained net cannot be tested: "):
        correct([broken], [state], data.X_val, data.y_val)


@pytest.mark.parametrize("raised", [*RAISED, "KeyboardInterrupt()"])
def test_whatever_a_net_raises_is_an_error_of_the_gradient_check(make_task, failing, raised):
    task = make_task(kind=failing("training", f"raise {raised}"), net={})
    with pytest.raises(HpsearchError, match=f"^{task.net_kind} with some setting: "):
        gradients._check_net(task, "some setting")


def test_the_users_ctrl_c_is_no_failure_of_the_net(make_task, failing):
    task = make_task(kind=failing("test", "raise KeyboardInterrupt"), net={})
    state = train_fresh(make_task(kind=failing("never", ""), net={}))
    data = open_data(task)
    with pytest.raises(KeyboardInterrupt):
        correct([task], [state], data.X_val, data.y_val)


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("os._exit(0)", r"^the worker process died in trial 0 \("),
        ("raise SystemExit(0)", r"^the net fails in each of 2 trials: SystemExit: 0$"),
    ],
)
def test_a_net_that_ends_its_process_is_one_error_of_a_plan(failing, own_study, statement, line):
    with pytest.raises(HpsearchError, match=line):
        make_plan(own_study(failing("training", statement)), Budget(trials=2), jobs=1)


def test_a_net_that_ends_its_process_is_one_error_of_the_gradient_check(failing, own_study):
    with pytest.raises(HpsearchError, match=r"^the worker process died with learning_rate "):
        gradients.check(own_study(failing("training", "os._exit(0)")))


SOLVER = """
    import numpy as np

    class Solver:
        def __init__(self, model, data):
            self.model, self.data = model, data

        def check_accuracy(self, X, y):
            return 0.5

        def train(self):
            try:
                for epoch in range(3):
                    self.model.params["b"] = np.full(3, float(epoch + 1))
                    self.check_accuracy(self.data["X_val"], self.data["y_val"])
            finally:
                self.model.params["b"] = np.zeros(3)
"""


@pytest.mark.parametrize(("epoch", "value"), [(2, 2.0), (9, 3.0)])
def test_the_net_of_an_epoch_is_as_it_was_in_it_whatever_its_solver_does_at_the_end(
    make_task, own_net, failing, epoch, value
):
    training = {"solver": own_net(SOLVER, "Solver"), "epochs": 9}
    found = train_fresh(make_task(failing("never", ""), {}, training), epoch)
    assert found.state["params"]["b"].tolist() == [value] * 3


SEEDS = """
    import numpy as np

    np.random.seed(231)

    class Net:
        def __init__(self, num_classes=3):
            self.params = {"b": np.random.randn(num_classes)}

        def loss(self, X, y=None):
            scores = np.zeros((len(X), 1)) + self.params["b"]
            return scores if y is None else (1.0, {"b": np.zeros(3)})
"""


def test_a_net_whose_module_seeds_numpy_is_the_same_in_a_process_that_has_not_imported_it(make_task, own_net):
    kind = own_net(SEEDS)
    task = make_task(kind)
    later = train_fresh(task).state["params"]["b"]
    del sys.modules[kind.partition(":")[0]]
    assert train_fresh(task).state["params"]["b"].tolist() == later.tolist()
