"""Tiny ONNX networks, written byte by byte: no ONNX library is needed, and what none would write can be written.

mean_network(...)        images (n, 3, h, w) -> (n, 3): the mean of each channel
branching_network(...)   the same times 2 plus 1, with all that can hold a tensor: weights, a constant, graphs in a node
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FLOAT, UINT8, INT64, BOOL = 1, 2, 7, 9
Dims = Sequence["int | str"]


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


def value_info(name: str, dims: Dims, element: int = FLOAT) -> bytes:
    shape = b"".join(message(1, number(1, d) if isinstance(d, int) else message(2, d)) for d in dims)
    return message(1, name) + message(2, message(1, number(1, element) + message(2, shape)))


def node(
    operator: str, inputs: Sequence[str], outputs: Sequence[str], *attributes: bytes, domain: str = ""
) -> bytes:
    parts = [*(message(1, it) for it in inputs), *(message(2, it) for it in outputs), message(4, operator)]
    return b"".join([*parts, *(message(5, it) for it in attributes), message(7, domain) if domain else b""])


def ints(name: str, values: Sequence[int]) -> bytes:
    return message(1, name) + b"".join(number(8, it) for it in values) + number(20, 7)


def whole(name: str, value: int) -> bytes:
    return message(1, name) + number(3, value) + number(20, 2)


def tensor(name: str, array: np.ndarray, dims: Sequence[int] | None = None) -> bytes:
    element = {"float32": FLOAT, "int64": INT64, "bool": BOOL}[str(array.dtype)]
    shape = array.shape if dims is None else dims
    return (
        b"".join(number(1, it) for it in shape)
        + number(2, element)
        + message(8, name)
        + message(9, array.tobytes())
    )


def external(name: str, location: str, *, more: int = 0) -> bytes:
    """A tensor of one value that says its bytes are in another file."""
    return number(1, 1) + number(2, FLOAT) + message(8, name) + outside(location, more=more)


def outside(location: str, *, more: int = 0) -> bytes:
    """What a tensor says whose bytes are in another file; `more` is added to the tags that say so."""
    entry = message(1, "location") + message(2, location)
    return varint(more | 13 << 3 | 2) + varint(len(entry)) + entry + varint(more | 14 << 3) + varint(1)


def graph(
    nodes: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes], weights: Sequence[bytes] = ()
) -> bytes:
    return b"".join(
        [
            *(message(1, it) for it in nodes),
            message(2, "tiny"),
            *(message(5, it) for it in weights),
            *(message(11, it) for it in inputs),
            *(message(12, it) for it in outputs),
        ]
    )


def model(content: bytes, *, version: int = 8, opset: int = 13, more: bytes = b"") -> bytes:
    return number(1, version) + message(8, number(2, opset)) + message(7, content) + more


def mean_network(
    dims: Dims = ("n", 3, 4, 4),
    *,
    out: Dims = ("n", 3),
    element: int = FLOAT,
    axes: Sequence[int] = (2, 3),
    keep: int = 0,
) -> bytes:
    """The mean over `axes` of each channel, kept as dimensions of length 1 with `keep`."""
    nodes = [node("ReduceMean", ["x"], ["y"], ints("axes", axes), whole("keepdims", keep))]
    if element != FLOAT:
        nodes = [node("Cast", ["bytes"], ["x"], whole("to", FLOAT)), *nodes]
    name = "x" if element == FLOAT else "bytes"
    return model(graph(nodes, [value_info(name, dims, element)], [value_info("y", out)]))


def branching_network(dims: Dims = ("n", 3, 4, 4)) -> bytes:
    """One of its weights is an input too, which may be left out."""
    three = np.ones(3, np.float32)
    branches = [
        message(1, name)
        + message(6, graph([node("Identity", ["v"], [name])], [], [value_info(name, ())]))
        + number(20, 5)
        for name in ("then_branch", "else_branch")
    ]
    nodes = [
        node("ReduceMean", ["x"], ["t"], ints("axes", (2, 3)), whole("keepdims", 0)),
        node(
            "Constant", [], ["c"], message(1, "value") + message(5, tensor("two", 2 * three)) + number(20, 4)
        ),
        node("Mul", ["t", "c"], ["u"]),
        node("Add", ["u", "w"], ["v"]),
        node("If", ["yes"], ["y"], *branches),
    ]
    inputs = [value_info("x", dims), value_info("w", (3,))]
    weights = [tensor("w", three), tensor("yes", np.array(True))]
    return model(graph(nodes, inputs, [value_info("y", ("n", 3))], weights))
