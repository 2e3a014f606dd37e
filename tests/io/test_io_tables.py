"""Tables say the same in every format, and files are there whole or not at all."""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hilander.errors import InputError
from hilander.io.atomic import atomic_path, read_json, write_json
from hilander.io.cut_file import read_cut
from hilander.io.formulas import harmless, shown
from hilander.io.tables import table_bytes, table_format, write_table

IDS = ["007", 'a,"b"', "ü\nz", "=1+1"]
COLUMNS = {
    "id": np.array(IDS),
    "cluster": np.arange(4, dtype=np.int32),
    "prob": [0.5, float("nan"), None, np.float32(1)],
}


def test_csv_keeps_every_text():
    rows = list(csv.reader(io.StringIO(table_bytes(COLUMNS, "csv").decode(), newline="")))
    assert rows[0] == ["id", "cluster", "prob"]
    assert [row[0] for row in rows[1:]] == [*IDS[:3], "'=1+1"]
    assert [row[2] for row in rows[1:]] == ["0.5", "", "", "1.0"]


@given(ids=st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from('\r\n",; '))))
@example(ids=["a\rb", "\r", "\r\n", "\n", ""])
def test_csv_gives_back_any_ids(ids):
    data = table_bytes({"id": ids, "cluster": list(range(len(ids)))}, "csv")
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows == [["id", "cluster"], *([harmless(name), str(i)] for i, name in enumerate(ids))]
    assert [shown(row[0]) for row in rows[1:]] == ids


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "-a"]
)
def test_no_cell_of_a_csv_is_a_formula(text):
    data = table_bytes({text: [text], "same": np.array([text])}, "csv").decode()
    cells = [cell for row in csv.reader(io.StringIO(data, newline="")) for cell in row]
    assert cells == [f"'{text}", "same", f"'{text}", f"'{text}"]


@pytest.mark.parametrize("text", ["-1", "+2.5", "a=1", "'-1", "", "'", "it's", "1-2"])
def test_numbers_and_plain_texts_stay(text):
    assert harmless(text) == shown(text) == text


@given(text=st.text(st.sampled_from("'=+-@1.a\t\n")))
def test_a_text_comes_back_from_a_csv(text):
    assert shown(harmless(text)) == text
    assert harmless(text)[:1] not in tuple("=@\t\n")


def test_a_cut_with_formulas_as_ids_is_read_back(tmp_path):
    ids = np.array(["=1+1", "-x", "'=q", "-1"])
    write_table({"id": ids, "cluster": np.zeros(4, int), "peak": ids[[0, 0, 0, 0]]}, tmp_path / "cut.csv")
    found = read_cut(tmp_path / "cut.csv")
    assert (found["id"].tolist(), found["peak"][1]) == (ids.tolist(), "=1+1")


def test_json_is_a_list_of_records():
    records = json.loads(table_bytes(COLUMNS, "json"))
    assert records[0] == {"id": "007", "cluster": 0, "prob": 0.5}
    assert [record["prob"] for record in records] == [0.5, None, None, 1.0]


def test_parquet_keeps_types():
    frame = pd.read_parquet(
        io.BytesIO(table_bytes({"id": COLUMNS["id"], "cluster": COLUMNS["cluster"]}, "parquet"))
    )
    assert frame["id"].tolist() == IDS
    assert frame["cluster"].dtype == np.int32


def test_empty_tables_have_their_columns():
    empty = {"id": np.array([], dtype=str), "cluster": np.array([], dtype=np.int64)}
    assert table_bytes(empty, "csv") == b"id,cluster\n"
    assert table_bytes(empty, "json") == b"[]\n"
    assert pd.read_parquet(io.BytesIO(table_bytes(empty, "parquet"))).columns.tolist() == ["id", "cluster"]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json", "CSV"])
