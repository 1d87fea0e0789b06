"""A study file becomes a checked study, or one line that names file, key and rule."""

import copy
import datetime
import math
import os
import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import hpsearch
from hpsearch.errors import CallError, StudyFileError
from hpsearch.strategies.pruning import PrunerSettings
from hpsearch.study import places
from hpsearch.study.places import find
from hpsearch.study.study import Study
from hpsearch.study.studyfile import from_table, load, load_resolved

STUDIES = sorted((Path(__file__).parents[3] / "studies").glob("*.toml"))
INF, NAN = math.inf, math.nan
CHOICES = {"choices": ["none", "batchnorm"]}
NO_NORM = {"normalization": "none"}
LONG_NAME = "a" * 300
REG = {"space__reg": {"low": 1e-4, "high": 1e-1}}

OTHER_PRUNER = """
[pruner]
name = "percentile"
percentile = 40
warmup_epochs = 3
"""

FULL = """
[study]
title = "a title"
seed = 3
trials = 7
lookahead = 4

[data]
source = "digits"
num_val = 400

[net]
kind = "FullyConnectedNet"

[training]
epochs = 5

[space]
hidden_dims = { depth = [1, 3], width = [8, 64], log = true }
learning_rate = { low = 1e-4, high = 1e-1, log = true }
update_rule = { choices = ["sgd_momentum", "adam"] }
momentum = { low = 0.5, high = 0.99, when = { update_rule = "sgd_momentum" } }

[sampler]
name = "tpe"

[pruner]
name = "median"
"""


@pytest.fixture
def write(tmp_path):
    """Writes a study file and returns its path."""

    def written(text, name="mine.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_ready_study_file_loads_and_is_its_own_resolved_form(path, write):
    study = load(path)
    assert study.name == path.stem
    resolved = load_resolved(write(study.to_toml(), path.name), path.stem)
    assert (resolved, resolved.identity()) == (study, study.identity())


def test_there_are_ready_study_files():
    assert {path.stem for path in STUDIES} >= {"convnet", "fcnet"}


def test_a_study_has_what_its_file_says_and_defaults_elsewhere(write):
    study = load(write(FULL))
    assert (study.name, study.title, study.seed, study.trials, study.lookahead) == (
        "mine",
        "a title",
        3,
        7,
        4,
    )
    assert (study.data.source, study.data.num_val) == ("digits", 400)
    assert study.preprocessing == "mean_image_std"
    assert study.training == {"epochs": 5, "batch_size": 100}
    assert study.sampler.name == "tpe"
    assert study.pruner.to_table() == {"name": "median", "startup_trials": 5, "warmup_epochs": 2}
    assert study.max_epochs == 5


@pytest.mark.parametrize("epochs", [{"low": 3, "high": 9}, {"choices": [4, 9, 2]}])
def test_no_trial_exceeds_max_epochs(make_study, epochs):
    assert make_study(space__epochs=epochs).max_epochs == 9


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"study__trials": 5}, True),
        ({"study__title": "other"}, True),
        ({"study__seed": 1}, False),
        ({"study__lookahead": 9}, False),
        ({"data__num_val": 300}, False),
        ({"data__num_estimate": 100}, False),
        ({"data__num_estimate": 0}, True),
        ({"data__preprocessing": "unit"}, False),
        ({"net__reg": 0.1}, False),
        ({"training__epochs": 3}, False),
        ({"training__epochs": 10, "training__batch_size": 100, "training__update_rule": "sgd"}, True),
        ({"space__learning_rate": {"low": 1e-4, "high": 2e-1, "log": True}}, False),
        ({"space__reg": {"low": 1e-4, "high": 1e-1}}, False),
        ({"sampler__name": "random"}, False),
        ({"sampler__name": "auto"}, True),
        ({"pruner__warmup_epochs": 3}, False),
        ({"pruner__name": "percentile"}, True),
        ({"stop__epochs": 100, "stop__unimproved": 30, "stop__value": 0.9}, True),
        ({"question__compare": "learning_rate", "question__values": [0.1, 0.01], **REG}, False),
    ],
)
def test_identity_is_what_trials_depend_on(make_study, change, same):
    plain, changed = make_study(), make_study(**change)
    assert (plain.identity() == changed.identity()) == same
    assert (plain.identity_table() == changed.identity_table()) == same


