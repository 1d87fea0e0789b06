"""The reference has every key that a study file takes, and studies/README.md is what the generator gives."""

import re
from pathlib import Path

import pytest

from hpsearch.errors import CallError, StudyFileError
from hpsearch.study import reference
from hpsearch.study.docstrings import meanings
from hpsearch.study.keys import Key, all_choices, all_keys, wanted
from hpsearch.study.studyfile import from_table
from nets.training import optim

README = Path(__file__).parents[3] / "studies" / "README.md"
SPACE = {"reg": {"low": 0.1, "high": 1.0}}
FORMS = {
    "a range": {"low": 0.1, "high": 1.0},
    "choices": {"choices": [0.1]},
    "depth and width": {"depth": 1, "width": [1, 2]},
}
UNKNOWN = "no_such_key"


def names_of(section):
    """Returns the keys of a section by owner; "" for those that have none."""
    found = {}
    for key in all_keys():
        if key.section == section:
            for owner in key.defaults:
                found.setdefault(owner, set()).add(key.name)
    return found


def accepted(table):
    """Returns the keys that a study file with an unknown one is told to expect."""
    with pytest.raises(StudyFileError, match=UNKNOWN) as caught:
        from_table({"space": SPACE, **table}, "study", "study.toml")
    listed = re.search(r"(?:expected one of|there are) (.*)", str(caught.value))
    assert listed, caught.value
    return set(listed[1].split(", "))


def test_the_file_holds_what_the_generator_gives():
    text = README.read_text("utf-8")
    assert reference.renewed(text, README.parent) == text, (
        "python -m hpsearch.study.reference studies/README.md renews it"
    )


def test_every_section_has_keys_in_the_reference():
    with pytest.raises(StudyFileError, match=UNKNOWN) as caught:
        from_table({UNKNOWN: {}}, "study", "study.toml")
    sections = str(caught.value).partition("expected one of ")[2].split(", ")
    assert {key.section for key in all_keys()} == set(sections)


def test_every_key_of_study_and_data_is_in_the_reference():
    assert names_of("study")[""] == accepted({"study": {UNKNOWN: 1}})
    assert names_of("data")[""] == accepted({"data": {UNKNOWN: 1}}) | {"preprocessing"}


@pytest.mark.parametrize("kind", sorted(set(names_of("net")) - {""}))
def test_every_argument_of_a_net_is_in_the_reference(kind):
    needed = {"hidden_dims": [4]} if kind == "FullyConnectedNet" else {}
    assert names_of("net")[kind] == accepted({"net": {"kind": kind, **needed, UNKNOWN: 1}})


@pytest.mark.parametrize("rule", sorted(optim.RULES))
def test_every_argument_of_solver_and_update_rule_is_in_the_reference(rule):
    net = {"hidden_dims": [4]}
    found = names_of("training")
    assert found[""] | found[rule] == accepted({"net": net, "training": {"update_rule": rule, UNKNOWN: 1}})


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_key_of_an_entry_of_the_space_is_in_the_reference(form):
    assert names_of("space")[form] == accepted({"space": {"hidden_dims": {**FORMS[form], UNKNOWN: 1}}})


@pytest.mark.parametrize("section", ["sampler", "pruner"])
def test_every_option_of_a_strategy_is_in_the_reference(section):
    strategies = next(one for one in all_choices() if one.key == f"{section}.name").meanings
    net = {"hidden_dims": [4]}
    for strategy in strategies:
        table = {"net": net, section: {"name": strategy, UNKNOWN: 1}}
        assert names_of(section).get(strategy, set()) | {"name"} == accepted(table)


def test_every_rule_that_ends_a_search_and_every_key_of_a_question_is_in_the_reference():
    net = {"hidden_dims": [4]}
    for section in ("stop", "question"):
        assert names_of(section)[""] == accepted({"net": net, section: {UNKNOWN: 1}})


def test_every_key_and_every_choice_has_a_meaning():
    for key in all_keys():
        assert key.meaning.endswith("."), key
        assert key.takes, key
    for choices in all_choices():
        assert all(choices.meanings.values()), choices.key


def test_each_name_that_a_key_lists_is_explained_where_it_is_explained_at_all():
    takes = {f"{key.section}.{key.name}": key.takes for key in all_keys()}
    for choices in all_choices():
        listed = takes[choices.key].partition(", or your own")[0].removeprefix("one of ").split(", ")
        assert sorted(choices.meanings) == sorted(listed)


def test_defaults_that_differ_name_those_that_have_them():
    keys = [
        Key("net", "size", "a number", {"A": 1, "B": 2, "C": 1}, "How large."),
        Key("net", "mode", "a name", {"A": "on", "B": "on", "C": "on"}, "Which."),
    ]
    assert reference.reference(keys, []).splitlines()[2:] == [
        "| key | takes | default | meaning |",
        "| --- | --- | --- | --- |",
        "| `size` | a number | 1 (A, C); 2 (B) | How large. |",
        '| `mode` | a name | "on" | Which. |',
    ]


def test_a_check_that_takes_anything_is_noticed():
    with pytest.raises(ValueError, match="must refuse"):
        wanted(lambda value: None)


def test_a_document_without_the_two_comments_is_named():
    with pytest.raises(CallError, match="<!-- gallery -->"):
        reference.renewed("# Studies\n", README.parent)


def test_running_the_module_prints_gallery_and_reference(capsys):
    reference.main([])
    printed = capsys.readouterr().out
    assert "`hpsearch run --study convnet`" in printed
    assert "| `clip_norm` |" in printed


def test_running_the_module_with_a_file_renews_it(tmp_path):
    gallery, rest = (
        "<!-- gallery -->stale<!-- end of gallery -->",
        "<!-- reference --><!-- end of reference -->",
    )
    (tmp_path / "README.md").write_text(f"before\n{gallery}\n{rest}\nafter\n")
    reference.main([str(tmp_path / "README.md")])
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "stale" not in text
    assert "| `clip_norm` |" in text


def test_the_nets_of_ours_document_all_that_a_study_file_may_give():
    from hpsearch.study.owners import net_parameters
    from nets import NETS

    for kind, net in NETS.items():
        assert net_parameters(kind).keys() <= meanings(net).keys()
