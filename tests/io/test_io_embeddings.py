"""Every accepted file gives the same vectors and ids; what is not one is refused with a message to act on."""

from __future__ import annotations

import errno
import io
import json
import pickle
import struct
import tempfile
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from hilander.errors import InputError
from hilander.io import delimited, rows
from hilander.io.embeddings import READERS, EmbeddingSet, read_embeddings
from hilander.io.tensors import check_torch_file
from hilander.model.lander import LANDER, LanderConfig
from tests import bad_files as bad

X = np.array([[1, 2, 0.5], [-1, 0, 4], [3, 3, 3], [0, -2, 1]], dtype=np.float32)
IDS = ["007", "b/1.jpg", "ü", "z"]


def write_npy(path):
    np.save(path, X)


def write_npz(path):
    np.savez(path, features=X, ids=np.array(IDS), other=np.zeros((4, 9)))


def write_only_matrix(path):
    np.savez(path, anything=X, labels=np.arange(4))


def write_parquet_lists(path):
    pd.DataFrame({"id": IDS, "embedding": list(X), "note": "text"}).to_parquet(path)


def write_parquet_columns(path):
    pd.DataFrame(X, columns=["a", "b", "c"]).assign(id=IDS, label=7).to_parquet(path)


def write_parquet_index(path):
    pd.DataFrame(X, columns=["a", "b", "c"], index=pd.Index(IDS, name="id")).to_parquet(path)


def write_csv(path):
    pd.DataFrame(X, columns=["a", "b", "c"]).assign(id=IDS, label="cat").to_csv(path, index=False)


def write_csv_semicolon_bom(path):
    pd.DataFrame(X, columns=["a", "b", "c"]).assign(id=IDS).to_csv(
        path, index=False, sep=";", encoding="utf-8-sig"
    )


def write_csv_no_header(path):
    pd.DataFrame(X).to_csv(path, index=False, header=False)


def write_csv_counted_header(path):
    pd.DataFrame(X).to_csv(path, index=False)


def write_csv_pandas_index(path):
    pd.DataFrame(X).to_csv(path)


def write_safetensors(path):
    save_file({"x": X, "ids": np.array([5, 6, 7, 8])}, path)


def write_bfloat16(path):
    save_torch({"embeddings": torch.from_numpy(X).bfloat16()}, path)


def write_pt(path):
    torch.save(
        {"ids": torch.arange(5, 9), "Embeddings": torch.from_numpy(X), "other": torch.zeros(2, 2)}, path
    )


def write_pt_bfloat16(path):
    torch.save(torch.from_numpy(X).bfloat16(), path)


def write_pt_pair(path):
    torch.save([torch.from_numpy(X).requires_grad_(), torch.arange(4)], path)


def write_pt_columns(path):
    torch.save(torch.from_numpy(X.T.copy()).T, path)


@pytest.mark.parametrize(
    ("write", "suffix", "ids"),
    [
        (write_npy, ".npy", None),
        (write_npz, ".npz", IDS),
        (write_only_matrix, ".npz", None),
        (write_parquet_lists, ".parquet", IDS),
        (write_parquet_columns, ".parquet", IDS),
        (write_parquet_index, ".parquet", IDS),
        (write_csv, ".csv", IDS),
        (write_csv_semicolon_bom, ".csv", IDS),
        (write_csv_no_header, ".csv", None),
        (write_csv_counted_header, ".csv", None),
        (write_csv_pandas_index, ".csv", None),
        (write_safetensors, ".safetensors", ["5", "6", "7", "8"]),
        (write_bfloat16, ".safetensors", None),
        (write_pt, ".pt", ["5", "6", "7", "8"]),
        (write_pt_bfloat16, ".pt", None),
        (write_pt_pair, ".pt", None),
        (write_pt_columns, ".pt", None),
    ],
)
def test_every_format_gives_the_same_vectors(tmp_path, write, suffix, ids):
    path = tmp_path / f"faces{suffix}"
    write(path)
    found = read_embeddings(path)
    np.testing.assert_array_equal(np.asarray(found.x, dtype=np.float32), X)
    assert (found.n, found.dim, found.name) == (4, 3, "faces")
    assert (None if found.ids is None else found.ids.tolist()) == ids
    assert found.id_list().tolist() == (ids or ["0", "1", "2", "3"])


def test_a_safetensors_stays_on_disk(tmp_path):
    write_safetensors(tmp_path / "x.safetensors")
    assert isinstance(read_embeddings(tmp_path / "x.safetensors").x, np.memmap)


