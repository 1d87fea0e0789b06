"""The page explored in a real browser: by mouse, keyboard and touch."""

import ast
import re

import numpy as np
import pytest

from hpsearch.results.stats import best_trial

ActionChains = pytest.importorskip("selenium.webdriver").ActionChains
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

pytestmark = pytest.mark.slow


def one(page, css):
    return page.find_element("css selector", css)


def marks(page, figure):
    """Returns the first point of each trial's mark in a figure, in the units of its SVG."""
    script = """return [...document.querySelectorAll(arguments[0] + ' path[data-trials]')]
        .map(path => [path.dataset.trials, path.getAttribute('d')])"""
    found = {}
    for numbers, outline in page.execute_script(script, figure):
        for number, piece in zip(numbers.split(), outline.split("M")[1:], strict=True):
            found[int(number)] = tuple(float(part) for part in re.findall(r"-?[\d.]+", piece)[:2])
    return found


def on_screen(page, figure, point):
    """Returns where a point of a figure's SVG is in the window, once the figure is in the middle of it."""
    script = """const svg = document.querySelector(arguments[0] + ' svg');
        svg.scrollIntoView({block: 'center'});
        const at = new DOMPoint(arguments[1], arguments[2]).matrixTransform(svg.getScreenCTM());
        return [Math.round(at.x), Math.round(at.y)]"""
    return page.execute_script(script, figure, *point)


def pointer(page, *steps):
    """Moves the mouse from place to place in the window; True presses and False lets go."""
    actions = ActionChains(page, duration=20)
    for step in steps:
        if step is True:
            actions.click_and_hold()
        elif step is False:
            actions.release()
        else:
            actions.w3c_actions.pointer_action.move_to_location(*step)
    actions.perform()


def drag(page, figure, start, end):
    begin = on_screen(page, figure, start)
    pointer(page, begin, True, on_screen(page, figure, end), False)


def touch(page, *places):
    """Puts a finger down at the first place and lifts it at the last."""
    kinds = ["touchStart", *["touchMove"] * (len(places) - 1)]
    for kind, (x, y) in zip(kinds, places, strict=True):
        page.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    page.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def on_a_phone(page):
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def rows(page):
    """Returns the numbers of the trials that the table shows."""
    script = """return [...document.querySelectorAll('#table tbody tr')].filter(row => !row.hidden)
        .map(row => Number(row.cells[0].textContent))"""
    return set(page.execute_script(script))


def kept(page, figure):
    """Returns how many marks of a figure have not faded."""
    script = """return [...document.querySelectorAll(arguments[0] + ' .kept:not(.line)')]
        .map(path => path.getAttribute('d').split('M').length - 1)"""
    return sum(page.execute_script(script, figure))


def places(frames, name):
    """Returns where each trial lies in the range of a parameter, by its number."""
    parameter = next(p for p in frames.parameters if p.name == name)
    return dict(zip(frames.trials["number"], parameter.place(frames.trials[f"params.{name}"]), strict=True))


def trial_of(frames, number):
    return frames.trials[frames.trials["number"] == number].iloc[0]


def test_tooltip_says_what_a_mark_is(page, written):
    frames = written[0]
    number = best_trial(frames.trials)
    assert not one(page, "#tip").is_displayed()
    pointer(page, on_screen(page, "#slice-0", marks(page, "#slice-0")[number]))
    said = one(page, "#tip").text.replace("\u00a0", " ").splitlines()
    row = trial_of(frames, number)
    assert said[0] == f"Trial {number}: complete"
    assert said[1] == f"{100 * row['value']:.1f} %, {row['epochs']} epochs"
    name, value = said[2].split(": ")
    assert name == "learning_rate"
    assert float(value) == pytest.approx(row["params.learning_rate"], rel=1e-3)
    pointer(page, (3, 3))
    assert not one(page, "#tip").is_displayed()


