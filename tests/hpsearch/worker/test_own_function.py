"""A training function's yields become a trial's curve, and what cannot be one is refused with a word."""

from pathlib import Path

import numpy as np
import pytest

from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import CallError, StudyFileError
from hpsearch.hits import unpack
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study.own_data import OWN_DATA, SOURCE, read_nothing, splits_in_words
from hpsearch.study.studyfile import from_table
from hpsearch.worker.own_function import OwnFunction
from hpsearch.worker.trial import train_trial
from nets.data import SplitSettings
from nets.data.split import split


@pytest.fixture
def function_task(own_net, make_task):
    """Returns a task of a training function with this body, on the tiny data (24 validation images)."""

    def make(body, arguments="params, seed, data", epochs=4, pruner="none", **settings):
        lines = [f"def train({arguments}):", *(f"    {line}" for line in body.splitlines())]
        kind = own_net("import numpy as np\n" + "\n".join(lines), "train")
        fixed = {"function": kind, "epochs": epochs, **settings}
        from hpsearch.study import arguments as study_arguments

        drawn = {"learning_rate": 0.5}
        trial = study_arguments.for_trial(kind, {}, fixed, drawn)
        return make_task(arguments=trial, net_kind=kind, code=(kind,), pruner=PrunerSettings(pruner))

    return make


def outcome_of(task, folder, should_stop=lambda: False):
    return train_trial(task, TrialFolder(folder), should_stop)


def values(outcome):
    return [epoch.val_accuracy for epoch in outcome.curve]


def test_fractions_and_hits_give_the_same_curve_and_hits_are_recorded(function_task, tmp_path):
    fractions = outcome_of(function_task("for n in (6, 12, 18): yield n / 24"), tmp_path / "a")
    hits = outcome_of(function_task("for n in (6, 12, 18): yield np.arange(24) < n"), tmp_path / "b")
    assert (fractions.state, hits.state) == ("complete", "complete")
    assert values(fractions) == values(hits) == [0.25, 0.5, 0.75]
    assert (fractions.hits, bool(hits.hits)) == ("", True)
    assert (tmp_path / "b" / "hits.npy").exists()
    assert not (tmp_path / "b" / "weights.npz").exists()
    assert hits.cost.examples == 3 * 48


def test_hits_are_those_of_their_epoch_also_where_one_array_is_yielded_again_and_again(
    function_task, tmp_path
):
    body = "hits = np.arange(24) < 18\nyield hits\nhits[:] = np.arange(24) < 6\nyield hits"
    outcome = outcome_of(function_task(body), tmp_path)
    assert values(outcome) == [0.75, 0.25]
    assert unpack(outcome.hits, 24).sum() == 18


def test_an_accuracy_in_float32_counts_many_examples(own_net):
    kind = own_net("import numpy as np\ndef train(params):\n    yield np.float32(41234 / 60000)", "train")
    (result,) = OwnFunction(kind, {"epochs": 1}, {}, n_val=60000, n_train=0).epochs()
    assert result.val_accuracy == 41234 / 60000


def test_loss_and_training_accuracy_may_be_yielded_too(function_task, tmp_path):
    body = "yield {'val_accuracy': 0.5, 'loss': 0.3}\nyield {'val_accuracy': 0.5, 'train_accuracy': 0.9}"
    first, second = outcome_of(function_task(body), tmp_path).curve
    assert (first.loss, second.train_accuracy) == (0.3, 0.9)
    assert np.isnan(first.train_accuracy)
    assert np.isnan(second.loss)


class Tensor:
    """A number of another library."""

    ndim = 0

    def item(self):
        return 0.25


@pytest.mark.parametrize("said", ["np.array(0.25)", "np.float32(0.25)", "data.tensor"])
def test_numbers_may_be_arrays_without_axes(function_task, tmp_path, monkeypatch, said):
    monkeypatch.setattr("nets.data.TrainVal.tensor", Tensor(), raising=False)
    outcome = outcome_of(
        function_task(f"yield {{'val_accuracy': {said}, 'loss': {said}}}\nyield {said}"), tmp_path
    )
    assert [*values(outcome), outcome.curve[0].loss] == [0.25] * 3


