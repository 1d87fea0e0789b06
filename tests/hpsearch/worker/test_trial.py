"""A trial is a pure function of its task, wherever it was stopped; what goes wrong has its proper name."""

import itertools
import json
import math
import random
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hpsearch import hits, layers
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import DataError, FolderError
from hpsearch.records import Epoch, History, TrialOutcome
from hpsearch.seeds import Purpose, generator
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study.prepared import DataPlace
from hpsearch.worker import trial
from hpsearch.worker.task import build_net, build_solver, open_data
from hpsearch.worker.trial import train_trial
from nets import FullyConnectedNet
from nets.training import optim
from nets.training.state import load_state

OWN_NET = """
    import random
    import numpy as np

    class Net:
        def __init__(self, width=5, input_dim=192, num_classes=10, scale=0.1):
            w = scale * np.random.standard_normal((input_dim, num_classes))
            self.params = {"W": w.astype(np.float32)}
            self.seen = 0.0

        def loss(self, X, y=None):
            x = X.reshape(len(X), -1)
            scores = x @ self.params["W"]
            if y is None:
                return scores + 1e-3 * self.seen
            noise = random.random() + np.random.random()
            self.seen = 0.9 * self.seen + noise
            p = np.exp(scores - scores.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            loss = -np.log(p[np.arange(len(y)), y]).mean()
            p[np.arange(len(y)), y] -= 1
            return float(loss), {"W": x.T @ p / len(y) * np.float32(noise)}
"""


@pytest.fixture
def folder(tmp_path):
    return TrialFolder(tmp_path / "trials" / "00003")


def never():
    return False


def after(n_looks):
    """Returns a `should_stop` that says so when it is asked the n-th time."""
    looks = itertools.count(1)
    return lambda: next(looks) >= n_looks


def what_matters(outcome):
    """Returns an outcome without times and machine, NaN made comparable."""
    values = asdict(outcome)
    for name in ("worker", "started", "finished"):
        del values[name]
    del values["cost"]["seconds"], values["cost"]["cpu_seconds"]
    return json.dumps(values)


def train_in_pieces(task, folder, stops):
    """Trains a task in pieces, each of which but the last is stopped after some epochs."""
    for n_epochs in stops:
        outcome = train_trial(task, folder, after(n_epochs))
        assert outcome.state == "stopped"
    return train_trial(task, folder, never)


CONV = {"num_filters": 2, "filter_size": 3, "hidden_dim": 5}
CASES = {
    "fully connected": {},
    "two layers": {"kind": "TwoLayerNet", "net": {"hidden_dim": 5}},
    "convolutional": {"kind": "ThreeLayerConvNet", "net": CONV},
    "batch normalization": {"net": {"hidden_dims": [6, 4], "normalization": "batchnorm"}},
    "layer normalization": {"net": {"hidden_dims": [6, 4], "normalization": "layernorm"}},
    "dropout": {"net": {"hidden_dims": [6], "dropout": 0.4}},
    "flips": {"training": {"flip": 0.5}},
    "crops": {"training": {"crop_pad": 2}},
    "with replacement": {"training": {"sampling": "with_replacement"}},
    "cosine": {"training": {"schedule": "cosine", "learning_rate_decay": 0.9}},
    "clipping": {"training": {"clip_norm": 0.5}},
    "all at once": {
        "kind": "ThreeLayerConvNet",
        "net": {**CONV, "dropout": 0.3, "normalization": "batchnorm"},
        "training": {"update_rule": "adam", "flip": 0.5, "crop_pad": 1, "sampling": "with_replacement"},
    },
    **{f"rule {rule}": {"training": {"update_rule": rule}} for rule in optim.RULES},
}


@pytest.mark.parametrize("case", CASES)
def test_a_trial_stopped_at_any_epochs_ends_with_the_same_bits(make_task, tmp_path, case):
    task = make_task(**CASES[case])
    whole = train_trial(task, TrialFolder(tmp_path / "whole"), never)
    assert (whole.state, len(whole.curve)) == ("complete", 4)
    weights = load_state(tmp_path / "whole" / "weights.npz")["params"]
    for stops in ([1], [3], [1, 1, 1]):
        folder = TrialFolder(tmp_path / str(stops))
        resumed = train_in_pieces(task, folder, stops)
        assert what_matters(resumed) == what_matters(whole)
        found = load_state(folder.weights)["params"]
        assert {name: array.tobytes() for name, array in found.items()} == {
            name: array.tobytes() for name, array in weights.items()
        }
        assert folder.layers.read_bytes() == (tmp_path / "whole" / "layers.npy").read_bytes()


