"""identity.json: the same bytes as ever, and one line that names a damaged one."""

import json
from dataclasses import replace

import numpy as np
import pytest

from hpsearch import strata
from hpsearch.disk.identity import DataFacts, Identity
from hpsearch.errors import FolderError

IDENTITY = Identity("a", DataFacts("b", "c", 1, 2, (3, 4, 5), ("d", "\u00e9")), ({"python": "3.11"},))
TEXT = """{
 "format": 1,
 "identity": "a",
 "data": {
  "train_val_hash": "b",
  "test_hash": "c",
  "num_train": 1,
  "num_val": 2,
  "image_shape": [
   3,
   4,
   5
  ],
  "class_names": [
   "d",
   "\\u00e9"
  ]
 },
 "environment": {
  "python": "3.11"
 }
}
"""


def test_the_file_is_written_as_version_0_1_wrote_it_and_read_back(tmp_path):
    file = tmp_path / "identity.json"
    assert Identity.read(file) is None
    IDENTITY.write(file)
    assert file.read_text() == TEXT
    assert Identity.read(file) == IDENTITY


def test_later_environments_are_kept_in_their_order(tmp_path):
    file = tmp_path / "identity.json"
    moved = replace(IDENTITY, environments=({"python": "3.11"}, {"python": "3.12"}, {"python": "3.11"}))
    moved.write(file)
    assert Identity.read(file) == moved
    assert json.loads(file.read_text())["environment"] == {"python": "3.11"}  # as version 0.1 reads it


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1, 2"])
def test_a_torn_file_is_named(tmp_path, content):
    file = tmp_path / "identity.json"
    file.write_bytes(content)
    with pytest.raises(FolderError, match=rf"^{file}: cannot be read: [^\n]+$"):
        Identity.read(file)


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ([], [], "expected an object, but got []"),
        ([], None, "expected an object, but got None"),
        ([], {}, "identity: missing"),
        (["identity"], 3, "identity: expected a text, but got 3"),
        (["later_environments"], {}, "later_environments: expected a list of objects, but got {}"),
        (["later_environments"], [1], "later_environments: expected a list of objects, but got [1]"),
        (["environment"], [], "environment: expected an object, but got []"),
        (["environment", "python"], 3.11, "python: expected a text, but got 3.11"),
        (["later_environments"], [{"numpy": None}], "numpy: expected a text, but got None"),
        (["data"], [], "data: expected an object, but got []"),
        (["data"], {}, "train_val_hash: missing"),
        (["data", "num_val"], "1", "num_val: expected an integer, but got '1'"),
        (["data", "image_shape"], 3, "image_shape: expected a list, but got 3"),
        (["data", "image_shape"], [1, "8"], "image_shape[1]: expected an integer, but got '8'"),
        (["data", "class_names"], ["a", "\ud800"], r"class_names[1]: expected a text, but got '\ud800'"),
        (["environment", "python"], "\udcff", r"python: expected a text, but got '\udcff'"),
    ],
)
def test_a_file_of_another_form_is_named_with_what_is_wrong(tmp_path, path, value, what):
    content = json.loads(TEXT)
    *above, last = path or [None]
    within = content
    for key in above:
        within = within[key]
    within[last] = value
    file = tmp_path / "identity.json"
    file.write_text(json.dumps(content if path else value))
    with pytest.raises(FolderError) as caught:
        Identity.read(file)
    assert str(caught.value) == (
        f"{file}: is not as hpsearch wrote it ({what}); put it back, or start over with --fresh"
    )


def test_classes_of_the_validation_images_are_kept_where_the_split_has_them_in_proportion(tmp_path):
    file = tmp_path / "identity.json"
    told = replace(IDENTITY, data=replace(IDENTITY.data, val_classes=strata.pack(np.array([1, 0]))))
    told.write(file)
    assert Identity.read(file) == told
    assert told.data.classes.tolist() == [1, 0]
    assert IDENTITY.data.classes is None


@pytest.mark.parametrize("classes", [strata.pack(np.array([1, 0, 1])), "!", 3])
def test_classes_that_are_not_those_of_the_images_are_named(tmp_path, classes):
    file = tmp_path / "identity.json"
    values = json.loads(TEXT)
    values["data"]["val_classes"] = classes
    file.write_text(json.dumps(values))
    with pytest.raises(FolderError, match=rf"^{file}: is not as hpsearch wrote it \(val_classes: [^\n]+$"):
        Identity.read(file)
