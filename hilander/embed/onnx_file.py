"""What an ONNX file says of itself, read before anything is loaded or run, and what no file may hold.

    bytes  ->  inputs and outputs, or InputError

The file is untrusted. Refused are: weights in other files, operators that no onnxruntime knows (custom code), tensors
that declare more values than they hold, and what is no ONNX at all or might be read in two ways.
Whether the network is any good is not known here.
Source: onnx.proto of the ONNX project (field numbers).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hilander.embed import onnx_fields
from hilander.embed.onnx_fields import Message, known
from hilander.embed.wire import Broken, Field, Reader
from hilander.embed.words import cut
from hilander.errors import InputError
from hilander.io.embeddings import check_file

MOST_BYTES = 2 << 30  # protobuf's own limit
DEEPEST = 24  # graphs within graphs
MOST_DIMENSIONS = 32  # of a tensor; onnxruntime's operators take fewer
VALUES_A_BYTE = 8  # no type packs more values into a byte
MOST_SPARSE = 1 << 28  # values of a sparse tensor when it is filled up
NEGATIVE = 1 << 63  # numbers from here on are negative ones
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
FOREIGN = frozenset({"EPContext", "PythonOp", "ATen"})  # of com.microsoft: they load or run something else
ELEMENTS = {1: "float32", 2: "uint8", 10: "float16", 11: "float64"}  # of inputs and outputs that can be used


@dataclass(frozen=True)
class Value:
    """An input or output: its name, element type ("float32", ..., or "type 7") and shape; None: any length."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{cut(self.name)} {self.dtype} ({', '.join('?' if it is None else str(it) for it in self.shape)})"


@dataclass
class OnnxInfo:
    """Inputs that a caller gives (weights are none), and outputs, in the file's order."""

    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)


def read_onnx(path: Path) -> bytes:
    """The bytes of a file that may be an ONNX network; InputError where it is missing, empty or too large."""
    check_file(path, "an ONNX file", path.name)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(
            f"{path.name} must be an ONNX file of at most {MOST_BYTES >> 30} GB; got {size:,} bytes. "
            "Export a smaller network, or in half precision."
        )
    return path.read_bytes()


def inspect(data: bytes, name: str) -> OnnxInfo:
    """Read and check what the file says.

    Raises
    ------
    InputError   not ONNX, damaged, with external data, custom operators or tensors that lie
    """
    try:
        return _Inspection(data, name).info()
    except Broken as error:
        raise InputError(
            f"{name} must be an ONNX network; its {len(data):,} bytes are none ({error}). Export it again as .onnx."
        ) from error


