"""Tables of trials as files: what lies at the path stays what it is."""

import json
import os
import threading

import pandas as pd
import pytest

from hpsearch.cli.trials import chosen, render, write
from hpsearch.errors import CallError, FolderError
from hpsearch.results.tables import with_whole_numbers
from hpsearch.space import Parameter

TABLE = pd.DataFrame({"number": [0, 1], "state": ["complete", "pruned"], "value": [0.5, 0.25]})
CSV = "number,state,value\n0,complete,0.5\n1,pruned,0.25\n"
STYLES = ["table", "csv", "json", "parquet"]


@pytest.mark.parametrize("style", STYLES)
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path, style):
    pipe, file = tmp_path / "pipe", tmp_path / "file"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write(TABLE, style, pipe)
    reader.join(10)
    write(TABLE, style, file)
    assert got == [file.read_bytes()]
    assert pipe.is_fifo()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("before", ["old", None])
def test_a_link_stays_a_link_and_its_file_is_written(tmp_path, style, before):
    (tmp_path / "other").mkdir()
    file, link = tmp_path / "other/file", tmp_path / "link"
    if before is not None:
        file.write_text(before)
    link.symlink_to("other/file")
    write(TABLE, style, link)
    assert link.is_symlink()
    write(TABLE, style, tmp_path / "plain")
    assert file.read_bytes() == (tmp_path / "plain").read_bytes()


def test_a_new_file_and_an_old_one_hold_the_table(tmp_path):
    for _ in range(2):
        write(TABLE, "csv", tmp_path / "trials.csv")
        assert (tmp_path / "trials.csv").read_text() == CSV


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("place", ["", "absent/trials"], ids=["a folder", "in no folder"])
def test_a_place_that_cannot_be_written_is_one_line(tmp_path, style, place):
    with pytest.raises(FolderError, match=r"^\S+: cannot be written: [^\n]+$"):
        write(TABLE, style, tmp_path / place)
    assert list(tmp_path.iterdir()) == []


def test_choices_of_mixed_kinds_are_text_in_parquet_alone(tmp_path):
    mixed = pd.Series(["auto", True, 3, 0.5, None], dtype=object)
    table = pd.DataFrame({"number": range(5), "params.x": mixed, "params.y": [True, False, True, None, None]})
    write(table, "parquet", tmp_path / "x.parquet")
    back = pd.read_parquet(tmp_path / "x.parquet")
    assert back["number"].tolist() == [0, 1, 2, 3, 4]
    assert back["params.x"].tolist()[:4] == ["auto", "True", "3", "0.5"]
    assert back["params.x"].isna().tolist() == [False] * 4 + [True]
    assert back["params.y"].tolist() == [True, False, True, None, None]
    assert table["params.x"].tolist() == mixed.tolist()
    rows = json.loads(render(table, "json"))
    assert [row["params.x"] for row in rows] == mixed.tolist()


def test_a_parameter_that_is_called_like_a_column_keeps_its_prefix():
    table = TABLE.assign(epochs=[3, 1], **{"params.epochs": [1, 3], "params.reg": [0.1, 0.2]})
    header = render(table, "table").partition("\n")[0].split()
    assert header == ["number", "state", "value", "epochs", "params.epochs", "reg"]
    assert chosen(table, "epochs", None)["number"].tolist() == [1, 0]
    assert chosen(table, "params.epochs", None)["number"].tolist() == [0, 1]
    assert chosen(table, "params.reg", 1)["number"].tolist() == [0]
    with pytest.raises(CallError, match="--sort depth: expected one of"):
        chosen(table, "depth", None)


def test_whole_numbers_stay_integers_where_a_trial_has_none():
    widths = Parameter("width", "int", 8, 20000, when={"depth": (2,)})
    batches = Parameter("batch_size", "choice", choices=(32, 64))
    rates = Parameter("rate", "float", 0.0, 9.0)
    mixed = Parameter("x", "choice", choices=(1, 0.5))
    columns = {"params.width": [12345, None], "params.batch_size": [None, 64]}
    columns |= {"params.rate": [3.0, None], "params.x": [1, None]}
    trials = with_whole_numbers(TABLE.assign(**columns), (widths, batches, rates, mixed))
    first = {"params.width": 12345, "params.batch_size": None, "params.rate": 3.0, "params.x": 1.0}
    rows = json.loads(render(trials, "json"))
    assert repr({name: rows[0][name] for name in first}) == repr(first)
    assert render(trials, "csv").splitlines()[1:] == ["0,complete,0.5,12345,,3.0,1.0", "1,pruned,0.25,,64,,"]
    assert render(trials, "table").splitlines()[1].split() == [
        "0",
        "complete",
        "0.5000",
        "12345",
        "-",
        "3",
        "1",
    ]
    assert chosen(trials, "width", None)["number"].tolist() == [0, 1]


@pytest.mark.parametrize(("by", "first"), [(None, 1), ("value", 1), ("reg", 0)])
def test_of_equals_top_takes_the_earliest(by, first):
    values, regs = [0.1, 0.9] * 100, [1e-4, 1e-3] * 100
    table = pd.DataFrame({"number": range(200), "state": "complete", "value": values, "params.reg": regs})
    assert chosen(table, by, 90)["number"].tolist() == list(range(first, first + 180, 2))


def test_sorted_by_value_the_best_is_first_and_by_anything_else_the_least():
    table = TABLE.iloc[::-1]
    assert chosen(table, "value", None)["value"].tolist() == [0.5, 0.25]
    assert chosen(table, "number", 1)["number"].tolist() == [0]