def test_every_figure_of_trials_has_tooltips(page):
    figures = page.execute_script(
        "return [...document.querySelectorAll('figure:has([data-trials])')].map(f => f.id)"
    )
    assert len(figures) > 14
    for figure in figures:
        number, point = next(iter(marks(page, f"#{figure}").items()))
        pointer(page, (3, 3), on_screen(page, f"#{figure}", point))
        assert re.match(r"Trial \d+: ", one(page, "#tip").text), (figure, number)


def test_tooltips_say_what_bars_and_bands_are(page, written):
    bar = one(page, "#importances [data-note] path")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", bar)
    ActionChains(page, duration=20).move_to_element(bar).perform()
    first = written[0].importances.iloc[0]
    assert one(page, "#tip").text.startswith(
        f"{first['parameter']}: {100 * min(first['importance'], 1):.0f} % (95 % "
    )
    notes = page.execute_script(
        "return [...document.querySelectorAll('#learning-curves [data-note]')].map(g => g.dataset.note)"
    )
    assert notes == [
        "The middle 90 % of the trials that reached an epoch",
        "The middle 50 % of the trials that reached an epoch",
        "The median of the trials that reached the epoch",
    ]


def test_hint_says_what_one_can_do(page):
    assert "drag to select many" in one(page, "#hint").text


def test_arrow_keys_go_through_the_trials_of_a_figure(page):
    box = one(page, "#slice-0 [data-walk]")
    box.send_keys(Keys.HOME)
    first = one(page, "#tip").text
    box.send_keys(Keys.ARROW_RIGHT)
    second = one(page, "#tip").text
    assert first.startswith("Trial ")
    assert second != first
    by_place = sorted(marks(page, "#slice-0").items(), key=lambda mark: (mark[1][0], mark[0]))
    assert second.startswith(f"Trial {by_place[1][0]}: ")
    box.send_keys(Keys.ENTER)
    assert one(page, "#chosen h2").text.startswith(f"Trial {by_place[1][0]}: ")


def test_tap_selects_and_says_what_it_is(page):
    on_a_phone(page)
    point = next(iter(marks(page, "#best-so-far").values()))
    touch(page, on_screen(page, "#best-so-far", point))
    assert one(page, "#chosen").is_displayed()
    assert one(page, "#tip").text.startswith("Trial ")
    assert page.execute_script("return document.documentElement.scrollWidth") <= 390


def test_rectangle_selects_in_all_figures_and_the_table(page):
    held = marks(page, "#slice-0")
    middle = float(np.median([x for x, _ in held.values()])) + 0.4
    drag(page, "#slice-0", (middle, 30), (50, 215))
    wanted = {number for number, (x, _) in held.items() if x <= middle}
    assert rows(page) == wanted
    assert 0 < len(wanted) < 60
    assert one(page, "#picked output").text.startswith(f"{len(wanted)} of 60 trials selected")
    for figure in ("#best-so-far", "#slice-1", "#parallel-coordinates"):
        assert kept(page, figure) == len(wanted), figure
        assert "faded" in one(page, f"{figure} svg").get_attribute("class")
    assert one(page, "#slice-0 .brush")
    one(page, "body").send_keys(Keys.ESCAPE)
    assert len(rows(page)) == 60
    assert page.find_elements("css selector", ".brush, .kept, .faded") == []


def test_axes_of_the_parallel_coordinates_select_together(page, written):
    frames = written[0]
    strips = page.find_elements("css selector", "#parallel-coordinates .strip")
    assert len(strips) == len(frames.parameters) + 1
    for strip in strips[:2]:
        x, y, height = (float(strip.get_dom_attribute(name)) for name in ("x", "y", "height"))
        drag(page, "#parallel-coordinates", (x + 14, y + 1), (x + 14, y + height / 2))
    half = {
        name: float(one(page, f"[aria-label='{name} from']").get_attribute("value")) / 200
        for name in ("learning_rate", "reg")
    }
    assert all(0.2 < low < 0.6 for low in half.values())
    found = [{n for n, place in places(frames, name).items() if place >= low} for name, low in half.items()]
    assert len(rows(page) ^ (found[0] & found[1])) <= 1  # the sliders show a brush in steps
    assert rows(page) < found[0] | found[1]
    one(page, "#clear").click()
    assert len(rows(page)) == 60