@pytest.mark.parametrize(
    "write", [write_npz, write_parquet_lists, write_parquet_columns, write_csv, write_bfloat16]
)
def test_large_ones_are_gathered_in_a_file_that_goes_away(tmp_path, monkeypatch, write):
    monkeypatch.setattr(rows, "IN_MEMORY", 20)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    suffix = next(
        s
        for s in READERS
        if s.strip(".") in write.__name__ or ("bfloat16" in write.__name__ and s == ".safetensors")
    )
    write(tmp_path / f"x{suffix}")
    found = read_embeddings(tmp_path / f"x{suffix}").x
    assert isinstance(found if isinstance(found, np.memmap) else found.base, np.memmap)
    np.testing.assert_array_equal(found, X)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_blocks_of_a_table_may_differ_in_kind(tmp_path, monkeypatch):
    """Whole numbers first, fractions later: the first block does not decide."""
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 64)
    values = [f"{i},{i}" for i in range(1, 60)] + [f"{i}.5,{i}" for i in range(60, 99)]
    (tmp_path / "x.csv").write_text("a,b\n" + "\n".join(values) + "\n")
    x = read_embeddings(tmp_path / "x.csv").x
    assert (x[0].tolist(), x[-1].tolist(), len(x)) == ([1, 1], [98.5, 98], 98)


def test_no_room_for_the_temporary_file_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "IN_MEMORY", 20)
    write_npz(tmp_path / "x.npz")

    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(InputError, match=r"x\.npz needs room in .*No space left on device"):
        read_embeddings(tmp_path / "x.npz")


def test_a_npy_stays_on_disk(tmp_path):
    write_npy(tmp_path / "x.npy")
    found = read_embeddings(tmp_path / "x.npy")
    assert isinstance(found.x, np.memmap)
    assert found.x.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "uint64", ">f4", "bool"])
def test_a_npy_keeps_its_type(tmp_path, dtype):
    np.save(tmp_path / "x.npy", np.eye(3).astype(dtype))
    assert read_embeddings(tmp_path / "x.npy").x.dtype == dtype


def test_a_column_order_npy_is_read_by_rows(tmp_path):
    np.save(tmp_path / "x.npy", np.asfortranarray(X))
    np.testing.assert_array_equal(read_embeddings(tmp_path / "x.npy").x, X)


def test_an_index_that_names_rows_is_the_id(tmp_path):
    pd.DataFrame(X, index=[10, 11, 12, 13]).to_csv(tmp_path / "x.csv")
    assert read_embeddings(tmp_path / "x.csv").id_list().tolist() == ["10", "11", "12", "13"]


def save_text(text):
    return lambda path: path.write_text(text, encoding="utf-8")


def save_bytes(data):
    return lambda path: path.write_bytes(data)


def save_array(array):
    return lambda path: np.save(path, array, allow_pickle=True)


def save_npz(**arrays):
    return lambda path: np.savez(path, **arrays)


def save_frame(**columns):
    return lambda path: pd.DataFrame(columns).to_parquet(path)


def nothing(path):
    """Write no file."""


