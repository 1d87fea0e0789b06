"""What a study's folder keeps of its data: the validation images' classes where these are no plain draw."""

import numpy as np
import pytest

from hpsearch.search.identity import describe
from hpsearch.study.prepared import prepare_data
from hpsearch.study.studyfile import from_table
from nets.data import open_train_val


@pytest.mark.parametrize("stratified", [None, True, False])
def test_classes_are_kept_where_the_split_has_them_in_proportion(stratified):
    data = {"source": "digits", "num_val": 100, "num_train": 200}
    if stratified is not None:
        data["stratified"] = stratified
    table = {
        "net": {"kind": "FullyConnectedNet", "hidden_dims": [5]},
        "data": data,
        "space": {"learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}},
    }
    study = from_table(table, "one", "one.toml")
    prepared = prepare_data(study)
    facts = describe(study, prepared).data
    if stratified is False:
        assert facts.classes is None
    else:
        np.testing.assert_array_equal(facts.classes, open_train_val(prepared.train_val).y_val)