def test_a_study_without_a_question_or_rules_has_no_trace_of_them(make_study):
    study = make_study()
    assert (study.n_turns, study.question, study.stop.to_table()) == (1, None, {})
    assert not {"question", "stop"} & (study.table.keys() | study.identity_table().keys())


def test_a_question_is_part_of_the_identity_with_all_its_values_written_out(make_study):
    asked = {"space__normalization": CHOICES, "question__compare": "normalization"}
    study = make_study(**asked)
    assert study.n_turns == 2
    assert study.identity_table()["question"] == {"compare": "normalization", "values": CHOICES["choices"]}
    assert study.identity() == make_study(**asked, question__values=["none", "batchnorm"]).identity()
    others = [
        make_study(**asked, question__values=["batchnorm", "none"]),
        make_study(space__normalization=CHOICES),
    ]
    assert study.identity() not in [other.identity() for other in others]


def test_a_design_takes_a_condition_on_the_parameter_in_question_alone(make_study):
    searched = {
        "space__update_rule": {"choices": ["sgd_momentum", "adam"]},
        "space__momentum": {"low": 0.5, "high": 0.9, "when": {"update_rule": "sgd_momentum"}},
        "sampler__name": "qmc",
    }
    assert make_study(**searched, question__compare="update_rule").sampler.name == "qmc"
    with pytest.raises(StudyFileError, match="takes no conditional parameters"):
        make_study(**searched)


def test_name_and_folder_are_no_part_of_the_identity(make_study):
    assert make_study(name="one").identity() == make_study(name="two").identity()


def test_place_of_the_data_is_no_part_of_the_identity(make_study, tmp_path):
    studies = [make_study(data__source="arrays", data__path=str(tmp_path / name)) for name in ("a", "b")]
    assert studies[0].identity() == studies[1].identity()


def test_path_of_the_data_is_made_absolute(make_study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = make_study(data__source="arrays", data__path="here.npz")
    assert study.data.path == str(tmp_path / "here.npz")
    assert study.table["data"]["path"] == str(tmp_path / "here.npz")


def test_data_in_a_home_folder_that_there_is_not_is_refused(make_study):
    words = "tiny.toml: data.path: ~no-such-user/x.npz: there is no such home folder"
    with pytest.raises(StudyFileError, match=words):
        make_study(data__source="arrays", data__path="~no-such-user/x.npz")


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="its file names are text")
def test_data_in_a_folder_whose_name_is_no_text_is_refused(make_study, tmp_path, monkeypatch):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(StudyFileError, match=r"tiny.toml: data.path: expected a path in UTF-8, but got '.*"):
        make_study(data__source="arrays", data__path="here.npz")