def test_one_that_is_wrapped_and_run_to_its_end_is_named(own_net, make_task, tmp_path):
    source = """
        import functools

        def listed(function):
            return functools.wraps(function)(lambda **given: list(function(**given)))

        @listed
        def train(params):
            yield 0.5
    """
    from hpsearch.study import arguments as study_arguments

    kind = own_net(source, "train")
    trial = study_arguments.for_trial(kind, {}, {"function": kind, "epochs": 2}, {"learning_rate": 0.5})
    outcome = outcome_of(make_task(arguments=trial, net_kind=kind, code=(kind,)), tmp_path)
    assert outcome.reason == f"TypeError: {kind} returned list; expected it to yield"


def test_it_ends_after_its_epochs_and_is_closed(function_task, tmp_path):
    body = "try:\n    while True: yield 0.5\nfinally:\n    open(params['file'], 'w').close()"
    task = function_task(body, epochs=3, file=str(tmp_path / "closed"))
    assert values(outcome_of(task, tmp_path)) == [0.5] * 3
    assert (tmp_path / "closed").exists()


def test_it_is_pruned_stopped_and_starts_over_to_the_same_bits(function_task, tmp_path):
    body = "rng = np.random.default_rng(seed)\nwhile True: yield (rng.random(24) < np.random.rand())"
    task = function_task(body)
    whole = outcome_of(task, tmp_path / "a")
    stopped = outcome_of(task, tmp_path / "b", lambda: True)
    assert (stopped.state, len(stopped.curve)) == ("stopped", 1)
    assert outcome_of(task, tmp_path / "b").curve == whole.curve


def test_nan_is_a_diverged_trial(function_task, tmp_path):
    outcome = outcome_of(function_task("yield 0.5\nyield float('nan')"), tmp_path)
    assert (outcome.state, len(outcome.curve)) == ("diverged", 2)
    outcome = outcome_of(function_task("yield {'val_accuracy': 0.5, 'loss': float('inf')}"), tmp_path)
    assert outcome.state == "diverged"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("yield 0.51", "yielded 0.51, 12.24 of 24 validation examples; expected a whole number of them"),
        ("yield 0.51", "does data.num_val say how many there are?"),
        ("yield 12", "yielded 12.0; expected the fraction of the validation examples that are right, from 0"),
        ("yield 'good'", "yielded str; expected a fraction or an array of bool"),
        ("yield np.ones(24)", "yielded an array of float64 and shape (24,); expected bool of shape (24,)"),
        ("yield np.ones(5, bool)", "yielded an array of bool and shape (5,)"),
        ("yield {'accuracy': 0.5}", "yielded a dict of accuracy; expected either val_accuracy or hits"),
        ("yield {'loss': 0.5}", "yielded a dict of loss; expected either val_accuracy or hits"),
        ("yield {}", "yielded a dict of nothing; expected either val_accuracy or hits"),
        ("yield {'hits': np.ones(24, bool), 'val_accuracy': 1.0}", "yielded a dict of hits, val_accuracy;"),
        ("yield {'val_accuracy': 0.5, 'loss': None}", "yielded NoneType as loss; expected a number"),
        ("yield 0.5\nyield np.ones(24, bool)", "yielded hits in some epochs and accuracies in others"),
        ("return\nyield", "yielded nothing; expected a validation accuracy after each epoch"),
    ],
)
def test_what_is_no_accuracy_fails_the_trial_with_a_word(function_task, tmp_path, body, words):
    outcome = outcome_of(function_task(body), tmp_path)
    assert outcome.state == "failed"
    assert words in outcome.reason


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ("learning_rate, width", "assert (learning_rate, width) == (0.5, 8)"),
        ("params", "assert params == {'learning_rate': 0.5, 'width': 8}"),
        ("seed, **rest", "assert rest == {'learning_rate': 0.5, 'width': 8} and isinstance(seed, int)"),
        ("rng, epochs, params, width", "assert (epochs, width) == (4, 8) and 0 <= rng.random() < 1"),
        ("params, data", "assert data.X_train.shape == (48, 1, 8, 8)"),
    ],
)
def test_it_is_called_by_the_names_of_its_arguments(function_task, tmp_path, arguments, body):
    outcome = outcome_of(function_task(f"{body}\nyield 0.5", arguments, width=8), tmp_path)
    assert (outcome.state, outcome.reason) == ("complete", "")


