"""Meanings are found in docstrings of Google style, wherever a class documents its arguments."""

from hpsearch.study.docstrings import entries, meanings, summary

DOCSTRING = """Draws something.

    More about it.

    Args:
        width: how wide,
            in units.
        low, high: both ends: inclusive.

        last: after an empty line.

    Raises:
        ValueError: it is too wide.
    """


def test_entries_are_read_with_the_lines_that_they_go_on_in():
    assert entries(DOCSTRING, "Args") == {
        "width": "how wide, in units.",
        "low": "both ends: inclusive.",
        "high": "both ends: inclusive.",
        "last": "after an empty line.",
    }


def test_a_section_ends_where_the_next_begins():
    assert entries(DOCSTRING, "Raises") == {"ValueError": "it is too wide."}


def test_what_is_not_there_has_no_entries():
    assert entries(DOCSTRING, "Returns") == {}
    assert entries(None, "Args") == {}


def test_the_summary_is_the_first_paragraph():
    assert summary("One\n    sentence.\n\n    Another.") == "One sentence."
    assert summary(None) == ""


class Documented:
    """Something with arguments.

    Args:
        shared: documented by the class.
        own: as the parent says it.
    """


class Child(Documented):
    """A child."""

    def __init__(self, own: int, added: int) -> None:
        """Takes them.

        Args:
            own: as the child says it.
            added: the child's alone.
        """


def test_a_class_says_more_than_those_that_it_inherits_from():
    assert meanings(Child) == {
        "shared": "documented by the class.",
        "own": "as the child says it.",
        "added": "the child's alone.",
    }
