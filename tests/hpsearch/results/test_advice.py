"""What to do next, on made-up searches whose truth is known: wrong advice is rare, and counted."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_up import made_up

from hpsearch.disk.folder import StudyFolder
from hpsearch.disk.ledger import Look
from hpsearch.results.accuracies import possible
from hpsearch.results.advice import Advice, advice
from hpsearch.results.commands import changed_study, go_on
from hpsearch.results.enough import Earliest
from hpsearch.strategies.question import Question
from hpsearch.words import harmless

INSIDE = ["none", "one", "two", "choice", "fragile", "constant"]
"""Truths whose optimum lies at no end of a range."""


LOOK = Look("2026", "one", "", "", 7, {}, 1, 0.9, 0.88, 0.92, [0.9], 500, "")


def judged(frames, **changes):
    """Returns frames with changes, and with what was made up of the length of the search."""
    changed = replace(frames, **changes)
    vars(changed)["enough"] = frames.enough
    return changed


@pytest.fixture(scope="module")
def settled():
    return made_up("one", seed=1)


def test_a_search_that_is_not_whole_goes_on(settled):
    study = replace(settled.study, trials=150)
    found = advice(judged(settled, study=study))
    assert (found.kind, found.sentence) == ("go on", "Go on: 100 of 150 trials are recorded.")
    assert found.command == "hpsearch run --study reports/one/study.toml"


def test_a_young_search_goes_on_whatever_it_found():
    found = advice(made_up("one", n=12))
    assert (found.kind, found.sentence) == ("go on", "Go on: 12 trials are few to judge by.")
    assert found.command.endswith("--trials 24")


def test_a_settled_search_stops_and_fresh_seeds_decide(settled):
    found = advice(settled)
    assert found.kind == "confirm"
    assert found.sentence.startswith(f"Stop here: the last {settled.enough.n_since} of 100 trials improved")
    assert found.command == "hpsearch confirm --study one"


def test_what_fresh_seeds_have_not_met_is_confirmed_again(settled):
    """A search that went on after confirm was told that its best trials had met fresh seeds."""
    ranked = settled.trials[settled.trials["state"] == "complete"].sort_values("value", ascending=False)
    raced = ranked.rename(columns={"value": "searched"})[["number", "searched"]]
    found = advice(judged(settled, confirmation=raced.head(3)))
    assert (found.kind, found.sentence) == ("test", "Test it, once: the best trials have met fresh seeds.")
    before = raced[raced["searched"] < raced["searched"].max()].head(3)
    assert advice(judged(settled, confirmation=before)) == advice(settled)


def test_what_was_tested_is_told_by_the_report_since_best_is_that_of_the_search(settled):
    found = advice(judged(settled, test=LOOK))
    assert (found.kind, found.command) == ("done", "hpsearch report --study one --format markdown")


def test_code_of_a_script_is_trained_from_there(settled):
    """The command line would not find it."""
    study = replace(settled.study, net_kind="__main__:Net")
    assert advice(judged(settled, study=study)).command == "hpsearch.load('reports/one').confirm()"
    longer = replace(study, trials=150)
    assert advice(judged(settled, study=longer)).command == "hpsearch.run(...)"
    found = changed_study(StudyFolder(Path("reports/one")), {"training.epochs": 8}, there=True)
    assert found == "hpsearch.run(..., set={'training.epochs': 8}, out='reports-next')"


def test_a_training_function_has_no_net_to_confirm(settled):
    training = {**settled.study.training, "function": "mine:train"}
    study = replace(settled.study, net_kind="mine:train", training=training)
    frames = judged(settled, study=study)
    found = advice(frames)
    assert (found.kind, found.command) == ("done", "hpsearch best --study one")
    assert "Call the function with these parameters on seeds of your own" in found.sentence
    assert [one.kind for one in possible(frames)] == ["search"]


@pytest.mark.parametrize(
    ("n_since", "is_first", "why"),
    [
        (7, False, "only 7 of 100 trials came after the last improvement beyond noise"),
        (7, True, "only 7 of 100 trials came after the first complete one"),
        (0, False, "the last of 100 trials is the last improvement beyond noise"),
    ],
)
def test_a_search_that_improved_not_long_ago_goes_on(settled, n_since, is_first, why):
    frames = judged(settled)
    vars(frames)["enough"] = replace(settled.enough, n_since=n_since, is_first=is_first)
    assert advice(frames).sentence == f"Go on: {why}."
    ended = judged(frames, ended_by="epochs = 9: 9 are trained")
    assert advice(ended).sentence.startswith("Stop here, as [stop] says (epochs = 9: 9 are trained).")


@pytest.mark.parametrize(
    ("n_since", "n_near", "told"),
    [
        (50, 4, "Stop here: the last 50 of 100 trials improved nothing beyond noise."),
        (20, 4, "Go on: only 20 of 100 trials came after the earliest of those within noise of the best."),
        (20, 1, "Go on: only 20 of 100 trials came after the best."),
    ],
)
def test_a_search_is_not_settled_by_a_trial_that_is_not_within_noise_of_the_best(
    settled, n_since, n_near, told
):
    """After 99 trials "that improved nothing beyond noise" a first trial was two points behind."""
    frames = judged(settled)
    earliest = Earliest(99 - n_since, 0.98, n_since, n_near)
    vars(frames)["enough"] = replace(settled.enough, n_since=99, is_first=True, earliest=earliest)
    assert advice(frames).sentence.startswith(told)


def test_a_search_of_which_hardly_a_trial_ran_to_its_end_is_not_called_short(settled):
    frames = judged(settled)
    vars(frames)["enough"] = None
    assert advice(frames).sentence == "Go on: too few of 100 trials ran to their end to judge by."


def test_a_range_is_mended_before_its_winner_is_confirmed():
    found = advice(made_up("edge", seed=1))
    assert found.kind == "mend"
    assert found.sentence.startswith("Mend this first: ")
    assert "upper end; the best value may lie there or beyond: widen it to 1." in found.sentence
    assert "--set space.learning_rate.high=1.0 --out reports-next" in found.command


def test_a_range_is_left_where_no_better_net_could_be_told_from_the_best():
    found = made_up("edge", seed=1)
    frames = judged(found)
    vars(frames)["enough"] = replace(found.enough, needed=None)
    assert advice(frames).kind != "mend"


@pytest.mark.parametrize(("n_failed", "kind"), [(60, "mend"), (40, "confirm")])
def test_a_search_whose_trials_mostly_failed_is_not_over(settled, n_failed, kind):
    """Of 20 trials 15 had raised ValueError, and the last 19 "improved nothing beyond noise"."""
    best = settled.trials["value"].idxmax()
    failed = settled.trials.index[settled.trials.index != best][:n_failed]
    trials = settled.trials.copy()
    trials.loc[failed, "state"], trials.loc[failed, "reason"] = "failed", "ValueError: bad"
    found = advice(judged(settled, trials=trials, hits=None))
    assert found.kind == kind
    assert (found.sentence == "Mend this first: 60 trials failed with: ValueError: bad.") == (kind == "mend")


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_nothing_is_mended_where_nothing_is_wrong(sampler):
    n_seeds = 8 if sampler == "random" else 3
    kinds = [advice(made_up(truth, sampler=sampler, seed=s)).kind for truth in INSIDE for s in range(n_seeds)]
    assert kinds.count("mend") <= 0.05 * len(kinds)


@pytest.mark.slow
def test_few_searches_stop_although_the_optimum_lies_beyond_a_range():
    kinds = [advice(made_up("edge", seed=seed)).kind for seed in range(20)]
    assert kinds.count("mend") >= 14  # 16 in fact; before trends were looked at, 2


@pytest.mark.parametrize(("n", "kind"), [(9, "go on"), (10, "mend")])
def test_going_on_is_no_advice_where_none_of_many_trials_ran_to_its_end(settled, n, kind):
    study = replace(settled.study, trials=150)
    none = settled.trials.head(n).assign(state="diverged")
    curves = settled.curves[settled.curves["number"] < n]
    assert advice(judged(settled, study=study, trials=none, curves=curves, hits=None)).kind == kind


def test_a_question_that_cannot_be_answered_yet_goes_on_with_as_many_trials_of_each_value(settled):
    question = Question("normalization", ("none", "batchnorm"))
    study = replace(settled.study, question=question)
    values = pd.Series(["none", "batchnorm"] * 50, index=settled.trials.index)
    trials = settled.trials.assign(**{"params.normalization": values})
    asked = advice(judged(settled, study=study, trials=trials))
    assert asked.command == "hpsearch answer --study one"
    half = trials.assign(state=trials["state"].where(values == "none", "pruned"))
    found = advice(judged(settled, study=study, trials=half))
    assert found.sentence == "Go on: no trial with batchnorm is complete."
    assert found.command.endswith("--trials 200")


def test_a_value_of_which_every_trial_diverged_is_mended_and_not_gone_on_with(settled):
    """Twice as many trials were asked for, and then twice as many again."""
    study = replace(settled.study, question=Question("normalization", ("none", "batchnorm")))
    values = pd.Series(["none", "batchnorm"] * 50, index=settled.trials.index)
    state = settled.trials["state"].where(values == "none", "diverged")
    trials = settled.trials.assign(**{"params.normalization": values, "state": state})
    assert advice(judged(settled, study=study, trials=trials)) == Advice(
        "mend",
        "Mend this first: all 50 trials with batchnorm diverged or failed, so that it cannot be compared.",
        "",
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    "name", [b"a b", b"it's $x", b"by\xffte", b"\x1b[31m", b"a\nb\\", "\u202eab é".encode()]
)
def test_suggested_commands_name_any_folder_as_bash_reads_it(name):
    command = go_on(StudyFolder(Path(os.fsdecode(name)) / "one"))
    assert command == harmless(command)
    assert command.isprintable()
    read = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True)
    assert read.stdout.split(b"\0")[-2:-1] == [name]
