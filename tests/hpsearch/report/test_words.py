"""What the report says in words and numbers: verdict, importances, comparison, Markdown, best net."""

import re
import tomllib
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hpsearch.disk.audited import Audited
from hpsearch.disk.confirmation import Confirmation, Finalist
from hpsearch.disk.ensemble import Ensemble
from hpsearch.report import markdown_summary, write_compare
from hpsearch.report.compare import compared
from hpsearch.report.firstscreen import first_screen
from hpsearch.report.gallery import gallery
from hpsearch.report.markdown import escape
from hpsearch.report.notebook import notebook_paragraph
from hpsearch.report.page import Shown, best_for_print, cell, finalists, render, shown_rows, trials_table
from hpsearch.report.parameterbars import parameter_bars
from hpsearch.report.parametergallery import in_order, mapped_pairs, one_at_a_time
from hpsearch.report.payload import as_json
from hpsearch.report.standings import labels, seed_groups, sentences
from hpsearch.report.style import STRETCHED, house_style
from hpsearch.report.verdict import beyond_first, verdict
from hpsearch.results.advice import advice
from hpsearch.results.border import Part
from hpsearch.results.enough import Enough
from hpsearch.results.importance import COLUMNS
from hpsearch.results.paired import difference_interval, images_needed
from hpsearch.results.selection import Winner
from hpsearch.results.stats import Interval
from hpsearch.results.tables import finalists_frame
from hpsearch.space import Parameter, params_in_words
from hpsearch.strategies.samplers import SamplerSettings
from hpsearch.study.functions import KEY
from hpsearch.study.own_data import OWN_DATA

NOTHING = pd.DataFrame({name: [] for name in COLUMNS})


def with_trials(frames, **columns):
    return replace(frames, trials=frames.trials.assign(**columns))


def with_seed(frames, seed):
    table = {**frames.study.table, "study": {**frames.study.table["study"], "seed": seed}}
    return replace(frames, study=replace(frames.study, seed=seed, table=table))


def test_verdict_names_the_winner_and_its_errors(make):
    frames = with_trials(make(3, only="complete"), value=[0.9, 0.98, 0.5], best_epoch=[3.0, 4.0, 5.0])
    told = verdict(frames, NOTHING)
    assert told[0] == "3 of 100 trials finished: 3 complete."
    assert told[1].replace("\u00a0", " ") == (
        "Trial 1 is best with a validation accuracy of 98.0 %, reached in epoch 4: 10 errors on 500 images."
    )
    assert told[2] == "Epoch and trial were chosen on these images, so that may be a little too high."
    assert told[3] == "None of the 2 other complete trials is within noise of it."


def test_verdict_takes_the_luck_of_being_chosen_off_where_hits_tell_it(make):
    frames = with_trials(make(3, only="complete"), value=[0.9, 0.98, 0.5], best_epoch=[3.0, 4.0, 5.0])
    frames.__dict__["corrected"] = Winner(7, 0.98, 0.969, Interval(0.951, 0.981), 0.011)
    assert verdict(frames, NOTHING)[2].replace("\u00a0", " ") == (
        "Epoch and trial were chosen on these images: 1.1 points of that are the luck of being chosen, and"
        " 96.9 % is what to expect on other images (95 % interval 95.1 % to 98.1 %)."
    )


@pytest.mark.parametrize("corrected", [0.969, 0.98])
@pytest.mark.parametrize("of_pruning", [None, 0.002])
def test_luck_that_pruning_brought_is_said_to_be_left_where_it_is(make, of_pruning, corrected):
    frames = with_trials(make(2), state=["complete", "pruned"], value=[0.98, 0.5], best_epoch=[3.0, 4.0])
    winner = Winner(7, 0.98, corrected, Interval(0.951, 0.981), 0.98 - corrected, of_pruning=of_pruning)
    frames.__dict__["corrected"] = winner
    left = "Pruning chose on these images too: the luck that this brought is not known, and not taken off."
    for told in (verdict(frames, NOTHING), beyond_first(frames, NOTHING)):
        assert (left in told) == (of_pruning is None)
    paragraph = notebook_paragraph(frames)
    assert ("(bootstrap bias correction, not for what pruning chose)" in paragraph) == (of_pruning is None)


@pytest.mark.parametrize(
    ("corrected", "told"),
    [
        (0.1232, "0.4 points of that are the luck of being chosen, and 12.3 %"),  # the difference is 0.347
        (0.1266, "12.7 % is what to expect"),
        (0.12645, "0.1 points of that are the luck of being chosen, and 12.6 %"),  # the difference is 0.022
        (0.13, "13.0 % is what to expect"),
    ],
)
def test_luck_is_what_the_reader_finds_who_subtracts(make, corrected, told):
    frames = with_trials(make(1, only="complete"), value=[0.12667], best_epoch=[1.0])
    frames.__dict__["corrected"] = Winner(0, 0.12667, corrected, Interval(0.09, 0.16), 0.12667 - corrected)
    sentence = plain(verdict(frames, NOTHING))[2]
    assert told in sentence
    assert ("no luck of being chosen shows in it" in sentence) == ("expect" in told)