def test_studies_that_draw_in_another_order_have_another_identity(study_table, draw):
    table = study_table(space__reg={"low": 1e-4, "high": 1e-1})
    backwards = {**table, "space": dict(reversed(table["space"].items()))}
    studies = [from_table(one, "x", "x.toml") for one in (table, backwards)]
    same = draw(studies[0].space) == draw(studies[1].space)
    assert (studies[0].identity() == studies[1].identity()) == same
    assert (studies[0].identity_table() == studies[1].identity_table()) == same


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"study__seed": -1}, "study.seed: expected greater than or equal to 0, but got -1"),
        ({"study__trials": 0}, "study.trials: expected greater than or equal to 1, but got 0"),
        ({"study__trials": -3}, "study.trials: expected greater than or equal to 1, but got -3"),
        ({"study__trials": 1.0}, "study.trials: expected an integer, but got 1.0"),
        ({"study__lookahead": 0}, "study.lookahead: expected greater than or equal to 1, but got 0"),
        ({"study__lookahead": True}, "study.lookahead: expected an integer, but got True"),
        ({"study__title": 5}, "study.title: expected a .*string, but got 5"),
        ({"study__sede": 1}, "study.sede: unknown key; expected one of seed, .*"),
        ({"data__source": "digts"}, "data.source: must be one of digits, .*, but got 'digts'"),
        ({"data__num_val": 0}, "data.num_val: must be an integer from 1 up, but got 0"),
        ({"data__preprocessing": "none at all"},
         "data.preprocessing: expected one of none, .*, but got 'none at all'"),
        ({"data__preprocessing": []}, r"data.preprocessing: expected one of .*, but got \[\]"),
        ({"data__number": 3}, "data.number: unknown key; .*"),
        ({"net__kind": "ThreeLayerNet"},
         "net.kind: expected .*:Class or one of ThreeLayerConvNet, .*, but got 'ThreeLayerNet'"),
        ({"net__kind": 3}, "net.kind: expected the name of a net, but got 3"),
        ({"net__dropout": 1.0},
         r"net.dropout: dropout must be a probability .* in \[0, 1\), 0 = off, but got 1.0"),
        ({"net__reg": 10**400}, "net.reg: .*"),
        ({"net__hidden_dim": [10]}, "net.hidden_dim: unknown key; expected one of hidden_dims, .*"),
        ({"training__epochs": 0}, "training.epochs: epochs must be an integer of at least 1, but got 0"),
        ({"training__epoch": 1}, "training.epoch: unknown key; expected one of epochs, .*"),
        ({"training__momentum": 0.9}, "training.momentum: the update rule takes no momentum; .*"),
        ({"training__update_rule": "adma"}, "training.update_rule: expected one of adam, .*, but got 'adma'"),
        ({"training__update_rule": [1]}, r"training.update_rule: expected one of .*, but got \[1\]"),
        ({"space__reg": 0.1}, "space.reg: expected a table .* but got 0.1; a fixed value belongs in .*"),
        ({"space__reg": {"low": 0.1, "high": 0.01}},
         "space.reg: low must be below high, but got low = 0.1, high = 0.01"),
        ({"space__reg": {"low": 0, "high": 1.0, "log": True}},
         "space.reg: low must be above 0 with log = true, but got low = 0.0"),
        ({"space__reg": {"low": -1.0, "high": 1.0}},
         "space.reg: reg must be a finite number of at least 0, but got -1.0"),
        ({"space__dropout": {"low": 0.0, "high": 1.0}},
         "space.dropout: dropout must be a probability .* but got 1.0"),
        ({"space__normalization": {"choices": ["none", "batch"]}},
         "space.normalization: normalization must be one of batchnorm, .*, but got 'batch'"),
        ({"space__update_rule": {"choices": ["adam", "sdg"]}},
         "space.update_rule: expected one of sgd, .*, but got 'sdg'"),
        ({"space__batch_size": {"low": 8.0, "high": 64.0}},
         "space.batch_size: batch_size must be an integer of at least 1, but got 8.0"),
        ({"space__hidden_dims": {"depth": 1, "width": [2, 4]}},
         r"space.hidden_dims: stands in \[net\] too; expected it in one of them"),
        ({"space__lr": {"low": 0.1, "high": 0.2}}, "space.lr: unknown key; expected one of .*"),
        ({"space__momentum": {"low": 0.1, "high": 0.2}},
         "space.momentum: the update rule takes no momentum; .*"),
        ({"space__reg": {"low": 0.1, "high": 0.2, "when": {"lr": 1}}},
         "space.reg: when names 'lr', which .*"),
        ({"space__epochs": {"low": 1, "high": 5, "when": NO_NORM}, "space__normalization": CHOICES},
         "space.epochs: every trial needs it; expected no when"),
        ({"space__update_rule": {"choices": ["sgd"], "when": NO_NORM}, "space__normalization": CHOICES},
         "space.update_rule: every trial needs it; expected no when"),
        ({"sampler__name": "tep"}, "sampler.name: expected one of tpe, .*, but got 'tep'"),
        ({"sampler__name": []}, r"sampler.name: expected one of .*, but got \[\]"),
        ({"sampler__startup": 1}, "sampler.startup: unknown key; expected one of startup_trials, .*"),
        ({"sampler__startup_trials": 0},
         "sampler.startup_trials: expected an integer from 1 to 1000000, but got 0"),
        ({"sampler__name": "random", "sampler__startup_trials": 3},
         "sampler.startup_trials: unknown key; .*"),
        ({"sampler__name": "grid"},
         r"space.learning_rate: sampler 'grid' needs values = \[...\] or num = ..."),
        ({"pruner__name": {}}, "pruner.name: expected one of .*, but got {}"),
        ({"pruner__name": "medain"}, "pruner.name: expected one of median, .*, but got 'medain'"),
        ({"pruner__warmup_epochs": -1},
         "pruner.warmup_epochs: expected an integer from 0 up, but got -1"),
        ({"pruner__warmup_epochs": 1.5}, "pruner.warmup_epochs: expected an integer .*, but got 1.5"),
        ({"pruner__name": "median", "pruner__percentile": 5.0}, "pruner.percentile: unknown key; .*"),
        ({"pruner__name": "percentile", "pruner__percentile": NAN}, "pruner.percentile: .*, but got nan"),
        ({"stop__value": 2}, "stop.value: expected a number from 0 to 1, but got 2"),
        ({"stop__trials": 2}, "stop.trials: unknown key; expected one of .*"),
        ({"question__values": [1]}, "question.compare: expected a parameter of .*, but got None"),
        ({"question__compare": "learning_rate", "question__values": [1e-4, 1e-2]},
         r"question.compare: there is nothing else in \[space\] to tune beside learning_rate = 0.0001"),
        ({"question__compare": "learning_rate", "question__values": [1e-4, 1e-3, 1e-2], **REG},
         "study.trials: 3 values of learning_rate take turns; .*, as 99 or 102, but got 100"),
        ({"nets__kind": "x"}, r"unknown section \[nets\]; expected one of net, .*"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_file_key_and_rule(study_table, change, message):
    with pytest.raises(StudyFileError) as caught:
        from_table(study_table(**change), "mine", "mine.toml")
    assert re.fullmatch(f"mine.toml: {message}", str(caught.value), re.DOTALL)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "space: there is nothing to search; expected at least one parameter"),
        ("[space]\n", "space: there is nothing to search; expected at least one parameter"),
        ("space = 5", r"space: expected a section \[space\], but got 5"),
        ("[space]\nreg = {low = 1e400, high = 2}", "space.reg: low must be a finite number, but got inf"),
        ("[space]\nreg = {low = nan, high = 2}", "space.reg: low must be a finite number, but got nan"),
        ("[space", "not valid TOML: .*"),
        ("[space]\nreg = {low = 1,\n high = 2}", "not valid TOML: .*"),
        ("[study]\nseed = 1\nseed = 2", "not valid TOML: .*"),
        ("a = " + "[" * 100_000, "not valid TOML: .*"),
        ("a = " + "1" * 5000, "not valid TOML: .*"),
        ("\0", "not valid TOML: .*"),
        (b"\xff\xfe[\0s\0", "not UTF-8 text: .*"),
        ("title = \"caf\u00e9\"".encode("latin-1"), "not UTF-8 text: .*"),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_file_that_is_no_study_is_refused_by_path(write, text, message):
    path = write(text)
    with pytest.raises(StudyFileError) as caught:
        load(path)
    assert re.fullmatch(f"{path}: {message}", str(caught.value))