def test_an_own_net_that_draws_from_global_generators_is_pure_too(make_task, own_net, folder, tmp_path):
    task = make_task(kind=own_net(OWN_NET), net={"width": 3})
    random.seed(1)
    whole = train_trial(task, TrialFolder(tmp_path / "whole"), never)
    for stops in ([1], [2, 1], [1, 1, 1]):
        random.seed(99)
        np.random.seed(99)  # noqa: NPY002 - whatever a process drew before must not matter
        assert what_matters(train_in_pieces(task, TrialFolder(tmp_path / str(stops)), stops)) == what_matters(
            whole
        )
    assert whole.value > 0.5
    assert what_matters(train_trial(replace(task, key=(4,)), folder, never)) != what_matters(whole)


def test_an_own_net_that_draws_from_pytorchs_generator_is_pure_too(make_task, own_net, tmp_path):
    torch = pytest.importorskip("torch")
    source = OWN_NET.replace("noise = random.random()", "noise = torch.rand(1).item()")
    task = make_task(kind=own_net(source.replace("import random\n", "import torch\n")), net={"width": 3})
    whole = train_trial(task, TrialFolder(tmp_path / "whole"), never)
    for stops in ([1], [1, 1, 1]):
        torch.manual_seed(99)
        found = train_in_pieces(task, TrialFolder(tmp_path / str(stops)), stops)
        assert what_matters(found) == what_matters(whole)


def test_an_own_net_that_shares_its_parameters_goes_on_with_the_same_bits(make_task, own_net, tmp_path):
    source = OWN_NET.replace("self.seen = 0.0", "self.seen, self.layers = 0.0, [self.params]")
    task = make_task(kind=own_net(source.replace('x @ self.params["W"]', 'x @ self.layers[0]["W"]')), net={})
    whole = train_trial(task, TrialFolder(tmp_path / "whole"), never)
    folder = TrialFolder(tmp_path / "pieces")
    assert what_matters(train_in_pieces(task, folder, [1, 1, 1])) == what_matters(whole)
    assert folder.checkpoint_epoch() == 3


@pytest.mark.parametrize(
    "attribute",
    ["(random.Random(i).random() for i in range(999))", "[lambda r=random.Random(1): r.random()]"],
)
def test_an_own_net_that_cannot_be_saved_whole_starts_over_to_the_same_bits(
    make_task, own_net, tmp_path, attribute
):
    source = OWN_NET.replace("self.seen = 0.0", f"self.seen, self.noise = 0.0, {attribute}")
    draw = "self.noise[0]()" if attribute.startswith("[") else "next(self.noise)"
    source = source.replace("noise = random.random()", f"noise = {draw}")
    task = make_task(kind=own_net(source), net={})
    whole = train_trial(task, TrialFolder(tmp_path / "whole"), never)
    assert whole.state == "complete"
    folder = TrialFolder(tmp_path / "pieces")
    resumed = train_in_pieces(task, folder, [1, 2])
    assert what_matters(resumed) == what_matters(whole)
    assert folder.checkpoint_epoch() == 0
    weights = [load_state(one.weights)["params"]["W"] for one in (folder, TrialFolder(tmp_path / "whole"))]
    assert weights[0].tobytes() == weights[1].tobytes()


def test_a_trial_is_the_same_whatever_was_trained_before_it(make_task, tmp_path):
    task, other = make_task(), make_task(net={"hidden_dims": [3], "dropout": 0.2})
    first = train_trial(task, TrialFolder(tmp_path / "a"), never)
    train_trial(other, TrialFolder(tmp_path / "b"), never)
    assert what_matters(train_trial(task, TrialFolder(tmp_path / "c"), never)) == what_matters(first)


def test_seed_and_key_change_a_trial_and_history_that_prunes_nothing_does_not(make_task, tmp_path):
    names = (str(i) for i in itertools.count())

    def train(**changes):
        return what_matters(train_trial(make_task(**changes), TrialFolder(tmp_path / next(names)), never))

    plain = train()
    seen = History.of([TrialOutcome(0, "complete", (Epoch(0.9, 0.9, 0.1),) * 4)], 4)
    assert train(history=seen, keep_above=0.2, attempt=2) == plain
    assert train(seed=1) != plain
    assert train(key=(4,)) != plain


