"""What the end of a run needs is begun while the last trials train, and only if there will be a report."""

import sys
from collections import Counter
from types import SimpleNamespace

import pytest

from hpsearch.cli import ahead as module
from hpsearch.cli.ahead import Ahead
from hpsearch.search.status import Status


def at(recorded, n_new):
    """Returns the status of a search of 100 trials."""
    return Status(100, Counter(complete=recorded), 0, 2, None, 0, 1.0, n_new)


@pytest.fixture
def ahead(monkeypatch):
    """The preparations of a run on one worker, which import a module that is not used otherwise."""
    monkeypatch.setattr(module, "_LIBRARIES", "tabnanny")
    monkeypatch.delitem(sys.modules, "tabnanny", raising=False)
    run = SimpleNamespace(study=SimpleNamespace(lookahead=8), n_workers=1)
    with Ahead(run) as prepared:
        yield prepared


def test_nothing_is_imported_before_the_last_trials(ahead):
    ahead.begin_in_time(at(91, n_new=91))
    assert "tabnanny" not in sys.modules
    ahead.begin_in_time(at(92, n_new=92))
    ahead.finish()
    assert "tabnanny" in sys.modules


def test_nothing_is_imported_for_a_search_that_was_over_before(ahead):
    ahead.begin_in_time(at(100, n_new=0))
    assert "tabnanny" not in sys.modules


def test_a_search_that_ended_early_imports_at_its_end(ahead):
    ahead.finish()
    assert "tabnanny" in sys.modules
