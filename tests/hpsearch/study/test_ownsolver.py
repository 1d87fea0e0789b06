"""A Solver gets net and data where its constructor takes them, and what else it needs must be said."""

import pytest

from hpsearch.errors import StudyFileError
from hpsearch.study import ownsolver

BY_PLACE = """
    class Solver:
        def __init__({signature}):
            self.got = (model, data, {others})
        def train(self): ...
"""
PASSES_ON = """
    class Above:
        def __init__(self, model, data, tail=0):
            self.got = (model, data, tail)
        def train(self): ...
    class Solver(Above):
        def __init__(self, {stars}):
            super().__init__({stars})
"""


@pytest.mark.parametrize(
    "signature",
    [
        "self, model, data, tail=0",
        "self, model, data, /, tail=0",
        "self, model, *, data, tail=0",
        "self, *, model, data, tail=0",
        "self, data, model, tail=0",
        "self, tail=0, *, data, model",
    ],
)
def test_net_and_data_come_where_the_constructor_takes_them(own_net, signature):
    kind = own_net(BY_PLACE.format(signature=signature, others="tail"), "Solver")
    assert ownsolver.direct_names(kind) == {"epochs", "tail"}
    assert ownsolver.made(ownsolver.solver_class(kind), "net", "data", {"tail": 3}).got == ("net", "data", 3)


@pytest.mark.parametrize("stars", ["*args, **kwargs", "**kwargs"])
def test_a_constructor_that_passes_all_on_gives_them_to_the_one_above(own_net, stars):
    kind = own_net(PASSES_ON.format(stars=stars), "Solver")
    assert ownsolver.direct_names(kind) == {"epochs", "tail"}
    assert ownsolver.made(ownsolver.solver_class(kind), "net", "data", {"tail": 3}).got == ("net", "data", 3)


def test_other_names_than_the_courses_come_first(own_net):
    source = BY_PLACE.format(signature="self, network, dataset, tail=0", others="tail")
    kind = own_net(source.replace("(model, data", "(network, dataset"), "Solver")
    assert ownsolver.made(ownsolver.solver_class(kind), "net", "data", {}).got == ("net", "data", 0)


def test_what_a_constructor_needs_and_nobody_says_is_named(own_net, study_table, make_study):
    signature = "self, model, data, num_epochs, optim_config, steps, tail=0"
    kind = own_net(BY_PLACE.format(signature=signature, others="tail"), "Solver")
    with pytest.raises(
        StudyFileError, match=rf"training\.steps: missing; {kind} needs it .* is given model and data"
    ):
        make_study(training__solver=kind)
    assert make_study(training__solver=kind, training__steps=3).training["steps"] == 3
    assert make_study(training__solver=kind, space__steps={"low": 1, "high": 3})


TRAINS = """
    class Solver:
        def __init__(self{more}): ...
        def train(self{needs}): ...
"""


@pytest.mark.parametrize(
    ("more", "needs", "words"),
    [
        (", model, data", ", epochs", r"train\(\) of 'own_net_.*' must need no argument, but needs epochs"),
        ("", "", r"'own_net_.*' must take model and data, as its first two arguments"),
        (", model", "", r"'own_net_.*' must take model and data, as its first two arguments"),
        (", model, data, rate=1", "", r"space\.learning_rate: unknown key; expected one of rate"),
    ],
)
def test_what_is_no_solver_is_refused_when_the_study_is_read(own_net, make_study, more, needs, words):
    kind = own_net(TRAINS.format(more=more, needs=needs), "Solver")
    with pytest.raises(StudyFileError, match=words):
        make_study(training__solver=kind)
