"""What an ONNX file says is read without running it, and what no file may hold is refused with one message."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilander.embed import onnx_file, wire
from hilander.embed.onnx_file import Value, inspect, read_onnx
from hilander.errors import InputError
from suite import onnx_files as o

X, Y = o.value_info("x", ("n", 3, 4, 4)), o.value_info("y", ("n", 3))
MEAN = o.node("ReduceMean", ["x"], ["y"], o.ints("axes", (2, 3)))
ONE = np.ones(1, np.float32)
SECRET = "../../etc/passwd"


def test_inputs_and_outputs_are_read_and_weights_are_no_inputs():
    weight = o.value_info("w", (1,))
    data = o.model(o.graph([MEAN], [X, weight], [Y], [o.tensor("w", ONE)]))
    found = inspect(data, "m.onnx")
    assert found.inputs == [Value("x", "float32", (None, 3, 4, 4))]
    assert [str(it) for it in found.outputs] == ["y float32 (?, 3)"]


def test_a_length_of_less_than_nothing_is_any():
    found = inspect(o.mean_network(dims=(-1, 3, 4, 4)), "m.onnx")
    assert found.inputs[0].shape == (None, 3, 4, 4)


def with_nodes(*nodes: bytes, weights: list[bytes] | None = None, more: bytes = b"") -> bytes:
    return o.model(o.graph(nodes, [X], [Y], weights or []), more=more)


def constant(tensor: bytes) -> bytes:
    return o.node("Constant", [], ["c"], o.message(1, "value") + o.message(5, tensor) + o.number(20, 4))


def branch(inner: bytes) -> bytes:
    return o.node("If", ["x"], ["y"], o.message(1, "then_branch") + o.message(6, inner) + o.number(20, 5))


def nested(depth: int) -> bytes:
    inner = o.graph([MEAN], [], [])
    for _ in range(depth):
        inner = o.graph([branch(inner)], [], [])
    return with_nodes(branch(inner))


def function(domain: str, node: bytes) -> bytes:
    return o.message(25, o.message(1, "f") + o.message(7, node) + o.message(10, domain))


OUTSIDE = o.external("w", SECRET)
SPARSE = o.message(1, o.tensor("v", ONE)) + o.number(3, 1 << 20) + o.number(3, 1 << 20)
HOSTILE = {
    "weights in another file": (with_nodes(MEAN, weights=[OUTSIDE]), "keeps the weights w in another file"),
    "a constant in another file": (with_nodes(constant(OUTSIDE)), "in another file"),
    "another file inside a branch": (
        with_nodes(branch(o.graph([constant(OUTSIDE)], [], []))),
        "in another file",
    ),
    "another file inside a function": (
        with_nodes(MEAN, more=function("mine", constant(OUTSIDE))),
        "in another file",
    ),
    "external without a place": (
        with_nodes(MEAN, weights=[o.number(1, 1) + o.message(8, "w") + o.number(14, 1)]),
        "in another file",
    ),
    "a custom operator": (
        with_nodes(o.node("Run", ["x"], ["y"], domain="evil")),
        "custom operator evil::Run",
    ),
    "an operator that loads a file": (
        with_nodes(o.node("EPContext", ["x"], ["y"], domain="com.microsoft")),
        "custom operator com.microsoft::EPContext",
    ),
    "the same behind a function": (
        with_nodes(MEAN, more=function("com.microsoft", o.node("EPContext", [], [], domain="com.microsoft"))),
        "com.microsoft::EPContext",
    ),
    "training steps": (with_nodes(MEAN, more=o.message(20, b"")), "training steps"),
    "more values than bytes": (
        with_nodes(MEAN, weights=[o.tensor("w", ONE, dims=(1 << 40, 1 << 40))]),
        "declares (1099511627776, 1099511627776) values",
    ),
    "a negative length": (
        with_nodes(MEAN, weights=[o.tensor("w", ONE, dims=(-1,))]),
        "declares (-1,) values",
    ),
    "a sparse tensor without end": (
        o.model(o.graph([MEAN], [X], [Y]) + o.message(15, SPARSE)),
        "a sparse tensor of (1048576, 1048576)",
    ),
    "graphs in graphs in graphs": (nested(60), "nested more than 24 deep"),
    "no graph": (o.number(1, 8), "no graph"),
    "two graphs": (with_nodes(MEAN) + o.message(7, b""), "field 7 of a model is there twice"),
    "text": (b"hello there, this is no network", "must be an ONNX network"),
    "a length past the end": (b"\x3a\xff\xff\xff\x7f", "where 0 are left"),
    "a number without end": (b"\x08" + b"\xff" * 12, "more than ten bytes"),
    "cut short": (o.mean_network()[:-9], "must be an ONNX network"),
    "zeros": (bytes(100), "a field without a number"),
}


@pytest.mark.parametrize(("data", "told"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_file_may_hold_is_refused(data, told):
    with pytest.raises(InputError, match=r"^m\.onnx") as refused:
        inspect(data, "m.onnx")
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)


WRITTEN = o.message(9, ONE.tobytes())
FLOATS = o.number(2, o.FLOAT)
TENSOR = o.number(1, 1) + FLOATS + WRITTEN
TYPED = o.message(1, o.number(1, o.FLOAT))
TWO_WAYS = {
    "a tag of more than 32 bits": o.message(5, o.external("w", SECRET, more=1 << 32)),
    "a tag longer than it need be": o.message(5, o.external("w", SECRET)).replace(b"\x6a", b"\xea\x00"),
    "a tensor's place of another kind": o.message(5, TENSOR + o.message(14, b"\x01")),
    "a tensor with an unknown field": o.message(5, TENSOR + o.number(15, 1)),
    "a tensor's type twice": o.message(5, TENSOR + FLOATS),
    "a constant in pieces": o.message(1, constant(TENSOR) + o.message(5, o.message(5, TENSOR) * 2)),
    "a branch in pieces": o.message(1, branch(b"") + o.message(5, o.message(6, b"") * 2)),
    "values of a sparse tensor in pieces": o.message(15, o.message(1, TENSOR) * 2),
    "an input's type twice": o.message(11, o.message(2, TYPED) * 2),
    "an input of two types": o.message(11, o.message(2, TYPED + o.message(4, b""))),
    "an input's tensor type twice": o.message(11, o.message(2, TYPED * 2)),
    "two shapes": o.message(11, o.message(2, o.message(1, o.message(2, b"") * 2))),
    "a length that is a name too": o.message(
        11, o.message(2, o.message(1, o.message(2, o.message(1, o.number(1, 3) + o.message(2, "n")))))
    ),
    "a length of six bytes": b"\x2a\x80\x80\x80\x80\x80\x00",
    "a group": b"\x2b\x2c",
    "a number of more than 64 bits": o.message(5, b"\x08" + b"\xff" * 9 + b"\x7f"),
}


@pytest.mark.parametrize("part", TWO_WAYS.values(), ids=TWO_WAYS)
def test_what_another_reader_might_take_for_something_else_is_refused(part):
    """Onnxruntime's cuts tags at 32 bits, and joins the pieces of a message."""
    with pytest.raises(InputError, match="must be an ONNX network"):
        inspect(o.model(o.graph([MEAN], [X], [Y]) + part), "m.onnx")


