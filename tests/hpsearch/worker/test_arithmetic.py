"""What a net or script asks NumPy to do with overflow and the like is for its trials, not for the search."""

import numpy as np
import pytest

import hpsearch
from hpsearch.checks.fresh_seeds import correct, train_fresh
from hpsearch.disk.trialfolder import TrialFolder
from hpsearch.study.netclass import net_class
from hpsearch.worker.task import open_data
from hpsearch.worker.trained import load_net
from hpsearch.worker.trial import train_trial

NET = """
    import numpy as np

    {at_import}

    class Net:
        def __init__(self, num_classes, input_size):
            {when_built}
            self.params = {{"W": np.random.normal(size=(input_size, num_classes))}}

        def loss(self, X, y=None):
            np.array([1e-300]) * 1e-300
            scores = X @ self.params["W"]
            return scores if y is None else (1.0, {{"W": np.ones_like(self.params["W"])}})
"""
STRICT = 'np.seterr(all="raise")'


@pytest.fixture(autouse=True)
def _usual_arithmetic():
    """Trials of these tests run in the process of the tests."""
    with np.errstate(under="ignore"):
        yield


@pytest.mark.parametrize(
    ("at_import", "when_built", "state"),
    [("", "pass", "complete"), (STRICT, "pass", "failed"), ("", STRICT, "failed")],
)
def test_a_trial_raises_what_its_net_asks_for(own_net, make_task, tmp_path, at_import, when_built, state):
    kind = own_net(NET.format(at_import=at_import, when_built=when_built))
    before = np.geterr()
    net_class(kind)
    assert np.geterr() == before
    outcome = train_trial(make_task(kind=kind, net={}), TrialFolder(tmp_path / "trial"), lambda: False)
    assert outcome.state == state
    assert ("FloatingPointError: underflow" in outcome.reason) == (state == "failed")


def test_a_net_that_is_asked_beside_the_search_leaves_arithmetic_and_generators_alone(
    own_net, make_task, tmp_path
):
    kind = own_net(NET.format(at_import="", when_built='np.seterr(divide="raise")'))
    task, folder = make_task(kind=kind, net={}), TrialFolder(tmp_path / "trial")
    with np.errstate():
        train_trial(task, folder, lambda: False)
        trained, data = train_fresh(task), open_data(task)
    before, state = np.geterr(), np.random.get_state()[1].copy()  # noqa: NPY002
    load_net(folder.weights, run_code=True).predict(data.X_val)
    correct([task], [trained], data.X_val, data.y_val)
    assert np.geterr() == before
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_a_script_that_lets_numpy_raise_is_searched_and_shown(study_table, tmp_path):
    table = study_table(study__trials=12, training__epochs=1, data__num_train=50)
    with np.errstate(all="raise"):
        result = hpsearch.run(table, name="strict", jobs=1, out=tmp_path)
        assert result.report().path.exists()
        assert np.geterr()["under"] == "raise"
