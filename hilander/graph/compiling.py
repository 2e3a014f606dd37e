"""Loops into machine code, by numba and LLVM: needed once a machine, and half a second to be imported.

    a Python function, its signature  ->  the bytes of an object file with one function of the name given

What a loop calls is compiled into it, so that its code asks for nothing but what C brings. Knows nothing about files.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import FunctionType
from typing import Any

from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from hilander.graph.signature import Signature

ARRAYS: Any = cgutils  # which has no types, nor have the next
BINDING: Any = binding
TYPES: Any = types

# sums in any order, and no thought of what is not a finite number: no loop here meets one
MATH = {"reassoc", "contract", "arcp", "nsz", "nnan", "ninf"}
OPTIONS: dict[str, Any] = {
    "fastmath": MATH,
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
NEAR = 2  # of 3: into the second of the caches
IN_LLVM = {
    ctypes.c_void_p: {"ptr", "i8*"},
    ctypes.c_int64: {"i64"},
    ctypes.c_float: {"float"},
}
# numba counts who holds an array's memory, where somebody does. Nobody does: this is in the code and is never called.
NOBODY = "define void @NRT_MemInfo_call_dtor(ptr %it) {\n  ret void\n}\n"


def machine_code(name: str, function: Callable[..., Any], signature: Signature, target: Any) -> bytes:
    """For the processor that `target` is.

    Raises
    ------
    RuntimeError   code that asks for more than C brings (it makes arrays, say), or that takes its arguments otherwise
                   than `Signature` hands them over: another version of numba may
    """
    loop: Any = njit(**OPTIONS)(_with_numbas(function, {}))
    loop.compile(signature.text)
    (types_of,) = loop.nopython_signatures
    module = BINDING.parse_assembly(loop.inspect_llvm(types_of.args))
    (entry,) = [one for one in module.functions if not one.is_declaration and one.linkage.name == "external"]
    _check_arguments(name, entry, signature)
    entry.name = name
    if any(one.name == "NRT_MemInfo_call_dtor" for one in module.functions):
        module.link_in(BINDING.parse_assembly(NOBODY))
    _check_alone(name, module)
    code: bytes = target.emit_object(module)
    return code


def _with_numbas(function: Any, known: dict[Any, Any]) -> Any:
    """The function, and all of ours that it calls, with numba's in their places."""
    names = {}
    for name in function.__code__.co_names:
        held = function.__globals__.get(name)
        called = getattr(held, "function", None)
        if called is None:
            continue
        if called not in known:
            special = called.__name__ == "prefetch"
            known[called] = prefetch if special else njit(**OPTIONS)(_with_numbas(called, known))
        names[name] = known[called]
    made = FunctionType(function.__code__, function.__globals__ | names, function.__name__)
    made.__module__, made.__qualname__ = function.__module__, function.__qualname__
    return made


def _check_arguments(name: str, entry: Any, signature: Signature) -> None:
    got = [str(one.type) for one in entry.arguments]
    wanted = [IN_LLVM[one] for one in (ctypes.c_void_p, ctypes.c_void_p, *signature.in_c)]
    alike = len(got) == len(wanted) and all(one in of for one, of in zip(got, wanted, strict=True))
    if not alike:
        raise RuntimeError(
            f"numba compiled {name} for other arguments than are handed over: {', '.join(got)}."
        )


def _check_alone(name: str, module: Any) -> None:
    asked = [one.name for one in (*module.functions, *module.global_variables) if one.is_declaration]
    unknown = [one for one in asked if not one.startswith("llvm.")]
    if unknown:
        raise RuntimeError(f"the compiled {name} asks for {', '.join(unknown)}, which a loop may not.")


def _telling(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Tells the processor that it will read an item of an array that lies in one piece."""
    values, places = arguments
    byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    held = context.make_array(signature.args[0])(context, builder, values)
    sizes, steps = (ARRAYS.unpack_tuple(builder, one) for one in (held.shape, held.strides))
    place = ARRAYS.unpack_tuple(builder, places)
    at = ARRAYS.get_item_pointer2(context, builder, held.data, sizes, steps, "C", place, boundscheck=False)
    told = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
    tell = ARRAYS.get_or_insert_function(builder.module, told, "llvm.prefetch.p0")
    builder.call(tell, [builder.bitcast(at, byte), number(0), number(NEAR), number(1)])
    return context.get_dummy_value()


def _of_item(_typing: Any, values: Any, place: Any) -> Any:
    return TYPES.void(values, TYPES.UniTuple(TYPES.int64, len(place))), _telling


prefetch: Any = intrinsic(_of_item)