LONG = b"".join(o.varint(1 << 20) for _ in range(50_000))  # 150 kB
MANY = {
    "packed lengths": o.message(5, o.message(1, LONG)),
    "lengths one by one": o.message(5, o.number(1, 1) * 33),
    "packed lengths of a sparse tensor": o.message(15, o.message(3, LONG)),
    "lengths of an input": o.message(11, o.message(2, o.message(1, o.message(2, o.message(1, b"") * 33)))),
}


@pytest.mark.parametrize("part", MANY.values(), ids=MANY)
def test_more_than_some_dozens_of_lengths_are_refused_at_once(part):
    began = time.process_time()
    with pytest.raises(InputError, match="more than 32 dimensions") as refused:
        inspect(o.model(o.graph([MEAN], [X], [Y]) + part), "m.onnx")
    assert time.process_time() - began < 0.5  # to multiply them took seconds, while every page waited
    assert len(str(refused.value)) < 300


def test_texts_of_a_file_are_cut_where_they_are_told():
    name = "n" * 900
    for data in (
        with_nodes(o.node(name, ["x"], ["y"], domain=name)),
        with_nodes(MEAN, weights=[o.tensor(name, ONE, dims=(-1,))]),
        with_nodes(MEAN, weights=[o.external(name, SECRET)]),
    ):
        with pytest.raises(InputError) as refused:
            inspect(data, "m.onnx")
        assert len(str(refused.value)) < 500
    assert len(str(Value(name, "float32", (1,)))) < 200


def test_packed_numbers_count_like_fields():
    reader = wire.Reader(o.message(1, bytes(100)))
    reader._left = 50
    with pytest.raises(wire.Broken, match="fields and numbers"):
        [*reader.numbers(next(reader.fields()))]


def test_functions_that_the_file_brings_itself_are_no_custom_operators():
    data = with_nodes(o.node("f", ["x"], ["y"], domain="mine"), more=function("mine", MEAN))
    assert inspect(data, "m.onnx").inputs


def test_a_file_of_endless_small_fields_is_given_up(monkeypatch):
    monkeypatch.setattr(wire, "MOST_FIELDS", 100)
    with pytest.raises(InputError, match="more than 100 fields"):
        inspect(with_nodes(*[MEAN] * 100), "m.onnx")


def test_a_file_that_is_missing_empty_or_too_large_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "m.onnx"
    with pytest.raises(InputError, match="no such file"):
        read_onnx(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="empty file"):
        read_onnx(path)
    monkeypatch.setattr(onnx_file, "MOST_BYTES", 3)
    path.write_bytes(b"1234")
    with pytest.raises(InputError, match="got 4 bytes"):
        read_onnx(path)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_whatever_the_bytes_are_nothing_but_input_errors_come_out(data):
    good = bytearray(o.mean_network())
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InputError):
        inspect(bytes(good), "m.onnx")
