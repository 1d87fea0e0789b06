"""The page in a real browser: it sorts, filters, selects, changes its theme, and says nothing amiss."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

AXE = importlib.util.find_spec("axe_core_python")

pytestmark = pytest.mark.slow


def find(page, css):
    return page.find_elements("css selector", css)


def column(page, place):
    """Returns the texts of a column's visible cells."""
    script = f"""return [...document.querySelectorAll('#table tbody tr')].filter(row => !row.hidden)
        .map(row => row.cells[{place}].textContent)"""
    return page.execute_script(script)


def narrow(page, width):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def test_page_is_quiet_and_asks_for_nothing(chromium, written):
    chromium.get("about:blank")
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    chromium.get(written[1].as_uri())
    assert chromium.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    requests = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in requests if not url.startswith("data:")] == [written[1].as_uri()]


def test_first_click_on_value_puts_the_best_first_and_gaps_are_always_last(page):
    button = find(page, "#table thead button")[2]
    assert button.text == "value"
    button.click()
    downward = [float(text) for text in column(page, 2) if text]
    assert downward == sorted(downward, reverse=True)
    assert find(page, "#table th[aria-sort=descending]")[0].text.startswith("value")
    button.click()
    upward = column(page, 2)
    numbers = [float(text) for text in upward if text]
    assert numbers == sorted(downward)
    assert upward == [text for text in upward if text] + [""] * upward.count("")


def test_table_begins_with_the_best_and_its_numbers_stand_to_the_right(page, written):
    assert column(page, 0)[0] == str(best_number(written))
    cells = find(page, "#table tbody tr:first-child td")
    aligned = [cell.value_of_css_property("text-align") for cell in cells]
    assert aligned[:4] == ["right", "left", "right", "right"]


def test_table_shows_the_ten_best_until_all_are_asked_for(chromium, written):
    chromium.get(written[1].as_uri())
    best = column(chromium, 2)
    assert (len(best), find(chromium, "#shown")[0].text) == (10, "10 of 60 trials")
    assert best == sorted(best, reverse=True)
    find(chromium, "#find")[0].send_keys("adam")
    assert len(column(chromium, 2)) > 10
    assert not find(chromium, "#all")[0].is_displayed()
    find(chromium, "#find")[0].clear()
    chromium.execute_script("document.getElementById('find').dispatchEvent(new Event('input'))")
    button = find(chromium, "#all")[0]
    assert button.text == "Show all 60 trials"
    button.click()
    assert len(column(chromium, 2)) == 60
    button.click()
    assert len(column(chromium, 2)) == 10


def test_states_and_words_filter_the_rows(page, written):
    states = written[0].trials["state"].value_counts()
    find(page, "input[name=state][value=pruned]")[0].click()
    assert set(column(page, 1)) == set(states.index) - {"pruned"}
    assert find(page, "#shown")[0].text == f"{60 - states['pruned']} of 60 trials"
    find(page, "#find")[0].send_keys("ADAM")
    script = (
        "return [...document.querySelectorAll('#table tbody tr:not([hidden])')].map(row => row.textContent)"
    )
    rows = page.execute_script(script)
    assert rows
    assert all("adam" in row and "pruned" not in row.split("epoch")[0] for row in rows)


def test_columns_can_be_hidden(page):
    find(page, "#columns summary")[0].click()
    box = find(page, "#columns input")[0]
    box.click()
    assert not find(page, "#table thead th")[1].is_displayed()
    box.click()
    assert find(page, "#table thead th")[1].is_displayed()


def best_number(written):
    from hpsearch.results.stats import best_trial

    return best_trial(written[0].trials)


def test_selected_trial_lights_up_in_every_figure_of_trials(page, written):
    number = best_number(written)
    find(page, f"[aria-label='Select trial {number}']")[0].click()
    lit = {figure.get_attribute("id") for figure in find(page, "figure:has(.lit)")}
    expected = {figure.get_attribute("id") for figure in find(page, "figure:has([data-trials])")}
    [momentum] = [place for place, p in enumerate(written[0].parameters) if p.name == "momentum"]
    absent = {name for name in expected if re.fullmatch(rf"(slice|map)(-\d+)*-{momentum}(-\d+)*", name)}
    assert lit | absent == expected | absent
    assert len(lit) > 10
    page.find_element("tag name", "body").send_keys("\ue00c")
    assert find(page, ".lit") == []


def test_lit_mark_of_the_best_lies_on_its_star(page, written):
    find(page, f"[aria-label='Select trial {best_number(written)}']")[0].click()
    [circle] = find(page, "#best-so-far .lit")
    at = [float(circle.get_dom_attribute(name)) for name in ("cx", "cy")]
    uses = "[...document.querySelectorAll('#best-so-far svg use')]"
    places = page.execute_script(f"return {uses}.map(u => [+u.getAttribute('x'), +u.getAttribute('y')])")
    assert at in places


def test_selected_trial_is_shown_as_toml(page, written):
    import tomllib

    frames = written[0]
    number = best_number(written)
    find(page, f"[aria-label='Select trial {number}']")[0].click()
    row = frames.trials[frames.trials["number"] == number].iloc[0]
    wanted = {p.name: row[f"params.{p.name}"] for p in frames.parameters}
    wanted = {name: value for name, value in wanted.items() if value is not None and value == value}
    assert tomllib.loads(find(page, "#chosen pre")[0].text) == wanted
    assert find(page, "#chosen h2")[0].text.startswith(f"Trial {number}: complete, ")


