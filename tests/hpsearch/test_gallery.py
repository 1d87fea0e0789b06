"""The answers in studies/README.md are those of small records, which are of the study files as they are."""

import gallery
import pytest

from hpsearch.disk.folder import StudyFolder
from hpsearch.study import shelf
from hpsearch.study.studyfile import load, load_resolved

README = gallery.STUDIES / "README.md"
RECORDS = sorted(gallery.RECORDS.glob("*.tar.xz"))
MOST_BYTES = 1_000_000


def name_of(record):
    """Returns the study's name of a record."""
    return record.name.removesuffix(".tar.xz")


def test_the_records_are_small():
    assert sum(record.stat().st_size for record in RECORDS) < MOST_BYTES


def test_every_study_has_a_record_on_its_own_data_and_every_question_one_on_cifar10():
    names = {name_of(record) for record in RECORDS}
    for one in shelf.studies([gallery.STUDIES]):
        assert one.name in names
        if load(one.path).question is not None:
            assert f"{one.name}-cifar10" in names


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_a_record_is_of_the_study_file_as_it_is(record, tmp_path):
    gallery.extracted(record, tmp_path / name_of(record))
    folder = StudyFolder(tmp_path / name_of(record))
    held = load_resolved(folder.study_file, folder.name)
    file = gallery.STUDIES / f"{gallery.study_of(folder.name)}.toml"
    now = load(file, data=held.data.source)
    assert (now.name, now.identity(), now.trials) == (held.name, held.identity(), held.trials)


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_a_record_has_its_figure(record):
    assert record.with_name(f"{name_of(record)}.png").exists()


@pytest.mark.slow
def test_the_answers_are_those_that_the_records_give():
    text = README.read_text("utf-8")
    assert gallery.renewed(text) == text, "PYTHONPATH=.:tests python tests/gallery.py write renews them"


def test_the_table_of_cifar10_is_what_the_records_give():
    text = (gallery.STUDIES.parent / "README.md").read_text("utf-8")
    assert gallery.with_table(text) == text, "PYTHONPATH=.:tests python tests/gallery.py write renews it"


def test_an_archive_of_the_same_folder_is_the_same(tmp_path):
    for name in ("study.toml", "identity.json", "journal.log"):
        (tmp_path / name).write_text(name)
    (tmp_path / "trials" / "00000").mkdir(parents=True)
    (tmp_path / "trials" / "00000" / "hits.npy").write_bytes(b"1")
    (tmp_path / "trials" / "00000" / "weights.npz").write_bytes(b"1")
    first = gallery.packed(tmp_path)
    (tmp_path / "journal.log").touch()
    assert gallery.packed(tmp_path) == first
    (tmp_path / "answer.json").write_text("{}")
    assert gallery.packed(tmp_path) != first
