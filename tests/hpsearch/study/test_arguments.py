"""Every setting finds its owner, and a net of the user's own is taken as it comes or refused with reason."""

import inspect
from pathlib import Path

import pytest

import nets
from hpsearch.errors import CallError, StudyFileError
from hpsearch.study import arguments, newfile
from hpsearch.study.netclass import net_class
from hpsearch.study.spacetable import parse_space
from hpsearch.study.studyfile import from_table, load
from nets.training import optim
from nets.training.solver import Solver

RATE = {"learning_rate": {"low": 1e-3, "high": 1e-1}}


def given(kind="FullyConnectedNet", net=None, training=None, space=None, params=None):
    """Returns what the owners are given in a trial with these parameters."""
    fixed = arguments.split_fixed({"kind": kind, **(net or {})}, training or {}, parse_space(space or RATE))
    return arguments.for_trial(*fixed, params or {"learning_rate": 0.1})


def test_values_go_to_their_owners():
    found = given(
        net={"hidden_dims": [5], "reg": 0.1},
        training={"epochs": 3, "update_rule": "sgd_momentum", "momentum": 0.8, "clip_norm": 2.0},
        params={"learning_rate": 0.3, "dropout": 0.2, "batch_size": 7},
        space={**RATE, "dropout": {"low": 0.0, "high": 0.5}, "batch_size": {"low": 4, "high": 8}},
    )
    assert found.net == {"hidden_dims": [5], "reg": 0.1, "dropout": 0.2}
    assert found.solver == {"epochs": 3, "update_rule": "sgd_momentum", "clip_norm": 2.0, "batch_size": 7}
    assert found.rule == {"momentum": 0.8, "learning_rate": 0.3}


def test_epochs_batch_size_and_rule_are_written_out_unless_searched():
    defaults = {name: p.default for name, p in inspect.signature(Solver).parameters.items()}
    _, _, training = arguments.split_fixed({}, {}, parse_space(RATE))
    assert training == {name: defaults[name] for name in ("epochs", "batch_size", "update_rule")}
    searched = parse_space({"epochs": {"low": 1, "high": 3}, "update_rule": {"choices": ["sgd"]}})
    assert set(arguments.split_fixed({}, {"batch_size": 5}, searched)[2]) == {"batch_size"}


def test_the_resolved_order_of_training_never_varies():
    names = [list(arguments.split_fixed({}, {}, parse_space(RATE))[2]) for _ in range(3)]
    assert names == [["epochs", "batch_size", "update_rule"]] * 3


@pytest.mark.parametrize("rule", optim.RULES)
def test_a_rule_is_given_only_what_it_takes(rule):
    training = {"momentum": 0.9, "beta1": 0.8, "decay_rate": 0.9, "weight_decay": 0.1}
    found = given(training={**training, "update_rule": rule})
    assert set(found.rule) == set(optim.DEFAULTS[rule]) & {*training, "learning_rate"}


def test_drawn_lists_and_widths_reach_the_net_as_lists():
    params = {"hidden_dims.depth": 2, "hidden_dims.width1": 8, "hidden_dims.width2": 4, "learning_rate": 0.1}
    space = {"hidden_dims": {"depth": [1, 2], "width": [2, 9]}, **RATE}
    assert given(space=space, params=params).net == {"hidden_dims": [8, 4]}
    chosen = {"hidden_dims": {"choices": [[3], [4, 5]]}, **RATE}
    assert given(space=chosen, params={"hidden_dims": "[4, 5]", "learning_rate": 0.1}).net == {
        "hidden_dims": [4, 5]
    }


def test_what_a_condition_leaves_out_has_its_default():
    space = {
        **RATE,
        "normalization": {"choices": ["none", "batchnorm"]},
        "batch_size": {"low": 4, "high": 8, "when": {"normalization": "batchnorm"}},
        "reg": {"low": 0.1, "high": 0.2, "when": {"normalization": "none"}},
    }
    net = {"hidden_dims": [4]}
    study = from_table({"net": net, "space": space}, "x", "x.toml")
    params = {"learning_rate": 0.1, "normalization": "none", "reg": 0.15}
    found = arguments.for_trial(study.net_kind, study.net, study.training, params)
    assert "batch_size" not in found.solver
    assert found.net == {"hidden_dims": [4], "normalization": "none", "reg": 0.15}


