"""The report as a whole: one page that needs nothing else, for every kind of study."""

import os
import re
from dataclasses import replace

import pandas as pd
import pytest

from hpsearch.cli.status import as_text, facts
from hpsearch.disk.notes import Notes
from hpsearch.report import write, write_report
from hpsearch.report.gallery import gallery
from hpsearch.report.page import Shown, render
from hpsearch.space import Parameter
from hpsearch.worker.environment import fingerprint

SMALL = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "normalization": {"choices": ["none", "layernorm"]},
}


def words_of(frames):
    """Returns the page without its figures, which take their time."""
    return render(frames, Shown((), {}, {}, frames.importances))


@pytest.fixture
def unpainted(monkeypatch):
    """Spares the PNG files of pages whose words alone are looked at; their figures are drawn as SVG."""
    monkeypatch.setattr(write, "_png", lambda figure: b"")


def test_page_tables_and_figures_are_written(written):
    frames, page = written
    assert page == frames.folder / "index.html"
    names = {path.name for path in frames.folder.iterdir()} - {"present.html", "notes.json"}  # other tests'
    assert names == {"index.html", "trials.csv", "curves.csv", "figures"}
    figures = sorted(path.stem for path in (frames.folder / "figures").glob("*.svg"))
    assert figures == sorted(path.stem for path in (frames.folder / "figures").glob("*.png"))
    assert all(f'id="{name}"' in page.read_text() for name in figures)
    pd.testing.assert_frame_equal(
        pd.read_csv(frames.folder / "curves.csv"), frames.curves.reset_index(drop=True)
    )


def test_no_number_is_parted_from_its_unit_and_texts_to_copy_stay_as_they_are(make):
    frames = make(12, space=SMALL, name="waits 5 s", title="waits 5 s", notes=Notes("in 15 s at 98 %", {}))
    page = words_of(frames)
    assert '<h1 dir="auto">waits 5\u00a0s</h1>' in page
    assert "in 15\u00a0s at 98\u00a0%" in page
    assert "--study waits 5 s</code>" in page
    assert not re.search(r"\d %", re.sub(r"(?s)<(head|pre|script|tbody)\b.*?</\1>", "", page))


@pytest.mark.slow
def test_same_study_gives_the_same_bytes(written):
    frames, page = written
    before = {path.name: path.read_bytes() for path in (frames.folder / "figures").iterdir()}
    first = page.read_bytes()
    assert write_report(frames).read_bytes() == first
    assert {path.name: path.read_bytes() for path in (frames.folder / "figures").iterdir()} == before


def test_first_page_of_a_running_search_is_there_while_its_figures_are_drawn(make, monkeypatch):
    frames, seen = make(3, space=SMALL), []

    def no_figures(*given):
        seen.append((frames.folder / "index.html").read_text())
        return Shown((), {}, {}, frames.importances)

    monkeypatch.setattr(write, "draw", no_figures)
    write_report(frames, live=True)
    assert "data-live" in seen[0]
    assert "The figures are being drawn." in seen[0]
    assert "The search goes on: 3 of" in seen[0]
    assert '<pre class="command"' not in seen[0]  # the one that already runs


def test_what_a_killed_report_left_half_written_is_removed(make, monkeypatch):
    monkeypatch.setattr(write, "gallery", lambda frames, mattered: [])
    frames = make(3, space=SMALL)
    left = frames.folder / "figures" / ".loss.png.1.tmp"
    left.parent.mkdir(exist_ok=True)
    left.touch()
    os.utime(left, (0, 0))
    write_report(frames)
    assert not left.exists()


@pytest.mark.slow
def test_figures_of_another_study_are_drawn_anew(make, monkeypatch):
    monkeypatch.setattr(write, "gallery", lambda frames, mattered: gallery(frames, mattered)[:1])
    only_one = {"normalization": SMALL["normalization"]}
    frames = make(5, space=only_one)
    write_report(frames)
    painted = frames.folder / "figures" / "best-so-far.png"
    before = painted.read_bytes()
    more = make(9, space=only_one)
    write_report(more)
    assert painted.read_bytes() != before


def test_page_asks_nothing_of_anywhere(written):
    page = written[1].read_text()
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == []
    assert "url(http" not in page
    assert "@import" not in page


def test_ids_of_the_page_are_unique(written):
    ids = re.findall(r'\sid="([^"]+)"', written[1].read_text())
    assert len(ids) == len(set(ids))


def test_every_trial_has_a_row_in_the_table_without_scripts(written):
    frames, page = written
    body = page.read_text().split('<table id="table">')[1].split("</table>")[0]
    numbers = [int(number) for number in re.findall(r"<tr><td>(\d+)", body)]
    assert sorted(numbers) == frames.trials["number"].tolist()
    ranked = frames.trials.set_index("number").loc[numbers]
    complete = ranked[ranked["state"] == "complete"]
    assert (ranked["state"].head(len(complete)) == "complete").all()
    assert complete["value"].is_monotonic_decreasing
    assert ranked["value"].iloc[len(complete) :].dropna().is_monotonic_decreasing


@pytest.mark.parametrize("n", [0, 1, 2])
def test_smallest_studies_have_a_page(unpainted, make, n):
    page = write_report(make(n, space=SMALL)).read_text()
    assert (f"{n} of 100 trials finished" if n else "None of 100 trials is recorded yet") in page


@pytest.mark.parametrize("only", ["pruned", "diverged", "failed"])
def test_study_without_a_winner_says_so(unpainted, make, only):
    page = write_report(make(12, only=only, space=SMALL)).read_text()
    assert f"12 {only}" in page
    assert "there is no winner" in page
    assert "hpsearch confirm" not in page
    assert "hpsearch test" not in page