def test_verdict_of_a_winner_that_nothing_chose_speaks_of_no_luck(make):
    frames = with_trials(make(1, only="complete"), value=[0.876], best_epoch=[1.0])
    frames.__dict__["corrected"] = Winner(0, 0.876, 0.876, Interval(0.844, 0.902), 0.0)
    told = [sentence.replace("\u00a0", " ") for sentence in verdict(frames, NOTHING)]
    expected = "87.6 % is what to expect on other images (95 % interval 84.4 % to 90.2 %)"
    assert told[2] == f"{expected}: no luck of being chosen shows in it."
    assert told[3] == "It is the only complete trial."


def test_verdict_speaks_of_one_other_trial_in_the_singular(make):
    frames = with_trials(make(2, only="complete"), value=[0.9, 0.3])
    assert verdict(frames, NOTHING)[3] == "The other complete trial is not within noise of it."


def test_verdict_says_if_it_was_enough(make):
    frames = with_trials(make(6, only="complete"), value=[0.9, 0.98, 0.5, 0.6, 0.7, 0.8])
    frames.__dict__["enough"] = Enough(1, False, 0.98, 4, 10, 500, 1.0, 0.8, None, "image")
    improvement, mark = plain(verdict(frames, NOTHING))[4:6]
    assert improvement == "The last improvement beyond noise is trial 1 (98.0 %); 4 trials came after it."
    assert mark == (
        "To improve on it a trial would have had to reach about 100 %, beyond the luck of 30 trials; the"
        " best of the last trials reached 80.0 %."
    )


def test_no_words_are_said_of_a_line_that_is_not_drawn(make):
    for only, is_drawn in (("complete", True), ("pruned", False)):
        frames = make(9, only=only)
        captions = {one.name: one.caption for part in gallery(frames, NOTHING) for one in part.exhibits}
        told = ["95 % interval" in captions[name] for name in ("best-so-far", "best-over-epochs")]
        assert told == [is_drawn, is_drawn]


@pytest.mark.parametrize(("sampler", "titles"), [("random", ["Was it enough?"]), ("tpe", [])])
def test_a_search_that_draws_its_trials_alike_shows_its_tuning_curve(make, sampler, titles):
    frames = make(24)
    frames = replace(frames, study=replace(frames.study, sampler=SamplerSettings(sampler)))
    with house_style():
        sections = {section.name: section for section in gallery(frames, NOTHING)}
    assert [one.title for one in sections["search"].exhibits if one.name == "tuning-curve"] == titles


@pytest.mark.parametrize(
    ("audited", "told"),
    [
        (
            Audited(9, 8, 3, 0, 0, 5, 0.0, (0.0, 0.0)),
            (
                "Of 3 pruned trials trained to the end, none would have beaten the winner; of all 8 it would"
                " be 0 to 5 (95 % interval)."
            ),
        ),
        (
            Audited(9, 8, 8, 1, 1, 1, 0.004, (-0.002, 0.011)),
            (
                "Of 8 pruned trials trained to the end, 1 would have beaten the winner, the best by 0.4"
                " points on these images (-0.2 to +1.1 in truth, 95 % interval)."
            ),
        ),
        (
            Audited(5, 1, 1, 1, 1, 1, 0.004, ()),
            (
                "Of 1 pruned trial of the first 5 trained to the end, 1 would have beaten the winner, the"
                " best by 0.4 points on these images."
            ),
        ),
    ],
)
def test_verdict_tells_what_an_audit_found(make, audited, told):
    assert verdict(make(9, audited=audited), NOTHING)[-1] == told


def test_verdict_tells_what_the_best_are_worth_together(make):
    frames = make(9)
    found = Ensemble((3, 1, 7), frames.digest, 5, 500, 0.961, 0.95, 0.97, 0.956, 0.005, 0.001, 0.009)
    told = (
        "rials 3, 1 and 7 together reach 96.1\u00a0% on the validation images with 5 fresh seeds, +0.5 points"
        " against trial 3 alone (95 % interval +0.1 to +0.9)."
    )
    assert verdict(replace(frames, ensemble=found), NOTHING)[-1] == f"T{told}"
    grown = replace(frames, ensemble=replace(found, digest="another"))
    assert verdict(grown, NOTHING)[-1] == f"When fewer trials were recorded: t{told}"


