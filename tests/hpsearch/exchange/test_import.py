"""Any study of Optuna's gives a page, whose numbers are Optuna's own and whose sentences are true."""

import hashlib
import html
import math
import re
import sys
from contextlib import ExitStack
from pathlib import Path

import optuna
import pytest
from click.testing import CliRunner
from made_up_studies import add, searched, trial
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial

from hpsearch.cli import cli
from hpsearch.disk.folder import StudyFolder, find_folder
from hpsearch.errors import CallError
from hpsearch.exchange.imported_exhibits import sections
from hpsearch.exchange.imported_figures import DECADES
from hpsearch.exchange.imported_page import write_imported
from hpsearch.exchange.imported_values import (
    are_compared_by_reports,
    drawn,
    importances_of,
    reports_are_values,
)
from hpsearch.exchange.imported_words import ONE_VALUE, told
from hpsearch.exchange.optuna_import import folder_name, read_optuna
from hpsearch.report.style import house_style
from hpsearch.report.svg import picture
from hpsearch.results.importance import leader, mattered

NAN, INF = math.nan, math.inf
OURS_ALONE = re.compile(
    r"accurac|epoch|image|test split|fresh seed|hpsearch (?!import-optuna)|confirm|[Nn]oise|net\b"
)
"""Words of a search of ours that are false, or say nothing, of somebody else's study."""


@pytest.fixture
def journal(tmp_path):
    """A journal file, and its storage as Optuna itself writes it."""
    path = tmp_path / "theirs.log"
    return str(path), JournalStorage(JournalFileBackend(str(path)))


def imported(journal, trials, direction="minimize"):
    address, storage = journal
    name = f"study-{len(storage.get_all_studies())}"
    add(storage, name, trials, direction)
    return read_optuna(address, name)


def sentences(study):
    return told(study, importances_of(study))


def text_of(page):
    """Returns what a page says, without its style, its scripts and its figures' code."""
    bare = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page.read_text("utf-8"), flags=re.DOTALL)
    alts = " ".join(re.findall(r'aria-label="([^"]*)"', page.read_text("utf-8")))
    return html.unescape(re.sub(r"<[^>]*>", " ", bare) + alts)


ALL_STATES = [
    trial(3.0, rate=0.01, width=2),
    trial(1.5, rate=0.001, width=3),
    trial(None, TrialState.PRUNED, reports=[1.0, 0.9], rate=0.002, width=4),
    trial(None, TrialState.FAIL, rate=0.003, width=5),
    trial(None, TrialState.RUNNING, rate=0.004),
    trial(None, TrialState.WAITING),
    trial(1.5, rate=0.005, width=1),
]


@pytest.mark.parametrize(("direction", "best"), [("minimize", 1), ("maximize", 0)])
def test_every_state_is_read_and_the_best_is_that_of_optuna(journal, direction, best):
    found = imported(journal, ALL_STATES, direction)
    assert found.trials["state"].tolist() == [
        "complete", "complete", "pruned", "failed", "running", "waiting", "complete",
    ]  # fmt: skip
    assert found.best == best
    assert optuna.load_study(study_name="study-0", storage=journal[1]).best_trial.number == best
    assert found.trials["value"].isna().tolist() == [False, False, True, True, True, True, False]
    assert found.trials["last_report"][2] == 0.9
    assert found.best_params == ALL_STATES[best].params


def test_a_minimum_is_told_as_it_is_with_what_has_the_same_value(journal):
    said = sentences(imported(journal, ALL_STATES))
    assert said[0] == "7 trials: 3 complete, 1 pruned, 1 failed, 1 running, 1 waiting."
    assert said[1] == "Trial 1 has the lowest objective value, 1.5."
    assert said[2] == "Trial 6 has the same value."
    assert said[3] == ONE_VALUE
    assert said[4] == "3 later trials ended without taking its place."


def test_a_maximum_is_told_as_the_highest(journal):
    said = sentences(imported(journal, [trial(-1.0, rate=0.1), trial(-2.5, rate=0.01)], "maximize"))
    assert said[1:3] == [
        "Trial 0 has the highest objective value, -1.",
        "The second best is trial 1 with -2.5.",
    ]


def test_values_that_differ_late_are_told_apart(journal):
    """Both were 1234.6, and one of them was the lowest."""
    said = sentences(imported(journal, [trial(1234.5678, rate=0.1), trial(1234.5679, rate=0.01)]))
    assert said[1:3] == [
        "Trial 0 has the lowest objective value, 1234.5678.",
        "The second best is trial 1 with 1234.5679.",
    ]


