"""Nets that other people wrote get what they need of shapes, seeds and None, and keep what they are told."""

import numpy as np
import pytest

from hpsearch.checks import gradients
from hpsearch.errors import StudyFileError
from hpsearch.space import to_arguments
from hpsearch.study.studyfile import from_table
from hpsearch.worker.task import build_net, build_solver, open_data

SHAPE = (1, 8, 8)

# A two-layer net of the course whose dropout seeds NumPy in each pass, as its gradient checks need it.
COURSE = """
    import numpy as np

    class Net:
        def __init__(self, {signature}):
            self.given = dict(locals())
            self.dropout_param = {{"p": 0.5}}
            if seed is not None:
                self.dropout_param["seed"] = seed
            rows = {rows}
            self.params = {{
                "W1": 0.1 * np.random.randn(rows, 5), "b1": np.zeros({bias}),
                "W2": 0.1 * np.random.randn(5, 3), "b2": np.zeros({bias2}),
            }}

        def loss(self, X, y=None):
            p = self.params
            if y is not None and "seed" in self.dropout_param:
                np.random.seed(self.dropout_param["seed"])
            self.shape, x = X.shape, X.reshape(len(X), -1)
            hidden = np.maximum(0, x @ p["W1"] + p["b1"].ravel())
            if y is None:
                return hidden @ p["W2"] + p["b2"].ravel()
            mask = (np.random.rand(*hidden.shape) < 0.5) / 0.5
            self.mask = mask
            kept = hidden * mask
            scores = kept @ p["W2"] + p["b2"].ravel()
            e = np.exp(scores - scores.max(1, keepdims=True))
            d = e / e.sum(1, keepdims=True)
            loss = -np.log(d[np.arange(len(y)), y]).mean()
            d[np.arange(len(y)), y] -= 1
            d /= len(y)
            dh = d @ p["W2"].T * mask * (hidden > 0)
            return loss, {{
                "W1": x.T @ dh, "b1": dh.sum(0{keep}), "W2": kept.T @ d, "b2": d.sum(0{keep}),
            }}
"""


@pytest.fixture
def course_net(own_net):
    """Returns the kind of a net of the course, of some generation."""

    def make(signature="seed=None", rows="64", bias="5", keep=""):
        bias2 = bias.replace("5", "3")
        return own_net(COURSE.format(signature=signature, rows=rows, bias=bias, bias2=bias2, keep=keep))

    return make


def built(make_task, kind, **net):
    task = make_task(kind, net=net)
    return build_net(task, open_data(task))


@pytest.mark.parametrize(
    ("signature", "rows", "given"),
    [
        ("input_dim=3072, seed=None", "input_dim", {"input_dim": 64}),
        ("input_dim: int, seed=None", "input_dim", {"input_dim": 64}),
        ("input_dim: 'int', seed=None", "input_dim", {"input_dim": 64}),
        ("input_dim, seed=None", "64", {"input_dim": SHAPE}),
        ("input_size, output_size, seed=None", "input_size", {"input_size": 64, "output_size": 3}),
        ("input_size=3072, seed=None", "input_size", {"input_size": 64}),
        ("D, seed=None", "D", {"D": 64}),
        ("D=7, output_size=4, seed=None", "64", {"D": 7, "output_size": 4}),
    ],
)
def test_a_net_is_given_the_sizes_that_its_constructor_asks_for(
    course_net, make_task, signature, rows, given
):
    net = built(make_task, course_net(signature, rows))
    assert {name: net.given[name] for name in given} == given


@pytest.mark.parametrize("told", [{"input_dim": 64}, {"input_dim": [1, 8, 8]}, {"num_classes": 5}])
def test_what_the_study_file_says_is_what_the_net_gets(course_net, make_task, told):
    net = built(make_task, course_net("input_dim=3072, num_classes=10, seed=None"), **told)
    [(name, value)] = told.items()
    assert net.given[name] == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(
    ("signature", "told", "shape"),
    [
        ("seed=None", {}, (6, *SHAPE)),
        ("seed=None", {"flatten": True}, (6, 64)),
        ("input_size, seed=None", {}, (6, 64)),
        ("input_size=3072, seed=None", {}, (6, 64)),
        ("input_dim=3072, seed=None", {}, (6, 64)),
        ("input_dim=(3, 32, 32), seed=None", {}, (6, *SHAPE)),
        ("input_size, seed=None", {"flatten": False}, (6, *SHAPE)),
        ("input_size, seed=None", {"input_size": 64}, (6, *SHAPE)),
        ("flatten=True, seed=None", {}, (6, *SHAPE)),
    ],
)
def test_images_come_as_rows_where_the_net_asks_for_rows(course_net, make_task, signature, told, shape):
    net = built(make_task, course_net(signature), **told)
    net.loss(np.zeros((6, *SHAPE), np.float32))
    assert net.shape == shape