@pytest.mark.parametrize(
    ("changes", "together"),
    [
        ({}, True),
        ({"digest": "another"}, False),
        ({"gain_low": 0.0}, False),
        ({"members": (0, 1, 2)}, False),
    ],
)
def test_trials_that_are_better_together_than_the_confirmed_one_are_to_be_tested(make, changes, together):
    frames = with_trials(make(3, only="complete"), value=[0.9, 0.98, 0.97])
    frames = replace(frames, study=replace(frames.study, trials=3))
    finalists = tuple(
        Finalist(number, value, 0.96, 0.95, 0.97, luck=0.01, n_seeds=2, standing="unbeaten")
        for number, value in ((1, 0.98), (2, 0.97))
    )
    race = finalists_frame(Confirmation(2, finalists, winner=1, n_trials=3))
    found = Ensemble((1, 2), frames.digest, 5, 500, 0.975, 0.96, 0.98, 0.97, 0.005, 0.001, 0.009)
    told = advice(replace(frames, confirmation=race, ensemble=replace(found, **changes)))
    command = f"hpsearch test --study convnet --out {frames.folder.parent}"
    if together:
        why = "trials 1 and 2 are better together than trial 1 alone"
        assert (told.sentence, told.command) == (f"Test them, once: {why}.", f"{command} --ensemble")
    else:
        assert (told.sentence[:14], told.command) == ("Test it, once:", command)


def test_verdict_counts_what_pruning_saved(make):
    frames = with_trials(make(2), state=["complete", "pruned"], epochs=[15, 5], value=0.9, cpu_seconds=30.0)
    assert verdict(frames, NOTHING)[-1] == (
        "The search spent 20 of 30 epochs, 33 % saved by pruning; it took 1 min 0 s of processor time."
    )


def test_what_was_found_does_not_repeat_the_first_screen(make):
    frames = with_trials(make(3, only="complete"), value=[0.9, 0.98, 0.5], best_epoch=[3.0, 4.0, 5.0])
    frames.__dict__["corrected"] = Winner(7, 0.98, 0.969, Interval(0.951, 0.981), 0.011)
    first = first_screen(frames)
    told = plain(beyond_first(frames, NOTHING))
    assert told[1:3] == [
        "The search's winner, trial 1, makes 10 errors on 500 images.",
        (
            "Epoch and trial were chosen on these images: 1.1 points of its 98.0 % are the luck of being"
            " chosen."
        ),
    ]
    assert not any(first.advice.sentence in sentence or "96.9 %" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("winner", "told", "named"),
    [
        (3, "Of 2 finalists on fresh seeds trial 3 came first.", "Trial 3, taken on fresh seeds:"),
        (7, "Of 2 finalists on fresh seeds it stayed the first.", "Trial 7, first in the search and on"),
    ],
)
def test_headline_and_findings_follow_confirm(make, winner, told, named):
    frames = make(9, only="complete")
    frames = with_trials(frames, value=[0.98 if number == 7 else 0.97 for number in range(9)])
    race = tuple(
        Finalist(number, value, 0.96, 0.95, 0.97, luck=0.01, n_seeds=2, standing="unbeaten")
        for number, value in ((7, 0.98), (3, 0.97))
    )
    confirmed = Confirmation(2, race, winner=winner, n_trials=9)
    frames = replace(frames, confirmation=finalists_frame(confirmed))
    first = first_screen(frames)
    assert first.winner.startswith(named)
    rate = frames.trials.loc[winner, "params.learning_rate"]
    assert tomllib.loads(first.toml)["learning_rate"] == rate
    assert told in beyond_first(frames, NOTHING)
    assert f"Best parameters (trial {winner})" in notebook_paragraph(frames)
    assert f"\n\nParameters of trial {winner}: learning\\_rate = {rate:.4g}, " in markdown_summary(frames)


@pytest.mark.parametrize(("number", "who"), [(7, "It"), (3, "Trial 3")])
def test_a_lone_finalist_is_not_said_to_have_come_first(make, number, who):
    frames = with_trials(make(9, only="complete"), value=[0.98 if n == 7 else 0.97 for n in range(9)])
    race = (Finalist(number, 0.97, 0.96, 0.95, 0.97, luck=0.01, n_seeds=2, standing="unbeaten"),)
    confirmed = finalists_frame(Confirmation(2, race, winner=number, n_trials=9))
    told = beyond_first(replace(frames, confirmation=confirmed), NOTHING)
    assert f"{who} was the only finalist on fresh seeds." in told


@pytest.mark.parametrize(
    ("value", "shown"), [(0.99996, "0.99996"), (0.9997, "0.9997"), (1.0, "1"), (None, ""), (12, "12")]
)
def test_a_table_shows_no_accuracy_below_1_as_1(value, shown):
    assert cell(value) == shown


def test_a_paragraph_names_no_parameter_that_the_winner_lacks(make):
    frames = make(1, only="complete")
    for absent in (None, float("nan")):
        without = with_trials(frames, **{"params.momentum": pd.Series([absent], dtype=object)})
        assert "momentum =" not in notebook_paragraph(without)