@pytest.mark.parametrize("values", [[1e8, 5e8], [2.3025, 2.3025001]])
def test_what_is_taken_off_an_axis_does_not_stand_on_the_legend(journal, values):
    found = imported(journal, [trial(value, rate=0.1 / (place + 1)) for place, value in enumerate(values)])
    exhibits = {one.name: one for part in sections(found, importances_of(found)) for one in part.exhibits}
    with house_style():
        figure = exhibits["history"].draw()
        figure.draw_without_rendering()
        taken_off = figure.axes[0].yaxis.get_offset_text()
        [legend] = figure.legends
        assert taken_off.get_text()
        assert not taken_off.get_window_extent().overlaps(legend.get_window_extent())


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_the_objective_has_the_name_that_the_study_gives_it(journal):
    study = add(journal[1], "named", [trial(2.0, rate=0.1)])
    study.set_metric_names(["loss"])
    found = read_optuna(journal[0])
    assert sentences(found)[1:] == [
        "Trial 0 has the lowest loss, 2.",
        "No other trial can be compared with it.",
        "The trials that ended took 2.0 s, added up.",
    ]


NONE = "The study looks for the lowest objective value. "
LACKING = {
    "no trial": ([], ["The study has no trial yet."]),
    "failed ones": (
        [trial(None, TrialState.FAIL, rate=0.1)] * 3,
        ["3 trials: 3 failed.", f"{NONE}No trial is complete, so none is the best."],
    ),
    "a running one": ([trial(None, TrialState.RUNNING)], ["1 trial: 1 running.", f"{NONE}No trial is"]),
    "none that may": (
        [trial(1.0, constraint=1.0), trial(2.0, constraint=0.5)],
        ["2 trials: 2 complete.", f"{NONE}No complete trial keeps all constraints, so none is the best."],
    ),
    "one that may": (
        [trial(1.0, constraint=1.0), trial(2.0, constraint=-0.5)],
        [
            "2 trials",
            "Trial 1 has the lowest objective value, 2, among those that keep all constraints (1 of 2",
        ],
    ),
}


@pytest.mark.parametrize(("trials", "said"), LACKING.values(), ids=LACKING)
def test_what_there_is_not_is_said(journal, trials, said):
    for sentence, begin in zip(sentences(imported(journal, trials)), said, strict=False):
        assert sentence.startswith(begin)


def test_constraints_decide_as_they_do_for_optuna(journal):
    found = imported(
        journal, [trial(1.0, constraint=1.0), trial(3.0, constraint=0.0), trial(2.0, constraint=-1.0)]
    )
    assert found.best == optuna.load_study(study_name="study-0", storage=journal[1]).best_trial.number == 2
    assert found.trials["feasible"].tolist() == [False, True, True]


def test_infinite_values_are_compared_and_not_drawn(journal):
    found = imported(journal, [trial(INF, rate=0.1), trial(2.0, rate=0.01), trial(-INF, rate=0.001)])
    assert found.best == 2
    assert sentences(found)[1] == "Trial 2 has the lowest objective value, -inf."
    assert drawn(found)["number"].tolist() == [1]


@pytest.mark.slow
def test_extremes_of_all_kinds_are_drawn_without_a_warning(journal):
    one = {"x": FloatDistribution(0.1, 0.1), "y": FloatDistribution(0.1, 0.1, log=True)}
    one |= {"n": IntDistribution(3, 3), "value": CategoricalDistribution(["\u00e9\n$x$" * 20])}
    params = {"x": 0.1, "y": 0.1, "n": 3, "value": "\u00e9\n$x$" * 20}
    values = [0.0, -1.0, 1e99, sys.float_info.max, -sys.float_info.max, 1e-300]
    trials = [create_trial(value=value, params=params, distributions=one) for value in values]
    found = imported(journal, trials)
    for part in sections(found, importances_of(found)):
        for exhibit in part.exhibits:
            with house_style():
                assert picture(exhibit.draw())
    assert found.best == 4
    assert drawn(found)["number"].tolist() == [0, 1, 2, 5]


def test_a_report_of_nan_is_read_and_left_out_of_figures(journal):
    found = imported(journal, [trial(1.0, reports=[3.0, NAN, 1.0], rate=0.1)])
    assert found.reports["value"].isna().sum() == 1
    assert [part.name for part in sections(found, importances_of(found))][:2] == ["search", "reports"]


