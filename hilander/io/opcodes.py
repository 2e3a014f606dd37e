"""Walk through a pickle without running it, and refuse what it declares beyond its own size.

The unpickler makes room for a memo index or a length before it sees whether there is anything to put there:
nine bytes can ask for a gigabyte. Knows nothing about what the values mean.
"""

from __future__ import annotations

import pickle
import pickletools
import struct
from typing import BinaryIO

OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
# How pickletools says that a length stands in front of the value, and how that length is written.
LENGTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: "<B",
    pickletools.TAKEN_FROM_ARGUMENT4: "<i",
    pickletools.TAKEN_FROM_ARGUMENT4U: "<I",
    pickletools.TAKEN_FROM_ARGUMENT8U: "<Q",
}


def check_declared(file: BinaryIO, size: int) -> None:
    """Read the opcodes of one pickle up to its end; values with a length in front are skipped, not read.

    Raises
    ------
    pickle.UnpicklingError   a memo index or a length beyond `size`, an unknown opcode, no end
    ValueError, struct.error   numbers that are none, a file cut short
    """
    while True:
        code = file.read(1)
        opcode = OPCODES.get(code.decode("latin1"))
        if opcode is None:
            raise pickle.UnpicklingError(f"unknown opcode {code!r}" if code else "it has no end")
        if opcode.name == "STOP":
            return
        if opcode.arg is not None:
            declared = _skip(file, opcode.name, opcode.arg)
            if declared > size:
                raise pickle.UnpicklingError(f"{opcode.name} asks for {declared:,} places or bytes")


def _skip(file: BinaryIO, name: str, argument: pickletools.ArgumentDescriptor) -> int:
    """Pass over an argument; returns the memo index or the length that it declares, else 0."""
    if argument.n in LENGTHS:
        form = LENGTHS[argument.n]
        (length,) = struct.unpack(form, file.read(struct.calcsize(form)))
        if length < 0:
            raise pickle.UnpicklingError(f"{name} of {length} bytes")
        file.seek(length, 1)
        return int(length)
    if argument.n == pickletools.UP_TO_NEWLINE:
        line = file.readline()
        if argument is pickletools.stringnl_noescape_pair:
            file.readline()
        return int(line) if name == "PUT" else 0
    value = file.read(argument.n)
    return int.from_bytes(value, "little") if name in ("LONG_BINPUT", "FRAME") else 0