def test_a_torn_or_foreign_checkpoint_is_trained_over_with_the_same_bits(make_task, folder, tmp_path):
    task = make_task()
    whole = train_trial(task, TrialFolder(tmp_path / "whole"), never)
    train_trial(task, folder, after(2))
    path = folder.path / "checkpoint"
    torn = path.read_bytes()[:-7]
    train_trial(make_task(params={"learning_rate": 0.2}), folder, after(2))
    for content in (torn, path.read_bytes()):
        path.write_bytes(content)
        assert what_matters(train_trial(task, folder, never)) == what_matters(whole)


def test_cost_is_summed_over_all_pieces_and_counts_each_image_once(make_task, folder):
    outcome = train_in_pieces(make_task(), folder, [1, 2])
    assert (outcome.cost.epochs, outcome.cost.examples) == (4, 4 * 48)
    assert outcome.cost.seconds > 0
    assert outcome.cost.cpu_seconds > 0
    assert outcome.finished >= outcome.started > 0


def test_a_stop_leaves_a_checkpoint_and_no_weights(make_task, folder):
    outcome = train_trial(make_task(), folder, after(2))
    assert (outcome.state, len(outcome.curve)) == ("stopped", 2)
    assert folder.checkpoint_epoch() == 2
    assert not folder.weights.exists()


def test_a_stop_in_the_last_epoch_comes_too_late(make_task, folder):
    assert train_trial(make_task(), folder, after(4)).state == "complete"


def test_a_trial_that_already_killed_a_process_leaves_a_checkpoint_each_epoch(make_task, folder):
    epochs = []

    def note():
        epochs.append(folder.checkpoint_epoch())
        return False

    train_trial(make_task(attempt=1), folder, note)
    assert epochs == [0, 1, 2]
    assert folder.checkpoint_epoch() == 3


def test_a_slow_trial_leaves_one_a_second_and_no_more(make_task, folder, monkeypatch):
    clock = itertools.count(0.0, 0.6)  # each epoch is asked once, and a checkpoint looks again
    monkeypatch.setattr(trial.time, "monotonic", lambda: next(clock))
    epochs = []

    def note():
        epochs.append(folder.checkpoint_epoch())
        return False

    train_trial(make_task(training={"epochs": 6}), folder, note)
    assert epochs == [0, 0, 2, 2, 4]


def test_a_quick_trial_leaves_no_checkpoint(make_task, folder, monkeypatch):
    monkeypatch.setattr(trial, "SECONDS_BETWEEN_CHECKPOINTS", 1000.0)
    train_trial(make_task(), folder, never)
    assert sorted(one.name for one in folder.path.iterdir()) == ["hits.npy", "layers.npy", "weights.npz"]


def test_a_trial_leaves_what_its_layers_did_and_what_chance_is(make_task, folder):
    task = make_task()
    train_trial(task, folder, never)
    found = layers.from_file(folder.layers.read_bytes())
    assert (found["epoch"].tolist(), layers.layer_names(found)) == ([0, 1, 2, 3, 4], ["W1", "W2"])
    labels = np.asarray(open_data(task).y_val)
    commonest = np.bincount(open_data(task).y_train).argmax()
    assert found["chance"].tolist() == pytest.approx([np.mean(labels == commonest)] * 5)


def test_chance_is_to_name_the_commonest_class_of_the_training_images():
    data = SimpleNamespace(y_train=np.array([0, 1, 1]), y_val=np.array([0, 0, 0, 1]))
    assert trial._chance(data) == 0.25


def test_a_stopped_trial_and_an_own_net_leave_no_layers(make_task, own_net, folder, tmp_path):
    train_trial(make_task(), folder, after(2))
    assert not folder.layers.exists()
    own = TrialFolder(tmp_path / "own")
    train_trial(make_task(kind=own_net(OWN_NET), net={"width": 3}), own, never)
    assert own.hits.exists()
    assert not own.layers.exists()


@pytest.mark.parametrize(("keep_above", "kept"), [(-1.0, True), (0.0, True), (1.0, False), (None, False)])
def test_weights_are_kept_only_above_the_mark(make_task, folder, tmp_path, keep_above, kept):
    value = train_trial(make_task(), TrialFolder(tmp_path / "first"), never).value
    mark = value if keep_above is None else keep_above
    train_trial(make_task(keep_above=mark), folder, never)
    assert folder.weights.exists() == kept