def test_choices_that_print_alike_are_kept_apart(journal):
    given = ["adam", None, 2, True, "2"]
    found = imported(journal, [trial(1.0, rule=choice) for choice in given])
    assert found.trials["params.rule"].tolist() == ["adam", "None", "2", "True", "'2'"]
    assert found.parameters[0].choices == ("adam", "sgd", "None", "2", "True", "'2'")


def test_ranges_of_all_trials_together_and_absent_parameters(journal):
    trials = [
        create_trial(
            value=1.0,
            params={"x": 2.0, "n": 4},
            distributions={"x": FloatDistribution(1.0, 3.0), "n": IntDistribution(2, 8, step=2)},
        ),
        create_trial(value=2.0, params={"x": 9.0}, distributions={"x": FloatDistribution(0.5, 10.0)}),
    ]
    found = imported(journal, trials)
    x, n = found.parameters
    assert (x.kind, x.low, x.high, x.log, x.step) == ("float", 0.5, 10.0, False, None)
    assert (n.kind, n.low, n.high, n.step) == ("int", 2, 8, 2)
    assert found.trials["params.n"].isna().tolist() == [False, True]


@pytest.mark.parametrize("order", [1, -1])
def test_ranges_of_several_scales_and_steps_are_linear_and_without_a_step(journal, order):
    drawn_from = [
        {"x": FloatDistribution(1e-3, 1.0, log=True), "n": IntDistribution(2, 8, step=2)},
        {"x": FloatDistribution(0.0, 2.0), "n": IntDistribution(2, 8, step=3)},
    ]
    trials = [
        create_trial(value=1.0, params={"x": 0.5, "n": 2}, distributions=ranges)
        for ranges in drawn_from[::order]
    ]
    x, n = imported(journal, trials).parameters
    assert (x.low, x.high, x.log, n.step) == (0.0, 2.0, False, None)