@pytest.mark.parametrize(("only", "counted"), [("complete", "all:"), ("failed", "all but the failed ones:")])
def test_a_table_of_choices_says_whom_it_counts(make, only, counted):
    frames = make(9, only="complete")
    frames = with_trials(frames, state=["complete"] * 8 + [only])
    notes = [one.data_note for one in one_at_a_time(frames, NOTHING) if one.name.startswith("choices")]
    assert notes
    assert all(note.startswith(f"The table counts {counted}") for note in notes)


def test_importances_have_no_negative_zero(make):
    found = pd.DataFrame(
        {"parameter": ["reg"], "importance": [-0.0001], "low": [-0.0004], "high": [0.0], "matters": [False]}
    ).assign(first=0.0)
    shown = next(one_at_a_time(make(1), found))
    assert [*shown.data.loc[0, ["importance", "low", "high"]]] == ["0.0 %"] * 3
    assert "reg 0 %" in shown.alt


def test_a_rule_that_ended_the_search_is_named(make):
    frames = replace(make(9, only="complete"), ended_by="epochs = 100: the trials have 135 together")
    assert beyond_first(frames, NOTHING)[0] == (
        "9 of 100 trials finished: 9 complete. Its [stop] ended the search: epochs = 100: the trials have"
        " 135 together."
    )
    assert advice(frames).sentence.startswith("Stop here, as [stop] says (epochs = 100: ")


def test_parameters_stand_in_the_order_of_what_mattered_and_pairs_are_those_that_matter(make):
    frames = make(3)
    by_name = {parameter.name: parameter for parameter in frames.parameters}
    found = importances_of(("normalization", True, 0.5), ("update_rule", True, 0.3), ("dropout", False, 0.2))
    names = [parameter.name for parameter in in_order(frames.parameters, found)]
    assert names[:4] == ["normalization", "update_rule", "dropout", "learning_rate"]
    pairs = [(x.name, y.name) for x, y in mapped_pairs(frames.parameters, found)]
    assert pairs == [("normalization", "dropout"), ("update_rule", "dropout")]  # not both of choices
    unknown = found.assign(matters=False)
    assert in_order(frames.parameters, unknown) == list(frames.parameters)
    usual = [(by_name["learning_rate"], by_name[name]) for name in ("reg", "weight_scale")]
    assert mapped_pairs(frames.parameters, unknown) == usual


def test_contents_follow_the_page(make):
    with house_style():
        frames = make(12, only="complete")
        sections = gallery(frames, NOTHING)
    page = render(frames, Shown(sections, defaultdict(str), {}, NOTHING))
    anchors = re.findall('<li><a href="#([^"]+)"', page)
    headings = [name for name in re.findall('<h2 id="([^"]+)"', page) if name != "large-title"]
    assert anchors == headings
    assert headings.index("found") < headings.index("training") < headings.index("works")
    assert headings.index("pairs") < headings.index("trials") < headings.index("search")


def importances_of(*rows):
    """Returns importances: (parameter, whether it matters, how often it is first)."""
    names, matters, first = zip(*rows, strict=True)
    rest = {"importance": 0.3, "low": 0.2, "high": 0.4}
    return pd.DataFrame({"parameter": names, "matters": matters, "first": first} | rest)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("reg", False, 0.6)], "3 trials cannot tell which parameters mattered."),
        ([("reg", True, 0.6), ("lr", False, 0.4)], "As far as 3 trials can tell, reg mattered."),
        (
            [("reg", True, 0.6), ("lr", True, 0.4)],
            "As far as 3 trials can tell, reg and lr mattered; which of them the most is open.",
        ),
        (
            [("reg", True, 0.98), ("lr", True, 0.02)],
            "As far as 3 trials can tell, reg and lr mattered; reg the most.",
        ),
    ],
)
def test_verdict_ranks_only_what_is_stable(make, rows, sentence):
    assert sentence in verdict(make(3), importances_of(*rows))


@pytest.mark.parametrize(("n", "were"), [(1, "1 of the trials was"), (2, "2 of the trials were")])
def test_verdict_says_that_what_matters_to_pruned_trials_may_be_how_fast_they_get_on(make, n, were):
    frames = make(3, only="complete")
    early = frames.trials.assign(state=["complete"] * (3 - n) + ["pruned"] * n)
    sentence = (
        f"{were} pruned: what mattered may decide how fast a trial gets on, and not where it would end."
    )
    assert sentence in verdict(replace(frames, trials=early), importances_of(("reg", True, 0.6)))
    assert "pruned: what" not in " ".join(verdict(frames, importances_of(("reg", True, 0.6))))
    assert "pruned: what" not in " ".join(
        verdict(replace(frames, trials=early), importances_of(("reg", False, 0.6)))
    )


def test_verdict_of_more_trials_than_planned_says_so(make):
    frames = make(3, only="complete")
    planned = replace(frames, study=replace(frames.study, trials=2))
    assert verdict(planned, NOTHING)[0] == "3 trials finished, more than the 2 planned: 3 complete."


