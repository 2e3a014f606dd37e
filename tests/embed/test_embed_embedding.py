"""Images of any source become rows and names; a kill costs little, a broken image costs itself alone."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hilander.embed import apart, embedding
from hilander.embed.apart import embed_apart
from hilander.embed.embedding import embed_into
from hilander.embed.kept import Kept, embedded
from hilander.embed.order import EmbedOrder
from hilander.embed.session import Network
from hilander.errors import Cancelled, InputError
from hilander.io.embeddings import read_embeddings
from suite import onnx_files as o
from tests.services.small_uploads import png

COUNT = 7
PLAIN = {"scale": 1, "mean": 0, "std": 1, "normalise": False, "batch": 2}


@pytest.fixture
def order(tmp_path: Path) -> EmbedOrder:
    """Seven grey tiles, 10 to 70, and a network that gives the mean of each channel."""
    with zipfile.ZipFile(tmp_path / "tiles.zip", "w") as archive:
        for i in range(COUNT):
            archive.writestr(f"{i}.png", png((10 * i + 10,) * 3))
    (tmp_path / "mean.onnx").write_bytes(o.mean_network())
    (tmp_path / "mean.json").write_text(json.dumps(PLAIN))
    return EmbedOrder(tmp_path / "tiles.zip", str(tmp_path / "mean.onnx"), device="cpu")


def with_images(order: EmbedOrder, tiles: dict[str, bytes]) -> EmbedOrder:
    with zipfile.ZipFile(order.images, "w") as archive:
        for name, data in tiles.items():
            archive.writestr(name, data)
    return order


def rows_of(folder: Path) -> list[int]:
    """The first number of each row."""
    return embedded(folder).x[:, 0].round().astype(int).tolist()


def test_rows_names_and_a_file_that_any_reader_takes(order, tmp_path):
    told = []
    embed_into(tmp_path / "out", order, lambda done, total: told.append((done, total)))
    assert rows_of(tmp_path / "out") == [10, 20, 30, 40, 50, 60, 70]
    assert embedded(tmp_path / "out").names == [f"{i}.png" for i in range(COUNT)]
    assert told == [(0, 7), (2, 7), (4, 7), (6, 7), (7, 7)]
    assert read_embeddings(tmp_path / "out" / "embeddings.npy").x.shape == (7, 3)


def test_rows_have_unit_length_unless_told_otherwise(order, tmp_path):
    Path(order.model).with_suffix(".json").write_text(json.dumps(PLAIN | {"normalise": True}))
    embed_into(tmp_path / "out", order)
    assert np.linalg.norm(embedded(tmp_path / "out").x, axis=1) == pytest.approx(1)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images each batch had, every one a step that is kept."""
    monkeypatch.setattr(embedding, "STEP_SECONDS", 0.0)
    batches: list[int] = []
    real = Network.rows
    monkeypatch.setattr(
        Network, "rows", lambda own, images: (batches.append(len(images)), real(own, images))[1]
    )
    return batches


def stop_at(done: int, error: type[BaseException]):
    def stop(now: int, total: int) -> None:
        if now == done:
            raise error

    return stop


