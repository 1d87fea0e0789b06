"""The presentation: one figure a screen, by keys, buttons and finger."""

import importlib.util
import re
import time
from pathlib import Path

import pytest

from hpsearch.report import write_present
from hpsearch.report.gallery import gallery
from hpsearch.report.style import house_style
from hpsearch.space import Parameter

Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
AXE = importlib.util.find_spec("axe_core_python")


def one(page, css):
    return page.find_element("css selector", css)


def screens(page):
    """Returns the titles of the screens that are shown."""
    script = """return [...document.querySelectorAll('.screen')].filter(screen => !screen.hidden)
        .map(screen => screen.querySelector('h1, h2').textContent)"""
    return page.execute_script(script)


def test_every_figure_has_a_screen(make):
    space = {
        "reg": {"low": 1e-6, "high": 1e-1, "log": True},
        "normalization": {"choices": ["none", "batchnorm"]},
    }
    frames = make(12, space=space)
    page = write_present(frames)
    assert page == frames.folder / "present.html"
    text = page.read_text()
    with house_style():
        sections = gallery(frames, frames.importances)
    names = [exhibit.name for section in sections for exhibit in section.exhibits]
    assert re.findall(r'<figure id="([^"]+)"', text) == names
    assert text.count(' class="screen') == len(names) + 2
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', text)
    notes = [exhibit.data_note for section in sections for exhibit in section.exhibits if exhibit.data_note]
    assert notes
    assert not [note for note in notes if note in text], "there is no table"


@pytest.fixture(scope="module")
def presented(written):
    return write_present(written[0])


@pytest.mark.slow
def test_keys_buttons_and_address_turn_the_screens(chromium, presented):
    chromium.get(presented.as_uri())
    body = one(chromium, "body")
    first = screens(chromium)
    assert len(first) == 1
    body.send_keys(Keys.ARROW_RIGHT)
    assert screens(chromium) == ["What was found"]
    body.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert screens(chromium) == first
    one(chromium, "#on").click()
    assert one(chromium, "#at").text.startswith("2 of ")
    body.send_keys(Keys.END)
    last = screens(chromium)
    body.send_keys(Keys.ARROW_DOWN)
    assert screens(chromium) == last
    chromium.get("about:blank")
    chromium.get(f"{presented.as_uri()}#3")
    assert screens(chromium) == ["Learning curves Validation accuracy by epoch"]


@pytest.mark.slow
def test_a_screen_fits_a_projector_and_a_phone(chromium, presented):
    for width, height in ((1600, 900), (390, 800)):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        for screen in (1, 3):  # three accuracies side by side, a figure
            chromium.get("about:blank")
            chromium.get(f"{presented.as_uri()}#{screen}")
            assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
        assert one(chromium, ".screen:not([hidden]) figure svg").rect["height"] <= height
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


SIZES = """
const all = [...document.querySelectorAll('.screen:not([hidden]) svg text')];
const text = all.filter((one) => one.textContent);
const scale = text.length ? text[0].ownerSVGElement.getScreenCTM().a : 1;
const sizes = text.map((one) => parseFloat(getComputedStyle(one).fontSize) * scale);
return [document.documentElement.scrollHeight, ...sizes];
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["usual", "many"])
def test_all_text_of_a_small_projector_can_be_read_from_the_back(chromium, presented, make, kind):
    if kind == "many":
        space = tuple(Parameter(f"a_long_name_{place}", "float", 0.0, 1.0) for place in range(12))
        presented = write_present(make(30, space=space, class_names=tuple(f"class {n}" for n in range(20))))
    metrics = {"width": 1280, "height": 720, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.get("about:blank")
    chromium.get(presented.as_uri())
    last = int(one(chromium, "#at").text.split()[-1])
    assert last > 10
    for _ in range(last):
        height, *sizes = chromium.execute_script(SIZES)
        assert height <= 720, screens(chromium)
        assert min(sizes, default=14) >= 14, screens(chromium)
        one(chromium, "#on").click()
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.slow
@pytest.mark.parametrize(("n_sentences", "is_whole"), [(10, True), (40, False)])
def test_much_text_is_smaller_and_too_much_is_scrolled_by_keys(
    chromium, make, monkeypatch, n_sentences, is_whole
):
    sentence = "Much was found of this search, and all of it takes more than a line to tell the back row."
    monkeypatch.setattr("hpsearch.report.present.beyond_first", lambda *_: [sentence] * n_sentences)
    metrics = {"width": 1280, "height": 720, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.get("about:blank")
    chromium.get(f"{write_present(make(12)).as_uri()}#2")
    below = "return document.documentElement.scrollHeight - innerHeight - scrollY"
    assert (chromium.execute_script(below) <= 0) == is_whole
    for _ in range(20):
        if chromium.execute_script(below) <= 1:
            break
        one(chromium, "body").send_keys(Keys.PAGE_DOWN)
        assert screens(chromium) == ["What was found"]
        time.sleep(0.3)  # it scrolls smoothly
    one(chromium, "body").send_keys(Keys.PAGE_DOWN)
    assert screens(chromium) == ["Learning curves Validation accuracy by epoch"]
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.slow
@pytest.mark.skipif(AXE is None, reason="needs the package axe-core-python")
def test_accessibility_check_finds_nothing(chromium, presented):
    chromium.set_script_timeout(300)
    for screen in (1, 3):
        chromium.get("about:blank")
        chromium.get(f"{presented.as_uri()}#{screen}")
        chromium.execute_script((Path(AXE.submodule_search_locations[0]) / "axe.min.js").read_text())
        for _ in ("light", "dark"):
            found = chromium.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
            assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
            one(chromium, "#theme").click()
