"""A Solver of the course is searched as it is: epoch by epoch, pruned in between, its best net kept."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import StudyFileError
from hpsearch.seeds import Purpose, integer
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study import ownsolver
from hpsearch.study.prepared import DataPlace
from hpsearch.worker import global_generators
from hpsearch.worker.task import build_net, build_solver, open_data
from hpsearch.worker.trial import train_trial
from nets.data import prepare

KIND = "net2017:FullyConnectedNet"


@pytest.fixture
def solver_task(course, make_task):
    """Returns a task that the Solver of the folder `course` trains."""

    def make(solver="solver:Solver", pruner=None, net=None, **training):
        settings = {"solver": solver, "batch_size": 12, "update_rule": "heavy_ball", **training}
        changes = {} if pruner is None else {"pruner": pruner}
        params = {"learning_rate": 0.05, "momentum": 0.8}
        return make_task(KIND, net or {"hidden_dims": [6]}, settings, params, **changes)

    return make


def outcome_of(task, folder, should_stop=lambda: False):
    outcome = train_trial(task, TrialFolder(folder), should_stop)
    assert threading.active_count() == 1, "no thread is left"
    return outcome


def by_hand(task):
    """Trains the Solver without hpsearch, on the same seeds."""
    import solver

    data = open_data(task)
    global_generators.seed(integer(task.seed, Purpose.LEGACY, *task.key))
    net = build_net(task, data)
    arrays = {name: data.preprocess(getattr(data, name), net.dtype) for name in ("X_train", "X_val")}
    config = {"learning_rate": 0.05, "momentum": 0.8}
    made = solver.Solver(
        net,
        {**arrays, "y_train": data.y_train, "y_val": data.y_val},
        num_epochs=4,
        batch_size=12,
        update_rule="heavy_ball",
        optim_config=config,
        lr_decay=0.9,
        num_train_samples=24,
        verbose=False,
    )
    made.train()
    return made


def test_its_curve_is_the_one_that_it_has_without_us(solver_task, tmp_path):
    task = solver_task(lr_decay=0.9, num_train_samples=24)
    outcome = outcome_of(task, tmp_path)
    assert (outcome.state, outcome.reason) == ("complete", "")
    made = by_hand(task)
    assert [epoch.val_accuracy for epoch in outcome.curve] == pytest.approx(made.val_acc_history[1:])
    assert [epoch.train_accuracy for epoch in outcome.curve] == pytest.approx(made.train_acc_history[1:])
    losses = np.array(made.loss_history).reshape(4, 4).mean(axis=1)
    assert [epoch.loss for epoch in outcome.curve] == pytest.approx(list(losses))
    assert outcome.value == pytest.approx(made.best_val_acc)


def test_it_is_pruned_between_epochs_and_its_thread_ends(solver_task, tmp_path):
    pruner = PrunerSettings("threshold", {"lower": 1.0, "upper": 1.0, "warmup_epochs": 1})
    outcome = outcome_of(solver_task(pruner=pruner), tmp_path)
    assert (outcome.state, outcome.cost.epochs) == ("pruned", 2)


def test_a_stopped_trial_starts_over_to_the_same_bits(solver_task, tmp_path):
    task = solver_task()
    stopped = outcome_of(task, tmp_path, lambda: True)
    assert (stopped.state, stopped.cost.epochs) == ("stopped", 1)
    assert TrialFolder(tmp_path).checkpoint_epoch() == 0
    assert outcome_of(task, tmp_path).curve == outcome_of(task, tmp_path / "other").curve


def test_the_best_epochs_net_is_kept_with_its_running_statistics(solver_task):
    task = solver_task(net={"hidden_dims": [6], "use_batchnorm": True})
    training = build_solver(task, open_data(task))
    net = training.net
    seen = [(one.val_accuracy, net.bn_params[0]["running_mean"].copy()) for one in training.epochs()]
    best = max(range(4), key=lambda epoch: seen[epoch][0])
    assert training.best_epoch == best + 1
    other = build_solver(task, open_data(task))
    from nets.training.net_state import load_net_state

    load_net_state(other.net, training.best_state())
    np.testing.assert_array_equal(other.net.bn_params[0]["running_mean"], seen[best][1])


def test_of_equal_epochs_the_net_of_the_first_is_kept(course, make_task):
    settings = {"solver": "solver:Solver", "update_rule": "plain", "batch_size": 12}
    task = make_task(KIND, {"hidden_dims": [6]}, settings, {"learning_rate": 1e-6})
    training = build_solver(task, open_data(task))
    seen = [(one.val_accuracy, training.net.params["W1"].copy()) for one in training.epochs()]
    assert len({accuracy for accuracy, _ in seen}) == 1, "it hardly learns"
    assert not np.array_equal(seen[0][1], seen[-1][1])
    assert training.best_epoch == 1
    np.testing.assert_array_equal(training.best_state()["params"]["W1"], seen[0][1])


def test_a_diverged_net_ends_it(solver_task, make_task, tmp_path):
    task = solver_task(optim_config={"momentum": 0.9})
    assert task.arguments.rule == {"learning_rate": 0.05, "momentum": 0.8}, "what is drawn goes first"
    plain = {"solver": "solver:Solver", "update_rule": "plain", "batch_size": 12}
    wild = make_task(KIND, {"hidden_dims": [6]}, plain, {"learning_rate": 1e30})
    outcome = outcome_of(wild, tmp_path)
    assert (outcome.state, outcome.cost.epochs) == ("diverged", 1)


SOLVER = """
    class Solver:
        def __init__(self, model, data, num_epochs=3, tail=0):
            self.model, self.data, self.num_epochs, self.tail = model, data, num_epochs, tail
        def train(self):
            assert set(self.data) == {"X_train", "y_train", "X_val", "y_val"}
            for epoch in range(self.num_epochs):
                for name, grad in self.model.loss(self.data["X_train"], self.data["y_train"])[1].items():
                    self.model.params[name] = self.model.params[name] - 0.1 * grad
                ASK