@pytest.mark.parametrize("error", [KeyboardInterrupt, Cancelled])
def test_what_was_stopped_goes_on_after_the_last_batch(order, tmp_path, ran, error):
    for done in (2, 6):
        with pytest.raises(error):
            embed_into(tmp_path / "out", order, stop_at(done, error))
    with (tmp_path / "out" / "embeddings.npy").open("ab") as file:
        file.write(b"half a row")  # that a kill left
    embed_into(tmp_path / "out", order)
    assert ran == [2, 2, 2, 1]
    whole = tmp_path / "whole"
    embed_into(whole, order)
    for name in ("embeddings.npy", "ids.npy"):
        assert (whole / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
    embed_into(tmp_path / "out", order)
    assert len(ran) == 8  # what is whole is not done again


def test_rows_that_are_gone_are_made_again(order, tmp_path, ran):
    with pytest.raises(Cancelled):
        embed_into(tmp_path / "out", order, stop_at(4, Cancelled))
    (tmp_path / "out" / "embeddings.npy").write_bytes(b"")
    embed_into(tmp_path / "out", order)
    assert rows_of(tmp_path / "out") == [10, 20, 30, 40, 50, 60, 70]


def test_other_settings_or_another_network_begin_anew(order, tmp_path, ran):
    embed_into(tmp_path / "out", order)
    embed_into(tmp_path / "out", replace(order, batch=4))
    assert ran == [2, 2, 2, 1, 4, 3]
    Path(order.model).write_bytes(o.mean_network(out=("n", "d")))
    embed_into(tmp_path / "out", replace(order, batch=4))
    assert ran == [2, 2, 2, 1, 4, 3, 4, 3]


def test_a_broken_image_is_left_out_and_named(order, tmp_path, ran):
    grey = {name: png((shade,) * 3) for name, shade in (("a.png", 9), ("c.png", 8), ("e.png", 7))}
    broken = with_images(order, grey | {"b.png": b"x", "d.png": b""})
    embed_into(tmp_path / "out", broken)
    found = embedded(tmp_path / "out")
    assert (found.names, found.left_out) == (["a.png", "c.png", "e.png"], ["b.png", "d.png"])
    assert (rows_of(tmp_path / "out"), ran) == ([9, 8, 7], [2, 1])


def test_an_image_without_a_direction_is_left_out(order, tmp_path):
    embed_into(tmp_path / "out", with_images(order, {"a.png": png((0, 0, 0)), "b.png": png((5, 5, 5))}))
    assert embedded(tmp_path / "out").left_out == ["a.png"]


def test_images_none_of_which_can_be_read_are_refused(order, tmp_path):
    with pytest.raises(InputError, match=r"none of the 1 can: a\.png"):
        embed_into(tmp_path / "out", with_images(order, {"a.png": b"x"}))
    with pytest.raises(InputError, match="must hold finished embeddings"):
        embedded(tmp_path / "out")


@pytest.mark.parametrize("kind", ["folder", "list"])
def test_folders_and_lists_of_images_can_be_embedded(order, tmp_path, kind):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "b.png").write_bytes(png((20,) * 3))
    (tmp_path / "in" / "a.png").write_bytes(png((10,) * 3))
    (tmp_path / "in" / "list.txt").write_text("a.png\ndeep/b.png\n")
    images = tmp_path / "in" / ("" if kind == "folder" else "list.txt")
    embed_into(tmp_path / "out", replace(order, images=images))
    assert rows_of(tmp_path / "out") == [10, 20]


def test_names_that_are_no_network_are_refused(order, tmp_path):
    for model, told in (
        ("nope", "The embedder must be .*; got 'nope'"),
        (str(tmp_path / "x.onnx"), "no such file"),
    ):
        with pytest.raises(InputError, match=told):
            embed_into(tmp_path / "out", replace(order, model=model))
    with pytest.raises(InputError, match="device must be one of auto, cpu, cuda"):
        replace(order, device="tpu")


def test_an_order_comes_back_as_it_was(order):
    full = replace(order, preprocess=Path("a.json"), batch=3, inside=(Path("/data"),))
    assert EmbedOrder.from_dict(json.loads(json.dumps(full.to_dict()))) == full
    assert EmbedOrder.from_dict(order.to_dict()) == order


def test_a_process_of_its_own_does_the_same(order, tmp_path):
    told = []
    embed_apart(tmp_path / "out", order, lambda done, total: told.append((done, total)))
    assert rows_of(tmp_path / "out") == [10, 20, 30, 40, 50, 60, 70]
    assert told[-1] == (7, 7)


FOOLED = """
from hilander.embed import embedding
from hilander.embed.onnx_file import OnnxInfo, Value
value = Value("x", "float32", (None, 3, 4, 4)), Value("y", "float32", (None, 3))
embedding.inspect = lambda data, name: OnnxInfo([value[0]], [value[1]])
"""


def test_no_network_reads_a_file_of_the_servers_folder(order, tmp_path, monkeypatch):
    """Even where the check lets a file through that keeps its weights in another one."""
    (tmp_path / "server" / "code").mkdir(parents=True)
    (tmp_path / "server" / "secrets.toml").write_text('key = "abcdef"')
    (tmp_path / "server" / "code" / "sitecustomize.py").write_text(FOOLED)  # what Python runs first
    nodes = [
        o.node("ReduceMean", ["x"], ["t"], o.ints("axes", (2, 3)), o.whole("keepdims", 0)),
        o.node("Add", ["t", "w"], ["y"]),
    ]
    ends = [o.value_info("x", ("n", 3, 4, 4)), o.value_info("w", (1,))], [o.value_info("y", ("n", 3))]
    monkeypatch.chdir(tmp_path / "server")
    monkeypatch.setenv("PYTHONPATH", "code")
    for more in (0, 1 << 32):
        weight = o.external("w", "secrets.toml", more=more)
        Path(order.model).write_bytes(o.model(o.graph(nodes, *ends, [weight])))
        with pytest.raises(InputError, match=r"mean\.onnx must be an ONNX network that onnxruntime"):
            embed_apart(tmp_path / "out", order)


