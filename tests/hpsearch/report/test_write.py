"""The report as a whole: one page that needs nothing else, for every kind of study."""

import re

import pytest

from hpsearch.report import write_report


def test_page_tables_and_figures_are_written(make):
    frames = make(40)
    page = write_report(frames)
    assert page == frames.folder / "index.html"
    names = {path.name for path in frames.folder.iterdir()}
    assert names == {"index.html", "trials.csv", "curves.csv", "figures"}
    figures = sorted(path.stem for path in (frames.folder / "figures").glob("*.svg"))
    assert figures == sorted(path.stem for path in (frames.folder / "figures").glob("*.png"))
    assert all(f'id="{name}"' in page.read_text() for name in figures)


def test_same_study_gives_the_same_bytes(make):
    frames = make(30)
    first = write_report(frames).read_bytes()
    assert write_report(frames).read_bytes() == first


def test_page_asks_nothing_of_anywhere(make):
    page = write_report(make(20)).read_text()
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == []
    assert "url(http" not in page
    assert "@import" not in page


@pytest.mark.parametrize("n", [0, 1, 2])
def test_smallest_studies_have_a_page(make, n):
    page = write_report(make(n)).read_text()
    assert f"{n} trial" in page or "No trial of 100 has finished yet" in page


@pytest.mark.parametrize("only", ["pruned", "diverged", "failed"])
def test_study_without_a_winner_says_so(make, only):
    page = write_report(make(12, only=only)).read_text()
    assert f"12 {only}" in page
    assert "there is no winner" in page
