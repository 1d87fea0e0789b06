"""Nets, rules and the Solver of three generations are searched from their own folder, unchanged."""

import shutil
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from click.testing import CliRunner
from in_one_thread import OneThread

import hpsearch
from hpsearch.cli import init
from hpsearch.errors import CallError
from hpsearch.study import newfile
from hpsearch.study.notes import notes, unchecked
from hpsearch.study.studyfile import from_table, load

NETS = ["net2015:TwoLayerNet", "net2017:FullyConnectedNet", "net2021:FullyConnectedNet"]
DROPOUT = {
    "net2017:FullyConnectedNet": ["dropout is the probability of dropping a unit, 0 = off"],
    "net2021:FullyConnectedNet": ["dropout_keep_ratio is the probability of keeping a unit, 1 = off"],
}


@pytest.mark.parametrize("kind", NETS)
def test_init_writes_a_study_of_a_net_that_runs_as_it_is(course, tmp_path, kind):
    path = tmp_path / "mine.toml"
    assert newfile.write_for(kind, path) == []
    study = load(path)
    assert (study.net_kind, study.data.source) == (kind, "digits")
    assert notes(study) == DROPOUT.get(kind, [])
    searched = {parameter.name.partition(".")[0] for parameter in study.space}
    assert {"learning_rate", "reg"} < searched
    small = {"training.epochs": 1, "data.num_train": 100}
    with OneThread() as executor:
        result = hpsearch.run(path, trials=2, jobs=1, set=small, executor=executor, out=tmp_path)
    assert list(result.trials["state"]) == ["complete", "complete"]


def test_init_says_what_must_be_given_and_leaves_what_has_no_word(own_net, tmp_path):
    kind = own_net(
        """
        import numpy as np
        class Net:
            def __init__(self, depth, input_dim=12, dropout=1, scale=None, names=(1, 2), dtype=np.float32,
                         dropout_rate=0.5, hidden_dims=3, use_batchnorm=False, **rest): ...
            def loss(self, X, y=None): ...
        """
    )
    path = tmp_path / "mine.toml"
    assert newfile.write_for(kind, path) == ["depth"]
    text = path.read_text()
    table = tomllib.loads(text)
    assert "# depth =        # must be given" in text
    assert "# dtype keeps its default" in text
    assert "nobody checks it" in text
    assert "unless they stand here: input_dim" in text
    assert table["net"]["scale"] == {"none": True}
    assert (table["net"]["names"], table["net"]["hidden_dims"]) == ([1, 2], 3)
    assert table["space"]["use_batchnorm"] == {"choices": [False, True]}
    assert table["space"]["dropout"]["high"] == 1.0
    with pytest.raises(CallError, match="there is such a file already"):
        newfile.write_for(kind, path)
    with pytest.raises(CallError, match=r"--net TwoLayerNet: expected your own package\.module:Class"):
        newfile.write_for("TwoLayerNet", tmp_path / "other.toml")


