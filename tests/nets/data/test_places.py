"""Places of data: what an account without a home folder is told, as some containers have one."""

from pathlib import Path

import pytest

from nets.data import cache_root, expanded


@pytest.fixture
def homeless(monkeypatch):
    """Lets no home folder be found."""
    for name in ("HPSEARCH_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)


def test_without_a_home_folder_the_cache_needs_a_place(homeless, monkeypatch, tmp_path):
    with pytest.raises(
        FileNotFoundError, match="no home folder to keep data sets in; set HPSEARCH_DATA to a"
    ):
        cache_root()
    monkeypatch.setenv("HPSEARCH_DATA", str(tmp_path))
    assert cache_root() == tmp_path


def test_a_path_begins_in_a_home_folder_that_there_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert expanded("~/here") == tmp_path / "here"
    assert expanded("here") == Path.cwd() / "here"
    with pytest.raises(FileNotFoundError, match=r"^~no-such-user/here: there is no such home folder"):
        expanded("~no-such-user/here")
