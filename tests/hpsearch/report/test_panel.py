"""The panel of a trial in a real browser: others beside it, its epochs, notes."""

import re
import shlex
import time
from pathlib import Path

import pytest

from hpsearch.results.stats import best_trial

ActionChains = pytest.importorskip("selenium.webdriver").ActionChains
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

pytestmark = pytest.mark.slow

TIMES = " \u00d7"
"""What the button shows that takes a trial away."""


def one(page, css):
    return page.find_element("css selector", css)


def texts(page, css):
    """Returns the texts of elements, also of hidden ones, with plain blanks."""
    found = page.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(one => one.textContent)", css
    )
    return [text.replace("\u00a0", " ").strip() for text in found]


def select(page, number):
    page.execute_script(f"document.querySelector(\"[aria-label='Select trial {number}']\").click()")


def ranked(frames):
    """Returns the numbers of the complete trials, best first."""
    complete = frames.trials[frames.trials["state"] == "complete"]
    order = complete.sort_values(["value", "number"], ascending=[False, True])
    return [int(number) for number in order["number"]]


def test_trials_are_kept_beside_the_selected_one_and_what_differs_is_bold(page, written):
    frames = written[0]
    first, second, third = ranked(frames)[:3]
    select(page, first)
    one(page, "#keep").click()
    assert one(page, "#keep").get_attribute("aria-pressed") == "true"
    assert not one(page, "#beside").is_displayed()
    select(page, second)
    one(page, "#keep").click()
    select(page, third)
    assert texts(page, "#beside thead th") == [
        f"trial {third}",
        f"trial {first}{TIMES}",
        f"trial {second}{TIMES}",
    ]
    names = texts(page, "#beside tbody th")
    assert names[:4] == ["state", "validation accuracy", "training accuracy", "epochs"]
    assert names[4:] == [parameter.name for parameter in frames.parameters]
    of_three = frames.trials.set_index("number").loc[[third, first, second]]
    for name in ("normalization", "update_rule"):
        cells = texts(page, f"#beside tbody tr:nth-child({names.index(name) + 1}) td")
        assert cells == of_three[f"params.{name}"].tolist()
        row = one(page, f"#beside tbody tr:nth-child({names.index(name) + 1})")
        assert ("differs" in row.get_attribute("class")) == (len(set(cells)) > 1)
    colours = page.execute_script(
        "return [...document.querySelectorAll('#own-curve g path')].map(one => one.getAttribute('style'))"
    )
    assert sum("--choice-" in style for style in colours) == 2
    one(page, f"[aria-label='Take trial {first} away']").click()
    assert texts(page, "#beside thead th") == [f"trial {third}", f"trial {second}{TIMES}"]


def test_a_selection_is_set_side_by_side_best_first(page, written):
    frames = written[0]
    one(page, "#ranges summary").click()
    for box in page.find_elements("css selector", "#range-fields label"):
        if box.text.strip() in ("batchnorm", "layernorm"):
            page.execute_script("arguments[0].click()", box)  # the bar of the selection lies above it
    one(page, "#compare").click()
    of_choice = set(frames.trials.loc[frames.trials["params.normalization"] == "none", "number"])
    best = max(of_choice, key=lambda number: (frames.trials["value"].fillna(-1)[number], -number))
    assert one(page, "#chosen h2").text.startswith(f"Trial {best}: ")
    shown = [int(text.split()[1]) for text in texts(page, "#beside thead th")]
    assert shown[0] == best
    assert len(shown) == min(6, len(of_choice))
    assert set(shown) <= of_choice


def test_pointing_at_the_own_curve_tells_the_epoch(page, written):
    frames = written[0]
    first, second = ranked(frames)[:2]
    select(page, second)
    svg = one(page, "#own-curve")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    ActionChains(page, duration=20).move_to_element(svg).perform()
    lines = one(page, "#tip").text.replace("\u00a0", " ").splitlines()
    epoch = int(re.fullmatch(r"Epoch (\d+)", lines[0])[1])
    curve = frames.curves[frames.curves["number"] == second].set_index("epoch")
    assert lines[1] == f"validation {100 * curve['val_accuracy'][epoch]:.1f} %"
    winner = frames.curves[frames.curves["number"] == first].set_index("epoch")["val_accuracy"]
    assert lines[-1] == f"trial {first}: {100 * winner[epoch]:.1f} %"
    ActionChains(page, duration=20).move_to_element(one(page, "#chosen h2")).perform()
    assert not one(page, "#tip").is_displayed()


def test_epochs_stand_in_a_table_too(page, written):
    number = best_trial(written[0].trials)
    select(page, number)
    one(page, "#own-epochs summary").click()
    curve = written[0].curves[written[0].curves["number"] == number]
    cells = texts(page, "#own-epochs tbody td:nth-child(2)")
    assert cells == [f"{100 * value:.1f} %" for value in curve["val_accuracy"]]


def test_panel_tells_when_the_trial_began_and_how_long_it_took(page, written):
    select(page, 10)
    row = written[0].trials.iloc[10]
    began = f"{row['started']:%Y-%m-%d %H:%M:%S} UTC"
    assert f"It began {began} and took {row['seconds']:.3g} s." in one(page, "#chosen .why").text