def test_kept_weights_are_those_of_the_best_epoch(make_task, folder):
    task = make_task(training={"epochs": 8, "num_train_samples": 10}, params={"learning_rate": 0.3})
    outcome = train_trial(task, folder, never)
    data = open_data(task)
    net = build_net(task, data)
    net.load_state(load_state(folder.weights))
    scores = net.loss(data.preprocess(data.X_val, np.float32))
    assert float((scores.argmax(axis=1) == data.y_val).mean()) == outcome.value


RIVALS = History.of([TrialOutcome(i, "complete", (Epoch(1.0, 1.0, 0.0),) * 4) for i in range(5)], 4)


def test_a_pruned_trial_keeps_its_epochs_and_says_why(make_task, folder):
    options = {"startup_trials": 5, "warmup_epochs": 1}
    outcome = train_trial(
        make_task(params={"learning_rate": 1e-6}, pruner=PrunerSettings("median", options), history=RIVALS),
        folder,
        never,
    )
    assert outcome.state == "pruned"
    assert len(outcome.curve) == outcome.cost.epochs == 2
    assert outcome.reason == f"{outcome.value:.4g} at epoch 2, the median of 5 trials is 1"
    assert not folder.weights.exists()


def test_a_trial_is_never_pruned_in_its_last_epoch(make_task, folder):
    pruner = PrunerSettings("median", {"startup_trials": 1, "warmup_epochs": 3})
    task = make_task(params={"learning_rate": 1e-6}, pruner=pruner, history=RIVALS)
    assert train_trial(task, folder, never).state == "complete"


def test_a_resumed_trial_is_pruned_where_the_whole_one_is(make_task, folder, tmp_path):
    pruner = PrunerSettings("median", {"startup_trials": 5, "warmup_epochs": 2})
    task = make_task(params={"learning_rate": 1e-6}, pruner=pruner, history=RIVALS)
    whole = train_trial(task, TrialFolder(tmp_path / "whole"), never)
    assert whole.state == "pruned"
    assert what_matters(train_in_pieces(task, folder, [1, 1])) == what_matters(whole)


def test_a_paused_trial_whose_process_died_before_it_told_so_pauses_there_again(make_task, folder):
    task = make_task(pruner=PrunerSettings("asha", {"min_epochs": 2, "reduction_factor": 2}))
    paused = train_trial(task, folder, never)
    assert (paused.state, len(paused.curve), folder.checkpoint_epoch()) == ("pruned", 2, 2)
    assert what_matters(train_trial(task, folder, never)) == what_matters(paused)


def test_patience_ends_a_trial_as_complete(make_task, folder):
    task = make_task(training={"patience": 1, "epochs": 20}, params={"learning_rate": 1e-9})
    task = replace(task, history=History.of([], 20))
    outcome = train_trial(task, folder, never)
    assert outcome.state == "complete"
    assert len(outcome.curve) < 20


@pytest.mark.parametrize("rate", [1e20, 1e38])
def test_a_loss_without_end_is_diverged_and_not_a_warning(make_task, folder, rate):
    outcome = train_trial(make_task(params={"learning_rate": rate}), folder, never)
    assert outcome.state == "diverged"
    assert math.isnan(outcome.curve[-1].val_accuracy)
    assert outcome.reason == f"loss, scores or parameters were not finite in epoch {len(outcome.curve)}"
    assert not folder.weights.exists()


def test_a_net_that_gives_nan_after_good_epochs_is_diverged_and_keeps_its_curve(make_task, own_net, folder):
    source = OWN_NET.replace("loss = -np", "loss = np.nan if self.seen > 9.2 else -np")
    source = source.replace("0.9 * self.seen + noise", "self.seen + 1")
    outcome = train_trial(make_task(kind=own_net(source), net={}), folder, never)
    assert (outcome.state, len(outcome.curve)) == ("diverged", 4)
    assert [math.isfinite(epoch.val_accuracy) for epoch in outcome.curve] == [True, True, True, False]
    assert outcome.value is not None


