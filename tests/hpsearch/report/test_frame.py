"""The page in the frame in which a notebook shows it: its links stay inside."""

import pytest

from hpsearch.result import Page

pytestmark = pytest.mark.slow


def test_a_link_of_the_page_goes_to_its_section_and_does_not_load_the_notebook_into_the_frame(
    chromium, written, tmp_path
):
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<p id='the-outer-page'>a notebook</p>{Page(written[1])._repr_html_()}")
    chromium.get(outer.as_uri())
    chromium.switch_to.frame(0)
    last = chromium.find_elements("css selector", "a[href^='#']")[-1]
    chromium.execute_script("arguments[0].click()", last)
    assert chromium.execute_script("return document.URL").startswith("about:srcdoc#")
    assert not chromium.find_elements("id", "the-outer-page")
    chromium.switch_to.default_content()