def test_axis_of_ranks_selects_the_best(page, written):
    strip = page.find_elements("css selector", "#parallel-coordinates .strip")[-1]
    x, y, height = (float(strip.get_dom_attribute(name)) for name in ("x", "y", "height"))
    drag(page, "#parallel-coordinates", (x + 14, y + 1), (x + 14, y + height / 3))
    values = written[0].trials.set_index("number")["value"]
    shown = rows(page)
    assert 5 < len(shown) < 40
    assert values[list(shown)].min() > values.drop(list(shown)).max()


def test_ranges_work_by_keyboard(page, written):
    frames = written[0]
    page.execute_script("document.getElementById('ranges').open = true")
    slider = one(page, "[aria-label='learning_rate from']")
    slider.send_keys(Keys.PAGE_UP * 4)
    low = float(slider.get_attribute("value")) / 200
    assert 0 < low < 1
    assert float(slider.get_attribute("aria-valuetext")) == pytest.approx(1e-4 * 1000**low, rel=1e-3)
    fast = {number for number, place in places(frames, "learning_rate").items() if place >= low}
    assert rows(page) == fast
    page.find_elements("css selector", "#range-fields input[type=checkbox]")[0].send_keys(Keys.SPACE)
    chosen = frames.trials[frames.trials["params.normalization"] != "none"]["number"]
    assert rows(page) == fast & set(chosen)
    one(page, "#clear").send_keys(Keys.ENTER)
    assert len(rows(page)) == 60
    assert slider.get_attribute("value") == "0"


def test_finger_selects_by_dragging_sideways(page):
    on_a_phone(page)
    start, end = (on_screen(page, "#slice-0", point) for point in ((60, 40), (200, 210)))
    middle = [(start[0] + 30, start[1] + 1), (start[0] + 80, start[1] + 60)]
    touch(page, start, *middle, end)
    assert one(page, "#picked").is_displayed()
    assert 0 < len(rows(page)) < 60


def test_any_pair_can_be_mapped(page, written):
    frames = written[0]
    from selenium.webdriver.support.select import Select

    Select(one(page, "#pair-x")).select_by_visible_text("momentum")
    Select(one(page, "#pair-y")).select_by_visible_text("learning_rate")
    drawn = marks(page, "#any-pair")
    with_both = frames.trials[frames.trials["params.momentum"].notna()]
    assert set(drawn) == set(with_both["number"])
    lefts, heights = np.array([drawn[number] for number in with_both["number"]]).T
    assert np.corrcoef(lefts, with_both["params.momentum"])[0, 1] > 0.999
    assert np.corrcoef(heights, np.log(with_both["params.learning_rate"]))[0, 1] < -0.999
    Select(one(page, "#pair-x")).select_by_visible_text("normalization")
    texts = page.execute_script(
        "return [...document.querySelectorAll('#any-pair svg text')].map(t => t.textContent)"
    )
    assert {"none", "batchnorm", "layernorm", "learning_rate", "0.001"} <= set(texts)
    point = next(iter(marks(page, "#any-pair").values()))
    pointer(page, on_screen(page, "#any-pair", point))
    assert "normalization: " in one(page, "#tip").text