"""


ASK = "self.check_accuracy(self.data['X_val'], 0)"


@pytest.mark.parametrize(("ask", "n_epochs"), [("pass", 1), (ASK, 4)])
def test_one_that_does_not_ask_in_between_has_one_value(course, own_net, make_task, tmp_path, ask, n_epochs):
    source = SOLVER.replace("ASK", ask)
    if n_epochs > 1:
        source += "        def check_accuracy(self, X, y):\n            return 0.5\n"
    kind = own_net(source, "Solver")
    task = make_task(KIND, {"hidden_dims": [6]}, {"solver": kind, "batch_size": 1}, {})
    outcome = outcome_of(task, tmp_path)
    assert (outcome.state, outcome.reason, len(outcome.curve)) == ("complete", "", n_epochs)


def test_what_it_raises_is_the_trials_failure(course, own_net, make_task, tmp_path):
    kind = own_net(SOLVER.replace("ASK", "raise RuntimeError('no more')"), "Solver")
    outcome = outcome_of(make_task(KIND, {"hidden_dims": [6]}, {"solver": kind}, {}), tmp_path)
    assert (outcome.state, outcome.reason) == ("failed", "RuntimeError: no more")
    assert "self.num_epochs" in outcome.error["traceback"] or "no more" in outcome.error["traceback"]


def test_settings_go_by_name_where_it_takes_them_and_into_its_config_otherwise(solver_task):
    task = solver_task(lr_decay=0.9, print_every=5)
    assert task.arguments.own_solver == "solver:Solver"
    assert task.arguments.rule == {"learning_rate": 0.05, "momentum": 0.8}
    assert {"lr_decay", "print_every", "batch_size", "update_rule", "epochs"} < set(task.arguments.solver)


def test_what_is_wrong_with_a_solver_is_named(course, make_study):
    with pytest.raises(StudyFileError, match=r"training\.solver: 'rules:plain' must be a class"):
        make_study(training__solver="rules:plain")
    with pytest.raises(StudyFileError, match=r'training\.solver: expected "package\.module:name", but got 3'):
        make_study(training__solver=3)
    with pytest.raises(StudyFileError, match=r"net\.reg: reg must be a finite number of at least 0"):
        make_study(training__solver="solver:Solver", net__reg=-1.0)
    with pytest.raises(
        StudyFileError, match=r"space\.solver: cannot be searched; expected it in \[training\]"
    ):
        make_study(space__solver={"choices": ["solver:Solver"]})
    with pytest.raises(StudyFileError, match=r"training\.epochs: epochs must be an integer of at least 1"):
        make_study(training__solver="solver:Solver", training__epochs=0)


def test_a_solver_may_take_net_and_data_alone_by_their_places(own_net, make_study):
    solver = "class Solver:\n    def __init__({}): ...\n    def train(self): ..."
    make_study(training__solver=own_net(solver.format("self, net, data, /, learning_rate=1"), "Solver"))
    with pytest.raises(
        StudyFileError, match="takes num_epochs by its place alone; expected all arguments but"
    ):
        make_study(training__solver=own_net(solver.format("self, net, data, num_epochs=1, /"), "Solver"))


def test_its_study_writes_out_no_defaults_of_ours(course, make_study):
    study = make_study(training__solver="solver:Solver")
    assert dict(study.training) == {"solver": "solver:Solver", "epochs": 10}
    assert study.code == ("solver:Solver",)


COPIES = """
    import solver
    class Copies(solver.Solver):
        def __init__(self, model, data, *, extra=1, **rest):
            super().__init__(model, {name: array.copy() for name, array in data.items()}, **rest)
