"""A folder of shards is one set of embeddings, in the natural order of names."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from hilander.errors import InputError
from hilander.io.shards import Shards, UnitRows, read_shards, shard_files
from hilander.io.vectors import unit_vectors

X = np.random.default_rng(0).normal(size=(9, 4))


def folder_of(tmp_path, names=("part-1.npy", "part-2.npy", "part-10.npy")):
    for name, rows in zip(names, np.array_split(X, 3), strict=True):
        np.save(tmp_path / name, rows)
    return tmp_path


def test_shards_come_in_natural_order(tmp_path):
    found = read_shards(folder_of(tmp_path))
    assert found.ids is None
    np.testing.assert_array_equal(found.x, X)
    assert [file.name for file in shard_files(tmp_path)] == ["part-1.npy", "part-2.npy", "part-10.npy"]


def test_rows_are_read_by_number(tmp_path):
    files = tuple(shard_files(folder_of(tmp_path)))
    rows, unit = UnitRows(Shards(files, (0, 3, 6, 9), 4)), unit_vectors(X)
    for wanted in (slice(2, 8), slice(None, None, 4), np.array([8, 0, 4, 4])):
        np.testing.assert_array_equal(rows[wanted], unit[wanted])
    some = UnitRows(rows.shards, np.array([7, 1]))
    assert some.shape == (2, 4)
    np.testing.assert_array_equal(some[:], unit[[7, 1]])


def with_ids(path, ids):
    parquet.write_table(pa.table({"id": ids, "embedding": list(X[: len(ids)])}), path)


def test_ids_are_joined_and_unique(tmp_path):
    with_ids(tmp_path / "a.parquet", ["x", "y"])
    with_ids(tmp_path / "b.parquet", ["z"])
    assert read_shards(tmp_path).ids.tolist() == ["x", "y", "z"]
    with_ids(tmp_path / "b.parquet", ["x"])
    with pytest.raises(InputError, match="must be unique in all shards; got 'x' 2 times"):
        read_shards(tmp_path)


def test_what_is_no_folder_of_shards(tmp_path):
    with pytest.raises(InputError, match="got a folder without any"):
        shard_files(tmp_path)
    folder_of(tmp_path)
    np.save(tmp_path / "part-3.npy", X[:, :2])
    with pytest.raises(InputError, match=r"part-3.npy must have 4 values a row as part-1.npy has; got 2"):
        read_shards(tmp_path)
    with_ids(tmp_path / "a.parquet", ["x"])
    with pytest.raises(InputError, match=r"shards of one kind; got .npy and .parquet"):
        shard_files(tmp_path)
