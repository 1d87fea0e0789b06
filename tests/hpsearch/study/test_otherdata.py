"""What a study file has otherwise on another data set: what is merged, what it is called, what is refused."""

import tomllib

import pytest
import tomli_w

from hpsearch.errors import CallError, StudyFileError
from hpsearch.study.studyfile import from_mapping, load

FILE = """
[study]
trials = 20

[data]
source = "digits"
num_val = 400

[training]
epochs = 15
batch_size = 50

[net]
hidden_dims = [64]

[space]
learning_rate = { low = 1e-3, high = 1e-1, log = true }
reg = { low = 1e-6, high = 1e-2, log = true }

[sampler]
name = "tpe"
startup_trials = 5

[[enqueue]]
reg = 1e-3

[on]
cifar100 = "cifar10"

[on.cifar10.data]
num_train = 4000

[on.cifar10.training]
epochs = 5

[on.cifar10.space]
learning_rate = { low = 1e-4, high = 1e-2, log = true }

[on.cifar10.sampler]
name = "random"

[[on.cifar10.enqueue]]
learning_rate = 1e-3
"""


@pytest.fixture
def file(tmp_path):
    """A study file with sections for two other data sets."""
    path = tmp_path / "deep.toml"
    path.write_text(FILE)
    return path


def test_without_a_data_set_the_file_is_what_it_is_without_its_sections_for_others(file):
    asked, plain = load(file), tomllib.loads(FILE)
    del plain["on"]
    file.write_text(tomli_w.dumps(plain))
    assert asked == load(file)
    assert asked.identity() == load(file).identity()


@pytest.mark.parametrize("source", ["cifar10", "cifar100"])
def test_a_data_sets_sections_are_merged_key_by_key(file, source):
    study = load(file, data=source)
    assert study.name == f"deep-{source}"
    assert study.data.to_table() == {"source": source, "num_train": 4000, "num_val": 400, "split_seed": 0}
    assert study.training == {"epochs": 5, "batch_size": 50, "update_rule": "sgd"}
    assert [(one.name, one.low) for one in study.space] == [("learning_rate", 1e-4), ("reg", 1e-6)]
    assert study.sampler.name == "random"
    assert study.enqueued == ({"learning_rate": 1e-3},)
    assert study.remark == ""


def test_overrides_go_before_a_data_sets_sections(file):
    assert load(file, ["training.epochs=2"], data="cifar10").max_epochs == 2


def test_the_identity_is_that_of_a_file_that_was_written_so(file):
    study = load(file, data="cifar10")
    assert study.identity() == from_mapping(study.table, "written-out").identity()


def test_a_data_set_without_sections_leaves_the_files_numbers_and_it_is_said(file):
    study = load(file, data="mnist")
    assert (study.name, study.data.source, study.max_epochs) == ("deep-mnist", "mnist", 15)
    assert "no section [on.mnist]: its own numbers" in study.remark


def test_the_files_own_data_set_changes_nothing(file):
    assert load(file, data="digits") == load(file)


def test_a_study_given_as_a_mapping_has_them_too():
    study = from_mapping(tomllib.loads(FILE), "mine", data="cifar10")
    assert (study.name, study.max_epochs) == ("mine-cifar10", 5)


def test_a_source_that_is_set_leaves_what_the_file_says_of_that_set_alone(file):
    study = load(file, ["data.source=cifar10"])
    assert (study.data.source, study.name) == ("cifar10", "deep")
    assert study.max_epochs == load(file).max_epochs


def test_an_unknown_data_set_is_refused_with_those_that_the_file_has_sections_for(file):
    with pytest.raises(CallError, match=r"--data cifar: .*deep.toml has sections for cifar100, cifar10$"):
        load(file, data="cifar")


def test_a_training_functions_own_data_is_no_set_to_go_to(file):
    with pytest.raises(CallError, match=r"--data own: no such data set; expected one of (?!.*\bown\b)"):
        load(file, data="own")


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("on.cifar11.data]\nnum_val = 1", r"on\.cifar11: no such data set; expected one of cifar10"),
        ("on.digits.data]\nnum_val = 1", r"on\.digits: the file itself is on digits; expected another"),
        ("on.mnist.dat]\nnum_val = 1", r"on\.mnist\.dat: unknown section; expected one of data"),
        ('on.mnist.data]\nsource = "mnist"', r"on\.mnist\.data\.source: the section's name says it"),
        ("on.mnist]\ndata = 3", r"on\.mnist\.data: expected a section \[on\.mnist\.data\], but got 3"),
        (
            'on]\nmnist = "cifar10"',
            r"on\.mnist: expected sections .* or the name of a data set that has such",
        ),
    ],
)
@pytest.mark.parametrize("data", [None, "cifar10"])
def test_a_wrong_section_is_named(tmp_path, section, says, data):
    path = tmp_path / "wrong.toml"
    path.write_text(f"[space]\nreg = {{ low = 0.1, high = 1.0 }}\n[{section}\n")
    with pytest.raises(StudyFileError, match=says):
        load(path, data=data)


def test_a_value_that_is_wrong_there_is_named_with_the_file(file):
    with file.open("a") as more:
        more.write("\n[on.mnist.training]\nepochs = 0\n")
    with pytest.raises(StudyFileError, match=r"deep\.toml: training\.epochs: .*, but got 0"):
        load(file, data="mnist")


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("question = 3", r"about\.question: expected a line of at most 300 characters, but got 3"),
        ('tme = "long"', r"about\.tme: unknown key; expected one of time"),
    ],
)
def test_what_a_file_says_of_itself_is_checked(tmp_path, entry, says):
    path = tmp_path / "wrong.toml"
    path.write_text(f"[about]\n{entry}\n[space]\nreg = {{ low = 0.1, high = 1.0 }}\n")
    with pytest.raises(StudyFileError, match=says):
        load(path)


def test_what_a_file_says_of_itself_is_no_part_of_the_study(file):
    before = load(file)
    file.write_text('[about]\nquestion = "Deep?"\ncourse = "Ours"\n' + FILE)
    assert load(file) == before