def test_verdict_says_which_samplers_auto_picked(make):
    frames = replace(make(40), picked={"gp": 40})
    assert "The sampler auto left all to gp." in beyond_first(frames, NOTHING)[0]
    frames = replace(frames, picked={"gp": 30, "tpe": 10})
    assert "The sampler auto left 30 to gp and 10 to tpe." in beyond_first(frames, NOTHING)[0]
    assert "The sampler auto" not in beyond_first(make(40), NOTHING)[0]


def test_verdict_does_not_call_begun_trials_running(make):
    assert verdict(make(0, running=6), NOTHING) == ["None of 100 trials is recorded yet; 6 have begun."]


def test_comparison_counts_at_equal_budget(make):
    long = with_trials(
        make(4, name="long", only="complete", n_epochs=14), epochs=10, value=[0.5, 0.6, 0.7, 0.99]
    )
    short = with_trials(make(2, name="short", only="complete"), epochs=10, value=[0.5, 0.8])
    table = compared([long, short]).set_index("study")
    assert table.loc["long", ["best", "at_equal_budget"]].tolist() == [0.99, 0.6]
    assert table.loc["short", "at_equal_budget"] == 0.8
    told = sentences([long, short])
    assert told[0].startswith("Every study has spent at least 20 epochs")
    assert told[1].startswith("By then short is ahead")
    assert told[2].startswith("The difference is 20.0 points (95 % interval +")
    assert told[2].endswith(": more than noise.")
    assert told[3].startswith("That is a difference of these two winners")
    assert told[4].startswith("The luck of being chosen is still in it")
    assert told[5].startswith("They cannot be compared image by image")


def test_comparison_counts_trials_as_status_does(make):
    asha, other = replace(make(3, name="asha"), went_on_with={2: (0, 1)}), make(3, name="other")
    assert compared([asha, other])["trials"].tolist() == [asha.n_recorded, 3] == [5, 3]


def test_comparison_takes_the_luck_of_being_chosen_off_where_hits_tell_it(make):
    old, new = (make(3, name=name, only="complete") for name in ("old", "new"))
    new.__dict__["corrected"] = Winner(7, 0.98, 0.969, Interval(0.951, 0.981), 0.011)
    table = compared([old, new]).set_index("study")[["corrected", "low", "high"]]
    assert table.loc["new"].tolist() == [0.969, 0.951, 0.981]
    assert table.loc["old"].isna().all()


def test_comparison_says_where_the_luck_of_pruning_is_still_in_it(make):
    pair = [make(3, name=f"{n} epochs", only="complete", n_epochs=n) for n in (15, 14)]
    said = "Pruning chose by validation images too: the luck that this brought is still in it."
    for of_pruning in (0.004, None):
        known = Winner(7, 0.98, 0.969, Interval(0.951, 0.981), 0.011, of_pruning=of_pruning)
        for frames in pair:
            frames.__dict__["corrected"] = known
            frames.__dict__["corrected_among"] = lambda _, known=known: known
        assert (said in sentences(pair)) == (of_pruning is None)


def test_close_studies_are_within_noise(make):
    pair = [
        with_trials(make(3, name=name, only="complete", n_epochs=n_epochs), value=value)
        for name, n_epochs, value in (("a", 15, 0.98), ("b", 14, 0.978))
    ]
    assert sentences(pair)[2].endswith(": within noise.")


def judged_by_image(make, *wrong, images="same"):
    """Returns studies of one complete trial each, which errs on these of 500 images and was not chosen."""
    studies = []
    for place, errors in enumerate(wrong):
        hits = np.ones((1, 500), bool)
        hits[0, list(errors)] = False
        value = float(hits.mean())
        made = make(
            1, only="complete", n_epochs=9 + place, name=f"s{place}", hits=hits, train_val_hash=images
        )
        frames = with_trials(made, value=[value], epochs=[9])
        frames.__dict__["corrected"] = Winner(0, value, value, Interval(0.0, 1.0), 0.0)
        studies.append(frames)
    return studies


def plain(told):
    return [sentence.replace("\u00a0", " ") for sentence in told]


def test_two_nets_are_compared_on_the_images_that_one_of_them_got_right(make):
    wrong = range(40), range(35, 90)
    told = plain(sentences(judged_by_image(make, *wrong)))
    assert told[1] == (
        "By then s0 is ahead with 92.0 %, before s1 with 89.0 %, without the luck of being chosen"
        " (with it 92.0 % and 89.0 %)."
    )
    _, low, high = difference_interval(*(np.isin(np.arange(500), errors, invert=True) for errors in wrong))
    assert told[2] == (
        f"The difference is 3.0 points (95 % interval {100 * low:+.1f} to {100 * high:+.1f}): within noise."
    )
    assert told[3] == "Of 500 validation images only s0's winner is right on 50, only s1's on 35."
    needed = images_needed(85 / 500, 0.005)
    assert 53_000 < needed <= 54_000
    assert told[4] == (
        "To see half a point between two such nets, four times in five, about 54000 images are needed."
    )


