"""What the page says first: accuracies, the winner's parameters, what works, a paragraph to copy."""

import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hpsearch.disk.answer import BestSetting, FreshAnswer
from hpsearch.disk.ledger import Look
from hpsearch.report.firstscreen import as_toml, first_screen
from hpsearch.report.notebook import notebook_paragraph
from hpsearch.report.page import Shown, render
from hpsearch.report.parameterbars import MIN_NEAR, bars_hint, parameter_bars
from hpsearch.report.strips import accuracy_strips
from hpsearch.results.accuracies import Accuracy, three_accuracies
from hpsearch.results.importance import COLUMNS
from hpsearch.results.stats import Interval, best_trial
from hpsearch.results.tables import ledger_frame
from hpsearch.strategies.pruning import parse_settings
from hpsearch.strategies.question import Question
from hpsearch.study.spacetable import parse_space

NOTHING = pd.DataFrame({name: [] for name in COLUMNS})


def test_strips_keep_the_order_of_the_accuracies_on_one_scale():
    search, fresh, test = accuracy_strips(
        [
            Accuracy("search", 0.98, Interval(0.97, 0.99), 0.985),
            Accuracy("fresh seeds", 0.975, Interval(0.96, 0.98)),
            Accuracy("test", None),
        ]
    )
    assert 0 < fresh.left < fresh.dot < search.dot < search.hollow < search.left + search.width < 100
    assert (test.shown, test.dot, test.left) == ("not yet", None, None)
    assert search.between == "97.0\u00a0% to 99.0\u00a0%"


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_single_accuracy_lies_within_its_strip(value):
    (strip,) = accuracy_strips([Accuracy("search", value, Interval(value, value))])
    assert 0 <= strip.dot <= 100


def test_the_winner_can_be_copied_as_toml_and_as_python(make):
    frames = make(60)
    best = frames.trials[frames.trials["number"] == best_trial(frames.trials)].iloc[0]
    first = first_screen(frames)
    params = tomllib.loads(first.toml)
    assert params["learning_rate"] == best["params.learning_rate"]
    assert params["hidden_dim"] == int(best["params.hidden_dim"])
    assert isinstance(params["hidden_dim"], int)
    assert ("momentum" in params) == (not pd.isna(best["params.momentum"]))
    assert eval(first.python) == params


def test_a_long_choice_is_copied_as_one_text(make, monkeypatch):
    choice = "of many words " * 8
    monkeypatch.setattr("hpsearch.report.firstscreen.params_of", lambda frames, number: {"kind": choice})
    assert f"'kind': {choice!r},\n" in first_screen(make(20)).python


def test_parameters_are_lines_of_a_study_file():
    params = {"a b": [72, 73], "rate": 1e-5, "norm": {"none": True}, "names": ['x "y"', "]"], "n": 3}
    text = as_toml(params)
    assert tomllib.loads(text) == params
    assert text.splitlines()[:3] == ['"a b" = [72, 73]', "rate = 1e-05", "norm = { none = true }"]
    assert len(text.splitlines()) == len(params)


def fresh_card(frames):
    """Returns the accuracy of fresh seeds, and what the page's section of that name says."""
    page = render(frames, Shown((), {}, {}, NOTHING))
    return three_accuracies(frames)[1], page[page.index('id="confirmed"') : page.index('id="test"')]


def test_fresh_seeds_of_a_question_are_those_that_answer_it(make):
    frames = make(30, only="complete")
    values = ("none", "batchnorm", "layernorm")
    asked = replace(frames, study=replace(frames.study, question=Question("normalization", values)))
    card, section = fresh_card(asked)
    assert (card.value, card.command.split(" --")[0]) == (None, "hpsearch answer")
    assert "To answer the question: <code>hpsearch answer" in section
    rng = np.random.default_rng(0)
    settings = tuple(
        BestSetting(turn, 10 + turn, rng.random((3, 400)) < share)
        for turn, share in enumerate((0.8, 0.95, 0.9))
    )
    card, section = fresh_card(replace(asked, fresh_answer=FreshAnswer("", "estimate", 9, settings)))
    assert card.value == pytest.approx(settings[1].right.mean())
    assert card.interval.low < card.value < card.interval.high
    assert card.note == "batchnorm, trial 11, 3 fresh seeds, 400 images set aside"
    assert card.command == ""
    assert 'see <a href="#question">' in section
    card, section = fresh_card(frames)
    assert card.command.startswith("hpsearch confirm ")
    assert "which of them is really the best: <code>hpsearch confirm" in section


def test_an_ensemble_is_not_taken_for_its_first_trial_on_the_test_images(make):
    alone = Look("2026-01-01", "made", "i", "s", 3, {}, 2, 0.9, 0.88, 0.92, (0.9, 0.9), 500, "")
    frames = make(12, only="complete")
    tested = [replace(frames, test=look) for look in (alone, replace(alone, members=(3, 0, 7)))]
    assert [three_accuracies(one)[2].note for one in tested] == [
        "trial 3, 2 fresh seeds, 500 images",
        "trials 3, 0 and 7 together, 2 fresh seeds, 500 images",
    ]
    assert "On the test images (trials 3, 0 and 7 together, " in notebook_paragraph(tested[1])


def test_a_study_without_a_winner_has_nothing_to_copy(make):
    first = first_screen(make(5, only="pruned"))
    assert (first.winner, first.toml, first.python) == ("", "", "")
    assert [strip.dot for strip in first.strips] == [None] * 3
    assert parameter_bars(make(5, only="pruned"), NOTHING) == []
    assert notebook_paragraph(make(5, only="pruned")) == ""