def test_table_works_by_keyboard_alone(page):
    from selenium.webdriver.common.keys import Keys

    header = find(page, "#table thead button")[0]
    header.send_keys(Keys.ENTER)
    assert find(page, "#table th[aria-sort=ascending]")
    row = find(page, "#table tbody button")[0]
    row.send_keys(Keys.SPACE)
    assert row.get_attribute("aria-pressed") == "true"
    row.send_keys(Keys.ESCAPE)
    assert row.get_attribute("aria-pressed") == "false"


def test_click_in_a_figure_selects_the_nearest_trial(page, written):
    from selenium.webdriver import ActionChains

    svg = find(page, "#best-so-far svg")[0]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    d = page.execute_script(
        "return document.querySelector('#best-so-far path[data-trials]').getAttribute('d')"
    )
    x, y = (float(part) for part in d.split("M")[1].split("h")[0].split("m")[0].split(" ")[:2])
    width, height = (float(part) for part in svg.get_dom_attribute("viewBox").split()[2:])
    scale = svg.rect["width"] / width
    ActionChains(page).move_to_element_with_offset(
        svg, (x - width / 2) * scale, (y - height / 2) * scale
    ).click().perform()
    assert find(page, "#chosen")[0].is_displayed()
    assert find(page, "#chosen h2")[0].text.startswith("Trial ")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_button_changes_the_theme_of_page_and_figures(page, theme):
    colour = "return getComputedStyle(document.querySelector('#best-so-far svg text')).fill"
    paper = "return getComputedStyle(document.body).backgroundColor"
    before = page.execute_script(colour), page.execute_script(paper)
    find(page, "#theme")[0].click()
    after = page.execute_script(colour), page.execute_script(paper)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_system_in_dark_mode_gets_a_dark_page(tmp_path, written, start_browser):
    browser = start_browser(tmp_path / "profile", dark=True)
    try:
        browser.get(written[1].as_uri())
        assert (
            browser.execute_script("return getComputedStyle(document.body).backgroundColor")
            == "rgb(22, 27, 34)"
        )
    finally:
        browser.quit()


@pytest.mark.parametrize("width", [390, 1280])
def test_figures_are_as_wide_as_their_column(page, width):
    narrow(page, width)
    shares = page.execute_script(
        """return [...document.querySelectorAll('main figure')]
            .map(one => one.querySelector('svg').getBoundingClientRect().width / one.clientWidth)"""
    )
    assert len(shares) > 14
    assert min(shares) > 0.99


@pytest.mark.parametrize("width", [390, 320, 768])
def test_narrow_screens_need_no_sideways_scrolling(page, width):
    narrow(page, width)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_without_scripts_the_table_is_plain_and_tools_are_hidden(tmp_path, written, start_browser):
    browser = start_browser(tmp_path / "profile", scripts=False)
    try:
        browser.get(written[1].as_uri())
        assert len(find(browser, "#table tbody tr")) == 60
        assert not find(browser, "#tools")[0].is_displayed()
        assert not find(browser, "#theme")[0].is_displayed()
        assert not find(browser, "#chosen")[0].is_displayed()
        assert not find(browser, "#exploring")[0].is_displayed()
        for link in find(browser, "nav a"):
            there = find(browser, link.get_dom_attribute("href"))[0].is_displayed()
            assert link.is_displayed() == there
        assert not find(browser, "#hint")[0].is_displayed()
    finally:
        browser.quit()


def axe_findings(page):
    page.set_script_timeout(300)  # half a minute on a busy machine
    page.execute_script((Path(AXE.submodule_search_locations[0]) / "axe.min.js").read_text())
    found = page.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    return [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found["violations"]]


@pytest.mark.skipif(AXE is None, reason="needs the package axe-core-python")
@pytest.mark.parametrize("dark", [False, True])
def test_accessibility_check_finds_nothing(page, dark):
    if dark:
        find(page, "#theme")[0].click()
    find(page, "#table tbody button")[0].click()
    find(page, "#keep")[0].click()
    page.execute_script("document.querySelectorAll('#table tbody button')[1].click()")  # below the panel
    page.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert axe_findings(page) == []
    page.execute_script("document.querySelector('#learning-curves .enlarge').click()")
    assert axe_findings(page) == []


@pytest.mark.skipif(AXE is None, reason="needs the package axe-core-python")
def test_accessibility_check_finds_nothing_on_a_comparison(chromium, make, tmp_path):
    from hpsearch.report import write_compare

    chromium.get(
        write_compare([make(8, name="a"), make(8, name="b", seed=1)], tmp_path / "both.html").as_uri()
    )
    assert axe_findings(chromium) == []


def test_hostile_text_runs_nothing(chromium, hostile):
    from hpsearch.report import write_report

    chromium.get(write_report(hostile).as_uri())
    assert chromium.title.startswith("<script>")  # an open alert would raise
    assert "<script>alert('x')</script>" in find(chromium, "h1")[0].text
