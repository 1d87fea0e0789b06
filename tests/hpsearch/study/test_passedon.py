"""What a constructor takes, and what it passes on to the class that it inherits from."""

import tomllib

import pytest
import tomli_w

import hpsearch
from hpsearch.errors import StudyFileError
from hpsearch.study import newfile
from hpsearch.study.given import given_values
from hpsearch.study.passedon import parameters
from hpsearch.study.studyfile import from_table


class Course:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, reg=0.0, seed=None):
        pass


class Silent(Course):
    pass


class PassesOn(Course):
    def __init__(self, *args, extra=1, **kwargs):
        print("made", kwargs)
        super().__init__(*args, **kwargs)


class NamesSome(Course):
    def __init__(self, **more):
        super().__init__([20], num_classes=10, **more)


class ByName(Course):
    def __init__(self, width, **kwargs):
        Course.__init__(self, [width], **kwargs)


class Twice(NamesSome):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)


class Reads(Course):
    def __init__(self, **kwargs):
        super().__init__(kwargs["hidden_dims"])


class NoSource(Course):
    exec("def __init__(self, **kwargs):\n    super().__init__(**kwargs)")


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (Course, ["hidden_dims", "input_dim", "num_classes", "reg", "seed"]),
        (Silent, ["hidden_dims", "input_dim", "num_classes", "reg", "seed"]),
        (PassesOn, ["args", "extra", "kwargs", "hidden_dims", "input_dim", "num_classes", "reg", "seed"]),
        (NamesSome, ["more", "input_dim", "reg", "seed"]),
        (ByName, ["width", "kwargs", "input_dim", "num_classes", "reg", "seed"]),
        (Twice, ["kwargs", "input_dim", "reg", "seed"]),
        (Reads, ["kwargs"]),
        (NoSource, ["kwargs"]),
    ],
)
def test_parameters_are_those_of_all_constructors_that_are_given_them(cls, names):
    assert list(parameters(cls)) == names


def test_a_net_that_passes_all_on_is_given_the_sizes_of_the_data():
    assert given_values(PassesOn, (1, 8, 8), 7, {"seed": 3}) == {"seed": 3, "input_dim": 64, "num_classes": 7}
    assert given_values(NamesSome, (1, 8, 8), 7, {"seed": 3}) == {"seed": 3, "input_dim": 64}


NET = """
from nets import FullyConnectedNet


class Mine(FullyConnectedNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
"""


def test_a_search_trains_a_net_that_passes_all_on(study_table, tmp_path, monkeypatch):
    (tmp_path / "passing_net.py").write_text(NET)
    monkeypatch.syspath_prepend(str(tmp_path))
    table = study_table(net__kind="passing_net:Mine")
    (tmp_path / "study.toml").write_text(tomli_w.dumps(table))
    result = hpsearch.run(tmp_path / "study.toml", trials=1, out=tmp_path / "out", jobs=1)
    assert list(result.trials["state"]) == ["complete"]


def test_what_is_passed_on_is_named_in_a_new_study_file_and_missed_in_one_without(
    own_net, study_table, tmp_path
):
    source = """
        class Course:
            def __init__(self, hidden_dims, reg=0.0): ...
            def loss(self, X, y=None): ...

        class Mine(Course):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
    """
    kind = own_net(source, "Mine")
    assert newfile.write_for(kind, tmp_path / "mine.toml") == []
    searched = tomllib.loads((tmp_path / "mine.toml").read_text())["space"]
    assert {"hidden_dims", "reg"} < set(searched)
    table = study_table()
    table["net"] = {"kind": kind}
    with pytest.raises(StudyFileError, match=rf"net\.hidden_dims: missing; {kind} needs it"):
        from_table(table, "mine", "mine.toml")