BAD = {
    "missing": ("x.npy", nothing, "no such file"),
    "folder": ("x.npy", lambda path: path.mkdir(), "got a folder"),
    "empty": ("x.npy", save_bytes(b""), r"got an empty file \(0 bytes\)"),
    "suffix": ("x.h5", save_bytes(b"abc"), r"must be one of \.npy.*got \.h5"),
    "no suffix": ("x", save_bytes(b"abc"), "got no suffix"),
    "1-d": ("x.npy", save_array(np.zeros(7)), r"must be a 2-d array.*got shape \(7,\)"),
    "3-d": ("x.npy", save_array(np.zeros((2, 2, 2))), r"got shape \(2, 2, 2\)"),
    "strings": ("x.npy", save_array(np.array([["a", "b"]])), "must hold real numbers; got dtype <U1"),
    "complex": ("x.npy", save_array(np.zeros((2, 2), complex)), "got dtype complex128"),
    "no rows": (
        "x.npy",
        save_array(np.zeros((0, 4))),
        r"at least one row and one column; got shape \(0, 4\)",
    ),
    "no columns": ("x.npy", save_array(np.zeros((4, 0))), r"got shape \(4, 0\)"),
    "objects npy": ("x.npy", save_array(np.array([[1, "a"]], dtype=object)), "got Python objects"),
    "objects npz": ("x.npz", save_npz(x=np.ones((2, 2), dtype=object)), "got Python objects"),
    "object ids": (
        "x.npz",
        save_npz(x=np.ones((1, 2)), ids=np.array(["a"], dtype=object)),
        "got Python objects",
    ),
    "two matrices": ("x.npz", save_npz(a=np.ones((2, 2)), b=np.ones((2, 3))), r"got a \(2, 2\), b \(2, 3\)"),
    "no matrix": ("x.npz", save_npz(a=np.ones(2)), r"exactly one 2-d array; got a \(2,\)"),
    "ids length": ("x.npz", save_npz(x=np.ones((3, 2)), ids=np.array(["a"])), "ids must be 3 strings"),
    "ids twice": (
        "x.npz",
        save_npz(x=np.ones((3, 2)), ids=np.array(["a", "b", "a"])),
        "unique; got 'a' 2 times",
    ),
    "id empty": ("x.npz", save_npz(x=np.ones((2, 2)), ids=np.array(["a", ""])), "row 1 .* has none"),
    "not npz": ("x.npz", save_bytes(b"hello there"), "must be a complete .npz file; its 11 bytes"),
    "not parquet": ("x.parquet", save_bytes(b"hello there"), "must be a complete .parquet file"),
    "not safetensors": ("x.safetensors", save_bytes(b"hello there hello"), "must be a complete .safetensors"),
    "safetensors one offset": (
        "x.safetensors",
        save_bytes(
            b"\x39" + bytes(7) + b'{"x":{"dtype":"F32","shape":[1,1],"data_offsets":[40.5]}}' + bytes(3)
        ),
        "must be a complete .safetensors",
    ),
    "csv first line": ("x.csv", save_text("\n1,2\n3,4\n"), "got an empty first line"),
    "csv text": ("x.csv", save_text("a,b\n1,red\n"), r"columns of numbers.*first 'b' \(string\)"),
    "csv header only": ("x.csv", save_text("id,a,b\n"), "got a header and no rows"),
    "csv ragged": ("x.csv", save_text("id,a,b\n1,2,3\n1,2\n"), "Expected 3 columns, got 2"),
    "csv hole": ("x.csv", save_text("a,b\n1,2\n3,\n"), "column 'b' has 1 empty value"),
    "csv id hole": ("x.csv", save_text("id,b\n,2\nu,4\n"), r"every row needs an id"),
    "csv names twice": ("x.csv", save_text("a,a\n1,2\n"), "got 'a' more than once"),
    "csv only ids": ("x.csv", save_text("id\n1\n"), "columns of numbers.*got none"),
    "csv latin1": ("x.csv", save_bytes(b"id,b\xe9\n1,2\n"), "must be UTF-8 text"),
    "csv binary": ("x.csv", save_bytes(b"\0\0\0\0\n"), "got binary data"),
    "list lengths": (
        "x.parquet",
        save_frame(embedding=[[1.0], [1.0, 2.0]]),
        "same length; got 1 to 2 values",
    ),
    "list of text": ("x.parquet", save_frame(embedding=[["a"], ["b"]]), "must hold lists of numbers"),
    "not a list": ("x.parquet", save_frame(embedding=[1.0, 2.0]), "must hold lists of numbers; got double"),
    "hole in list": ("x.parquet", save_frame(embedding=[[1.0, None], [1.0, 2.0]]), "1 empty value"),
    "float ids": (
        "x.parquet",
        save_frame(id=[0.5, 1.5], a=[1.0, 2.0]),
        "ids must be strings or whole numbers",
    ),
}