@pytest.mark.parametrize(("needed", "is_told"), [(500, False), (501, True)])
def test_images_are_asked_for_only_where_there_are_too_few(make, monkeypatch, needed, is_told):
    monkeypatch.setattr("hpsearch.report.standings.images_needed", lambda *_: needed)
    told = sentences(judged_by_image(make, range(40), range(35, 90)))
    assert any("are needed" in sentence for sentence in told) == is_told


def test_functions_that_bring_their_own_data_are_compared_on_examples_that_only_their_users_know(make):
    """These were called images, and two functions whose data nobody knows compared as if it were the same."""
    same = judged_by_image(make, range(40), range(35, 90))
    data = replace(same[0].study.data, source="own")
    one, other = (
        replace(frames, study=replace(frames.study, data=data, net_kind=kind))
        for frames, kind in zip(same, ("train:one", "train:other"), strict=True)
    )
    for frames, before in zip((one, other), same, strict=True):
        frames.__dict__["corrected"] = before.corrected
    told = plain(sentences([one, other]))
    assert told[3] == "Of 500 validation examples only s0's winner is right on 50, only s1's on 35."
    assert told[4].endswith("about 54000 examples are needed.")
    assert told[5].endswith("this holds only if both validate on the same examples, in the same order.")
    again = replace(other, study=replace(other.study, net_kind="train:one"))
    again.__dict__["corrected"] = other.corrected
    assert len(sentences([one, again])) == 5


def test_many_errors_in_common_make_a_small_difference_more_than_noise(make):
    same, other = (
        plain(sentences(judged_by_image(make, range(40), range(52), images=images)))
        for images in ("same", "")
    )
    assert same[2].endswith(": more than noise.")
    assert same[3].startswith("That is a difference of these two winners")
    assert len(same) == 5
    assert other[2].endswith(": within noise.")
    assert other[3].startswith("They cannot be compared image by image")


def test_studies_that_learn_other_things_are_not_compared(make):
    digits, letters = judged_by_image(make, range(10), range(5, 15))
    told = sentences([digits, replace(letters, class_names=("a", "b"))])
    assert told[-1].startswith("They learn different things")


def test_studies_on_level_are_said_to_be(make):
    told = plain(sentences(judged_by_image(make, range(10), range(5, 15))))
    assert told[1].startswith("By then s0 and s1 are level with 98.0 %, without the luck of being chosen")


@pytest.mark.parametrize(
    ("more", "said"),
    [(4e-4, "s1 is ahead with 98.04 %, before s0 with 98.00 %"), (2e-16, "s1 and s0 are level with 98.0 %")],
)
def test_who_is_ahead_has_another_accuracy(make, more, said):
    """A difference of less than a tenth of a point was one between two equal numbers."""
    level, ahead = judged_by_image(make, range(10), range(5, 15))
    ahead.__dict__["corrected"] = Winner(0, 0.98, 0.98 + more, Interval(0.0, 1.0), -more)
    assert plain(sentences([level, ahead]))[1].startswith(f"By then {said}, without")


def test_seeds_of_a_study_count_with_their_mean(make):
    lucky, unlucky, other = judged_by_image(make, range(10), range(60), range(30))
    seeded = with_seed(replace(unlucky, study=replace(unlucky.study, table=lucky.study.table)), 1)
    seeded.__dict__["corrected"] = unlucky.corrected
    told = plain(sentences([lucky, seeded, other]))
    assert told[1] == (
        "By then s2 is ahead with 94.0 %, before s0 (2 seeds) with 93.0 % on average, without the luck of"
        " being chosen (with it 94.0 % and 93.0 %)."
    )
    assert told[2].endswith(": within noise.")


@pytest.mark.parametrize("best", [0.89, 0.9])
def test_axes_that_are_logarithmic_in_the_error_are_told(make, tmp_path, best):
    frames = [
        with_trials(make(9, name=name, only="complete"), train_accuracy=0.3, value=0.5) for name in "ab"
    ]
    frames[0].trials.loc[3, "value"] = best
    frames[0].curves.loc[:, "val_accuracy"] = 0.4
    [training] = [one for one in gallery(frames[0], NOTHING) if one.name == "training"]
    page = write_compare(frames, tmp_path / "both.html").read_text().replace("\u00a0", " ")
    assert (STRETCHED in training.note, STRETCHED in page) == (best >= 0.9, best >= 0.9)
    scales = {axes.get_yscale() for one in training.exhibits for axes in one.draw().axes}
    assert ("function" in scales) == (best >= 0.9)


def test_study_without_a_complete_trial_can_be_compared(make, tmp_path):
    studies = [
        make(5, name="fine", only="complete"),
        make(5, name="poor", only="failed"),
        make(0, name="empty"),
    ]
    page = write_compare(studies, tmp_path / "deep" / "index.html").read_text()
    assert "there is nothing to compare" in page