@pytest.mark.parametrize("kind", nets.NETS)
def test_every_net_of_ours_is_known_with_all_its_arguments(kind):
    net = {"hidden_dims": [4]} if "hidden_dims" in inspect.signature(nets.NETS[kind]).parameters else {}
    study = from_table(
        {"net": {"kind": kind, **net}, "space": {"reg": {"low": 0.0, "high": 1.0}}}, "x", "x.toml"
    )
    assert net_class(kind) is nets.NETS[kind]
    assert study.net == net


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("input_dim", "data"),
        ("num_classes", "data"),
        ("rng", "trial's seed"),
        ("dropout_rng", "trial's seed"),
    ],
)
def test_what_the_search_itself_gives_a_net_of_ours_cannot_be_set_nor_searched(study_table, name, source):
    words = rf"net\.{name}: FullyConnectedNet is given it, from the {source}; expected no such key"
    for place, value in (("net", 3), ("space", {"low": 1, "high": 3})):
        with pytest.raises(StudyFileError, match=words):
            from_table(study_table(**{f"{place}__{name}": value}), "x", "x.toml")


def test_a_key_that_is_pythons_own_is_unknown(study_table):
    with pytest.raises(StudyFileError, match=r"net\.self: unknown key"):
        from_table(study_table(net__self=3), "x", "x.toml")


@pytest.mark.parametrize("name", ["net", "data", "optim_config", "rng", "augmentation_rng"])
def test_what_the_search_itself_gives_a_solver_cannot_be_set(study_table, name):
    with pytest.raises(StudyFileError, match=rf"training\.{name}: unknown key"):
        from_table(study_table(**{f"training__{name}": 3}), "x", "x.toml")


def test_a_missing_argument_without_a_default_is_named():
    with pytest.raises(
        StudyFileError, match=r"net\.hidden_dims: missing; FullyConnectedNet needs it in \[net\] or"
    ):
        from_table({"space": RATE}, "x", "x.toml")


@pytest.mark.parametrize(
    ("rules", "when", "takers"),
    [
        ({"choices": ["adam", "sgd_momentum"]}, {}, "sgd_momentum, nesterov"),
        (
            {"choices": ["adam", "sgd_momentum"]},
            {"update_rule": ["adam", "sgd_momentum"]},
            "sgd_momentum, nesterov",
        ),
    ],
)
def test_a_rules_argument_must_have_an_effect_in_every_trial_that_draws_it(study_table, rules, when, takers):
    table = study_table(space__update_rule=rules, space__momentum={"low": 0.1, "high": 0.9, "when": when})
    with pytest.raises(
        StudyFileError, match=f"update_rule 'adam' takes no momentum; expected .* one of {takers}"
    ):
        from_table(table, "x", "x.toml")
    table["space"]["momentum"]["when"] = {"update_rule": "sgd_momentum"}
    assert from_table(table, "x", "x.toml").space[-1].name == "momentum"


PLAIN = """
    import numpy as np

    class Net:
        def __init__(self, width, input_dim=(3, 4, 4), twist=1.0):
            self.params = {}

        def loss(self, X, y=None):
            return np.zeros((len(X), 3))

    class NoLoss:
        pass

    def function():
        pass
"""


def load_with(kind, **net):
    return from_table({"net": {"kind": kind, **net}, "space": RATE}, "x", "x.toml")


def test_an_own_net_is_taken_with_the_arguments_that_it_has(own_net):
    kind = own_net(PLAIN)
    study = load_with(kind, width=[3], twist="any")
    assert (study.net_kind, study.net) == (kind, {"width": [3], "twist": "any"})
    with pytest.raises(StudyFileError, match=r"net\.twits: unknown key; expected one of twist, width"):
        load_with(kind, width=3, twits=1)
    with pytest.raises(StudyFileError, match=rf"net\.width: missing; {kind} needs it"):
        load_with(kind)


