"""A network is run only where each image has one vector of its own, the same whatever is beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hilander.embed import session
from hilander.embed.onnx_file import inspect
from hilander.embed.session import CPU, CUDA, Network
from hilander.embed.settings import preprocess
from hilander.errors import InputError
from suite import onnx_files as o

X = o.value_info("x", ("n", 3, 4, 4))


def network(data: bytes, said: dict[str, object] | None = None, **more: object) -> Network:
    return Network(data, "m.onnx", preprocess(inspect(data, "m.onnx"), said or {}, "m.onnx"), **more)


def images(*values: float) -> list[np.ndarray]:
    return [np.full((3, 4, 4), value, np.float32) for value in values]


def test_rows_are_what_the_network_gives():
    found = network(o.mean_network())
    assert (found.dim, found.device) == (3, "cpu")
    assert found.rows(images(1, 2)).tolist() == [[1, 1, 1], [2, 2, 2]]


def test_a_fixed_batch_is_filled_up():
    found = network(o.mean_network((4, 3, 4, 4), out=(4, 3)))
    assert found.rows(images(1, 2, 3)).tolist() == [[1, 1, 1], [2, 2, 2], [3, 3, 3]]


def test_bytes_are_taken_as_bytes():
    found = network(o.mean_network(element=o.UINT8))
    assert found.rows([np.full((3, 4, 4), 7, np.uint8)]).tolist() == [[7, 7, 7]]


def made(*nodes: bytes, out: o.Dims = ("n", "d"), weights: tuple[bytes, ...] = ()) -> bytes:
    return o.model(o.graph(nodes, [X], [o.value_info("y", out)], weights))


def mean(axes: tuple[int, ...], keep: int = 0, to: str = "y") -> bytes:
    return o.node("ReduceMean", ["x"], [to], o.ints("axes", axes), o.whole("keepdims", keep))


SHAPE = o.tensor("shape", np.array([1, -1], np.int64))
BAD = {
    "one vector for all": (made(mean((0, 2, 3), 1, "t"), o.node("Reshape", ["t", "shape"], ["y"]), weights=(SHAPE,)),
                           "(2, d) for 2 images, one vector each; got the shape (1, 3)"),
    "all in one row": (made(o.node("Reshape", ["x", "shape"], ["y"]), weights=(SHAPE,)), "got the shape (1, 96)"),
    "three dimensions": (made(mean((3,))), "got the shape (2, 3, 4)"),
    "one dimension": (made(mean((1, 2, 3))), "got the shape (2,)"),
    "whole numbers": (
        o.model(o.graph([mean((2, 3), to="t"), o.node("Cast", ["t"], ["y"], o.whole("to", o.INT64))], [X],
                        [o.value_info("y", ("n", 3), o.INT64)])),
        "must give real numbers; got int64",
    ),
    "an image's vector depends on its neighbours": (
        made(mean((2, 3), to="t"), o.node("ReduceMean", ["t"], ["m"], o.ints("axes", (0,))),
             o.node("Sub", ["t", "m"], ["y"])),
        "the same vector for an image whatever images are beside it",
    ),
    "too many numbers": (
        made(mean((1, 2, 3), 1, "t"), o.node("Reshape", ["t", "two"], ["u"]), o.node("Expand", ["u", "wide"], ["y"]),
             weights=(o.tensor("two", np.array([-1, 1], np.int64)), o.tensor("wide", np.array([1, 20_000], np.int64)))),
        "1 to 16,384 numbers an image; got 20,000",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "told"), BAD.values(), ids=BAD)
def test_what_is_no_embedding_is_refused(data, told):
    with pytest.raises(InputError, match=r"^m\.onnx") as refused:
        network(data, {"output": "y"})
    assert told in str(refused.value)


def test_a_network_that_onnxruntime_cannot_load_is_refused_in_its_words():
    data = made(o.node("NoSuchOperator", ["x"], ["y"]))
    with pytest.raises(InputError, match=r"onnxruntime \S+ can load; it says: .*NoSuchOperator"):
        network(data)


def test_what_onnxruntime_says_is_told_without_folders():
    nodes = mean((2, 3), to="t"), o.node("Add", ["t", "w"], ["y"])
    data = made(*nodes, weights=(o.external("w", "no/such/file"),))
    how = preprocess(inspect(o.mean_network(), "m.onnx"), {}, "m.onnx")
    with pytest.raises(InputError, match=r'does not exist: "file"') as refused:
        Network(data, "m.onnx", how)
    assert str(Path.cwd()) not in str(refused.value)


def test_a_wrong_size_is_told_with_the_setting_that_mends_it():
    weight = o.tensor("w", np.ones((48, 2), np.float32))
    flat = o.node("Flatten", ["x"], ["f"])
    data = o.model(
        o.graph(
            [flat, o.node("MatMul", ["f", "w"], ["y"])],
            [o.value_info("x", ("n", 3, "h", "w_"))],
            [o.value_info("y", ("n", 2))],
            [weight],
        )
    )
    assert network(data, {"size": 4}).dim == 2
    with pytest.raises(InputError, match=r'failed on 2 images of \(3, 5, 5\).*Say so as "size"'):
        network(data, {"size": 5})


def test_cuda_is_an_error_where_there_is_none():
    assert session._providers([CUDA, CPU], "auto") == [CUDA, CPU]
    assert session._providers([CUDA, CPU], "cpu") == session._providers([CPU], "auto") == [CPU]
    with pytest.raises(InputError, match="device cuda needs a GPU"):
        network(o.mean_network(), device="cuda")
