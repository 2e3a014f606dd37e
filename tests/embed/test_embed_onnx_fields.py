"""The fields that a file may have are those of the ONNX project, no more and no fewer."""

from __future__ import annotations

import pytest

from hilander.embed import onnx_fields, wire

KINDS = {
    1: wire.FIXED64,
    2: wire.FIXED32,
    9: wire.BYTES,
    11: wire.BYTES,
    12: wire.BYTES,
}  # by type; else VARINT


def test_the_fields_are_those_of_onnx():
    onnx = pytest.importorskip("onnx")
    theirs = {
        "MODEL": onnx.ModelProto,
        "GRAPH": onnx.GraphProto,
        "FUNCTION": onnx.FunctionProto,
        "NODE": onnx.NodeProto,
        "ATTRIBUTE": onnx.AttributeProto,
        "TENSOR": onnx.TensorProto,
        "SPARSE": onnx.SparseTensorProto,
        "VALUE": onnx.ValueInfoProto,
        "TYPE": onnx.TypeProto,
        "TENSOR_TYPE": onnx.TypeProto.Tensor,
        "SHAPE": onnx.TensorShapeProto,
        "DIMENSION": onnx.TensorShapeProto.Dimension,
    }
    ours = {name: it for name, it in vars(onnx_fields).items() if isinstance(it, onnx_fields.Message)}
    assert sorted(theirs) == sorted(ours)
    for name, it in theirs.items():
        fields = it.DESCRIPTOR.fields
        assert {field.number: _kinds(field) for field in fields} == ours[name].kinds, name
        assert {field.number for field in fields if not field.is_repeated} == set(ours[name].once), name


def _kinds(field) -> tuple[int, ...]:
    """The ways in which it may be written."""
    kind = KINDS.get(field.type, wire.VARINT)
    return (kind, wire.BYTES) if field.is_repeated and kind != wire.BYTES else (kind,)