@pytest.mark.parametrize(
    ("line", "n_epochs"),
    [("if self.seen > 5: raise KeyError('lost')", 2), ("raise KeyError('lost')", 0)],
)
def test_an_exception_fails_the_trial_with_its_traceback_and_epochs(
    make_task, own_net, folder, line, n_epochs
):
    source = OWN_NET.replace("noise = random", f"{line}\n            noise = random")
    source = source.replace("0.9 * self.seen + noise", "self.seen + 1")
    kind = own_net(source)
    outcome = train_trial(make_task(kind=kind, net={}), folder, never)
    assert (outcome.state, outcome.reason) == ("failed", "KeyError: 'lost'")
    assert len(outcome.curve) == outcome.cost.epochs == n_epochs
    assert "Traceback" in outcome.error["traceback"]
    assert line.split(":")[-1].strip() in outcome.error["traceback"]
    module = kind.split(":")[0]
    number = 1 + next(i for i, text in enumerate(source.splitlines()) if "'lost'" in text)
    assert outcome.error["place"] == f"KeyError at {module}.py:{number}"


@pytest.mark.parametrize(
    "raising",
    [
        "raise SystemExit(3)",
        "raise MemoryError",
        "raise RecursionError",
        "exit(1)",
        "raise ValueError('\\ud800 \\n x')",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "raise type('Odd', (BaseException,), {})('odd')",
        "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})",
        "raise type('Mute', (Exception,), {'__str__': lambda self: exit()})",
    ],
)
def test_whatever_a_net_raises_is_its_trials_failure(make_task, own_net, folder, raising):
    kind = own_net(OWN_NET.replace("self.seen = 0.0", raising))
    outcome = train_trial(make_task(kind=kind, net={}), folder, never)
    assert outcome.state == "failed"
    assert f'{kind.split(":")[0]}.py", line 9' in outcome.error["traceback"]
    folder.write_outcome(outcome.error, outcome)


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "GeneratorExit", "SystemExit"])
def test_what_is_raised_in_an_epoch_fails_the_trial_too(make_task, own_net, folder, raised):
    kind = own_net(OWN_NET.replace("noise = random", f"raise {raised}('no')\n            noise = random"))
    outcome = train_trial(make_task(kind=kind, net={}), folder, never)
    assert (outcome.state, outcome.reason) == ("failed", f"{raised}: no")


def test_a_reason_is_short_and_its_traceback_whole(make_task, own_net, folder):
    kind = own_net(OWN_NET.replace("self.seen = 0.0", "raise ValueError('x' * 100_000)"))
    outcome = train_trial(make_task(kind=kind, net={}), folder, never)
    assert outcome.reason == f"ValueError: {'x' * 500}..."
    assert "x" * 100_000 in outcome.error["traceback"]


def test_what_an_exception_says_can_be_written(make_task, own_net, folder):
    kind = own_net(OWN_NET.replace("self.seen = 0.0", "raise ValueError('no file caf\\udce9')"))
    outcome = train_trial(make_task(kind=kind, net={}), folder, never)
    assert outcome.reason == r"ValueError: no file caf\udce9"
    assert outcome.error["traceback"].encode().endswith(rb"ValueError: no file caf\udce9" + b"\n")


def test_an_exception_without_words_is_named(make_task, own_net, folder):
    kind = own_net(
        OWN_NET.replace(
            "self.seen = 0.0", "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})"
        )
    )
    outcome = train_trial(make_task(kind=kind, net={}), folder, never)
    assert outcome.reason == "Mute: (its text cannot be had: __str__ raises ZeroDivisionError)"


@pytest.mark.parametrize("damaged", ["header.json", "X_val.npy"])
def test_data_that_cannot_be_opened_is_no_trials_fault(make_task, folder, tmp_path, tiny_data, damaged):
    copy = tmp_path / "data"
    shutil.copytree(tiny_data.folder, copy)
    (copy / damaged).write_bytes(b"{")
    with pytest.raises(DataError, match=str(copy)):
        train_trial(make_task(data=replace(tiny_data, folder=str(copy))), folder, never)
    assert not folder.path.exists()


def test_a_worker_without_the_coordinators_folder_prepares_the_same_data(
    make_task, folder, tmp_path, tiny_data
):
    there = make_task(data=replace(tiny_data, folder=str(tmp_path / "gone")))
    whole = train_trial(make_task(), TrialFolder(tmp_path / "whole"), never)
    assert what_matters(train_trial(there, folder, never)) == what_matters(whole)


