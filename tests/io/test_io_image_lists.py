"""Images of a Parquet column and of a list of paths: by id, by path or by row, and from allowed folders alone."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from hilander.errors import InputError
from hilander.io import image_names
from hilander.io.embeddings import read_embeddings
from hilander.io.images import open_images
from hilander.io.match import match_images

IMAGES = [random.Random(i).randbytes(50 + i) for i in range(7)]
IDS = ["g", "f", "e", "d", "c", "b", "a"]


def write(file, /, *, rows=3, **columns):
    parquet.write_table(pa.table(columns), file, row_group_size=rows, store_schema=False)
    return file


def test_a_column_of_bytes_is_a_source(tmp_path):
    source = open_images(write(tmp_path / "x.parquet", id=IDS, image=pa.array(IMAGES)))
    assert source.names() == sorted(IDS)
    assert source.in_order(["a", "g", "d"]) == ["g", "d", "a"]
    for name in ["a", "g", "d", "e", "a", "b", "c", "f", "d"]:  # forwards, backwards, twice
        assert source.open_bytes(name) == IMAGES[IDS.index(name)]
    with pytest.raises(KeyError):
        source.open_bytes("z")
    source.close()


@pytest.mark.parametrize(
    ("columns", "first"),
    [
        ({"image": pa.array([{"bytes": it, "path": "x.png"} for it in IMAGES])}, "0"),
        ({"img": pa.array(IMAGES), "path": [f"p/{i}.png" for i in range(7)]}, "0.png"),
        ({"whatever": pa.array(IMAGES, pa.large_binary()), "id": list(range(7))}, "0"),
    ],
    ids=["bytes and path in one", "path", "large, ids that are numbers"],
)
def test_rows_are_named_by_what_is_there(tmp_path, columns, first):
    source = open_images(write(tmp_path / "x.parquet", **columns))
    assert source.names()[0] == first
    assert source.open_bytes(first) == IMAGES[0]


def test_row_numbers_are_in_order_as_names(tmp_path):
    source = open_images(write(tmp_path / "x.parquet", image=pa.array([b"%d" % i for i in range(120)])))
    assert source.names()[:2] == ["000", "001"]
    assert [source.open_bytes(name) for name in source.names()] == [b"%d" % i for i in range(120)]


def test_one_file_gives_embeddings_and_their_images(tmp_path):
    x = np.arange(14, dtype=np.float32).reshape(7, 2) + 1
    for columns in ({"embedding": list(x)}, {"v0": x[:, 0], "v1": x[:, 1]}):
        path = write(
            tmp_path / "x.parquet", image=pa.array(IMAGES), path=[f"{it}.png" for it in IDS], **columns
        )
        found = read_embeddings(path)
        np.testing.assert_array_equal(found.x, x)
        assert found.ids.tolist() == [f"{it}.png" for it in IDS]
        source = open_images(path)
        match = match_images(found, source.names())
        assert match.complete
        assert [source.open_bytes(name) for name in match.names] == IMAGES


def test_a_row_without_an_image_is_told(tmp_path, monkeypatch):
    source = open_images(
        write(tmp_path / "x.parquet", id=["a", "b", "c"], image=pa.array([b"1", None, b"333"]))
    )
    with pytest.raises(InputError, match="b has none"):
        source.open_bytes("b")
    monkeypatch.setattr(image_names, "MAX_IMAGE_BYTES", 2)
    with pytest.raises(InputError, match="c must be smaller"):
        source.open_bytes("c")
    assert source.open_bytes("a") == b"1"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"x": [1.0]}, "a column of image bytes, or one called path"),
        ({"image": pa.array([b"1", b"2"]), "id": ["a", "a"]}, "'a' more than once"),
        ({"image": pa.array([b"1", b"2"]), "id": ["a", None]}, "more than once"),
        ({"image": pa.array([b"1"]), "id": ["x" * 5000]}, "may have 4,096 bytes; got one of 5,000"),
    ],
)
def test_other_tables_are_refused(tmp_path, columns, told):
    with pytest.raises(InputError, match=told):
        open_images(write(tmp_path / "x.parquet", **columns))


def test_an_id_that_is_long_and_repeated_is_not_unrolled(tmp_path):
    """A thousand bytes on disk, gigabytes were every row given its own copy."""
    rows = 30_000
    ids = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["x" * 100_000])
    path = write(tmp_path / "x.parquet", rows=rows, id=ids, a=np.ones(rows, np.float32))
    assert path.stat().st_size < 200_000
    with pytest.raises(InputError, match="may have 4,096 bytes; got one of 100,000"):
        read_embeddings(path)


@pytest.fixture
def folders(tmp_path):
    for name in ("lists", "data/cats"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("lists/here.png", "data/cats/1.png", "data/2.png", "secret.png"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def make_list(folders, text, name="list.txt"):
    (folders / "lists" / name).write_text(text, encoding="utf-8")
    return folders / "lists" / name


def test_a_list_names_files_beside_it(folders):
    source = open_images(make_list(folders, "here.png\n\n./here.png\n"))
    assert source.names() == ["./here.png", "here.png"]
    assert source.open_bytes("here.png") == b"lists/here.png"


@pytest.mark.parametrize(
    "text",
    ["path,label\n{data}/cats/1.png,x\n{data}/2.png,y\n", "label;file\nx;{data}/cats/1.png\ny;{data}/2.png\n",
     "{data}/cats/1.png\n{data}/2.png\n"],
)  # fmt: skip
def test_a_list_names_files_in_allowed_folders(folders, text):
    path = make_list(folders, text.format(data=folders / "data"), "list.csv")
    source = open_images(path, inside=[folders / "data"])
    assert [name[-8:] for name in source.names()] == ["ta/2.png", "ts/1.png"]
    assert source.open_bytes(source.names()[1]) == b"data/cats/1.png"
    with pytest.raises(InputError, match="may list files in its own folder only"):
        open_images(path)


def test_a_list_with_ids(folders):
    source = open_images(make_list(folders, "id,path\nme,here.png\n", "x.csv"))
    assert source.names() == ["me"]
    assert source.open_bytes("me") == b"lists/here.png"


def test_a_parquet_of_paths_is_a_list(folders):
    path = write(folders / "lists" / "x.parquet", id=[7], path=["here.png"], embedding=[[1.0, 2.0]])
    source = open_images(path)
    assert source.names() == ["7"]
    assert source.open_bytes("7") == b"lists/here.png"
    assert read_embeddings(path).ids.tolist() == ["7"]


@pytest.mark.parametrize(
    "text", ["../secret.png", "{folders}/secret.png", "link.png", "/etc/hostname", "a\0.png"]
)
def test_a_list_leads_nowhere_else(folders, text):
    (folders / "lists" / "link.png").symlink_to(folders / "secret.png")
    with pytest.raises(InputError, match=r"may list files in its own folder only|binary data"):
        open_images(make_list(folders, f"here.png\n{text.format(folders=folders)}\n"))


def test_a_link_made_after_opening_is_refused_too(folders):
    source = open_images(make_list(folders, "here.png\ngone.png\n"))
    with pytest.raises(InputError, match=r"gone\.png could not be read: No such file"):
        source.open_bytes("gone.png")
    (folders / "lists/here.png").unlink()
    (folders / "lists/here.png").symlink_to(folders / "secret.png")
    with pytest.raises(InputError, match="may list files in its own folder only"):
        source.open_bytes("here.png")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("path\n", "got none"),
        ("id,path\nx\n", "line 2: expected a path"),
        ("here.png\nhere.png\n", "more than once"),
    ],
)
def test_bad_lists_are_refused(folders, text, told):
    with pytest.raises(InputError, match=told):
        open_images(make_list(folders, text, "x.csv"))


def test_what_is_no_file_is_refused(folders):
    (folders / "lists/data.png").mkdir()
    source = open_images(make_list(folders, "data.png\nhere.png\n"))
    with pytest.raises(InputError, match=r"data\.png must be a file"):
        source.open_bytes("data.png")