def test_an_argument_of_the_loss_is_said_to_belong_into_the_constructor(own_net):
    kind = own_net(PLAIN.replace("y=None", "y=None, reg=0.0"))
    words = rf"reg: an argument of loss, which .*; expected one of the constructor of {kind}, which keeps it"
    for place in (
        {"net": {"reg": 0.1}},
        {"training": {"reg": 0.1}},
        {"space": {"reg": RATE["learning_rate"]}},
    ):
        table = {"net": {"kind": kind, "width": 3}, "training": {}, "space": RATE}
        with pytest.raises(StudyFileError, match=words):
            from_table({key: {**part, **place.get(key, {})} for key, part in table.items()}, "x", "x.toml")
    with pytest.raises(StudyFileError, match=r"net\.y: unknown key"):
        load_with(kind, width=3, y=1)


def test_an_own_nets_checks_are_run(own_net):
    kind = own_net(
        """
        def even(name, value):
            if value % 2:
                raise ValueError(f"{name} must be even, but got {value}")

        class Net:
            ARGUMENT_CHECKS = {"width": even}
            def __init__(self, width=2): ...
            def loss(self, X, y=None): ...
        """
    )
    assert load_with(kind, width=4).net == {"width": 4}
    with pytest.raises(StudyFileError, match=r"x\.toml: net\.width: width must be even, but got 3"):
        load_with(kind, width=3)


@pytest.mark.parametrize("class_name", ["Missing", "NoLoss", "function", "np"])
def test_an_own_net_that_is_no_class_with_a_loss_is_refused(own_net, class_name):
    kind = own_net(PLAIN, class_name)
    with pytest.raises(
        StudyFileError, match=rf"x\.toml: net\.kind: .*(no class '{class_name}'|must be a class)"
    ):
        load_with(kind)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("class Net(:\n", "invalid syntax"),
        ("import no_such_package_anywhere\n", "No module named 'no_such_package_anywhere'"),
        ("raise RuntimeError('no GPU here')\n", "RuntimeError: no GPU here"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("import nets\nnets.no_such_name\n", "no_such_name"),
        ("raise SystemExit(3)\n", "SystemExit"),
    ],
)
def test_an_own_module_that_cannot_be_imported_says_why(own_net, source, reason):
    with pytest.raises(StudyFileError) as caught:
        load_with(own_net(source))
    assert str(caught.value).startswith("x.toml: net.kind: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "kind", [":", "a:", ":b", ".a:b", "..:b", "a:b:c", "a.:b", "a b:c", "a\0:b", "no_such_module_x:Net"]
)
def test_a_kind_that_names_no_class_is_refused(kind):
    with pytest.raises(StudyFileError, match=r"^x\.toml: net\.kind: "):
        load_with(kind)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import a_module_that_is_gone", "ModuleNotFoundError: No module named 'a_module_that_is_gone'"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("raise GeneratorExit", "GeneratorExit: "),
        ("class Mute(Exception):\n    __str__ = None\nraise Mute", "Mute: (its text cannot be had: "),
    ],
)
def test_a_net_that_cannot_be_imported_is_one_line_with_and_without_a_study_file(
    own_net, study_table, source, reason
):
    kind = own_net(source)
    line = f"net.kind: module {kind.split(':')[0]!r} cannot be imported: {reason}"
    with pytest.raises(CallError) as found:
        arguments.for_trial(kind, {}, {"update_rule": "sgd"}, {})
    assert str(found.value).startswith(line)
    with pytest.raises(StudyFileError) as found:
        from_table({**study_table(), "net": {"kind": kind}}, "tiny", "tiny.toml")
    assert str(found.value).startswith(f"tiny.toml: {line}")


def test_ctrl_c_while_a_net_is_imported_is_ctrl_c(own_net):
    with pytest.raises(KeyboardInterrupt):
        net_class(own_net("raise KeyboardInterrupt"))


NET_OF_EPOCHS = """
    class Net:
        def __init__(self, epochs=3, update_rule="sgd", learning_rate=0.1, momentum=0.5): ...
        def loss(self, X, y=None): ...
"""


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("epochs", {"low": 1, "high": 3}),
        ("update_rule", {"choices": ["sgd", "adam"]}),
        ("learning_rate", {"low": 0.1, "high": 0.2}),
    ],
)
def test_what_both_net_and_training_take_is_searched_of_neither(own_net, study_table, name, values):
    kind = own_net(NET_OF_EPOCHS)
    table = {**study_table(), "net": {"kind": kind}, "space": {name: values}}
    with pytest.raises(StudyFileError) as found:
        from_table(table, "tiny", "tiny.toml")
    assert str(found.value) == (
        f"tiny.toml: space.{name}: both {kind} and the training take an argument of this name; "
        f"expected the net's in [net], or another name in the net"
    )


