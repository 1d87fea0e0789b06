"""Code that seeds itself with a number is named, since fresh seeds are none for it."""

import pytest

from hpsearch.study.ownseeds import own_seeds
from hpsearch.study.studyfile import from_table

NET = """
    import numpy as np
    from numpy.random import default_rng
    np.random.seed(231)

    def weights(shape):
        {helper}
        return np.random.randn(*shape)

    def never():
        np.random.seed(3)

    class Net:
        def __init__(self, seed=None, rng=default_rng(7)):
            {constructor}
            self.params = {{"W": weights((64, 3))}}

        def loss(self, X, y=None): ...
"""
SAID = "where this runs, all trials and fresh seeds draw the same; expected the seed or rng that is given"


@pytest.mark.parametrize(
    ("helper", "constructor", "named"),
    [
        ("pass", "np.random.seed(0)", "np.random.seed(0) in Net.__init__"),
        ("pass", "self.rng = default_rng(seed=0)", "default_rng(seed=0) in Net.__init__"),
        ("rng = np.random.RandomState(1)", "pass", "np.random.RandomState(1) in weights"),
        ("pass", "torch.manual_seed(0)", "torch.manual_seed(0) in Net.__init__"),
        ("pass", "np.random.seed(seed)", None),
        ("pass", "self.rng = default_rng()", None),
        ("pass", "# np.random.seed(0)\n            pass", None),
    ],
)
def test_a_function_that_seeds_with_a_number_is_named(own_net, study_table, helper, constructor, named):
    table = study_table()
    table["net"] = {"kind": own_net(NET.format(helper=helper, constructor=constructor))}
    assert own_seeds(from_table(table, "x", "x.toml")) == ([] if named is None else [f"{named}: {SAID}"])


def test_an_own_solver_is_looked_at_too_and_our_nets_need_not_be(own_net, make_study):
    solver = own_net(
        """
        import numpy as np
        class Solver:
            def __init__(self, model, data, **settings):
                self.rate = settings.pop("optim_config")
            def train(self):
                np.random.seed(0)
        """,
        "Solver",
    )
    assert own_seeds(make_study()) == []
    assert own_seeds(make_study(training__solver=solver)) == [f"np.random.seed(0) in Solver.train: {SAID}"]


LAYERS = """
    import numpy as np
    def affine(x):
        np.random.seed(1)
    def never():
        np.random.seed(2)
    class Base:
        def reset(self):
            np.random.seed(3)
"""


def test_what_it_uses_of_other_modules_of_ones_own_is_looked_at_too(own_net, study_table):
    layers = own_net(LAYERS).partition(":")[0]
    source = """
        import numpy
        from {layers} import Base, never
        import {layers} as layers
        class Net(Base):
            def __init__(self, input_size):
                self.params = {{"W": numpy.random.randn(input_size, 3)}}
            def loss(self, X, y=None):
                return layers.affine(X)
    """
    table = study_table() | {"net": {"kind": own_net(source.format(layers=layers))}}
    found = own_seeds(from_table(table, "x", "x.toml"))
    calls = {"np.random.seed(3)": "Base.reset", "np.random.seed(1)": "affine"}
    assert sorted(found) == sorted(f"{call} in {layers}.{name}: {SAID}" for call, name in calls.items())


def test_a_partial_function_is_passed_over(own_net, study_table):
    source = """
        from functools import partial
        def train(params, width):
            yield 0.5
        narrow = partial(train, width=3)
    """
    table = study_table(training__function=own_net(source, "narrow"), training__epochs=1, data__num_val=2)
    del table["net"]
    assert own_seeds(from_table(table, "x", "x.toml")) == []