@pytest.mark.parametrize("difference", ["contents", "source", "split"])
def test_a_worker_whose_own_data_differs_says_so(make_task, folder, tmp_path, tiny_data, difference):
    settings = {
        "contents": tiny_data.settings,
        "source": replace(tiny_data.settings, path=str(tmp_path / "absent.npz")),
        "split": replace(tiny_data.settings, num_val=1000),
    }[difference]
    data = DataPlace(str(tmp_path / "gone"), settings, "0" * 64)
    with pytest.raises(DataError):
        train_trial(make_task(data=data), folder, never)


@pytest.mark.parametrize("stop", [never, lambda: True])
def test_a_folder_that_cannot_be_written_is_no_trials_fault(make_task, folder, stop):
    Path(folder.path.parent).write_text("a file where the folder should be")
    with pytest.raises(FolderError, match=str(folder.path)):
        train_trial(make_task(), folder, stop)


def test_a_folder_that_cannot_be_written_any_more_is_no_trials_fault(make_task, folder, monkeypatch):
    def full(path, content):
        raise FolderError(f"{path}: cannot be written: No space left on device")

    monkeypatch.setattr("hpsearch.disk.atomic.write_bytes", full)
    for stop in (never, after(2)):
        with pytest.raises(FolderError, match="No space left"):
            train_trial(make_task(), folder, stop)


@pytest.mark.parametrize(
    ("signature", "given"),
    [
        ("self", {}),
        ("self, num_classes, input_dim", {"num_classes": 3, "input_dim": (1, 8, 8)}),
        ("self, input_dim=(3, 32, 32)", {"input_dim": (1, 8, 8)}),
        ("self, input_dim=3072, seed=None", {"input_dim": 64, "seed": int}),
        (
            "self, *, rng=None, dropout_rng=None",
            {"rng": np.random.Generator, "dropout_rng": np.random.Generator},
        ),
    ],
)
def test_a_net_is_given_what_it_takes(make_task, own_net, signature, given):
    kind = own_net(
        f"""
        class Net:
            def __init__({signature}):
                self.given = {{name: value for name, value in locals().items() if name != "self"}}
            def loss(self, X, y=None): ...
        """
    )
    task = make_task(kind=kind, net={})
    found = build_net(task, open_data(task)).given
    assert set(found) == set(given)
    for name, value in given.items():
        assert isinstance(found[name], value) if isinstance(value, type) else found[name] == value


def dicts_in(state):
    """Yields a nested dict and all dicts below it that hold no arrays."""
    inner = [value for value in state.values() if isinstance(value, dict)]
    if not any(isinstance(value, np.ndarray) for value in state.values()):
        yield state
    for each in inner:
        yield from dicts_in(each)


def test_each_purpose_has_the_stream_that_its_seed_gives(make_task):
    task = make_task(net={"hidden_dims": [6], "dropout": 0.5}, seed=5, key=(4,))
    solver = build_solver(task, open_data(task))
    found = list(dicts_in(solver.state()))
    for purpose in (Purpose.AUGMENTATION, Purpose.DROPOUT):
        assert generator(5, purpose, 4).bit_generator.state in found
    net = FullyConnectedNet([6], input_dim=64, num_classes=3, rng=generator(5, Purpose.WEIGHTS, 4))
    assert solver.net.params["W1"].tobytes() == net.params["W1"].tobytes()


def test_a_trial_leaves_which_validation_images_each_epoch_got_right(make_task, folder):
    outcome = train_trial(make_task(), folder, never)
    found = hits.from_file(folder.hits.read_bytes(), n_images=24)
    assert found.mean(axis=1).tolist() == [epoch.val_accuracy for epoch in outcome.curve]
    np.testing.assert_array_equal(hits.unpack(outcome.hits, 24), found[outcome.best_epoch - 1])


def test_a_trial_that_goes_on_leaves_the_same_hits(make_task, folder, tmp_path):
    whole = train_trial(make_task(), TrialFolder(tmp_path / "whole"), never)
    asked = []
    train_trial(make_task(), folder, lambda: asked.append(True) or len(asked) == 2)
    again = train_trial(make_task(), folder, never)
    assert again.hits == whole.hits
    assert folder.hits.read_bytes() == TrialFolder(tmp_path / "whole").hits.read_bytes()


def test_a_diverged_epoch_has_no_hits(make_task, folder):
    outcome = train_trial(make_task(params={"learning_rate": 1e30}), folder, never)
    assert (outcome.state, outcome.hits) == ("diverged", "")
    assert not folder.hits.exists()