MODULE = """
    def named(learning_rate, width=3):
        yield 0.5
    def anything(params):
        yield 0.5
    def with_data(params, data):
        yield 0.5
    def needs(params, budget):
        yield 0.5
    def starred(*args):
        yield 0.5
    def by_place(learning_rate, /):
        yield 0.5
    def no_generator(params):
        return 0.5
    async def not_awaited(params):
        yield 0.5
    class a_class:
        def __call__(self, params):
            yield 0.5
    an_object = a_class()
"""


@pytest.fixture
def study_of(own_net):
    """Returns a study of a function of a module, with entries `section__key=value` changed or added."""

    def make(name, **changes):
        table = {
            "training": {"function": own_net(MODULE, name), "epochs": 3},
            "data": {"num_val": 50},
            "space": {"learning_rate": {"low": 0.1, "high": 1.0}},
        }
        for place, value in changes.items():
            section, key = place.split("__")
            table.setdefault(section, {})[key] = value
            if value is None:
                del table[section][key]
        return from_table(table, "mine", "mine.toml")

    return make


def test_its_study_knows_its_data_by_their_number_and_has_no_net(study_of):
    study = study_of("anything", training__width=3)
    assert (study.data.source, study.data.num_val, study.is_function) == ("own", 50, True)
    assert "[net]" not in study.to_toml()
    assert study_of("anything", training__keep_prob=0.5).notes == [], (
        "of a net alone it is known what that is"
    )
    assert from_table(study.table, "mine", "x", resolved=True).identity() == study.identity()
    assert splits_in_words("own", 2, 50) == "50 validation examples"
    with pytest.raises(CallError, match=r"test: mine searches the training function .*; expected a study"):
        study.require_net("test")


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("named", {"training__widht": 3}, r"training\.widht: .* takes no widht; expected width, learning_r"),
        ("named", {"space__reg": {"low": 0.0, "high": 1.0}}, r"space\.reg: .* takes no reg"),
        ("named", {"space__reg": {"low": 0.0, "high": 1.0}}, "or an argument params, for all of them"),
        ("starred", {}, "takes no learning_rate; expected an argument params, for all of them"),
        ("needs", {}, r"training\.budget: missing; .* needs it .* it is given params, seed, rng, data"),
        ("no_generator", {}, "must yield its validation accuracy after each epoch, but has no yield"),
        ("a_class", {}, "must be a generator function, but is a class"),
        ("an_object", {}, "must be a generator function, but is an object of the class a_class"),
        ("not_awaited", {}, "must be a generator function, but is an asynchronous one"),
        ("absent", {}, "has no function 'absent'"),
        ("anything", {"training__epochs": None}, r"training\.epochs: missing; expected how many epochs"),
        ("anything", {"training__epochs": 0}, r"training\.epochs: epochs must be an integer of at least 1"),
        ("anything", {"data__num_val": None}, r"data\.num_val: missing; expected how many validation"),
        ("anything", {"data__num_val": 10**12}, r"data\.num_val: expected at most 10000000 validation"),
        ("anything", {"data__path": "here.npz"}, r"data\.path: source 'own' takes no path"),
        ("anything", {"training__learning_rate": 1}, r"space\.learning_rate: stands in \[training\] too"),
        ("anything", {"net__kind": "TwoLayerNet"}, r"net\.kind: a training function has no net"),
        ("anything", {"question__compare": "learning_rate"}, "question: is answered on fresh seeds"),
        ("with_data", {}, r"data\.source: .* takes data; expected where its splits come from, .* got 'own'"),
        ("by_place", {}, "takes learning_rate by its place alone; expected arguments that are given by name"),
    ],
)
def test_what_is_wrong_with_its_study_is_named(study_of, name, changes, words):
    with pytest.raises(StudyFileError, match=words):
        study_of(name, **changes)


@pytest.mark.parametrize("num_val", [1, 200])
def test_examples_that_stand_for_its_own_data_need_not_differ(num_val):
    settings = SplitSettings(OWN_DATA, num_val=num_val)
    assert len(split(read_nothing(Path(), settings), settings, SOURCE).val) == num_val


def test_its_own_data_goes_with_nothing_else(make_study):
    with pytest.raises(StudyFileError, match=r"data\.source: 'own' goes with a training function"):
        make_study(data__source="own", data__num_val=5)
