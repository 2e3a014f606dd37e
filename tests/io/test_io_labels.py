"""Labels are read as text and lined up with rows by id, or by order with a note."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from hilander.errors import InputError
from hilander.io.labels import Labels, align_labels, read_labels
from hilander.io.names import match_names


def write(tmp_path, text, encoding="utf-8"):
    (tmp_path / "labels.csv").write_bytes(text.encode(encoding))
    return tmp_path / "labels.csv"


def labels(ids, values, names=None):
    return Labels(np.array(ids), np.array(values), None if names is None else np.array(names))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id,label,label_name\n007,3,ant\nb,10,\n", "utf-8"),
        ("ID, Label ,split,LABEL_NAME\r\n007,3,dev,ant\r\n\r\nb,10,dev,\r\n", "utf-8-sig"),
        ("label;id;label_name\n3;007;ant\n10;b;\n", "utf-8"),
        ('id\tlabel\tlabel_name\n"007"\t3\tant\nb\t10\t\n', "utf-8"),
    ],
    ids=["plain", "byte order mark and more columns", "semicolons", "tabs"],
)
def test_labels_are_read_as_text(tmp_path, text, encoding):
    found = read_labels(write(tmp_path, text, encoding))
    assert found.ids.tolist() == ["007", "b"]
    assert found.labels.tolist() == ["3", "10"]
    assert found.names.tolist() == ["ant", ""]
    assert len(found) == 2


def test_label_names_are_optional(tmp_path):
    assert read_labels(write(tmp_path, "id,label\na,1\n")).names is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got an empty file"),
        ("id,label\n", "got a header and no rows"),
        ("name,class\na,1\n", "id and label missing, got name, class"),
        ("id,class\na,1\n", "columns id and label; label missing"),
        ("id,label\na,1\nb\n", r"labels\.csv, line 3: expected at least 2 values; got 1"),
        ("id,label\na,1\n,2\n", "line 3: expected an id; got an empty one"),
        ("id,label\na,1\nb,2\na,3\n", "every id once; got 'a' 2 times and 1 repeated"),
    ],
)
def test_bad_labels_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_labels(write(tmp_path, text))


@pytest.mark.parametrize(
    "columns",
    [
        {"id": ["007", "b"], "label": ["3", None], "label_name": ["ant", None], "more": [1.5, 2.5]},
        {"ID": ["007", "b"], "Label": [3.0, float("nan")], "label_name": ["ant", ""]},
        {"label_name": ["ant", ""], "label": pa.array([3, None], pa.int64()), "id": ["007", " b"]},
    ],
    ids=["texts", "whole numbers as pandas keeps them beside gaps", "numbers"],
)
def test_labels_are_read_from_parquet(tmp_path, columns):
    parquet.write_table(pa.table(columns), tmp_path / "labels.parquet")
    found = read_labels(tmp_path / "labels.parquet")
    assert found.ids.tolist() == ["007", "b"]
    assert found.labels.tolist() == ["3", ""]
    assert found.names.tolist() == ["ant", ""]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"name": ["a"], "label": ["x"]}, "columns id and label; id missing, got name, label"),
        ({"id": ["a", None], "label": ["x", "y"]}, r"row 1 \(counted from 0\): expected an id"),
        ({"id": ["a", "a"], "label": ["x", "y"]}, "every id once"),
        ({"id": ["a"], "label": [[1]]}, "column 'label' must hold texts or numbers; got list"),
        ({"id": pa.array([], pa.string()), "label": pa.array([], pa.string())}, "got a header and no rows"),
    ],
)
def test_bad_labels_in_parquet_are_refused(tmp_path, columns, message):
    parquet.write_table(pa.table(columns), tmp_path / "labels.parquet")
    with pytest.raises(InputError, match=message):
        read_labels(tmp_path / "labels.parquet")


def test_a_label_that_was_kept_from_being_a_formula_is_itself(tmp_path):
    found = read_labels(write(tmp_path, "id,label\n'=a,'-x\nb,-1\n"))
    assert (found.ids.tolist(), found.labels.tolist()) == (["=a", "b"], ["-x", "-1"])


def test_labels_in_another_encoding_are_refused(tmp_path):
    with pytest.raises(InputError, match="UTF-8"):
        read_labels(write(tmp_path, "id,label\na,caf\xe9\n", "latin-1"))
    with pytest.raises(InputError, match="no such file"):
        read_labels(tmp_path / "absent.csv")


def test_rows_find_their_label_by_id():
    known = labels(["c", "a", "b"], ["10", "9", "10"], ["ten", "", "other"])
    found = align_labels(known, np.array(["a", "b", "c"]), 3)
    assert found.codes.tolist() == [0, 1, 1]
    assert found.class_names == ["9", "ten"]
    assert found.note is None


def test_unknown_rows_are_minus_one_and_counted():
    found = align_labels(labels(["a", "b"], ["x", ""]), np.array(["a", "b", "z"]), 3)
    assert found.codes.tolist() == [0, -1, -1]
    assert found.class_names == ["x"]
    assert found.note == "2 of 3 rows have no known label."


def test_label_ids_that_fit_no_row_are_counted_and_the_first_named():
    found = align_labels(labels([*"abcdef"], [*"xyxyxy"]), np.array(["b", "a"]), 2)
    assert found.codes.tolist() == [1, 0]
    assert found.note == "4 of 6 label ids fit no row, first 'c', 'd', 'e'."
    found = align_labels(labels(["0", "7"], ["x", "y"]), None, 3)
    assert found.note == "1 of 2 label ids fit no row, first '7'. 2 of 3 rows have no known label."


def test_labels_of_any_number_of_digits_are_in_numeric_order():
    values = ["a", "1" + "0" * 5000, "10", "9", "009", "0"]
    ids = [str(i) for i in range(len(values))]
    found = align_labels(labels(ids, values), None, len(ids))
    assert found.class_names == ["0", "009", "9", "10", values[1], "a"]


def test_ids_match_without_folder_and_suffix_and_the_note_says_so():
    found = align_labels(labels(["img/a.jpg", "img/b.jpg"], ["x", "y"]), np.array(["b", "a"]), 2)
    assert found.codes.tolist() == [1, 0]
    assert found.note == "Labels were matched by file name without suffix."


def test_row_numbers_are_ids_when_the_file_names_none():
    found = align_labels(labels(["2", "0"], ["x", "y"]), None, 3)
    assert found.codes.tolist() == [1, -1, 0]


def test_without_ids_and_matches_rows_take_the_sorted_labels():
    found = align_labels(labels(["b.png", "a.png", "c.png"], ["x", "y", "z"]), None, 3)
    assert found.codes.tolist() == [1, 0, 2]
    assert "sorted order" in found.note


@pytest.mark.parametrize(
    ("ids", "n", "got"),
    [(None, 4, "rows 0 to 3 without ids"), (np.array(["p", "q"]), 2, "2 ids, first 'p'")],
)
def test_labels_of_other_images_are_refused(ids, n, got):
    with pytest.raises(InputError, match=f"got {got}, and 2 label ids, first 'a': none match"):
        align_labels(labels(["a", "b"], ["x", "y"]), ids, n)


def test_a_name_that_fits_two_matches_none():
    where, way = match_names(["1", "2"], ["x/1.jpg", "y/1.jpg", "2.png"])
    assert where.tolist() == [-1, 2]
    assert way == "file name without suffix"
    assert match_names(["a/1", "b/1"], ["1"])[0].tolist() == [-1, -1]


def test_whole_names_are_preferred():
    where, way = match_names(["x/1.jpg", "y/1.jpg"], ["y/1.jpg", "x/1.jpg"])
    assert (where.tolist(), way) == ([1, 0], "name")
    assert match_names([], ["a"])[0].tolist() == []