@pytest.mark.parametrize(("file", "write", "message"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused_with_a_reason(tmp_path, file, write, message):
    write(tmp_path / file)
    with pytest.raises(InputError, match=message) as caught:
        read_embeddings(tmp_path / file)
    assert "x" in str(caught.value)
    assert "\n" not in str(caught.value)


CUT = (
    (write_npy, ".npy"),
    (write_npz, ".npz"),
    (write_parquet_lists, ".parquet"),
    (write_safetensors, ".safetensors"),
    (write_pt, ".pt"),
)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize(("write", "suffix"), CUT)
def test_a_file_cut_short_is_refused(tmp_path, write, suffix, share):
    whole = tmp_path / f"whole{suffix}"
    write(whole)
    data = whole.read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match=rf"cut\{suffix} must be a complete \{suffix} file"):
        read_embeddings(cut)


def lying_npy(path):
    np.save(path, X)
    path.write_bytes(
        path.read_bytes().replace(b"(4, 3)", b"(9" + b"0" * 9 + b", 3)").replace(b" " * 9 + b"\n", b"\n")
    )


def lying_npz(path):
    lying_npy(path.with_suffix(".npy"))
    with zipfile.ZipFile(path, "w") as out:
        out.write(path.with_suffix(".npy"), "x.npy")


def lying_safetensors(path):
    head = json.dumps({"x": {"dtype": "F32", "shape": [9 * 10**9, 3], "data_offsets": [0, 48]}}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + X.tobytes())


def lying_length(path):
    path.write_bytes(struct.pack("<Q", 1 << 60) + bytes(100))


def lying_pt(path):
    """A tensor of nine thousand million rows that are all the first one."""
    torch.save(torch.from_numpy(X)[:1].expand(9 * 10**9, 3), path)


LIARS = [(lying_npy, ".npy"), (lying_npz, ".npz"), (lying_safetensors, ".safetensors"), (lying_length, ".safetensors"),
         (lying_pt, ".pt")]  # fmt: skip


@pytest.mark.parametrize(("write", "suffix"), LIARS)
def test_a_header_that_declares_more_than_there_is_is_refused(tmp_path, write, suffix):
    write(tmp_path / f"x{suffix}")
    assert (tmp_path / f"x{suffix}").stat().st_size < 5_000
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=rf"must be a complete \{suffix} file"):
            read_embeddings(tmp_path / f"x{suffix}")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_pt_holds_tensors_alone_and_no_code_of_it_runs(tmp_path):
    bad.torch_file_with_code(tmp_path / "x.pt")
    with pytest.raises(
        InputError, match=r"must hold tensors alone; got other objects, which are never loaded"
    ):
        read_embeddings(tmp_path / "x.pt")
    assert not bad.marker_of(tmp_path / "x.pt").exists()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (torch.zeros(3), "got tensor"),
        ({"a": torch.ones(2, 2), "b": torch.ones(2, 2)}, r"got a \(2, 2\), b \(2, 2\)"),
        (torch.eye(3).to_sparse(), r"it names torch\._utils\._rebuild_sparse_tensor"),
        (3, "it holds int"),
    ],
)
def test_other_values_in_a_pt_are_refused(tmp_path, value, told):
    torch.save(value, tmp_path / "x.pt")
    with pytest.raises(InputError, match=told):
        read_embeddings(tmp_path / "x.pt")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_of_torch_makes_nothing_but_tensors(tmp_path, zipped):
    """Torch's own weights_only would make a bytearray of any length."""
    torch.save(
        {"x": torch.ones(2, 2), "y": bytearray(5)}, tmp_path / "x.pth", _use_new_zipfile_serialization=zipped
    )
    torch.load(tmp_path / "x.pth", weights_only=True)
    with pytest.raises(pickle.UnpicklingError, match=r"it names (builtins|__builtin__)\.bytearray"):
        check_torch_file(tmp_path / "x.pth")
    torch.save(
        LANDER(LanderConfig(dim=4)).state_dict(), tmp_path / "x.pth", _use_new_zipfile_serialization=zipped
    )
    check_torch_file(tmp_path / "x.pth")


def test_a_pt_of_an_old_torch_is_refused(tmp_path):
    torch.save(torch.from_numpy(X), tmp_path / "x.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(InputError, match=r"not a file of torch 1\.6 or later"):
        read_embeddings(tmp_path / "x.pt")


def test_arrays_that_are_not_asked_for_are_not_read(tmp_path):
    np.savez(tmp_path / "x.npz", Features=X, notes=np.array([{"a": 1}], dtype=object))
    np.testing.assert_array_equal(read_embeddings(tmp_path / "x.npz").x, X)


def test_a_damaged_npz_member_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", x=X)
    data = bytearray((tmp_path / "x.npz").read_bytes())
    at = data.index(X.tobytes())
    data[at] ^= 255
    (tmp_path / "x.npz").write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"must be a complete \.npz file.*CRC"):
        read_embeddings(tmp_path / "x.npz")


def test_ids_default_to_row_numbers():
    assert EmbeddingSet(X, None, "x").id_list().tolist() == ["0", "1", "2", "3"]


def test_parquet_columns_of_one_name_are_refused(tmp_path):
    table = pa.table([pa.array(["a", "b"]), pa.array([1.0, 2.0]), pa.array([1.0, 2.0])], ["id", "x", "x"])
    parquet.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(InputError, match="every column needs its own name; got 'x' more than once"):
        read_embeddings(tmp_path / "x.parquet")


def test_ids_in_another_encoding_are_refused(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.eye(2), ids=np.array([b"a", "caf\xe9".encode("latin-1")]))
    with pytest.raises(InputError, match=r"x\.npz: ids must be text in UTF-8; got b'caf"):
        read_embeddings(tmp_path / "x.npz")