def test_a_folder_or_nothing_in_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    for name, reason, told in (
        ("folder.toml", "Is a directory", "is a folder; expected a study file"),
        ("absent.toml", "No such file or directory", "no such study file"),
    ):
        with pytest.raises(StudyFileError, match=rf"{name}: cannot be read: {reason}"):
            load(tmp_path / name)
        with pytest.raises(CallError, match=f"{name}: {told}"):
            find(str(tmp_path / name))


@pytest.mark.parametrize(
    "name", ["Mine.toml", "my study.toml", "mi\u00eb.toml", "a" * 65 + ".toml", "...toml"]
)
def test_a_name_that_could_not_name_a_folder_is_refused(write, name):
    with pytest.raises(CallError, match=r"a study's name is its file's name without \.toml"):
        load(write(FULL, name))


@pytest.mark.parametrize(
    "name", ["", "absent", LONG_NAME, "a\0b", ".", "..", "Convnet", f"{LONG_NAME}/x", "/", "x/"]
)
def test_a_study_that_is_not_there_is_refused(name):
    with pytest.raises(CallError):
        find(name)


def test_a_missing_name_lists_what_there_is_nearest_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "covnet-2.toml").write_text("")
    with pytest.raises(CallError) as caught:
        find("convnt")
    assert re.search(
        "expected a path to a .toml file or one of convnet, covnet-2, .*fcnet", str(caught.value)
    )