def test_seeds_of_one_study_are_one_group(make):
    same = [with_seed(make(5, name=f"s{seed}"), seed) for seed in range(3)]
    other = make(5, name="other", n_epochs=9)
    groups = seed_groups([*same, other])
    assert {label: len(runs) for label, runs in groups.items()} == {"s0 (3 seeds)": 3, "other": 1}


def test_a_study_without_any_epoch_is_named_and_has_no_equal_budget(make):
    fine, empty, begun = (make(n, name=name, only="complete") for n, name in ((5, "a"), (0, "b"), (0, "c")))
    assert sentences([fine, empty]) == ["b has trained no epoch yet, so there is nothing to compare."]
    assert sentences([begun, fine, empty])[0].startswith("c and b have trained no epoch yet, ")


def test_a_study_that_found_nothing_with_one_of_its_seeds_is_not_judged_by_the_others(make):
    lucky, failed = make(5, name="s0", only="complete"), make(5, name="s1", only="pruned")
    other = make(5, name="other", n_epochs=9, only="complete")
    told = sentences([lucky, with_seed(failed, 1), other])
    assert told[-1] == (
        "Fewer than two have a complete trial in every seed by then, so there is nothing to compare."
    )


def test_two_records_of_one_seed_are_no_two_seeds(make):
    """A copy with fewer trials brings nothing new: it made the interval too narrow, and was called a seed."""
    short, long, other = make(5, name="short"), make(9, name="long"), make(5, name="other", n_epochs=9)
    groups = seed_groups([short, long, with_seed(make(5, name="s1"), 1), other])
    assert {label: [len(one.trials) for one in runs] for label, runs in groups.items()} == {
        "short (2 seeds)": [9, 5],
        "other": [5],
    }
    assert list(seed_groups([short, long, other])) == ["short", "other"]
    told = sentences([short, long, other])
    assert not any("seeds)" in sentence or "on average" in sentence for sentence in told)


def test_studies_of_one_name_are_told_apart_by_their_folders(make):
    here, other = make(5, name="one"), make(5, name="other")
    there = replace(here, folder=here.folder.parent / "elsewhere" / "one")
    above = here.folder.parent.name
    assert labels([here, there, other]) == [f"{above}/one", "elsewhere/one", "other"]
    assert labels([here, other]) == ["one", "other"]
    relative = replace(here, folder=here.folder / ".." / "one")
    assert labels([here, relative]) == ["one", "one"]


def test_comparison_of_functions_speaks_of_examples(make):
    studies = [make(4, name=name, n_epochs=n, only="complete") for name, n in (("one", 14), ("two", 15))]
    own = replace(studies[0].study.data, source=OWN_DATA)
    of_functions = [replace(one, study=replace(one.study, data=own)) for one in studies]
    assert "image by image" in " ".join(sentences(studies))
    assert "example by example (different validation examples," in " ".join(sentences(of_functions))
    assert "image" not in " ".join(sentences(of_functions))


def test_comparison_is_one_offline_page_with_the_same_bytes(make, tmp_path):
    studies = [make(8, name="a"), make(8, name="b", seed=1)]
    path = write_compare(studies, tmp_path / "compare.html")
    first = path.read_bytes()
    assert write_compare(studies, path).read_bytes() == first
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', path.read_text()) == []


def test_markdown_has_verdict_best_trials_and_advice(make):
    text = markdown_summary(make(60))
    assert text.startswith("## convnet\n")
    assert "Trial " in text
    assert "| number | value |" in text
    assert "```sh\nhpsearch run --study " in text
    assert text.count("--out") == text.count("hpsearch run") == 1


def test_a_parameter_that_is_called_as_a_column_is_told_from_it(make):
    frames = make(3, only="complete", space=(Parameter("epochs", "int", 1, 9),))
    assert "| epochs | best\\_epoch | train\\_accuracy | params.epochs |" in markdown_summary(frames)
    page = render(frames, Shown((), {}, {}, NOTHING))
    assert re.findall(r'<th scope="col">([a-z.]*epochs)</th>', page) == ["epochs", "params.epochs"]


def test_markdown_of_an_empty_study_says_so(make):
    assert "None of 100 trials is recorded yet" in markdown_summary(make(0))


def test_markdown_cannot_be_broken_by_a_title(hostile):
    text = markdown_summary(hostile)
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_escaped_text_begins_no_link_and_no_formula():
    assert escape("it is [x](http://y) (95 % interval)") == r"it is \[x\](http://y) (95 % interval)"


def test_escaped_text_stays_on_its_line():
    assert escape("a|b\n# *c* <d> `e`") == r"a\|b \# \*c\* &lt;d&gt; \`e\`"


def test_json_cannot_end_its_script():
    assert "<" not in as_json({"</script>": "<!--"})