class _Inspection:
    """One walk over one file."""

    def __init__(self, data: bytes, name: str) -> None:
        self.reader, self.name = Reader(data), name
        self.operators: dict[tuple[str, str], None] = {}
        self.own: set[str] = set()  # domains of functions that the file brings, made of other operators

    def info(self) -> OnnxInfo:
        graph: Field | None = None
        version = 0
        for it in known(self.reader, onnx_fields.MODEL):
            if it.number == 1:
                version = it.value
            elif it.number == 7:
                graph = it
            elif it.number == 20:
                raise InputError(f"{self.name} holds training steps. Export the network for inference.")
            elif it.number == 25:
                self._function(it)
        if not version or graph is None:
            raise Broken("no version of ONNX, or no graph")
        info = self._graph(graph, 0)
        self._check_operators()
        return info

    def _in(self, field_: Field, message: Message) -> Iterator[Field]:
        """What is in a field that is a message of this kind."""
        return known(self.reader, message, field_.start, field_.stop)

    def _graph(self, graph: Field, depth: int) -> OnnxInfo:
        if depth > DEEPEST:
            raise Broken(f"graphs nested more than {DEEPEST} deep")
        info, weights = OnnxInfo(), set()
        for it in self._in(graph, onnx_fields.GRAPH):
            if it.number == 1:
                self._node(it, depth)
            elif it.number == 5:
                weights.add(self._tensor(it))
            elif it.number == 11:
                info.inputs.append(self._value(it))
            elif it.number == 12:
                info.outputs.append(self._value(it))
            elif it.number == 15:
                self._sparse(it)
        info.inputs = [it for it in info.inputs if it.name not in weights]
        return info

    def _function(self, function: Field) -> None:
        for it in self._in(function, onnx_fields.FUNCTION):
            if it.number == 7:
                self._node(it, 0)
            elif it.number == 10:
                self.own.add(self.reader.text(it))
            elif it.number == 11:
                self._attribute(it, 0)

    def _node(self, node: Field, depth: int) -> None:
        operator = domain = ""
        for it in self._in(node, onnx_fields.NODE):
            if it.number == 4:
                operator = self.reader.text(it)
            elif it.number == 7:
                domain = self.reader.text(it)
            elif it.number == 5:
                self._attribute(it, depth)
        self.operators[domain, operator] = None

    def _attribute(self, attribute: Field, depth: int) -> None:
        for it in self._in(attribute, onnx_fields.ATTRIBUTE):
            if it.number in (5, 10):
                self._tensor(it)
            elif it.number in (6, 11):
                self._graph(it, depth + 1)
            elif it.number in (22, 23):
                self._sparse(it)

    def _tensor(self, tensor: Field) -> str:
        """The tensor's name; its values are here, and as many as it declares."""
        dims: list[int] = []
        name = ""
        for it in self._in(tensor, onnx_fields.TENSOR):
            if it.number == 1:
                self._add(dims, it)
            elif it.number == 8:
                name = self.reader.text(it)
            elif it.number == 13 or (it.number == 14 and it.value):
                raise InputError(
                    f"{self.name} keeps the weights {cut(name) or 'of a tensor'} in another file, which is not read: "
                    "it could be any file of this machine. Save the network as one file: "
                    "onnx.save(onnx.load(FILE), FILE, save_as_external_data=False)."
                )
        if any(it < 0 for it in dims) or math.prod(dims) > VALUES_A_BYTE * (tensor.stop - tensor.start):
            raise Broken(f"the tensor {cut(name)} declares {tuple(dims)} values that are not there")
        return name

    def _add(self, dims: list[int], field_: Field) -> None:
        """The lengths of a field, while they are few: to multiply many takes very long."""
        for it in self.reader.numbers(field_):
            if len(dims) == MOST_DIMENSIONS:
                raise Broken(f"a tensor of more than {MOST_DIMENSIONS} dimensions")
            dims.append(it)

    def _sparse(self, sparse: Field) -> None:
        dims: list[int] = []
        for it in self._in(sparse, onnx_fields.SPARSE):
            if it.number == 3:
                self._add(dims, it)
            else:
                self._tensor(it)
        if any(it < 0 for it in dims) or math.prod(dims) > MOST_SPARSE:
            raise Broken(f"a sparse tensor of {tuple(dims)} values")

    def _value(self, value: Field) -> Value:
        name, dtype = "", "no tensor"
        shape: tuple[int | None, ...] = ()
        for it in self._in(value, onnx_fields.VALUE):
            if it.number == 1:
                name = self.reader.text(it)
            elif it.number == 2:
                for kind in self._in(it, onnx_fields.TYPE):
                    if kind.number == 1:
                        dtype, shape = self._type(kind)
        return Value(name, dtype, shape)

    def _type(self, tensor: Field) -> tuple[str, tuple[int | None, ...]]:
        dtype: str = "no tensor"
        shape: list[int | None] = []
        for it in self._in(tensor, onnx_fields.TENSOR_TYPE):
            if it.number == 1:
                dtype = ELEMENTS.get(it.value, f"type {it.value}")
            else:
                shape = self._shape(it)
        return dtype, tuple(shape)

    def _shape(self, shape: Field) -> list[int | None]:
        found: list[int | None] = []
        for it in self._in(shape, onnx_fields.SHAPE):
            if len(found) == MOST_DIMENSIONS:
                raise Broken(f"an input or output of more than {MOST_DIMENSIONS} dimensions")
            found.append(self._length(it))
        return found

    def _length(self, dim: Field) -> int | None:
        """None where it is any, which some exporters write as -1, or has but a name."""
        found = None
        for it in self._in(dim, onnx_fields.DIMENSION):
            if it.number == 1:
                found = it.value if it.value < NEGATIVE else None
        return found

    def _check_operators(self) -> None:
        for domain, operator in self.operators:
            if domain not in DOMAINS | self.own or operator in FOREIGN:
                raise InputError(
                    f"{self.name} uses the custom operator {cut(domain) or 'onnx'}::{cut(operator)}, "
                    "whose code is not run here. Export the network with the operators of ONNX alone."
                )