@pytest.mark.parametrize("name", ["normalization", "update_rule"])
def test_map_of_choices_shows_every_trial_also_those_beside_the_first_and_the_last(page, written, name):
    from selenium.webdriver.support.select import Select

    Select(one(page, "#pair-y")).select_by_visible_text("learning_rate")
    Select(one(page, "#pair-x")).select_by_visible_text(name)
    assert set(marks(page, "#any-pair")) == set(written[0].trials["number"])
    one(page, "#any-pair .enlarge").click()
    assert set(marks(page, "#large-box")) == set(written[0].trials["number"])
    one(page, "#large-box").send_keys("+-")  # zoomed in and out again
    assert set(marks(page, "#large-box")) == set(written[0].trials["number"])


def test_map_of_any_pair_begins_with_those_that_matter_most(page, written):
    top = written[0].importances["parameter"].head(2).tolist()
    names = [one(page, f"#pair-{axis} option:checked").text for axis in "xy"]
    assert names == top


def ticks(page):
    return page.execute_script(
        "return [...document.querySelectorAll('#large-box text')].map(t => t.textContent)"
    )


def test_large_view_zooms_by_key_and_wheel_and_keeps_marks_and_tooltips(page):
    one(page, "#slice-0 .enlarge").send_keys(Keys.ENTER)
    box = one(page, "#large-box")
    whole, all_ticks = marks(page, "#large-box"), ticks(page)
    assert len(whole) == 60
    box.send_keys("+++")
    zoomed = marks(page, "#large-box")
    assert 0 < len(zoomed) < 60
    assert ticks(page) != all_ticks
    point = next(iter(zoomed.values()))
    pointer(page, on_screen(page, "#large-box", point))
    assert one(page, "#tip").text.startswith("Trial ")
    box.send_keys("0")
    assert marks(page, "#large-box") == whole
    turned = "new WheelEvent('wheel', {deltaY: -100, clientX: 500, clientY: 300, cancelable: true})"
    page.execute_script(f"document.getElementById('large-box').dispatchEvent({turned})")
    assert len(marks(page, "#large-box")) < 60
    box.send_keys(Keys.ESCAPE)
    assert not one(page, "#large").is_displayed()
    assert page.switch_to.active_element == one(page, "#slice-0 .enlarge")


def test_large_view_moves_and_selects(page):
    one(page, "#slice-0 .enlarge").click()
    one(page, "#zoom-in").click()
    before = ticks(page)
    one(page, "#large-box").send_keys(Keys.SHIFT, Keys.ARROW_RIGHT)
    assert ticks(page) != before
    one(page, "#zoom-whole").click()
    drag(page, "#large-box", (100, 20), (500, 500))
    assert 0 < len(rows(page)) < 60
    assert one(page, "#large-box .brush")
    one(page, "#large-close").click()
    assert one(page, "#picked").is_displayed()


def test_large_learning_curves_have_a_line_for_every_trial(page, written):
    page.execute_script("document.querySelector('#learning-curves .enlarge').click()")
    measured = written[0].curves.dropna(subset="val_accuracy")
    assert set(marks(page, "#large-box")) == set(measured["number"])


def test_pictures_grow_in_the_large_view_and_come_back(page):
    one(page, "#importances .enlarge").click()
    before = one(page, "#large-box svg").rect["width"]
    one(page, "#zoom-in").click()
    assert one(page, "#large-box svg").rect["width"] == pytest.approx(1.5 * before, rel=0.02)
    one(page, "#large-close").click()
    assert one(page, "#importances svg").is_displayed()


def test_panel_has_curve_reason_and_copies(page, written):
    frames = written[0]
    pruned = frames.trials[frames.trials["state"] == "pruned"].iloc[0]
    one(page, f"[aria-label='Select trial {pruned['number']}']").click()
    assert f"Why pruned: {pruned['reason']}" in one(page, "#chosen .why").text
    last = frames.curves[frames.curves["number"] == pruned["number"]]["val_accuracy"].iloc[-1]
    assert one(page, "#own-curve").get_attribute("aria-label").endswith(f"{100 * last:.1f}\u00a0%.")
    one(page, "#copy-python").click()
    copied = ast.literal_eval(one(page, "#chosen pre").text)
    drawn = {p.name: pruned[f"params.{p.name}"] for p in frames.parameters}
    assert copied == {name: value for name, value in drawn.items() if value is not None and value == value}


