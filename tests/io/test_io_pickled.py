"""The pickle reader loads numpy arrays and runs nothing."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from hilander.errors import InputError
from hilander.io.embeddings import read_embeddings

X = np.arange(12, dtype=np.float32).reshape(4, 3)


def save(path: Path, value: object, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "uint8", "bool", ">f8"])
def test_arrays_of_every_protocol_and_type(tmp_path, protocol, dtype):
    x = X.astype(dtype)
    found = read_embeddings(save(tmp_path / "x.pkl", [x, np.arange(4)], protocol))
    assert found.x.dtype == x.dtype
    np.testing.assert_array_equal(found.x, x)
    assert found.ids is None


@pytest.mark.parametrize(
    "value",
    [
        X,
        (X, [1, 2, 3, 4]),
        [[np.float64(3.0), "name"], (X,)],
        [np.arange(4), X.T.copy().T],
        [list(range(500)), X],
    ],
    ids=["alone", "labels in a list", "nested", "column order", "labels first"],
)
def test_the_first_matrix_is_found(tmp_path, value):
    np.testing.assert_array_equal(read_embeddings(save(tmp_path / "x.pkl", value)).x, X)


def test_names_that_numpy_1_wrote_are_known(tmp_path):
    data = pickle.dumps([X], protocol=2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert b"numpy.core.multiarray" in data
    (tmp_path / "x.pkl").write_bytes(data)
    np.testing.assert_array_equal(read_embeddings(tmp_path / "x.pkl").x, X)


class Calls:
    def __init__(self, function, *args):
        self.reduced = (function, args)

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    ("function", "named"),
    [(os.mkdir, r"posix\.mkdir|nt\.mkdir"), (eval, r"builtins\.eval"), (getattr, r"builtins\.getattr")],
)
def test_code_is_named_and_never_run(tmp_path, function, named):
    target = tmp_path / "made"
    argument = {os.mkdir: str(target), eval: f"__import__('os').mkdir({str(target)!r})"}.get(function, "x")
    path = save(tmp_path / "x.pkl", [X, Calls(function, argument)])
    with pytest.raises(InputError, match=f"it names ({named}), which could run code, so nothing was loaded"):
        read_embeddings(path)
    assert not target.exists()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"features": X}, "got dict"),
        ([X, {"a": 1}], "got dict"),
        ([X, {1, 2}], "got set"),
        (OrderedDict(x=X), r"it names collections\.OrderedDict"),
        ([X.astype(object)], "got Python objects"),
        ([np.zeros(3, dtype=[("a", "f4")])], "got Python objects"),
        ([np.arange(4)], r"must hold a 2-d numpy array of numbers.*got: \(4,\) int64"),
        (["text", 3], "got: none"),
        (np.array([["a", "b"]]), "must hold a 2-d numpy array of numbers"),
    ],
)
def test_anything_but_plain_arrays_is_refused(tmp_path, value, message):
    with pytest.raises(InputError, match=message):
        read_embeddings(save(tmp_path / "x.pkl", value))


@pytest.mark.parametrize("protocol", range(6))
def test_cut_anywhere_it_is_refused(tmp_path, protocol):
    data = pickle.dumps([X, np.arange(4)], protocol=protocol)
    for stop in range(1, len(data) - 1, 7):
        (tmp_path / "x.pkl").write_bytes(data[:stop])
        with pytest.raises(InputError):
            read_embeddings(tmp_path / "x.pkl")


def test_object_pointers_cannot_be_forged_through_a_dtype_state(tmp_path):
    # An object dtype whose state clears the "holds objects" flag would make numpy read raw bytes as pointers.
    honest = pickle.dumps(X.astype(object), protocol=2)
    data = honest.replace(b"K?t", b"K\x00t")
    assert data != honest
    (tmp_path / "x.pkl").write_bytes(data)
    with pytest.raises(InputError, match="got Python objects"):
        read_embeddings(tmp_path / "x.pkl")


def test_a_pickle_cannot_change_the_stand_ins(tmp_path):
    # BUILD on a global would set attributes of whatever find_class gave out.
    data = b"\x80\x02cnumpy\ndtype\n}X\x04\x00\x00\x00textX\x01\x00\x00\x00xsb."
    (tmp_path / "x.pkl").write_bytes(data)
    with pytest.raises(InputError, match="may not change what it calls"):
        read_embeddings(tmp_path / "x.pkl")
