"""An update rule of the user's own trains, goes on with the same bits, and is told what it may be given."""

from dataclasses import replace

import pytest

from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.errors import StudyFileError
from hpsearch.worker.trial import train_trial

KINDS = ("FullyConnectedNet", "net2017:FullyConnectedNet")


@pytest.fixture
def rule_task(course, make_task):
    """Returns a task whose net is trained by a rule of the folder `course`."""

    def make(rule, kind="FullyConnectedNet", **rest):
        training = {"update_rule": f"rules:{rule}", **rest}
        return make_task(kind, {"hidden_dims": [6]}, training, {"learning_rate": 0.1})

    return make


def trained(task, folder, stops=()):
    """Returns how a task ends that is stopped after some epochs and goes on again."""
    asked = []

    def should_stop():
        asked.append(len(asked))
        return asked[-1] in stops

    outcome = train_trial(task, TrialFolder(folder), should_stop)
    while outcome.state == "stopped":
        outcome = train_trial(task, TrialFolder(folder), should_stop)
    return outcome


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", ["plain", "heavy_ball", "counted"])
def test_a_rule_trains_and_a_stopped_trial_goes_on_with_its_config(rule_task, tmp_path, kind, rule):
    task = rule_task(rule, kind)
    whole, stopped = trained(task, tmp_path / "a"), trained(task, tmp_path / "b", stops=(0, 2))
    assert (whole.state, whole.reason) == ("complete", "")
    assert whole.curve == stopped.curve
    assert whole.curve[-1].loss < whole.curve[0].loss


@pytest.mark.parametrize(("own", "ours"), [("plain", "sgd"), ("heavy_ball", "sgd_momentum")])
def test_a_rule_like_one_of_ours_trains_like_it(rule_task, make_task, tmp_path, own, ours):
    mine = trained(rule_task(own), tmp_path / "a")
    theirs = trained(make_task(training={"update_rule": ours}, params={"learning_rate": 0.1}), tmp_path / "b")
    assert [epoch.loss for epoch in mine.curve] == pytest.approx([epoch.loss for epoch in theirs.curve])


def test_a_rule_is_given_what_its_code_names(rule_task):
    task = rule_task("heavy_ball", momentum=0.5, beta1=0.3)
    assert task.arguments.rule == {"learning_rate": 0.1, "momentum": 0.5}
    assert "rules:heavy_ball" in task.code


STEP = "w - config['learning_rate'] * dw"


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (STEP, "TypeError: the update rule must return (next_w, config), but got a ndarray"),
        (
            f"{STEP}, None",
            "TypeError: the update rule must return (next_w, config), but got a tuple of ndarray, ",
        ),
        (
            f"({STEP})[None], config",
            "ValueError: the update rule must return next_w of the shape (6, 3), but got (1, 6",
        ),
    ],
)
def test_a_rule_that_breaks_its_contract_fails_the_trial_with_a_word(
    course, own_net, make_task, tmp_path, returned, words
):
    rule = own_net(f"def rule(w, dw, config):\n    return {returned}\n", "rule")
    outcome = trained(make_task(KINDS[1], {"hidden_dims": [6]}, {"update_rule": rule}), tmp_path)
    assert outcome.state == "failed"
    assert outcome.reason.startswith(words)


FALLS = """
    def by_itself(w, dw, config):
        w = w - config["learning_rate"] * dw
        config["learning_rate"] *= 0.9
        return w, config

    def by_a_count(w, dw, config):
        t = config.get("t", 0)
        return w - 0.9**t * config["learning_rate"] * dw, {"t": t + 1}
"""


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_a_rule_finds_the_learning_rate_that_it_left_times_the_schedules(own_net, make_task, tmp_path, decay):
    by_itself = own_net(FALLS, "by_itself")
    by_a_count = by_itself.replace("by_itself", "by_a_count")
    training = {"learning_rate_decay": decay}
    task = make_task(training={"update_rule": by_itself, **training})
    other = make_task(training={"update_rule": by_a_count, **training})
    found, wanted = trained(task, tmp_path / "a"), trained(other, tmp_path / "b")
    assert [one.loss for one in found.curve] == pytest.approx([one.loss for one in wanted.curve], rel=1e-6)
    assert trained(task, tmp_path / "c", stops=(0, 2)).curve == found.curve


def test_a_config_that_cannot_be_saved_starts_the_trial_over(own_net, make_task, tmp_path):
    source = """
        def rule(w, dw, config):
            config.setdefault("steps", iter(range(10**6)))
            return w - config["learning_rate"] / (1 + next(config["steps"])) * dw, config
    """
    task = make_task(training={"update_rule": own_net(source, "rule")})
    assert trained(task, tmp_path / "a").curve == trained(task, tmp_path / "b", stops=(1,)).curve


def study_with(make_study, **changes):
    return make_study(training__update_rule="rules:heavy_ball", **changes)


def test_own_rules_are_choices_beside_ours(course, make_study):
    choices = {"choices": ["sgd", "rules:heavy_ball", "rules:plain"]}
    momentum = {"low": 0.1, "high": 0.9, "when": {"update_rule": "rules:heavy_ball"}}
    study = make_study(space__update_rule=choices, space__momentum=momentum)
    assert study.code == ("rules:heavy_ball", "rules:plain")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"training__momentun": 0.5}, r"training\.momentun: unknown key; expected one of momentum"),
        ({"space__beta1": {"low": 0.1, "high": 0.5}}, r"space\.beta1: the update rule takes no beta1"),
        ({"training__update_rule": "rules:absent"}, "module 'rules' has no function 'absent'"),
        ({"training__update_rule": "nowhere_at_all:x"}, "update_rule: module .* looked for in the current"),
        ({"training__update_rule": "solver:Solver"}, "must be a function"),
        ({"training__update_rule": "heavy"}, r"expected one of .* or your own package\.module:function"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(course, make_study, changes, words):
    with pytest.raises(StudyFileError, match=words):
        make_study(**{"training__update_rule": "rules:heavy_ball", **changes})


def test_a_rule_must_be_given_a_learning_rate(course, study_table):
    from hpsearch.study.studyfile import from_table

    table = study_table(training__update_rule="rules:plain", space__reg={"low": 0.1, "high": 1.0})
    del table["space"]["learning_rate"]
    with pytest.raises(StudyFileError, match=r"training\.learning_rate: missing; rules:plain needs it"):
        from_table(table, "x", "x.toml")


def test_another_process_is_told_apart_by_the_rules_source(rule_task):
    from hpsearch.worker import environment

    task = rule_task("plain")
    assert environment.describe_worker(task.code)["rules:plain"].startswith("sha256 ")
    assert "rules:plain" not in environment.describe_worker(replace(task, code=()).code)