@pytest.mark.slow
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_constant_accuracy_is_drawn(make, value):
    frames = make(12, only="complete", space=SMALL)
    curves = frames.curves.assign(val_accuracy=value, train_accuracy=value)
    page = write_report(replace(frames, trials=frames.trials.assign(value=value), curves=curves)).read_text()
    assert "11 other trials are within noise of it" in page


@pytest.mark.slow
def test_one_parameter_needs_no_parallel_coordinates(make):
    space = {"learning_rate": {"low": 1e-4, "high": 1e-1, "log": True}}
    page = write_report(make(12, space=space)).read_text()
    assert 'id="parallel-coordinates"' not in page
    assert 'id="slice-0"' in page


@pytest.mark.slow
def test_thousand_trials_of_twenty_epochs_fit_in_two_megabytes(make):
    assert write_report(make(1000, n_epochs=20)).stat().st_size < 2_000_000


@pytest.mark.slow
def test_thirty_parameters_have_a_slice_each(make):
    space = tuple(Parameter(f"p{place}", "float", 0.0, 1.0) for place in range(30))
    page = write_report(make(20, space=space)).read_text()
    assert page.count('<figure id="slice-') == 30


@pytest.mark.slow
def test_hostile_text_is_shown_and_never_markup(hostile):
    page = write_report(hostile).read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in page
    assert len(re.findall("<script", page)) == len(re.findall("</script>", page)) == 3
    assert "\u202e" in hostile.title
    assert not re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069]", page)


def test_page_says_what_is_still_running(make):
    page = words_of(make(25, running=4, waiting=5))
    assert "4 more begun and not finished. 5 done and waiting for an earlier one." in page


@pytest.mark.parametrize(
    ("running", "waiting", "told"),
    [
        (4, 5, "; 5 waiting for trial 25, 4 unfinished"),
        (4, 0, "; 4 unfinished"),
        (0, 5, "; 5 waiting for trial 25"),
        (0, 0, ""),
    ],
)
def test_status_counts_only_trials_that_there_are_beside_the_recorded(make, running, waiting, told):
    first = as_text(make(25, running=running, waiting=waiting)).partition("\n")[0]
    assert re.fullmatch(rf"convnet: [^;]*{told}", first)


@pytest.mark.parametrize(
    ("wanted", "ended_by", "only"),
    [
        (12, "", ""),
        (100, "", " --trials 12"),
        (6, "", " --trials 12"),
        (100, "epochs = 9: they are spent", ""),
    ],
)
def test_the_page_tells_how_to_get_its_digest_again(make, wanted, ended_by, only):
    frames = make(12, ended_by=ended_by)
    page = words_of(replace(frames, study=replace(frames.study, trials=wanted)))
    assert f"<code>hpsearch run --study convnet.toml{only}</code> gives the same trials" in page


def test_looks_at_the_test_split_are_listed(make):
    look = {"time": "2026-01-05T10:00:00", "study": "convnet", "n_seeds": 5, "accuracy": 0.978}
    ledger = pd.DataFrame([look | {"low": 0.964, "high": 0.988, "reason": "<b>again</b>"}])
    frames = make(3, ledger=ledger)
    page = words_of(frames)
    assert "It has been looked at once." in page
    assert "&lt;b&gt;again&lt;/b&gt;" in page
    assert "96.4\u00a0% to 98.8\u00a0%" in page
    assert "test split   looked at once\n" in as_text(frames)
    both = pd.concat([ledger, ledger.assign(study="fcnet")])
    assert "test split   looked at 2 times, once by other studies\n" in as_text(replace(frames, ledger=both))
    assert "test split" not in as_text(make(3))


def test_trials_that_all_diverged_have_no_panels_of_accuracies(unpainted, make):
    frames = make(12, only="diverged", space=SMALL)
    page = write_report(replace(frames, trials=frames.trials.assign(value=float("nan")))).read_text()
    assert re.findall('<figure id="(best|slice|choices|map|parallel|importances)', page) == []


def test_one_epoch_makes_no_curves(unpainted, make):
    frames = make(6, only="complete", space=SMALL)
    curves = frames.curves[frames.curves["epoch"] == 1]
    page = write_report(replace(frames, curves=curves, trials=frames.trials.assign(epochs=1))).read_text()
    assert 'id="learning-curves"' not in page
    assert 'id="best-so-far"' in page


def test_commands_of_another_folder_name_it(make, tmp_path):
    page = words_of(make(3, only="complete"))
    assert f"hpsearch confirm --study convnet --out {tmp_path}" in page
    assert f"hpsearch test --study convnet --out {tmp_path}" in page


def test_page_and_status_name_trials_of_another_environment(make):
    first, second = {"simd": "A"}, {"simd": "B"}
    names = [fingerprint(first)] * 2 + [fingerprint(second)] * 3
    frames = make(5, only="complete")
    assert "Another environment" not in words_of(frames)
    moved = replace(frames, trials=frames.trials.assign(environment=names), environments=(first, second))
    assert (
        "Another environment than the one that the study began in trained trials 2 to 4 (simd was A, is B); "
        "there bits may differ."
    ) in words_of(moved)
    assert "elsewhere" not in as_text(frames)
    assert "\nelsewhere    trials 2 to 4 (simd was A, is B)\n" in as_text(moved)
    told = [{"numbers": (2, 3, 4), "changes": ("simd was A, is B",)}]
    assert (facts(frames)["trained_elsewhere"], facts(moved)["trained_elsewhere"]) == ([], told)