def test_a_name_means_the_users_own_study_before_a_packaged_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    packaged = find("convnet")
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "convnet.toml").write_text(FULL)
    assert packaged.is_absolute()
    assert find("convnet") == Path("studies/convnet.toml")


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("training.epochs=9", "training", "epochs", 9),
        (" training.epochs = 9 ", "training", "epochs", 9),
        ("training.clip_norm=inf", "training", "clip_norm", INF),
        ("net.normalization=batchnorm", "net", "normalization", "batchnorm"),
        ('net.normalization="batchnorm"', "net", "normalization", "batchnorm"),
        ("study.title=a = b", "study", "title", "a = b"),
        ("study.title=", "study", "title", ""),
        ("pruner.name=none", "pruner", "name", "none"),
    ],
)
def test_set_overrides_a_key(write, override, section, key, value):
    text = FULL.replace('name = "median"', "") if section == "pruner" else FULL
    assert load(write(text), [override]).table[section][key] == value


def test_set_reaches_into_a_parameter_and_the_last_one_wins(write):
    overrides = [
        "space.learning_rate.low=1e-3",
        "space.learning_rate.low=1e-2",
        "space.reg={low = 1, high = 2}",
    ]
    space = {parameter.name: parameter for parameter in load(write(FULL), overrides).space}
    assert (space["learning_rate"].low, space["learning_rate"].high) == (1e-2, 1e-1)
    assert (space["reg"].low, space["reg"].high) == (1, 2)


def test_set_that_is_no_text_is_refused(write):
    with pytest.raises(CallError, match="expected UTF-8 text"):
        load(write(FULL), ["study.title=\udcff"])


def test_the_ledgers_name_is_no_studys(write):
    with pytest.raises(CallError, match=r"not test-ledger\.jsonl"):
        load(write(FULL, "test-ledger.jsonl.toml"))


def test_set_is_the_same_as_writing_it_into_the_file(write):
    overridden = load(write(FULL), ["training.epochs=6"])
    written = load(write(FULL.replace("epochs = 5", "epochs = 6")))
    assert overridden == written


def test_set_of_another_pruner_leaves_out_options_that_it_does_not_have(write):
    file = write(FULL[: FULL.index("[pruner]")] + OTHER_PRUNER)
    assert load(file, ["pruner.name=none"]).pruner == PrunerSettings("none", {})
    assert load(file, ["pruner.name=median"]).pruner.options["warmup_epochs"] == 3


def test_set_of_another_pruner_keeps_what_set_gives(write):
    file = write(FULL)
    overrides = ["pruner.percentile=40", "pruner.name=percentile"]
    assert load(file, overrides).pruner.options["percentile"] == 40
    with pytest.raises(StudyFileError, match=r"pruner\.percentile: unknown key"):
        load(file, ["pruner.percentile=40", "pruner.name=median"])


@pytest.mark.parametrize(
    "override",
    ["", "=", "training", "training=5", "training.=5", ".epochs=5", "trainings.epochs=5", "training.epochs"],
)
def test_set_that_names_no_key_is_refused(write, override):
    with pytest.raises(CallError, match=f"--set {re.escape(override)}: "):
        load(write(FULL), [override])


@pytest.mark.parametrize("text", ["", "[[enqueue]]\nreg = 1e-3\n"], ids=["without", "with"])
def test_set_of_a_trial_by_hand_is_refused(write, text):
    with pytest.raises(CallError, match=r"--set enqueue\.reg=1e-2: enqueue is no section of values"):
        load(write(FULL + text), ["enqueue.reg=1e-2"])


@pytest.mark.parametrize(
    "override",
    [
        "training.epochs=",
        "training.epochs=many",
        "training.epochs.more=1",
        "study.seed=" + "[" * 100_000,
        "study.seed=" + "1" * 5000,
        "study.seed=1\nname = 2",
        "space.reg.low=1",
        "space.learning_rate=1",
    ],
    ids=range(8),
)
def test_set_to_what_cannot_be_is_refused(write, override):
    with pytest.raises(CallError):
        load(write(FULL), [override])


def test_set_into_what_is_no_table_is_refused(write):
    path = write(FULL.replace("learning_rate = {", "reg = 1\nlearning_rate = {"))
    with pytest.raises(CallError, match="reg"):
        load(path, ["space.reg.low=1"])
    with pytest.raises(CallError, match="study"):
        load(write("study = 1"), ["study.seed=1"])


scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, 2**64, 0]),
    st.floats(),
    st.text(st.characters(exclude_characters=":"), max_size=5),
    st.sampled_from(["tpe", "random", "none", "adam", "digits", "[1", "TwoLayerNet", "float16"]),
    st.dates(),
    st.datetimes(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def paths(table, before=()):
    """Returns the paths of all tables and entries of nested tables."""
    if not isinstance(table, dict):
        return [before]
    return [before, *(path for key, inner in table.items() for path in paths(inner, (*before, key)))]


def changed(table, path, value):
    """Returns a copy of nested tables with one entry replaced."""
    if not path:
        return value if isinstance(value, dict) else table
    return {**table, path[0]: changed(table[path[0]], path[1:], value)}


PARSED = tomllib.loads(FULL)


@given(st.sampled_from(paths(PARSED)), values)
@example(("net",), {"reg": 10**400})
@example(("training",), {"learning_rate": 10**400})
@example(("space", "learning_rate"), {"choices": [[datetime.date(2020, 1, 1)]]})
@example(("space", "update_rule", "choices"), ["[hello"])
def test_any_entry_is_accepted_or_refused_in_one_line(path, value):
    table = changed(copy.deepcopy(PARSED), path, value)
    try:
        study = from_table(table, "mine", "mine.toml")
    except StudyFileError as error:
        assert str(error).startswith("mine.toml: ")  # noqa: PT017
        assert "unhashable" not in str(error)  # noqa: PT017
        return
    text = study.to_toml()
    assert from_table(tomllib.loads(text), "mine", "mine.toml").identity() == study.identity()
    [parameter.distribution() for parameter in study.space]


names = st.sampled_from(["learning_rate", "epochs", "dropout", "kind", "name", "when", "seed", "source"])


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["study", "data", "net", "training", "space", "sampler", "pruner", "other"]),
        st.dictionaries(names | st.text(max_size=4), values, max_size=3) | values,
    )
)
def test_any_table_is_accepted_or_refused_in_one_line(table):
    try:
        study = from_table(table, "mine", "mine.toml")
    except StudyFileError as error:
        assert str(error).startswith("mine.toml: ")  # noqa: PT017
        return
    assert isinstance(study, Study)


def test_reading_a_resolved_study_imports_no_net_of_the_users(own_net, study_table, write):
    kind = own_net(
        """
        class Net:
            def __init__(self, width=3):
                self.params = {}
            def loss(self, X, y=None): ...
        """
    )
    table = study_table(net__width=5)
    table["net"] = {"kind": kind, "width": 5}
    study = from_table(table, "mine", "mine.toml")
    text = study.to_toml().replace(kind, "gone.away:Net")
    resolved = load_resolved(write(text), "mine")
    assert (resolved.net_kind, resolved.net) == ("gone.away:Net", {"width": 5})
    with pytest.raises(StudyFileError, match=r"net\.kind: .*gone.*"):
        load(write(text))


@pytest.mark.parametrize("value", [datetime.date(2020, 1, 1), [datetime.time(1)], NAN])
def test_an_own_nets_argument_that_has_no_identity_is_refused(own_net, value):
    kind = own_net("class Net:\n    def __init__(self, day=None): ...\n    def loss(self, X, y=None): ...\n")
    table = {"net": {"kind": kind, "day": value}, "space": {"learning_rate": {"low": 0.1, "high": 0.2}}}
    with pytest.raises(StudyFileError, match=r"net\.day"):
        from_table(table, "mine", "mine.toml")


def test_packaged_studies_lie_beside_the_module():
    assert places.PACKAGED_STUDIES.parent == Path(hpsearch.__file__).parent


def test_overrides_by_key_are_those_of_the_texts(write):
    values = {"training.epochs": np.int64(6), "space.reg": {"low": 1, "high": np.float64(2.5)}}
    texts = ["training.epochs=6", "space.reg={low = 1, high = 2.5}"]
    file = write(FULL)
    assert load(file, values).to_toml() == load(file, texts).to_toml()
    lists = load(file, {"space.batch_size": {"choices": (16, 32)}})
    assert lists.table["space"]["batch_size"] == {"choices": [16, 32]}


def test_the_mark_that_some_editors_put_before_utf_8_is_no_mistake(tmp_path):
    text = "[net]\nhidden_dims = [8]\n[space]\nlearning_rate = { low = 1e-3, high = 1e-1, log = true }\n"
    (tmp_path / "plain.toml").write_text(text, encoding="utf-8")
    (tmp_path / "marked.toml").write_text(text, encoding="utf-8-sig")
    assert load(tmp_path / "marked.toml").identity() == load(tmp_path / "plain.toml").identity()