"""
FORWARDS = """
    import solver
    class Inherits(solver.Solver):
        pass
    class Forwards(solver.Solver):
        def __init__(self, *args, mine=1, **kwargs):
            super().__init__(*args, **kwargs)
"""


def test_one_that_copies_the_validation_images_has_the_same_curve(solver_task, own_net, tmp_path):
    plain = outcome_of(solver_task(num_train_samples=24), tmp_path / "plain")
    copies = own_net(COPIES, "Copies")
    copied = outcome_of(solver_task(copies, num_train_samples=24), tmp_path / "copied")
    assert copied.curve == plain.curve
    assert len(copied.curve) == 4


def test_a_subclass_takes_what_its_parents_constructor_takes(course, own_net):
    parents = ownsolver.direct_names("solver:Solver")
    assert {"batch_size", "update_rule", "lr_decay"} <= parents
    inherits = own_net(FORWARDS, "Inherits")
    assert ownsolver.direct_names(inherits) == parents
    forwards = inherits.replace("Inherits", "Forwards")
    assert ownsolver.direct_names(forwards) == parents | {"mine"}
    assert ownsolver.takes_config(forwards)


STYLES = """
    import copy
    import pickle
    import numpy as np

    class Solver:
        {early}
        def __init__(self, model, data, num_epochs=4):
            self.model, self.data, self.num_epochs = model, data, num_epochs
            self.epoch, self.batch_size, self.loss_history = 0, 12, []
            {init}

        def run_epoch(self):
            for start in range(0, len(self.data["y_train"]), 12):
                X, y = self.data["X_train"][start:start + 12], self.data["y_train"][start:start + 12]
                loss, grads = self.model.loss(X, y)
                self.loss_history.append(loss)
                for name in grads:
                    self.model.params[name] = self.model.params[name] - 0.05 * grads[name]

        {decorated}
        def check_accuracy({takes}):
            right = np.argmax({model}.loss(X), axis=1) == y
            return {returns}

        def train(self):
            for epoch in range(self.num_epochs):
                {begin}
                self.run_epoch()
                self.epoch += 1
                {ask}
                {end}