def test_init_says_what_comes_next(course, own_net, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(init.command, ["--net", NETS[0], "mine.toml"], catch_exceptions=False).output
    assert said.split("\n")[:2] == ["written mine.toml", "next    hpsearch gradcheck --study mine.toml"]
    kind = own_net("class Net:\n    def __init__(self, depth): ...\n    def loss(self, X, y=None): ...")
    said = CliRunner().invoke(init.command, ["--net", kind, "other.toml"], catch_exceptions=False).output
    assert said.split("\n")[1] == "give    depth a value in [net] or a range in [space]"


OPEN = """
    class Net:
        def __init__(self, dropout=1.0, **rest):
            self.given = {"dropout": dropout, **rest}
        def loss(self, X, y=None): ...
"""


def test_a_net_of_any_arguments_gets_them_unchecked_and_it_is_said(own_net, study_table, make_task):
    kind = own_net(OPEN)
    table = study_table(space__width={"low": 2, "high": 9}, net__colour="red")
    table["net"] = {"kind": kind, "colour": "red", "dropout_means": "keep"}
    study = from_table(table, "x", "x.toml")
    assert unchecked(study) == [f"{kind} takes any argument: nobody checks colour and width"]
    assert notes(study) == []
    from hpsearch.worker.task import build_net, open_data

    task = make_task(kind, net=dict(study.net), params={"learning_rate": 0.1, "width": 3})
    assert task.arguments.rule == {"learning_rate": 0.1}
    assert build_net(task, open_data(task)).given == {"dropout": 1.0, "colour": "red", "width": 3}


def test_dropout_means_is_said_and_no_net_is_given_it(own_net, study_table):
    table = study_table(space__dropout={"low": 0.4, "high": 1.0})
    table["net"] = {"kind": own_net(OPEN), "dropout_means": "keep"}
    assert notes(from_table(table, "x", "x.toml")) == [
        "dropout is the probability of keeping a unit, 1 = off"
    ]
    table["net"]["dropout_means"] = "kept"
    with pytest.raises(hpsearch.errors.StudyFileError, match="dropout_means must be one of keep, drop"):
        from_table(table, "x", "x.toml")


@pytest.mark.parametrize("rule", ["sgd_momentum", "own"])
def test_a_net_of_the_course_is_trained_by_the_solver_for_notebooks(course, rule):
    import net2017
    import rules

    from nets.course import Solver

    np.random.seed(0)  # noqa: NPY002 - as notebooks do
    y = np.arange(120) % 3
    X = np.random.randn(120, 1, 4, 4) + 3 * np.eye(16)[y].reshape(-1, 1, 4, 4)  # noqa: NPY002
    model = net2017.FullyConnectedNet(
        [8], input_dim=16, num_classes=3, use_batchnorm=True, dropout=0.1, seed=1
    )
    solver = Solver(
        model,
        {"X_train": X[:80], "y_train": y[:80], "X_val": X[80:], "y_val": y[80:]},
        update_rule=rules.heavy_ball if rule == "own" else rule,
        optim_config={"learning_rate": 0.05},
        num_epochs=5,
        batch_size=20,
        verbose=False,
    )
    solver.train()
    assert solver.best_val_acc > 0.9
    assert solver.check_accuracy(X[80:], y[80:]) == solver.best_val_acc, "with its own running statistics"


TWO = """
    class Net:
        def __init__(self, input_dropout=0.0, {}):
            ...
        def loss(self, X, y=None): ...
"""


@pytest.mark.parametrize(
    ("second", "line", "said"),
    [
        (
            "keep_prob=0.8",
            "# is it so? here is taken input_dropout for off at 0 and keep_prob for off at 1",
            ["keep_prob is the probability of keeping a unit, 1 = off"],
        ),
        (
            "dropout=1",
            "# is it so? here is taken input_dropout for off at 0 and dropout for off at 1",
            [],
        ),
        (
            "dropout=0.5",
            'dropout_means = "drop"    # is it so? input_dropout and dropout are here taken for off at 0',
            [
                f"{name} is the probability of dropping a unit, 0 = off"
                for name in ("input_dropout", "dropout")
            ],
        ),
    ],
)
def test_a_net_with_two_probabilities_of_dropout_is_told_of_each(own_net, tmp_path, second, line, said):
    path = tmp_path / "mine.toml"
    newfile.write_for(own_net(TWO.format(second)), path)
    assert line in path.read_text().splitlines()
    assert notes(load(path)) == said


def test_an_argument_that_is_called_keep_keeps_beside_one_that_drops(own_net, study_table):
    table = study_table(space__keep_prob={"low": 0.4, "high": 1.0})
    table["net"] = {
        "kind": own_net(TWO.format("keep_prob=1.0")),
        "input_dropout": 0.1,
        "dropout_means": "drop",
    }
    assert notes(from_table(table, "x", "x.toml")) == [
        "input_dropout is the probability of dropping a unit, 0 = off",
        "keep_prob is the probability of keeping a unit, 1 = off",
    ]


STUDY = """
[study]
trials = 3
[data]
num_train = 200
[net]
kind = "{kind}"
[training]
epochs = 2
batch_size = 50
{training}
[space]
learning_rate = {{ low = 1e-2, high = 1e-1, log = true }}
{space}
"""
NONE = "{ none = true }"
HIDDEN = "hidden_dims = { choices = [[8], [8, 6]] }"
SPACES = {
    "net2015:TwoLayerNet": "hidden_size = { low = 8, high = 16 }\nstd = { low = 0.01, high = 0.1 }",
    "net2017:FullyConnectedNet": f"{HIDDEN}\nuse_batchnorm = {{ choices = [false, true] }}",
    "net2021:FullyConnectedNet": f"{HIDDEN}\nnormalization = {{ choices = [{NONE}, 'layernorm'] }}",
}
WHOLE = [
    ("gradcheck", "--study", "mine.toml"),
    ("run", "--study", "mine.toml", "--jobs", "1"),
    ("confirm", "--study", "mine", "--top", "2", "--seeds", "2", "--jobs", "1"),
    ("test", "--study", "mine", "--seeds", "2", "--jobs", "1"),
    ("replay", "--study", "mine", "--trial", "1"),
    ("pack", "--study", "mine"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "training"),
    [
        (NETS[0], 'update_rule = "rules:heavy_ball"\nmomentum = 0.8'),
        (NETS[1], 'solver = "solver:Solver"\nupdate_rule = "heavy_ball"\nmomentum = 0.8'),
        (NETS[2], 'update_rule = "sgd_momentum"'),
    ],
)
def test_a_net_is_searched_confirmed_tested_replayed_and_checked_unchanged(course, tmp_path, kind, training):
    folder = shutil.copytree(course, tmp_path / "folder")
    (folder / "mine.toml").write_text(STUDY.format(kind=kind, training=training, space=SPACES[kind]))
    said = {}
    for command in WHOLE:
        done = subprocess.run(
            [sys.executable, "-m", "hpsearch", *command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), (command, done.stdout)
        said[command[0]] = done.stdout
    assert "all gradients are right" in said["gradcheck"]
    assert "3 trials in" in said["run"]
    assert "Test it, once" in said["confirm"]
    assert said["test"].startswith("test accuracy 0.")
    assert "the same bits again" in said["replay"]


SCRIPT = """
import sys
import numpy as np
import hpsearch

CLASSES = 3

def blobs(rng, n):
    y = rng.integers(0, CLASSES, n)
    return rng.normal(0, 1, (n, 4)) + 2 * np.eye(4)[y], y

def softmax_regression(params, seed):
    x, y = blobs(np.random.default_rng(0), 120)
    x_val, y_val = blobs(np.random.default_rng(1), 100)
    w = params["scale"] * np.random.default_rng(seed).normal(size=(4, CLASSES))
    for epoch in range(4):
        odds = np.exp(x @ w - (x @ w).max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        w -= params["learning_rate"] * x.T @ (odds - np.eye(CLASSES)[y]) / len(x)
        yield YIELD

result = hpsearch.run(
    train=softmax_regression,
    space={"learning_rate": {"low": 0.01, "high": 10.0, "log": True}, "scale": {"low": 0.1, "high": 3.0}},
    epochs=4, num_val=100, trials=int(sys.argv[2]), jobs=2, out=sys.argv[1],
)
print(result.report().path, result.frames.digest)
for command in (result.confirm, result.test):
    try:
        command()
    except hpsearch.errors.CallError as error:
        print(str(error).partition(";")[0])
"""


HITS = "(x_val @ w).argmax(axis=1) == y_val"


@pytest.mark.slow
@pytest.mark.parametrize("said", [HITS, f"({HITS}).mean()"])
def test_a_script_without_a_guard_searches_a_training_function_and_goes_on(tmp_path, said):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("YIELD", said))

    def run(*command):
        called = [sys.executable, *command]
        done = subprocess.run(called, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    run(script, "a", "12")
    went_on, whole = run(script, "a", "24"), run(script, "b", "24")
    assert went_on[0].split()[1] == whole[0].split()[1], "a search that goes on has the same record"
    assert [line.partition(":")[0] for line in whole[1:]] == ["confirm", "test"]
    page = (tmp_path / "b" / "softmax_regression" / "index.html").read_text()
    assert "__main__:softmax_regression, 100 validation examples, seed 0" in page
    for never in ("hpsearch confirm", "hpsearch test", "training images", "validation images"):
        assert never not in page
    status = run("-m", "hpsearch", "status", "--study", "softmax_regression", "--out", "b")
    assert not [line for line in status if line.startswith(("fresh seeds", "test"))]