def test_flatten_is_true_or_false_and_no_key_of_our_nets(course_net, study_table):
    with pytest.raises(StudyFileError, match=r"net\.flatten: flatten must be true or false, but got 1"):
        from_table({**study_table(), "net": {"kind": course_net(), "flatten": 1}}, "x", "x.toml")
    with pytest.raises(StudyFileError, match=r"net\.flatten: unknown key"):
        from_table(study_table(net__flatten=True), "x", "x.toml")


def masks(make_task, kind, **net):
    task = make_task(kind, net=net)
    data = open_data(task)
    net = build_solver(task, data).net
    x = np.ones((6, *SHAPE), np.float32)
    found = []
    for _ in range(2):
        net.loss(x, np.zeros(6, int))
        found.append(net.mask)
    return found


def test_a_net_of_the_course_drops_other_units_in_each_pass_unless_it_is_told_a_seed(course_net, make_task):
    first, second = masks(make_task, course_net())
    assert not np.array_equal(first, second)
    first, second = masks(make_task, course_net(), seed=5)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("bias", "keep"), [("5", ""), ("(1, 5)", ""), ("5", ", keepdims=True")])
def test_biases_of_both_shapes_train_to_the_same_bits(course_net, make_task, bias, keep):
    trained = []
    for kind in (course_net(), course_net(bias=bias, keep=keep)):
        task = make_task(kind)
        trained.append(build_solver(task, open_data(task)))
        trained[-1].train()  # before the next one seeds the process's generators
    assert trained[0].loss_history == trained[1].loss_history
    assert trained[1].net.params["b1"].ndim == (2 if bias.startswith("(") else 1)


def test_gradcheck_finds_a_right_net_right_whose_dropout_draws_from_numpy(course_net, make_task):
    found = gradients._check_net(make_task(course_net()), "some setting")
    assert {error.parameter for error in found} == {"W1", "b1", "W2", "b2"}
    assert not [error for error in found if error.is_wrong]


def test_none_is_a_fixed_value_a_choice_a_condition_and_a_first_trial(own_net, make_task, study_table):
    kind = own_net(
        """
        class Net:
            def __init__(self, normalization="batchnorm", weight_init="he", p=1.0):
                self.given, self.params = dict(locals()), {}
            def loss(self, X, y=None): ...
        """
    )
    none = {"none": True}
    table = study_table(
        net__kind=kind,
        net__weight_init=none,
        training__patience=none,
        space__normalization={"choices": [none, "batchnorm"]},
        space__p={"low": 0.1, "high": 0.9, "when": {"normalization": none}},
    )
    del table["net"]["hidden_dims"]
    table["enqueue"] = [{"normalization": none, "p": 0.5}]
    study = from_table(table, "x", "x.toml")
    [first] = study.enqueued
    assert to_arguments(first) == {"normalization": None, "p": 0.5}
    fixed = {
        "net": dict(study.net),
        "training": dict(study.training),
        "params": {**first, "learning_rate": 0.1},
    }
    task = make_task(kind, **fixed)
    net = build_net(task, open_data(task))
    assert (net.given["normalization"], net.given["weight_init"]) == (None, None)
    assert task.arguments.solver["patience"] is None
    assert "none = true" in study.to_toml()
    with pytest.raises(StudyFileError, match="epochs must be an integer of at least 1, but got None"):
        from_table(study_table(training__epochs=none), "x", "x.toml")


def test_a_question_may_compare_none(own_net, study_table):
    table = study_table(space__patience={"choices": [{"none": True}, 2]}, study__trials=4)
    table["question"] = {"compare": "patience"}
    study = from_table(table, "x", "x.toml")
    again = from_table(study.table, "x", "x.toml")
    assert study.question.to_table()["values"] == [{"none": True}, 2]
    assert again.identity() == study.identity()


def test_gradients_are_right_on_images_with_black_borders(make_task, tmp_path):
    data = {"x": np.zeros((40, 1, 10, 10)), "y": np.arange(40) % 3}
    data["x"][:, :, 4:6, 4:6] = np.random.default_rng(0).random((40, 1, 2, 2))
    np.savez(tmp_path / "black.npz", X_train=data["x"], y_train=data["y"])
    table = {
        "data": {"source": "arrays", "path": str(tmp_path / "black.npz"), "preprocessing": "unit"},
        "net": {"kind": "ThreeLayerConvNet", "num_filters": 3, "filter_size": 3, "hidden_dim": 5},
        "space": {"learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}},
    }
    study = from_table(table | {"training": {"epochs": 1}}, "black", "black.toml")
    found = gradients.check(study)
    assert len(found) == 24
    assert not [one for one in found if one.is_wrong]