def test_what_both_take_is_searched_of_the_training_beside_a_value_for_the_net(own_net, study_table):
    net = {"kind": own_net(NET_OF_EPOCHS), "learning_rate": 0.5, "epochs": 7}
    study = from_table({**study_table(), "net": net}, "tiny", "tiny.toml")
    found = arguments.for_trial(study.net_kind, study.net, study.training, {"learning_rate": 0.2})
    assert found.net == {"learning_rate": 0.5, "epochs": 7}
    assert (found.rule, found.solver["epochs"]) == ({"learning_rate": 0.2}, 10)


def test_a_new_study_of_such_a_net_can_be_read(own_net, tmp_path):
    kind = own_net(NET_OF_EPOCHS.replace("epochs=3", "kind='a', epochs=3"))
    newfile.write_for(kind, tmp_path / "mine.toml")
    study = load(tmp_path / "mine.toml")
    assert (study.net_kind, study.net["learning_rate"]) == (kind, 0.1)
    assert [one.name for one in study.space] == ["learning_rate"]


@pytest.mark.parametrize(("takes", "is_told"), [("input_dim", True), ("input_dim: int", False), ("D", False)])
def test_a_new_study_says_of_input_dim_that_it_is_a_shape_where_it_is_one(own_net, tmp_path, takes, is_told):
    kind = own_net(
        f"""
        class Net:
            def __init__(self, {takes}): ...
            def loss(self, X, y=None): ...
        """
    )
    newfile.write_for(kind, tmp_path / "mine.toml")
    assert ("input_dim is the shape of an image" in (tmp_path / "mine.toml").read_text()) == is_told


def test_what_the_net_and_a_rule_that_is_not_used_take_is_the_nets(own_net, study_table):
    space = {"momentum": {"low": 0.1, "high": 0.9}}
    for section in ({}, {"epochs": 4, "learning_rate": 0.5}):
        table = {**study_table(), "net": {"kind": own_net(NET_OF_EPOCHS), **section}, "space": space}
        study = from_table(table, "tiny", "tiny.toml")
        found = arguments.for_trial(study.net_kind, study.net, study.training, {"momentum": 0.2})
        assert found.net == {**section, "momentum": 0.2}
        assert found.solver["epochs"] == 10
        assert found.rule == {}


def test_a_module_that_changes_the_folder_does_not_move_ours(own_net, tmp_path):
    kind = own_net(
        f"""
        import os
        os.chdir({str(tmp_path)!r})
        class Net:
            def loss(self, X, y=None):
                pass
        """
    )
    before = Path.cwd()
    assert net_class(kind).__name__ == "Net"
    assert Path.cwd() == before


@pytest.mark.parametrize(
    ("training", "space", "says"),
    [
        ({"update_rule": "adam", "final_momentum": 0.9}, {}, r"training\.final_momentum: update_rule 'adam'"),
        (
            {"final_momentum": 0.9},
            {"update_rule": {"choices": ["sgd_momentum", "sgd"]}},
            r"training\.final_momentum: update_rule 'sgd'",
        ),
        (
            {"update_rule": "sgd"},
            {"final_momentum": {"low": 0.5, "high": 0.9}},
            r"space\.final_momentum: update_rule 'sgd'",
        ),
    ],
)
def test_a_final_momentum_needs_a_rule_with_momentum(training, space, says):
    with pytest.raises(StudyFileError, match=says + " has no momentum; expected one of sgd_momentum"):
        from_table({"training": training, "space": {**RATE, **space}}, "study", "study.toml")


def test_a_final_momentum_may_be_searched_beside_the_rules_that_have_one():
    rules = {"choices": ["sgd", "nesterov"]}
    final = {"low": 0.5, "high": 0.95, "when": {"update_rule": "nesterov"}}
    space = {**RATE, "update_rule": rules, "final_momentum": final}
    study = from_table({"net": {"hidden_dims": [5]}, "space": space}, "study", "here")
    assert [one.name for one in study.space][-1] == "final_momentum"