CHOICES = CategoricalDistribution
UNLIKE = {
    "fewer choices later": ([("c", CHOICES(["a", "b", "c"])), ("a", CHOICES(["a", "b"]))], ("a", "b", "c")),
    "more choices later": ([("b", CHOICES(["a", "b"])), ("c", CHOICES(["a", "b", "c"]))], ("a", "b", "c")),
    "choices, then a range": (
        [("a", CHOICES(["a", "b"])), (0.5, FloatDistribution(0, 1))],
        ("a", "b", "0.5"),
    ),
    "a range, then choices": ([(3, IntDistribution(1, 5)), ("a", CHOICES(["a", "b"]))], ("3", "a", "b")),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_choices_that_changed_on_the_way_are_those_of_all_trials(journal, tmp_path, name):
    drawn_values, listed = UNLIKE[name]
    trials = [
        create_trial(value=float(turn), params={"how": value}, distributions={"how": drawn_from})
        for turn in range(6)
        for value, drawn_from in drawn_values
    ]
    found = imported(journal, trials)
    assert found.parameters[0].choices == listed
    assert found.trials["params.how"].isin(listed).all()
    assert write_imported(found, StudyFolder(tmp_path / "page"))


@pytest.mark.parametrize(
    ("values", "line", "n_hidden", "best"),
    [
        ([1.0, -1e300, 2.0], "best complete trial shown", "1 trial", ", the best of all"),
        ([1.0, 1e300, 2.0], "best complete trial shown", "1 trial", ""),
        ([1.0, -1e300, INF], "best complete trial shown", "2 trials", ", the best of all among them"),
        ([1.0, None, 2.0], "best complete trial", "1 trial", ""),
    ],
)
def test_a_figure_without_the_best_trial_says_so(journal, values, line, n_hidden, best):
    states = [TrialState.FAIL if value is None else TrialState.COMPLETE for value in values]
    found = imported(journal, [trial(*one, rate=0.1) for one in zip(values, states, strict=True)])
    first = sections(found, importances_of(found))[0].exhibits[0]
    said = f"Not shown: {n_hidden} without a value that can be drawn{best}."
    assert first.caption == f"The line is the {line} up to then. {said}"


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_what_truly_decides_is_found_although_most_trials_are_pruned(journal, direction):
    found = imported(journal, searched(direction), direction)
    importances = importances_of(found)
    assert set(mattered(importances)) == {"rate", "width"}
    assert leader(importances) == "rate"
    assert (
        "As far as the complete and pruned trials can tell, rate and width mattered; rate the most."
        in told(found, importances)
    )


def test_a_turned_objective_has_the_same_importances(journal):
    low, high = (importances_of(imported(journal, searched(way), way)) for way in ("minimize", "maximize"))
    assert low.equals(high)


def test_trials_that_skipped_a_step_are_not_compared_at_steps(journal):
    """The n-th report of one trial would be taken for the n-th of another, made at another step."""
    trials = [trial(float(i), reports=[3.0, 2.0, float(i)], rate=0.01 * (i + 1)) for i in range(3)]
    assert are_compared_by_reports(imported(journal, trials))
    trials[0].intermediate_values = {0: 3.0, 20: 0.0}
    skipped = imported(journal, trials)
    assert reports_are_values(skipped)
    assert not are_compared_by_reports(skipped)


def test_reports_of_another_kind_are_not_taken_for_the_objective(journal):
    trials = [trial(float(i), reports=[100.0, 200.0 + i], rate=0.01 * (i + 1)) for i in range(3)]
    trials.append(trial(None, TrialState.PRUNED, reports=[100.0], rate=0.05))
    found = imported(journal, trials)
    assert not reports_are_values(found)
    assert drawn(found)["number"].tolist() == [0, 1, 2], "where would the pruned one stand?"
    exhibits = {one.name: one for part in sections(found, importances_of(found)) for one in part.exhibits}
    assert "need not be the objective" in exhibits["reported"].caption
    assert "Not shown: 1 trial without a value that can be drawn." in exhibits["history"].caption


@pytest.mark.parametrize(("first", "is_told"), [(3.0, True), (300.0, False)])
def test_pruned_trials_are_told_of_only_where_they_are_compared(journal, first, is_told):
    importances = importances_of(imported(journal, searched()))
    assert mattered(importances)
    last = 0.0 if is_told else 200.0
    trials = [trial(float(i), reports=[first, last + i], rate=0.01 * (i + 1)) for i in range(3)]
    trials.append(trial(None, TrialState.PRUNED, reports=[first], rate=0.05))
    said = told(imported(journal, trials), importances)
    assert any("1 of the trials was pruned" in sentence for sentence in said) == is_told


def test_values_are_drawn_as_they_are_with_the_star_on_the_lowest(journal):
    found = imported(journal, searched())
    exhibits = {one.name: one for part in sections(found, importances_of(found)) for one in part.exhibits}
    with house_style():
        (axes,) = exhibits["history"].draw().axes
    star = next(drawn for drawn in axes.collections if drawn.get_zorder() == 5)
    best = found.ranked.iloc[0]
    assert star.get_offsets().tolist() == [[best["number"], best["value"]]]
    assert best["value"] == found.trials["value"].min()
    assert axes.get_ylabel() == "objective value"


def test_values_over_many_decades_have_a_logarithmic_axis(journal):
    found = imported(journal, [trial(10.0 ** (DECADES * i), rate=0.01) for i in range(2)])
    exhibits = {one.name: one for part in sections(found, importances_of(found)) for one in part.exhibits}
    with house_style():
        assert exhibits["history"].draw().axes[0].get_yscale() == "log"


def test_the_best_trials_are_printed_too(journal, tmp_path):
    """The table of all trials, as wide as a screen, is not printed: nothing stood below "Trials"."""
    found, folder = imported(journal, searched()), StudyFolder(tmp_path / "page")
    write_imported(found, folder)
    printed = folder.page.read_text("utf-8").split('<div class="printed">')[1:]
    best = found.ranked["number"].head(20)
    assert re.findall(r'col">trial (\d+)<', "".join(printed)) == [str(number) for number in best]


PAGES = {
    "searched": searched(),
    "states": ALL_STATES,
    "empty": [],
    "failed": [trial(None, TrialState.FAIL, rate=0.1)] * 3,
    "constrained": [trial(float(i), constraint=i - 2.0, width=i + 1, rate=0.01) for i in range(6)],
    "infinite": [trial(INF, rate=0.1, rule="sgd"), trial(2.0, rate=0.01, rule=None)],
    "no parameters": [trial(1.0), trial(2.0)],
    "one value": [trial(1.0, rate=0.01, width=1)] * 12,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_nothing_of_what_is_ours_alone(journal, tmp_path, name):
    study = add(journal[1], "<b>theirs</b>", PAGES[name])
    study.set_user_attr("note", "<script>alert(1)</script>")
    found = read_optuna(journal[0])
    folder = StudyFolder(tmp_path / "reports" / folder_name(found.name))
    write_imported(found, folder)
    said = text_of(folder.page)
    assert not OURS_ALONE.search(said), OURS_ALONE.search(said)
    assert "<b>theirs" not in folder.page.read_text("utf-8")
    assert "<script>alert" not in folder.page.read_text("utf-8")
    assert f"hpsearch import-optuna {journal[0]} --study" in said
    assert folder.trials_csv.read_text().startswith("number,state,value,feasible,")
    for sentence in sentences(found):
        assert sentence in said.replace("\u00a0", " ")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request, tmp_path):
    """The address of a database, and its storage as Optuna itself opens it."""
    address = f"sqlite:///{tmp_path}/theirs.db"
    if request.param == "postgres":
        address = request.getfixturevalue("postgres")
    with ExitStack() as stack:
        storage = RDBStorage(address.replace("postgresql:", "postgresql+psycopg:"))
        stack.callback(storage.engine.dispose)
        stack.callback(storage.remove_session)
        yield address, storage


def test_a_database_is_read_as_a_journal_is(database, journal):
    alone_best = trial(1.2, rate=0.05)  # of equal ones PostgreSQL names any
    trials = [*ALL_STATES, alone_best, trial(INF, rate=0.1), trial(2.0, reports=[NAN, 2.0], rule=None)]
    name = f"theirs-{database[0][:6]}"
    add(database[1], name, trials)
    add(journal[1], name, trials)
    one, other = read_optuna(database[0], name), read_optuna(journal[0], name)
    assert one.trials.equals(other.trials)
    assert one.reports.equals(other.reports)
    assert one.parameters == other.parameters
    assert one.best == other.best == optuna.load_study(study_name=name, storage=database[1]).best_trial.number


def test_nothing_is_written_where_a_study_is_read(journal, tmp_path):
    add(journal[1], "theirs", ALL_STATES)
    storage = RDBStorage(f"sqlite:///{tmp_path}/theirs.db")
    add(storage, "theirs", ALL_STATES)
    storage.remove_session()
    storage.engine.dispose()

    def hashes():
        return {path: hashlib.sha256(path.read_bytes()).digest() for path in tmp_path.iterdir()}

    before = hashes()
    read_optuna(journal[0])
    read_optuna(f"sqlite:///{tmp_path}/theirs.db")
    assert hashes() == before


def test_several_objectives_are_refused(journal):
    optuna.create_study(storage=journal[1], study_name="both", directions=["minimize", "maximize"])
    with pytest.raises(
        CallError, match="study 'both' has 2 objectives; expected one, by which trials can be"
    ):
        read_optuna(journal[0])


def test_a_study_that_is_not_there_lists_those_that_are(journal):
    with pytest.raises(CallError, match=r"holds no study$"):
        read_optuna(journal[0])
    add(journal[1], "one")
    add(journal[1], "two")
    with pytest.raises(CallError, match="holds 2 studies; expected --study and one of one, two"):
        read_optuna(journal[0])
    with pytest.raises(CallError, match=r"--study tow: not in .*; expected one of two, one"):
        read_optuna(journal[0], "tow")


@pytest.mark.parametrize(
    ("name", "folder"),
    [("My Study #3", "my-study-3"), ("..", "optuna"), ("a/b", "a-b"), ("x" * 99, "x" * 64)],
)
def test_any_name_gives_a_folder(name, folder):
    assert folder_name(name) == folder


@pytest.mark.slow
def test_the_command_makes_the_page_renews_it_and_touches_no_other(journal, tmp_path, make_study):
    add(journal[1], "Theirs", searched())
    out = str(tmp_path / "pages")
    call = ["import-optuna", journal[0], "--out", out]
    first = CliRunner().invoke(cli, call)
    assert first.exit_code == 0, first.output
    assert "Trial " in first.output
    assert f"report  {out}/theirs/index.html" in first.output
    assert CliRunner().invoke(cli, call).exit_code == 0, "again"
    with pytest.raises(CallError, match="theirs: is a page of one of Optuna's studies, to be looked at"):
        find_folder(Path(out), "theirs")
    other = tmp_path / "other.log"
    add(JournalStorage(JournalFileBackend(str(other))), "Theirs", [])
    with pytest.raises(
        CallError, match=r"holds the page of 'Theirs' in .*theirs.log; expected another --out"
    ):
        CliRunner().invoke(cli, ["import-optuna", str(other), "--out", out], catch_exceptions=False)
    own = StudyFolder(tmp_path / "own" / "theirs")
    own.path.mkdir(parents=True)
    own.study_file.write_text(make_study().to_toml())
    with pytest.raises(CallError, match="holds a study of hpsearch; expected another --out"):
        write_imported(read_optuna(journal[0]), own)