def test_panel_tells_as_which_trials_it_paused_before(page, written, tmp_path):
    report = tmp_path / "page.html"
    report.write_text(written[1].read_text().replace('"earlier":{}', '"earlier":{"10":[3,5]}'))
    page.get(report.as_uri())
    page.execute_script("document.getElementById('all').click()")
    select(page, 10)
    assert "Paused as trial 3 and as trial 5 before." in one(page, "#chosen .why").text
    select(page, 11)
    assert "Paused" not in one(page, "#chosen .why").text


def test_notes_are_shown_and_found(page):
    assert one(page, ".remark").text == "Made up for the tests."
    select(page, 7)
    assert one(page, "#chosen .noted").text == "Note: rose <late>"
    one(page, "#find").send_keys("rose")
    assert texts(page, "#table tbody tr:not([hidden]) td:first-child") == ["7"]
    select(page, 8)
    assert not one(page, "#chosen .noted").is_displayed()


def test_a_note_is_kept_by_the_command_that_the_page_writes(page, written, monkeypatch):
    from click.testing import CliRunner

    from hpsearch.cli import cli
    from hpsearch.cli import note as note_command
    from hpsearch.disk.notes import Notes

    select(page, 7)
    one(page, "#own-note summary").click()
    field = one(page, "#note-text")
    assert field.get_attribute("value") == "rose <late>"
    for text in ('it\'s "odd" $HOME `ls`\nin two lines', "--flat", ""):
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text or Keys.DELETE)
        shown = texts(page, "#note-command")[0]
        program, *words = shlex.split(shown)
        monkeypatch.setattr(note_command, "_require", lambda folder, trial: None)  # it is made up
        monkeypatch.setattr(note_command, "find_folder", lambda out, study: folder_of(written))
        assert program == "hpsearch"
        assert CliRunner().invoke(cli, words).exit_code == 0
        kept = Notes.read(folder_of(written).notes_file)
        assert kept.trials == ({7: text} if text else {})


def folder_of(written):
    from hpsearch.disk.folder import StudyFolder

    return StudyFolder(Path(written[0].folder))


def test_a_live_page_waits_while_trials_are_selected(chromium, make, monkeypatch):
    from hpsearch.report import page as page_module
    from hpsearch.report import write_report

    monkeypatch.setattr(page_module, "LIVE_SECONDS", 1)
    space = {"normalization": {"choices": ["none", "batchnorm"]}}
    chromium.get(write_report(make(12, space=space), live=True).as_uri())
    chromium.execute_script("window.isOld = true; document.getElementById('ranges').open = true")
    one(chromium, "#range-fields input").click()
    time.sleep(2.5)
    assert chromium.execute_script("return window.isOld")
    one(chromium, "#clear").click()
    chromium.execute_script("document.activeElement.blur()")
    end = time.monotonic() + 60
    while chromium.execute_script("return window.isOld") and time.monotonic() < end:
        time.sleep(0.2)
    assert not chromium.execute_script("return window.isOld")


def test_dots_can_be_coloured_by_any_column(page, written):
    frames = written[0]
    script = """const list = document.getElementById('pair-colour');
        list.value = [...list.options].find(option => option.textContent === arguments[0]).value;
        list.dispatchEvent(new Event('change'))"""
    page.execute_script(script, "update_rule")
    assert texts(page, "#any-pair .key li") == ["sgd_momentum", "adam"]
    found = page.execute_script(
        """return [...document.querySelectorAll('#any-pair path[data-trials]')]
            .map(path => [path.dataset.trials, path.getAttribute('style')])"""
    )
    rules = dict(zip(frames.trials["number"], frames.trials["params.update_rule"], strict=True))
    for numbers, style in found:
        place = re.search(r"--choice-(\d)", style)
        if place:
            assert {rules[int(number)] for number in numbers.split()} == {
                ["sgd_momentum", "adam"][int(place[1])]
            }
    assert sum("--choice-" in style for _, style in found) >= 2
    page.execute_script(script, "number")
    assert len(texts(page, "#any-pair .key li")) == 8


def test_large_plot_zooms_to_what_is_selected(page):
    page.execute_script("document.querySelector('#slice-0 .enlarge').click()")
    box = one(page, "#large-box")
    before = texts(page, "#large-box text")
    one(page, "#zoom-selected").click()
    assert texts(page, "#large-box text") == before  # nothing is selected yet
    ActionChains(page, duration=20).move_to_element_with_offset(
        box, -100, -100
    ).click_and_hold().move_by_offset(250, 150).release().perform()
    box.send_keys("z")
    assert texts(page, "#large-box text") != before
    width = one(page, "#large-box svg").rect["width"]
    assert one(page, "#large-box .brush").rect["width"] > 0.8 * width
    one(page, "#zoom-whole").click()
    assert texts(page, "#large-box text") == before
    one(page, "#large-close").click()
    page.execute_script("document.querySelector('#importances .enlarge').click()")
    assert not one(page, "#zoom-selected").is_displayed()