def test_a_bar_holds_the_trials_near_the_best(make):
    frames = make(100)
    near = frames.trials.loc[frames.near_best, "params.learning_rate"]
    assert len(near) >= MIN_NEAR
    bar = next(bar for bar in parameter_bars(frames, NOTHING) if bar.name == "learning_rate")
    places = 100 * (np.log10([near.min(), near.max()]) + 4) / 3
    assert [bar.left, bar.left + bar.width] == pytest.approx(places, abs=0.2)
    assert bar.left - 0.1 <= bar.winner <= bar.left + bar.width + 0.1
    assert f"{len(near)} trials near the best: " in bar.sentence


def test_few_trials_near_the_best_say_nothing_of_the_range(make):
    bars = [bar for bar in parameter_bars(make(2, only="complete"), NOTHING) if hasattr(bar, "left")]
    assert bars
    assert all(bar.left is None and "within noise" not in bar.sentence for bar in bars)


def test_the_bars_are_told_by_what_is_seen_of_them(make):
    """A page without a thick part said that this held the trials within noise of the best."""
    bars = parameter_bars(make(100), NOTHING)
    assert "the thick part holds the trials within noise" in bars_hint(bars)
    few = bars_hint(parameter_bars(make(2, only="complete"), NOTHING))
    assert "thick" not in few
    assert "Fewer than 5 trials are within noise of the best" in few
    choices = [bar for bar in bars if not hasattr(bar, "left")]
    assert choices
    assert "bar" not in bars_hint(choices)
    assert "the winner's is framed" in bars_hint(choices)


def test_choices_are_counted_near_the_best_and_in_all(make):
    frames = make(100)
    bar = next(bar for bar in parameter_bars(frames, NOTHING) if bar.name == "normalization")
    assert sum(tried for _, _, tried, _ in bar.choices) == 100
    assert sum(near for _, near, _, _ in bar.choices) == int(frames.near_best.sum())
    assert sum(won for *_, won in bar.choices) == 1


def test_the_paragraph_names_what_was_searched_and_that_nobody_looked_at_the_test_images(make):
    text = notebook_paragraph(replace(make(60), picked={"gp": 40, "tpe": 20}))
    assert "60 trials of Gaussian-process and TPE search with percentile pruning, seed 0" in text
    assert "learning_rate (0.0001 to 0.1, log scale)" in text
    assert "The test images have not been looked at." in text
    assert "not corrected for having been chosen" in text


def test_the_paragraph_tells_of_looks_of_other_studies_at_the_test_images(make):
    frames = make(12, only="complete")
    other = Look("2026-01-01", "other", "i", "s", 3, {}, 2, 0.9, 0.88, 0.92, (0.9, 0.9), 500, "")
    own = replace(other, study=frames.name)
    told = "This study has not looked at the test images; other studies have, 2 times."
    assert told in notebook_paragraph(replace(frames, ledger=ledger_frame([other, other])))
    seen = replace(frames, ledger=ledger_frame([other, own]), test=own)
    assert "; seen once, and once by other studies." in notebook_paragraph(seen)
    assert "; seen once." in notebook_paragraph(replace(seen, ledger=ledger_frame([own])))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none", "search without pruning, seed 0"),
        ("successive_halving", "search with successive halving pruning, seed 0"),
    ],
)
def test_the_paragraph_says_in_words_how_trials_were_pruned(make, name, words):
    frames = make(10)
    study = replace(frames.study, pruner=parse_settings({"name": name}))
    assert words in notebook_paragraph(replace(frames, study=study))


def test_the_paragraph_counts_confirmation_and_corrects_where_it_can(make):
    frames = make(60, only="complete")
    finalists = pd.DataFrame(
        {
            "number": [7, 3],
            "searched": frames.trials["value"].iloc[[7, 3]].to_numpy(),
            "mean": [0.97, 0.98],
            "low": 0.96,
            "high": 0.99,
            "luck": 0.01,
            "n_seeds": 5,
            "unlearned": 0,
            "taken": [False, True],
            "images": "validation",
            "n_images": 500,
            "accuracy": 0.979,
            "accuracy_low": 0.96,
            "accuracy_high": 0.99,
        }
    )
    frames = replace(frames, confirmation=finalists)
    assert first_screen(frames).winner.startswith("Trial 3, taken on fresh seeds: in the search ")
    text = notebook_paragraph(frames)
    assert (
        "On fresh seeds (trial 3, 5 fresh seeds): 97.9\u00a0% (95 % interval 96.0\u00a0% to 99.0\u00a0%)."
        in text
    )


def test_widths_and_lists_are_copied_as_a_study_file_has_them(make):
    space = parse_space(
        {"hidden_dims": {"depth": [2, 2], "width": [8, 16]}, "learning_rate": {"low": 1e-3, "high": 1e-2}}
    )
    params = tomllib.loads(first_screen(make(6, only="complete", space=space)).toml)
    assert params.keys() == {"hidden_dims", "learning_rate"}
    assert [8 <= width <= 16 for width in params["hidden_dims"]] == [True, True]


def test_nothing_is_called_to_go_on_with_a_whole_search_that_found_nothing(make):
    frames = make(12, only="diverged")
    whole = replace(frames, study=replace(frames.study, trials=12))
    assert [strip.accuracy.command for strip in first_screen(whole).strips] == ["", "", ""]
    assert first_screen(frames).strips[0].accuracy.command.startswith("hpsearch run --study ")
