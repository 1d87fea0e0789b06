import sys

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


@pytest.mark.parametrize(
    ("study", "says"),
    [
        ("mien.toml", "mien.toml: no such study file; did you mean mine.toml?"),
        ("sub/other.toml", "sub/other.toml: no such study file; did you mean sub/others.toml?"),
        ("nothing-like-it.toml", "nothing-like-it.toml: no such study file"),
        ("mine.tml", "no study named 'mine.tml'; expected a path to a .toml file or one of mine.toml, "),
        ("mien", "no study named 'mien'; expected a path to a .toml file or one of mine.toml, "),
    ],
)
def test_a_misspelt_file_is_told_of_the_files_beside_it_that_are_like_it(tmp_path, monkeypatch, study, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for file in ("mine.toml", "sub/others.toml"):
        (tmp_path / file).touch()
    with pytest.raises(CallError) as raised:
        places.find(study)
    assert str(raised.value).startswith(says)
    assert says.endswith(", ") or str(raised.value) == says


@pytest.mark.skipif(sys.platform == "win32", reason="its paths and links are others")
def test_what_is_no_file_is_not_called_absent(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("mine.toml", "reports/mine", "reports/empty"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "reports" / "mine" / "study.toml").touch()
    (tmp_path / "link.toml").symlink_to("gone.toml")
    for study, says in {
        "mine.toml": "mine.toml: is a folder; expected a study file",
        "reports/empty": "reports/empty: is a folder; expected a study file",
        "reports/mine/": "reports/mine: is a folder; expected a study file, such as reports/mine/study.toml",
        "link.toml": "link.toml: links to gone.toml, which is not there; expected a study file",
        "/dev/null": "/dev/null: is no regular file; expected a study file",
    }.items():
        with pytest.raises(CallError) as raised:
            places.find(study)
        assert str(raised.value) == says