def test_paths_are_meant_from_where_the_order_is_given(order, tmp_path, monkeypatch):
    (tmp_path / "how.json").write_text(json.dumps(PLAIN | {"batch": 3}))
    monkeypatch.chdir(tmp_path)
    near = EmbedOrder(Path("tiles.zip"), "mean.onnx", Path("how.json"), device="cpu", inside=(Path(),))
    embed_apart(Path("out"), near)
    assert rows_of(tmp_path / "out") == [10, 20, 30, 40, 50, 60, 70]
    assert near.absolute() == replace(order, preprocess=tmp_path / "how.json", inside=(tmp_path,))
    assert replace(near, model="default").absolute().model == "default"


def test_what_it_refuses_is_said_here(order, tmp_path):
    with pytest.raises(InputError, match="device cuda needs a GPU"):
        embed_apart(tmp_path / "out", replace(order, device="cuda"))


GREEDY = o.node("ConstantOfShape", ["long"], ["big"])


def test_a_network_that_wants_all_the_memory_is_stopped(order, tmp_path, monkeypatch):
    """2^38 numbers are a terabyte."""
    nodes = [
        GREEDY,
        o.node("ReduceMean", ["big"], ["m"], o.ints("axes", (0,)), o.whole("keepdims", 0)),
        o.node("ReduceMean", ["x"], ["t"], o.ints("axes", (2, 3)), o.whole("keepdims", 0)),
        o.node("Add", ["t", "m"], ["y"]),
    ]
    ends = [o.value_info("x", ("n", 3, 4, 4))], [o.value_info("y", ("n", 3))]
    Path(order.model).write_bytes(
        o.model(o.graph(nodes, *ends, [o.tensor("long", np.array([1 << 38], np.int64))]))
    )
    monkeypatch.setenv(apart.MEMORY_VARIABLE, "1.5")
    with pytest.raises(InputError, match=r"mean\.onnx needs more memory than the 1\.5 GB"):
        embed_apart(tmp_path / "out", order)


def test_a_crash_of_its_process_is_one_message(order):
    with pytest.raises(InputError, match=r"mean\.onnx crashed the process that ran it \(signal 11\)"):
        apart._check(-11, "", order, Path("out"))


FAILS = """
from hilander.embed import embedding
from hilander.errors import InputError
def fails(folder, order, tell):
    raise {error}
embedding.embed_into = fails
"""


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        ('KeyError("/srv/a b/staging/x.onnx")', RuntimeError, "KeyError: 'x.onnx'"),
        ('ValueError("no /srv/staging/x.onnx, /srv/y")', RuntimeError, "ValueError: no x.onnx, y"),
        ('InputError(f"{folder}/state.json cannot be written")', InputError, "out/state.json cannot be written"),
        ('InputError(f"{order.images} has \'/etc/x\'")', InputError, "tiles.zip has '/etc/x'"),
        ('OSError(28, "full", "/srv/x")', OSError, "[Errno 28] No space left on device"),
    ],
)  # fmt: skip
def test_what_a_failure_tells_holds_no_folders(order, tmp_path, monkeypatch, error, kind, told):
    (tmp_path / "sitecustomize.py").write_text(FAILS.format(error=error))  # what Python runs first
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(kind) as failed:
        embed_apart(tmp_path / "out", order)
    assert str(failed.value) == told
    if kind is RuntimeError:
        assert "Traceback" in str(failed.value.__cause__)  # for the log


PRINTS = """
import os
from hilander.embed import embedding
def prints(folder, order, tell):
    os.write(1, b"********\\n")
    tell(3, 7)
embedding.embed_into = prints
"""


def test_what_a_library_prints_is_not_taken_for_how_far_it_is(order, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(PRINTS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = []
    embed_apart(tmp_path / "out", order, lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 7)
    assert set(told) <= {(0, 0), (3, 7)}


def test_the_bound_on_memory_can_be_set(order, tmp_path, monkeypatch):
    assert apart.memory_limit() >= apart.LEAST
    monkeypatch.setenv(apart.MEMORY_VARIABLE, "none")
    with pytest.raises(InputError, match="must be a number of GB; got 'none'"):
        embed_apart(tmp_path / "out", order)


def test_cancelling_ends_the_process_and_keeps_what_was_done(order, tmp_path):
    pids = []

    def stop(done: int, total: int) -> None:
        pids.append(done)
        if len(pids) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        embed_apart(tmp_path / "out", order, stop)
    embed_apart(tmp_path / "out", order)
    assert len(rows_of(tmp_path / "out")) == 7


def test_an_empty_folder_or_a_damaged_state_is_begun_anew(tmp_path):
    kept = Kept(tmp_path / "out", "key")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "state.json").write_text('{"key": "key", "surprise": 1}')
    assert Kept(tmp_path / "out", "key").state == kept.state
    assert not (tmp_path / "out").exists()