def test_next_and_previous_follow_the_table(page):
    order = page.execute_script(
        "return [...document.querySelectorAll('#table tbody tr')].map(r => +r.cells[0].textContent)"
    )
    one(page, f"[aria-label='Select trial {order[0]}']").click()
    one(page, "#after").click()
    assert one(page, "#chosen h2").text.startswith(f"Trial {order[1]}: ")
    one(page, "#after").send_keys(Keys.ARROW_RIGHT)
    assert one(page, "#chosen h2").text.startswith(f"Trial {order[2]}: ")
    one(page, "#before").click()
    assert one(page, "#chosen h2").text.startswith(f"Trial {order[1]}: ")


def test_failed_trial_shows_its_error_and_has_no_curve(chromium, make):
    from hpsearch.report import write_report

    space = {"learning_rate": {"low": 1e-4, "high": 1e-1, "log": True}}
    chromium.get(write_report(make(3, only="failed", space=space)).as_uri())
    one(chromium, "#table tbody button").click()
    assert "Error: ValueError: bad" in one(chromium, "#chosen .why").text
    assert not one(chromium, "#own-curve").is_displayed()
    assert chromium.get_log("browser") == []


CONTRASTS = """
const luminance = (colour) => {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const paper = luminance(getComputedStyle(document.body).backgroundColor);
return [...document.querySelectorAll('figure svg text')].map((text) => {
  const ink = luminance(getComputedStyle(text).fill);
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
});
"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_of_figures_can_be_read(page, dark):
    if dark:
        one(page, "#theme").click()
    contrasts = page.execute_script(CONTRASTS)
    assert len(contrasts) > 100
    assert min(contrasts) >= 4.5


def test_title_is_not_split_inside_a_word_on_a_phone(page):
    on_a_phone(page)
    script = """const title = document.querySelector('h1');
        title.textContent = 'ThreeLayerConvNet on handwritten digits';
        return title.textContent.split(' ').map((word) => {
          const range = document.createRange();
          const start = title.textContent.indexOf(word);
          range.setStart(title.firstChild, start);
          range.setEnd(title.firstChild, start + word.length);
          return range.getClientRects().length;
        })"""
    assert page.execute_script(script) == [1, 1, 1, 1]


def test_print_has_whole_figures_and_the_twenty_best_on_few_pages(page, written):
    import base64

    frames = written[0]
    printed = page.execute_cdp_cmd(
        "Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}
    )
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"]))) <= 7
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        tables = page.find_elements("css selector", ".printed")
        assert all(table.is_displayed() for table in tables)
        names = [cell.text for table in tables for cell in table.find_elements("css selector", "th")]
        complete = frames.trials[frames.trials["state"] == "complete"]
        best = complete.sort_values(["value", "number"], ascending=[False, True])["number"].head(20)
        assert [name for name in names if name] == [f"trial {number}" for number in best]
        assert {p.name for p in frames.parameters} <= set(tables[0].text.split())
        assert not one(page, "#table-box").is_displayed()
        assert not one(page, "#exploring").is_displayed()
        assert one(page, "#learning-curves").value_of_css_property("break-inside") == "avoid"
        assert (
            page.execute_script("return getComputedStyle(document.body).backgroundColor")
            == "rgb(255, 255, 255)"
        )
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_hostile_names_are_shown_as_text_everywhere(chromium, hostile):
    from hpsearch.report import write_report

    chromium.get(write_report(hostile).as_uri())
    one(chromium, "#table tbody button").click()
    one(chromium, "#slice-1 .enlarge").send_keys(Keys.ENTER)
    one(chromium, "#large-box").send_keys(Keys.HOME)
    assert "<script>" in one(chromium, "#tip").text
    assert chromium.get_log("browser") == []
