"""What a search is told of its illnesses is true: counts, condition, layer; and said once."""

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_up import made_up
from made_up_layers import with_layers

from hpsearch.disk.folder import StudyFolder
from hpsearch.errors import FolderError
from hpsearch.results.advice import advice
from hpsearch.results.doctor import findings
from hpsearch.results.illnesses import ailing
from hpsearch.results.layers import COLUMNS, read_layers


@pytest.fixture(scope="module")
def search():
    return made_up("none", n=80, pruner="none")


def test_a_sane_search_is_told_nothing(search):
    assert ailing(with_layers(search, lambda params: "")) == []


def test_a_search_of_before_is_told_nothing(search):
    vars(search)["layers"] = pd.DataFrame(columns=list(COLUMNS))
    assert ailing(search) == []


def is_faint(params):
    return params["weight_scale"] < 0.01 and params["normalization"] == "none"


def test_an_illness_is_told_with_its_condition_layer_and_remedy(search):
    frames = with_layers(search, lambda params: "vanishing" if is_faint(params) else "")
    trials = frames.trials
    n = int(((trials["params.weight_scale"] < 0.01) & (trials["params.normalization"] == "none")).sum())
    [ailment] = ailing(frames)
    assert len(ailment.numbers) == n >= 8
    border = re.search(r"weight_scale below ([\d.]+)", ailment.sentence)[1]
    inside = (trials["params.weight_scale"] < float(border)) & (trials["params.normalization"] == "none")
    assert inside.sum() == n
    assert ailment.sentence.startswith(
        f"All {n} trials with weight_scale below {border} and no normalization got no further than"
        " 11.0\u00a0% (chance is 10.0\u00a0%): activations vanish at layer 2. "
    )
    assert ailment.sentence.endswith("or weight_init he) or normalize.")


def test_exceptions_stand_in_the_sentence(search):
    left_out = iter(range(100))
    frames = with_layers(
        search, lambda params: "dead" if params["learning_rate"] > 0.01 and next(left_out) != 3 else ""
    )
    [ailment] = ailing(frames)
    n = ailment.condition.n_inside
    assert ailment.sentence.startswith(f"{n - 1} of {n} trials with learning_rate of at least 0.01")


def test_an_illness_at_the_end_of_a_range_is_cut_off(search):
    frames = with_layers(search, lambda params: "dead" if params["learning_rate"] > 0.01 else "")
    [finding] = [one for one in findings(frames) if one.rule == "illness-dead"]
    assert finding.settings == {"space.learning_rate.high": pytest.approx(0.01, rel=0.2)}


def test_an_illness_of_all_trials_has_no_condition_and_is_advised_first(search):
    frames = with_layers(search, lambda params: "too-slow")
    [ailment] = ailing(frames)
    assert (ailment.condition, ailment.is_widespread) == (None, True)
    assert ailment.sentence.startswith("All 80 trials got no further than")
    advised = advice(frames)
    assert (advised.kind, advised.sentence) == ("mend", f"Mend this first: {ailment.sentence}")


def test_trials_that_failed_are_none_of_all_that_are_ill(search):
    frames = with_layers(search, lambda params: "too-slow")
    trials = frames.trials.assign(state=["failed"] * 20 + ["complete"] * 60)
    changed = replace(frames, trials=trials)
    vars(changed)["layers"] = frames.layers
    [ailment] = ailing(changed)
    assert ailment.sentence.startswith("All 60 trials that did not fail got no further than")


def test_an_illness_of_nearly_all_trials_has_no_condition(search):
    rates = search.trials["params.learning_rate"]
    for share, is_told in ((0.09, False), (0.15, True)):
        border = rates.quantile(share)
        frames = with_layers(
            search, lambda params, border=border: "dead" if params["learning_rate"] > border else ""
        )
        [ailment] = ailing(frames)
        assert (ailment.condition is not None) == is_told


def test_an_illness_of_few_is_not_in_the_way_of_the_winner(search):
    frames = with_layers(search, lambda params: "vanishing" if is_faint(params) else "")
    assert "vanish" not in advice(frames).sentence


def test_a_rare_illness_is_not_worth_a_word(search):
    numbers = iter(range(80))
    assert ailing(with_layers(search, lambda params: "dead" if next(numbers) < 7 else "")) == []


def test_divergence_that_large_steps_explain_is_said_once(search):
    frames = with_layers(search, lambda params: "too-fast" if params["learning_rate"] > 0.01 else "")
    ill = frames.trials["value"] == 0.11
    trials = frames.trials.assign(state=frames.trials["state"].mask(ill, "diverged"))
    layers = frames.layers
    frames = replace(frames, trials=trials)
    vars(frames).update(layers=layers, enough=None)
    found = findings(frames)
    assert found[0].rule == "illness-too-fast"
    assert "diverged: steps are too large" in found[0].sentence
    assert "divergence" not in [one.rule for one in found]


def test_trials_without_the_file_have_no_rows_and_a_damaged_one_is_named(tmp_path):
    folder = StudyFolder(tmp_path)
    assert read_layers(folder, range(3)).empty
    folder.trial(1).put_layers(b"torn")
    with pytest.raises(FolderError, match=r"00001/layers.npy: damaged: expected a .npy file; remove it"):
        read_layers(folder, range(3))
    folder.trial(1).layers.unlink()
    folder.trial(1).layers.mkdir()
    with pytest.raises(FolderError, match=r"00001/layers.npy: cannot be read: [\w ]+$"):
        read_layers(folder, range(3))


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parents[2] / "benchmarks" / "illnesses.py"
    spec = importlib.util.spec_from_file_location("illnesses_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize(
    "plant",
    [
        "healthy fully connected",
        "healthy convolutional",
        "weights of 1e-5",
        "learning rate of 10",
        "sigmoid without normalization",
        "dead ReLUs",
        "frozen, all weights 0",
    ],
)
def test_what_is_planted_in_a_real_search_is_named(benchmark, plant):
    """One search of the twenty of tests/benchmarks/illnesses.py."""
    found = [name for name, _, _ in benchmark.named(plant, seed=1)]
    wanted = benchmark.PLANTS[plant].names
    assert set(found) & set(wanted) if wanted else not found
