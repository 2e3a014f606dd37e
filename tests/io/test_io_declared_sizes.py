"""Files that are small on disk and large in memory are refused before they are read."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from hilander.errors import InputError
from hilander.io import pages
from hilander.io.embeddings import read_embeddings
from hilander.io.images import open_images
from hilander.io.pages import page_of

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


@pytest.mark.parametrize(
    "way", [{}, {"compression": "gzip", "use_dictionary": False}, {"data_page_version": "2.0"}]
)
def test_a_page_that_is_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch, way):
    """The file's directory may say less: each page is asked what it becomes."""
    columns = {"id": [str(i) for i in range(9_000)], "image": [b"\0" * 90] * 9_000, "a": np.arange(9_000.0)}
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet", **way)
    read = (read_embeddings, lambda path: open_images(path).open_bytes("7"))
    for each in read:
        each(tmp_path / "x.parquet")
    monkeypatch.setattr(pages, "MAX_PAGE", 10_000)
    for each in read:
        with pytest.raises(InputError, match=r"has a page that unpacks to \d+,\d{3} bytes"):
            each(tmp_path / "x.parquet")


def test_a_page_that_claims_more_than_the_file_has_is_refused_before_room_is_made_for_it(tmp_path):
    """750 MB in a file of 1 kB: found by fuzzing."""
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"a": np.arange(40.0)}), path, use_dictionary=False, compression="none")
    data, at = path.read_bytes(), parquet.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    page = page_of(data[at:])
    sizes = b"".join(_field(size) for size in (page.unpacked, page.packed))
    lying = _field(page.unpacked) + _field(751_348_805)
    assert data.count(sizes, at, at + page.header) == 1
    path.write_bytes(data[:at] + data[at:].replace(sizes, lying, 1))
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(InputError, match="a page of 751,348,805 bytes, more than the file has"):
        read_embeddings(path)
    assert pa.default_memory_pool().max_memory() <= max(before, 100 << 20)


def _field(size: int) -> bytes:
    """The next field of a Thrift struct in compact form: i32, zigzag."""
    value, out = size << 1, b"\x15"
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def test_pages_are_told_one_by_one(tmp_path):
    """The sizes in the page headers add up to those that the directory gives for the column."""
    parquet.write_table(pa.table({"a": np.arange(20_000.0)}), tmp_path / "x.parquet", data_page_size=9_000)
    chunk = parquet.ParquetFile(tmp_path / "x.parquet").metadata.row_group(0).column(0)
    data = (tmp_path / "x.parquet").read_bytes()
    at, found = chunk.dictionary_page_offset or chunk.data_page_offset, []
    end = at + chunk.total_compressed_size
    while at < end:
        found.append(page_of(data[at : at + 100]))
        at += found[-1].header + found[-1].packed
    assert at == end
    assert len(found) > 3
    assert sum(page.unpacked + page.header for page in found) == chunk.total_uncompressed_size


@pytest.mark.parametrize(
    "data", [b"", b"\x15", b"\x15\x80", b"\xff" * 50, b"\x19\xfc\xff\xff\x7f", b"\x1c" * 50]
)
def test_a_page_header_that_is_none(data):
    with pytest.raises((ValueError, IndexError)):
        page_of(data)


def test_small_arrays_may_shrink_as_they_like(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", embeddings=np.zeros((100_000, 8), np.float32))
    assert read_embeddings(tmp_path / "x.npz").x.shape == (100_000, 8)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x80\x02]r\x00\x00\x00\x04.", "LONG_BINPUT asks for 67,108,864 places"),
        (b"]p67108864\n.", "PUT asks for 67,108,864 places"),
        (b"\x80\x04B\x00\x00\x00\x10.", "BINBYTES asks for 268,435,456"),
        (b"\x80\x04\x8e\x00\x00\x00\x10\x00\x00\x00\x00.", "BINBYTES8 asks for 268,435,456"),
        (b"\x80\x04\x95\x00\x00\x00\x10\x00\x00\x00\x00].", "FRAME asks for 268,435,456"),
        (b"\x80\x02\x8b\xff\xff\xff\xff.", "LONG4 of -1 bytes"),
        (b"\x80\x02]", "it has no end"),
        (b"\x80\x02\xfe.", "unknown opcode"),
        (b"\x80\x02]r\x00", "could not be read"),
    ],
)
def test_a_pickle_that_asks_for_more_than_it_holds_is_refused(tmp_path, data, told):
    (tmp_path / "x.pkl").write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=told):
            read_embeddings(tmp_path / "x.pkl")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_pickle_of_python_2_is_walked_through(tmp_path):
    """Protocol 0 as Python 2 wrote it: the bytes of the array as a text that is not ASCII."""
    values = np.array([[1, -2], [3, 4]], "<f4")
    data = (
        b"cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nS'b'\np3\ntp4\nRp5\n"
        b"(I1\n(I2\nI2\ntp6\ncnumpy\ndtype\np7\n(S'f4'\np8\nI0\nI1\ntp9\nRp10\n"
        b"(I3\nS'<'\np11\nNNNI-1\nI-1\nI0\ntp12\nbI00\nS'"
        + "".join(f"\\x{byte:02x}" for byte in values.tobytes()).encode()
        + b"'\np13\ntp14\nb."
    )
    (tmp_path / "x.pkl").write_bytes(data)
    np.testing.assert_array_equal(read_embeddings(tmp_path / "x.pkl").x, values)


def test_a_list_that_is_named_many_times_is_walked_once(tmp_path):
    nested = [0] * 50
    for _ in range(3):
        nested = [nested] * 3000  # 27 billion lists, were each walked
    (tmp_path / "x.pkl").write_bytes(pickle.dumps([nested[0], np.eye(2)]))
    np.testing.assert_array_equal(read_embeddings(tmp_path / "x.pkl").x, np.eye(2))
    (tmp_path / "y.pkl").write_bytes(pickle.dumps(nested))
    with pytest.raises(InputError, match="must hold a 2-d numpy array"):
        read_embeddings(tmp_path / "y.pkl")