def test_the_suffix_chooses_the_format(tmp_path, suffix):
    path = tmp_path / "made" / f"cut.{suffix}"
    write_table({"id": ["a"]}, path)
    assert path.read_bytes() == table_bytes({"id": ["a"]}, suffix.lower())
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(("name", "got"), [("cut.xlsx", r"\.xlsx|xlsx"), ("cut", "no suffix")])
def test_another_suffix_is_refused(tmp_path, name, got):
    with pytest.raises(InputError, match=f"must end in .csv, .parquet or .json; got ({got})"):
        write_table({"id": ["a"]}, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    assert table_format("a/B.JSON") == "json"


def test_columns_of_different_lengths_are_a_mistake_of_ours():
    with pytest.raises(ValueError, match="equal length"):
        table_bytes({"a": [1], "b": [1, 2]}, "csv")
    with pytest.raises(ValueError, match="fmt must be"):
        table_bytes({"a": [1]}, "xml")


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("folder", [False, True])
def test_nothing_is_left_when_writing_fails(tmp_path, error, folder):
    def fail():
        with atomic_path(tmp_path / "out.bin") as temporary:
            assert temporary.suffix == ".bin"
            if folder:
                temporary.mkdir()
            (temporary / "part" if folder else temporary).write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_survives_a_failure_and_is_replaced_by_success(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")

    def write(text, *, fails):
        with atomic_path(path) as temporary:
            temporary.write_text(text)
            assert path.read_text() == "old"
            if fails:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        write("half", fails=True)
    assert path.read_text() == "old"
    write("new", fails=False)
    assert path.read_text() == "new"


def put_folder(path, text, **options):
    with atomic_path(path, **options) as temporary:
        temporary.mkdir()
        (temporary / "a").write_text(text)


def test_a_full_folder_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    put_folder(path, "first")
    with pytest.raises(InputError, match="is a folder with something in it"):
        put_folder(path, "second")
    assert (path / "a").read_text() == "first"
    put_folder(path, "second", replace_folder=True)
    assert (path / "a").read_text() == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(("before", "after"), [(0, None), (1, None), (None, 0), (None, 1)])
def test_an_interrupted_replacement_gives_the_old_folder_back(tmp_path, monkeypatch, before, after):
    path, rename, renames = tmp_path / "run", Path.rename, itertools.count()
    put_folder(path, "old")

    def interrupted(source, target):
        i = next(renames)
        if i == before:
            raise KeyboardInterrupt
        rename(source, target)
        if i == after:
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put_folder(path, "new", replace_folder=True)
    assert (path / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_parent_folders_stay_only_with_something_in_them(tmp_path):
    def write(name, *, fails):
        with atomic_path(tmp_path / name) as temporary:
            temporary.write_text("x")
            if fails:
                raise KeyboardInterrupt

    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write("mine/a/b/out.txt", fails=True)
    assert [p.name for p in tmp_path.rglob("*")] == ["mine"]
    write("mine/a/b/out.txt", fails=False)
    with pytest.raises(KeyboardInterrupt):
        write("mine/a/c/out.txt", fails=True)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "b", "mine", "out.txt"]


def test_a_place_that_cannot_be_written_is_told_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_table({"id": ["a"]}, tmp_path / "file" / "cut.csv")


def test_writing_nothing_is_a_mistake(tmp_path):
    with pytest.raises(FileNotFoundError, match="Nothing was written"), atomic_path(tmp_path / "x"):
        pass


def test_json_goes_there_and_back(tmp_path):
    value = {"name": "ü", "levels": [1, 2.5, None]}
    write_json(value, tmp_path / "x.json")
    assert read_json(tmp_path / "x.json") == value


def test_broken_json_is_told(tmp_path):
    (tmp_path / "x.json").write_text('{"a": ')
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_json(tmp_path / "x.json")
    with pytest.raises(InputError, match="does not exist"):
        read_json(tmp_path / "absent.json")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(float("nan"), tmp_path / "y.json")
    assert not (tmp_path / "y.json").exists()


@pytest.mark.parametrize("fmt", ["csv", "json", "parquet"])
def test_blocks_of_rows_make_the_table_that_one_block_makes(fmt, monkeypatch):
    columns = {"id": np.array(["a", 'b "x"', "c\n", "d"]), "value": np.array([1.5, np.nan, 2.0, 3.0])}
    whole = table_bytes(columns, fmt)
    monkeypatch.setattr("hilander.io.tables.BLOCK", 3)
    blocks = table_bytes(columns, fmt)
    if fmt == "parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(blocks)), pd.read_parquet(io.BytesIO(whole)))
    else:
        assert blocks == whole
