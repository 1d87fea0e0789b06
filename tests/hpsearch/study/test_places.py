import pytest

from hpsearch.errors import CallError
from hpsearch.study import places


def test_a_study_whose_file_lies_elsewhere_is_told_of_its_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copy = tmp_path / "reports" / "mine" / "study.toml"
    copy.parent.mkdir(parents=True)
    copy.touch()
    with pytest.raises(CallError) as raised:
        places.find("mine")
    assert str(raised.value) == (
        "no study file mine.toml; expected a path to it, or to its copy reports/mine/study.toml"
    )
    with pytest.raises(CallError, match="no study named 'mine'"):
        places.find("mine", tmp_path / "others")


def test_a_file_that_lies_here_is_named_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").touch()
    with pytest.raises(CallError, match=r"'mine' in \./studies or the package; expected --study mine\.toml$"):
        places.find("mine")
