"""Walk through a pickle without running it, and refuse what it declares beyond its own size.

The unpickler makes room for a memo index or a length before it sees whether there is anything to put there:
nine bytes can ask for a gigabyte. Knows nothing about what the values mean.
"""

from __future__ import annotations

import pickle
import pickletools
import re
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
UNNAMED_GLOBALS = {"STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"}


def check_declared(file: BinaryIO, size: int, allowed: re.Pattern[str] | None = None) -> None:
    """Read the opcodes of one pickle up to its end; values with a length in front are skipped, not read.

    Parameters
    ----------
    allowed : which globals it may name, "module name"; None: whoever unpickles it sees to that

    Raises
    ------
    pickle.UnpicklingError   a memo index or a length beyond `size`, an unknown opcode, no end, a global not allowed
    ValueError, struct.error   numbers that are none, a file cut short
    """
    while True:
        code = file.read(1)
        opcode = OPCODES.get(code.decode("latin1"))
        if opcode is None:
            raise pickle.UnpicklingError(f"unknown opcode {code!r}" if code else "it has no end")
        if opcode.name == "STOP":
            return
        if allowed is not None and opcode.name in UNNAMED_GLOBALS:
            raise pickle.UnpicklingError(f"it names what it calls in another way ({opcode.name})")
        if opcode.name == "GLOBAL" and allowed is not None:
            name = " ".join(file.readline().decode("latin1").strip() for _ in range(2))
            if not allowed.fullmatch(name):
                raise pickle.UnpicklingError(f"it names {name.replace(' ', '.')}")
        elif opcode.arg is not None:
            _skip(file, opcode.name, opcode.arg, size)


def _skip(file: BinaryIO, name: str, argument: pickletools.ArgumentDescriptor, size: int) -> None:
    """Pass over an argument, unless the memo index or the length that it declares is beyond `size`."""
    if argument.n in LENGTHS:
        form = LENGTHS[argument.n]
        (length,) = struct.unpack(form, file.read(struct.calcsize(form)))
        if length < 0:
            raise pickle.UnpicklingError(f"{name} of {length} bytes")
        _refuse(name, length, size)
        file.seek(length, 1)
    elif argument.n == pickletools.UP_TO_NEWLINE:
        line = file.readline()
        if argument is pickletools.stringnl_noescape_pair:
            file.readline()
        if name == "PUT":
            _refuse(name, int(line), size)
    else:
        value = file.read(argument.n)
        if name in ("LONG_BINPUT", "FRAME"):
            _refuse(name, int.from_bytes(value, "little"), size)


def _refuse(name: str, declared: int, size: int) -> None:
    if declared > size:
        raise pickle.UnpicklingError(f"{name} asks for {declared:,} places or bytes")
