"""The best net is built again from its weights, and only where that is safe."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hpsearch.report.bestnet import kept_params, open_data, params_of
from hpsearch.report.bestnet import look_inside as look_inside_at
from hpsearch.report.netgallery import best_net_exhibits, confusion, net_note, worst_mistakes
from hpsearch.report.netrecord import class_exhibits
from hpsearch.report.style import house_style
from hpsearch.results.stats import best_trial
from hpsearch.search.tasks import history_of, search_task
from hpsearch.study.prepared import data_place, prepare_data
from hpsearch.study.spacetable import parse_space
from hpsearch.worker.task import build_solver
from nets import data as nets_data
from nets.training.state import save_state


def look_inside(frames):
    return look_inside_at(frames, open_data(frames))


@pytest.mark.parametrize("beside", ["sgd", "adam"])
def test_a_choice_of_integers_is_one_that_a_study_file_can_have(make, beside):
    choices = {"choices": [2, 10], "when": {"update_rule": "sgd"}}
    space = {"update_rule": {"choices": ["sgd", "adam"]}, "batch_size": choices}
    frames = make(6, only="complete", space=space)
    frames.trials["params.update_rule"] = ["sgd", "adam"] * 3
    frames.trials["params.batch_size"] = [2, 10] * 3 if beside == "sgd" else [10, np.nan] * 3
    value = params_of(frames, 0)["batch_size"]
    assert (type(value), value) == (int, frames.trials["params.batch_size"][0])


@pytest.fixture
def trained(make):
    """A study of which the best trial left its weights, and the solver that made them."""
    frames = make(12, only="complete", space={"learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}})
    prepared = prepare_data(frames.study)
    data = nets_data.open_train_val(prepared.train_val)
    number = best_trial(frames.trials)
    place = data_place(frames.study, prepared)
    task = search_task(frames.study, place, number, params_of(frames, number), history_of(frames.study, []))
    solver = build_solver(task, data)
    for _ in zip(range(2), solver.epochs(), strict=False):
        pass
    weights = frames.folder / "weights.npz"
    save_state(weights, solver.net.state())
    return replace(frames, weights=weights, num_val=len(data.y_val)), solver, data


def test_rebuilt_net_answers_as_the_trained_one(trained):
    frames, solver, data = trained
    inside = look_inside(frames)
    np.testing.assert_array_equal(inside.confidence.argmax(axis=1), solver.scores(data.X_val).argmax(axis=1))
    np.testing.assert_array_equal(inside.labels, data.y_val)
    np.testing.assert_allclose(inside.confidence.sum(axis=1), 1)
    assert inside.filters.shape == (*solver.net.params["W1"].shape[:1], *solver.net.params["W1"].shape[2:])
    assert inside.images.shape == (500, 8, 8)


def test_statistics_are_those_of_the_weights(trained):
    frames, solver, _ = trained
    table = look_inside(frames).weights.set_index("layer")
    w2 = solver.net.params["W2"].astype(np.float64)
    assert table.loc["W2", "mean"] == pytest.approx(w2.mean())
    assert table.loc["W2", "deviation"] == pytest.approx(w2.std())


def test_confusion_adds_up_and_its_diagonal_is_the_accuracy(trained):
    frames, solver, data = trained
    counts = confusion(look_inside(frames), list(frames.class_names)).to_numpy()
    assert counts.sum() == 500
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(data.y_val))
    assert np.trace(counts) / 500 == pytest.approx(solver.accuracy(data.X_val, data.y_val))


def test_worst_mistakes_are_wrong_and_in_order_of_confidence(trained):
    inside = look_inside(trained[0])
    worst = worst_mistakes(inside)
    assert len(worst) > 0
    assert (inside.confidence[worst].argmax(axis=1) != inside.labels[worst]).all()
    assert (np.diff(inside.confidence[worst].max(axis=1)) <= 0).all()


def test_every_side_of_the_net_is_shown(trained):
    with house_style():
        names = [exhibit.name for exhibit in best_net_exhibits(trained[0])]
    assert names == ["best-training", "confusion", "mistakes", "first-layer", "weights", "activations"]


def test_code_of_users_is_never_run(trained):
    frames = trained[0]
    own = replace(frames, study=replace(frames.study, net_kind="no.such.module:Net"))
    assert look_inside(own) is None
    assert "never runs" in net_note(own)
    assert net_note(frames) == ""
    function = replace(frames.study, training={"function": "no.such.module:train", "epochs": 3})
    assert net_note(replace(frames, study=function)).startswith("A training function has no net")


def test_classes_are_judged_by_the_hits_of_the_record_alone(trained):
    frames, _, data = trained
    right = np.ones((12, len(data.y_val)), dtype=bool)
    number = best_trial(frames.trials)
    right[number, data.y_val == 3] = False
    own = replace(frames, hits=right, study=replace(frames.study, net_kind="no.such.module:Net"))
    with house_style():
        shown = {exhibit.name: exhibit for exhibit in best_net_exhibits(own)}
    assert list(shown) == ["best-training", "classes", "first-layer", "weights"]
    built = {exhibit.name: exhibit for exhibit in best_net_exhibits(frames)}
    assert shown["weights"].data.equals(built["weights"].data)
    assert [*best_net_exhibits(replace(own, weights=None))][-1].name == "classes"
    table = shown["classes"].data
    assert table["class"].iloc[0] == "3"
    assert table["right"].tolist() == [0, *np.delete(np.bincount(data.y_val), 3)]


CLAIMS_TOO_MUCH = b"\x93NUMPY\x01\x00v\x00" + b"%-117s\n" % (
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,), }"
)
NO_HEADER = b"\x93NUMPY\x01\x00v\x00" + b"%-117s\n" % b"{'descr': '<f8', 'fortran_order': (("


@pytest.mark.parametrize("content", [b"PK", b"", CLAIMS_TOO_MUCH, NO_HEADER])
def test_damaged_weights_of_a_net_of_ones_own_show_nothing(trained, tmp_path, content):
    file = tmp_path / "weights.npz"
    file.write_bytes(content)
    assert kept_params(replace(trained[0], weights=file)) == {}


def test_the_most_frequent_errors_are_listed(trained):
    inside = look_inside(trained[0])
    counts = confusion(inside, list("0123456789")).to_numpy().copy()
    np.fill_diagonal(counts, 0)
    is_a, taken = np.unravel_index(counts.argmax(), counts.shape)
    with house_style():
        shown = {exhibit.name: exhibit for exhibit in best_net_exhibits(trained[0])}
    assert f"Most often: {is_a} as {taken} ({counts.max()})" in shown["confusion"].caption


def test_data_that_is_not_here_leaves_the_net_out(trained, monkeypatch):
    from hpsearch.errors import DataError

    def absent(study):
        raise DataError("data source 'cifar10': it is not there")

    monkeypatch.setattr("hpsearch.report.bestnet.prepare_data", absent)
    with house_style():
        assert [exhibit.name for exhibit in best_net_exhibits(trained[0])] == ["best-training"]


def test_no_class_is_the_worst_where_all_are_right(make):
    """It said "Worst is 0: 39 of 39 right."."""
    frames = make(6, only="complete")
    labels = np.repeat([0, 1], frames.num_val // 2)
    told = []
    for n_wrong in (0, 1):
        right = np.ones((6, len(labels)), dtype=bool)
        right[:, :n_wrong] = False
        [exhibit] = class_exhibits(replace(frames, hits=right), labels)
        told.append(exhibit.caption)
    half = frames.num_val // 2
    assert told[0] == "With 95 % intervals. Each class has all of its images right."
    assert told[1] == f"With 95 % intervals. Worst is 0: {half - 1} of {half} right."


def damage(path, kind):
    """Makes a file of weights unreadable."""
    whole = path.read_bytes()
    if kind == "absent":
        path.unlink()
    elif kind == "no saved state":
        np.savez(path, W1=np.zeros(3))
    elif kind == "one array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif kind == "another net":
        save_state(path, {"params": {"W1": np.zeros((2, 2))}, "statistics": {}, "dropout_rng": {}})
    elif kind == "another tree":
        save_state(path, {"params": 5, "statistics": [], "dropout_rng": None})
    else:
        middle = len(whole) // 2
        bits = {"garbage": b"\0garbage" * 99, "empty": b"", "torn": whole[:middle]}
        bits["flipped"] = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        path.write_bytes(bits[kind])


@pytest.mark.parametrize(
    "kind",
    [
        "absent",
        "garbage",
        "empty",
        "torn",
        "flipped",
        "one array",
        "no saved state",
        "another net",
        "another tree",
    ],
)
def test_damaged_weights_leave_the_net_out(trained, kind):
    damage(trained[0].weights, kind)
    assert look_inside(trained[0]) is None
    with house_style():
        assert [exhibit.name for exhibit in best_net_exhibits(trained[0])] == ["best-training"]


def test_the_winners_choices_are_those_of_the_study_file_and_not_numpys():
    """A column of a table holds NumPy's bools, and floats where some trials lack an integer."""
    space = {
        "use": {"choices": [False, True]},
        "side": {"choices": [3, 5]},
        "rate": {"low": 0.1, "high": 1.0},
    }
    columns = {"params.use": [True, False], "params.side": [5, None], "params.rate": [0.5, 0.7]}
    trials = pd.DataFrame({"number": [0, 1], **columns})
    frames = SimpleNamespace(trials=trials, parameters=parse_space(space))
    assert params_of(frames, 0) == {"use": True, "side": 5, "rate": 0.5}
    assert [type(value) for value in params_of(frames, 0).values()] == [bool, int, float]
    assert params_of(frames, 1) == {"use": False, "rate": 0.7}


def test_looking_inside_runs_no_rule_or_solver_of_the_users(trained):
    frames, solver, _ = trained
    foreign = {**frames.study.training, "update_rule": "no_such_module_here:rule"}
    study = replace(frames.study, training=foreign)
    inside = look_inside(replace(frames, study=study))
    assert len(inside.filters) == len(solver.net.params["W1"])
