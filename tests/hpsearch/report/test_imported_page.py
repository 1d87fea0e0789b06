"""The page of one of Optuna's studies in a real browser: it says whose a mark is, sorts, and is quiet."""

import importlib.util
import math
from pathlib import Path

import optuna
import pytest
from made_up_studies import add, searched, trial

from hpsearch.disk.folder import StudyFolder
from hpsearch.exchange.imported_page import write_imported
from hpsearch.exchange.optuna_import import read_optuna

AXE = importlib.util.find_spec("axe_core_python")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """A study of 62 trials, one with an infinite value, and its page."""
    folder = tmp_path_factory.mktemp("theirs")
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(folder / "a.log"))
    )
    add(
        storage, "theirs", [*searched(), trial(math.inf, rate=0.1), trial(None, optuna.trial.TrialState.FAIL)]
    )
    found = read_optuna(str(folder / "a.log"))
    write_imported(found, StudyFolder(folder / "reports" / "theirs"))
    return found, folder / "reports" / "theirs" / "index.html"


@pytest.fixture
def page(chromium, theirs):
    chromium.get(theirs[1].as_uri())
    return chromium


def column(page, name):
    """Returns the texts of a column of the table."""
    script = """const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent);
        const place = heads.indexOf(arguments[0]);
        return [...table.tBodies[0].rows].map((row) => row.cells[place].textContent)"""
    return page.execute_script(script, name)


def test_nothing_is_amiss_when_it_is_opened(chromium, theirs):
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get(theirs[1].as_uri())
    assert chromium.get_log("browser") == []


def test_the_best_stands_first_and_a_click_sorts_with_gaps_last(page, theirs):
    assert int(column(page, "number")[0]) == theirs[0].best
    button = next(
        one for one in page.find_elements("css selector", "#table th button") if one.text == "value"
    )
    button.click()
    values = column(page, "value")
    numbers = [float(value) for value in values if value]
    assert numbers == sorted(numbers)
    assert numbers[-1] == math.inf
    assert values == [value for value in values if value] + [""] * values.count("")
    button.click()
    again = [float(value) for value in column(page, "value") if value]
    assert again == sorted(numbers, reverse=True)


def point_at(page, number):
    """Moves the pointer to a trial's mark in the history, and returns what the tip says."""
    place = page.execute_script(
        """const svg = document.querySelector("#history svg");
        svg.scrollIntoView({ block: "center" });
        const mark = marksOf(svg).find((one) => one.number === arguments[0]);
        const at = new DOMPoint(...mark.points[0]).matrixTransform(svg.getScreenCTM());
        const event = { bubbles: true, clientX: at.x, clientY: at.y };
        svg.dispatchEvent(new PointerEvent("pointermove", event));
        return [at.x, at.y]""",
        number,
    )
    return place, page.find_element("css selector", "#tip").text.splitlines()


def test_a_mark_says_which_trial_it_is_and_a_click_finds_it_everywhere(page, theirs):
    trials = theirs[0].trials
    (x, y), said = point_at(page, theirs[0].best)
    row = trials.loc[theirs[0].best]
    assert said[:3] == [f"Trial {theirs[0].best}", "state: complete", f"value: {row['value']:.4g}"]
    assert f"rate: {row['params.rate']:.4g}" in said
    page.execute_script(
        """document.querySelector("#history svg").dispatchEvent(
            new MouseEvent("click", { bubbles: true, clientX: arguments[0], clientY: arguments[1] }))""",
        x,
        y,
    )
    chosen = page.find_elements("css selector", "#table tr.chosen")
    assert [row.get_attribute("data-number") for row in chosen] == [str(theirs[0].best)]
    lit = page.find_elements("css selector", "figure:has(.lit)")
    assert {"history", "parameter-0", "parallel-coordinates", "reported"} <= {
        one.get_attribute("id") for one in lit
    }
    page.find_element("css selector", "body").send_keys("\ue00c")
    assert page.find_elements("css selector", ".lit, .chosen") == []


@pytest.mark.skipif(AXE is None, reason="needs the package axe-core-python")
def test_who_does_not_see_it_can_read_it(page):
    page.set_script_timeout(300)  # half a minute on a busy machine
    page.execute_script((Path(AXE.submodule_search_locations[0]) / "axe.min.js").read_text())
    page.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = page.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]
    ] == []