"""
VAL = "self.data['X_val'], self.data['y_val']"
PLAIN = {
    "early": "",
    "init": "pass",
    "decorated": "",
    "takes": "self, X, y",
    "model": "self.model",
    "returns": "right.mean()",
    "begin": "pass",
    "ask": f"self.check_accuracy({VAL})",
    "end": "pass",
}
OTHERS = {
    "yields": {"end": "yield self.epoch"},
    "by keyword": {
        "takes": "self, *, y, X",
        "ask": "self.check_accuracy(X=self.data['X_val'], y=self.data['y_val'])",
    },
    "a static method": {
        "decorated": "@staticmethod",
        "takes": "model, X, y",
        "model": "model",
        "ask": f"self.check_accuracy(self.model, {VAL})",
    },
    "a class method": {
        "decorated": "@classmethod",
        "takes": "cls, model, X, y",
        "model": "model",
        "ask": f"self.check_accuracy(self.model, {VAL})",
    },
    "images of half precision": {
        "ask": "self.check_accuracy(self.data['X_val'].astype(np.float16), self.data['y_val'])"
    },
    "copies as rows": {
        "ask": "self.check_accuracy(self.data['X_val'].reshape(24, -1).copy(), self.data['y_val'].tolist())"
    },
    "epochs from 0": {"begin": "self.epoch = epoch", "ask": f"self.epoch -= 1; self.check_accuracy({VAL})"},
    "a copy of the net": {"init": "self.model = copy.deepcopy(model)"},
    "a copy by pickle": {"init": "self.model = pickle.loads(pickle.dumps(model))"},
    "checkpoints of all": {"begin": "pickle.dumps({'model': self.model, 'solver': self})"},
    "asks in its constructor": {"init": f"self.check_accuracy({VAL})"},
    "a history of pairs": {"ask": f"self.loss_history[-1] = (0, 0.5); self.check_accuracy({VAL})"},
    "a history by name": {
        "begin": "self.loss_history = []",
        "ask": f"self.loss_history = {{'train': []}}; self.check_accuracy({VAL})",
    },
    "an accuracy of each": {
        "begin": "self.check_accuracy(self.data['X_train'], self.data['y_train'])",
        "returns": "right",
    },
}


@pytest.mark.parametrize("batch_size", [36, 1000])
def test_an_epoch_of_one_batch_larger_than_the_data_is_over_after_one_loss(
    course, own_net, make_task, tmp_path, batch_size
):
    """A Solver that counts its epochs late, and asks before the first one too."""
    asks = f"self.epoch = 0; self.check_accuracy({VAL}); self.epoch = epoch"
    late = {"begin": asks, "ask": f"self.epoch -= 1; self.check_accuracy({VAL})"}
    text = STYLES.format(**{**PLAIN, **late}).replace("12", str(batch_size))
    kind = own_net(text, "Solver")
    task = make_task(KIND, {"hidden_dims": [6], "weight_scale": 0.1}, {"solver": kind}, {})
    outcome = outcome_of(task, tmp_path)
    assert (outcome.state, len(outcome.curve)) == ("complete", 4)
    assert all(np.isfinite(epoch.loss) for epoch in outcome.curve), "each epoch has trained"


@pytest.mark.parametrize("style", OTHERS.values(), ids=OTHERS)
def test_solvers_of_other_styles_have_the_curve_of_the_plain_one(course, own_net, make_task, tmp_path, style):
    found = []
    for name, changes in (("plain", {}), ("other", style)):
        kind = own_net(STYLES.format(**{**PLAIN, **changes}), "Solver")
        task = make_task(KIND, {"hidden_dims": [6], "weight_scale": 0.1}, {"solver": kind}, {})
        found.append(outcome_of(task, tmp_path / name))
    plain, other = found
    assert (other.state, other.reason) == ("complete", "")
    assert [epoch.val_accuracy for epoch in other.curve] == [epoch.val_accuracy for epoch in plain.curve]
    assert len(set(other.curve)) > 1


def test_as_many_images_may_train_as_validate(course, own_net, make_task, tiny_data, tmp_path):
    settings = replace(tiny_data.settings, num_train=tiny_data.settings.num_val)
    prepared = prepare(settings)
    place = DataPlace(str(prepared.train_val), settings, prepared.train_val_hash)
    kind = own_net(STYLES.format(**PLAIN), "Solver")
    task = make_task(KIND, {"hidden_dims": [6]}, {"solver": kind}, {}, data=place)
    outcome = outcome_of(task, tmp_path)
    assert (outcome.state, outcome.reason) == ("complete", "")


CHANGES = {
    "in place": {"init": "self.data['X_val'] *= 2"},
    "in its constructor": {"init": "self.data = {**data, 'X_val': 2 * data['X_val']}"},
    "as it asks": {"ask": "self.check_accuracy(self.data['X_val'] - 0.5, self.data['y_val'])"},
    "and asks in no way that we know": {
        "init": "self.X_val, self.y_val = data['X_val'] * 2, data['y_val']",
        "takes": "self, X=None, y=None",
        "returns": "0.5",
        "ask": "pass",
    },
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_one_that_changes_the_images_is_refused(course, own_net, make_task, tmp_path, changes):
    kind = own_net(STYLES.format(**{**PLAIN, **changes}), "Solver")
    outcome = outcome_of(make_task(KIND, {"hidden_dims": [6]}, {"solver": kind}, {}), tmp_path)
    assert outcome.state == "failed"
    assert "Solver changes the validation images, but its net is measured" in outcome.reason


@pytest.mark.parametrize(
    ("images", "is_known"),
    [
        ("X_train'][3:9].copy(), self.data['y_train'][3:9", True),
        ("X_val'][::-1], self.data['y_val'][::-1", False),
    ],
)
def test_accuracy_is_that_of_training_unless_the_images_validate(
    course, own_net, make_task, tmp_path, images, is_known
):
    asks = f"self.check_accuracy(*map(np.array, (self.data['{images}])))"
    kind = own_net(STYLES.format(**{**PLAIN, "end": asks}), "Solver")
    outcome = outcome_of(make_task(KIND, {"hidden_dims": [6]}, {"solver": kind}, {}), tmp_path)
    assert len(outcome.curve) == 4
    assert np.isnan([epoch.train_accuracy for epoch in outcome.curve[1:]]).all() is np.bool_(not is_known)


def test_one_that_catches_everything_ends_all_the_same(course, own_net, make_task, tmp_path):
    guarded = f"""
                try:
                    self.check_accuracy({VAL})
                except:
                    print("never mind")
    """
    kind = own_net(STYLES.format(**{**PLAIN, "ask": guarded.strip()}), "Solver")
    pruner = PrunerSettings("threshold", {"lower": 1.0, "upper": 1.0, "warmup_epochs": 0})
    task = make_task(KIND, {"hidden_dims": [6]}, {"solver": kind}, {}, pruner=pruner)
    outcome = outcome_of(task, tmp_path)
    assert (outcome.state, outcome.cost.epochs) == ("pruned", 1)