def test_finalists_are_ranked_by_their_mean():
    rows = {"number": [3, 5], "searched": [0.99, 0.98], "mean": [0.96, 0.97], "low": 0.95, "high": 0.98}
    race = {"taken": [True, False], "standing": "unbeaten"}
    rows["searched"][0], rows["mean"][0] = 0.98649, 0.95951  # 98.6 % and 96.0 %, and not 2.7 points
    frame = pd.DataFrame({**rows, "luck": [0.02698, 0.01], "n_seeds": 5, **race, "images": "validation"})
    table = finalists(frame)
    assert table["trial"].tolist() == [5, 3]
    assert table["lost since the search"].tolist() == ["+1.0 points", "+2.6 points"]
    assert table["race"].tolist() == ["not beaten", "taken"]
    aside = finalists(frame.assign(images="estimate"))
    assert aside["race, on validation images"].tolist() == ["not beaten", "taken"]


def test_the_finalists_that_confirm_wrote_are_on_the_page(make):
    confirmation = Confirmation(2, (Finalist(3, 0.99, 0.96, 0.95, 0.97, luck=0.03),))
    frames = replace(make(3), confirmation=finalists_frame(confirmation))
    page = render(frames, Shown((), {}, {}, NOTHING))
    assert "+3.0 points" in page
    assert "may still be a little too high" in page


@pytest.mark.parametrize("unlearned", [0, 1])
def test_page_and_paragraph_say_that_a_net_did_not_learn(make, unlearned):
    frames = make(9, only="complete")
    searched = frames.trials.set_index("number")["value"]
    race = tuple(
        Finalist(number, searched[number], 0.96, 0.95, 0.97, luck=0.01, n_seeds=5, unlearned=failed)
        for number, failed in ((3, unlearned), (7, 0))
    )
    frames = replace(frames, confirmation=finalists_frame(Confirmation(5, race, winner=7, n_trials=9)))
    told = "1 of 10 nets did not learn (1 of trial 3). All 5 of trial 7 did"
    for text in (render(frames, Shown((), {}, {}, NOTHING)), notebook_paragraph(frames)):
        assert (told in text) == (unlearned == 1)


def test_means_on_images_that_chose_nothing_are_not_called_too_high(make):
    finalist = Finalist(3, 0.99, 0.96, 0.95, 0.97, luck=0.03, n_seeds=2, standing="unbeaten")
    confirmation = Confirmation(2, (finalist,), winner=3, images="estimate", n_images=300, ended_by="seeds")
    page = render(replace(make(3), confirmation=finalists_frame(confirmation)), Shown((), {}, {}, NOTHING))
    assert "on 300 images that chose nothing" in page
    assert "too high" not in page[page.index('id="confirmed"') : page.index('id="test"')]


def test_a_study_of_one_trial_is_told_in_the_singular(make):
    frames = with_trials(make(1, only="complete"), epochs=1, worker="host:1")
    with house_style():
        sections = gallery(frames, NOTHING)
    page = render(frames, Shown(sections, defaultdict(str), {}, NOTHING))
    assert "the last of 1 trial ended" in page
    assert '<figcaption dir="auto">The only complete trial in colour.\n' in page
    assert not re.search(r"\b1 (trials|epochs|workers|images|errors)\b", page)


def test_an_empty_choice_can_be_seen_wherever_choices_are_named(make):
    """A blank label, "87 % with , 77 % with fine" and an empty cell said nothing, or that there was none."""
    space = (Parameter("rate", "float", 0.1, 1.0), Parameter("mode", "choice", choices=("", "fine")))
    frames = make(30, space=space)
    [mode] = [one for one in parameter_bars(frames, frames.importances) if one.name == "mode"]
    assert [label for label, *_ in mode.choices] == ['""', "fine"]
    table = trials_table(frames.trials)
    place = list(table.columns).index("params.mode")
    assert {row[place] for row in shown_rows(table)} == {'""', "fine"}
    assert {cell for part in best_for_print(table) for cell in part.iloc[-1, 1:]} <= {'""', "fine"}
    assert '| "" |' in markdown_summary(frames)
    assert 'mode ("", fine)' in notebook_paragraph(frames)
    with house_style():
        [figure] = [one.draw() for one in one_at_a_time(frames, frames.importances) if one.title == "mode"]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ['""', "fine"]
    assert params_in_words({"mode": "", "other": "fine"}) == 'mode ""   fine'
    assert Part("mode", "is", "").in_words() == 'mode ""'


def test_a_training_function_has_a_best_trial_and_no_best_net(make):
    frames = make(6, only="complete")
    assert "The best net" in [section.title for section in gallery(frames, frames.importances)]
    function = replace(frames.study, training={**frames.study.training, KEY: "mine:train"})
    titles = [one.title for one in gallery(replace(frames, study=function), frames.importances)]
    assert "The best trial" in titles
    assert "The best net" not in titles
