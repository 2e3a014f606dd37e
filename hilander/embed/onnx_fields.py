"""The fields that ONNX's messages have, and a walk over one message that takes nothing else.

    known(reader, NODE, start, stop)  ->  its fields, each held against the list

Another reader must find in a file what is found here. So what it might put together, leave out or take as something
else is refused: a field that is not in the list, one that is written in another way than its type wants, one that may
stand once and stands twice (protobuf joins the two messages to one), two choices of one. What the fields mean is
onnx_file's to know.
Source: onnx.proto of the ONNX project, 1.23.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hilander.embed.wire import BYTES, FIXED32, FIXED64, VARINT, Broken, Field, Reader

Numbers = tuple[int, ...]


class Message(NamedTuple):
    """One kind of message.

    name : for people
    kinds : the ways in which each of its fields may be written
    once : the fields of which there is at most one, each with what stands for it and for those that it excludes
    """

    name: str
    kinds: Mapping[int, Numbers]
    once: Mapping[int, int]


def _message(
    name: str,
    *,
    number: Numbers = (),
    text: Numbers = (),
    texts: Numbers = (),
    numbers: Mapping[int, int] | None = None,
    real: Numbers = (),
    choice: Numbers = (),
) -> Message:
    """Of field numbers: one whole number; one text or message; any number of these; any number of numbers, one by one
    or packed, and how one is written; one float; and of which fields there is at most one in all."""
    kinds: dict[int, Numbers] = dict.fromkeys(number, (VARINT,))
    kinds |= dict.fromkeys((*text, *texts), (BYTES,))
    kinds |= {it: (kind, BYTES) for it, kind in (numbers or {}).items()}
    kinds |= dict.fromkeys(real, (FIXED32,))
    once = {it: it for it in (*number, *text, *real)}
    return Message(name, kinds, once | dict.fromkeys(choice, 0))


MODEL = _message("a model", number=(1, 5), text=(2, 3, 4, 6, 7), texts=(8, 14, 20, 25, 26))
GRAPH = _message("a graph", text=(2, 10), texts=(1, 5, 11, 12, 13, 14, 15, 16))
FUNCTION = _message("a function", text=(1, 8, 10, 13), texts=(4, 5, 6, 7, 9, 11, 12, 14))
NODE = _message("a node", text=(3, 4, 6, 7, 8), texts=(1, 2, 5, 9, 10))
ATTRIBUTE = _message(
    "an attribute",
    number=(3, 20),
    text=(1, 4, 5, 6, 13, 14, 21, 22),
    texts=(9, 10, 11, 15, 23),
    numbers={7: FIXED32, 8: VARINT},
    real=(2,),
)
TENSOR = _message(
    "a tensor",
    number=(2, 14),
    text=(3, 8, 9, 12),
    texts=(6, 13, 16),
    numbers={1: VARINT, 4: FIXED32, 5: VARINT, 7: VARINT, 10: FIXED64, 11: VARINT},
)
SPARSE = _message("a sparse tensor", text=(1, 2), numbers={3: VARINT})
VALUE = _message("an input or output", text=(1, 2, 3), texts=(4,))
TYPE = _message("a type", text=(1, 4, 5, 6, 7, 8, 9), choice=(1, 4, 5, 7, 8, 9))
TENSOR_TYPE = _message("a tensor's type", number=(1,), text=(2,))
SHAPE = _message("a shape", texts=(1,))
DIMENSION = _message("a dimension", number=(1,), text=(2, 3), choice=(1, 2))


def known(reader: Reader, message: Message, start: int = 0, stop: int | None = None) -> Iterator[Field]:
    """The fields of the message at data[start:stop]; Broken where it is none of this kind."""
    kinds, once = message.kinds, message.once
    seen: set[int] = set()
    for it in reader.fields(start, stop):
        if it.kind not in kinds.get(it.number, ()):
            raise Broken(f"the field {it.number} of {message.name} is unknown, or of another kind")
        if (place := once.get(it.number)) is not None:
            if place in seen:
                raise Broken(f"the field {it.number} of {message.name} is there twice")
            seen.add(place)
        yield it
