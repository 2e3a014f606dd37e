"""Files that are small on disk and large in memory are refused before they are read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from hilander.errors import InputError
from hilander.io.embeddings import read_embeddings

ROWS, DIM = 1_200_000, 64  # 293 MiB of float32


@pytest.fixture
def npz_bomb(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", embeddings=np.zeros((ROWS, DIM), np.float32))
    return tmp_path / "x.npz"


@pytest.fixture
def parquet_bomb(tmp_path):
    column = pa.array(np.zeros(ROWS, np.float32))
    parquet.write_table(pa.table({f"v{i}": column for i in range(DIM)}), tmp_path / "x.parquet")
    return tmp_path / "x.parquet"


@pytest.mark.parametrize("bomb", ["npz_bomb", "parquet_bomb"])
def test_a_bomb_is_refused(request, bomb):
    path = request.getfixturevalue(bomb)
    assert path.stat().st_size < 2_000_000
    with pytest.raises(InputError, match=r"unpack to 307,200,\d{3}, as in a zip bomb"):
        read_embeddings(path)


def test_small_arrays_may_shrink_as_they_like(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", embeddings=np.zeros((100_000, 8), np.float32))
    assert read_embeddings(tmp_path / "x.npz").x.shape == (100_000, 8)
